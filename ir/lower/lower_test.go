package lower

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// toy is a machine of three registers: r0 to r2. Its convention passes two arguments and one result.
var (
	toy = &regalloc.Target{Classes: []regalloc.ClassInfo{{
		Name: "general", SlotWords: 1, Swap: true, Order: []regalloc.PReg{0, 1, 2},
	}}}
	toyConvention = NewConvention([]abi.Register{0, 1}, []abi.Register{0})
)

// toySelector makes one machine instruction of each IR instruction, named by its op.
type toySelector struct {
	*Function
	names   []string
	refuses ir.Op
}

func (s *toySelector) add(name string, clobbers regalloc.RegSet, operands ...regalloc.Operand) {
	s.names = append(s.names, name)
	s.View.Add(clobbers, operands...)
}

func (s *toySelector) Entry(params []*ir.Value) {
	s.add("Entry", 0, toyConvention.Entry(s.Function, params)...)
}

// newFunction is Reset of a new Function.
func newFunction(source *ir.Func, view *regalloc.Function, target *regalloc.Target, folds func(i *ir.Inst, n int, v *ir.Value) bool) *Function {
	f := new(Function)
	f.Reset(source, view, target, folds)
	return f
}

var errToy = errors.New("the toy cannot")

func (s *toySelector) Instruction(i, _ *ir.Inst) error {
	name := i.Op.String()
	switch i.Op {
	case s.refuses:
		return errToy
	case ir.Const:
		if s.Needed(i.Result()) {
			s.add(fmt.Sprint(name, " ", i.Imm), 0, regalloc.Def(s.DefineConstant(i.Result(), 0)))
		}
	case ir.Trunc64to32:
		s.Alias(i.Result(), i.Args[0])
	case ir.Call:
		s.add(name, toy.Allocatable(0), toyConvention.Call(s.Function, i)...)
	case ir.Return:
		s.add(name, 0, toyConvention.Return(s.Function, i.Args)...)
	default:
		var operands []regalloc.Operand
		for n, v := range i.Args {
			if !toyFolds(i, n, v) {
				operands = append(operands, regalloc.Use(s.Register(v)))
			}
		}
		for _, v := range i.Results {
			operands = append(operands, regalloc.Def(s.Define(v, 0)))
		}
		s.add(TerminatorOp(i).String(), 0, operands...)
	}
	return nil
}

// toyFolds: sums take a small constant as their second operand.
func toyFolds(i *ir.Inst, n int, v *ir.Value) bool {
	c, ok := v.IsConst()
	return ok && i.Op == ir.Add && n == 1 && c < 100
}

// toyWriter writes a line for each instruction.
type toyWriter struct {
	names []string
	lines []string
}

func (w *toyWriter) line(format string, arguments ...any) {
	w.lines = append(w.lines, fmt.Sprintf(format, arguments...))
}

func (w *toyWriter) Block(b, next *ir.Block) {
	if next == nil {
		w.line("b%d, the last:", b.ID)
	} else {
		w.line("b%d, before b%d:", b.ID, next.ID)
	}
}

func (w *toyWriter) Original(n int, where []regalloc.Location) {
	text := w.names[n]
	for _, l := range where {
		if p, ok := l.Register(); ok {
			text += fmt.Sprintf(" r%d", p)
		} else {
			text += " -"
		}
	}
	w.line("\t%s", text)
}

func (w *toyWriter) Rematerialise(n int, to regalloc.PReg) {
	w.line("\t%s again r%d", w.names[n], to)
}
func (w *toyWriter) Move(to, from regalloc.PReg) { w.line("\tmove r%d r%d", to, from) }
func (w *toyWriter) Swap(a, b regalloc.PReg)     { w.line("\tswap r%d r%d", a, b) }
func (w *toyWriter) Save(to regalloc.SpillSlot, from regalloc.PReg) {
	w.line("\tsave s%d r%d", to, from)
}
func (w *toyWriter) Load(to regalloc.PReg, from regalloc.SpillSlot) {
	w.line("\tload r%d s%d", to, from)
}

