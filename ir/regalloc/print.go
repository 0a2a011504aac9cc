package regalloc

import (
	"fmt"
	"strings"
)

// location returns the text of a location: a register's name, s and the number of a slot, or nowhere.
func (t *Target) location(l Location) string {
	if p, ok := l.Register(); ok {
		return t.register(p)
	}
	if s, ok := l.Slot(); ok {
		return fmt.Sprintf("s%d", s)
	}
	return "nowhere"
}

func (t *Target) register(p PReg) string {
	if int(p) < len(t.RegisterNames) {
		return t.RegisterNames[p]
	}
	return fmt.Sprintf("r%d", p)
}

// String returns the function as text: for each instruction its number, definitions and uses. An operand is followed by
// @register if it is fixed, = and an index if it is tied to the use there, and ! if it is an early definition.
func (f *Function) String() string {
	var out strings.Builder
	for b := range f.Blocks {
		f.printHeader(&out, b)
		for i := f.Blocks[b].Instructions.Start; i < f.Blocks[b].Instructions.End; i++ {
			fmt.Fprintf(&out, "\ti%d:%s\n", i, f.instructionText(i, nil))
		}
		f.printEdges(&out, b)
	}
	return out.String()
}

// Format returns the allocated code of f as text.
func (r *Result) Format(f *Function) string {
	var out strings.Builder
	fmt.Fprintf(&out, "slots %d\n", r.SlotWords)
	for b := range f.Blocks {
		f.printHeader(&out, b)
		steps := r.BlockSteps(b)
		for n := range steps {
			out.WriteString("\t" + r.stepText(f, &steps[n]) + "\n")
		}
		f.printEdges(&out, b)
	}
	return out.String()
}

func (r *Result) stepText(f *Function, s *Step) string {
	from, to := f.Target.location(s.From), f.Target.location(s.To)
	switch s.Kind {
	case Original:
		span := f.Instructions[s.Instruction].Operands
		return fmt.Sprintf("i%d:%s", s.Instruction, f.instructionText(s.Instruction, r.Operands[span.Start:span.End]))
	case Move:
		return fmt.Sprintf("move %s <- %s", to, from)
	case Swap:
		return fmt.Sprintf("swap %s, %s", to, from)
	case Save:
		return fmt.Sprintf("save %s <- %s", to, from)
	case Load:
		return fmt.Sprintf("load %s <- %s", to, from)
	case Rematerialise:
		return fmt.Sprintf("make %s <- i%d", to, s.Instruction)
	}
	return fmt.Sprintf("step%d", s.Kind)
}

func (f *Function) printHeader(out *strings.Builder, b int) {
	fmt.Fprintf(out, "block%d%s", b, valueList(f.params(int32(b))))
	if f.Blocks[b].Cold {
		out.WriteString(" cold")
	}
	out.WriteString(":\n")
}

func (f *Function) printEdges(out *strings.Builder, b int) {
	for n := range f.edges(int32(b)) {
		e := &f.edges(int32(b))[n]
		fmt.Fprintf(out, "\t-> block%d%s\n", e.To, valueList(f.arguments(e)))
	}
}

func valueList(values []VReg) string {
	if len(values) == 0 {
		return ""
	}
	names := make([]string, len(values))
	for n, v := range values {
		names[n] = fmt.Sprintf("v%d", v)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// instructionText returns definitions, uses and clobbers; with locations, those take the place of constraints.
func (f *Function) instructionText(i int32, locations []Location) string {
	var defs, uses []string
	operands := f.instructionOperands(i)
	for k := range operands {
		text := ""
		if locations == nil {
			text = f.operandText(&operands[k])
		} else {
			text = fmt.Sprintf("v%d:%s", operands[k].Reg, f.Target.location(locations[k]))
		}
		if operands[k].Role == UseRole {
			uses = append(uses, text)
		} else {
			defs = append(defs, text)
		}
	}
	text := ""
	if len(defs) > 0 {
		text = " " + strings.Join(defs, ", ")
	}
	if len(uses) > 0 {
		text += " <- " + strings.Join(uses, ", ")
	}
	return text + f.clobberText(f.Instructions[i].Clobbers)
}

func (f *Function) clobberText(clobbers RegSet) string {
	var all RegSet
	for c := range f.Target.Classes {
		all |= f.Target.Allocatable(Class(c))
	}
	switch {
	case clobbers == 0:
		return ""
	case clobbers&all == all:
		return " clobbers all"
	}
	text := " clobbers"
	for ; clobbers != 0; clobbers &= clobbers - 1 {
		text += " " + f.Target.register(clobbers.first())
	}
	return text
}

func (f *Function) operandText(o *Operand) string {
	text := fmt.Sprintf("v%d", o.Reg)
	switch {
	case o.Constraint == InFixed:
		text += "@" + f.Target.register(o.Fixed)
	case o.Constraint == TiedToUse:
		text += fmt.Sprintf("=%d", o.Tied)
	}
	if o.Role == EarlyDefRole {
		text += "!"
	}
	return text
}
