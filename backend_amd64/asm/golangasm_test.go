package asm

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/twitchyliquid64/golang-asm/obj"
	"github.com/twitchyliquid64/golang-asm/obj/x86"
	"github.com/twitchyliquid64/golang-asm/objabi"
)

// golangAssembler is the assembler of the Go toolchain. Unlike GNU as it is there on every host.
type golangAssembler struct {
	context *obj.Link
	fault   error // the first one of a function
}

func newGolangAssembler() *golangAssembler {
	objabi.GOOS = "linux" // or Linknew ends the process on a system that it does not know
	g := &golangAssembler{context: obj.Linknew(&x86.Linkamd64)}
	g.context.IsAsm = true          // no padding before jumps
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
	return function.P, err
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

// golangCode is the machine code that golang-asm vouches for: what it makes of the instruction or, where it prefers another of
// several encodings, what follows from what it makes of instructions that differ in one operand.
func (g *golangAssembler) golangCode(i Inst) ([]byte, error) {
	switch {
	case i.Op == XCHG && i.A == i.B && i.A.is(RAX):
		// xchg eax, eax becomes a nop, which does not clear the upper half: there is no second opinion of the short opcode
		// and of its absence. These are GNU's.
		if i.Width == W64 {
			return []byte{0x90}, nil
		}
		return []byte{0x87, 0xc0}, nil
	case i.Op == MOV && i.Width == W64 && i.A.kind == RegKind && i.B.kind == ImmKind && i.B.value == int64(uint32(i.B.value)) && i.B.value >= 1<<31:
		// It moves 32 bits, which clears the upper half. SetConstant does so too; a MOV stays one of 64 bits, as in GNU as.
		// So the constant gets a bit that needs the long form, and loses it.
		i.B.value |= 1 << 32
		code, err := g.instruction(&i)
		if err == nil {
			code[len(code)-4]--
		}
		return code, err
	case i.B.kind == RegKind && i.A.kind == RegKind && prefersStores(&i):
		// It moves between registers by the opcode of stores: ours is the opposite move, by the opcode of loads.
		i.A, i.B = i.B, i.A
		code, err := g.instruction(&i)
		if err == nil {
			code[len(code)-2] = i.row().code.op
		}
		return code, err
	}
	return g.instruction(&i)
}

// prefersStores: moves between registers for which golang-asm takes the opcode of stores and the table that of loads.
func prefersStores(i *Inst) bool {
	switch i.Op {
	case VMOVDQU, VMOVDQA:
		return i.A.isExtended() || !i.B.isExtended() // else the store is shorter, and both take it
	case VMOVDQU8, VMOVDQU8LK:
		return true
	}
	return false
}

// namesSPL: the lowest 8 bits of RSP, which are the one register that golang-asm does not know. encodeRows has its encodings.
func namesSPL(i *Inst) bool {
	for n, spec := range i.row().operands {
		if spec.width(i.Width) == W8 && spec.class == General && i.operand(n).is(RSP) {
			return true
		}
	}
	return false
}

// compareWithGolang assembles each instruction with both assemblers.
func compareWithGolang(t *testing.T, instructions []Inst) {
	t.Helper()
	g := newGolangAssembler()
	shown := 0
	for _, i := range instructions {
		if namesSPL(&i) {
			if code, err := g.instruction(&i); err == nil {
				t.Fatalf("%v: golang-asm knows spl by now, and says % x", &i, code)
			}
			continue
		}
		want, err := g.golangCode(i)
		if got := AssembleOne(t, i); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: got % x, golang-asm says % x, %v", &i, got, want, err)
			if shown++; shown == 40 {
				t.Fatal("and more")
			}
		}
	}
}

// TestAllFormsAgainstGolang: each register and each shape of memory as each operand of each instruction.
func TestAllFormsAgainstGolang(t *testing.T) {
	compareWithGolang(t, append(Forms(&few), Forms(&all)...))
}

// TestRandomOperandsAgainstGolang combines all operands at a time.
func TestRandomOperandsAgainstGolang(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	compareWithGolang(t, randomInsts(seed))
}

// notInGolang are the rows that golang-asm lacks, each in a function, with machine code from GNU as 2.40.
var notInGolang = map[Op]struct {
	build func(*Function)
	hex   string
}{
	ALIGN: {func(f *Function) { f.Emit(RET, W64); f.Emit(ALIGN, W64, Imm(8)); f.Emit(RET, W64) }, "c3 0f 1f 80 00 00 00 00 c3"},
	LONGDIFF: {func(f *Function) {
		from, to := f.NewLabel(), f.NewLabel()
		f.Bind(to)
		f.Emit(RET, W64)
		f.Bind(from)
		f.Emit(LONGDIFF, W64, To(to), To(from))
	}, "c3 ff ff ff ff"},
}

