package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
	"github.com/tagwire/tagwire/jit/abi"
)

// The routines that functions of a segment share. The bulk ones take their arguments in bulkTo, bulkFrom and
// bulkCount, those for varints also in varintEnd, and change the registers of their rows alone.

// FailRoutine leaves native code for good with the Fail exit. It is jumped to from any depth of native calls.
func FailRoutine() *Function {
	f := NewFunction("fail")
	writeLeave(f, abi.Fail)
	return f
}

// EntryRoutine is where Go enters to run a body with the given numbers of arguments and results: it takes those from
// the Frame, calls the body and leaves with these in their place and the Done exit.
func EntryRoutine(name string, body Symbol, arguments, results int, leaving bool) *Function {
	f := NewFunction(name)
	for n := range arguments {
		f.Emit(MOV, W64, R(PReg(machine.Convention.Arguments[n])), word(abi.Argument(n)))
	}
	emitCall(f, body, leaving)
	for n := range results {
		f.Emit(MOV, W64, word(abi.Argument(abi.ArgumentResult+n)), R(PReg(machine.Convention.Results[n])))
	}
	writeLeave(f, abi.Done)
	return f
}

// emitRoutine appends a routine to an empty function, without the end.
type emitRoutine func(f *Function, available Features, fail Operand)

// bulkRows has a row for each bulk op.
var bulkRows = lower.BulkRows[emitRoutine]{
	row(ir.CopyBytes, "copy", copyClobbers, func(f *Function, a Features, _ Operand) { emitCopyBytes(f, a) }),
	row(ir.SwapCopy16, "swap16", swapClobbers, func(f *Function, a Features, _ Operand) { emitSwapCopy(f, W16, a) }),
	row(ir.SwapCopy32, "swap32", swapClobbers, func(f *Function, a Features, _ Operand) { emitSwapCopy(f, W32, a) }),
	row(ir.SwapCopy64, "swap64", swapClobbers, func(f *Function, a Features, _ Operand) { emitSwapCopy(f, W64, a) }),
	row(ir.CopyBools, "bools", boolClobbers, func(f *Function, a Features, _ Operand) { emitCopyBools(f, a) }),
	row(ir.SwapWiden32to64, "widen32", swapClobbers, func(f *Function, a Features, _ Operand) { emitSwapWiden(f, a) }),
	row(ir.SwapNarrow64to32, "narrow64", swapClobbers, func(f *Function, a Features, fail Operand) { emitSwapNarrow(f, a, fail) }),
	varintRow(ir.DecodeZigZags32, "decode32"),
	varintRow(ir.DecodeZigZags64, "decode64"),
	varintRow(ir.DecodeZigZags32to64, "decode32to64"),
	varintRow(ir.EncodeZigZags32, "encode32"),
	varintRow(ir.EncodeZigZags64, "encode64"),
	varintRow(ir.EncodeZigZags64to32, "encode64to32"),
	varintRow(ir.DecodeVarints64, "decode64plain"),
	varintRow(ir.DecodeVarints64to32, "decode64to32plain"),
	varintRow(ir.EncodeVarints32, "encode32plain"),
	varintRow(ir.EncodeVarints64, "encode64plain"),
	varintRow(ir.EncodeVarints32to64, "encode32to64plain"),
	row(ir.MoveUp, "move", moveClobbers, func(f *Function, a Features, _ Operand) { emitMoveUp(f, a) }),
	row(ir.CopyASCII, "copyascii", copyASCIIClobbers, func(f *Function, a Features, _ Operand) { emitCopyASCII(f, a) }),
	row(ir.SkipASCII, "ascii", asciiClobbers, func(f *Function, a Features, _ Operand) { emitSkipASCII(f, a) }),
}

func row(op ir.Op, name string, clobbers RegSet, emit emitRoutine) lower.BulkRow[emitRoutine] {
	return lower.BulkRow[emitRoutine]{Op: op, Name: name, Clobbers: regalloc.RegSet(clobbers), Emit: emit}
}

// varintRow is the row of an op on lists of varints.
func varintRow(op ir.Op, name string) lower.BulkRow[emitRoutine] {
	emit := emitEncodeVarints
	if op.Info().Bulk.Decodes() {
		emit = emitDecodeVarints
	}
	return row(op, name, varintClobbers, func(f *Function, a Features, _ Operand) { emit(f, op, a) })
}

// BulkOps are the ops whose work is done by routines.
var BulkOps = bulkRows.Ops()

// BulkRoutine does the work of a bulk op. fail is the FailRoutine.
func BulkRoutine(op ir.Op, available Features, fail Symbol) *Function {
	r := bulkRows.Of(op)
	if r == nil {
		panic("BUG: amd64: no routine does " + op.String())
	}
	f := NewFunction(r.Name)
	r.Emit(f, available, Far(fail))
	f.Emit(RET, W64)
	f.EmitConstants()
	return f
}

// emitCall calls a function, by a jump if it may leave for Go; see [lower.Settings].
func emitCall(f *Function, function Symbol, leaving bool) {
	if leaving {
		emitLinkedCall(f, function)
	} else {
		f.Emit(CALL, W64, Far(function))
	}
}

// emitLinkedCall calls a function that may leave for Go. A processor predicts where a return goes by the calls it has seen. With
// jumps, what is left are the calls and returns of Go around an exit, which match.
//
//	lea  r11, [rip + back]
//	push r11
//	jmp  body
//
// back:
func emitLinkedCall(f *Function, body Symbol) {
	back := f.NewLabel()
	f.Emit(LEA, W64, R(R11), At(back))
	f.Emit(PUSH, W64, R(R11))
	f.Emit(JMP, W64, Far(body))
	f.Bind(back)
}

// emitLinkedReturn returns from a linked call: pop r11 ; jmp r11. R11 is neither a result nor kept by anybody.
func emitLinkedReturn(f *Function) {
	f.Emit(POP, W64, R(R11))
	f.Emit(JMPI, W64, R(R11))
}
