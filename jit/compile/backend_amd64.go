package compile

import (
	amd64 "github.com/tagwire/tagwire/backend_amd64"
	"github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

type (
	lowerer   = amd64.Lowerer
	assembler = asm.Assembler
	function  = asm.Function
)

var (
	bulkOps      = amd64.BulkOps
	entryRoutine = amd64.EntryRoutine
	failRoutine  = amd64.FailRoutine
	link         = asm.Link
)

// Features are what code may use of the processor besides what all of its kind have.
type Features = asm.Features

// HostFeatures returns those of this processor, or what a level of the architecture, 1 to 4, has of them; 0 stands for all.
func HostFeatures(level int) Features {
	features := asm.HostFeatures()
	if level > 0 {
		features &= asm.Level(level)
	}
	return features
}

func (n *native) use(available Features) { n.lowerer.Features = available }

func (n *native) add(m *function) error { return n.assembler.Add(m, n.lowerer.Features) }

func (n *native) code(m *function) (*lower.Code, error) {
	return n.assembler.Assemble(m, n.lowerer.Features)
}

func (n *native) bulkRoutine(op ir.Op, fail lower.Symbol) *function {
	return amd64.BulkRoutine(op, n.lowerer.Features, fail)
}
