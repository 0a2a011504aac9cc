package jit

import (
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/reflectcodec"
	"github.com/tagwire/tagwire/schema"
)

func plainOf(s *schema.StructType) Plain { return reflectcodec.New(s) }

// TestCodecAgreesWithThePlainCodec encodes every sample of every case natively and by reflection: sizes, bytes where
// the order of maps does not matter, and every buffer that is too small.
func TestCodecAgreesWithThePlainCodec(t *testing.T) {
	for _, c := range cases.All() {
		t.Run(c.Name, func(t *testing.T) {
			s, err := schema.Of(c.Type)
			require.NoError(t, err)
			native, err := Compile(s, plainOf)
			require.NoError(t, err)
			plain := reflectcodec.New(s)
			for _, value := range samplesOf(c) {
				p := reflect.ValueOf(value).UnsafePointer()
				agree(t, native, plain, p)
			}
			agree(t, native, plain, nil)
		})
	}
}

func agree(t *testing.T, native *Codec, plain *reflectcodec.Codec, p unsafe.Pointer) {
	t.Helper()
	want, _, wantErr := plain.Size(p, &reflectcodec.Options{})
	size, ok := native.Size(p, manyLevels)
	require.Equal(t, wantErr == nil, ok, "%v", wantErr)
	require.Equal(t, want, size)
	buf := make([]byte, want)
	n, err := plain.Encode(buf, p, &reflectcodec.Options{}, nil)
	out := make([]byte, size)
	m, ok := native.Encode(out, p, manyLevels)
	require.Equal(t, err == nil, ok, "%v", err)
	if err != nil {
		return
	}
	require.Equal(t, n, m)
	if len(native.Info().Fallbacks) == 0 { // else there are maps, whose order is any
		require.Equal(t, buf, out)
	}
	for room := range min(size, 2000) {
		_, ok := native.Encode(out[:room:room], p, manyLevels)
		require.False(t, ok, "%d of %d bytes", room, size)
	}
}
