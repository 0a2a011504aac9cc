package fuzz

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// randomBytes returns n bytes that depend on the seed alone.
func randomBytes(seed int64, n int) []byte {
	b := make([]byte, n)
	source := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	source.Read(b)
	return b
}

// Case 8: an enum beyond 32 bits has no wire form.
func TestCase08EnumBeyond32Bits(t *testing.T) {
	wide := cases.Level(1 << 31)
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		for _, c := range []struct {
			value any
			want  string
		}{
			{&cases.Enums{Plain: wide}, "InvalidData at 3 in Enums.Plain"},
			{&cases.Enums{Plain: -wide - 1}, "InvalidData at 3 in Enums.Plain"},
			{&cases.Enums{Maybe: &wide}, "InvalidData at 3 in Enums.Maybe"},
			{&cases.Enums{List: []cases.Level{1, wide}}, "InvalidData at 28 in Enums.List[1]"},
			{&cases.Enums{Set: []cases.Level{wide}}, "InvalidData at 32 in Enums.Set[0]"},
			{&cases.Enums{ByKey: map[cases.Level]string{wide: ""}}, "InvalidData at 16 in Enums.ByKey[2147483648]"},
		} {
			if _, err := tagwire.Marshal(c.value, e.Options()...); faultOf(t, err) != c.want {
				t.Errorf("got %s, want %s", faultOf(t, err), c.want)
			}
		}
		if _, err := tagwire.Marshal(&cases.Enums{Wide: wide << 20}, e.Options()...); err != nil {
			t.Errorf("the same type as i64: %v", err)
		}
	})
}

// Case 10: a nocopy field aliases the input, its neighbour does not, and neither reaches past its end.
func TestCase10NoCopy(t *testing.T) {
	text := "0b 0001 00000002 6161 0b 0002 00000002 6262 0b 0003 00000002 6363 0b 0004 00000002 6464 0b 0005 00000002 6565 00"
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		message := unhex(t, text)
		v := decodeAs[cases.NoCopy](t, e, message)
		if string(append(v.Blob, '!')) != "cc!" || !bytes.Equal(message, unhex(t, text)) {
			t.Errorf("appending to the field writes into the input: %x", message)
		}
		for i := range message {
			message[i] = 'x'
		}
		if v.Text != "xx" || string(v.Blob) != "xx" || *v.Maybe != "xx" {
			t.Errorf("nocopy fields do not follow the input: %q %q %q", v.Text, v.Blob, *v.Maybe)
		}
		beside := "bb dd"
		if e.ZeroCopy {
			beside = "xx xx"
		}
		if got := v.TextBeside + " " + string(v.BlobBeside); got != beside {
			t.Errorf("their neighbours are %q, want %q", got, beside)
		}
	})
}

// Case 10: an empty nocopy value refers to no byte of the input, nor to the one behind it.
func TestCase10EmptyNoCopy(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		message := unhex(t, "0b 0003 00000000 0b 0005 00000000 0b 0001 00000000 00")
		v := decodeAs[cases.NoCopy](t, e, message)
		if v.Blob == nil || cap(v.Blob) != 0 {
			t.Errorf("empty binary: nil %v, capacity %d", v.Blob == nil, cap(v.Blob))
		}
		// The addresses are only compared; message stays alive to the end of the test.
		first := uintptr(unsafe.Pointer(unsafe.SliceData(message)))
		for name, data := range map[string]*byte{
			"string": unsafe.StringData(v.Text), "pointer to string": unsafe.StringData(*v.Maybe),
			"binary": unsafe.SliceData(v.Blob),
		} {
			if at := uintptr(unsafe.Pointer(data)); at >= first && at <= first+uintptr(len(message)) {
				t.Errorf("an empty %s lies at byte %d of the input", name, at-first)
			}
		}
		runtime.KeepAlive(message)
	})
}

// Decoded slices share allocations, but what is appended to one never lands in its neighbour.
func TestCase10AppendingLeavesNeighboursAlone(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		for _, c := range cases.All() {
			for _, value := range c.Samples() {
				message := harness.Encode(t, e, value)
				input, target := bytes.Clone(message), c.New()
				if _, err := tagwire.Decode(input, target, e.Options()...); err != nil {
					t.Fatal(err)
				}
				before := cases.Text(target)
				appendToSlices(reflect.ValueOf(target))
				if after := cases.Text(target); after != before || !bytes.Equal(input, message) {
					t.Errorf("%s: appending changed\n%s\n%s", c.Name, before, after)
				}
			}
		}
	})
}

// appendToSlices appends to every slice in a value, into spare capacity if there is any, and drops the result.
func appendToSlices(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			appendToSlices(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			appendToSlices(v.Field(i))
		}
	case reflect.Map:
		for iterator := v.MapRange(); iterator.Next(); {
			appendToSlices(iterator.Key())
			appendToSlices(iterator.Value())
		}
	case reflect.Slice:
		if v.CanInterface() {
			more := reflect.New(v.Type().Elem()).Elem()
			if more.CanInt() {
				more.SetInt(-1)
			} else if more.CanUint() {
				more.SetUint(0xff)
			}
			for range 9 {
				v = reflect.Append(v, more)
			}
			v = v.Slice(0, v.Len()-9)
		}
		for i := range v.Len() {
			appendToSlices(v.Index(i))
		}
	}
}

// Case 20: defaults are compared by their bits.
func TestCase20FloatDefaults(t *testing.T) {
	initial := func(change func(*cases.FloatDefaults)) *cases.FloatDefaults {
		v := &cases.FloatDefaults{}
		v.InitDefault()
		change(v)
		return v
	}
	for _, c := range []struct {
		name, hex string
		value     *cases.FloatDefaults
	}{
		{"all default", "00", initial(func(*cases.FloatDefaults) {})},
		{"0 for -0", "04 0001 0000000000000000 00", initial(func(v *cases.FloatDefaults) { v.NegativeZero = 0 })},
		{"another NaN", "04 0002 7ff8000000000001 00", initial(func(v *cases.FloatDefaults) {
			v.NaN = math.Float64frombits(0x7ff8_0000_0000_0001)
		})},
		{"-Inf for +Inf", "04 0003 fff0000000000000 00", initial(func(v *cases.FloatDefaults) { v.Infinity = math.Inf(-1) })},
		{"-0 for 0", "04 0004 8000000000000000 00", initial(func(v *cases.FloatDefaults) { v.Zero = math.Copysign(0, -1) })},
		{"true for false", "02 0005 01 00", initial(func(v *cases.FloatDefaults) { v.Flag = true })},
	} {
		harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
			if got, want := harness.Encode(t, e, c.value), unhex(t, c.hex); !bytes.Equal(got, want) {
				t.Errorf("%s\ngot  %x\nwant %x", c.name, got, want)
			}
		})
	}
}

// Case 20: optional fields by value of a type without defaults are always written.
func TestCase20NoDefaultsNothingLeftOut(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		got := harness.Encode(t, e, &cases.Pair{})
		want := unhex(t, "08 0001 00000000 0b 0003 00000000 0c 0005 08 0001 00000000 0b 0002 00000000 00 00")
		if !bytes.Equal(got, want) {
			t.Errorf("got  %x\nwant %x", got, want)
		}
	})
}
