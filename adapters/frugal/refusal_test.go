package frugal_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/cloudwego/frugal"
	"github.com/cloudwego/frugal/debug"
	"github.com/tagwire/tagwire"
)

type badTag struct {
	A int32 `frugal:"one"`
}

type badType struct {
	A uint32 `frugal:"1"`
}

type node struct {
	Next *node `frugal:"1,optional,node"`
}

// cycle has no encoding.
func cycle() *node {
	n := &node{}
	n.Next = n
	return n
}

func TestWhatHasNoEncoding(t *testing.T) {
	pointer := small()
	var none *message
	onEachEngine(t, func(t *testing.T) {
		for name, value := range map[string]any{
			"nil":                   nil,
			"a number":              7,
			"a pointer to a number": new(int),
			"a string":              "text",
			"a slice":               []*message{pointer},
			"a map":                 map[string]string{},
			"a pointer to pointer":  &pointer,
			"a pointer to nil":      &none,
			"a wrong tag":           &badTag{},
			"a wrong type":          badType{},
			"a cycle":               cycle(),
		} {
			if n := frugal.EncodedSize(value); n != 0 {
				t.Errorf("%s: size %d", name, n)
			}
			for _, buf := range [][]byte{nil, {}, make([]byte, 64), make([]byte, 1<<16)} {
				n, err := frugal.EncodeObject(buf, &splicer{}, value)
				if err == nil || n != 0 {
					t.Errorf("%s: %d bytes, %v", name, n, err)
				}
				if errors.Is(err, tagwire.ErrBufferTooSmall) {
					t.Errorf("%s: the buffer is said to be wrong: %v", name, err)
				}
			}
		}
	})
}

func TestWhatCannotBeDecodedInto(t *testing.T) {
	pointer := small()
	data := encode(t, pointer)
	onEachEngine(t, func(t *testing.T) {
		for name, target := range map[string]any{
			"nil":                  nil,
			"a nil pointer":        (*message)(nil),
			"a struct":             message{},
			"a number":             new(int),
			"a map":                map[string]string{},
			"a pointer to pointer": &pointer,
			"a wrong tag":          &badTag{},
			"a wrong type":         &badType{},
		} {
			if n, err := frugal.DecodeObject(data, target); err == nil || n != 0 {
				t.Errorf("%s: %d bytes, %v", name, n, err)
			}
		}
	})
}

func TestDecodeReportsWhere(t *testing.T) {
	data := []byte{15, 0, 3, 12, 0x7f, 0xff, 0xff, 0xff, 0}
	_, err := frugal.DecodeObject(data, new(message))
	var failure *tagwire.Error
	if !errors.As(err, &failure) || failure.Path != "message.Items" || !errors.Is(err, tagwire.ErrSizeLimit) {
		t.Error(err)
	}
}

func TestPretouch(t *testing.T) {
	for _, reflectOnly := range []bool{false, true} {
		frugal.NoJIT(reflectOnly)
		defer frugal.NoJIT(false)
		for _, good := range []any{message{}, &message{}, reflect.TypeFor[message](), reflect.TypeFor[*message](), (*message)(nil)} {
			err := frugal.Pretouch(good, frugal.WithMaxInlineDepth(0), frugal.WithMaxInlineILSize(-1), frugal.WithMaxPretouchDepth(1<<30))
			if err != nil {
				t.Errorf("%T: %v", good, err)
			}
		}
		for _, bad := range []any{nil, 7, "text", badTag{}, reflect.TypeFor[badType](), reflect.TypeFor[error](), reflect.Type(nil)} {
			if err := frugal.Pretouch(bad); err == nil {
				t.Errorf("%T has no error", bad)
			}
		}
		if err := frugal.Pretouch(message{}, nil); err != nil {
			t.Error(err)
		}
	}
}

func TestSettersReturnWhatWasSet(t *testing.T) {
	for _, set := range []func(int) int{frugal.SetMaxInlineDepth, frugal.SetMaxInlineILSize} {
		before := set(-7)
		if got := set(before); got != -7 {
			t.Errorf("-7 became %d", got)
		}
	}
}

func TestStats(t *testing.T) {
	frugal.NoJIT(true)
	before := debug.GetStats()
	encode(t, small())
	frugal.NoJIT(false)
	after := debug.GetStats()
	if after.Encoder.Miss < before.Encoder.Miss+2 || after.Encoder.Size == 0 {
		t.Errorf("two calls of reflection: %+v, then %+v", before, after)
	}
	if err := frugal.Pretouch(message{}); err != nil {
		t.Fatal(err)
	}
	native := tagwire.EngineOf(reflect.TypeFor[message]()).Engine == tagwire.Native
	now := debug.GetStats()
	if (now.Memory.Alloc > 0) != native || (now.Memory.Count > 0) != native {
		t.Errorf("native code: %v, %+v", native, now.Memory)
	}
}

type choice struct {
	A *int32 `frugal:"1,optional,i32"`
	B *int32 `frugal:"2,optional,i32"`
}

func (c *choice) CountSetFieldschoice() int { return 0 }

// TestNilStructs: nil is a struct without fields, also where these are required, as callers expect that make a method of EncodeObject.
func TestNilStructs(t *testing.T) {
	onEachEngine(t, func(t *testing.T) {
		for name, value := range map[string]any{"required": (*message)(nil), "none": (*node)(nil), "union": (*choice)(nil)} {
			if n := frugal.EncodedSize(value); n != 1 {
				t.Errorf("%s: size %d", name, n)
			}
			for _, size := range []int{1, 64, 1 << 16} {
				buf := make([]byte, size)
				buf[0] = 0xaa
				if n, err := frugal.EncodeObject(buf, &splicer{}, value); n != 1 || err != nil || buf[0] != 0 {
					t.Errorf("%s: %d bytes, %x, %v", name, n, buf[0], err)
				}
			}
			if n, err := frugal.EncodeObject(nil, nil, value); n != 0 || err == nil {
				t.Errorf("%s, without a buffer: %d, %v", name, n, err)
			}
		}
	})
}
