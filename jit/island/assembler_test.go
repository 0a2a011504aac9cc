//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/loader"
)

// An assembler writes the small programs of these tests by hand, for both instruction sets under the same
// instruction names; assembler_amd64_test.go and assembler_arm64_test.go hold the encodings. It knows 64-bit
// registers only.
type assembler struct {
	code   []byte
	labels map[string]int
	fixups []fixup
	serial int
}

// A fixup is an instruction at offset that refers to a label.
type fixup struct {
	offset int
	kind   fixupKind
	label  string
}

type fixupKind uint8

// A register is one of eight general ones, or the two that the contract fixes.
type register uint8

const (
	r0 register = iota
	r1
	r2
	r3
	r4
	r5
	r6
	r7
	scratch // clobbered by exits and stack checks
	frameRegister
	stackPointer
	framePointer
)

// condition compares unsigned unless it is named otherwise.
type condition uint8

const (
	equal condition = iota
	notEqual
	below
	belowOrEqual
	above
	aboveOrEqual
	signedLess
)

func newAssembler() *assembler { return &assembler{labels: map[string]int{}} }

func (a *assembler) label(name string) { a.labels[name] = len(a.code) }

// fresh returns a label that is used nowhere else.
func (a *assembler) fresh() string {
	a.serial++
	return string(rune('A'-1+a.serial%26)) + string(rune('0'+a.serial/26)) + "'"
}

func (a *assembler) refer(kind fixupKind, label string) {
	a.fixups = append(a.fixups, fixup{offset: len(a.code), kind: kind, label: label})
}

// finish resolves all labels.
func (a *assembler) finish() []byte {
	for _, fix := range a.fixups {
		target, ok := a.labels[fix.label]
		if !ok {
			panic("no label " + fix.label)
		}
		a.resolve(fix, target)
	}
	return a.code
}

// exit leaves with code and keeps the live registers across:
//
//	f.exit = code; push live...; f.resumePC = after; f.nativeSP = SP
//	SP = f.goSP; restore the frame pointer; return; after: pop ...live
func (a *assembler) exit(code abi.ExitCode, live ...register) {
	after := a.fresh()
	a.immediate(scratch, uint64(code))
	a.store(frameRegister, abi.FrameExit, scratch)
	for _, r := range live {
		a.push(r)
	}
	a.addressOf(scratch, after)
	a.store(frameRegister, abi.FrameResumePC, scratch)
	a.move(scratch, stackPointer)
	a.store(frameRegister, abi.FrameNativeSP, scratch)
	a.returnToGo()
	a.label(after)
	for i := len(live) - 1; i >= 0; i-- {
		a.pop(live[i])
	}
}

// checkStack takes a GrowStack exit unless the stack has room for another level.
func (a *assembler) checkStack(live ...register) {
	enough := a.fresh()
	a.load(scratch, frameRegister, abi.FrameStackLow)
	a.branchIfStackAbove(scratch, enough)
	a.immediate(scratch, abi.StackSlack)
	a.store(frameRegister, abi.Argument(0), scratch)
	a.exit(abi.GrowStack, live...)
	a.label(enough)
}

// chargeFuel takes bytes off the budget and yields when it is used up.
func (a *assembler) chargeFuel(bytes int, live ...register) {
	enough := a.fresh()
	a.load(scratch, frameRegister, abi.FrameFuel)
	a.addImmediate(scratch, -bytes)
	a.store(frameRegister, abi.FrameFuel, scratch)
	a.branchIfNotNegative(scratch, enough)
	a.exit(abi.Yield, live...)
	a.label(enough)
}

// done stores the result and ends the call.
func (a *assembler) done(result register) {
	a.store(frameRegister, abi.Argument(abi.ArgumentResult), result)
	a.exit(abi.Done)
}

// arguments loads value, cursor and end.
func (a *assembler) arguments(value, cursor, end register) {
	a.load(value, frameRegister, abi.Argument(abi.ArgumentValue))
	a.load(cursor, frameRegister, abi.Argument(abi.ArgumentCursor))
	a.load(end, frameRegister, abi.Argument(abi.ArgumentEnd))
}

// setArgument stores an argument word of an exit.
func (a *assembler) setArgument(i int, from register) {
	a.store(frameRegister, abi.Argument(i), from)
}

func (a *assembler) setArgumentTo(i int, number uint64) {
	a.immediate(scratch, number)
	a.setArgument(i, scratch)
}

// assemble assembles, seals and returns a program. The segment stays mapped, as those of real programs do.
func assemble(write func(*assembler)) *Program {
	a := newAssembler()
	write(a)
	return seal(a.finish())
}

func seal(code []byte) *Program {
	draft, err := loader.NewDraft(loader.RoomFor(len(code)))
	if err != nil {
		panic(err)
	}
	function, err := draft.Add("test", code)
	if err != nil {
		panic(err)
	}
	if _, err := draft.Seal(); err != nil {
		panic(err)
	}
	return &Program{entry: function.Address}
}

// runs returns nil where native code can run, whether or not there is a compiler to make any.
func runs() error { return loader.Probe(ProbeCode(), RunProbe) }

func TestProbeIsWhatTheAssemblerWrites(t *testing.T) {
	require.NoError(t, runs())
	p := assemble(func(a *assembler) {
		a.load(r0, frameRegister, abi.Argument(abi.ArgumentValue))
		a.immediate(r1, ^uint64(0))
		a.subtract(r1, r0) // -1 - x = ^x
		a.done(r1)
	})
	require.NoError(t, RunProbe(p.entry))
	wrong := assemble(func(a *assembler) {
		a.load(r0, frameRegister, abi.Argument(abi.ArgumentValue))
		a.done(r0)
	})
	require.ErrorContains(t, RunProbe(wrong.entry), "instead of")
}
