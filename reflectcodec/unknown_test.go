package reflectcodec_test

import (
	"bytes"
	"reflect"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	"github.com/tagwire/tagwire/reflectcodec/thriftbinary"
	"github.com/tagwire/tagwire/schema"
)

type keeper struct {
	Known          int8    `frugal:"1,default,i8"`
	Inner          *keeper `frugal:"2,default,keeper"`
	_unknownFields []byte
}

func codecOf[T any](t *testing.T) *reflectcodec.Codec {
	t.Helper()
	s, err := schema.Thrift.Of(reflect.TypeFor[T]())
	require.NoError(t, err)
	return reflectcodec.New(s, thriftbinary.Format)
}

// interleaved returns n known fields with an unknown one behind each, and the unknown ones alone.
func interleaved(n int) (message, unknown []byte) {
	for i := range n {
		field := []byte{3, 0, 99, byte(i)}
		message = append(append(message, 3, 0, 1, byte(i)), field...)
		unknown = append(unknown, field...)
	}
	return message, unknown
}

func TestUnknownFieldsInManyPieces(t *testing.T) {
	c := codecOf[keeper](t)
	for _, n := range []int{0, 1, 2, reflectcodec.MaxSpans - 1, reflectcodec.MaxSpans, reflectcodec.MaxSpans + 1, 2*reflectcodec.MaxSpans + 1, 10_000} {
		for _, options := range []codec.Settings{{}, {ZeroCopy: true}, {OwnedStrings: true}} {
			outer, kept := interleaved(n)
			inner, _ := interleaved(n)
			message := append(bytes.Clone(outer), 12, 0, 2)
			message = append(append(message, inner...), 0)
			message = append(append(message, outer...), 0)
			v := keeper{_unknownFields: []byte("stale")}
			used, err := c.Decode(message, unsafe.Pointer(&v), &options)
			require.NoError(t, err)
			require.Equal(t, len(message), used)
			require.True(t, bytes.Equal(append(bytes.Clone(kept), kept...), v._unknownFields))
			require.True(t, bytes.Equal(kept, v.Inner._unknownFields))
		}
	}
}

func TestUnknownFieldsStayWithinTheAllocationBound(t *testing.T) {
	c := codecOf[keeper](t)
	message, kept := interleaved(200_000)
	message = append(message, 0)
	var v keeper
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := c.Decode(message, unsafe.Pointer(&v), &codec.Settings{})
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Equal(t, kept, v._unknownFields)
	require.LessOrEqual(t, int(after.TotalAlloc-before.TotalAlloc), 4*len(kept)+64<<10)
	require.LessOrEqual(t, cap(v._unknownFields), 2*len(kept))
}
