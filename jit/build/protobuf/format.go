package protobuf

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
	"github.com/tagwire/tagwire/wire/varint"
)

// Format is Protobuf.
var Format build.Format = format{}

type format struct{}

func (format) Prefix() string                   { return "protobuf." }
func (format) HeaderBytes() int64               { return 2 }
func (format) StopBytes() int64                 { return 1 }
func (format) ScalarBytes(t *schema.Type) int64 { return emit.UsualBytes }
func (format) Objects() map[string][]byte       { return emit.Objects() }

// Wide reports true: the lengths of messages count what is referred to.
func (format) Wide() bool { return true }

func (format) Build(d *build.Translator, s *schema.StructType, variant string) *ir.Func {
	switch d.Operation {
	case build.Size:
		return buildSize(d, s)
	case build.Encode:
		return buildEncode(d, s)
	}
	if s.Held.Computed() {
		return buildComputed(d, s)
	}
	return buildDecode(d, s, variant == inGroup)
}

// tagOf returns the bytes in front of a value of a field: of each element of a list, if it is not packed.
func tagOf(f *schema.Field) []byte {
	t, _ := wire.Of(f.Type)
	if f.Packed {
		t = wire.Bytes
	}
	return tagBytes(f.ID, t)
}

// endOf returns the bytes that end a group.
func endOf(f *schema.Field) []byte { return tagBytes(f.ID, wire.EndGroup) }

func tagBytes(number int32, t wire.Type) []byte {
	b := make([]byte, varint.MaxSize)
	return b[:varint.Put(b, wire.Tag(number, t))]
}

// fixedSize returns the bytes that each value of a scalar type takes, 0 if they differ.
func fixedSize(t *schema.Type) int64 {
	if t.Kind == schema.Bool {
		return 1
	}
	_, fixed := wire.Of(t)
	return int64(fixed)
}

// memorySize returns the bytes that a scalar takes in memory.
func memorySize(t *schema.Type) int64 { return int64(t.Base().Size()) }

// isWide reports whether varints of the type may be longer than eight bytes.
func isWide(t *schema.Type) bool {
	return memorySize(t) == 8 || t.Kind == schema.I32 && t.Form == schema.Plain // negative numbers have 64 bits
}

// numberAt returns the number at p as it is written: as a varint, or the bits of a fixed form.
func numberAt(b *ir.Builder, t *schema.Type, p build.MemRef) *ir.Value {
	load := func(op ir.Op) *ir.Value { return b.LoadSource(op, p.Base, p.Offset) }
	var n *ir.Value
	switch {
	case t.Kind == schema.Bool:
		return b.Convert(ir.ZeroExt8to64, load(ir.Load8))
	case memorySize(t) == 8:
		n = load(ir.Load64)
	case t.Kind == schema.I32:
		n = b.Convert(ir.SignExt32to64, load(ir.Load32))
	default:
		n = b.Convert(ir.ZeroExt32to64, load(ir.Load32))
	}
	if t.Form == schema.Zigzag {
		return b.ZigZag(n)
	}
	return n
}

// eachField calls visit with the fields in the order in which they are written, and then oneof with the oneofs.
func eachField(s *schema.StructType, visit func(f *schema.Field), oneof func(o *schema.Oneof)) {
	for i := range s.Fields {
		if s.Fields[i].Oneof == 0 {
			visit(&s.Fields[i])
		}
	}
	for i := range s.Oneofs {
		oneof(&s.Oneofs[i])
	}
}
