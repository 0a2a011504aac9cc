package amd64

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/simulator"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// templateFeatures are the sets that lead to different code.
var templateFeatures = append(bulkFeatures[:len(bulkFeatures):len(bulkFeatures)],
	struct {
		name     string
		features Features
	}{"movbe", HasMOVBE})

// lowerTemplate returns the code of an Arrange or Match on the arguments of a function, at distances from them.
func lowerTemplate(t *testing.T, features Features, text string) *Function {
	t.Helper()
	f, err := ir.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := ir.Verify(f); err != nil {
		t.Fatal(err)
	}
	out, err := (&Lowerer{Features: features, Linkage: testLinkage{}, Routines: testRoutines, Check: true}).Lower(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := new(Assembler).Assemble(out, features); err != nil {
		t.Fatal(err)
	}
	return out
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
		if random.IntN(5) == 0 {
			t = t.Forward(from, width)
		} else {
			t = t.Reversed(from, width)
		}
		from += int64(width) + gap
		if !ordered {
			from = int64(random.IntN(300))
		}
	}
	if n := random.IntN(5); n > 0 {
		t = t.Constant([]byte{1, 2, 3, 4}[:n]...)
	}
	return t
}

// TestArrangeInSimulator: what is written is what the template says, and neither a byte beside it is written nor one beside its
// source read, by the code for any processor.
func TestArrangeInSimulator(t *testing.T) {
	const toBase, fromBase, toOffset, fromOffset = 1 << 32, 1 << 33, 24, -40
	widths := map[Width]int{}
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 3))
		layout := randomArrange(random)
		if layout.Len() > ir.MaxTemplateBytes {
			continue
		}
		low, high := layout.Source()
		source := make([]byte, high-low)
		for n := range source {
			source[n] = byte(random.Uint32())
		}
		var want []byte
		for _, b := range layout.Each() {
			if b.Kind == ir.ConstantPiece {
				want = append(want, b.Value)
			} else {
				want = append(want, source[b.From-low])
			}
		}
		text := fmt.Sprintf("func @f(v0:ptr, v1:ptr) {\nb0:\n\tv2:ptr = PtrAdd v0, #%d\n\tv3:ptr = PtrAdd v1, #%d\n\tArrange v2, v3, %q\n\tReturn\n}\n",
			toOffset, fromOffset, layout.String())
		for _, c := range templateFeatures {
			target := make([]byte, len(want))
			s := &simulator.Simulator{Memory: lowertest.Memory{lowertest.ReadWrite(toBase+toOffset, target),
				lowertest.ReadOnly(uint64(fromBase+fromOffset+low), source)}}
			s.General[convention.Arguments[0]], s.General[convention.Arguments[1]] = toBase, fromBase
			code := lowerTemplate(t, c.features, text)
			if _, err := s.Run(code); err != nil {
				t.Fatalf("seed %d, %s: %v in\n%s\n%s", seed, c.name, err, text, code)
			}
			if !bytes.Equal(target, want) {
				t.Fatalf("seed %d, %s: got % x, want % x\n%s\n%s", seed, c.name, target, want, text, code)
			}
			checkUpperHalves(t, &s.State)
			for _, v := range planArrange(layout, c.features) {
				widths[v.width]++
			}
		}
	}
	for w := W8; w <= W512; w++ {
		if widths[w] == 0 {
			t.Errorf("nothing is %v wide", w)
		}
	}
}

// checkUpperHalves checks that no register holds more than 128 bits.
func checkUpperHalves(t *testing.T, s *simulator.State) {
	t.Helper()
	for n := range s.Vector {
		if !bytes.Equal(s.Vector[n][16:], make([]byte, 48)) {
			t.Fatalf("register %d holds more than 128 bits", n)
		}
	}
}

// TestMatchInSimulator: a Match holds for the bytes that its template allows, and not if a bit that counts is another one; and
// it reads those bytes only.
func TestMatchInSimulator(t *testing.T) {
	const base, offset = 1 << 32, 17
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 4))
		var layout ir.Template
		for range 1 + random.IntN([]int{4, 12, 60}[random.IntN(3)]) {
			switch random.IntN(5) {
			case 0:
				layout = layout.Bools(1 + random.IntN(3))
			case 1, 2:
				layout = layout.Any(1 + random.IntN(9)*(1+random.IntN(8)))
			default:
				layout = layout.Constant(byte(random.Uint32()), byte(random.Uint32()), 0)
			}
		}
		each := layout.Each()
		fitting := make([]byte, len(each))
		for n, b := range each {
			switch b.Kind {
			case ir.ConstantPiece:
				fitting[n] = b.Value
			case ir.BoolPiece:
				fitting[n] = byte(random.IntN(2))
			default:
				fitting[n] = byte(random.Uint32())
			}
		}
		text := fmt.Sprintf("func @f(v0:ptr) -> (i32) {\nb0:\n\tv1:ptr = PtrAdd v0, #%d\n\tv2:i32 = Match v1, %q source\n\tReturn v2\n}\n", offset, layout.String())
		for _, c := range templateFeatures {
			code := lowerTemplate(t, c.features, text)
			matches := func(data []byte) bool {
				s := &simulator.Simulator{Memory: lowertest.Memory{lowertest.ReadOnly(base+offset, data)}}
				s.General[convention.Arguments[0]] = base
				if _, err := s.Run(code); err != nil {
					t.Fatalf("seed %d, %s: %v in\n%s\n%s", seed, c.name, err, text, code)
				}
				checkUpperHalves(t, &s.State)
				result := s.General[convention.Results[0]]
				if result > 1 {
					t.Fatalf("seed %d, %s: the result is %#x", seed, c.name, result)
				}
				return result == 1
			}
			if !matches(fitting) {
				t.Fatalf("seed %d, %s: no match in\n%s\n%s", seed, c.name, text, code)
			}
			for range 20 {
				n, bit := random.IntN(len(each)), byte(1)<<random.IntN(8)
				other := bytes.Clone(fitting)
				other[n] ^= bit
				allowed := each[n].Kind == ir.AnyPiece || each[n].Kind == ir.BoolPiece && bit == 1
				if matches(other) != allowed {
					t.Fatalf("seed %d, %s: byte %d is %#x, allowed: %v\n%s\n%s", seed, c.name, n, other[n], allowed, text, code)
				}
			}
		}
	}
}
