package codec

import (
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

type mapName string

func TestMapActsAs(t *testing.T) {
	require.True(t, MapActsAs(reflect.TypeFor[map[mapName]float64](), reflect.TypeFor[map[string]uint64]()))
	require.True(t, MapActsAs(reflect.TypeFor[map[int8]bool](), reflect.TypeFor[map[int8]uint8]()))
	require.True(t, MapActsAs(reflect.TypeFor[map[int64][]string](), reflect.TypeFor[map[int64][]byte]()))
	require.True(t, MapActsAs(reflect.TypeFor[map[int16]mapName](), reflect.TypeFor[map[int16]string]()))
	type flag bool
	type place *mapName
	require.True(t, MapActsAs(reflect.TypeFor[map[flag]string](), reflect.TypeFor[map[bool]string]()))
	require.True(t, MapActsAs(reflect.TypeFor[map[*mapName]int8](), reflect.TypeFor[map[unsafe.Pointer]uint8]()))
	require.True(t, MapActsAs(reflect.TypeFor[map[place]int8](), reflect.TypeFor[map[unsafe.Pointer]uint8]()))
	require.False(t, MapActsAs(reflect.TypeFor[map[*struct{}]int8](), reflect.TypeFor[map[unsafe.Pointer]uint8]()), "there is one key at most")
	require.False(t, MapActsAs(reflect.TypeFor[map[*[1 << 30]byte]int8](), reflect.TypeFor[map[unsafe.Pointer]uint8]()))
	// What hashes or compares otherwise is not found again.
	require.False(t, MapActsAs(reflect.TypeFor[map[float64]string](), reflect.TypeFor[map[uint64]string]()))
	require.False(t, MapActsAs(reflect.TypeFor[map[float32]int8](), reflect.TypeFor[map[uint32]uint8]()))
}
