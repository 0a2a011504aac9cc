package protobuf_test

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
)

// lengthy returns a text that is short, or long enough to be referred to.
func lengthy(r *rand.Rand) string {
	return strings.Repeat("x", []int{0, 1, 100, 4095, 4096, 5000, 20000}[r.Intn(7)])
}

func randomHand(r *rand.Rand, depth int) *hand {
	v := &hand{Text: lengthy(r), Blob: []byte(lengthy(r)), I32: r.Int31()}
	for range r.Intn(3) {
		v.Texts = append(v.Texts, lengthy(r))
	}
	if depth > 0 {
		if r.Intn(2) == 0 {
			v.Child = randomHand(r, depth-1)
		}
		for range r.Intn(3) {
			v.Children = append(v.Children, *randomHand(r, depth-1))
		}
		if r.Intn(2) == 0 {
			v.ByText = map[string]*hand{"a": randomHand(r, depth-1), lengthy(r): randomHand(r, depth-1)}
		}
	}
	return v
}

// TestDirect: large texts are referred to, and the lengths of the messages around them count them.
func TestDirect(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	for _, engine := range []tagwire.Engine{tagwire.Reflect, tagwire.Native} {
		options := []tagwire.Option{tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(engine), tagwire.WithDeterministic()}
		referred := 0
		for range 300 {
			v := randomHand(r, 3)
			want, err := tagwire.Marshal(v, options...)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range [][]tagwire.Option{options, options[:2]} {
				buffers, err := tagwire.AppendBuffers(nil, v, o...)
				if err != nil {
					t.Fatal(err)
				}
				referred += len(buffers) - 1
				got := bytes.Join(buffers, nil)
				if len(o) == 3 && !bytes.Equal(got, want) {
					t.Fatalf("%v: %d buffers differ", engine, len(buffers))
				}
				back := &hand{}
				if err := tagwire.Unmarshal(got, back, o...); err != nil || len(got) != len(want) {
					t.Fatalf("%v: %d of %d bytes, %v", engine, len(got), len(want), err)
				}
				again, err := tagwire.Marshal(back, options...)
				if err != nil || !bytes.Equal(again, want) {
					t.Fatalf("%v: %v", engine, err)
				}
			}
		}
		t.Logf("%v: %d texts referred to", engine, referred)
	}
	if n := tagwire.Stats().Refusals; n > 0 {
		t.Errorf("%d refusals", n)
	}
}
