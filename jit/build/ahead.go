package build

import (
	"reflect"
	"slices"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// Maps that a value holds itself, or in structs that it always reaches by the same pointers, are read before the call, so that native
// code need not exit for them. A map in a list, in another map or in a struct with a function of its own is read in an exit.

// A route leads from the value to a part of it: through a pointer at each of the offsets, the first of them in the value.
type route struct{ offsets []uintptr }

// through returns the route to what the pointer at an offset points to; nil if that to the pointer is.
func (r *route) through(offset int64) *route {
	if r == nil {
		return nil
	}
	return &route{append(slices.Clip(r.offsets), uintptr(offset))}
}

// Root returns the reference to the struct that the function gets, which is the value itself in the function of the module's type.
func (b *body) Root(s *schema.StructType) MemRef {
	p := MemRef{Base: b.Param(0)}
	if s == b.Translator.root && !b.Translator.loops[s] && !b.Translator.Direct {
		p.route = new(route)
	}
	return p
}

// An aheadRow is a map that Go may read before the call. The pointers at all Offsets but the last, each in what the one before points
// to, lead to the struct that has it at the last. CountOnly: its entries are not needed.
type aheadRow struct {
	GoType    reflect.Type
	Offsets   []uintptr
	CountOnly bool
}

// ahead is the entry of the table of FrameMaps that a map has, if any.
func (b *body) ahead(t *schema.Type, p MemRef, countOnly bool) (entry *ir.Value) {
	if p.route == nil || len(b.Translator.Ahead) == abi.ReadAheadMaps {
		b.Translator.MapExits = true
		return nil
	}
	offset := int64(len(b.Translator.Ahead) * abi.ReadAheadBytes)
	b.Translator.Ahead = append(b.Translator.Ahead, aheadRow{t.Go, p.route.through(p.Offset).offsets, countOnly})
	return b.AddressOf(MemRef{Base: b.FrameLoad(ir.Ptr, abi.FrameMaps), Offset: offset})
}

// readAhead returns what a ReadMap exit returns first of the map at p: from the table if Go has read the map before the call, else
// by ask, which ends with an exit.
func (b *body) readAhead(entry *ir.Value, results []ir.Type, known func(first, count *ir.Value) []*ir.Value, ask func() []*ir.Value) []*ir.Value {
	if entry == nil {
		return ask()
	}
	first, count := b.Load(ir.LoadPtr, entry, abi.ReadAheadFirst), b.Load(ir.Load64, entry, abi.ReadAheadCount)
	unread, join := b.NewColdBlock(), b.NewBlock(results...)
	b.Branch(ir.Eq, first, b.Nil(), ir.To(unread), ir.To(join, known(first, count)...))
	b.SetBlock(unread)
	b.Jump(join, ask()...)
	b.SetBlock(join)
	return join.Params
}
