package ir

import (
	"errors"
	"fmt"
	"slices"
)

// Verify checks the invariants V1 to V11 that the package comment lists. Its error names for each breach the invariant,
// the block and the instruction.
func Verify(f *Func) error {
	v := &verifier{f: f, verifierMemory: &f.known().verified}
	// Each check relies on those before it, so the first that fails is the last that runs.
	for _, check := range []func(){
		v.entry, v.terminators, v.identity, v.instructions, v.knowledge, v.reachability, v.dominance,
	} {
		check()
		if v.breaches != nil {
			return errors.Join(v.breaches...)
		}
	}
	return nil
}

type verifier struct {
	f *Func
	*verifierMemory
	dominators *Dominators
	breaches   []error
}

// verifierMemory is what the verifier uses again and again.
type verifierMemory struct {
	byID     []*Block // the blocks, by ID
	seen     []bool   // blocks, by ID
	values   []bool   // by ID
	defined  []*Value // by ID
	position []int32  // by value ID: of the definition in its block
}

// maxBreaches keeps the report of a badly broken function short.
const maxBreaches = 10

func (v *verifier) breach(invariant int, b *Block, i *Inst, format string, args ...any) {
	if len(v.breaches) == maxBreaches {
		return
	}
	where := "@" + v.f.Name
	if b != nil {
		where += " " + b.String()
	}
	if i != nil {
		text := i.String()
		const most = 200 // bytes: a switch can have very many edges
		if len(text) > most {
			text = text[:most] + "…"
		}
		where += fmt.Sprintf("[%d] %s", b.IndexOf(i), text)
	}
	//lint:ignore ST1005 V1 to V11 are the names of the invariants
	v.breaches = append(v.breaches, fmt.Errorf("V%d: %s: %s", invariant, where, fmt.Sprintf(format, args...)))
}

// eachInst visits the instructions, n the index of each in its block.
func (v *verifier) eachInst(visit func(b *Block, n int, i *Inst)) {
	for _, b := range v.f.Blocks {
		for n, i := range b.Insts {
			visit(b, n, i)
		}
	}
}

// entry is V1.
func (v *verifier) entry() {
	if len(v.f.Blocks) == 0 {
		v.breach(1, nil, nil, "no blocks")
		return
	}
	if !validSymbol(v.f.Name) {
		v.breach(1, nil, nil, "%q is not a name", v.f.Name)
	}
	if n := len(v.f.Params()); n > MaxParams {
		v.breach(1, nil, nil, "%d parameters, at most %d are possible", n, MaxParams)
	}
	if n := len(v.f.Results); n > MaxResults {
		v.breach(1, nil, nil, "%d results, at most %d are possible", n, MaxResults)
	}
	for _, b := range v.f.Blocks {
		for _, e := range b.Edges() {
			if e.To == v.f.Entry() {
				v.breach(1, b, b.Terminator(), "an edge to the entry")
			}
		}
	}
}

// terminators is V2.
func (v *verifier) terminators() {
	for _, b := range v.f.Blocks {
		if b.Terminator() == nil {
			v.breach(2, b, nil, "does not end in a terminator")
		}
		for n, i := range b.Insts {
			if i.Op == InvalidOp || i.Op >= OpCount {
				v.breach(2, b, i, "no such op")
			} else if i.Op.IsTerminator() && n != len(b.Insts)-1 {
				v.breach(2, b, i, "a terminator in the middle")
			}
		}
	}
}

// identity is V3, and V4 where that holds.
func (v *verifier) identity() {
	v.seen, v.values = Resize(v.seen, v.f.BlockIDs()), Resize(v.values, v.f.ValueIDs())
	for _, b := range v.f.Blocks {
		switch {
		case b.ID < 0 || int(b.ID) >= len(v.seen):
			v.breach(3, b, nil, "the ID is out of range")
		case v.seen[b.ID]:
			v.breach(3, b, nil, "two blocks with this ID")
		default:
			v.seen[b.ID] = true
		}
		for _, p := range b.Params {
			v.defines(b, nil, p)
			if p.Block != b || p.Def != nil {
				v.breach(4, b, nil, "%s is not marked as a parameter of this block", p)
			}
		}
		for _, i := range b.Insts {
			for _, r := range i.Results {
				v.defines(b, i, r)
			}
			if v.breaches == nil {
				v.ownership(b, i)
			}
		}
	}
}

