package amd64

import (
	"strconv"

	"github.com/tagwire/tagwire/jit/abi"
)

// The routines that functions of a segment share. The bulk ones take their arguments in BulkTo, BulkFrom and
// BulkCount, and change CopyClobbers or SwapClobbers alone.

// FailRoutine leaves native code for good with the Fail exit. It is jumped to from any depth of native calls.
func FailRoutine() *Function {
	f := &Function{Name: "fail"}
	writeLeave(f, abi.Fail)
	return f
}

// EntryRoutine is where Go enters to run a body with the given numbers of arguments and results: it takes those from
// the Frame, calls the body and leaves with these in their place and the Done exit.
func EntryRoutine(name string, body Symbol, arguments, results int) *Function {
	f := &Function{Name: name}
	for n := range arguments {
		f.Emit(MOV, W64, R(PReg(convention.Arguments[n])), word(abi.Argument(n)))
	}
	f.Emit(CALL, W64, Far(body))
	for n := range results {
		f.Emit(MOV, W64, word(abi.Argument(abi.ArgumentResult+n)), R(PReg(convention.Results[n])))
	}
	writeLeave(f, abi.Done)
	return f
}

// CopyRoutine copies bytes; see EmitCopyBytes.
func CopyRoutine(available Features) *Function {
	f := &Function{Name: "copy"}
	f.EmitCopyBytes(available)
	f.Emit(RET, W64)
	return f
}

// SwapRoutine copies elements of the given width with their bytes reversed; see EmitSwapCopy.
func SwapRoutine(w Width, available Features) *Function {
	f := &Function{Name: "swap" + strconv.Itoa(w.Bits())}
	f.EmitSwapCopy(w, available)
	f.Emit(RET, W64)
	f.EmitConstants()
	return f
}
