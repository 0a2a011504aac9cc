package asm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
	"github.com/twitchyliquid64/golang-asm/obj"
	"github.com/twitchyliquid64/golang-asm/obj/arm64"
	"github.com/twitchyliquid64/golang-asm/objabi"
)

// golangAssembler is the assembler of the Go toolchain. Unlike GNU as it is there on every host.
type golangAssembler struct {
	context *obj.Link
	fault   error // the first one of a function
}

func newGolangAssembler() *golangAssembler {
	objabi.GOOS = "linux" // or Linknew ends the process on a system that it does not know
	g := &golangAssembler{context: obj.Linknew(&arm64.Linkarm64)}
	g.context.IsAsm = true
	g.context.Flag_optimize = false // no jumps past jumps
	g.context.DiagFunc = func(format string, arguments ...any) {
		if g.fault == nil {
			g.fault = fmt.Errorf(format, arguments...)
		}
	}
	g.context.Arch.Init(g.context)
	return g
}

// assemble returns the function of some instructions, which must not be in a list yet.
func (g *golangAssembler) assemble(instructions ...*obj.Prog) (function *obj.LSym, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("golang-asm: %v", fault)
		}
	}()
	g.fault, g.context.Errors, g.context.Text = nil, 0, nil
	function = &obj.LSym{Name: "f"}
	g.context.InitTextSym(function, obj.NOSPLIT|obj.NOFRAME)
	text := g.context.NewProg()
	text.As = obj.ATEXT
	text.From = obj.Addr{Type: obj.TYPE_MEM, Name: obj.NAME_EXTERN, Sym: function}
	text.To = obj.Addr{Type: obj.TYPE_TEXTSIZE, Val: int32(objabi.ArgsSizeUnknown)}
	function.Func.Text = text
	last := text
	for _, p := range instructions {
		last.Link, last = p, p
	}
	obj.Flushplist(g.context, &obj.Plist{Firstpc: text}, nil, "")
	return function, g.fault
}

// instruction assembles one instruction of ours.
func (g *golangAssembler) instruction(i *Inst) ([]byte, error) {
	p, err := g.translate(i, nil)
	if err != nil {
		return nil, err
	}
	function, err := g.assemble(p)
	return bytes.TrimSuffix(function.P, make([]byte, len(function.P)-4)), err
}

