//go:build amd64 || arm64

package compile

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var goldenValues = []any{&jittest.Run{}, &jittest.Template{}, &jittest.Texts{}, &jittest.Maybe{}, &jittest.Rows{}, &jittest.Bulk{}, &jittest.Outer{}, &jittest.Held{}, &jittest.Keyed{}, &jittest.Fork{}}

// goldenTasks are the tasks of each golden type; Texts has two more, and some types have those of the other formats.
func goldenTasks(s *schema.StructType) []build.Task {
	if s.Name == "Texts" {
		return []build.Task{jittest.Sizing, jittest.Encoding, jittest.Decoding, jittest.SizingDirect, jittest.EncodingDirect}
	}
	tasks := []build.Task{jittest.Sizing, jittest.Encoding, jittest.Decoding}
	switch s.Name {
	case "Run", "Maybe", "Rows", "Held", "Keyed":
		for _, f := range jittest.Formats[1:] {
			tasks = append(tasks, f.Task(build.Size, false), f.Task(build.Encode, false), f.Task(build.Decode, false))
		}
	}
	return tasks
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
		s := jittest.Schema(t, value)
		for _, d := range goldenTasks(s) {
			name := filepath.Join("testdata", "build", strings.ToLower(s.Name)+"_"+d.String()+".ir")
			got := golden(t, s, d)
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
				require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
			}
			want, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Equal(t, string(want), got, "%s; go test ./jit/compile -run Golden -update rewrites it", name)
		}
	}
}
