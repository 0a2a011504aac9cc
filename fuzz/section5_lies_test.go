package fuzz

import (
	"bytes"
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
	for _, c := range []struct {
		name, typ string
		message   []byte
	}{
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
	} {
		t.Run(c.name, func(t *testing.T) {
			harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
				found, _ := cases.Find(c.typ)
				codec, err := tagwire.CodecOf(found.Type, e.Options()...)
				if err != nil {
					t.Fatal(err)
				}
				least := uint64(1 << 62)
				for range 3 {
					least = min(least, harness.Allocated(func() {
						if _, err := codec.Decode(c.message, found.New()); err == nil {
							t.Error("accepted")
						}
					}))
				}
				bound := uint64(4*len(c.message) + 64<<10 + 4*oneLevel*levels)
				if least > bound {
					t.Errorf("%d bytes of input allocate %d, the bound is %d", len(c.message), least, bound)
				}
			})
		})
	}
}
