package arm64

import (
	. "github.com/tagwire/tagwire/backend_arm64/asm"
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
	for n := 0; n < arguments; n += 2 {
		argument, m := R(PReg(machine.Convention.Arguments[n])), word(abi.Argument(n))
		if n+1 < arguments {
			f.Emit(LDP, W64, argument, R(PReg(machine.Convention.Arguments[n+1])), m)
		} else {
			f.Emit(LDR, W64, argument, m)
		}
	}
	emitCall(f, body, leaving)
	for n := range results {
		f.Emit(STR, W64, R(PReg(machine.Convention.Results[n])), word(abi.Argument(abi.ArgumentResult+n)))
	}
	writeLeave(f, abi.Done)
	return f
}

// emitRoutine appends a routine to an empty function, without the end.
type emitRoutine func(f *Function, fail Operand)

// bulkRows has a row for each bulk op.
var bulkRows = lower.BulkRows[emitRoutine]{
	row(ir.CopyBytes, "copy", copyClobbers, func(f *Function, _ Operand) { emitCopyBytes(f) }),
	row(ir.SwapCopy16, "swap16", swapClobbers, func(f *Function, _ Operand) { emitSwapCopy(f, W16) }),
	row(ir.SwapCopy32, "swap32", swapClobbers, func(f *Function, _ Operand) { emitSwapCopy(f, W32) }),
	row(ir.SwapCopy64, "swap64", swapClobbers, func(f *Function, _ Operand) { emitSwapCopy(f, W64) }),
	row(ir.CopyBools, "bools", boolClobbers, func(f *Function, _ Operand) { emitCopyBools(f) }),
	row(ir.SwapWiden32to64, "widen32", swapClobbers, func(f *Function, _ Operand) { emitSwapWiden(f) }),
	row(ir.SwapNarrow64to32, "narrow64", swapClobbers, emitSwapNarrow),
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
	row(ir.MoveUp, "move", moveClobbers, func(f *Function, _ Operand) { emitMoveUp(f) }),
	row(ir.CopyASCII, "copyascii", copyASCIIClobbers, func(f *Function, _ Operand) { emitCopyASCII(f) }),
	row(ir.SkipASCII, "ascii", asciiClobbers, func(f *Function, _ Operand) { emitSkipASCII(f) }),
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
	return row(op, name, varintClobbers, func(f *Function, _ Operand) { emit(f, op) })
}

// BulkOps are the ops whose work is done by routines.
var BulkOps = bulkRows.Ops()

// BulkRoutine does the work of a bulk op. fail is the FailRoutine.
func BulkRoutine(op ir.Op, fail Symbol) *Function {
	r := bulkRows.Of(op)
	if r == nil {
		panic("BUG: arm64: no routine does " + op.String())
	}
	f := NewFunction(r.Name)
	r.Emit(f, Far(fail))
	f.Emit(RET, W64)
	f.EmitConstants()
	return f
}

// emitCall calls a function, by a jump if it may leave for Go; see [lower.Settings].
func emitCall(f *Function, function Symbol, leaving bool) {
	if leaving {
		emitLinkedCall(f, function)
	} else {
		f.Emit(BL, W64, Far(function))
	}
}

// emitLinkedCall calls a function that may leave for Go. A processor predicts where a return goes by the calls it has seen. With
// jumps, what is left are the calls and returns of Go around an exit, which match.
//
//	adr x30, back
//	b   body
//
// back:
func emitLinkedCall(f *Function, body Symbol) {
	back := f.NewLabel()
	f.Emit(ADR, W64, R(LinkReg), At(back))
	f.Emit(B, W64, Far(body))
	f.Bind(back)
}

// emitLinkedReturn returns from a linked call: not by ret, which would tell the processor that a call ends.
func emitLinkedReturn(f *Function) { f.Emit(BR, W64, R(LinkReg)) }
