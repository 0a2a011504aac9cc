//go:build (linux || darwin) && (amd64 || arm64)

package compile

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/jit/jittest"
)

// TestListingIsGolden holds the assembly of a type for the baseline processor, as a dump prints it.
func TestListingIsGolden(t *testing.T) {
	made, err := new(Pipeline).Run(jittest.Schema(t, &jittest.Run{}), jittest.Encoding)
	require.NoError(t, err)
	var got string
	unlinked := Compilation{Functions: made.Functions, Entered: []int{0}, Objects: made.Symbols(unsafe.Pointer(new(byte))), List: func(text string) { got = text }}
	u, err := unlinked.Compile()
	require.NoError(t, err)
	defer u.Segment.Free()
	from, to := strings.Index(got, "# func encode.Run"), strings.Index(got, "# func fail") // the body and its entry
	require.Less(t, from, to)
	got = got[from:to]
	name := filepath.Join("testdata", "listing", "run_encode_"+runtime.GOARCH+".txt")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "go test ./jit/compile -run Golden -update rewrites it")
	require.Positive(t, strings.Count(got, lower.Symbol(0).String()))
}
