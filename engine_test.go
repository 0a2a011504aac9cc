package tagwire_test

import (
	"os"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestAutoLeavesAFewBytesToReflection where native code would have to ask for memory.
func TestAutoLeavesAFewBytesToReflection(t *testing.T) {
	engine := os.Getenv("TAGWIRE_ENGINE")
	if !harness.HasNative() || engine == "reflect" {
		t.Skip("native code does not serve here")
	}
	type point struct {
		X int64 `frugal:"1,default"`
	}
	type holder struct {
		Texts []string `frugal:"1,default,list<string>"`
	}
	native := func(v any, options ...tagwire.Option) bool {
		t.Helper()
		require.NoError(t, tagwire.Compile(reflect.TypeOf(v)))
		data, err := tagwire.Marshal(v)
		require.NoError(t, err)
		got, before := reflect.New(reflect.TypeOf(v).Elem()), tagwire.Stats()
		_, err = tagwire.Decode(data, got.Interface(), options...)
		require.NoError(t, err)
		require.Equal(t, v, got.Interface())
		after := tagwire.Stats()
		require.EqualValues(t, 1, after.NativeCalls-before.NativeCalls+after.ReflectCalls-before.ReflectCalls)
		return after.NativeCalls > before.NativeCalls
	}
	few, more := &holder{[]string{}}, &holder{[]string{"a", "b"}}
	require.True(t, native(&point{1}), "12 bytes, for which native code needs no memory")
	require.True(t, native(more))
	require.True(t, native(few, tagwire.WithEngine(tagwire.Native)))
	require.Equal(t, engine == "native", native(few))
}
