package fuzz

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
	"github.com/tagwire/tagwire/fuzz/regress"
)

// longestInput bounds fuzzed inputs: longer ones find nothing that these do not, and take longer.
const longestInput = 1 << 14

// pick returns the case of a format that a fuzzed number stands for.
func pick(format tagwire.Format, number uint8) cases.Case {
	all := harness.CasesIn(format)
	return all[int(number)%len(all)]
}

// numberOf is the inverse of pick for the formats of Thrift.
func numberOf(name string) uint8 {
	for i, c := range cases.All() {
		if c.Name == name {
			return uint8(i)
		}
	}
	panic("no case " + name)
}

// formatOf returns the format that a fuzzed number stands for.
func formatOf(number uint8) tagwire.Format {
	return harness.Formats[int(number)%len(harness.Formats)].Format
}

// The numbers of the formats, as formatOf reads them.
const (
	binaryNumber  = uint8(tagwire.ThriftBinary)
	compactNumber = uint8(tagwire.ThriftCompact)
)

// FuzzHostile decodes any bytes as any case. They are accepted or refused by all ways alike; what is accepted
// takes bounded memory, and encodes and decodes to itself.
func FuzzHostile(f *testing.F) {
	if len(cases.All()) > 256 {
		f.Fatal("a case needs more than a byte")
	}
	for _, entry := range regress.All() {
		f.Add(binaryNumber, numberOf(entry.Type), entry.Input)
	}
	for _, entry := range regress.Compact() {
		f.Add(compactNumber, numberOf(entry.Type), entry.Input)
	}
	for _, s := range cases.Specimens() {
		f.Add(binaryNumber, numberOf(cases.Of(s.Want).Name), s.Bytes)
	}
	for _, format := range harness.Formats {
		e := harness.EnginesIn(format.Format)[0] // all engines write the same
		for number, c := range e.Cases() {
			for _, value := range e.Samples(c) {
				if encoded, err := tagwire.Marshal(value, e.Options()...); err == nil && len(encoded) < longestInput {
					f.Add(uint8(e.Format), uint8(number), encoded)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, format, number uint8, input []byte) {
		if len(input) > longestInput {
			return
		}
		c := pick(formatOf(format), number)
		for _, e := range harness.EnginesIn(formatOf(format)) {
			outcome := harness.NewDecoder(t, e, c, len(input)).Decode(input)
			harness.CheckAllocation(t, e, c, input)
			if outcome.Err == nil {
				stable(t, e, c, outcome.Value)
			}
		}
	})
}

// FuzzRoundTrip encodes any value of any case in every way, and decodes it to an equal one.
func FuzzRoundTrip(f *testing.F) {
	for number := range len(cases.All()) + len(cases.Protobuf()) {
		for seed := range int64(2) {
			f.Add(uint8(number), randomBytes(seed, 200))
		}
		f.Add(uint8(number), []byte{})
	}
	f.Fuzz(func(t *testing.T, number uint8, source []byte) {
		if len(source) > longestInput {
			return
		}
		all := slices.Concat(cases.All(), cases.Protobuf())
		c, engines := all[int(number)%len(all)], harness.ThriftEngines()
		if int(number)%len(all) >= len(cases.All()) {
			engines = harness.EnginesIn(tagwire.Protobuf)
		}
		value := c.New()
		cases.Fill(value, source)
		for _, e := range engines {
			encoded := harness.Encode(t, e, value)
			outcome := harness.NewDecoder(t, e, c, len(encoded)).Decode(encoded)
			if outcome.Err != nil || outcome.Used != len(encoded) {
				t.Fatalf("%s: %v of %d bytes", c.Name, outcome, len(encoded))
			}
			same(t, c.Name, outcome.Value, value)
		}
	})
}

// FuzzSkipper feeds a message in pieces of any size: the end and the error are those of one piece. Where the
// whole message is there, they are also those of decoding into a struct that knows no field.
func FuzzSkipper(f *testing.F) {
	for _, entry := range regress.All() {
		f.Add(binaryNumber, false, entry.Input, []byte{1})
	}
	for _, entry := range regress.Compact() {
		f.Add(compactNumber, false, entry.Input, []byte{1})
	}
	for _, s := range cases.Specimens() {
		f.Add(binaryNumber, false, s.Bytes, []byte{3, 1, 7, 0})
	}
	f.Add(binaryNumber, true, cases.CallMessage(), []byte{5})
	f.Add(compactNumber, true, compactCall, []byte{5})
	f.Fuzz(func(t *testing.T, number uint8, envelope bool, message, sizes []byte) {
		if len(message) > longestInput {
			return
		}
		format := formatOf(number)
		whole := skipInPieces(format, envelope, message, nil)
		if pieces := skipInPieces(format, envelope, message, sizes); pieces != whole {
			t.Fatalf("in pieces %+v, in one %+v", pieces, whole)
		}
		if single := skipInPieces(format, envelope, message, []byte{1}); single != whole {
			t.Fatalf("byte by byte %+v, in one piece %+v", single, whole)
		}
		if !envelope && format != tagwire.Protobuf { // whose messages have their length in front only for the Skipper
			agreesWithDecode(t, format, message, whole)
		}
	})
}

// skipped is what came of feeding a Skipper.
type skipped struct {
	used  int
	done  bool
	fault string
}

// skipInPieces feeds pieces of the given sizes, over and over, or all at once if there are none.
func skipInPieces(format tagwire.Format, envelope bool, message, sizes []byte) (result skipped) {
	skipper := tagwire.NewSkipper(tagwire.WithFormat(format))
	if envelope {
		skipper = tagwire.NewMessageSkipper(tagwire.WithFormat(format))
	}
	for piece := 0; ; piece++ {
		rest := message[result.used:]
		if len(sizes) > 0 {
			rest = rest[:min(len(rest), max(1, int(sizes[piece%len(sizes)])))]
		}
		n, done, err := skipper.Next(bytes.Clone(rest))
		result.used += n
		if err != nil {
			result.used = 0 // how far it read before it saw the error depends on the pieces
			var e *tagwire.Error
			if errors.As(err, &e) {
				result.fault = harness.Fault(e)
			}
			return result
		}
		if done || result.used == len(message) {
			result.done = done
			return result
		}
	}
}

// agreesWithDecode compares with a decode that skips every field. A cut message is no error to a Skipper, and
// a count that cannot be is one only where the end is known; nor does it count depth from the skipped field.
func agreesWithDecode(t *testing.T, format tagwire.Format, message []byte, whole skipped) {
	used, err := tagwire.Decode(message, new(cases.Empty), tagwire.WithEngine(tagwire.Reflect), tagwire.WithFormat(format))
	var e *tagwire.Error
	switch {
	case err == nil:
		if !whole.done || whole.used != used {
			t.Fatalf("decode uses %d bytes, the Skipper says %+v", used, whole)
		}
	case errors.As(err, &e) && (e.Code == codec.InvalidData || e.Code == codec.NegativeSize):
		want := *e
		want.Path = ""
		if whole.fault != harness.Fault(&want) {
			t.Fatalf("decode fails with %v, the Skipper says %+v", err, whole)
		}
	case whole.done && !errors.Is(err, codec.DepthLimit):
		t.Fatalf("decode fails with %v, the Skipper says %+v", err, whole)
	}
}