// lowerToy runs all strides on a function.
func lowerToy(t *testing.T, text string) (*Function, *regalloc.Result, string) {
	t.Helper()
	f := newFunction(parse(t, text), new(regalloc.Function), toy, toyFolds)
	s := &toySelector{Function: f}
	if err := f.Select(s); err != nil {
		t.Fatal(err)
	}
	r, err := Allocate(new(regalloc.Allocator), f.View, true)
	if err != nil {
		t.Fatal(err)
	}
	w := &toyWriter{names: s.names}
	f.Write(r, w)
	return f, r, strings.Join(w.lines, "\n") + "\n"
}

func parse(t *testing.T, text string) *ir.Func {
	t.Helper()
	f, err := ir.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := ir.Verify(f); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestStrides: a call saves what lives across it, a constant is made again instead, a small one is part of its user,
// and a truncation is no instruction.
func TestStrides(t *testing.T) {
	f, r, got := lowerToy(t, `func @f(v0:i64, v1:i64) -> (i64) {
b0:
	v2:i64 = Const #1000
	v3:i64 = Const #1
	v4:i64 = Call @g, v1
	v5:i64 = Add v4, v3
	v6:i64 = Add v5, v2
	Jump -> b1(v0, v6)
b1(v7:i64, v8:i64):
	v9:i32 = Trunc64to32 v7
	v10:i64 = ZeroExt32to64 v9
	Branch.ne v10, v8 -> b2, b3
b2:
	Jump -> b1(v8, v7)
b3:
	Return v7
}
`)
	for _, part := range []string{
		"b0, before b1:\n\tEntry r0 r1\n", "\tsave s0 r0\n", "\tmove r0 r1\n", "\tCall r0 r0\n", "\tAdd r0 r", "\tConst 1000 again r",
		"\tload r", "\tZeroExt32to64 r", "b2, before b3:\n\tmove r", "b3, the last:\n", "\tReturn r0\n",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is not in\n%s", part, got)
		}
	}
	for _, part := range []string{"Const 1 ", "Trunc"} {
		if strings.Contains(got, part) {
			t.Errorf("%q is in\n%s", part, got)
		}
	}
	frame := FrameOf(r, f.View)
	if want := (Frame{Bytes: abi.WordBytes, Checked: true}); frame != want {
		t.Errorf("frame %+v, want %+v", frame, want)
	}
	if frame.Slot(0) != 0 || frame.Slot(2) != 2*abi.WordBytes || frame.Wanted() != abi.WordBytes+abi.StackSlack {
		t.Errorf("slots at %d and %d, %d bytes wanted", frame.Slot(0), frame.Slot(2), frame.Wanted())
	}
}

// TestExchange: where no register is free, two values change places.
func TestExchange(t *testing.T) {
	_, _, got := lowerToy(t, `func @f(v0:i64, v1:i64) -> (i64) {
b0:
	v2:i64 = Sub v0, v1
	Jump -> b1(v0, v1)
b1(v3:i64, v4:i64):
	Branch.ne v3, v4 -> b2, b3
b2:
	Jump -> b1(v4, v3)
b3:
	Return v2
}
`)
	if !strings.Contains(got, "b2, before b3:\n\tswap r") {
		t.Errorf("no exchange in\n%s", got)
	}
}

// TestLeafHasNoFrame: what neither spills nor leaves does not look at the stack; what calls does.
func TestLeafHasNoFrame(t *testing.T) {
	for text, want := range map[string]Frame{
		"func @f(v0:i64) -> (i64) {\nb0:\n\tReturn v0\n}\n":               {},
		"func @f() {\nb0:\n\tCall @g\n\tReturn\n}\n":                      {Checked: true},
		"func @f(v0:i64) {\nb0:\n\tv1:i64 = Add v0, v0\n\tReturn\n}\n":    {},
		"func @f() -> (i64) {\nb0:\n\tv0:i64 = Call @g\n\tReturn v0\n}\n": {Checked: true},
	} {
		f, r, _ := lowerToy(t, text)
		if got := FrameOf(r, f.View); got != want {
			t.Errorf("%+v, want %+v for\n%s", got, want, text)
		}
	}
}

