//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

// A compiledType is the programs of a type. None is called without a state.
type compiledType struct{ size, encode, decode *Program }

func compileType(s *schema.StructType) (*compiledType, error) {
	var made [3]*Program
	for n, d := range []build.Task{jittest.Sizing, jittest.Encoding, jittest.Decoding} {
		m, err := (&compile.Pipeline{Verify: true}).Run(s, d)
		if err != nil {
			return nil, err
		}
		u, err := compileFunctions(m.Functions, m.Symbols(NoByte()), compile.HostFeatures(0))
		if err != nil {
			return nil, err
		}
		made[n] = programOf(m)
		made[n].entry = u.Entries[0]
	}
	return &compiledType{made[0], made[1], made[2]}, nil
}

// compileFunctions compiles functions of which Go enters the first.
func compileFunctions(functions []*ir.Func, objects map[string]uint64, features compile.Features) (*compile.Unit, error) {
	c := compile.Compilation{Functions: functions, Entered: []int{0}, Objects: objects, Features: features, Check: true}
	return c.Compile()
}

func compiled(t testing.TB, value any) (*compiledType, *schema.StructType) {
	t.Helper()
	s := jittest.Schema(t, value)
	c, err := compileType(s)
	require.NoError(t, err)
	return c, s
}

// encodeNatively returns the encoding of a value, a pointer to a struct.
func encodeNatively(t testing.TB, c *compiledType, value any) []byte {
	t.Helper()
	p := reflect.ValueOf(value).UnsafePointer()
	size, ok := c.size.Size(p, limits(jittest.ManyLevels, 0))
	require.True(t, ok)
	message := make([]byte, size)
	n, _, ok := c.encode.Process(p, message, limits(jittest.ManyLevels, 0))
	require.True(t, ok)
	require.Equal(t, size, n)
	return message
}

func decodeNatively(c *compiledType, message []byte, target any) bool {
	n, _, ok := c.decode.Process(reflect.ValueOf(target).UnsafePointer(), message, limits(codec.DefaultDepth, math.MaxInt))
	return ok && n == len(message)
}
