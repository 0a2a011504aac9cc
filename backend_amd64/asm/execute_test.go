//go:build linux && amd64

package asm_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	amd64 "github.com/tagwire/tagwire/backend_amd64"
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/nativetest"
	"github.com/tagwire/tagwire/backend_amd64/simulator"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
	"github.com/tagwire/tagwire/ir/regalloc"
)

const (
	flagsOffset  = int32(unsafe.Offsetof(simulator.State{}.Flags))
	maskOffset   = int32(unsafe.Offsetof(simulator.State{}.Mask))
	vectorOffset = int32(unsafe.Offsetof(simulator.State{}.Vector))

	statusFlags = 0x8d5 // carry, parity, adjust, zero, sign, overflow
	pushFlags   = 0x9c
	popFlags    = 0x9d
)

// stateMoves appends the moves of all vector and mask registers from or to the state that rax points to. rcx is
// lost.
func stateMoves(f *Function, host Features, load bool) {
	op, width := MOVDQU, W128
	switch {
	case host.Has(NeedsAVX512):
		op, width = VMOVDQU8, W512
	case host.Has(HasAVX):
		op, width = VMOVDQU, W256
	}
	for v := range AllVector.All {
		memory := M(RAX.Reg(), vectorOffset+64*int32(v.Number()))
		if load {
			f.Emit(op, width, R(v), memory)
		} else {
			f.Emit(op, width, memory, R(v))
		}
	}
	if !host.Has(NeedsAVX512) {
		return
	}
	for k := range (AllMask &^ regalloc.Regs(K0)).All {
		memory := M(RAX.Reg(), maskOffset+8*int32(k.Number()))
		if load {
			f.Emit(MOV, W64, R(RCX), memory)
			f.Emit(KMOVGK, W64, R(k), R(RCX))
		} else {
			f.Emit(KMOVKG, W64, R(RCX), R(k))
			f.Emit(MOV, W64, memory, R(RCX))
		}
	}
}

// around returns the code that loads all registers from a simulator.State, and that which stores them there. Between
// the two stands the instruction under test; rsp it leaves alone.
func around(t *testing.T, host Features) (before, after []byte) {
	t.Helper()
	one, two, three, four := new(Function), new(Function), new(Function), new(Function)
	one.Emit(PUSH, W64, R(RBP))
	one.Emit(PUSH, W64, R(R14))
	one.Emit(PUSH, W64, R(RAX))
	stateMoves(one, host, true)
	one.Emit(MOV, W64, R(RCX), M(RAX.Reg(), flagsOffset))
	one.Emit(PUSH, W64, R(RCX))
	// pop the flags
	for p := range (AllGeneral &^ regalloc.Regs(RSP, RAX)).All {
		two.Emit(MOV, W64, R(p), M(RAX.Reg(), 8*int32(p)))
	}
	two.Emit(MOV, W64, R(RAX), M(RAX.Reg(), 0))

	three.Emit(PUSH, W64, R(RAX))
	three.Emit(MOV, W64, R(RAX), M(RSP.Reg(), 8))
	for p := range (AllGeneral &^ regalloc.Regs(RSP, RAX)).All {
		three.Emit(MOV, W64, M(RAX.Reg(), 8*int32(p)), R(p))
	}
	three.Emit(POP, W64, R(RCX))
	three.Emit(MOV, W64, M(RAX.Reg(), 0), R(RCX))
	// push the flags
	four.Emit(POP, W64, R(RCX))
	four.Emit(MOV, W64, M(RAX.Reg(), flagsOffset), R(RCX))
	stateMoves(four, host, false)
	four.Emit(PXORZ, W128, R(X15))
	if host.Has(HasAVX) {
		four.Emit(VZEROUPPER, W256)
	}
	four.Emit(POP, W64, R(RAX))
	four.Emit(POP, W64, R(R14))
	four.Emit(POP, W64, R(RBP))
	four.Emit(RET, W64)
	before = append(append(MustAssemble(t, one).Bytes, popFlags), MustAssemble(t, two).Bytes...)
	after = append(append(MustAssemble(t, three).Bytes, pushFlags), MustAssemble(t, four).Bytes...)
	return before, after
}

// Registers that hold the addresses of memory operands, and an index, in every state.
const (
	baseReg  = RSI
	indexReg = RBX
)

