package codec

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestErrorPath(t *testing.T) {
	tests := []struct {
		name  string
		build func(e *Error)
		want  string
	}{
		{"root alone", func(*Error) {}, "Order"},
		{"field", func(e *Error) { e.AddField("Name") }, "Order.Name"},
		{"element of a list", func(e *Error) { e.AddField("Name").AddIndex(3).AddField("Items") }, "Order.Items[3].Name"},
		{"value of a map", func(e *Error) { e.AddKey(`"eu"`).AddField("Attrs") }, `Order.Attrs["eu"]`},
		{"unknown field", func(e *Error) { e.AddUnknown(65535) }, "Order.#65535"},
		{"unknown field deeper", func(e *Error) { e.AddUnknown(17).AddField("Customer") }, "Order.Customer.#17"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := &Error{Code: InvalidData}
			test.build(e)
			if got := e.SetRoot("Order").Path; got != test.want {
				t.Errorf("path %q, want %q", got, test.want)
			}
		})
	}
}

func TestErrorPathIsBounded(t *testing.T) {
	// The steps are numbered from the root: 0 is the first of the path.
	pathOf := func(count int) string {
		e := new(Error)
		for i := count - 1; i >= 0; i-- {
			e.AddIndex(i)
		}
		return e.SetRoot("T").Path
	}
	wantOf := func(count int) string {
		var b strings.Builder
		b.WriteByte('T')
		for i := range count {
			if count > 64 && i == 32 {
				b.WriteString("...")
			}
			if count <= 64 || i < 32 || i >= count-32 {
				element{form: indexElement, number: i}.write(&b)
			}
		}
		return b.String()
	}
	for _, count := range []int{1, 31, 32, 33, 63, 64, 65, 66, 95, 96, 97, 128, 1000, 100_000} {
		if got, want := pathOf(count), wantOf(count); got != want {
			t.Errorf("%d steps: path %q, want %q", count, got, want)
		}
	}
	if got, want := pathOf(65), "[31]...[33]"; !strings.Contains(got, want) {
		t.Errorf("65 steps: path %q does not contain %q", got, want)
	}
}

func TestFormatKey(t *testing.T) {
	type region int64
	type name string
	type customer struct{}
	tests := []struct {
		key  any
		want string
	}{
		{"eu", `"eu"`},
		{name("eu"), `"eu"`},
		{"", `""`},
		{"a\"b\n\xff", `"a\"b\n\xff"`},
		{strings.Repeat("x", 32), `"` + strings.Repeat("x", 32) + `"`},
		{strings.Repeat("x", 33), `"` + strings.Repeat("x", 32) + `"...`},
		{strings.Repeat("x", 31) + "é", `"` + strings.Repeat("x", 31) + `\xc3"...`},
		{true, "true"},
		{int8(-128), "-128"},
		{int16(-3), "-3"},
		{int32(42), "42"},
		{int(7), "7"},
		{int64(math.MinInt64), "-9223372036854775808"},
		{region(5), "5"},
		{1.5, "1.5"},
		{1e300, "1e+300"},
		{math.Copysign(0, -1), "-0"},
		{math.NaN(), "NaN"},
		{math.Inf(-1), "-Inf"},
		{&customer{}, "*codec.customer"},
	}
	for _, test := range tests {
		if got := FormatKey(reflect.ValueOf(test.key)); got != test.want {
			t.Errorf("FormatKey(%#v) = %s, want %s", test.key, got, test.want)
		}
	}
}
