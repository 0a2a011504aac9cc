//go:build amd64 || arm64

package compile

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var goldenValues = []any{&jittest.Run{}, &jittest.Template{}, &jittest.Texts{}, &jittest.Maybe{}, &jittest.Rows{}, &jittest.Bulk{}, &jittest.Outer{}, &jittest.Held{}, &jittest.Keyed{}, &jittest.Fork{}, &jittest.Chosen{}}

// goldenTasks are the tasks of each golden type in a format; Texts has two more, and the other formats than Thrift Binary have those of
// some types.
func goldenTasks(name string, f jittest.Format) []build.Task {
	tasks := []build.Task{f.Task(build.Size, false), f.Task(build.Encode, false), f.Task(build.Decode, false)}
	switch f {
	case jittest.Binary:
		switch name {
		case "Chosen":
			return nil
		case "Texts":
			return append(tasks, jittest.SizingDirect, jittest.EncodingDirect)
		}
		return tasks
	case jittest.Compact:
		switch name {
		case "Run", "Maybe", "Rows", "Held", "Keyed":
			return tasks
		}
	case jittest.Protobuf:
		switch name {
		case "Run", "Maybe", "Rows", "Held", "Outer", "Chosen":
			return tasks
		}
	}
	return nil
}

// golden returns the functions of s as built, and after the passes.
func golden(t *testing.T, s *schema.StructType, d build.Task) string {
	var built, passed strings.Builder
	last := passTable[len(passTable)-1].name
	p := &Pipeline{Verify: true, Dump: func(pass string, f *ir.Func) {
		switch pass {
		case "build":
			built.WriteString(f.String() + "\n")
		case last:
			passed.WriteString(f.String() + "\n")
		}
	}}
	_, err := p.Run(s, d)
	require.NoError(t, err)
	return "// As built.\n\n" + built.String() + "// After the passes.\n\n" + strings.TrimSuffix(passed.String(), "\n")
}

func TestGoldenFunctions(t *testing.T) {
	for _, value := range goldenValues {
		name := reflect.TypeOf(value).Elem().Name()
		for _, f := range jittest.Formats {
			for _, d := range goldenTasks(name, f) {
				isGolden(t, strings.ToLower(name)+"_"+d.String()+".ir", golden(t, f.Schema(t, value), d))
			}
		}
	}
}

// isGolden compares a text with a golden file.
func isGolden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", "build", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "%s; go test ./jit/compile -run Golden -update rewrites it", name)
}
