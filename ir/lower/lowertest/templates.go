package lowertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/ir"
)

// An ArrangeTrial is a function that arranges bytes at its second argument at its first one.
type ArrangeTrial struct {
	Func   *ir.Func
	Layout ir.Template
	Source []byte // all that may be read
	Want   []byte // all that may be written, and what
	// ToOffset and FromOffset are where Want and Source begin, from the arguments.
	ToOffset, FromOffset int64
}

// ArrangeTrials calls check with templates as they are written and read, and others.
func ArrangeTrials(t *testing.T, check func(*ArrangeTrial)) {
	t.Helper()
	for seed := range uint64(effort.Of(1000, 200)) {
		random := rand.New(rand.NewPCG(seed, 3))
		layout := randomArrange(random)
		if layout.Len() > ir.MaxTemplateBytes {
			continue
		}
		low, high := layout.Source()
		trial := &ArrangeTrial{Layout: layout, Source: randomBytes(random, int(high-low)), ToOffset: 24}
		fromOffset := int64(-40)
		if seed%10 == 0 {
			trial.ToOffset, fromOffset = 70_001, -70_003
		}
		trial.FromOffset = fromOffset + low
		for _, b := range layout.Each() {
			if b.Kind == ir.ConstantPiece {
				trial.Want = append(trial.Want, b.Value)
			} else {
				trial.Want = append(trial.Want, trial.Source[b.From-low])
			}
		}
		trial.Func = parseFunc(t, fmt.Sprintf("func @f(v0:ptr, v1:ptr) {\nb0:\n\tv2:ptr = PtrAdd v0, #%d\n\tv3:ptr = PtrAdd v1, #%d\n\tArrange v2, v3, %q\n\tReturn\n}\n",
			trial.ToOffset, fromOffset, layout.String()))
		check(trial)
	}
}

// randomArrange makes fields as they are written, values as they are read, or any pieces.
func randomArrange(random *rand.Rand) (t ir.Template) {
	widths := []int{1, 2, 4, 8}
	alike, width := random.IntN(2) == 0, widths[random.IntN(4)]
	header, gap, ordered := random.IntN(4), int64(random.IntN(2)*3), random.IntN(4) > 0
	from := int64(random.IntN(20))
	for n := range 1 + random.IntN([]int{5, 20, 60}[random.IntN(3)]) {
		if !alike {
			width = widths[random.IntN(4)]
		}
		if random.IntN(50) == 0 {
			width = 1 + random.IntN(80)
		}
		if header > 0 {
			t = t.Constant([]byte{byte(random.Uint32()), 0, byte(n)}[:header]...)
		}
		if random.IntN(40) == 0 {
			t = t.Constant(randomBytes(random, 1+random.IntN(70))...)
		}
		if random.IntN(5) == 0 {
			t = t.Forward(from, width)
		} else {
			t = t.Reversed(from, width)
		}
		from += int64(width) + gap
		if !ordered {
			from = int64(random.IntN([]int{300, 3000}[random.IntN(2)]))
		}
	}
	if n := random.IntN(5); n > 0 {
		t = t.Constant([]byte{1, 2, 3, 4}[:n]...)
	}
	return t
}

func randomBytes(random *rand.Rand, size int) []byte {
	b := make([]byte, size)
	for n := range b {
		b[n] = byte(random.Uint32())
	}
	return b
}

func parseFunc(t *testing.T, text string) *ir.Func {
	t.Helper()
	f, err := ir.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := ir.Verify(f); err != nil {
		t.Fatal(err)
	}
	return f
}

// A MatchTrial is a function that compares bytes at a distance from its argument.
type MatchTrial struct {
	Func   *ir.Func
	Offset int64
	Cases  []MatchCase
}

// A MatchCase is all that a Match may read, and whether it has to match.
type MatchCase struct {
	Bytes []byte
	Match bool
}

// MatchTrials calls check with templates, bytes that they allow, and such with one bit changed.
func MatchTrials(t *testing.T, check func(*MatchTrial)) {
	t.Helper()
	for seed := range uint64(effort.Of(400, 80)) {
		random := rand.New(rand.NewPCG(seed, 4))
		layout := randomMatch(random)
		each := layout.Each()
		fitting := randomBytes(random, len(each))
		for n, b := range each {
			switch b.Kind {
			case ir.ConstantPiece:
				fitting[n] = b.Value
			case ir.BoolPiece:
				fitting[n] &= 1
			}
		}
		trial := &MatchTrial{Offset: 17, Cases: []MatchCase{{fitting, true}}}
		if seed%10 == 0 {
			trial.Offset = -70_001
		}
		for range 20 {
			n, bit := random.IntN(len(each)), byte(1)<<random.IntN(8)
			other := bytes.Clone(fitting)
			other[n] ^= bit
			allowed := each[n].Kind == ir.AnyPiece || each[n].Kind == ir.BoolPiece && bit == 1
			trial.Cases = append(trial.Cases, MatchCase{other, allowed})
		}
		trial.Func = parseFunc(t, fmt.Sprintf("func @f(v0:ptr) -> (i32) {\nb0:\n\tv1:ptr = PtrAdd v0, #%d\n\tv2:i32 = Match v1, %q source\n\tReturn v2\n}\n",
			trial.Offset, layout.String()))
		check(trial)
	}
}

func randomMatch(random *rand.Rand) (t ir.Template) {
	for range 1 + random.IntN([]int{4, 12, 60}[random.IntN(3)]) {
		switch random.IntN(5) {
		case 0:
			t = t.Bools(1 + random.IntN(3))
		case 1, 2:
			t = t.Any(1 + random.IntN(9)*(1+random.IntN(8)))
		default:
			t = t.Constant(byte(random.Uint32()), byte(random.Uint32()), 0)
		}
	}
	return t
}
