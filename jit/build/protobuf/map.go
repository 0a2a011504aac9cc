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
	e.Start(e.EachEntry(t, p, e.Settle(), func(out, count *ir.Value) *ir.Value {
		e.FailIf(ir.UGT, count, e.Const(ir.I64, math.MaxInt32))
		return out
	}, func(key, element build.MemRef, out *ir.Value) *ir.Value {
		e.Start(out)
		e.bytes(tag)
		e.measured(func() {
			e.value(t.Key, key, partTag(wire.EntryKey, t.Key))
			e.value(t.Elem, element, partTag(wire.EntryElem, t.Elem))
		})
		return e.Settle()
	}))
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
