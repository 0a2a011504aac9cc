package fuzz

import (
	"encoding/hex"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
)

// held has well-known messages as what they mean. The module fuzz/protobuf compares more of them with the code that gogo generates.
type held struct {
	Time   time.Time               `protobuf:"1,stdtime"`
	Maybe  *time.Time              `protobuf:"2,stdtime"`
	Span   time.Duration           `protobuf:"3,stdduration"`
	Times  []time.Time             `protobuf:"4,stdtime"`
	Spans  map[int32]time.Duration `protobuf:"5,stdduration"`
	Number *int32                  `protobuf:"6,wktptr"`
	Text   *string                 `protobuf:"7,wktptr"`
	Texts  []*string               `protobuf:"8,wktptr"`
	Blob   *[]byte                 `protobuf:"9,wktptr"`
	Chosen *bool                   `protobuf:"10,wktptr,oneof=choice"`
	Other  *time.Time              `protobuf:"11,stdtime,oneof=choice"`
	Child  *held                   `protobuf:"12"`
}

// TestProtobufHeldWrites: the bytes, and that they are read as what was written.
func TestProtobufHeldWrites(t *testing.T) {
	at, epoch := time.Date(2001, 2, 3, 4, 5, 6, 7, time.FixedZone("", 3600)), time.Unix(0, 0).UTC()
	number, text, none, blob, flag := int32(-1), "ab", "", []byte{5}, true
	for name, c := range map[string]struct {
		value held
		want  string
	}{
		"the first second":          {held{}, "0a0b088092b8c398feffffff01" + "1a00"}, // a time.Time that is zero is of the year 1
		"a time in a zone":          {held{Time: at}, "0a0808e2eaedd3031007" + "1a00"},
		"1970 is an empty message":  {held{Time: epoch, Maybe: &epoch}, "0a001200" + "1a00"},
		"before 1970":               {held{Time: time.Unix(-1, 5)}, "0a0d08ffffffffffffffffff011005" + "1a00"},
		"a duration":                {held{Time: epoch, Span: 3*time.Second + 2}, "0a00" + "1a0408031002"},
		"a duration below zero":     {held{Time: epoch, Span: -1}, "0a00" + "1a0b10ffffffffffffffffff01"},
		"the least duration":        {held{Time: epoch, Span: math.MinInt64}, "0a00" + "1a1608fc85fad1ddffffffff01" + "1080d0b4e8fcffffffff01"},
		"a list":                    {held{Time: epoch, Times: []time.Time{epoch, time.Unix(1, 0)}}, "0a001a00" + "2200" + "22020801"},
		"a map":                     {held{Time: epoch, Spans: map[int32]time.Duration{7: time.Second}}, "0a001a00" + "2a06080712020801"},
		"values with presence":      {held{Time: epoch, Number: &number, Text: &text, Blob: &blob}, "0a001a00" + "320b08ffffffffffffffffff01" + "3a040a026162" + "4a030a0105"},
		"nothing, and a nil one":    {held{Time: epoch, Text: &none, Texts: []*string{&text, nil}}, "0a001a00" + "3a00" + "42040a026162" + "4200"},
		"a member of a oneof":       {held{Time: epoch, Chosen: &flag}, "0a001a00" + "52020801"},
		"another member of a oneof": {held{Time: epoch, Other: &epoch}, "0a001a00" + "5a00"},
	} {
		protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
			got, err := tagwire.Marshal(&c.value, options...)
			require.NoError(t, err, name)
			require.Equal(t, c.want, hex.EncodeToString(got), name)
			size, err := tagwire.Size(&c.value, options...)
			require.NoError(t, err, name)
			require.Equal(t, len(got), size, name)
			var back held
			require.NoError(t, tagwire.Unmarshal(got, &back, options...), name)
			require.True(t, back.Time.Equal(c.value.Time) && back.Time.Location() == time.UTC, name)
			again, err := tagwire.Marshal(&back, options...)
			require.NoError(t, err, name)
			require.Equal(t, got, again, name)
		})
	}
}

// TestProtobufHeldReads: a value takes the place of the one before it, and what is not known in its message is dropped.
func TestProtobufHeldReads(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"a time again":                 {"0a0408011002" + "0a021003", "0a021003" + "1a00"},
		"a duration again":             {"1a0408011002" + "1a00" + "0a00", "0a001a00"},
		"a number again":               {"0a00" + "32020805" + "3200", "0a001a00" + "3200"},
		"a text again":                 {"0a00" + "3a030a0161" + "3a00", "0a001a00" + "3a00"},
		"bytes again":                  {"0a00" + "4a030a0161" + "4a00", "0a001a00" + "4a00"},
		"the same member of a oneof":   {"0a00" + "52020801" + "5200", "0a001a00" + "5200"},
		"another member":               {"0a00" + "52020801" + "5a00", "0a001a00" + "5a00"},
		"fields in another order":      {"0a0410020801", "0a0408011002" + "1a00"},
		"fields again":                 {"0a06080108051003", "0a0408051003" + "1a00"},
		"unknown fields":               {"0a0e0801180510052201ff2d01020304", "0a0408011005" + "1a00"},
		"another type":                 {"0a050d01000000", "0a001a00"},
		"a group":                      {"0a0408011b1c" + "0a00", "0a001a00"},
		"nanoseconds of more bits":     {"0a0b108580808080e0ffffff01", "0a021005" + "1a00"},
		"an entry without its element": {"0a00" + "2a020807", "0a001a00" + "2a0408071200"},
		"an entry's element again":     {"0a00" + "2a080807120208011200", "0a001a00" + "2a0408071200"},
	} {
		protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
			data, err := hex.DecodeString(c.data)
			require.NoError(t, err, name)
			var v held
			require.NoError(t, tagwire.Unmarshal(data, &v, options...), name)
			got, err := tagwire.Marshal(&v, options...)
			require.NoError(t, err, name)
			require.Equal(t, c.want, hex.EncodeToString(got), name)
		})
	}
}