// TestBlocksThatOnlyJump are not written, and what would jump there jumps on, unless they jump to themselves.
func TestBlocksThatOnlyJump(t *testing.T) {
	f, _, got := lowerToy(t, `func @f(v0:i64, v1:i64) {
b0:
	Branch.eq v0, v1 -> b1, b4
b1:
	Jump -> b2
b2:
	Jump -> b3
b3:
	Return
b4:
	Jump -> b4
}
`)
	if strings.Contains(got, "b1") || strings.Contains(got, "b2") || !strings.HasPrefix(got, "b0, before b3:") || !strings.Contains(got, "b4, the last:\n\tJump") {
		t.Errorf("got\n%s", got)
	}
	for from, to := range map[int]int{0: 0, 1: 3, 2: 3, 3: 3, 4: 4} {
		if b := f.Target(f.Source.Blocks[from]); b != f.Source.Blocks[to] {
			t.Errorf("b%d leads to b%d", from, b.ID)
		}
	}
}

// TestEdgesToOneBlock are one edge to the allocator.
func TestEdgesToOneBlock(t *testing.T) {
	f, _, got := lowerToy(t, `func @f(v0:i32) {
b0:
	Switch v0 -> b1, b1, b2, b1
b1:
	Return
b2:
	Return
}
`)
	if n := f.View.Blocks[0].Edges.Len(); n != 2 {
		t.Errorf("%d edges\n%s", n, got)
	}
}

func TestTerminatorOp(t *testing.T) {
	f := parse(t, `func @f(v0:i64) {
b0:
	Branch.eq v0, v0 -> b1, b1
b1:
	Branch.eq v0, v0 -> b2, b3
b2:
	Return
b3:
	Return
}
`)
	for n, want := range []ir.Op{ir.Jump, ir.Branch, ir.Return, ir.Return} {
		if got := TerminatorOp(f.Blocks[n].Terminator()); got != want {
			t.Errorf("b%d: %v, want %v", n, got, want)
		}
	}
}

func TestWays(t *testing.T) {
	yes, no, other := &ir.Block{ID: 1}, &ir.Block{ID: 2}, &ir.Block{ID: 3}
	for _, c := range []struct {
		next, taken *ir.Block
		inverted    bool
		then        *ir.Block
	}{
		{yes, no, true, nil}, {no, yes, false, nil}, {other, yes, false, no}, {nil, yes, false, no},
	} {
		taken, inverted, then := Ways(yes, no, c.next)
		if taken != c.taken || inverted != c.inverted || then != c.then {
			t.Errorf("before %+v: %+v, %v, %+v", c.next, taken, inverted, then)
		}
	}
}

func TestSelectNamesWhatFails(t *testing.T) {
	f := newFunction(parse(t, "func @f(v0:i64) -> (i64) {\nb0:\n\tJump -> b1\nb1:\n\tv1:i64 = Sub v0, v0\n\tReturn v1\n}\n"),
		new(regalloc.Function), toy, toyFolds)
	err := f.Select(&toySelector{Function: f, refuses: ir.Sub})
	if !errors.Is(err, errToy) || err.Error() != "block b1: Sub: the toy cannot" {
		t.Errorf("got %v", err)
	}
}

func TestUndefinedValuesAreBugs(t *testing.T) {
	source := parse(t, "func @f(v0:i64) -> (i64) {\nb0:\n\tReturn v0\n}\n")
	f := newFunction(source, new(regalloc.Function), toy, toyFolds)
	defer func() {
		if problem := fmt.Sprint(recover()); problem != "BUG: lower: f: v0 is not in a register" {
			t.Errorf("got %s", problem)
		}
	}()
	f.Register(source.Params()[0])
}

