//go:build !race

package tagwire_test

import (
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
)

var sink int

// instrumented counts what the compiler's checks of unsafe pointers allocate where plain builds do not.
func instrumented() float64 {
	return testing.AllocsPerRun(10, func() {
		local := 1
		sink = *(*int)(unsafe.Pointer(&local))
	})
}

// The race detector makes pools forget at random, so this test is not for it.
func TestEncodeAllocatesNothing(t *testing.T) {
	v := sample()
	buf := make([]byte, 4096)
	require.NoError(t, tagwire.Compile(reflect.TypeFor[tree]())) // else it may be compiled meanwhile
	codec, err := tagwire.For[tree]()
	require.NoError(t, err)
	limits := []tagwire.Option{tagwire.WithMaxDepth(9), tagwire.WithMaxSize(4096)}
	const localsPerCall = 4
	allowed := localsPerCall * instrumented()
	for name, encode := range map[string]func() error{
		"codec":   func() error { _, err := codec.Encode(buf, v); return err },
		"any":     func() error { _, err := tagwire.Encode(buf, v); return err },
		"options": func() error { _, err := tagwire.Encode(buf, v, limits...); return err },
		"size":    func() error { _, err := tagwire.Size(v); return err },
		"append":  func() error { _, err := tagwire.Append(buf[:0], v); return err },
	} {
		allocations := testing.AllocsPerRun(200, func() {
			if err := encode(); err != nil {
				t.Error(err)
			}
		})
		require.LessOrEqual(t, allocations, allowed, name)
	}
}
