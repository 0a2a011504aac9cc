package tagwire_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

type blob struct {
	Bytes []byte    `frugal:"1"`
	Union *anyUnion `frugal:"2,optional"`
}

// anyUnion has no encoding while it is empty.
type anyUnion struct {
	One *int32 `frugal:"1,optional"`
}

func (*anyUnion) CountSetFieldsanyUnion() int { return 0 }

// TestAppendsOfAllLengths: what Append tries first depends on the encodings before, and what it returns does not.
func TestAppendsOfAllLengths(t *testing.T) {
	harness.EachThrift(t, func(t *testing.T, e harness.Engine) {
		codec, err := tagwire.For[blob](e.Options()...)
		require.NoError(t, err)
		limited, err := tagwire.For[blob](e.Options(tagwire.WithMaxSize(300))...)
		require.NoError(t, err)
		lengths := []int{0, 1, 3, 100, 200, 255, 256, 257, 500, 513, 5_000, 20_000, 33_000, 100_000, 10, 40_000, 0, 15_000, 31_000}
		for _, n := range lengths {
			value := &blob{Bytes: bytes.Repeat([]byte{byte(n)}, n)}
			want := make([]byte, n+100)
			size, err := codec.Encode(want, value)
			require.NoError(t, err)
			want = want[:size]
			for _, room := range []int{0, 1, size - 1, size, size + 1, 2 * size, 3*size + 1000, 200_000} {
				for _, before := range []int{0, 5} {
					dst := make([]byte, before, before+room)
					for i := range dst {
						dst[i] = 'x'
					}
					got, err := codec.Append(dst, value)
					require.NoError(t, err)
					require.Equal(t, "xxxxx"[:before]+string(want), string(got), "%d bytes, room for %d", size, room)
					inPlace := cap(dst) > 0 && unsafe.SliceData(got) == unsafe.SliceData(dst)
					require.Equal(t, size <= room, inPlace, "%d bytes, room for %d", size, room)
					if got, err = limited.Append(dst, value); size > 300 {
						require.ErrorIs(t, err, tagwire.ErrSizeLimit)
						require.Equal(t, "xxxxx"[:before], string(got))
					} else {
						require.NoError(t, err)
						require.Equal(t, "xxxxx"[:before]+string(want), string(got))
					}
				}
			}
			value.Union = new(anyUnion)
			for _, room := range []int{0, 10, 1_000_000} {
				got, err := codec.Append(make([]byte, 2, 2+room), value)
				require.Error(t, err)
				require.Equal(t, []byte{0, 0}, got)
			}
		}
	})
}

// TestAppendsAtOnce: scratch memory is one call's at a time, and results share none.
func TestAppendsAtOnce(t *testing.T) {
	var done sync.WaitGroup
	for g := range 8 {
		done.Add(1)
		go func() {
			defer done.Done()
			var results [][]byte
			for i := range 200 {
				data, err := tagwire.Marshal(&blob{Bytes: []byte(fmt.Sprint(g, "/", i))})
				if err != nil {
					t.Error(err)
				}
				results = append(results, data)
			}
			for i, data := range results {
				var got blob
				if err := tagwire.Unmarshal(data, &got); err != nil || string(got.Bytes) != fmt.Sprint(g, "/", i) {
					t.Errorf("%q %v", got.Bytes, err)
				}
			}
		}()
	}
	done.Wait()
}
