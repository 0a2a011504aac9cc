package protobuf

import (
	"math"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// partTag returns the tag of the keys or elements of a map.
func partTag(number int32, t *schema.Type) []byte {
	kind, _ := wire.Of(t)
	return tagBytes(number, kind)
}

// entries writes the map at p, which is not nil.
func (e *encoder) entries(f *schema.Field, p build.MemRef) {
	t, tag := f.Type, tagBytes(f.ID, wire.Bytes)
	carry := []*ir.Value{e.Settle()}
	for range e.learned(t) {
		carry = append(carry, e.firstWidth(t.Elem.Struct))
	}
	e.Start(e.EachEntryOf(t, p, carry, func(carry []*ir.Value, count *ir.Value) []*ir.Value {
		e.FailIf(ir.UGT, count, e.Const(ir.I64, math.MaxInt32))
		return carry
	}, func(key, element build.MemRef, carry []*ir.Value) []*ir.Value {
		e.Start(carry[0])
		e.bytes(tag)
		widths := append([]*ir.Value(nil), carry[1:]...)
		out := e.Settle()
		width := e.entryWidth(t, key, element, widths)
		e.Start(out)
		width = e.measured(width, func() {
			e.value(t.Key, key, partTag(wire.EntryKey, t.Key), nil)
			var last *ir.Value
			if len(widths) == 2 {
				last = widths[1]
			}
			if w := e.value(t.Elem, element, partTag(wire.EntryElem, t.Elem), last); last != nil {
				widths[1] = w
			}
		})
		if len(widths) > 0 {
			widths[0] = width
		}
		return append([]*ir.Value{e.Settle()}, widths...)
	})[0])
}

// learned returns how many widths each entry of a map leaves to the next one: its own, and that of its element.
func (e *encoder) learned(t *schema.Type) int {
	switch {
	case e.Translator.Direct || t.Elem.Kind != schema.Struct:
		return 0
	case learns(t.Elem):
		return 2
	}
	return 1
}

// entryWidth returns the width to expect of an entry.
func (e *encoder) entryWidth(t *schema.Type, key, element build.MemRef, widths []*ir.Value) *ir.Value {
	switch {
	case e.Translator.Direct:
		return e.Const(ir.I64, 1)
	case len(widths) > 0:
		return e.likely(widths[0])
	}
	var texts *ir.Value
	for _, part := range []struct {
		t *schema.Type
		p build.MemRef
	}{{t.Key, key}, {t.Elem, element}} {
		if build.IsScalar(part.t) {
			continue
		}
		length := e.LoadSource(ir.Load64, part.p.Base, part.p.Offset+build.WordBytes)
		if texts == nil {
			texts = length
		} else {
			texts = e.Add(texts, length)
		}
	}
	if texts == nil {
		return e.Const(ir.I64, 1)
	}
	return e.widthOf(texts)
}

// entries adds the map at p, which is not nil.
func (z *sizer) entries(f *schema.Field, p build.MemRef) {
	t, tag := f.Type, int64(wire.TagSize(f.ID))
	z.Start(z.EachEntry(t, p, z.Settle(), func(sum, _ *ir.Value) *ir.Value { return sum }, func(key, element build.MemRef, sum *ir.Value) *ir.Value {
		z.Start(z.Const(ir.I64, 2)) // the tags of key and element
		z.value(t.Key, key)
		z.value(t.Elem, element)
		n := z.Settle()
		z.Start(z.Add(z.Add(sum, n), emit.Size(z.Builder, z.whole(n))))
		z.Fixed += tag
		z.check()
		return z.Settle()
	}))
}
