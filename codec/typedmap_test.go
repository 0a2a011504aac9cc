package codec

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

type mapName string

func TestMapActsAs(t *testing.T) {
	require.True(t, MapActsAs[string, uint64](reflect.TypeFor[map[mapName]float64]()))
	require.True(t, MapActsAs[int8, uint8](reflect.TypeFor[map[int8]bool]()))
	require.True(t, MapActsAs[int64, []byte](reflect.TypeFor[map[int64][]string]()))
	require.True(t, MapActsAs[int16, string](reflect.TypeFor[map[int16]mapName]()))
	// What hashes or compares otherwise is not found again.
	require.False(t, MapActsAs[uint64, string](reflect.TypeFor[map[float64]string]()))
	require.False(t, MapActsAs[[2]uint64, string](reflect.TypeFor[map[any]string]()))
}