// TestAllocateVerifies: with check, a view that makes no sense is an error.
func TestAllocateVerifies(t *testing.T) {
	view := new(regalloc.Function)
	view.Reset(toy)
	view.StartBlock(false)
	view.Add(0, regalloc.Use(view.NewValue(0))) // used, never defined
	if _, err := Allocate(new(regalloc.Allocator), view, true); err == nil {
		t.Error("no error")
	}
}

func TestAccesses(t *testing.T) {
	var got []ir.Op
	for op := ir.InvalidOp + 1; op < ir.OpCount; op++ {
		if Accesses(op) {
			got = append(got, op)
		}
	}
	for _, op := range got {
		if !op.Effects().Has(ir.ReadsMemory | ir.WritesMemory) {
			t.Errorf("%v does not", op)
		}
	}
	if len(got) != 16 || slices.Contains(got, ir.CopyBytes) {
		t.Errorf("got %v", got)
	}
}

func TestSwapBytes(t *testing.T) {
	for _, c := range []struct {
		number, want int64
		t            ir.Type
	}{
		{-2, -2, ir.I8}, {0x0102, 0x0201, ir.I16}, {0x80, -0x8000, ir.I16}, {0x01020304, 0x04030201, ir.I32},
		{0xff, -0x1000000, ir.I32}, {0x0102030405060708, 0x0807060504030201, ir.I64},
	} {
		if got := SwapBytes(c.number, c.t); got != c.want {
			t.Errorf("%#x as %v: %#x, want %#x", c.number, c.t, got, c.want)
		}
	}
}

// An adder adds a register to another one, or, with fixed, register 2 to it.
type adder struct {
	to, from regalloc.Reg
	fixed    bool
}

func (a *adder) Registers(list []RegisterOperand) []RegisterOperand {
	list = append(list, RegisterOperand{Reg: &a.to, Role: Both})
	if a.fixed {
		return append(list, RegisterOperand{Reg: &a.from, Role: Use, Fixed: regalloc.PReg(2).Reg()})
	}
	return append(list, RegisterOperand{Reg: &a.from, Role: Use})
}

// TestSteps: the allocator is told what an instruction reads and changes, and where it puts that goes into the instruction,
// which stays what it was among the steps.
func TestSteps(t *testing.T) {
	view := new(regalloc.Function)
	view.Reset(toy)
	view.StartBlock(false)
	a, b, c := view.NewValue(0), view.NewValue(0), view.NewValue(0)
	var s Steps[adder, *adder, *[]string]
	s.Reset()
	*s.Next() = adder{to: c.Reg(), from: b.Reg()}
	s.Add(view, a.Reg())
	*s.Next() = adder{to: c.Reg(), from: b.Reg(), fixed: true}
	s.Add(view, c.Reg())
	s.Sequence(view, 0, func(w *[]string) { *w = append(*w, "sequence") }, regalloc.Use(c))
	want := []regalloc.Operand{
		regalloc.Use(a), regalloc.DefTied(c, 0), regalloc.Use(b),
		regalloc.Use(c), regalloc.DefTied(c, 0), regalloc.UseIn(b, 2),
		regalloc.Use(c),
	}
	if !slices.Equal(view.Operands, want) || s.Len() != 3 || len(view.Instructions) != 3 {
		t.Errorf("%d steps, operands %+v", s.Len(), view.Operands)
	}
	var written []string
	if s.Expand(0, &written) || !s.Expand(2, &written) || !slices.Equal(written, []string{"sequence"}) {
		t.Errorf("written %q", written)
	}
	_, r, _ := lowerToy(t, "func @f(v0:i64, v1:i64) -> (i64) {\nb0:\n\tv2:i64 = Sub v1, v0\n\tReturn v2\n}\n")
	where := r.Operands[:2] // of the entry: registers 0 and 1
	i := *s.Instruction(0)
	s.PutRegisters(&i, []regalloc.Location{0, where[1], where[0]})
	if (i != adder{to: regalloc.PReg(1).Reg(), from: regalloc.PReg(0).Reg()}) || (*s.Instruction(0) != adder{to: c.Reg(), from: b.Reg()}) {
		t.Errorf("%+v, %+v", i, *s.Instruction(0))
	}
}
