//go:build !race

package validate

import (
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// The race detector makes pools forget at random, so this test is not for it.

var sink int

// instrumented counts what the compiler's checks of unsafe pointers allocate where plain builds do not.
func instrumented() float64 {
	return testing.AllocsPerRun(10, func() {
		local := 1
		sink = *(*int)(unsafe.Pointer(&local))
	})
}

func TestValidValuesAllocateNothing(t *testing.T) {
	plan, err := Of(reflect.TypeFor[kept]())
	require.NoError(t, err)
	v := keptValue()
	require.NoError(t, plan.First(unsafe.Pointer(v)))
	allocated := testing.AllocsPerRun(100, func() {
		if plan.First(unsafe.Pointer(v)) != nil {
			panic("not valid")
		}
	})
	require.LessOrEqual(t, allocated, 0.5+64*instrumented()) // a collection of garbage in between empties the pools
}
