package fuzz

import (
	"bytes"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// chain returns that many structs, each in the one before.
func chain(levels int) *cases.Chain {
	top := &cases.Chain{}
	for range levels - 1 {
		top = &cases.Chain{Next: top}
	}
	return top
}

// chainBytes is what chain encodes to.
func chainBytes(levels int) []byte {
	return append(bytes.Repeat([]byte{12, 0, 1}, levels-1), make([]byte, levels)...)
}

// Case 16: 21 levels of pointers while the garbage collector runs without pause.
func TestCase16LevelsUnderGC(t *testing.T) {
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stop.Load() {
			runtime.GC()
		}
	}()
	defer func() { stop.Store(true); <-done }()
	tree := &cases.Tree{Children: []*cases.Tree{}, Named: map[string]*cases.Tree{}}
	for i := range 20 {
		tree = &cases.Tree{
			Value: int32(i), Left: tree, Children: []*cases.Tree{{Value: -1}}, Named: map[string]*cases.Tree{"x": {Value: -2}},
		}
	}
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		encoded := harness.Encode(t, e, tree)
		for until := time.Now().Add(200 * time.Millisecond); time.Now().Before(until); {
			if again := harness.Encode(t, e, decodeAs[cases.Tree](t, e, encoded)); !bytes.Equal(again, encoded) {
				t.Fatalf("got  %x\nwant %x", again, encoded)
			}
		}
	})
}

// Case 16: the default limit in both directions, with the same error.
func TestCase16DefaultLimit(t *testing.T) {
	want := "DepthLimit at 3000 in " + deepPath("Chain", "Next", 1000)
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		c, _ := cases.Find("Chain")
		decoder := harness.NewDecoder(t, e, c, 1<<13)
		if got := decoder.Decode(chainBytes(1000)); got.Err != nil || got.Used != 3997 {
			t.Errorf("1000 levels: %v", got)
		}
		if got := decoder.Decode(chainBytes(1001)); got.String() != want {
			t.Errorf("1001 levels\ngot  %v\nwant %s", got, want)
		}
		if got := harness.Encode(t, e, chain(1000)); !bytes.Equal(got, chainBytes(1000)) {
			t.Errorf("1000 levels encode to %d bytes", len(got))
		}
		_, err := codecFor[cases.Chain](t, e).Append(nil, chain(1001))
		if got := faultOf(t, err); got != want {
			t.Errorf("1001 levels encoded\ngot  %s\nwant %s", got, want)
		}
	})
}

// Case 16: lists and maps count too, and so does a nil pointer to a struct.
func TestCase16WhatCounts(t *testing.T) {
	nested := func() *cases.Nest { return &cases.Nest{Nests: []*cases.Nest{{}}} }
	for _, c := range []struct {
		name        string
		levels      int // that the value needs
		value       any
		oneLessThan string // the error with one level less
	}{
		{"struct in a list", 3, nested(), "DepthLimit at 8 in Nest.Nests[0]"},
		{"nil struct in a list", 3, &cases.Nest{Nests: []*cases.Nest{nil}}, "DepthLimit at 8 in Nest.Nests[0]"},
		{"struct by value in a set", 3, &cases.Nest{Sets: []cases.Nest{{}}}, "DepthLimit at 8 in Nest.Sets[0]"},
		{"struct in a map", 3, &cases.Nest{Named: map[string]*cases.Nest{"k": {}}}, `DepthLimit at 14 in Nest.Named["k"]`},
		{"empty list", 2, &cases.Nest{Nests: []*cases.Nest{}}, "DepthLimit at 3 in Nest.Nests"},
		{"empty set", 2, &cases.Nest{Sets: []cases.Nest{}}, "DepthLimit at 3 in Nest.Sets"},
		{"empty map", 2, &cases.Nest{Named: map[string]*cases.Nest{}}, "DepthLimit at 3 in Nest.Named"},
		{"nil struct", 2, &cases.EchoArgs{}, "DepthLimit at 3 in EchoArgs.Value"},
		{"nil list", 2, &cases.ListI32{}, "DepthLimit at 3 in ListI32.Values"},
		{"list of lists", 3, &cases.Rows32{Values: [][]int32{{}}}, "DepthLimit at 8 in Rows32.Values[0]"},
	} {
		harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
			enough, less := tagwire.WithMaxDepth(c.levels), tagwire.WithMaxDepth(c.levels-1)
			encoded, err := tagwire.Marshal(c.value, e.Options(enough)...)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if _, err := tagwire.Marshal(c.value, e.Options(less)...); faultOf(t, err) != c.oneLessThan {
				t.Errorf("%s encoded: got %s, want %s", c.name, faultOf(t, err), c.oneLessThan)
			}
			if c.name == "nil struct" {
				return // EchoArgs.Value has required fields further in
			}
			target := cases.Of(c.value).New()
			if _, err := tagwire.Decode(encoded, target, e.Options(enough)...); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if _, err := tagwire.Decode(encoded, target, e.Options(less)...); faultOf(t, err) != c.oneLessThan {
				t.Errorf("%s decoded: got %s, want %s", c.name, faultOf(t, err), c.oneLessThan)
			}
		})
	}
}

