package compile

import (
	arm64 "github.com/tagwire/tagwire/backend_arm64"
	"github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

type (
	lowerer   = arm64.Lowerer
	assembler = asm.Assembler
	function  = asm.Function
)

var (
	bulkOps      = arm64.BulkOps
	entryRoutine = arm64.EntryRoutine
	failRoutine  = arm64.FailRoutine
	link         = asm.Link
)

// Features are what code may use of the processor besides what all of its kind have: nothing, on arm64.
type Features uint32

// HostFeatures returns those of this processor. There are no levels.
func HostFeatures(int) Features { return 0 }

func (*native) use(Features) {}

func (n *native) add(m *function) error { return n.assembler.Add(m) }

func (n *native) code(m *function) (*lower.Code, error) { return n.assembler.Assemble(m) }

func (*native) bulkRoutine(op ir.Op, fail lower.Symbol) *function {
	return arm64.BulkRoutine(op, fail)
}
