package arm64

import (
	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
)

const (
	bulkTo    = R0
	bulkFrom  = R1
	bulkCount = R2
	varintEnd = R3
)
const copyClobbers, swapClobbers, boolClobbers, varintClobbers RegSet = 1<<R0, 0, 0, 0

func emitCopyBytes(f *Function)                       {}
func emitSwapCopy(f *Function, w Width)               {}
func emitCopyBools(f *Function)                       {}
func emitSwapWiden(f *Function)                       {}
func emitSwapNarrow(f *Function, fail Operand)        {}
func emitShortCopy(f *Function, other Label)          {}
func emitDecodeZigZags(f *Function, a, b Width)       {}
func emitEncodeZigZags(f *Function, a, b Width)       {}
func foldsPlace(i *ir.Inst, n int, v *ir.Value) bool  { return false }
func (w *lowering) lowerCountZeros(i *ir.Inst)        {}
func (w *lowering) lowerGather7(i *ir.Inst)           {}
func (w *lowering) lowerSpread7(i *ir.Inst)           {}
func (w *lowering) lowerArrange(i *ir.Inst)           {}
func (w *lowering) lowerMatch(i *ir.Inst)             {}
