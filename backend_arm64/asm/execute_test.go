//go:build linux && arm64

package asm_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	arm64 "github.com/tagwire/tagwire/backend_arm64"
	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/backend_arm64/nativetest"
	"github.com/tagwire/tagwire/backend_arm64/simulator"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// state is what an instruction reads and writes besides memory.
type state struct {
	General [32]uint64 // that of SP is not used
	Vector  [32][16]byte
	Flags   uint64
}

const (
	flagsOffset  = int32(unsafe.Offsetof(state{}.Flags))
	vectorOffset = int32(unsafe.Offsetof(state{}.Vector))

	statusFlags = 0xf << 28 // negative, zero, carry, overflow

	setFlags = 0xd51b4200 // msr nzcv, x0, and the number of the register
	getFlags = 0xd53b4200 // mrs x0, nzcv
)

// fixed are the registers that a trial cannot have: the stack, the platform's, and Go's g.
var fixed = regalloc.Regs(SP, R18, R28)

// around returns the code that loads all registers from a state, and that which stores them there. Between the two stands the
// instruction under test. The state's address is the argument.
func around(t *testing.T) (before, after []byte) {
	t.Helper()
	one, two, three, four := new(Function), new(Function), new(Function), new(Function)
	one.Emit(STP, W64, R(R29), R(R30), PreIndexed(SP, -32))
	one.Emit(STR, W64, R(R0), M(SP.Reg(), 16))
	one.Emit(LDR, W64, R(R1), M(R0.Reg(), flagsOffset))
	// set the flags from x1
	for v := range AllVector.All {
		two.Emit(LDRV, W128, R(v), M(R0.Reg(), vectorOffset+16*int32(v.Number())))
	}
	for p := range (AllGeneral &^ fixed &^ regalloc.Regs(R0)).All {
		two.Emit(LDR, W64, R(p), M(R0.Reg(), 8*int32(p)))
	}
	two.Emit(LDR, W64, R(R0), M(R0.Reg(), 0))

	three.Emit(STR, W64, R(R0), M(SP.Reg(), 24))
	three.Emit(LDR, W64, R(R0), M(SP.Reg(), 16))
	for p := range (AllGeneral &^ fixed &^ regalloc.Regs(R0)).All {
		three.Emit(STR, W64, R(p), M(R0.Reg(), 8*int32(p)))
	}
	for v := range AllVector.All {
		three.Emit(STRV, W128, R(v), M(R0.Reg(), vectorOffset+16*int32(v.Number())))
	}
	three.Emit(LDR, W64, R(R1), M(SP.Reg(), 24))
	three.Emit(STR, W64, R(R1), M(R0.Reg(), 0))
	// get the flags into x1
	four.Emit(STR, W64, R(R1), M(R0.Reg(), flagsOffset))
	four.Emit(LDP, W64, R(R29), R(R30), PostIndexed(SP, 32))
	four.Emit(RET, W64)
	word := func(w uint32) []byte { return binary.LittleEndian.AppendUint32(nil, w) }
	before = slices.Concat(MustAssemble(t, one).Bytes, word(setFlags|1), MustAssemble(t, two).Bytes)
	after = slices.Concat(MustAssemble(t, three).Bytes, word(getFlags|1), MustAssemble(t, four).Bytes)
	return before, after
}

// Registers that hold the addresses of memory operands, and an index, in every state.
const (
	baseReg  = R9
	indexReg = R10
)

