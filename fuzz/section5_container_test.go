package fuzz

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// The numbered tests follow section 5 of the format's rules. What bytes alone can say is in folder regress,
// file by file under the same numbers; here is the rest.

// Case 2: a count that cannot be is refused before anything is allocated for it.
func TestCase02NoAllocation(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		for name, decode := range map[string]func() error{
			"list": decoding[cases.ListI32](t, e, unhex(t, "0f 0001 08 7fffffff 00")),
			"set":  decoding[cases.SetI32](t, e, unhex(t, "0e 0001 08 7fffffff 00")),
			"map":  decoding[cases.MapI32](t, e, unhex(t, "0d 0001 08 08 7fffffff 00")),
		} {
			if err := decode(); err == nil {
				t.Errorf("%s: accepted", name)
			}
			least := uint64(1 << 62)
			for range 5 { // other goroutines may allocate meanwhile
				least = min(least, harness.Allocated(func() { _ = decode() }))
			}
			if least > 8<<10 {
				t.Errorf("%s: refusing it allocates %d bytes", name, least)
			}
		}
	})
}

func decoding[T any](t *testing.T, e harness.Engine, message []byte) func() error {
	codec, target := codecFor[T](t, e), new(T)
	return func() error {
		_, err := codec.Decode(message, target)
		return err
	}
}

// Case 4: one Go type under two spellings, in both orders.
func TestCase04TwoSpellings(t *testing.T) {
	values := map[int32][]int32{7: {1, 2}}
	list, set := "08 0f 00000001 00000007 08 00000002 00000001 00000002", "08 0e 00000001 00000007 08 00000002 00000001 00000002"
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		listFirst := unhex(t, "0d 0001"+list+"0d 0002"+set+"00")
		setFirst := unhex(t, "0d 0001"+set+"0d 0002"+list+"00")
		if got := harness.Encode(t, e, &cases.ListFirst{Lists: values, Sets: values}); !bytes.Equal(got, listFirst) {
			t.Errorf("list first\ngot  %x\nwant %x", got, listFirst)
		}
		if got := harness.Encode(t, e, &cases.SetFirst{Lists: values, Sets: values}); !bytes.Equal(got, setFirst) {
			t.Errorf("set first\ngot  %x\nwant %x", got, setFirst)
		}
		same(t, "list first", decodeAs[cases.ListFirst](t, e, listFirst), cases.ListFirst{Lists: values, Sets: values})
		same(t, "set first", decodeAs[cases.SetFirst](t, e, setFirst), cases.SetFirst{Lists: values, Sets: values})
		for _, crossed := range []struct{ message, path string }{
			{"0d 0001" + set + "00", "InvalidData at 4 in ListFirst.Lists"},
			{"0d 0002" + list + "00", "InvalidData at 4 in ListFirst.Sets"},
		} {
			_, err := codecFor[cases.ListFirst](t, e).Decode(unhex(t, crossed.message), new(cases.ListFirst))
			if got := faultOf(t, err); got != crossed.path {
				t.Errorf("crossed: got %s, want %s", got, crossed.path)
			}
		}
	})
}

// Case 7: containers that recurse are in the corpus' samples (Web, Folder, File, Tree); here they are large.
func TestCase07LargeRecursion(t *testing.T) {
	web := &cases.Web{}
	for range 4 {
		links := map[string]*cases.Web{}
		rows := []*cases.Web{}
		for _, name := range []string{"a", "b", "c"} {
			links[name] = web
			rows = append(rows, web)
		}
		web = &cases.Web{
			Name: "inner", Links: []map[string]*cases.Web{links}, Rows: [][]*cases.Web{rows, {}},
			Grid:   map[int32]map[int32]*cases.Web{-1: {}},
			Leaves: []map[string]*cases.Leaf{{"leaf": {Value: 5}}},
		}
	}
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		encoded := harness.Encode(t, e, web)
		got := decodeAs[cases.Web](t, e, encoded)
		runtime.GC()
		again := harness.Encode(t, e, got)
		if !bytes.Equal(again, encoded) {
			t.Error("decoding and encoding changes the bytes")
		}
	})
}

// Case 9: nil and empty, by requiredness.
func TestCase09NilAndEmpty(t *testing.T) {
	for _, c := range []struct {
		name, hex string
		value     any
	}{
		{"nil list", "0f 0001 08 00000000 00", &cases.ListI32{}},
		{"empty list", "0f 0001 08 00000000 00", &cases.ListI32{Values: []int32{}}},
		{"nil set", "0e 0001 08 00000000 00", &cases.SetI32{}},
		{"nil map", "0d 0001 08 08 00000000 00", &cases.MapI32{}},
		{"empty map", "0d 0001 08 08 00000000 00", &cases.MapI32{Values: map[int32]int32{}}},
		{"nil inner list", "0f 0001 0f 00000001 08 00000000 00", &cases.Rows32{Values: [][]int32{nil}}},
		{"nil binary", `0b 0001 00000000 0b 0002 00000000 0b 0003 00000000 0b 0004 00000000 00`, &cases.NoCopy{}},
		{"nil optionals", "00", &cases.Optionals{}},
		{"empty optional list", "0f 000b 08 00000000 00", &cases.Optionals{Numbers: []int32{}}},
		{"empty optional set", "0e 000c 0b 00000000 00", &cases.Optionals{Words: []string{}}},
		{"empty optional map", "0d 000d 0b 08 00000000 00", &cases.Optionals{Counts: map[string]int32{}}},
		{"empty optional binary", "0b 0008 00000000 00", &cases.Optionals{Blob: []byte{}}},
		{"nil optional struct in a result", "00", &cases.EchoResult{}},
		{"nil struct", "0c 0001 00 00", &cases.EchoArgs{}},
		{"nil keeper", "08 0001 00000000 0a 0002 (00)*8 0f 0003 08 00000000 0e 0004 08 00000000 0c 0005 00 0b 0006 00000000 00", &cases.Keeper{}},
		{"empty pointer to binary", "0b 0008 00000000 00", &cases.OptionalsTwin{Blob: new([]byte)}},
	} {
		harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
			want := unhex(t, c.hex)
			if got := harness.Encode(t, e, c.value); !bytes.Equal(got, want) {
				t.Errorf("%s\ngot  %x\nwant %x", c.name, got, want)
			}
		})
	}
}

