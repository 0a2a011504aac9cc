package compile

import (
	amd64 "github.com/tagwire/tagwire/backend_amd64"
	"github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

// HasBackend: there is a backend for this architecture.
const HasBackend = true

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

// backendAMD64 is the backend for amd64.
type backendAMD64 struct {
	lowerer   amd64.Lowerer
	assembler asm.Assembler
	listed    bool
}

func newBackend() backend { return new(backendAMD64) }

func (b *backendAMD64) begin(s unitSettings) {
	l := &b.lowerer
	l.Features, l.Linkage, l.Check, l.Leaving = s.features, s.symbols, s.check, s.leaving
	l.Routines = amd64.Routines{Fail: s.symbols.fail, Bulk: s.symbols.bulk}
	b.listed, b.assembler.KeepStarts = s.listed, s.listed
	l.Take = nil
	if !s.listed { // else the listing wants all instructions
		l.Take = func(m *asm.Function) error { return b.assembler.Add(m, l.Features) }
	}
}

func (b *backendAMD64) lower(f *ir.Func, step func()) (*assembled, error) {
	b.assembler.Begin()
	m, err := b.lowerer.Lower(f)
	if err != nil {
		return nil, err
	}
	step()
	if err := b.assembler.Add(m, b.lowerer.Features); err != nil {
		return nil, err
	}
	code, err := b.assembler.End(m)
	return b.made(m, code), err
}

func (b *backendAMD64) entry(name string, body lower.Symbol, arguments, results int, leaving bool) (*assembled, error) {
	return b.assemble(amd64.EntryRoutine(name, body, arguments, results, leaving))
}

func (b *backendAMD64) fail() (*assembled, error) { return b.assemble(amd64.FailRoutine()) }

func (b *backendAMD64) bulk(op ir.Op, fail lower.Symbol) (*assembled, error) {
	return b.assemble(amd64.BulkRoutine(op, b.lowerer.Features, fail))
}

func (b *backendAMD64) bulkOps() []ir.Op { return amd64.BulkOps }

func (b *backendAMD64) link(code []*lower.Code) (*lower.Segment, error) { return asm.Link(code) }

func (b *backendAMD64) assemble(m *asm.Function) (*assembled, error) {
	code, err := b.assembler.Assemble(m, b.lowerer.Features)
	return b.made(m, code), err
}

// made returns a function whose instructions m holds, if they are listed.
func (b *backendAMD64) made(m *asm.Function, code *lower.Code) *assembled {
	f := &assembled{name: m.Name, code: code}
	if b.listed {
		f.listing = func() string { return m.Listing(code) }
	}
	return f
}