// function assembles a function of ours without tables.
func (g *golangAssembler) function(f *Function) ([]byte, error) {
	places := make([]*obj.Prog, f.Labels())
	for n := range places {
		places[n] = g.context.NewProg()
		places[n].As = obj.ANOP
	}
	var list []*obj.Prog
	for n := range f.Insts {
		i := &f.Insts[n]
		if i.Op == LABEL {
			list = append(list, places[i.A.value])
			continue
		}
		p, err := g.translate(i, places)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	function, err := g.assemble(list...)
	return function.P, err
}

// golangCode is the machine code that golang-asm vouches for: what it makes of the instruction or, where it takes something else for
// zero, what follows from what it makes of the instruction with the next number.
func (g *golangAssembler) golangCode(i Inst) ([]byte, error) {
	var one, unit uint32 // what to take from the code
	switch i.Op {
	case ADD, ADDS, SUB, SUBS: // by 0 is by the register that reads as zero
		switch c := i.C.value; {
		case i.C == Imm(0):
			i.C, one, unit = Imm(1), 1, 10
		case i.Op == ADD && i.A == R(SP) && i.C.kind == ImmKind && c >= 1<<12: // it keeps books on frames, and fails if they are large
			i.C, one, unit = Imm(1<<12), uint32(1-c>>12), 10
		}
	case CMP, CMN:
		if i.B == Imm(0) {
			i.B, one, unit = Imm(1), 1, 10
		}
	case LSL, LSR, ASR: // so is this; to the left and to the right is the same
		if i.C == Imm(0) {
			if i.Op == LSL {
				i.Op = LSR
			}
			i.C, one, unit = Imm(1), 1, 16
		}
	case ROR:
		if i.C == Imm(0) {
			i.C, one, unit = Imm(1), 1, 10
		}
	case MOVZ, MOVN, MOVK: // a 0 has no place, and 64 bits no sign
		if half := i.B.value; half == 0 && i.C.value > 0 || half >= 1<<15 && i.C.value == 48 {
			i.B = Imm(half&(1<<15-1) | 1)
			one, unit = uint32(i.B.value-half), 5
		}
	case UXTB, UXTH, SXTB, SXTH, SXTW: // of zero is a move
		if i.B == Zero {
			i.B, one, unit = R(R30), ^uint32(0), 5
		}
	}
	code, err := g.instruction(&i)
	if err == nil && one != 0 {
		binary.LittleEndian.PutUint32(code, binary.LittleEndian.Uint32(code)-one<<unit)
	}
	return code, err
}

// form tells apart what golang-asm may know of an instruction and what not: the kinds of operands, the modes of memory.
func form(i *Inst) string {
	text := fmt.Sprint(i.Op, i.Width, movesSP(i) && i.Op == MOV)
	for n := range i.row().operands {
		o := i.operand(n)
		text += fmt.Sprint(" ", o.kind)
		if o.kind == MemKind {
			text += fmt.Sprint(":", o.form, golangName(i))
		}
	}
	return text
}

// lackingInGolang returns the instructions, one of each form, that golang-asm cannot assemble.
func lackingInGolang(t *testing.T) []Inst {
	t.Helper()
	g := newGolangAssembler()
	known := map[string]bool{}
	var lacking []Inst
	for _, i := range Forms(&few) {
		key := form(&i)
		_, err := g.golangCode(i)
		if before, seen := known[key]; !seen {
			if known[key] = err == nil; err != nil {
				lacking = append(lacking, i)
			}
		} else if before != (err == nil) {
			t.Errorf("%v: others of the form are known to golang-asm: %v, and this one: %v", &i, before, err)
		}
	}
	return lacking
}

// TestRowsThatGolangLacks: a file has what golang-asm cannot check, with machine code from GNU as. It is complete, and golang-asm
// knows nothing that is in it.
func TestRowsThatGolangLacks(t *testing.T) {
	name := filepath.Join("testdata", "encode", "not_in_golang.txt")
	lacking := lackingInGolang(t)
	if *lowertest.Update {
		writeForms(t, name, lacking)
	}
	compareForms(t, name, lacking)
}

// compareWithGolang assembles each instruction with both assemblers.
func compareWithGolang(t *testing.T, instructions []Inst) {
	t.Helper()
	lacking := map[string]bool{}
	for _, i := range lackingInGolang(t) {
		lacking[form(&i)] = true
	}
	g := newGolangAssembler()
	shown, compared := 0, 0
	for _, i := range instructions {
		if lacking[form(&i)] {
			continue
		}
		compared++
		want, err := g.golangCode(i)
		if got := AssembleOne(t, i); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: got % x, golang-asm says % x, %v", &i, got, want, err)
			if shown++; shown == 40 {
				t.Fatal("and more")
			}
		}
	}
	if compared < len(instructions)/3 {
		t.Errorf("only %d of %d instructions were compared", compared, len(instructions))
	}
}

// TestAllFormsAgainstGolang: each register and each shape of memory as each operand of each instruction.
func TestAllFormsAgainstGolang(t *testing.T) {
	compareWithGolang(t, append(Forms(&few), Forms(&all)...))
}

// TestLargeFramesAgainstGolang: all that SP can be moved by at once.
func TestLargeFramesAgainstGolang(t *testing.T) {
	var instructions []Inst
	for c := int64(1); c < 1<<12; c++ {
		for _, op := range []Op{ADD, SUB} {
			instructions = append(instructions, Inst{Op: op, Width: W64, A: R(SP), B: R(SP), C: Imm(c << 12)},
				Inst{Op: op, Width: W64, A: R(SP), B: R(R1), C: Imm(c << 12)}, Inst{Op: op, Width: W64, A: R(R1), B: R(SP), C: Imm(c)})
		}
	}
	compareWithGolang(t, instructions)
}

// TestRandomOperandsAgainstGolang combines all operands at a time.
func TestRandomOperandsAgainstGolang(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var instructions []Inst
	for len(instructions) < effort.Of(20000, 4000) {
		if i, ok := randomInst(random); ok {
			instructions = append(instructions, i)
		}
	}
	compareWithGolang(t, instructions)
}

