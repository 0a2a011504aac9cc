//go:build amd64 || arm64

package compile

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// Named types are what their underlying types are.
type (
	namedBool   bool
	namedInt8   int8
	namedInt16  int16
	namedInt32  int32
	namedInt64  int64
	namedDouble float64
)

// bulkKinds are all elements of fixed size, with the ops that copy lists of them to the wire and from there.
var bulkKinds = []struct {
	element     any
	tag         string
	write, read ir.Op
}{
	{element: false, tag: "bool", write: ir.CopyBytes, read: ir.CopyBools},
	{element: namedBool(false), tag: "bool", write: ir.CopyBytes, read: ir.CopyBools},
	{element: int8(0), tag: "i8", write: ir.CopyBytes, read: ir.CopyBytes},
	{element: int8(0), tag: "byte", write: ir.CopyBytes, read: ir.CopyBytes},
	{element: namedInt8(0), tag: "i8", write: ir.CopyBytes, read: ir.CopyBytes},
	{element: int16(0), tag: "i16", write: ir.SwapCopy16, read: ir.SwapCopy16},
	{element: namedInt16(0), tag: "i16", write: ir.SwapCopy16, read: ir.SwapCopy16},
	{element: int32(0), tag: "i32", write: ir.SwapCopy32, read: ir.SwapCopy32},
	{element: namedInt32(0), tag: "i32", write: ir.SwapCopy32, read: ir.SwapCopy32},
	{element: int64(0), tag: "i64", write: ir.SwapCopy64, read: ir.SwapCopy64},
	{element: int(0), tag: "i64", write: ir.SwapCopy64, read: ir.SwapCopy64},
	{element: namedInt64(0), tag: "i64", write: ir.SwapCopy64, read: ir.SwapCopy64},
	{element: float64(0), tag: "double", write: ir.SwapCopy64, read: ir.SwapCopy64},
	{element: namedDouble(0), tag: "double", write: ir.SwapCopy64, read: ir.SwapCopy64},
	{element: cases.Level(0), tag: "Level", write: ir.SwapNarrow64to32, read: ir.SwapWiden32to64},
}

// TestListsOfScalarsAreCopiedAsAWhole: no element of a list or set of scalars is handled on its own, neither in encoding nor in decoding.
func TestListsOfScalarsAreCopiedAsAWhole(t *testing.T) {
	for _, kind := range bulkKinds {
		for _, container := range []string{"list", "set"} {
			tag := fmt.Sprintf("%s<%s>", container, kind.tag)
			t.Run(fmt.Sprintf("%s/%T", tag, kind.element), func(t *testing.T) {
				s, err := schema.Thrift.Of(reflect.PointerTo(reflect.StructOf([]reflect.StructField{{
					Name: "Elements", Type: reflect.SliceOf(reflect.TypeOf(kind.element)),
					Tag: reflect.StructTag(fmt.Sprintf("frugal:%q", "1,default,"+tag)),
				}})))
				require.NoError(t, err)
				writes := opsOf(t, s, jittest.Encoding, "encode.")
				require.Equal(t, map[ir.Op]int{kind.write: 1}, writes)
				reads := opsOf(t, s, jittest.Decoding, "list.")
				require.Equal(t, map[ir.Op]int{kind.read: 1}, reads)
			})
		}
	}
}

// TestNothingIsLeftToReflection: no program has an exit by which native code leaves a field to the plain codec.
func TestNothingIsLeftToReflection(t *testing.T) {
	exits := map[abi.ExitCode]int{}
	for _, c := range cases.All() {
		s, err := schema.Thrift.Of(c.Type)
		require.NoError(t, err)
		for _, d := range []build.Task{jittest.Sizing, jittest.Encoding, jittest.Decoding, jittest.SizingDirect, jittest.EncodingDirect} {
			made, err := new(Pipeline).Run(s, d)
			require.NoError(t, err)
			for _, f := range made.Functions {
				for _, b := range f.Blocks {
					for _, i := range b.Insts {
						if i.Op == ir.Exit {
							exits[abi.ExitCode(i.Imm)]++
						}
					}
				}
			}
		}
	}
	for _, other := range []abi.ExitCode{abi.NewStruct, abi.NewSlab, abi.ReadMap, abi.FillMap, abi.KeepUnknown, abi.Reference} {
		require.NotZero(t, exits[other], "%v: the corpus has lost what needs it, or exits are not seen", other)
	}
}

// opsOf counts the bulk ops of the function whose name begins with prefix. It must have no loops. The only other functions with
// bulk ops, besides those for texts, are copiers, which copy in strides.
func opsOf(t *testing.T, s *schema.StructType, d build.Task, prefix string) map[ir.Op]int {
	t.Helper()
	made, err := new(Pipeline).Run(s, d)
	require.NoError(t, err)
	found := map[ir.Op]int{}
	functions := 0
	for _, f := range made.Functions {
		if !strings.HasPrefix(f.Name, prefix) {
			require.True(t, f.Name == "decode."+s.Name || f.Name == thriftbinary.Name ||
				strings.HasPrefix(f.Name, "copy.") || strings.HasPrefix(f.Name, "text."), f.Name)
			continue
		}
		functions++
		for _, depth := range ir.LoopDepths(f, f.Dominators()) {
			require.Zero(t, depth, "a loop in\n%s", f)
		}
		for _, b := range f.Blocks {
			for _, i := range b.Insts {
				if i.Op.Info().Bulk != (ir.Bulk{}) {
					found[i.Op]++
				}
			}
		}
	}
	require.Equal(t, 1, functions)
	return found
}