// executed are the operands of the instructions that run: none of them is the base or the index. No constant is one that
// makes an instruction forget an operand, but for 0.
var executed = OperandLists{
	General: []PReg{R0, R14, R30},
	Vector:  []PReg{V0, V31},
	Memory: []Operand{M(baseReg.Reg(), 0), M(baseReg.Reg(), 32), M(baseReg.Reg(), -16), M(baseReg.Reg(), 3), PreIndexed(baseReg, 16), PreIndexed(baseReg, -64),
		PostIndexed(baseReg, 1), PostIndexed(baseReg, 2), PostIndexed(baseReg, 4), PostIndexed(baseReg, 8), PostIndexed(baseReg, 16),
		PostIndexed(baseReg, 24), PostIndexed(baseReg, 32), PostIndexed(baseReg, 48), PostIndexed(baseReg, 64),
		Indexed(baseReg.Reg(), indexReg.Reg(), ExtendX, 0), Indexed(baseReg.Reg(), indexReg.Reg(), ExtendUW, 1),
		Indexed(baseReg.Reg(), indexReg.Reg(), ExtendSW, 2), Indexed(baseReg.Reg(), indexReg.Reg(), ExtendX, 3),
		Indexed(baseReg.Reg(), indexReg.Reg(), ExtendSX, 4)},
	Modified: []Operand{Shifted(R3.Reg(), ShiftLSL, 3), Shifted(R3.Reg(), ShiftLSR, 7), Shifted(R3.Reg(), ShiftASR, 1), Shifted(R3.Reg(), ShiftROR, 9),
		Extended(R3.Reg(), ExtendUB, 0), Extended(R3.Reg(), ExtendSH, 3), Extended(R3.Reg(), ExtendSW, 1), Extended(R3.Reg(), ExtendX, 4),
		Element(V7.Reg(), 1), Element(V7.Reg(), 0), Element(V7.Reg(), 6), List(V16.Reg(), 1), List(V16.Reg(), 2), List(V30.Reg(), 3), List(V16.Reg(), 4)},
	Constants: []int64{0, 1, 3, 5, 7, 255},
}

// trialMemory is what memory operands point into. The states hold its address as a number, so it must not move.
var trialMemory [1024]byte

// trial is an instruction that runs on states.
type trial struct {
	inst    Inst
	code    uintptr
	memory  []byte
	random  *rand.Rand
	initial []byte // what memory holds before
}

// state returns a random state with the fixed registers in place.
func (r *trial) state() *state {
	s := &state{Flags: r.flags()}
	for n := range s.General {
		s.General[n] = r.value()
	}
	for n := range s.Vector {
		r.fillVector(s.Vector[n][:])
	}
	s.General[baseReg] = uint64(uintptr(unsafe.Pointer(&r.memory[len(r.memory)/2])))
	s.General[indexReg] = uint64(r.random.IntN(16))
	return s
}

// value has any number of significant bits, so that results and flags differ in all ways.
func (r *trial) value() uint64 { return uint64(RandomConstant(r.random)) }

func (r *trial) flags() uint64 { return r.random.Uint64() & statusFlags }

func (r *trial) fill(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, r.random.Uint64())
	}
}

// fillVector often gives all bits the same value, which random ones never have, and small values to bytes, which shifts and
// lookups need.
func (r *trial) fillVector(b []byte) {
	r.fill(b)
	switch r.random.IntN(5) {
	case 0:
		clear(b)
	case 1:
		copy(b, bytes.Repeat([]byte{0xff}, len(b)))
	case 2:
		for n := range b {
			b[n] &= 31
		}
	}
}

// run executes the instruction on a copy of the state and returns what became of it and of memory.
func (r *trial) run(s *state) (state, string) {
	after := *s
	copy(r.memory, r.initial)
	nativetest.Call(r.code, unsafe.Pointer(&after))
	return after, string(r.memory)
}

func read(s *state, p PReg) string {
	if p.Class() == Vector {
		return string(s.Vector[p.Number()][:])
	}
	return string(binary.LittleEndian.AppendUint64(nil, s.General[p]))
}

// scramble gives a register another content.
func (r *trial) scramble(s *state, p PReg) {
	if p.Class() == Vector {
		r.fillVector(s.Vector[p.Number()][:])
		return
	}
	s.General[p] = r.value()
}

// results are what later instructions may rely on after this one.
func results(i *Inst, s *state, memory string, withFlags bool) string {
	text := memory
	_, defs := i.UsesAndDefs()
	for p := range defs.All {
		text += read(s, p)
	}
	if withFlags {
		text += string(binary.LittleEndian.AppendUint64(nil, s.Flags))
	}
	return text
}

// scratchable are the registers that a state may hold anything in.
var scratchable = AllRegs &^ fixed &^ regalloc.Regs(baseReg, indexReg)

