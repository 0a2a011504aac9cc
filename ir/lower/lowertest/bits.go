package lowertest

import (
	"math/rand/v2"
	"testing"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/interp"
)

// bitBodies are ops on bits, and what is one instruction on some processor, from v0 and v1 to v9.
var bitBodies = []string{
	"v9:i64 = CountLeadingZeros v0",
	"v9:i64 = CountTrailingZeros v0",
	"v9:i64 = Gather7 v0",
	"v9:i64 = Spread7 v0",
	"v2:i64 = Const #-1\n\tv3:i64 = Xor v0, v2\n\tv9:i64 = And v3, v1",
	"v2:i64 = Const #-1\n\tv3:i64 = Add v0, v2\n\tv9:i64 = And v3, v0",
	"v2:i64 = Const #-1\n\tv3:i64 = Add v0, v2\n\tv9:i64 = Xor v0, v3",
}

// CheckBits runs functions on all single bits and on random numbers of every length, and has the interpreter say what comes
// out. compile makes a function of two words that is called natively.
func CheckBits(t *testing.T, compile func(*ir.Func) (call func(a, b uint64) uint64)) {
	t.Helper()
	for _, body := range bitBodies {
		f, err := ir.Parse("func @f(v0:i64, v1:i64) -> (i64) {\nb0:\n\t" + body + "\n\tReturn v9\n}\n")
		if err != nil {
			t.Fatal(err)
		}
		call := compile(f)
		random := rand.New(rand.NewPCG(6, 0))
		for n := range 64 * 20 {
			x := random.Uint64() >> (n % 64)
			switch n / 64 {
			case 0:
				x = 1 << n
			case 1:
				x = 1<<(n%64) - 1
			case 2:
				x <<= random.IntN(64)
			}
			y := random.Uint64()
			want, err := new(interp.Machine).Run(f, x, y)
			if err != nil {
				t.Fatal(err)
			}
			if got := call(x, y); got != want.Results[0] {
				t.Fatalf("%q of %#x and %#x is %#x, want %#x", body, x, y, got, want.Results[0])
			}
		}
	}
}
