package compare_test

import (
	"bytes"
	"fmt"
	"testing"

	original "github.com/cloudwego/frugal"
	"github.com/tagwire/tagwire/adapters/frugal"
	"github.com/tagwire/tagwire/adapters/frugal/compare/shapes"
)

// What both decode of a message with a changed bit is the same value, by its encoding, since a NaN equals nothing. What the drop-in
// refuses is not given to Frugal, which may panic, or take the memory that a false length asks for. Frugal refuses what the drop-in
// does not: unknown fields of the newest type, and empty containers of other types.
func TestChangedBits(t *testing.T) {
	good := codecs[1].marshal(t, shapes.FullShape())
	compared := 0
	for i := range good {
		for bit := range 8 {
			data := bytes.Clone(good)
			data[i] ^= 1 << bit
			theirs, ours := new(shapes.Shape), new(shapes.Shape)
			n, err := frugal.DecodeObject(data, ours)
			if err != nil || isBool(ours, data, i) {
				continue
			}
			m, err := decodeOriginal(data, theirs)
			if err != nil {
				continue
			}
			compared++
			if m != n || !bytes.Equal(codecs[0].marshal(t, theirs), codecs[0].marshal(t, ours)) {
				t.Errorf("bit %d of byte %d: Frugal decodes %d bytes to\n%+v, the drop-in %d to\n%+v", bit, i, m, theirs, n, ours)
			}
		}
	}
	if compared < len(good) {
		t.Errorf("%d of %d changes are compared", compared, 8*len(good))
	}
}

// isBool reports that data has at i another byte than the encoding of what was decoded from it: a bool that is neither 0 nor 1, which
// Frugal leaves in the Go bool.
func isBool(decoded *shapes.Shape, data []byte, i int) bool {
	encoded := make([]byte, frugal.EncodedSize(decoded))
	_, err := frugal.EncodeObject(encoded, nil, decoded)
	return err == nil && len(encoded) == len(data) && encoded[i] != data[i]
}

func decodeOriginal(data []byte, v any) (n int, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v", caught)
		}
	}()
	return original.DecodeObject(data, v)
}
