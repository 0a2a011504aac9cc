//go:build amd64 || arm64

package compile

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

// HasBackend: there is a backend for this architecture.
const HasBackend = true

// native is the backend for this architecture. What differs from one to the other is in the files with their names.
type native struct {
	lowerer   lowerer
	assembler assembler
	listed    bool
}

func newBackend() backend { return new(native) }

func (n *native) begin(s unitSettings) {
	l := &n.lowerer
	l.Settings = lower.Settings{Linkage: s.symbols, Fail: s.symbols.fail, Bulk: s.symbols.bulk, Leaving: s.leaving, Check: s.check}
	n.use(s.features)
	n.listed, n.assembler.KeepStarts = s.listed, s.listed
	l.Take = nil
	if !s.listed { // else the listing wants all instructions
		l.Take = n.add
	}
}

func (n *native) lower(f *ir.Func, step func()) (*assembled, error) {
	n.assembler.Begin()
	m, err := n.lowerer.Lower(f)
	if err != nil {
		return nil, err
	}
	step()
	if err := n.add(m); err != nil {
		return nil, err
	}
	code, err := n.assembler.End(m)
	return n.made(m, code), err
}

func (n *native) entry(name string, body lower.Symbol, arguments, results int, leaving bool) (*assembled, error) {
	return n.assemble(entryRoutine(name, body, arguments, results, leaving))
}

func (n *native) fail() (*assembled, error) { return n.assemble(failRoutine()) }

func (n *native) bulk(op ir.Op, fail lower.Symbol) (*assembled, error) {
	return n.assemble(n.bulkRoutine(op, fail))
}

func (n *native) bulkOps() []ir.Op { return bulkOps }

func (n *native) link(code []*lower.Code) (*lower.Segment, error) { return link(code) }

func (n *native) assemble(m *function) (*assembled, error) {
	code, err := n.code(m)
	return n.made(m, code), err
}

// made returns a function whose instructions m holds, if they are listed.
func (n *native) made(m *function, code *lower.Code) *assembled {
	f := &assembled{name: m.Name, code: code}
	if n.listed {
		f.listing = func() string { return m.Listing(code) }
	}
	return f
}
