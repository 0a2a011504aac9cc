package fuzz

import (
	"bytes"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// Case 13: the skip of nested containers ends where they end, a byte at a time too.
func TestCase13Skip(t *testing.T) {
	field := "0f0001 0d00000002 0b0b 00000001 00000001 61 00000001 62 0b0b 00000001 00000001 61 00000001 62"
	message := unhex(t, field+"00")
	n, done, err := tagwire.NewSkipper().Next(append(bytes.Clone(message), 0, 0))
	if n != len(message) || !done || err != nil {
		t.Errorf("in one piece: %d, %v, %v", n, done, err)
	}
	skipper := tagwire.NewSkipper()
	for i := range message {
		n, done, err := skipper.Next(message[i : i+1])
		if n != 1 || done != (i == len(message)-1) || err != nil {
			t.Fatalf("byte %d: %d, %v, %v", i, n, done, err)
		}
	}
}

// longestFor returns how long messages are for an engine that changes every byte of them: a quarter of most, unless this is a long
// run, for the mode that differs from the other one in nothing but what becomes of strings, and for the formats that take less for
// the same value.
func longestFor(e harness.Engine, most int) int {
	if (e.ZeroCopy || e.Format != tagwire.ThriftBinary) && !*long {
		return most / 4
	}
	return most
}

// messages returns valid messages of a case, up to longest bytes each.
func messages(t *testing.T, e harness.Engine, c cases.Case, longest int) [][]byte {
	var all [][]byte
	for _, value := range e.Samples(c) {
		if encoded := harness.Encode(t, e, value); len(encoded) <= longest {
			all = append(all, encoded)
		}
	}
	for seed := range int64(3) {
		value := c.New()
		cases.Fill(value, randomBytes(seed, 100))
		if encoded := harness.Encode(t, e, value); len(encoded) <= longest {
			all = append(all, encoded)
		}
	}
	return all
}

// Case 19: every prefix of every message ends in an error of a cut input; the short ones in all ways, the others before a
// guard page.
func TestCase19Prefixes(t *testing.T) {
	allWays, step := 24, effort.Of(1, 4)
	if *long {
		allWays, step = 64, 1
	}
	harness.EachFormat(t, func(t *testing.T, e harness.Engine) {
		longest := longestFor(e, 4096)
		for _, c := range e.Cases() {
			decoder := harness.NewDecoder(t, e, c, longest)
			for _, message := range messages(t, e, c, longest) {
				for n := 0; n < len(message); n++ {
					if n > allWays {
						n = min(n+step-1, len(message)-1)
					}
					decode := decoder.Fault
					if n <= allWays {
						decode = decoder.Decode
					}
					got := decode(message[:n])
					if !isCut(e.Format, got) {
						t.Errorf("%s: %d bytes of %x: %v", c.Name, n, message, got)
					}
				}
			}
		}
	})
}

// isCut reports whether an outcome is that of a part of a message. In Protobuf a message may end behind any field, unless others are
// required.
func isCut(format tagwire.Format, got harness.Outcome) bool {
	if got.Err == nil {
		return format == tagwire.Protobuf
	}
	return got.Err.Code == codec.ShortBuffer || got.Err.Code == codec.SizeLimit || format == tagwire.Protobuf && got.Err.Code == codec.Required
}

// Case 19: every single byte changed, in several ways, or with -long to every value in short messages. A message that is
// still accepted must hold a value that encodes and decodes to itself.
func TestCase19ByteChanges(t *testing.T) {
	harness.EachFormat(t, func(t *testing.T, e harness.Engine) {
		longest := longestFor(e, 1024)
		for _, c := range e.Cases() {
			decoder := harness.NewDecoder(t, e, c, longest)
			for _, message := range messages(t, e, c, longest) {
				changes := changedBytes(len(message))
				for i, was := range message {
					for _, change := range changes {
						message[i] = was ^ change
						if got := decoder.Fault(message); got.Err == nil && change == 1 {
							stable(t, e, c, got.Value)
						}
					}
					message[i] = was
				}
			}
		}
	})
}

// changedBytes returns what to xor each byte of a message of that length with.
func changedBytes(length int) []byte {
	if length > 64 {
		return []byte{1, 0x80, 8}[:effort.Of(3, 2)]
	}
	if !*long && effort.Reduced() {
		return []byte{1, 8, 0x40, 0x80}
	}
	if !*long {
		return []byte{1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0xff}
	}
	var changes []byte
	for x := 1; x < 256; x++ {
		changes = append(changes, byte(x))
	}
	return changes
}

// stable checks that a decoded value encodes, and decodes to an equal value.
func stable(t testing.TB, e harness.Engine, c cases.Case, value any) {
	t.Helper()
	value = cases.Complete(value)
	encoded, err := tagwire.Marshal(value, e.Options()...)
	if err != nil {
		t.Fatalf("%s: a decoded value does not encode: %v\n%s", c.Name, err, cases.Text(value))
	}
	again := c.New()
	if err := tagwire.Unmarshal(encoded, again, e.Options()...); err != nil {
		t.Fatalf("%s: what we encode does not decode: %v\n%x", c.Name, err, encoded)
	}
	if !cases.Equal(value, cases.Complete(again)) {
		t.Fatalf("%s: not stable\n%s\n%s", c.Name, cases.Text(value), cases.Text(again))
	}
}

// Case 22 is part of every encode of the harness; here is the value that grows between Size and Encode.
func TestCase22ValueGrows(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		codec := codecFor[cases.Lists](t, e)
		value := &cases.Lists{Texts: []string{"a"}, Mediums: []int32{1}}
		size, err := codec.Size(value)
		if err != nil {
			t.Fatal(err)
		}
		value.Texts[0] = "longer"
		room := bytes.Repeat([]byte{0xa5}, size+32)
		_, err = codec.Encode(room[:size], value)
		if err == nil || !bytes.Equal(room[size:], bytes.Repeat([]byte{0xa5}, 32)) {
			t.Errorf("error %v, bytes behind the buffer %x", err, room[size:])
		}
	})
}

// Case 23: what a decode keeps alive is at most twice the value, plus 64 KiB, also when the input lies.
func TestCase23Kept(t *testing.T) {
	large := &cases.Hollow{BigRefs: make([]*cases.Scalars, 20_000)}
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		encoded := harness.Encode(t, e, large)
		codec := codecFor[cases.Hollow](t, e)
		for name, message := range map[string][]byte{
			"honest":       encoded,
			"cut":          encoded[:len(encoded)/2],
			"cut at once":  append(bytes.Clone(encoded[:8]), bytes.Repeat([]byte{9}, 20_000)...),
			"cut half way": append(bytes.Clone(encoded[:10_000]), bytes.Repeat([]byte{9}, 30_000)...),
		} {
			var target *cases.Hollow
			kept := harness.Kept(func() any {
				target = new(cases.Hollow)
				_, _ = codec.Decode(message, target)
				return target
			})
			if bound := 2*harness.ByHand(target) + 64<<10; kept > bound {
				t.Errorf("%s: keeps %d bytes, the bound is %d", name, kept, bound)
			}
			c, _ := cases.Find("Hollow")
			harness.CheckAllocation(t, e, c, message)
		}
	})
}
