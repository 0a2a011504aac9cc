package regalloc

import (
	"fmt"
	"slices"
)

// Verify returns an error unless f keeps the rules that Allocate relies on. They are numbered as in the package documentation.
// It is not fast: tests and debugging call it, the compiler of a production build need not.
func Verify(f *Function) error {
	v := verifier{f: f}
	for _, check := range []func() error{v.target, v.blocks, v.instructions, v.definitions, v.dominance, v.criticalEdges} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

type verifier struct {
	f        *Function
	incoming [][]int32 // by block: edges to it
	source   []int32   // by edge
	defined  []int32   // by value: how often
}

func violation(rule, format string, arguments ...any) error {
	return fmt.Errorf("regalloc: rule %s: %s", rule, fmt.Sprintf(format, arguments...))
}

// target checks rule R1.
func (v *verifier) target() error {
	t := v.f.Target
	if t == nil || len(t.Classes) == 0 || len(t.Classes) > maxClasses {
		return violation("R1", "a target has 1 to %d classes", maxClasses)
	}
	var seen RegSet
	for _, class := range t.Classes {
		if len(class.Order) == 0 || class.SlotWords < 1 || class.SlotWords > 8 {
			return violation("R1", "class %s: no registers, or a slot that is not of 1 to 8 words", class.Name)
		}
		for _, p := range class.Order {
			if p > 63 || seen.Has(p) {
				return violation("R1", "class %s: register %d is out of range or listed twice", class.Name, p)
			}
			seen |= Regs(p)
		}
	}
	return nil
}

// blocks checks rules R2 and R6.
func (v *verifier) blocks() error {
	f := v.f
	if len(f.Blocks) == 0 || len(f.params(0)) > 0 {
		return violation("R2", "there is an entry block, and it has no parameters")
	}
	v.incoming = make([][]int32, len(f.Blocks))
	v.source = make([]int32, len(f.Edges))
	for n := range f.Blocks {
		b := &f.Blocks[n]
		if b.Instructions.Len() == 0 {
			return violation("R2", "block%d is empty", n)
		}
		if last := f.Instructions[b.Instructions.End-1]; b.Edges.Len() == 1 && (last.Operands.Len() > 0 || last.Clobbers != 0) {
			return violation("R6", "block%d has one edge, so its terminator has no operands and no clobbers", n)
		}
		for e := b.Edges.Start; e < b.Edges.End; e++ {
			edge := &f.Edges[e]
			if edge.To <= 0 || int(edge.To) >= len(f.Blocks) {
				return violation("R2", "block%d leads to the entry or to no block", n)
			}
			params := f.params(edge.To)
			if len(params) != edge.Arguments.Len() {
				return violation("R2", "block%d brings block%d the wrong number of arguments", n, edge.To)
			}
			for k, argument := range f.arguments(edge) {
				if int(argument) >= len(f.Values) || int(params[k]) >= len(f.Values) || f.class(argument) != f.class(params[k]) {
					return violation("R2", "block%d brings block%d an argument of another class", n, edge.To)
				}
			}
			v.incoming[edge.To] = append(v.incoming[edge.To], e)
			v.source[e] = int32(n)
		}
	}
	return nil
}

// instructions checks rule R4.
func (v *verifier) instructions() error {
	for i := range v.f.Instructions {
		if text := v.instruction(v.f.instructionOperands(int32(i))); text != "" {
			return violation("R4", "instruction %d: %s", i, text)
		}
	}
	return nil
}

func (v *verifier) instruction(operands []Operand) string {
	f := v.f
	fixedUses := map[PReg]VReg{}
	var fixedDefs RegSet
	tied := map[uint8]bool{}
	for k := range operands {
		o := &operands[k]
		if int(o.Reg) >= len(f.Values) || o.Role > EarlyDefRole || o.Constraint >= constraintCount {
			return "an operand makes no sense"
		}
		if o.Role == EarlyDefRole && o.Constraint != InRegister {
			return "an early definition has a constraint"
		}
		switch o.Constraint {
		case TiedToUse:
			if o.Role != DefRole || int(o.Tied) >= len(operands) || tied[o.Tied] {
				return "a tie is no definition, leads nowhere, or is the second to its use"
			}
			tied[o.Tied] = true
			use := &operands[o.Tied]
			if use.Role != UseRole || use.Constraint != InRegister || f.class(use.Reg) != f.class(o.Reg) {
				return "a definition is tied to what is no use in a register of its class"
			}
		case InFixed:
			if o.Fixed > 63 || !f.Target.Allocatable(f.class(o.Reg)).Has(o.Fixed) {
				return "a fixed register is not one of the class"
			}
			if other, ok := fixedUses[o.Fixed]; o.Role == UseRole && ok && other != o.Reg {
				return "a fixed register is wanted for two values"
			}
			if o.Role == UseRole {
				fixedUses[o.Fixed] = o.Reg
			} else if fixedDefs.Has(o.Fixed) {
				return "a fixed register is defined twice"
			} else {
				fixedDefs |= Regs(o.Fixed)
			}
		}
	}
	return ""
}

// definitions checks rule R5 and, of rule R3, that each value is defined once.
func (v *verifier) definitions() error {
	f := v.f
	v.defined = make([]int32, len(f.Values))
	for _, p := range f.Params {
		v.defined[p]++
		if f.Values[p].Rematerialise {
			return violation("R5", "v%d is a parameter and cannot be rematerialised", p)
		}
	}
	for i := range f.Instructions {
		operands := f.instructionOperands(int32(i))
		for k := range operands {
			o := &operands[k]
			if o.Role == UseRole {
				continue
			}
			v.defined[o.Reg]++
			plain := len(operands) == 1 && o.Constraint == InRegister && f.Instructions[i].Clobbers == 0
			if f.Values[o.Reg].Rematerialise && !plain {
				return violation("R5", "v%d is rematerialised, so instruction %d has no other operand, constraint or clobber", o.Reg, i)
			}
		}
	}
	for value, n := range v.defined {
		if n > 1 {
			return violation("R3", "v%d is defined %d times", value, n)
		}
	}
	return nil
}

// dominance checks, of rule R3, that definitions come before uses on every path, and, of rule R2, that every block can
// be reached. What is defined at the start of a block shrinks until nothing changes.
func (v *verifier) dominance() error {
	f := v.f
	known := make([]valueSet, len(f.Blocks)) // nil: not reached yet
	known[0] = newValueSet(f)
	for work := []int32{0}; len(work) > 0; {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		after := known[b].clone()
		for _, p := range f.params(b) {
			after.add(p)
		}
		for i := f.Blocks[b].Instructions.Start; i < f.Blocks[b].Instructions.End; i++ {
			if err := v.useAndDefine(i, after); err != nil {
				return err
			}
		}
		for n := range f.edges(b) {
			e := &f.edges(b)[n]
			for _, argument := range f.arguments(e) {
				if !after.has(argument) {
					return violation("R3", "block%d brings block%d v%d, which is not defined on every path", b, e.To, argument)
				}
			}
			if known[e.To] == nil {
				known[e.To] = after.clone()
				work = append(work, e.To)
			} else if known[e.To].intersect(after) {
				work = append(work, e.To)
			}
		}
	}
	for b, set := range known {
		if set == nil {
			return violation("R2", "block%d cannot be reached", b)
		}
	}
	return nil
}

func (v *verifier) useAndDefine(i int32, defined valueSet) error {
	operands := v.f.instructionOperands(i)
	for k := range operands {
		if o := &operands[k]; o.Role == UseRole && !defined.has(o.Reg) {
			return violation("R3", "instruction %d uses v%d, which is not defined on every path", i, o.Reg)
		}
	}
	for k := range operands {
		if o := &operands[k]; o.Role != UseRole {
			defined.add(o.Reg)
		}
	}
	return nil
}

// criticalEdges checks rule R7.
func (v *verifier) criticalEdges() error {
	f := v.f
	live := v.liveAtStart()
	for e := range f.Edges {
		to := f.Edges[e].To
		if len(v.incoming[to]) > 1 && f.Blocks[v.source[e]].Edges.Len() > 1 && (len(f.params(to)) > 0 || !live[to].empty()) {
			return violation("R7", "the edge from block%d to block%d is critical and carries values", v.source[e], to)
		}
	}
	return nil
}

// liveAtStart returns, by block, the values that are live at its start, parameters aside.
func (v *verifier) liveAtStart() []valueSet {
	f := v.f
	live := make([]valueSet, len(f.Blocks))
	var work []int32
	for b := range f.Blocks {
		live[b] = newValueSet(f)
		work = append(work, int32(b))
	}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		set := newValueSet(f)
		for n := range f.edges(b) {
			e := &f.edges(b)[n]
			set.unite(live[e.To])
			for _, argument := range f.arguments(e) {
				set.add(argument)
			}
		}
		for i := f.Blocks[b].Instructions.End - 1; i >= f.Blocks[b].Instructions.Start; i-- {
			for _, o := range f.instructionOperands(i) {
				if o.Role != UseRole {
					set.remove(o.Reg)
				}
			}
			for _, o := range f.instructionOperands(i) {
				if o.Role == UseRole {
					set.add(o.Reg)
				}
			}
		}
		for _, p := range f.params(b) {
			set.remove(p)
		}
		if live[b].unite(set) {
			for _, e := range v.incoming[b] {
				work = append(work, v.source[e])
			}
		}
	}
	return live
}

// valueSet is a set of values, one bit each.
type valueSet []uint64

func newValueSet(f *Function) valueSet { return make(valueSet, len(f.Values)/64+1) }

func (s valueSet) clone() valueSet { return slices.Clone(s) }
func (s valueSet) has(v VReg) bool { return s[v/64]>>(v%64)&1 != 0 }
func (s valueSet) add(v VReg)      { s[v/64] |= 1 << (v % 64) }
func (s valueSet) remove(v VReg)   { s[v/64] &^= 1 << (v % 64) }

func (s valueSet) empty() bool {
	return !slices.ContainsFunc(s, func(word uint64) bool { return word != 0 })
}

// intersect removes what is not in other and reports whether that changed s.
func (s valueSet) intersect(other valueSet) bool {
	changed := false
	for n := range s {
		changed = changed || s[n]&^other[n] != 0
		s[n] &= other[n]
	}
	return changed
}

// unite adds what is in other and reports whether that changed s.
func (s valueSet) unite(other valueSet) bool {
	changed := false
	for n := range s {
		changed = changed || other[n]&^s[n] != 0
		s[n] |= other[n]
	}
	return changed
}
