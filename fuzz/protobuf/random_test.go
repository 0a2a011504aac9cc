package protobuf_test

import (
	"math"
	"math/rand"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// randomMessage returns the bytes of a message: fields in any order, some of them several times, packed or not, some unknown.
func randomMessage(r *rand.Rand, d protoreflect.MessageDescriptor, depth int) (b []byte) {
	if d.IsMapEntry() && hasRequired(d.Fields().ByNumber(2).Message()) {
		// The official library takes an entry for complete if one of its values is, where we look at what they are together.
		for i := range 2 {
			if r.Intn(4) > 0 {
				b = randomField(r, b, d.Fields().Get(i), depth)
			}
		}
		return b
	}
	for range r.Intn(6) {
		if r.Intn(12) == 0 {
			b = randomUnknown(r, b, protowire.Number(1+r.Intn(100)), 3)
			continue
		}
		if d.Fields().Len() == 0 {
			continue
		}
		f := d.Fields().Get(r.Intn(d.Fields().Len()))
		b = randomField(r, b, f, depth)
		if r.Intn(6) == 0 {
			b = randomField(r, b, f, depth)
		}
	}
	return b
}

func hasRequired(d protoreflect.MessageDescriptor) bool {
	return d != nil && d.RequiredNumbers().Len() > 0
}

func randomField(r *rand.Rand, b []byte, f protoreflect.FieldDescriptor, depth int) []byte {
	n := f.Number()
	if f.IsList() && f.Kind() != protoreflect.MessageKind && f.Kind() != protoreflect.GroupKind && wireType(f.Kind()) != protowire.BytesType && r.Intn(2) == 0 {
		var packed []byte
		for range r.Intn(5) {
			packed = randomValue(r, packed, f, depth)
		}
		return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), packed)
	}
	if f.Kind() == protoreflect.MessageKind || f.Kind() == protoreflect.GroupKind {
		if depth == 0 {
			return b
		}
		inner := randomMessage(r, f.Message(), depth-1)
		if f.Kind() == protoreflect.GroupKind {
			b = append(protowire.AppendTag(b, n, protowire.StartGroupType), inner...)
			return protowire.AppendTag(b, n, protowire.EndGroupType)
		}
		return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), inner)
	}
	return randomValue(r, protowire.AppendTag(b, n, wireType(f.Kind())), f, depth)
}

func wireType(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	case protoreflect.GroupKind:
		return protowire.StartGroupType
	}
	return protowire.VarintType
}

func randomValue(r *rand.Rand, b []byte, f protoreflect.FieldDescriptor, _ int) []byte {
	switch wireType(f.Kind()) {
	case protowire.Fixed32Type:
		return protowire.AppendFixed32(b, []uint32{0, 1, math.MaxUint32, 1 << 31, r.Uint32()}[r.Intn(5)])
	case protowire.Fixed64Type:
		return protowire.AppendFixed64(b, []uint64{0, 1, math.MaxUint64, 1 << 63, r.Uint64()}[r.Intn(5)])
	case protowire.BytesType:
		text := []string{"", "a", "text", "\x00", "\xc3\xa4", "\xff", "a longer text that is not short"}[r.Intn(7)]
		if r.Intn(3) > 0 && text == "\xff" {
			text = "b"
		}
		return protowire.AppendString(b, text)
	}
	u := []uint64{0, 1, 2, 127, 128, 300, math.MaxInt32, 1 << 31, math.MaxUint32, 1 << 32, math.MaxInt64, 1 << 63, math.MaxUint64, r.Uint64()}[r.Intn(14)]
	if r.Intn(20) == 0 { // not the shortest form
		return append(b, byte(u)|0x80, 0x80, 0)
	}
	return protowire.AppendVarint(b, u)
}

func randomUnknown(r *rand.Rand, b []byte, n protowire.Number, depth int) []byte {
	switch r.Intn(5) {
	case 0:
		return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), r.Uint64())
	case 1:
		return protowire.AppendFixed32(protowire.AppendTag(b, n, protowire.Fixed32Type), r.Uint32())
	case 2:
		return protowire.AppendFixed64(protowire.AppendTag(b, n, protowire.Fixed64Type), r.Uint64())
	case 3:
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), "unknown")
	}
	b = protowire.AppendTag(b, n, protowire.StartGroupType)
	for range r.Intn(3) {
		if depth > 0 {
			b = randomUnknown(r, b, protowire.Number(1+r.Intn(100)), depth-1)
		}
	}
	return protowire.AppendTag(b, n, protowire.EndGroupType)
}
