package apache

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/apache/convert"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
	"github.com/tagwire/tagwire/fuzz/regress"
)

// Apache's TCompactProtocol refuses the type of an empty list's elements if it is none, which we do not look at, and takes
// much that we refuse. So only what both accept is compared; TestApacheTakesMore has what is known.

// FuzzCompact has both read any bytes in Thrift Compact: what both accept they read alike.
func FuzzCompact(f *testing.F) {
	names := map[string]uint8{}
	for number, twin := range convert.Twins() {
		names[twin.Case.Name] = uint8(number)
	}
	for _, entry := range regress.Compact() {
		if number, ok := names[entry.Type]; ok {
			f.Add(number, entry.Input)
		}
	}
	f.Fuzz(func(t *testing.T, number uint8, input []byte) {
		if len(input) > longestInput {
			return
		}
		for _, e := range harness.EnginesIn(tagwire.ThriftCompact) {
			bothRead(t, e, pick(number), input)
		}
	})
}

// TestCompactChanges changes bytes of valid messages.
func TestCompactChanges(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	source := make([]byte, 300)
	compared := 0
	for range 20 {
		for i := range source {
			source[i] = byte(random.Uint32())
		}
		for _, twin := range convert.Twins() {
			value := twin.Case.New()
			cases.Fill(value, source)
			message, err := tagwire.Marshal(value, tagwire.WithFormat(tagwire.ThriftCompact))
			if err != nil {
				t.Fatal(err)
			}
			for range 30 {
				at := random.IntN(len(message))
				was := message[at]
				message[at] ^= 1 << random.IntN(8)
				for _, e := range harness.EnginesIn(tagwire.ThriftCompact) {
					if bothRead(t, e, twin, message) {
						compared++
					}
				}
				message[at] = was
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d messages were accepted by both", compared)
	}
}

// bothRead compares what both make of the bytes, and reports whether both accept them.
func bothRead(t *testing.T, e harness.Engine, twin convert.Twin, input []byte) bool {
	t.Helper()
	ours := twin.Case.New()
	used, err := tagwire.Decode(input, ours, e.Options()...)
	if err != nil {
		return false
	}
	apache := twin.NewApache()
	usedByApache, err := convert.UnmarshalIn(tagwire.ThriftCompact, input[:used], apache)
	if err != nil {
		return false
	}
	if got, want := cases.Text(ours), cases.Text(apache); got != want || used != usedByApache {
		t.Fatalf("%s, %s: %x\nwe read     %d bytes, %s\nApache reads %d bytes, %s", e.Name, twin.Case.Name, input[:used], used, got, usedByApache, want)
	}
	return true
}

// TestApacheTakesMore: Apache drops the bits that a number has too many, and reads elements of another type as if they were of
// the field's.
func TestApacheTakesMore(t *testing.T) {
	for name, c := range map[string]struct{ typ, message, refused string }{
		"i32 of 33 bits":          {"Scalars", "45 8080808010 00", "InvalidData at 1 in Scalars.Medium"},
		"i64 of 65 bits":          {"Scalars", "56 80808080808080808002 00", "InvalidData at 1 in Scalars.Large"},
		"id of 17 bits":           {"Scalars", "01 828004 00", "InvalidData at 1 in Scalars"},
		"list of i64 and not i32": {"Optionals", "b9 16 02 00", "InvalidData at 1 in Optionals.Numbers"},
		"map of strings to i16":   {"Optionals", "db 01 84 01 61 02 00", "InvalidData at 2 in Optionals.Counts"},
		"empty list of no type":   {"Optionals", "b9 0e 00", ""},
	} {
		message, err := regress.ParseHex(c.message)
		if err != nil {
			t.Fatal(err)
		}
		twin := convert.TwinOf(c.typ)
		used, apacheErr := convert.UnmarshalIn(tagwire.ThriftCompact, message, twin.NewApache())
		if accepts := apacheErr == nil && used == len(message); accepts != (c.refused != "") {
			t.Errorf("%s: Apache uses %d of %d bytes, %v", name, used, len(message), apacheErr)
		}
		for _, e := range harness.EnginesIn(tagwire.ThriftCompact) {
			_, err := tagwire.Decode(message, twin.Case.New(), e.Options()...)
			var fault *tagwire.Error
			if errors.As(err, &fault) != (c.refused != "") || fault != nil && harness.Fault(fault) != c.refused {
				t.Errorf("%s, %s: %v, want %q", name, e.Name, err, c.refused)
			}
		}
	}
}
