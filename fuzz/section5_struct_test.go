package fuzz

import (
	"bytes"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// Case 5: no bit of what one message had leaks into the next call, also in parallel.
func TestCase05RequiredBitsDoNotLeak(t *testing.T) {
	ids := []uint16{1, 9, 64, 65, 257, 65535}
	names := []string{"One", "Nine", "Word", "Next", "Beyond", "Highest"}
	full := messageWithout(ids, -1)
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		codec := codecFor[cases.RequiredIDs](t, e)
		var group sync.WaitGroup
		for worker := range 8 {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := range 200 {
					missing := (worker + i) % len(ids)
					if _, err := codec.Decode(full, new(cases.RequiredIDs)); err != nil {
						t.Errorf("all present: %v", err)
					}
					_, err := codec.Decode(messageWithout(ids, missing), new(cases.RequiredIDs))
					want := fmt.Sprintf("Required at %d in RequiredIDs.%s", 7*(len(ids)-1), names[missing])
					if err == nil || harness.Fault(err.(*tagwire.Error)) != want {
						t.Errorf("got %v, want %s", err, want)
					}
				}
			}()
		}
		group.Wait()
	})
}

// Case 5: more required fields than any set of bits holds without an allocation, in a type made at run time.
func TestCase05ManyRequired(t *testing.T) {
	const count = 600
	var fields []reflect.StructField
	ids := make([]uint16, count)
	for i := range ids {
		ids[i] = uint16(3 * i)
		tag := fmt.Sprintf(`frugal:"%d,required,i32"`, ids[i])
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprint("Field", i), Type: reflect.TypeFor[int32](), Tag: reflect.StructTag(tag),
		})
	}
	made := reflect.StructOf(fields)
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		codec, err := tagwire.CodecOf(made, e.Options()...)
		if err != nil {
			t.Fatal(err)
		}
		for missing := range count {
			_, err := codec.Decode(messageWithout(ids, missing), reflect.New(made).Interface())
			want := fmt.Sprintf("Required at %d in struct.Field%d", 7*(count-1), missing)
			if got := faultOf(t, err); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		full := messageWithout(ids, -1)
		if n, err := codec.Decode(full, reflect.New(made).Interface()); err != nil || n != len(full) {
			t.Errorf("all present: %d of %d, %v", n, len(full), err)
		}
	})
}

// messageWithout returns i32 fields of the ids but the one at index missing.
func messageWithout(ids []uint16, missing int) []byte {
	var message []byte
	for i, id := range ids {
		if i != missing {
			message = append(message, 8, byte(id>>8), byte(id), 0, 0, 0, byte(i))
		}
	}
	return append(message, 0)
}

// Case 6: what was kept because of its wire type is written again before STOP.
func TestCase06KeptFieldsAreWritten(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		kept := "0a 0001 0000000000000007 0e 0003 08 00000001 00000005"
		v := decodeAs[cases.Keeper](t, e, unhex(t, kept+"00"))
		want := unhex(t, "08 0001 00000000 0a 0002 (00)*8 0f 0003 08 00000000 0e 0004 08 00000000 0c 0005 00 0b 0006 00000000"+kept+"00")
		if got := harness.Encode(t, e, v); !bytes.Equal(got, want) {
			t.Errorf("got  %x\nwant %x", got, want)
		}
	})
}

// Case 11: through a struct that knows nothing, and back.
func TestCase11OnlyUnknown(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		for _, s := range cases.Specimens() {
			v := decodeAs[cases.OnlyUnknown](t, e, s.Bytes)
			encoded := harness.Encode(t, e, v)
			if !bytes.Equal(encoded, s.Bytes) {
				t.Errorf("%s\ngot  %x\nwant %x", s.Name, encoded, s.Bytes)
			}
		}
	})
}

// Case 11: an embedded struct with _unknownFields takes no part.
func TestCase11EmbeddedIsNotOurs(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		inner := decodeAs[cases.OnlyUnknown](t, e, unhex(t, "02 0007 01 00"))
		v := &cases.EmbedsUnknown{OnlyUnknown: *inner, Value: 5}
		if got, want := harness.Encode(t, e, v), unhex(t, "08 0001 00000005 00"); !bytes.Equal(got, want) {
			t.Errorf("got  %x\nwant %x", got, want)
		}
	})
}

// Case 11: kept bytes are the struct's own, whatever becomes of the input.
func TestCase11KeptBytesOutliveTheInput(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		if e.ZeroCopy {
			return // there they may alias it
		}
		message := unhex(t, "02 0007 01 00")
		v := decodeAs[cases.OnlyUnknown](t, e, message)
		clear(message)
		same(t, "kept", v, decodeAs[cases.OnlyUnknown](t, e, unhex(t, "02 0007 01 00")))
	})
}

// Case 14: the less usual spellings of tags.
func TestCase14Tags(t *testing.T) {
	spaced := "sp"
	v := &cases.Spellings{
		Short: "s", Bare: 2, Hanging: "h", Spaced: &spaced, Thrift: 6, Both: 7, Plain: -9, Ignored: 99,
		Leaf: cases.Leaf{Value: 77},
	}
	want := unhex(t, "0b 0001 00000001 73 08 0002 00000002 0b 0004 00000001 68 0b 0005 00000002 7370"+
		"0a 0006 0000000000000006 08 0007 00000007 0a 0009 fffffffffffffff7 00")
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		if got := harness.Encode(t, e, v); !bytes.Equal(got, want) {
			t.Errorf("got  %x\nwant %x", got, want)
		}
		got := decodeAs[cases.Spellings](t, e, want)
		if got.Ignored != 0 || got.Leaf.Value != 0 {
			t.Errorf("fields without a tag were set: %+v", got)
		}
		same(t, "decoded", got, v)
	})
}

// Case 15: by-value structs do not leak from call to call.
func TestCase15ByValueDoesNotLeak(t *testing.T) {
	full := &cases.Pairs{
		First: cases.Pair{Left: 1, Text: "x", Numbers: []int32{1}, Inner: cases.SubPair{Value: 1, Text: "y"}},
		List:  []cases.Pair{{Left: 2, Text: "z"}, {Left: 3, Inner: cases.SubPair{Text: "w"}}},
		Named: map[string]cases.Pair{"k": {Left: 4, Numbers: []int32{4}}},
	}
	sparse := unhex(t, "0c 0001 00 0f 0003 0c 00000002 00 00 0d 0005 0b 0c 00000001 00000001 6b 00 00")
	want := &cases.Pairs{List: make([]cases.Pair, 2), Named: map[string]cases.Pair{"k": {}}}
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		encoded := harness.Encode(t, e, full)
		for range 50 {
			decodeAs[cases.Pairs](t, e, encoded)
			same(t, "after a full one", decodeAs[cases.Pairs](t, e, sparse), want)
		}
	})
}

// Case 18: fields are written in ascending order of id, over 32767 too.
func TestCase18Order(t *testing.T) {
	v := &cases.EdgeIDs{Highest: true, Signed: 32767, Base: 255, Zero: "z"}
	want := unhex(t, "0b 0000 00000001 7a 08 00ff 000000ff 0a 7fff 0000000000007fff 02 ffff 01 00")
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		if got := harness.Encode(t, e, v); !bytes.Equal(got, want) {
			t.Errorf("got  %x\nwant %x", got, want)
		}
	})
}