// Case 16: a skipped value has at most 64 levels, and no more than the limit leaves.
func TestCase16SkippedLevels(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		codec := codecFor[cases.Empty](t, e, tagwire.WithMaxDepth(4))
		if _, err := codec.Decode(unhex(t, "(0c0001)*3 (00)*4"), new(cases.Empty)); err != nil {
			t.Errorf("three levels below the top: %v", err)
		}
		_, err := codec.Decode(unhex(t, "(0c0001)*4 (00)*5"), new(cases.Empty))
		if got := faultOf(t, err); got != "DepthLimit at 12 in Empty.#1" {
			t.Errorf("four levels: %s", got)
		}
		deep := codecFor[cases.Empty](t, e, tagwire.WithMaxDepth(100_000))
		_, err = deep.Decode(unhex(t, "(0c0001)*65 (00)*66"), new(cases.Empty))
		if got := faultOf(t, err); got != "DepthLimit at 195 in Empty.#1" {
			t.Errorf("a higher limit does not make skipping deeper: %s", got)
		}
	})
}

// Case 16: a list of a million levels, and pointers that lead back, end in an error.
func TestCase16EndlessValues(t *testing.T) {
	million := &cases.Nest{}
	for range 1_000_000 {
		million = &cases.Nest{Nests: []*cases.Nest{million}}
	}
	circle := &cases.Chain{}
	circle.Next = &cases.Chain{Next: circle}
	ring := &cases.Nest{}
	ring.Named = map[string]*cases.Nest{"ring": ring}
	eachThriftEncoder(t, func(t *testing.T, e harness.Engine) {
		for name, value := range map[string]any{"a million levels": million, "circle": circle, "ring": ring} {
			for _, depth := range []int{0, 5, 100_000} {
				options := e.Options(tagwire.WithMaxDepth(depth))
				_, errMarshal := tagwire.Marshal(value, options...)
				_, errSize := tagwire.Size(value, options...)
				_, errEncode := tagwire.Encode(make([]byte, 1<<21), value, options...)
				for call, err := range map[string]error{"Marshal": errMarshal, "Size": errSize, "Encode": errEncode} {
					if faultOf(t, err)[:len("DepthLimit")] != "DepthLimit" {
						t.Errorf("%s, depth %d, %s: %s", name, depth, call, faultOf(t, err))
					}
				}
			}
		}
	})
}

// Case 16: the highest limit there is, from both sides. What asks for more gets this.
func TestCase16HighestLimit(t *testing.T) {
	const highest = 100_000
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		codec := codecFor[cases.Chain](t, e, tagwire.WithMaxDepth(1<<30))
		top := new(cases.Chain)
		if n, err := codec.Decode(chainBytes(highest), top); err != nil || n != 4*highest-3 {
			t.Fatalf("%d levels: %d, %v", highest, n, err)
		}
		if got, err := codec.Append(nil, top); err != nil || !bytes.Equal(got, chainBytes(highest)) {
			t.Errorf("%d levels encoded: %d bytes, %v", highest, len(got), err)
		}
		want := "DepthLimit at 300000 in " + deepPath("Chain", "Next", highest)
		_, err := codec.Decode(chainBytes(highest+1), new(cases.Chain))
		if got := faultOf(t, err); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// Reentrant uses the codec in its own default: on another type, and on itself.
type Reentrant struct {
	Encoded []byte     `frugal:"1,optional,binary"`
	Value   int32      `frugal:"2,optional,i32"`
	Inner   *Reentrant `frugal:"3,optional,Reentrant"`
	own     *int
}

var reentrantDepth atomic.Int32

// InitDefault encodes and decodes.
func (r *Reentrant) InitDefault() {
	if reentrantDepth.Add(1) <= 3 {
		encoded, err := tagwire.Marshal(&cases.Point{X: 1})
		if err == nil {
			err = tagwire.Unmarshal(encoded, new(cases.Point))
		}
		if err == nil {
			encoded, err = tagwire.Marshal(&Reentrant{Value: 5})
		}
		if err == nil {
			err = tagwire.Unmarshal(encoded, new(Reentrant))
		}
		if err != nil {
			panic(err)
		}
	}
	reentrantDepth.Add(-1)
	r.Value, r.own = 7, new(int) // which is why it is called for each value
}

// Error makes Reentrant an exception whose text is its encoding.
func (r *Reentrant) Error() string {
	encoded, err := tagwire.Marshal(r)
	if err != nil {
		return err.Error()
	}
	return string(encoded)
}

// Case 28: methods that encode and decode while the codec calls them.
func TestCase28Reentrancy(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		v := decodeAs[Reentrant](t, e, unhex(t, "0c 0003 0c 0003 0b 0001 00000001 61 00 08 0002 00000009 00 00"))
		same(t, "decoded", v, Reentrant{Inner: &Reentrant{Value: 9, Inner: &Reentrant{Value: 7, Encoded: []byte("a")}}})
		want := unhex(t, "08 0002 00000000 0c 0003 08 0002 00000009 0c 0003 0b 0001 00000001 61 00 00 00")
		if got := v.Error(); got != string(want) {
			t.Errorf("Error() is %x, want %x", got, want)
		}
	})
}

// Case 28: a DirectWriter that encodes.
func TestCase28DirectWriter(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		writer := &encodingWriter{}
		value := &cases.Scalars{Text: string(bytes.Repeat([]byte("t"), 1<<16)), Blob: bytes.Repeat([]byte("b"), 1<<16)}
		buffer := make([]byte, 1<<18)
		n, err := tagwire.EncodeDirect(buffer, value, writer, e.Options()...)
		if err != nil || len(writer.inner) == 0 || n+len(writer.direct) != len(harness.Encode(t, e, value)) {
			t.Errorf("wrote %d and %d bytes, %d inside, %v", n, len(writer.direct), len(writer.inner), err)
		}
	})
}

type encodingWriter struct{ inner, direct []byte }

func (w *encodingWriter) WriteDirect(b []byte, remainCap int) (err error) {
	w.direct = append(w.direct, b...)
	w.inner, err = tagwire.Append(w.inner, &cases.Scalars{Text: string(b)})
	return err
}
