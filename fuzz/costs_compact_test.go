package fuzz_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// Hue is an enum.
type Hue int64

type numbered struct {
	Shorts []int16 `frugal:"1,default,list<i16>"`
	Ints   []int32 `frugal:"2,default,list<i32>"`
	Longs  []int64 `frugal:"3,default,list<i64>"`
	Hues   []Hue   `frugal:"4,default,list<Hue>"`
}

// TestRefusedVarintsCostInProportion: a list of varints whose count is a lie, or with one that does not fit, is not given memory
// beyond those that came before, whichever of them it is.
func TestRefusedVarintsCostInProportion(t *testing.T) {
	tooLong := []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}
	for _, n := range []int{700, 300_000} {
		for id, element := range map[byte]byte{1: 4, 2: 5, 3: 6, 4: 5} {
			for _, quarter := range []int{0, 1, 3, 4} {
				message := binary.AppendUvarint([]byte{id<<4 | 9, 0xf0 | element}, uint64(n))
				for i := range n {
					if i == n*quarter/4 {
						message = append(message, tooLong...)
					} else {
						message = append(message, byte(i&0x7f)|0x80, 0x80, byte(i>>3&1))
					}
				}
				message = append(message, 0)
				if quarter == 4 { // none is bad, but the last lacks
					message = message[:len(message)-2]
				}
				harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
					if e.ZeroCopy {
						return // which is about texts
					}
					least, bound := uint64(math.MaxUint64), uint64(0)
					options := append(e.Options(), tagwire.WithFormat(tagwire.ThriftCompact))
					for range 3 { // the first compiles, and the counters are the whole process's
						var target numbered
						total := harness.Allocated(func() {
							_, err := tagwire.Decode(message, &target, options...)
							require.Error(t, err)
						})
						byHand := harness.ByHand(&target)
						least, bound = min(least, total), 4*byHand+byHand/32+64<<10
					}
					require.LessOrEqual(t, least, bound, "%d elements of field %d, bad in quarter %d", n, id, quarter)
				})
			}
		}
	}
}