// Case 12: nil struct pointers in containers are one STOP byte each.
func TestCase12NilStructs(t *testing.T) {
	for _, c := range []struct {
		name, hex string
		value     any
	}{
		{"in a list", "0f 0002 0c 00000002 00 00 00", &cases.Hollow{Pointers: []*cases.Empty{nil, nil}}},
		{"in a list of wide structs", "0f 0006 0c 00000001 00 00", &cases.Hollow{BigRefs: []*cases.Scalars{nil}}},
		{"in a map", "0d 0004 0b 0c 00000001 00000001 61 00 00", &cases.Hollow{Named: map[string]*cases.Empty{"a": nil}}},
	} {
		harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
			want := unhex(t, c.hex)
			if got := harness.Encode(t, e, c.value); !bytes.Equal(got, want) {
				t.Errorf("%s\ngot  %x\nwant %x", c.name, got, want)
			}
		})
	}
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		got, err := codecFor[cases.Everything](t, e).Append(nil, nil)
		if err != nil || !bytes.Equal(got, []byte{0}) {
			t.Errorf("nil at the top: %x, %v", got, err)
		}
	})
}

// Case 12: Size equals the bytes written, for every value; Encode compares them.
func TestCase12SizeIsWhatIsWritten(t *testing.T) {
	eachEncoder(t, func(t *testing.T, e harness.Engine) {
		for _, c := range e.Cases() {
			for seed := range 20 {
				value := c.New()
				cases.Fill(value, randomBytes(int64(seed), 300))
				harness.Encode(t, e, value)
			}
		}
	})
}

// Case 17: a second decode leaves alone what the first one made.
func TestCase17NothingIsShared(t *testing.T) {
	first := unhex(t, "0d 0005 0b 0c 00000001 00000001 61 08 0001 00000005 00 0f 0003 0c 00000001 08 0001 00000006 00 00")
	second := unhex(t, "0d 0005 0b 0c 00000001 00000001 62 00 0f 0003 0c 00000001 0f 0004 08 00000001 00000009 00 00")
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		codec := codecFor[cases.Pairs](t, e)
		var target cases.Pairs
		if _, err := codec.Decode(first, &target); err != nil {
			t.Fatal(err)
		}
		kept := target
		before := cases.Text(&kept)
		if _, err := codec.Decode(second, &target); err != nil {
			t.Fatal(err)
		}
		if after := cases.Text(&kept); after != before {
			t.Errorf("the second decode changed what the first one made\ngot  %s\nwant %s", after, before)
		}
		same(t, "second", &target, cases.Pairs{
			Named: map[string]cases.Pair{"b": {}}, List: []cases.Pair{{Numbers: []int32{9}}},
		})
	})
}

// Case 17: a slice with capacity is not written into: others that share its memory keep what they have.
func TestCase17CapacityIsNotReused(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		shared := make([]int32, 2, 8)
		target := cases.ListI32{Values: shared}
		if _, err := codecFor[cases.ListI32](t, e).Decode(unhex(t, "0f 0001 08 00000001 00000009 00"), &target); err != nil {
			t.Fatal(err)
		}
		if shared[0] != 0 || len(target.Values) != 1 || target.Values[0] != 9 {
			t.Errorf("shared memory holds %v, target %v", shared, target.Values)
		}
	})
}

// Case 21: maps whose values are too large to lie inside, and maps with struct keys, large ones under GC.
func TestCase21LargeValues(t *testing.T) {
	value := &cases.Blocks{
		Larges: map[int64]cases.Block{}, Mediums: map[int32]cases.Block{}, Texts: map[string]cases.Block{},
		Keys: map[*cases.Key]cases.Block{}, Pointer: map[int16]*cases.Block{},
	}
	for i := range 300 {
		name := string(rune('a'+i%26)) + string(rune('a'+i/26))
		block := cases.Block{Value: int64(i), Text: "block " + name}
		value.Larges[int64(i)] = block
		value.Mediums[int32(-i)] = block
		value.Texts[name] = block
		value.Keys[&cases.Key{Number: int32(i), Name: &name}] = block
		value.Pointer[int16(i)] = &block
	}
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		encoded := harness.Encode(t, e, value)
		got := decodeAs[cases.Blocks](t, e, encoded)
		runtime.GC()
		same(t, "blocks", got, value)
	})
}
