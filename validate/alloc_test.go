//go:build !race

package validate

import (
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// The race detector makes pools forget at random, so this test is not for it.

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
	require.Less(t, allocated, 1.0)
}