// checkUntouched: the instruction changes no register but those that its row says, and the flags only if the
// row says so.
func (r *trial) checkUntouched(t *testing.T) {
	s := r.state()
	after, _ := r.run(s)
	_, defs := r.inst.UsesAndDefs()
	for p := range (AllRegs &^ defs &^ fixed).All {
		if read(s, p) != read(&after, p) {
			t.Errorf("%v: changes %v", &r.inst, p)
		}
	}
	if (s.Flags^after.Flags)&statusFlags != 0 && !r.inst.WritesFlags() {
		t.Errorf("%v: changes the flags from %#x to %#x", &r.inst, s.Flags, after.Flags)
	}
}

// checkIndependent: the results do not depend on what the row does not say they do.
func (r *trial) checkIndependent(t *testing.T) {
	s := r.state()
	other := *s
	uses, _ := r.inst.UsesAndDefs()
	for p := range (scratchable &^ uses).All {
		r.scramble(&other, p)
	}
	if !r.inst.ReadsFlags() {
		other.Flags = r.flags()
	}
	withFlags := r.inst.WritesFlags()
	after, memory := r.run(s)
	otherAfter, otherMemory := r.run(&other)
	if results(&r.inst, &after, memory, withFlags) != results(&r.inst, &otherAfter, otherMemory, withFlags) {
		t.Errorf("%v: depends on a register, or the flags, that it does not say it reads", &r.inst)
	}
}

// depends reports whether another content of the register changed the results.
func (r *trial) depends(p PReg) bool {
	s := r.state()
	other := *s
	r.scramble(&other, p)
	after, memory := r.run(s)
	otherAfter, otherMemory := r.run(&other)
	withFlags := r.inst.WritesFlags()
	return results(&r.inst, &after, memory, withFlags) != results(&r.inst, &otherAfter, otherMemory, withFlags)
}

// checkUses: the results depend on each register that the row says is read. A register that is named twice may cancel out, and
// a zero may make the instruction forget one.
func (r *trial) checkUses(t *testing.T) {
	uses, _ := r.inst.UsesAndDefs()
	named := map[Reg]bool{}
	for _, o := range []*Operand{&r.inst.A, &r.inst.B, &r.inst.C, &r.inst.D} {
		if o.Reg() != NoReg && named[o.Reg()] {
			return
		}
		named[o.Reg()] = true
		if o.Kind() == ZeroKind || o.Kind() == ImmKind && o.Value() == 0 {
			return
		}
	}
	for p := range (uses & scratchable).All {
		used := false
		for n := 0; n < 4000 && !used; n++ {
			used = r.depends(p)
		}
		if !used {
			t.Errorf("%v: says that it reads %v, but does not", &r.inst, p)
		}
	}
}

// runsAlone reports whether the instruction can stand between the code of around: it does not jump, and shows in registers,
// memory or flags what it did.
func runsAlone(i *Inst) bool {
	switch i.Op {
	case NOP, BTI, PRFM, PRFMSTRM:
		return false
	}
	return !i.IsJump() && !i.IsCall() && !i.EndsBlock()
}

// trialsOf returns trials of the instructions for which which holds.
func trialsOf(t *testing.T, which func(*Inst) bool) (trials []trial) {
	before, after := around(t)
	shared := trial{memory: trialMemory[:], initial: make([]byte, len(trialMemory)), random: rand.New(rand.NewPCG(4, 0))}
	shared.fill(shared.initial)
	var code []byte
	for _, i := range Forms(&executed) {
		if which(&i) {
			r := shared
			r.inst, r.code = i, uintptr(len(code)) // from the start, which is not known yet
			trials = append(trials, r)
			code = slices.Concat(code, before, AssembleOne(t, i), after)
		}
	}
	start := nativetest.Executable(t, code)
	for n := range trials {
		trials[n].code += start
	}
	return trials
}