// executed are the operands of the instructions that run: none of them is the base or the index.
var executed = OperandLists{
	General:   []PReg{RAX, RDX, RBP, R8, R14},
	Vector:    []PReg{X0, X5, X9, X15},
	Mask:      []PReg{K1, K2},
	Memory:    []Operand{M(baseReg.Reg(), 8), Indexed(baseReg.Reg(), indexReg.Reg(), 4, -16)},
	Constants: []int64{1, 3, 7, 100, -3, 1000, 1 << 40},
}

// trialMemory is what memory operands point into. The states hold its address as a number, so it must not move.
var trialMemory [512]byte

// trial is an instruction that runs on states.
type trial struct {
	inst    Inst
	code    uintptr
	memory  []byte
	random  *rand.Rand
	initial []byte // what memory holds before
}

// state returns a random state with the fixed registers in place.
func (r *trial) state() *simulator.State {
	s := &simulator.State{Flags: r.flags()}
	for n := range s.General {
		s.General[n] = r.value()
	}
	for n := range s.Mask {
		s.Mask[n] = r.random.Uint64()
	}
	for n := range s.Vector {
		r.fillVector(s.Vector[n][:])
	}
	s.General[baseReg] = uint64(uintptr(unsafe.Pointer(&r.memory[len(r.memory)/2])))
	s.General[indexReg] = uint64(r.random.IntN(16))
	return s
}

// value has any number of significant bits, so that results and flags differ in all ways. Its lower half is not
// zero, which bsf and bsr must not be given.
func (r *trial) value() uint64 {
	value := uint64(RandomConstant(r.random, W64))
	if uint32(value) == 0 {
		return 1 << r.random.IntN(32)
	}
	return value
}

func (r *trial) flags() uint64 { return 0x202 | r.random.Uint64()&statusFlags }

func (r *trial) fill(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, r.random.Uint64())
	}
}

// fillVector often gives all bits the same value, which random ones never have.
func (r *trial) fillVector(b []byte) {
	r.fill(b)
	switch r.random.IntN(4) {
	case 0:
		clear(b)
	case 1:
		copy(b, bytes.Repeat([]byte{0xff}, len(b)))
	}
}

// run executes the instruction on a copy of the state and returns what became of it and of memory.
func (r *trial) run(s *simulator.State) (simulator.State, string) {
	after := *s
	copy(r.memory, r.initial)
	nativetest.Call(r.code, unsafe.Pointer(&after))
	return after, string(r.memory)
}

// read returns a register's lowest bytes.
func read(s *simulator.State, p PReg, bytes int) string {
	switch p.Class() {
	case Vector:
		return string(s.Vector[p.Number()][:bytes])
	case Mask:
		return string(binary.LittleEndian.AppendUint64(nil, s.Mask[p.Number()]))
	}
	return string(binary.LittleEndian.AppendUint64(nil, s.General[p])[:min(bytes, 8)])
}

// scramble gives a register another content.
func (r *trial) scramble(s *simulator.State, p PReg) {
	switch p.Class() {
	case Vector:
		r.fillVector(s.Vector[p.Number()][:])
	case Mask:
		s.Mask[p.Number()] = r.random.Uint64()
	default:
		s.General[p] = r.value()
	}
}

// results are what later instructions may rely on after this one.
func results(i *Inst, s *simulator.State, memory string, withFlags bool) string {
	text := memory
	_, defs := i.UsesAndDefs()
	for p := range defs.All {
		text += read(s, p, i.DefBytes(p))
	}
	if withFlags {
		text += string(binary.LittleEndian.AppendUint64(nil, s.Flags))
	}
	return text
}

// scratchable are the registers that a state may hold anything in.
var scratchable = AllRegs &^ regalloc.Regs(RSP, K0, baseReg, indexReg)

