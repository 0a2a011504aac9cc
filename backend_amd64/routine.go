package amd64

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
)

// The routines that functions of a segment share. The bulk ones take their arguments in BulkTo, BulkFrom and
// BulkCount, and change CopyClobbers, BoolClobbers or SwapClobbers alone.

// FailRoutine leaves native code for good with the Fail exit. It is jumped to from any depth of native calls.
func FailRoutine() *Function {
	f := &Function{Name: "fail"}
	writeLeave(f, abi.Fail)
	return f
}

// EntryRoutine is where Go enters to run a body with the given numbers of arguments and results: it takes those from
// the Frame, calls the body and leaves with these in their place and the Done exit.
func EntryRoutine(name string, body Symbol, arguments, results int, leaving bool) *Function {
	f := &Function{Name: name}
	for n := range arguments {
		f.Emit(MOV, W64, R(PReg(convention.Arguments[n])), word(abi.Argument(n)))
	}
	if leaving {
		f.emitLinkedCall(body)
	} else {
		f.Emit(CALL, W64, Far(body))
	}
	for n := range results {
		f.Emit(MOV, W64, word(abi.Argument(abi.ArgumentResult+n)), R(PReg(convention.Results[n])))
	}
	writeLeave(f, abi.Done)
	return f
}

// BulkOps are the ops whose work is done by routines.
var BulkOps = []ir.Op{
	ir.CopyBytes, ir.SwapCopy16, ir.SwapCopy32, ir.SwapCopy64, ir.CopyBools, ir.SwapWiden32to64, ir.SwapNarrow64to32,
}

// BulkRoutine does the work of a bulk op. fail is the FailRoutine.
func BulkRoutine(op ir.Op, available Features, fail Symbol) *Function {
	return bulkRoutine(op, available, Far(fail))
}

func bulkRoutine(op ir.Op, available Features, fail Operand) *Function {
	f := &Function{}
	switch op {
	case ir.CopyBytes:
		f.Name = "copy"
		f.EmitCopyBytes(available)
	case ir.SwapCopy16:
		f.Name = "swap16"
		f.EmitSwapCopy(W16, available)
	case ir.SwapCopy32:
		f.Name = "swap32"
		f.EmitSwapCopy(W32, available)
	case ir.SwapCopy64:
		f.Name = "swap64"
		f.EmitSwapCopy(W64, available)
	case ir.CopyBools:
		f.Name = "bools"
		f.EmitCopyBools(available)
	case ir.SwapWiden32to64:
		f.Name = "widen32"
		f.EmitSwapWiden(available)
	case ir.SwapNarrow64to32:
		f.Name = "narrow64"
		f.EmitSwapNarrow(available, fail)
	default:
		panic("BUG: amd64: no routine does " + op.String())
	}
	f.Emit(RET, W64)
	f.EmitConstants()
	return f
}

// emitLinkedCall calls a function that may leave for Go. A processor predicts where a return goes by the calls it has seen;
// an exit is a return in the midst of calls that are not over, and they return after others have been made. So
// such calls are jumps: what is left are the calls and returns of Go around an exit, which match.
//
//	lea  r11, [rip + back]
//	push r11
//	jmp  body
//
// back:
func (f *Function) emitLinkedCall(body Symbol) {
	back := f.NewLabel()
	f.Emit(LEA, W64, R(R11), At(back))
	f.Emit(PUSH, W64, R(R11))
	f.Emit(JMP, W64, Far(body))
	f.Bind(back)
}

// emitLinkedReturn returns from a linked call: pop r11 ; jmp r11. R11 is neither a result nor kept by anybody.
func (f *Function) emitLinkedReturn() {
	f.Emit(POP, W64, R(R11))
	f.Emit(JMPI, W64, R(R11))
}
