package fuzz

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// requiredParts has a required field that is a value, so that each part of a message has to have it.
type requiredParts struct {
	A int32            `protobuf:"1,required"`
	C *requiredParts   `protobuf:"3"`
	I []int64          `protobuf:"4"`
	B []bool           `protobuf:"5"`
	S []*requiredParts `protobuf:"6"`

	XXX_unrecognized []byte
}

// holder has no required field itself.
type holder struct {
	R *requiredParts `protobuf:"2"`
	I []int64        `protobuf:"9"`
}

// bothEngines checks that the engines make the same of an input.
func bothEngines[T any](t *testing.T, data []byte, options ...tagwire.Option) error {
	t.Helper()
	options = append(options, tagwire.WithFormat(tagwire.Protobuf))
	v, w := new(T), new(T)
	plain := tagwire.Unmarshal(data, v, append(options, tagwire.WithEngine(tagwire.Reflect))...)
	native := tagwire.Unmarshal(data, w, append(options, tagwire.WithEngine(tagwire.Native))...)
	require.Equal(t, fmt.Sprint(plain), fmt.Sprint(native), "%x", data)
	if plain == nil {
		require.Equal(t, v, w, "%x", data)
	}
	return plain
}

// TestRequiredComesFirst: a required field that a part of a message lacks is the error, though there is another one behind it, also where
// only a part of the memory of native code is left for reflection to find the error with.
func TestRequiredComesFirst(t *testing.T) {
	if !harness.HasNative() {
		t.Skip("there is no native code here")
	}
	long := append(binary.AppendUvarint([]byte{0x4a}, 4200), make([]byte, 4200)...) // a list that outgrows its memory
	long = append(long, 0x4a, 1, 0, 0x12, 0, 0x48)                                  // with the next element, then R without A, then a cut number
	err := bothEngines[holder](t, long)
	require.ErrorIs(t, err, tagwire.ErrRequired)
	for limit := 1; limit < 400; limit++ {
		err := bothEngines[requiredParts](t, []byte{0x1a, 0, 0x20}, tagwire.WithMaxAlloc(limit))
		require.Error(t, err)
	}
	random := rand.New(rand.NewPCG(16, 0))
	codes := map[error]int{}
	for range 20_000 {
		data := requiredMessage(random, 3)
		if random.IntN(2) == 0 && len(data) > 0 {
			data = data[:random.IntN(len(data))]
		}
		err := bothEngines[requiredParts](t, data, tagwire.WithMaxAlloc(1+random.IntN(2000)))
		for _, code := range []error{tagwire.ErrRequired, tagwire.ErrSizeLimit, tagwire.ErrShortBuffer} {
			if errors.Is(err, code) {
				codes[code]++
			}
		}
	}
	require.Len(t, codes, 3)
	for code, n := range codes {
		require.Greater(t, n, 100, code)
	}
}

// requiredMessage returns a message of requiredParts, in which few required fields are missing.
func requiredMessage(random *rand.Rand, depth int) (b []byte) {
	if random.IntN(8) > 0 {
		b = append(b, 0x08, byte(random.IntN(128)))
	}
	for range random.IntN(4) {
		switch part := []byte(nil); random.IntN(4) {
		case 0:
			b = append(b, 0x20, byte(random.IntN(128)))
		case 1:
			n := random.IntN(40)
			b = append(append(b, 0x22, byte(n)), make([]byte, n)...)
		case 2:
			b = append(b, 0x2a, 2, 1, 0)
		case 3:
			if depth > 0 {
				part = requiredMessage(random, depth-1)
			}
			tag := byte(0x1a)
			if random.IntN(2) == 0 {
				tag = 0x32
			}
			b = append(binary.AppendUvarint(append(b, tag), uint64(len(part))), part...)
		}
	}
	return b
}