// defines is V3 for a value, a parameter of b or a result of i.
func (v *verifier) defines(b *Block, i *Inst, value *Value) {
	switch {
	case value.ID < 0 || int(value.ID) >= len(v.values):
		v.breach(3, b, i, "%s is out of range", value)
	case v.values[value.ID]:
		v.breach(3, b, i, "%s is defined twice", value)
	default:
		v.values[value.ID] = true
	}
}

// ownership is V4 for an instruction and its results.
func (v *verifier) ownership(b *Block, i *Inst) {
	if i.Block != b {
		v.breach(4, b, i, "not marked as being in this block")
	}
	for _, r := range i.Results {
		if r.Def != i || r.Block != nil {
			v.breach(4, b, i, "%s is not marked as its result", r)
		}
	}
}

// instructions is V5 to V8, of which each instruction is looked at alone. Again, each relies on those before it.
func (v *verifier) instructions() {
	v.byID = Resize(v.byID, v.f.BlockIDs())
	for _, b := range v.f.Blocks {
		v.byID[b.ID] = b
	}
	v.eachInst(func(b *Block, _ int, i *Inst) {
		before := len(v.breaches)
		if before == maxBreaches {
			return
		}
		v.operands(b, i)
		if len(v.breaches) == before {
			v.attributes(b, i)
		}
		if len(v.breaches) == before {
			v.edges(b, i)
		}
		if len(v.breaches) == before && i.Op == Return {
			v.signature(b, i)
		}
	})
}

// operands is V5.
func (v *verifier) operands(b *Block, i *Inst) {
	info := i.Op.Info()
	var bound [3]Type // what the type variables stand for
	v.operandList(b, i, "operand", i.Args, info.Args, info.MoreArgs, &bound)
	v.operandList(b, i, "result", i.Results, info.Results, info.MoreResults, &bound)
}

func (v *verifier) operandList(b *Block, i *Inst, role string, values []*Value, fixed []Operand, more Rest, bound *[3]Type) {
	if len(values) < len(fixed) || len(values) > len(fixed)+more.Max {
		v.breach(5, b, i, "%d %ss, the op takes %d to %d", len(values), role, len(fixed), len(fixed)+more.Max)
		return
	}
	for n, value := range values {
		want := Operand{Types: more.Types}
		if n < len(fixed) {
			want = fixed[n]
		}
		switch {
		case !want.Types.Has(value.Type):
			v.breach(5, b, i, "%s %s is %s, not %s", role, value, value.Type, want.Types)
		case want.Variable == 0:
		case bound[want.Variable] == InvalidType:
			bound[want.Variable] = value.Type
		case bound[want.Variable] != value.Type:
			v.breach(5, b, i, "%s %s is %s, another one %s", role, value, value.Type, bound[want.Variable])
		}
	}
}

// attributes is V6.
func (v *verifier) attributes(b *Block, i *Inst) {
	info := i.Op.Info()
	if !info.Immediate.Allows(i.Imm, i.immediateType()) {
		v.breach(6, b, i, "the constant %d is not allowed", i.Imm)
	}
	if info.Cond != i.Cond.Valid() {
		v.breach(6, b, i, "condition %q", i.Cond)
	}
	if info.Symbol != validSymbol(i.Symbol) || !info.Symbol && i.Symbol != "" {
		v.breach(6, b, i, "symbol %q", i.Symbol)
	}
	if i.Template != "" || info.Template != NoTemplate {
		if _, err := ParseTemplate(i.Template, info.Template); err != nil {
			v.breach(6, b, i, "the template: %v", err)
		}
	}
	if i.Source && !info.Source {
		v.breach(6, b, i, "marked as reading source memory")
	}
}

// immediateType returns the type that bounds the constant of i.
func (i *Inst) immediateType() Type {
	switch i.Op.Info().Immediate {
	case ConstantValue:
		return i.Results[0].Type
	case BitNumber:
		return i.Args[0].Type
	}
	return InvalidType
}

// edges is V7.
func (v *verifier) edges(b *Block, i *Inst) {
	least, most := i.Op.Info().Edges.bounds()
	if len(i.Edges) < least || len(i.Edges) > most {
		v.breach(7, b, i, "%d edges", len(i.Edges))
	}
	for _, e := range i.Edges {
		switch {
		case e.To.ID < 0 || int(e.To.ID) >= len(v.byID) || v.byID[e.To.ID] != e.To:
			v.breach(7, b, i, "%s is not in the function", e.To)
		case len(e.Args) != len(e.To.Params):
			v.breach(7, b, i, "%d arguments for the %d parameters of %s", len(e.Args), len(e.To.Params), e.To)
		default:
			for n, p := range e.To.Params {
				if e.Args[n].Type != p.Type {
					v.breach(7, b, i, "%s is %s, the parameter %s of %s is %s", e.Args[n], e.Args[n].Type, p, e.To, p.Type)
				}
			}
		}
	}
}