// TestRolesOnTheProcessor runs the instructions and compares what they read and write with what their rows say.
func TestRolesOnTheProcessor(t *testing.T) {
	trials := trialsOf(t, runsAlone)
	for n := range trials {
		r := &trials[n]
		for range 8 {
			r.checkUntouched(t)
			r.checkIndependent(t)
		}
		r.checkUses(t)
	}
	if len(trials) < 1500 {
		t.Errorf("only %d instructions ran", len(trials))
	}
}

// conditions are what branches if the argument, in x1, is taken, and not if it is passed.
var conditions = []struct {
	build         func(f *Function, to Label)
	taken, passed uint64
}{
	{func(f *Function, to Label) {
		f.Emit(CMP, W64, R(R1), Imm(5))
		f.EmitCond(Bcc, CondLO, W64, To(to))
	}, 4, 5},
	{func(f *Function, to Label) { f.Emit(CBZ, W32, R(R1), To(to)) }, 1 << 32, 1},
	{func(f *Function, to Label) { f.Emit(CBNZ, W64, R(R1), To(to)) }, 1 << 32, 0},
	{func(f *Function, to Label) { f.Emit(TBZ, W64, R(R1), Imm(40), To(to)) }, 1, 1 << 40},
	{func(f *Function, to Label) { f.Emit(TBNZ, W32, R(R1), Imm(3), To(to)) }, 8, 7},
}

// TestDistancesOnTheProcessor: branches, addresses and loads of labels, near and farther than their short forms reach, both ways.
func TestDistancesOnTheProcessor(t *testing.T) {
	for _, gap := range []int{16, 1 << 16, 2 << 20} {
		for n, c := range conditions {
			for _, forward := range []bool{true, false} {
				code := nativetest.Executable(t, branching(t, c.build, forward, gap).Bytes)
				for _, argument := range []uint64{c.taken, c.passed} {
					data := [2]uint64{argument}
					nativetest.Call(code, unsafe.Pointer(&data))
					if taken := data[1] == 2; taken != (argument == c.taken) || data[1] < 1 || data[1] > 2 {
						t.Errorf("condition %d, gap %d, forward %v, of %#x: %d", n, gap, forward, argument, data[1])
					}
				}
			}
		}
		for _, forward := range []bool{true, false} {
			var data [6]uint64
			nativetest.Call(nativetest.Executable(t, reading(t, forward, gap).Bytes), unsafe.Pointer(&data))
			const low, high = 0x8123456789abcdef, 0xfedcba9876543210
			if want := [6]uint64{low, low, 0xffffffff89abcdef, 0x89abcdef, low, high}; data != want {
				t.Errorf("gap %d, forward %v: got %#x, want %#x", gap, forward, data, want)
			}
		}
	}
}

