package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// compactCall is a message of Thrift Compact: a call of "echo", with a struct of a bool and a string.
var compactCall = []byte("\x82\x21\x4d\x04echo\x11\x18\x02hi\x00")

// TestCompactMessages finds the ends of messages, and what is wrong with others.
func TestCompactMessages(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		used    int
		fault   string
	}{
		"call":               {string(compactCall), len(compactCall), ""},
		"more behind":        {string(compactCall) + "more", len(compactCall), ""},
		"negative sequence":  {"\x82\x41\xff\xff\xff\xff\x0f\x00\x00", 9, ""},
		"cut":                {"\x82\x21\x4d\x04ec", 0, ""},
		"another protocol":   {"\x80\x21\x4d\x00\x00", 0, "InvalidData at 0 in "},
		"another version":    {"\x82\x22\x4d\x00\x00", 0, "InvalidData at 1 in "},
		"sequence too large": {"\x82\x21\x80\x80\x80\x80\x10\x00\x00", 0, "InvalidData at 2 in "},
		"negative name":      {"\x82\x21\x01\xff\xff\xff\xff\x0f", 0, "NegativeSize at 3 in "},
		"name too long":      {"\x82\x21\x01\x80\x80\x80\x80\x10", 0, "InvalidData at 3 in "},
	} {
		got := skipInPieces(tagwire.ThriftCompact, true, []byte(c.message), nil)
		if got.fault != c.fault || c.used > 0 && (got.used != c.used || !got.done) || c.used == 0 && got.done {
			t.Errorf("%s: %+v", name, got)
		}
		if single := skipInPieces(tagwire.ThriftCompact, true, []byte(c.message), []byte{1}); single != got {
			t.Errorf("%s: byte by byte %+v, in one piece %+v", name, single, got)
		}
	}
}

// TestSkippersAgreeWithDecoding cuts and changes messages of every case, and feeds them in pieces.
func TestSkippersAgreeWithDecoding(t *testing.T) {
	for _, f := range harness.ThriftFormats {
		e := harness.EnginesIn(f.Format)[0]
		for _, c := range cases.All() {
			for _, message := range messages(t, e, c, 256) {
				for at, was := range message {
					for _, change := range []byte{0, 1, 0x80, 4, 0x10, 0xff}[:effort.Of(6, 3)] {
						message[at] = was ^ change
						whole := skipInPieces(f.Format, false, message, nil)
						if single := skipInPieces(f.Format, false, message, []byte{1, 3}); single != whole {
							t.Fatalf("%s%x: in pieces %+v, in one %+v", f.Prefix, message, single, whole)
						}
						agreesWithDecode(t, f.Format, message, whole)
					}
					message[at] = was
				}
			}
		}
	}
}

// TestSkippersObeyLimits: a limit on the size is met where decoding meets it.
func TestSkippersObeyLimits(t *testing.T) {
	for _, f := range harness.ThriftFormats {
		value := &cases.Scalars{Flag: true, Small: 300, Medium: 70_000, Large: -1 << 60, Real: 1, Text: "text", Blob: []byte("blob")}
		message, err := tagwire.Marshal(value, tagwire.WithFormat(f.Format))
		if err != nil {
			t.Fatal(err)
		}
		for limit := 1; limit < len(message); limit++ {
			options := []tagwire.Option{tagwire.WithFormat(f.Format), tagwire.WithMaxSize(limit)}
			_, done, skipErr := tagwire.NewSkipper(options...).Next(message)
			_, decodeErr := tagwire.Decode(message, new(cases.Scalars), options...)
			if done || !errors.Is(skipErr, codec.SizeLimit) || !errors.Is(decodeErr, codec.SizeLimit) {
				t.Errorf("%v, limit %d: skipping %v, %v; decoding %v", f.Format, limit, done, skipErr, decodeErr)
			}
		}
		if n, done, err := tagwire.NewSkipper(tagwire.WithFormat(f.Format), tagwire.WithMaxSize(len(message))).Next(message); !done || err != nil {
			t.Errorf("%v: %d, %v, %v", f.Format, n, done, err)
		}
	}
}

// TestKeptFieldsAreOfOneFormat: what one format has kept the other refuses to write, and each writes its own.
func TestKeptFieldsAreOfOneFormat(t *testing.T) {
	full := &cases.Scalars{Flag: true, Medium: 7, Text: "text", Blob: []byte{1, 2}, Level: 3}
	for _, from := range harness.ThriftFormats {
		message, err := tagwire.Marshal(full, tagwire.WithFormat(from.Format))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range harness.ThriftEngines() {
			if e.Format != from.Format {
				continue
			}
			kept := decodeAs[cases.OnlyUnknown](t, e, message)
			for _, to := range harness.ThriftEngines() {
				if strings.Contains(to.Name, "native") && !harness.HasNativeIn(tagwire.ThriftCompact) {
					continue // native code that is made for one format knows no other's mark
				}
				size, sizeErr := tagwire.Size(kept, to.Options()...)
				written, err := tagwire.Marshal(kept, to.Options()...)
				if sizeErr != nil {
					t.Errorf("%s, %s: size %v", e.Name, to.Name, sizeErr)
				}
				if to.Format != e.Format {
					if got := faultOf(t, err); got != "InvalidData at 0 in OnlyUnknown._unknownFields" {
						t.Errorf("%s, %s: %s", e.Name, to.Name, got)
					}
					continue
				}
				if err != nil || size != len(written) {
					t.Fatalf("%s, %s: %v, size %d of %d", e.Name, to.Name, err, size, len(written))
				}
				same(t, e.Name, decodeAs[cases.Scalars](t, to, written), full)
			}
		}
	}
}