// checkUntouched: the instruction changes no register but those that its row says, and the flags only if the
// row says so.
func (r *trial) checkUntouched(t *testing.T) {
	s := r.state()
	after, _ := r.run(s)
	_, defs := r.inst.UsesAndDefs()
	for p := range (AllRegs &^ defs &^ regalloc.Regs(RSP, K0)).All {
		if read(s, p, 64) != read(&after, p, 64) {
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
	after, memory := r.run(s)
	otherAfter, otherMemory := r.run(&other)
	if results(&r.inst, &after, memory, false) != results(&r.inst, &otherAfter, otherMemory, false) {
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

// checkUses: the results depend on each register that the row says is read. A register that stands for both
// sources may cancel out.
func (r *trial) checkUses(t *testing.T) {
	uses, _ := r.inst.UsesAndDefs()
	for _, o := range []*Operand{&r.inst.A, &r.inst.C} {
		if p, ok := o.Reg().Physical(); ok && o.Reg() == r.inst.B.Reg() {
			uses &^= regalloc.Regs(PReg(p))
		}
	}
	for p := range (uses & scratchable).All {
		used := false
		for n := 0; n < 2000 && !used; n++ {
			used = r.depends(p)
		}
		if !used {
			t.Errorf("%v: says that it reads %v, but does not", &r.inst, p)
		}
	}
}

// runsAlone reports whether the instruction can stand between the code of around: it neither jumps nor moves rsp,
// and shows in registers, memory or flags what it did. VZEROUPPER writes all vector registers, which no row says.
func runsAlone(i *Inst) bool {
	switch i.Op {
	case PUSH, POP, RET, UD2, PREFETCHT0, PREFETCHNTA, VZEROUPPER:
		return false
	}
	return !i.IsJump() && !i.IsCall()
}

// TestRolesOnTheProcessor runs the instructions and compares what they read and write with what their rows say.
func TestRolesOnTheProcessor(t *testing.T) {
	host := HostFeatures()
	before, after := around(t, host)
	const seed = 1 // what an instruction does not show for one set of values is not a fault of its row
	t.Logf("features %v", host)
	shared := trial{memory: trialMemory[:], initial: make([]byte, len(trialMemory)), random: rand.New(rand.NewPCG(seed, 0))}
	shared.fill(shared.initial)
	for n, b := range shared.initial {
		if b == 0 || b == 0xff { // these hide what the other operand of AND and OR is
			shared.initial[n] = 0x5a
		}
	}

	var code []byte
	var trials []trial
	var offsets []int
	for _, i := range Forms(&executed) {
		if runsAlone(&i) && host.Has(i.Needs()) {
			offsets = append(offsets, len(code))
			code = append(append(append(code, before...), AssembleOne(t, i)...), after...)
			trials = append(trials, trial{inst: i})
		}
	}
	start := nativetest.Executable(t, code)
	for n := range trials {
		r := shared
		r.inst, r.code = trials[n].inst, start+uintptr(offsets[n])
		for range 8 {
			r.checkUntouched(t)
			r.checkIndependent(t)
		}
		r.checkUses(t)
	}
	if len(trials) < 500 {
		t.Errorf("only %d instructions ran", len(trials))
	}
}

// TestSimulatorAgainstTheProcessor runs the instructions of the bulk routines, on a processor that has them, and in the
// simulator.
func TestSimulatorAgainstTheProcessor(t *testing.T) {
	host := HostFeatures()
	before, after := around(t, host)
	used := map[Op]bool{}
	for level := 1; level <= 4; level++ {
		for _, op := range amd64.BulkOps {
			for _, i := range amd64.BulkRoutine(op, Level(level), 0).Insts {
				used[i.Op] = true
			}
		}
	}
	compared := map[Op]bool{}
	shared := trial{memory: trialMemory[:], initial: make([]byte, len(trialMemory)), random: rand.New(rand.NewPCG(4, 0))}
	shared.fill(shared.initial)
	for _, i := range Forms(&executed) {
		if !used[i.Op] || !runsAlone(&i) || !host.Has(i.Needs()) || i.Op == SETcc && i.Cond != CondE {
			continue
		}
		r := shared
		r.inst, r.code = i, nativetest.Executable(t, slices.Concat(before, AssembleOne(t, i), after))
		for range 20 {
			s := r.state()
			got, memory := r.run(s)
			simulated := simulator.Simulator{State: *s, Memory: lowertest.Memory{lowertest.ReadWrite(uint64(uintptr(unsafe.Pointer(&r.memory[0]))), r.memory)}}
			copy(r.memory, r.initial)
			if _, err := simulated.Run(FunctionOf(i, Inst{Op: RET})); err != nil {
				t.Fatal(err)
			}
			if results(&i, &got, memory, false) != results(&i, &simulated.State, string(r.memory), false) {
				t.Fatalf("%v: the simulator and the processor differ", &i)
			}
			if known := uint64(simulator.CarryFlag | simulator.ZeroFlag); comparesFlags(&i) && (got.Flags^simulated.Flags)&known != 0 {
				t.Fatalf("%v: the simulator has the flags %#x, the processor %#x", &i, simulated.Flags, got.Flags)
			}
		}
		compared[i.Op] = true
	}
	if len(compared) < 30 {
		t.Errorf("only %d instructions were compared", len(compared))
	}
}

// comparesFlags reports whether the routines look at the flags behind the instruction.
func comparesFlags(i *Inst) bool {
	switch i.Op {
	case ADD, SUB, CMP, TEST, AND, ANDN, VPTEST:
		return true
	}
	return false
}