// functionRows are functions for the rows that make sense only among others, and for labels in other rows.
var functionRows = []struct {
	name  string
	build func(f *Function, l Label)
	hex   string // from GNU as 2.40, for what golang-asm lacks
}{
	{"b", func(f *Function, l Label) { f.Emit(B, W64, To(l)) }, ""},
	{"bl", func(f *Function, l Label) { f.Emit(BL, W64, Far(0)) }, ""},
	{"b.ne", func(f *Function, l Label) { f.EmitCond(Bcc, CondNE, W64, To(l)) }, ""},
	{"b.le", func(f *Function, l Label) { f.EmitCond(Bcc, CondLE, W64, To(l)) }, ""},
	{"cbz", func(f *Function, l Label) { f.Emit(CBZ, W64, R(R9), To(l)) }, ""},
	{"cbnz w", func(f *Function, l Label) { f.Emit(CBNZ, W32, R(R30), To(l)) }, ""},
	{"tbz", func(f *Function, l Label) { f.Emit(TBZ, W64, R(R9), Imm(63), To(l)) }, ""},
	{"tbnz", func(f *Function, l Label) { f.Emit(TBNZ, W32, R(R9), Imm(5), To(l)) }, ""},
	{"label", func(f *Function, l Label) {}, ""},
	{"quad", func(f *Function, l Label) { f.Emit(QUAD, W64, Imm(-0x123456789abcdf0)) }, ""},
	{"adr", func(f *Function, l Label) { f.Emit(ADR, W64, R(R9), At(l)) }, "29 00 00 10 c0 03 5f d6"},
	{"ldr", func(f *Function, l Label) { f.Emit(LDR, W64, R(R9), At(l)) }, "29 00 00 58 c0 03 5f d6"},
	{"ldr w", func(f *Function, l Label) { f.Emit(LDR, W32, R(R9), At(l)) }, "29 00 00 18 c0 03 5f d6"},
	{"ldrsw", func(f *Function, l Label) { f.Emit(LDRSW, W64, R(R9), At(l)) }, "29 00 00 98 c0 03 5f d6"},
	{"ldr s", func(f *Function, l Label) { f.Emit(LDRV, W32, R(V9), At(l)) }, "29 00 00 1c c0 03 5f d6"},
	{"ldr d", func(f *Function, l Label) { f.Emit(LDRV, W64, R(V9), At(l)) }, "29 00 00 5c c0 03 5f d6"},
	{"ldr q", func(f *Function, l Label) { f.Emit(LDRV, W128, R(V9), At(l)) }, "29 00 00 9c c0 03 5f d6"},
	{"align", func(f *Function, l Label) { f.Emit(RET, W64); f.Emit(ALIGN, W64, Imm(8)) }, "c0 03 5f d6 1f 20 03 d5 c0 03 5f d6"},
	{"long", func(f *Function, l Label) { f.Emit(LONGDIFF, W64, To(l), To(l)) }, "00 00 00 00 c0 03 5f d6"},
}

// TestFunctionsThatGolangLacks: the rows that golang-asm does not check are those with machine code of GNU as, and all rows are
// there.
func TestFunctionsThatGolangLacks(t *testing.T) {
	g := newGolangAssembler()
	seen := map[Op]bool{}
	for _, row := range functionRows {
		f := NewFunction(row.name)
		l := f.NewLabel()
		row.build(f, l)
		f.Bind(l)
		f.Emit(RET, W64)
		for _, i := range f.Insts {
			seen[i.Op] = true
		}
		got := MustAssemble(t, f).Bytes
		want, err := g.function(f)
		if known := err == nil && len(want) >= len(got) && bytes.Equal(want[:len(got)], got); known == (row.hex != "") {
			t.Errorf("%v: known to golang-asm: %v (% x, %v), listed: %q", f, known, want, err, row.hex)
		}
		if text := fmt.Sprintf("% x", got); row.hex != "" && text != row.hex {
			t.Errorf("%v: got %s, want %s", f, text, row.hex)
		}
		compareFunctionWithGNU(t, f)
	}
	for op := BAD + 1; op < opCount; op++ {
		if !isPlain(&table[op]) && !seen[op] {
			t.Errorf("no function has %s", table[op].mnemonic)
		}
	}
}

// TestBranchesAgainstGolang: distances in both directions, as far as short forms reach.
func TestBranchesAgainstGolang(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	g := newGolangAssembler()
	for range effort.Of(40, 8) {
		const labels = 30
		f := NewFunction("random")
		for range labels {
			f.NewLabel()
		}
		for n := range Label(labels) {
			fill(f, 4*random.IntN(200))
			f.Bind(n)
			functionRows[random.IntN(8)].build(f, Label(random.IntN(labels)))
		}
		f.Emit(RET, W64)
		want, err := g.function(f)
		if err != nil {
			t.Fatal(err)
		}
		if got := MustAssemble(t, f).Bytes; len(want) < len(got) || !bytes.Equal(got, want[:len(got)]) {
			t.Fatalf("got\n% x\ngolang-asm says\n% x", got, want)
		}
	}
}
