package harness

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/guard"
	"github.com/tagwire/tagwire/fuzz/record"
)

// Encode encodes a value of a case in every way, fails the test where they differ, and returns the bytes,
// map keys sorted. Ways that leave map keys unsorted are compared by length and by what they decode to.
func Encode(t testing.TB, e Engine, value any) []byte {
	t.Helper()
	c := cases.Of(value)
	n := &encoder{t: t, engine: e, c: c, value: value, codec: codecOf(t, e, c, true)}
	sorted, err := n.codec.untyped().Append(nil, value)
	if err != nil {
		t.Fatalf("%s, %s: Append: %v", e.Name, c.Name, err)
	}
	n.want, n.pages = sorted, guard.New(t, len(sorted))
	n.sized()
	n.appended()
	n.exact()
	n.tooSmall()
	n.beyondLength()
	n.onStack()
	n.unsorted()
	if e.kind == tagwire.Native && record.Wanted() {
		record.Output(t, e.Name+" encode "+c.Name, []byte(cases.Text(value)), sorted)
	}
	return sorted
}

type encoder struct {
	t      testing.TB
	engine Engine
	c      cases.Case
	codec  typedCodec
	pages  *guard.Pages // for the encoding
	value  any
	want   []byte
}

func (n *encoder) sized() {
	n.t.Helper()
	untyped := n.codec.untyped()
	for way, size := range map[string]func() (int, error){
		"Codec.Size":     func() (int, error) { return n.codec.size(n.value) },
		"TypeCodec.Size": func() (int, error) { return untyped.Size(n.value) },
		"Size":           func() (int, error) { return tagwire.Size(n.value, n.engine.Options()...) },
	} {
		got, err := size()
		if err != nil || got != len(n.want) {
			n.fail(way, got, err)
		}
	}
}

// appended checks that Append leaves what dst held, and fills its spare capacity or moves on.
func (n *encoder) appended() {
	n.t.Helper()
	for _, spare := range []int{0, len(n.want), len(n.want) + 9} {
		dst := append(make([]byte, 0, 5+spare), "start"...)
		got, err := n.codec.append(dst, n.value)
		if err != nil || !bytes.HasPrefix(got, []byte("start")) || !bytes.Equal(got[5:], n.want) {
			n.fail("Append to used bytes", got, err)
		}
	}
	options := n.engine.Options(tagwire.WithDeterministic())
	if got, err := tagwire.Marshal(n.value, options...); err != nil || !bytes.Equal(got, n.want) {
		n.fail("Marshal", got, err)
	}
	if got, err := tagwire.Append(nil, n.value, options...); err != nil || !bytes.Equal(got, n.want) {
		n.fail("Append", got, err)
	}
}

// exact encodes into buffers of the exact size at either side of a guard page.
func (n *encoder) exact() {
	n.t.Helper()
	for way, buffer := range map[string]func([]byte) []byte{
		"Encode up to a guard page": n.pages.AtEnd, "Encode behind a guard page": n.pages.AtStart,
	} {
		room := buffer(make([]byte, len(n.want)))
		used, err := n.codec.encode(room, n.value)
		if err != nil || used != len(n.want) || !bytes.Equal(room, n.want) {
			n.fail(way, room, err)
		}
	}
}

// tooSmall encodes into buffers that lack a byte, half of the bytes, all of them.
func (n *encoder) tooSmall() {
	n.t.Helper()
	for _, size := range []int{len(n.want) - 1, len(n.want) / 2, 0} {
		if size < 0 || size == len(n.want) { // only Protobuf has messages of no bytes
			continue
		}
		room := n.pages.AtEnd(make([]byte, size))
		if _, err := n.codec.encode(room, n.value); !errors.Is(err, codec.BufferTooSmall) {
			n.fail("Encode into too small a buffer", size, err)
		}
		if _, err := tagwire.Encode(room, n.value, n.engine.Options()...); !errors.Is(err, codec.BufferTooSmall) {
			n.fail("Encode into too small a buffer", size, err)
		}
	}
}

// beyondLength checks that bytes between len and cap stay as they are.
func (n *encoder) beyondLength() {
	n.t.Helper()
	canary := bytes.Repeat([]byte{0xa5}, len(n.want)+64)
	for _, size := range []int{0, len(n.want) / 2, max(len(n.want)-1, 0), len(n.want)} {
		room := bytes.Clone(canary)
		_, err := n.codec.untyped().Encode(room[:size], n.value)
		if (err == nil) != (size == len(n.want)) {
			n.fail("Encode with spare capacity", size, err)
		}
		if !bytes.Equal(room[size:], canary[size:]) {
			n.fail("Encode wrote past the length", room, err)
		}
	}
}

func (n *encoder) onStack() {
	n.t.Helper()
	if len(n.want) > stackSize {
		return
	}
	onFreshStack(func() {
		got, err := n.codec.encodeOnStack(n.value, len(n.want))
		if err != nil || !bytes.Equal(got, n.want) {
			n.t.Errorf("%s, %s: Encode on the stack: %x, %v; want %x", n.engine.Name, n.c.Name, got, err, n.want)
		}
	})
}

// unsorted encodes with the maps in Go's order: the size is the same and so is the value.
func (n *encoder) unsorted() {
	n.t.Helper()
	codec := codecOf(n.t, n.engine, n.c, false)
	got, err := codec.append(nil, n.value)
	if err != nil || len(got) != len(n.want) {
		n.fail("Append without sorting", got, err)
	}
	first, second := n.c.New(), n.c.New()
	usedFirst, errFirst := codec.decode(got, first)
	usedSecond, errSecond := codec.decode(n.want, second)
	if errFirst != nil || errSecond != nil || usedFirst != len(got) || usedSecond != len(got) {
		n.t.Fatalf("%s, %s: decoding what was encoded: %d, %v and %d, %v of %d bytes",
			n.engine.Name, n.c.Name, usedFirst, errFirst, usedSecond, errSecond, len(got))
	}
	if !cases.Equal(first, second) {
		n.t.Fatalf("%s, %s: with and without sorted keys\n%s\n%s", n.engine.Name, n.c.Name, cases.Text(first), cases.Text(second))
	}
}

func (n *encoder) fail(way string, got any, err error) {
	n.t.Helper()
	if b, ok := got.([]byte); ok {
		got = preview(b)
	}
	n.t.Fatalf("%s, %s, %s: got %v, error %v\nwant %s", n.engine.Name, n.c.Name, way, got, err, preview(n.want))
}
