package apache

import (
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/apache/convert"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
	"github.com/tagwire/tagwire/fuzz/regress"
)

// longestInput bounds fuzzed inputs.
const longestInput = 1 << 13

func pick(number uint8) convert.Twin {
	twins := convert.Twins()
	return twins[int(number)%len(twins)]
}

// FuzzExchange exchanges any value with Apache in both directions.
func FuzzExchange(f *testing.F) {
	for number := range convert.Twins() {
		f.Add(uint8(number), []byte{})
		f.Add(uint8(number), []byte("\x03\x07\x19\x2a\x01\x00\xff\x13\x04\x02\x11\x05\x08\x01\x03\x02\x01\x09"))
	}
	f.Fuzz(func(t *testing.T, number uint8, source []byte) {
		if len(source) > longestInput {
			return
		}
		twin := pick(number)
		value := twin.Case.New()
		cases.Fill(value, source)
		exchange(t, twin, value)
	})
}

// FuzzHostile has both read any bytes: what we accept Apache accepts, and reads the same from it. The reverse
// does not hold, since Apache reads lists of other element types as if they were of ours.
func FuzzHostile(f *testing.F) {
	names := map[string]uint8{}
	for number, twin := range convert.Twins() {
		names[twin.Case.Name] = uint8(number)
	}
	for _, entry := range regress.All() {
		if number, ok := names[entry.Type]; ok {
			f.Add(number, entry.Input)
		}
	}
	for _, s := range cases.Specimens() {
		f.Add(names[cases.Of(s.Want).Name], s.Bytes)
	}
	f.Fuzz(func(t *testing.T, number uint8, input []byte) {
		if len(input) > longestInput {
			return
		}
		for _, e := range harness.Engines() {
			readsAlike(t, e, pick(number), input)
		}
	})
}

func readsAlike(t *testing.T, e harness.Engine, twin convert.Twin, input []byte) {
	ours := twin.Case.New()
	used, err := tagwire.Decode(input, ours, e.Options()...)
	if err != nil {
		return
	}
	apache := twin.NewApache()
	usedByApache, err := convert.Unmarshal(input[:used], apache)
	if err != nil || usedByApache != used {
		t.Fatalf("%s: we use %d bytes, Apache %d, %v", twin.Case.Name, used, usedByApache, err)
	}
	if got, want := cases.Text(ours), cases.Text(apache); got != want {
		t.Fatalf("%s\nwe read     %s\nApache reads %s", twin.Case.Name, got, want)
	}
}