// TestForeignMarksAreRefused: kept fields begin with a type byte in Thrift Binary and with its mark in Thrift Compact. Each
// format refuses whatever begins otherwise, also with a byte that is the mark of no format yet.
func TestForeignMarksAreRefused(t *testing.T) {
	for _, e := range harness.AllEngines() {
		for first := range 256 {
			own := first < 0x80
			switch e.Format {
			case tagwire.ThriftCompact:
				own = first == 0x82
			case tagwire.Protobuf:
				own = first == 0x87
			}
			for _, more := range []string{"", "\x00\x09\x01"} {
				var value cases.OnlyUnknown
				cases.SetKept(&value, append([]byte{byte(first)}, more...))
				if size, err := tagwire.Size(&value, e.Options()...); err != nil || size < 1 && e.Format != tagwire.Protobuf {
					t.Errorf("%s, % x: size %d, %v", e.Name, first, size, err)
				}
				written, err := tagwire.Marshal(&value, e.Options()...)
				switch {
				case !own:
					if got := faultOf(t, err); got != "InvalidData at 0 in OnlyUnknown._unknownFields" {
						t.Errorf("%s, %#x: %s", e.Name, first, got)
					}
				case err != nil || !strings.HasSuffix(string(written), more+map[bool]string{true: "", false: "\x00"}[e.Format == tagwire.Protobuf]):
					t.Errorf("%s, %#x: % x, %v", e.Name, first, written, err)
				}
			}
		}
	}
}

// TestKeptRuns: fields that a known one stands between are kept, and written behind all known ones.
func TestKeptRuns(t *testing.T) {
	// Ids 1, 7 and 8, 1 again, and 8 again, with a header that gives the difference to the field before.
	message := []byte("\x15\x02 \x66\x04\x11 \x05\x02\x06 \x75\x08 \x00")
	message = bytes.ReplaceAll(message, []byte(" "), nil)
	const kept = "\x06\x0e\x04\x11" + "\x05\x10\x08"
	for _, e := range harness.EnginesIn(tagwire.ThriftCompact) {
		value := decodeAs[cases.Keeper](t, e, message)
		if text, want := cases.FieldTexts(value)[cases.UnknownField], fmt.Sprintf("x\"82%x\"", kept); value.Medium != 3 || text != want {
			t.Errorf("%s: kept %s, want %s", e.Name, text, want)
		}
		written, err := tagwire.Marshal(value, e.Options()...)
		if err != nil || !bytes.HasSuffix(written, []byte(kept+"\x00")) {
			t.Errorf("%s: wrote %x, %v", e.Name, written, err)
		}
		if again := decodeAs[cases.Keeper](t, e, written); cases.FieldTexts(again)[cases.UnknownField] != cases.FieldTexts(value)[cases.UnknownField] {
			t.Errorf("%s: read again %s", e.Name, cases.Text(again))
		}
	}
}

// TestCompactFaultsOfEncoding: the offset is that of the first item that does not fit whole.
func TestCompactFaultsOfEncoding(t *testing.T) {
	value := &cases.Scalars{Flag: true, Tiny: 1, Small: 300, Medium: 70_000, Large: 1 << 40, Real: 1, Text: "text", Blob: []byte("b"), Level: 1}
	// The items: header of the bool, header and value of the i8, and so on.
	sizes := []int{1, 1, 1, 1, 2, 1, 3, 1, 6, 1, 8, 1, 1, 4, 1, 1, 1, 1, 1, 1}
	for _, e := range harness.EnginesIn(tagwire.ThriftCompact) {
		encoded := harness.Encode(t, e, value)
		offset, item := 0, 0
		for room := range encoded {
			for offset+sizes[item] <= room {
				offset += sizes[item]
				item++
			}
			var got *tagwire.Error
			_, err := tagwire.Encode(make([]byte, room), value, e.Options()...)
			if !errors.As(err, &got) || got.Code != codec.BufferTooSmall || got.Offset != offset {
				t.Errorf("%s, %d bytes: %v, want offset %d", e.Name, room, err, offset)
			}
			_, err = tagwire.Encode(make([]byte, 100), value, e.Options(tagwire.WithMaxSize(max(room, 1)))...)
			if room > 0 && (!errors.As(err, &got) || got.Code != codec.SizeLimit || got.Offset != offset) {
				t.Errorf("%s, limit of %d bytes: %v, want offset %d", e.Name, room, err, offset)
			}
		}
	}
}

// TestNothingIsWrittenBehind: Encode writes in its buffer alone, and Append between the length and the capacity of its slice.
func TestNothingIsWrittenBehind(t *testing.T) {
	const behind, old = 32, 0x55
	for _, e := range harness.AllEngines() {
		for _, c := range e.Cases() {
			for _, value := range e.Samples(c) {
				size, err := tagwire.Size(value, e.Options()...)
				if err != nil {
					continue // it cannot be encoded
				}
				for more := range 10 {
					room := bytes.Repeat([]byte{old}, size+more+behind)
					if _, err := tagwire.Encode(room[:size+more], value, e.Options()...); err != nil {
						break // nor can this
					}
					if left := bytes.Trim(room[size+more:], string([]byte{old})); len(left) > 0 {
						t.Fatalf("%s, %s: Encode wrote behind %d bytes: %x", e.Name, c.Name, size+more, left)
					}
				}
				for more := max(-1, -size); more < 10; more++ {
					room := bytes.Repeat([]byte{old}, 1+size+more+behind)
					if _, err := tagwire.Append(room[:1:1+size+more], value, e.Options()...); err == nil {
						if left := bytes.Trim(room[1+size+more:], string([]byte{old})); len(left) > 0 || room[0] != old {
							t.Fatalf("%s, %s: Append wrote behind %d bytes: %x", e.Name, c.Name, size+more, left)
						}
					}
				}
			}
		}
	}
}
