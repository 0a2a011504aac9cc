package codec

import (
	"errors"
	"io"
	"reflect"
	"testing"
)

func TestErrorText(t *testing.T) {
	tests := []struct {
		err  Error
		want string
	}{
		{Error{Code: ShortBuffer, Offset: 17, Path: "Order.Items[3].Name", Type: reflect.TypeFor[string]()},
			"tagwire: short buffer at offset 17 in Order.Items[3].Name (string)"},
		{Error{Code: NegativeSize}, "tagwire: negative size at offset 0"},
		{Error{Code: InvalidTag, Offset: NoOffset, Path: "Order.ID", Err: io.EOF}, "tagwire: invalid tag in Order.ID: EOF"},
		{Error{Code: 200, Offset: NoOffset}, "tagwire: unknown error code 200"},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("text %q, want %q", got, test.want)
		}
	}
}

func TestErrorIs(t *testing.T) {
	required := &Error{Code: Required, Err: io.EOF}
	for _, target := range []error{Required, InvalidData, io.EOF, required} {
		if !errors.Is(required, target) {
			t.Errorf("a missing required field is not %v", target)
		}
	}
	for _, target := range []error{ShortBuffer, SizeLimit, io.ErrUnexpectedEOF} {
		if errors.Is(required, target) {
			t.Errorf("a missing required field is %v", target)
		}
	}
	if errors.Is(&Error{Code: InvalidData}, Required) {
		t.Error("invalid data is a missing required field")
	}
}

func TestCodesHaveText(t *testing.T) {
	seen := map[string]Code{}
	for c := ShortBuffer; c <= WriteFailed; c++ {
		text := c.Error()
		if other, ok := seen[text]; ok || text == "" {
			t.Errorf("code %d has the text %q, as has %d", c, text, other)
		}
		seen[text] = c
	}
}