// TestProtobufHeldRefuses: what has no meaning is an error that names the field, on both ways.
func TestProtobufHeldRefuses(t *testing.T) {
	late, bad := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "\xff"
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		for path, v := range map[string]*held{
			"held.Time":           {Time: late},
			"held.Maybe":          {Maybe: &late},
			"held.Child.Times[1]": {Child: &held{Times: []time.Time{{}, late}}},
			"held.Other":          {Other: &late},
			"held.Text.Value":     {Text: &bad},
		} {
			_, err := tagwire.Marshal(v, options...)
			var wrong *tagwire.Error
			require.True(t, errors.As(err, &wrong), "%s: %v", path, err)
			require.ErrorIs(t, err, tagwire.ErrInvalidData)
			require.Equal(t, path, wrong.Path)
		}
		for _, c := range []struct {
			name, data string
			code       error
			offset     int
			path       string
		}{
			{"the year 10000", "0a07088083d1ffaf07", tagwire.ErrInvalidData, 2, "held.Time"},
			{"before the year 1", "120b08ff91b8c398feffffff01", tagwire.ErrInvalidData, 2, "held.Maybe"},
			{"10^9 ns", "0a06108094ebdc03", tagwire.ErrInvalidData, 2, "held.Time"},
			{"nanoseconds below zero", "0a0b10ffffffffffffffffff01", tagwire.ErrInvalidData, 2, "held.Time"},
			{"two signs", "1a0d080110ffffffffffffffffff01", tagwire.ErrInvalidData, 2, "held.Span"},
			{"one nanosecond longer", "1a0c0884fa85ae221080b0cb9703", tagwire.ErrInvalidData, 2, "held.Span"},
			{"longer than a time.Duration", "1a060885fa85ae22", tagwire.ErrInvalidData, 2, "held.Span"},
			{"a cut number", "0a020880", tagwire.ErrShortBuffer, 3, "held.Time"},
			{"the number 0", "0a020001", tagwire.ErrInvalidData, 2, "held.Time"},
			{"the end of a group", "0a010c", tagwire.ErrInvalidData, 2, "held.Time"},
			{"a length beyond the message", "0a021a05", tagwire.ErrSizeLimit, 3, "held.Time.#3"},
			{"an element of a map", "2a0608071202" + "0880", tagwire.ErrShortBuffer, 7, "held.Spans[7]"},
			{"not UTF-8", "3a030a01ff", tagwire.ErrInvalidData, 4, "held.Text.Value"},
		} {
			data, err := hex.DecodeString(c.data)
			require.NoError(t, err, c.name)
			err = tagwire.Unmarshal(data, new(held), options...)
			var wrong *tagwire.Error
			require.True(t, errors.As(err, &wrong), "%s: %v", c.name, err)
			require.ErrorIs(t, err, c.code, c.name)
			require.Equal(t, c.offset, wrong.Offset, "%s: %v", c.name, err)
			require.Equal(t, c.path, wrong.Path, "%s: %v", c.name, err)
		}
	})
}

// TestProtobufHeldMerges: a value is not merged with the one that was there.
func TestProtobufHeldMerges(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		at, number, text, blob := time.Now(), int32(5), "text", []byte("blob")
		v := held{Time: at, Maybe: &at, Span: time.Hour, Times: []time.Time{at}, Number: &number, Text: &text, Blob: &blob}
		data, err := hex.DecodeString("0a021001" + "12020805" + "1a00" + "2200" + "3200" + "3a00" + "4a00")
		require.NoError(t, err)
		require.NoError(t, tagwire.Unmarshal(data, &v, append(options, tagwire.WithMerge())...))
		require.Equal(t, held{
			Time: time.Unix(0, 1).UTC(), Maybe: &at, Times: []time.Time{v.Times[0], time.Unix(0, 0).UTC()}, Number: &number, Text: &text, Blob: &blob,
		}, v)
		require.Equal(t, time.Unix(5, 0).UTC(), at, "what the pointer led to")
		require.Zero(t, number)
		require.Empty(t, text)
		require.Empty(t, blob)
	})
}
