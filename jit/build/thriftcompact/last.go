package thriftcompact

import (
	"slices"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftcompact"
)

// A lastID is what is known about the id of the field that was written last in a struct: one of ids. If there are several,
// value, 16 times the id, is known at run time only.
type lastID struct {
	ids   []int32
	value *ir.Value
}

// firstID returns the last id at the start of a struct.
func firstID() lastID { return lastID{ids: []int32{0}} }

// idOf returns the id of f as the wire has it.
func idOf(f *schema.Field) int32 { return int32(int16(f.ID)) }

// times16 returns 16 times the id.
func (l lastID) times16(b *ir.Builder) *ir.Value {
	if l.value != nil {
		return l.value
	}
	return b.Const(ir.I32, int64(l.ids[0])*idUnit)
}

// idUnit is the distance of ids in a header, whose low bits are the type.
const idUnit = 16

// A form says how long the header of a field is.
type form uint8

const (
	short form = iota // always one byte
	long              // always the type and the id
	mixed             // it depends on the last id
)

// isShort reports whether a header of id fits a byte after last.
func isShort(id, last int32) bool { return last < id && id-last <= thriftcompact.MaxDelta }

// form returns the form of a header of id.
func (l lastID) form(id int32) form {
	n := 0
	for _, last := range l.ids {
		if isShort(id, last) {
			n++
		}
	}
	switch n {
	case 0:
		return long
	case len(l.ids):
		return short
	}
	return mixed
}

// distance returns 16 times how far id is from the last one; branchShort checks whether a header fits a byte.
func (l lastID) distance(b *ir.Builder, id int32) *ir.Value {
	return b.Sub(b.Const(ir.I32, int64(id)*idUnit), l.times16(b))
}

// branchShort ends the block: to then if a header at that distance fits a byte.
func branchShort(b *ir.Builder, distance *ir.Value, then, otherwise ir.Edge) {
	b.Branch(ir.ULE, b.AddConst(distance, -idUnit), b.Const(ir.I32, (thriftcompact.MaxDelta-1)*idUnit), then, otherwise)
}

// A path is the last ids of the structs that are open, the innermost last, and those of control flow paths that will join.
type path struct{ open, forks []lastID }

func (p *path) push()         { p.open = append(p.open, firstID()) }
func (p *path) pop()          { p.open = p.open[:len(p.open)-1] }
func (p *path) last() *lastID { return &p.open[len(p.open)-1] }

// wrote notes that the field of an id was written.
func (p *path) wrote(id int32) { *p.last() = lastID{ids: []int32{id}} }

// fork returns the values for the path that leaves a field out; see build.EncodeItems.
func (p *path) fork(b *ir.Builder) []*ir.Value {
	p.forks = append(p.forks, *p.last())
	return []*ir.Value{p.last().times16(b)}
}

// carried returns the values for the path that has written it.
func (p *path) carried(b *ir.Builder) []*ir.Value { return []*ir.Value{p.last().times16(b)} }

// joined continues where the two paths join.
func (p *path) joined(params []*ir.Value) {
	fork := p.forks[len(p.forks)-1]
	p.forks = p.forks[:len(p.forks)-1]
	ids := append(slices.Clone(fork.ids), p.last().ids...)
	*p.last() = lastID{ids, params[0]}
}