// MaxSwitchEdges bounds the edges of a Switch.
const MaxSwitchEdges = 1 << 16

func (c EdgeCount) bounds() (least, most int) {
	switch c {
	case OneEdge:
		return 1, 1
	case TwoEdges:
		return 2, 2
	case ManyEdges:
		return 2, MaxSwitchEdges
	}
	return 0, 0
}

// signature is V8, of a Return.
func (v *verifier) signature(b *Block, i *Inst) {
	if len(i.Args) != len(v.f.Results) {
		v.breach(8, b, i, "%d results, the function has %d", len(i.Args), len(v.f.Results))
		return
	}
	for n, t := range v.f.Results {
		if i.Args[n].Type != t {
			v.breach(8, b, i, "%s is %s, the result of the function is %s", i.Args[n], i.Args[n].Type, t)
		}
	}
}

// knowledge is V11. The checks behind it find out anew what they need.
func (v *verifier) knowledge() {
	f, k := v.f, v.f.known()
	if k.hasPredecessors {
		next := make([]int, f.BlockIDs())
		k.eachTarget(f, func(b, to *Block) { v.knows(b, takeFrom(&k.predecessors, next, to, b)) })
		v.knows(nil, len(k.predecessors.items) == sum(next))
	}
	if k.hasIncoming {
		next := make([]int, f.BlockIDs())
		for _, b := range f.Blocks {
			edges := b.Edges()
			for e := range edges {
				v.knows(b, takeFrom(&k.incoming, next, edges[e].To, &edges[e]))
			}
		}
		v.knows(nil, len(k.incoming.items) == sum(next))
	}
	if k.hasOrder {
		v.knows(nil, slices.Equal(k.order.found, k.picked.find(f, nil)))
	}
	f.Rewired()
}

func (v *verifier) knows(b *Block, right bool) {
	if !right {
		v.breach(11, b, nil, "control flow has changed since it was looked at")
	}
}

// takeFrom reports whether item is the next one of a block's list.
func takeFrom[T comparable](l *lists[T], next []int, to *Block, item T) bool {
	list, n := l.byID[to.ID], next[to.ID]
	next[to.ID]++
	return n < len(list) && list[n] == item
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}

// reachability is V9.
func (v *verifier) reachability() {
	v.seen = Resize(v.seen, v.f.BlockIDs())
	reached := v.seen
	for _, b := range v.f.ReversePostorder(nil) {
		reached[b.ID] = true
	}
	for _, b := range v.f.Blocks {
		if !reached[b.ID] {
			v.breach(9, b, nil, "no path leads here")
		}
	}
}

// dominance is V10.
func (v *verifier) dominance() {
	v.dominators = v.f.Dominators()
	v.defined, v.position = Resize(v.defined, v.f.ValueIDs()), Resize(v.position, v.f.ValueIDs())
	for _, b := range v.f.Blocks {
		for _, p := range b.Params {
			v.defined[p.ID] = p
		}
		for n, i := range b.Insts {
			for _, r := range i.Results {
				v.defined[r.ID], v.position[r.ID] = r, int32(n)
			}
		}
	}
	for _, b := range v.f.Blocks {
		for n, i := range b.Insts {
			v.uses(b, n, i, i.Args)
			for e := range i.Edges {
				v.uses(b, n, i, i.Edges[e].Args)
			}
		}
	}
}

// uses checks the values that instruction n of a block, i, uses.
func (v *verifier) uses(b *Block, n int, i *Inst, values []*Value) {
	for _, value := range values {
		switch {
		case value.ID < 0 || int(value.ID) >= len(v.defined) || v.defined[value.ID] != value:
			v.breach(10, b, i, "%s is not defined in the function", value)
		case value.DefBlock() != b:
			if !v.dominators.Dominates(value.DefBlock(), b) {
				v.breach(10, b, i, "%s is defined in %s, which does not dominate this block", value, value.DefBlock())
			}
		case value.Def != nil && int(v.position[value.ID]) >= n:
			v.breach(10, b, i, "%s is defined later", value)
		}
	}
}
