package compile

import (
	arm64 "github.com/tagwire/tagwire/backend_arm64"
	"github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

// HasBackend: there is a backend for this architecture.
const HasBackend = true

// Features are what code may use of the processor besides what all of its kind have: nothing.
type Features uint32

// HostFeatures returns those of this processor.
func HostFeatures(int) Features { return 0 }

// backendARM64 is the backend for arm64.
type backendARM64 struct {
	lowerer   arm64.Lowerer
	assembler asm.Assembler
	listed    bool
}

func newBackend() backend { return new(backendARM64) }

func (b *backendARM64) begin(s unitSettings) {
	l := &b.lowerer
	l.Linkage, l.Check, l.Leaving = s.symbols, s.check, s.leaving
	l.Routines = arm64.Routines{Fail: s.symbols.fail, Bulk: s.symbols.bulk}
	b.listed, b.assembler.KeepStarts = s.listed, s.listed
	l.Take = nil
	if !s.listed { // else the listing wants all instructions
		l.Take = b.assembler.Add
	}
}

func (b *backendARM64) lower(f *ir.Func, step func()) (*assembled, error) {
	b.assembler.Begin()
	m, err := b.lowerer.Lower(f)
	if err != nil {
		return nil, err
	}
	step()
	if err := b.assembler.Add(m); err != nil {
		return nil, err
	}
	code, err := b.assembler.End(m)
	return b.made(m, code), err
}

func (b *backendARM64) entry(name string, body lower.Symbol, arguments, results int, leaving bool) (*assembled, error) {
	return b.assemble(arm64.EntryRoutine(name, body, arguments, results, leaving))
}

func (b *backendARM64) fail() (*assembled, error) { return b.assemble(arm64.FailRoutine()) }

func (b *backendARM64) bulk(op ir.Op, fail lower.Symbol) (*assembled, error) {
	return b.assemble(arm64.BulkRoutine(op, fail))
}

func (b *backendARM64) bulkOps() []ir.Op { return arm64.BulkOps }

func (b *backendARM64) link(code []*lower.Code) (*lower.Segment, error) { return asm.Link(code) }

func (b *backendARM64) assemble(m *asm.Function) (*assembled, error) {
	code, err := b.assembler.Assemble(m)
	return b.made(m, code), err
}

// made returns a function whose instructions m holds, if they are listed.
func (b *backendARM64) made(m *asm.Function, code *lower.Code) *assembled {
	f := &assembled{name: m.Name, code: code}
	if b.listed {
		f.listing = func() string { return m.Listing(code) }
	}
	return f
}
