package regalloc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// newTestTarget returns a target with two classes: integers r0, r1, ... and vectors x0, x1, ... of two words.
func newTestTarget(integers, vectors int, swap bool) *Target {
	t := &Target{
		Classes:       []ClassInfo{{Name: "integer", SlotWords: 1, Swap: swap}, {Name: "vector", SlotWords: 2}},
		RegisterNames: make([]string, 64),
	}
	for p := range 32 {
		t.RegisterNames[p] = fmt.Sprintf("r%d", p)
		t.RegisterNames[32+p] = fmt.Sprintf("x%d", p)
	}
	for p := range integers {
		t.Classes[0].Order = append(t.Classes[0].Order, PReg(p))
	}
	for p := range vectors {
		t.Classes[1].Order = append(t.Classes[1].Order, PReg(32+p))
	}
	return t
}

func (t *Target) allRegisters() RegSet {
	var all RegSet
	for c := range t.Classes {
		all |= t.Allocatable(Class(c))
	}
	return all
}

// A reader reads the text form of a function. Lines that start with # are comments. Two kinds of lines come before the
// first block: "target INTEGERS VECTORS [swap]", and "vector v1 v2" or "constant v1 v2" for values that are
// no plain integers.
type reader struct {
	t        *testing.T
	f        *Function
	line     string
	vectors  []string
	constant []string
}

func parseFunction(t *testing.T, text string) *Function {
	t.Helper()
	r := &reader{t: t, f: &Function{}}
	for _, line := range strings.Split(text, "\n") {
		r.line = line
		line = strings.TrimSpace(line)
		words := strings.Fields(line)
		switch {
		case line == "" || line[0] == '#':
		case words[0] == "target":
			r.f.Reset(newTestTarget(r.number(words[1]), r.number(words[2]), len(words) > 3))
		case words[0] == "vector":
			r.vectors = words[1:]
		case words[0] == "constant":
			r.constant = words[1:]
		case strings.HasPrefix(line, "block"):
			r.block(line)
		case words[0] == "->":
			r.edge(strings.TrimPrefix(line, "-> "))
		default:
			r.instruction(line)
		}
	}
	return r.f
}

func (r *reader) fail(format string, arguments ...any) {
	r.t.Helper()
	r.t.Fatalf("%q: %s", r.line, fmt.Sprintf(format, arguments...))
}

func (r *reader) number(text string) int {
	r.t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		r.fail("%v", err)
	}
	return n
}

func (r *reader) value(text string) VReg {
	r.t.Helper()
	name, ok := strings.CutPrefix(text, "v")
	if !ok {
		r.fail("%q is not a value", text)
	}
	v := r.number(name)
	for len(r.f.Values) <= v {
		name := fmt.Sprintf("v%d", len(r.f.Values))
		r.f.Values = append(r.f.Values, Value{Rematerialise: slices.Contains(r.constant, name)})
		if slices.Contains(r.vectors, name) {
			r.f.Values[len(r.f.Values)-1].Class = 1
		}
	}
	return VReg(v)
}

// list reads "name(v1, v2)" or "name".
func (r *reader) list(text string) (name string, values []VReg) {
	name, rest, ok := strings.Cut(text, "(")
	if !ok {
		return text, nil
	}
	for _, v := range strings.Split(strings.TrimSuffix(rest, ")"), ", ") {
		values = append(values, r.value(v))
	}
	return name, values
}

func (r *reader) block(line string) {
	line, cold := strings.CutSuffix(strings.TrimSuffix(line, ":"), " cold")
	name, params := r.list(line)
	if b := r.f.StartBlock(cold, params...); name != fmt.Sprintf("block%d", b) {
		r.fail("blocks are numbered in order")
	}
}

func (r *reader) edge(line string) {
	name, arguments := r.list(line)
	r.f.AddEdge(r.number(strings.TrimPrefix(name, "block")), arguments...)
}

func (r *reader) instruction(line string) {
	label, rest, _ := strings.Cut(line, ":")
	if label != fmt.Sprintf("i%d", len(r.f.Instructions)) {
		r.fail("instructions are numbered in order")
	}
	rest, clobbers, _ := strings.Cut(rest, "clobbers ")
	set := RegSet(0)
	if clobbers == "all" {
		set = r.f.Target.allRegisters()
	} else {
		for _, name := range strings.Fields(clobbers) {
			set |= Regs(r.register(name))
		}
	}
	defs, uses, _ := strings.Cut(rest, "<-")
	var operands []Operand
	for _, text := range split(defs) {
		operands = append(operands, r.operand(text, DefRole))
	}
	for _, text := range split(uses) {
		operands = append(operands, r.operand(text, UseRole))
	}
	r.f.Add(set, operands...)
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func (r *reader) register(name string) PReg {
	p := slices.Index(r.f.Target.RegisterNames, name)
	if p < 0 {
		r.fail("%q is not a register", name)
	}
	return PReg(p)
}

func (r *reader) operand(text string, role Role) Operand {
	o := Operand{Role: role}
	if name, ok := strings.CutSuffix(text, "!"); ok {
		text, o.Role = name, EarlyDefRole
	}
	if name, fixed, ok := strings.Cut(text, "@"); ok {
		text, o.Constraint, o.Fixed = name, InFixed, r.register(fixed)
	}
	if name, use, ok := strings.Cut(text, "="); ok {
		text, o.Constraint, o.Tied = name, TiedToUse, uint8(r.number(use))
	}
	o.Reg = r.value(text)
	return o
}