// TestRowsThatGolangLacks: golang-asm checks every row but those of the list, and those of the list it cannot check.
func TestRowsThatGolangLacks(t *testing.T) {
	g := newGolangAssembler()
	for op := BAD + 1; op < opCount; op++ {
		lacking, listed := notInGolang[op]
		f := NewFunction("row")
		compile := g.function
		switch {
		case listed:
			lacking.build(f)
			if got, want := hex.EncodeToString(MustAssemble(t, f).Bytes), strings.ReplaceAll(lacking.hex, " ", ""); got != want {
				t.Errorf("%v: got %s, want %s", f, got, want)
			}
			compareFunctionWithGNU(t, f)
		case op == QUAD:
			f.Emit(QUAD, W64, Imm(-1<<56|255))
		case !isPlain(&table[op]):
			l := f.NewLabel()
			f.Bind(l)
			if op == CALL {
				f.Emit(CALL, W64, Far(0))
			} else if op != LABEL {
				f.EmitCond(op, CondNE, W64, To(l))
			}
		default:
			f.Insts = append(f.Insts, formsOf(&few, Inst{Op: op, Width: firstWidth(op)})[0])
			compile = func(f *Function) ([]byte, error) { return g.golangCode(f.Insts[0]) }
		}
		want, err := compile(f)
		if known := err == nil && bytes.Equal(want, MustAssemble(t, f).Bytes); known == listed {
			t.Errorf("%s: known to golang-asm: %v (%v), in the list of what it lacks: %v", table[op].mnemonic, known, err, listed)
		}
	}
}

func firstWidth(op Op) Width {
	for w := range widthCount {
		if table[op].widths.has(w) {
			return w
		}
	}
	return widthCount
}

// TestBranchesAgainstGolang: it chooses the sizes of branches too.
func TestBranchesAgainstGolang(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	g := newGolangAssembler()
	long := 0
	for n := range 60 {
		f := randomBranches(random, "random", 1+random.IntN(60))
		want, err := g.function(f)
		if err != nil {
			t.Fatal(err)
		}
		got := MustAssemble(t, f).Bytes
		if !bytes.Equal(got, want) {
			t.Fatalf("function %d: got\n% x\ngolang-asm says\n% x", n, got, want)
		}
		if len(got) > 1000 {
			long++
		}
	}
	if long == 0 {
		t.Error("no function is long enough for long branches")
	}
}

// TestCallsAgainstGolang: the fields that Link fills in are those of golang-asm's relocations. A call of a label is one whose
// field is filled in here, for golang-asm calls only other functions.
func TestCallsAgainstGolang(t *testing.T) {
	g := newGolangAssembler()
	for _, op := range []Op{CALL, JMP} {
		i := Inst{Op: op, Width: W64, A: Far(0)}
		want, relocation := g.relocated(t, &i)
		code := MustAssemble(t, FunctionOf(i))
		if call := code.Calls[0]; !bytes.Equal(code.Bytes, want) || call.Offset != int(relocation.Off) || call.From != len(want) {
			t.Errorf("%v: got % x, %+v, golang-asm says % x, %+v", &i, code.Bytes, call, want, relocation)
		}
		if op == JMP {
			continue
		}
		f := NewFunction("label")
		l := f.NewLabel()
		f.Emit(CALL, W64, To(l))
		fill(f, 1000)
		f.Bind(l)
		binary.LittleEndian.PutUint32(want[relocation.Off:], 1000)
		if got := MustAssemble(t, f).Bytes; !bytes.Equal(got[:len(want)], want) {
			t.Errorf("%v: got % x, golang-asm says % x", &f.Insts[0], got[:len(want)], want)
		}
	}
}

// relocated returns what golang-asm makes of an instruction that names something elsewhere, and where that is to be filled in.
func (g *golangAssembler) relocated(t *testing.T, i *Inst) ([]byte, obj.Reloc) {
	t.Helper()
	p, err := g.translate(i, nil)
	if err != nil {
		t.Fatal(err)
	}
	function, err := g.assemble(p)
	if err != nil || len(function.R) != 1 {
		t.Fatalf("%v: %d relocations, %v", i, len(function.R), err)
	}
	return function.P, function.R[0]
}

// TestLabelMemoryAgainstGolang: memory at a label as an operand of each instruction that takes memory. The distance counts from
// the end of the instruction, constants behind it included.
func TestLabelMemoryAgainstGolang(t *testing.T) {
	g := newGolangAssembler()
	compared := 0
	lists := few
	lists.Memory = []Operand{At(0)}
	for _, i := range Forms(&lists) {
		if !slices.Contains([]Kind{i.A.kind, i.B.kind, i.C.kind}, LabelMem) {
			continue
		}
		f := NewFunction("label")
		f.Insts = append(f.Insts, i)
		l := f.NewLabel()
		f.Emit(ALIGN, W64, Imm(32))
		f.Bind(l)
		f.Emit(RET, W64)
		code := MustAssemble(t, f)
		want, relocation := g.relocated(t, &i)
		switch i.Op { // golang-asm goes to what is named, and not through it; the opcodes are from GNU as
		case JMPI:
			want, relocation.Off = []byte{0xff, 0x25, 0, 0, 0, 0}, 2
		case CALLI:
			want, relocation.Off = []byte{0xff, 0x15, 0, 0, 0, 0}, 2
		}
		end := int64(relocation.Off) + 4
		binary.LittleEndian.PutUint32(want[relocation.Off:], uint32(int64(code.Labels[l])+relocation.Add-end))
		if got := code.Bytes[:len(want)]; !bytes.Equal(got, want) {
			t.Errorf("%v: got % x, golang-asm says % x", &i, got, want)
		}
		compared++
	}
	if compared < 200 {
		t.Errorf("only %d instructions were compared", compared)
	}
}
