package arm64

import (
	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
)

const varintEnd = R3
const varintClobbers RegSet = 0

func emitDecodeZigZags(f *Function, a, b Width)      {}
func emitEncodeZigZags(f *Function, a, b Width)      {}
func foldsPlace(i *ir.Inst, n int, v *ir.Value) bool { return false }
func (w *lowering) lowerCountZeros(i *ir.Inst)       {}
func (w *lowering) lowerGather7(i *ir.Inst)          {}
func (w *lowering) lowerSpread7(i *ir.Inst)          {}
func (w *lowering) lowerArrange(i *ir.Inst)          {}
func (w *lowering) lowerMatch(i *ir.Inst)            {}
