package fuzz

import (
	"bytes"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestSpecimens reads what Apache's Python and Go libraries wrote, and writes the same bytes. The makers
// filled maps in the order of their keys.
func TestSpecimens(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		for _, s := range cases.Specimens() {
			t.Run(s.Name, func(t *testing.T) {
				c := cases.Of(s.Want)
				got := harness.NewDecoder(t, e, c, len(s.Bytes)).Decode(s.Bytes)
				if got.Err != nil || got.Used != len(s.Bytes) {
					t.Fatalf("%v of %d bytes", got, len(s.Bytes))
				}
				same(t, "decoded", got.Value, s.Want)
				if encoded := harness.Encode(t, e, s.Want); !bytes.Equal(encoded, s.Bytes) {
					t.Errorf("encoded\ngot  %x\nwant %x", encoded, s.Bytes)
				}
				harness.CheckAllocation(t, e, c, s.Bytes)
			})
		}
	})
}

// TestProtobufSpecimens reads what Google's Python library wrote, and writes the same bytes.
func TestProtobufSpecimens(t *testing.T) {
	eachProtobuf(t, func(t *testing.T, e harness.Engine) {
		for _, s := range cases.ProtobufSpecimens() {
			t.Run(s.Name, func(t *testing.T) {
				c := cases.Of(s.Want)
				decoder := harness.NewDecoder(t, e, c, len(s.Bytes)+1)
				got := decoder.Decode(s.Bytes)
				if got.Err != nil || got.Used != len(s.Bytes) {
					t.Fatalf("%v of %d bytes", got, len(s.Bytes))
				}
				same(t, "decoded", got.Value, s.Want)
				if encoded := harness.Encode(t, e, s.Want); !bytes.Equal(encoded, s.Bytes) {
					t.Errorf("encoded\ngot  %x\nwant %x", encoded, s.Bytes)
				}
				harness.CheckAllocation(t, e, c, s.Bytes)
				for n := range s.Bytes {
					if got := decoder.Fault(s.Bytes[:n]); !isCut(e.Format, got) {
						t.Errorf("%d bytes: %v", n, got)
					}
				}
			})
		}
	})
}

// TestTwins reads specimens into the twin types, with thrift tags and structs by value, and writes them.
func TestTwins(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		for _, s := range cases.Specimens() {
			twin, ok := cases.Find(cases.Of(s.Want).Name + "Twin")
			if !ok || twin.Name == "EverythingTwin" || twin.Name == "MapsTwin" {
				continue // these have a part of the fields
			}
			got := harness.NewDecoder(t, e, twin, len(s.Bytes)).Decode(s.Bytes)
			if got.Err != nil {
				t.Errorf("%s as %s: %v", s.Name, twin.Name, got)
			} else if encoded := harness.Encode(t, e, got.Value); !bytes.Equal(encoded, s.Bytes) {
				t.Errorf("%s as %s\ngot  %x\nwant %x", s.Name, twin.Name, encoded, s.Bytes)
			}
		}
	})
}

// TestPartialTwinLosesNothing decodes into a type that knows a part of the fields, and back.
func TestPartialTwinLosesNothing(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		for _, s := range cases.Specimens() {
			want, ok := s.Want.(*cases.Everything)
			if !ok {
				continue
			}
			part := decodeAs[cases.EverythingTwin](t, e, s.Bytes)
			encoded := harness.Encode(t, e, part)
			got := decodeAs[cases.Everything](t, e, encoded)
			// The twin knows one field of Lists and two of Maps; inner structs keep nothing they do not know.
			same(t, s.Name+", known", got.Scalars, want.Scalars)
			same(t, s.Name+", known by value", got.Maps.Points, want.Maps.Points)
			same(t, s.Name+", unknown", got.Requireds, want.Requireds)
			same(t, s.Name+", unknown", got.Sets, want.Sets)
			if got.Last != want.Last || !cases.Equal(got.Optionals, want.Optionals) {
				t.Errorf("%s: %s", s.Name, cases.Text(got))
			}
		}
	})
}

// TestCallMessage finds the end of a whole message and the arguments inside.
func TestCallMessage(t *testing.T) {
	message := cases.CallMessage()
	n, done, err := tagwire.NewMessageSkipper().Next(append(bytes.Clone(message), "more"...))
	if n != len(message) || !done || err != nil {
		t.Errorf("the message ends at %d of %d, done %v, %v", n, len(message), done, err)
	}
	const envelope = 4 + 4 + len("echo") + 4
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		got := decodeAs[cases.EchoArgs](t, e, message[envelope:])
		for _, s := range cases.SpecimenValues() {
			if s.Name == "echo-args" {
				same(t, "arguments", got, s.Build())
			}
		}
	})
}

// TestSamples encodes every sample of every case in every way and decodes it in every way.
func TestSamples(t *testing.T) {
	harness.EachFormat(t, func(t *testing.T, e harness.Engine) {
		for _, c := range e.Cases() {
			for _, value := range e.Samples(c) {
				encoded := harness.Encode(t, e, value)
				got := harness.NewDecoder(t, e, c, len(encoded)).Decode(encoded)
				if got.Err != nil || got.Used != len(encoded) {
					t.Fatalf("%s: %v of %d bytes", c.Name, got, len(encoded))
				}
				same(t, c.Name, got.Value, value)
				harness.CheckAllocation(t, e, c, encoded)
			}
		}
	})
}
