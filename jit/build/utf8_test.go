package build

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/tagwire/tagwire/ir/interp"
	"github.com/tagwire/tagwire/jit/abi"
)

// TestUTF8Checker: the function refuses just the texts that the standard library refuses, of characters of all lengths, cut
// ones, and bytes that are changed, at all distances from the end and from that of a stride.
func TestUTF8Checker(t *testing.T) {
	const base = 1 << 20
	f := buildUTF8("utf8")
	random := rand.New(rand.NewPCG(1, 0))
	refused := 0
	check := func(text []byte) {
		t.Helper()
		yields := 0
		m := &interp.Machine{Frame: make([]uint64, abi.FrameFuel/8+1), Exit: func(int64, []uint64, int) ([]uint64, error) {
			yields++
			return nil, nil
		}}
		m.Memory.Map("text", base, text, false)
		got, err := m.Run(f, base, uint64(len(text)))
		if err != nil || got.Failed == utf8.Valid(text) {
			t.Fatalf("% x: failed: %v, %v", text, got.Failed, err)
		}
		if want := (len(text) + strideBytes - 1) / strideBytes; !got.Failed && yields != want && yields != want-1 {
			t.Fatalf("%d bytes are charged for %d times", len(text), yields)
		}
		if got.Failed {
			refused++
		}
	}
	limits := []rune{0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff}
	text := func(length, dense int) (b []byte) {
		for len(b) < length {
			switch {
			case random.IntN(dense) > 0:
				b = append(b, byte(random.IntN(0x80)))
			case random.IntN(4) == 0:
				b = utf8.AppendRune(b, limits[random.IntN(len(limits))])
			default:
				b = utf8.AppendRune(b, rune(random.IntN(0x3000)))
			}
		}
		return b
	}
	const trials = 4_000
	for n := range trials {
		b := text(random.IntN(60), 1+n%12)
		check(b)
		if len(b) > 0 {
			check(b[:random.IntN(len(b))])
			b[random.IntN(len(b))] = byte(random.Uint32())
			check(b)
		}
	}
	if refused < trials/10 {
		t.Errorf("%d texts were refused", refused)
	}
	for length := strideBytes - 10; length < strideBytes+10; length++ {
		for _, dense := range []int{1, 2, 10, 1 << 30} {
			check(text(length, dense))
			b := append(text(length, 1<<30), "äöü€"...)
			check(append(b, text(20, dense)...))
			check(append(b, 0x80))
		}
	}
}
