package fuzz

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// Case 23: a count that the bytes left could hold, but that the first element belies, costs no more
// than four times those bytes, however deep the lies are nested.
func TestCase23LiesAreCheap(t *testing.T) {
	// oneLevel is what one element of the nested lists takes honestly, in bytes, with the list around it.
	const tail, levels, oneLevel = 60_000, 400, 64
	lie := func(prefix string, repeated int) []byte {
		message := bytes.Repeat(unhex(t, prefix), repeated)
		return append(message, bytes.Repeat([]byte{9}, tail)...)
	}
	type lying struct {
		name, typ string
		message   []byte
	}
	fixed := []lying{
		{"list of wide structs", "Hollow", lie("0f 0005 0c 0000ea60", 1)},
		{"list of pointers", "Hollow", lie("0f 0006 0c 0000ea60", 1)},
		{"list of strings", "Lists", lie("0f 0007 0b 00003a98", 1)},
		{"list of lists", "Lists", lie("0f 000b 0f 00002ee0", 1)},
		{"list of maps", "Lists", lie("0f 000e 0d 00002710", 1)},
		{"map of pointers", "Maps", lie("0d 000e 08 0c 00002ee0", 1)},
		{"map of structs by value", "Pairs", lie("0d 0005 0b 0c 00002ee0", 1)},
		{"map of maps", "Maps", lie("0d 000d 0b 0d 00001770", 1)},
		{"nested lists of pointers", "Nest", lie("0f 0001 0c 00000200", levels)},
		{"nested lists of structs", "Nest", lie("0e 0002 0c 00000080", levels)},
		{"nested lists, long", "Nest", lie("0f 0001 0c 0000ea60", levels)},
		{"nested maps", "Nest", lie("0d 0003 0b 0c 00002ee0 00000000", levels)},
	}
	// As a number, a length, a header, these bytes are refused.
	broken := func(prefix string, repeated int) []byte {
		return append(bytes.Repeat(unhex(t, prefix), repeated), bytes.Repeat([]byte{0xff}, tail)...)
	}
	compact := []lying{
		{"list of i16", "Lists", broken("39 f4 e0d403", 1)},
		{"list of i32", "Lists", broken("49 f5 e0d403", 1)},
		{"list of i32 that could be", "Lists", broken("49 f5 b0ea01", 1)},
		{"list of i64", "Lists", broken("59 f6 e0d403", 1)},
		{"list of enums", "Lists", broken("99 f5 e0d403", 1)},
		{"list of strings", "Lists", broken("79 f8 98f500", 1)},
		{"list of pointers", "Lists", broken("a9 fc e0d403", 1)},
		{"list of lists", "Lists", broken("b9 f9 e0d403", 1)},
		{"list of maps", "Lists", broken("e9 fb e0d403", 1)},
		{"nested lists of pointers", "Nest", broken("19 fc 8004", levels)},
		{"nested lists of structs", "Nest", broken("2a fc 8001", levels)},
		{"nested maps", "Nest", broken("3b 904e 8c 00", levels)},
	}
	// A length that the bytes left could hold, and elements of which the last is wrong.
	group := []byte{0x83, 0x80, 0x01} // of field 2048 of ProtoGroups
	ends := func(prefix string, element string) []byte {
		body := bytes.Repeat(unhex(t, element), tail/len(unhex(t, element)))
		return append(append(unhex(t, prefix), binary.AppendUvarint(nil, uint64(len(body)+1))...), append(body, 0xff)...)
	}
	protobuf := []lying{
		{"packed varints", "ProtoLists", ends("12", "01")},
		{"packed numbers", "ProtoLists", ends("52", "01000000")},
		{"packed bools", "ProtoLists", ends("0a", "01")},
		{"loose numbers", "ProtoLists", append(bytes.Repeat(unhex(t, "880101"), tail/3), 0xff)},
		{"empty texts", "ProtoLists", append(bytes.Repeat(unhex(t, "6200"), tail/2), 0xff)},
		{"empty messages", "ProtoLists", append(bytes.Repeat(unhex(t, "820100"), tail/3), 0xff)},
		{"pointers to empty messages", "ProtoLists", append(bytes.Repeat(unhex(t, "7a00"), tail/2), 0xff)},
		{"nested groups", "ProtoGroups", append(bytes.Repeat(group, levels), bytes.Repeat([]byte{0xff}, tail)...)},
		{"a long length", "ProtoScalars", append(binary.AppendUvarint(unhex(t, "7a"), tail+100), make([]byte, tail)...)},
	}
	for _, f := range harness.Formats {
		all := map[tagwire.Format][]lying{tagwire.ThriftBinary: fixed, tagwire.ThriftCompact: compact, tagwire.Protobuf: protobuf}[f.Format]
		if len(all) == 0 {
			t.Errorf("there are no lies in %v", f.Format)
		}
		for _, c := range all {
			t.Run(f.Prefix+c.name, func(t *testing.T) { liesAreCheap(t, f.Format, c.typ, c.message, 4*oneLevel*levels) })
		}
	}
}

// liesAreCheap decodes a message that is refused, for no more than four times its bytes and what is honest in it.
func liesAreCheap(t *testing.T, format tagwire.Format, typ string, message []byte, honest uint64) {
	for _, e := range harness.EnginesIn(format) {
		t.Run(e.Name, func(t *testing.T) {
			found, _ := cases.Find(typ)
			codec, err := tagwire.CodecOf(found.Type, e.Options()...)
			if err != nil {
				t.Fatal(err)
			}
			least := uint64(1 << 62)
			for range 3 {
				least = min(least, harness.Allocated(func() {
					if _, err := codec.Decode(message, found.New()); err == nil {
						t.Error("accepted")
					}
				}))
			}
			if format == tagwire.Protobuf && typ == "ProtoLists" { // where each element is honest, and only the last is not
				harness.CheckAllocation(t, e, found, message)
				return
			}
			if bound := uint64(4*len(message)) + 64<<10 + honest; least > bound {
				t.Errorf("%d bytes of input allocate %d, the bound is %d", len(message), least, bound)
			}
			if format == tagwire.ThriftCompact && typ == "Lists" { // numbers are read one by one there
				harness.CheckAllocation(t, e, found, message)
			}
		})
	}
}