// branching is a function that sets the second word at its argument to 2 if it branches over a gap, else to 1.
func branching(t *testing.T, build func(f *Function, to Label), forward bool, gap int) *Code {
	f := NewFunction("branching")
	start, far, end := f.NewLabel(), f.NewLabel(), f.NewLabel()
	arrive := func() {
		f.Bind(far)
		f.SetConstant(R2.Reg(), 2)
		f.Emit(B, W64, To(end))
	}
	f.Emit(B, W64, To(start))
	if !forward {
		arrive()
	}
	gaps := make([]int, len(f.Insts))
	gaps[len(gaps)-1] = gap
	f.Bind(start)
	f.Emit(LDR, W64, R(R1), M(R0.Reg(), 0))
	build(f, far)
	f.SetConstant(R2.Reg(), 1)
	f.Bind(end)
	f.Emit(STR, W64, R(R2), M(R0.Reg(), 8))
	f.Emit(RET, W64)
	if forward {
		gaps = make([]int, len(f.Insts))
		gaps[len(gaps)-1] = gap
		arrive()
	}
	code, err := Pieces(t, f, gaps...)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// reading is a function that reads a constant behind or before a gap in all ways.
func reading(t *testing.T, forward bool, gap int) *Code {
	f := NewFunction("reading")
	start, constant := f.NewLabel(), f.NewLabel()
	place := func() {
		f.Bind(constant)
		f.Emit(QUAD, W64, Imm(-0x7edcba9876543211))
		f.Emit(QUAD, W64, Imm(-0x123456789abcdf0))
	}
	f.Emit(B, W64, To(start))
	if !forward {
		place()
	}
	gaps := make([]int, len(f.Insts))
	gaps[len(gaps)-1] = gap
	f.Bind(start)
	f.Emit(ADR, W64, R(R1), At(constant))
	f.Emit(LDR, W64, R(R1), M(R1.Reg(), 0))
	f.Emit(LDR, W64, R(R2), At(constant))
	f.Emit(LDRSW, W64, R(R3), At(constant))
	f.Emit(LDR, W32, R(R4), At(constant))
	f.Emit(LDRV, W128, R(V1), At(constant))
	f.Emit(STP, W64, R(R1), R(R2), M(R0.Reg(), 0))
	f.Emit(STP, W64, R(R3), R(R4), M(R0.Reg(), 16))
	f.Emit(STRV, W128, R(V1), M(R0.Reg(), 32))
	f.Emit(RET, W64)
	if forward {
		gaps = make([]int, len(f.Insts))
		gaps[len(gaps)-1] = gap
		place()
	}
	code, err := Pieces(t, f, gaps...)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestConstantsOnTheProcessor: what SetConstant emits.
func TestConstantsOnTheProcessor(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 0))
	var want []uint64
	f := NewFunction("constants")
	for n := range int32(400) {
		value := RandomConstant(random)
		if n%2 == 0 {
			value = int64(^uint64(0)>>random.IntN(64)) << random.IntN(64) // mostly what orr can repeat
		}
		want = append(want, uint64(value))
		f.SetConstant(R1.Reg(), value)
		f.Emit(STR, W64, R(R1), M(R0.Reg(), 8*n))
	}
	f.Emit(RET, W64)
	got := make([]uint64, len(want))
	nativetest.Call(nativetest.Executable(t, MustAssemble(t, f).Bytes), unsafe.Pointer(&got[0]))
	for n := range want {
		if got[n] != want[n] {
			t.Errorf("got %#x, want %#x", got[n], want[n])
		}
	}
}

// TestSimulatorAgainstTheProcessor runs the instructions of templates and of the bulk routines on the processor and in the
// simulator.
func TestSimulatorAgainstTheProcessor(t *testing.T) {
	used := map[Op]bool{TBX: true, EXT: true, CSET: true, REV16: true}
	for _, op := range arm64.BulkOps {
		for _, i := range arm64.BulkRoutine(op, 0).Insts {
			used[i.Op] = true
		}
	}
	compared := map[Op]bool{}
	trials := trialsOf(t, func(i *Inst) bool { return used[i.Op] && runsAlone(i) })
	for n := range trials {
		r := &trials[n]
		for range 20 {
			r.checkSimulator(t)
		}
		compared[r.inst.Op] = true
	}
	if len(compared) < 30 {
		t.Errorf("only %d instructions were compared", len(compared))
	}
}

// checkSimulator: the simulator makes the same of a state, and of memory.
func (r *trial) checkSimulator(t *testing.T) {
	t.Helper()
	s := r.state()
	got, memory := r.run(s)
	copy(r.memory, r.initial)
	simulated := simulator.Simulator{Memory: lowertest.Memory{lowertest.ReadWrite(uint64(uintptr(unsafe.Pointer(&r.memory[0]))), r.memory)}}
	simulated.General, simulated.Vector = s.General, s.Vector
	flags := []*bool{&simulated.Overflow, &simulated.Carry, &simulated.Zero, &simulated.Negative}
	for n, flag := range flags {
		*flag = s.Flags>>(28+n)&1 != 0
	}
	f := NewFunction("one")
	*f.Next() = r.inst
	f.Emit(RET, W64)
	if _, err := simulated.Run(f); err != nil {
		t.Fatal(err)
	}
	end := state{General: simulated.General, Vector: simulated.Vector, Flags: got.Flags &^ statusFlags}
	for n, flag := range flags {
		if *flag {
			end.Flags |= 1 << (28 + n)
		}
	}
	if results(&r.inst, &got, memory, true) != results(&r.inst, &end, string(r.memory), true) {
		t.Fatalf("%v: the simulator and the processor differ", &r.inst)
	}
}
