package jit

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The constraints of the engine's tests, one for each thing that a test may need. Where the engine comes to another processor
// one of them changes, and TestConstraints names the files to change with it.
const (
	hasWords    = "amd64 || arm64"                        // words of 64 bits, so that modules can be built
	hasCompiler = "(linux || darwin) && (amd64 || arm64)" // types can be compiled, and run
	noCompiler  = "!(" + hasCompiler + ")"                // there is none
	unixOnly    = "linux || darwin"                       // for files of one processor
	processors  = `assembler|features|levels|seccomp`     // what these files are about differs by processor
)

// TestConstraints: a test that another processor could run too has no processor in its name, and says in the one way what it
// needs.
func TestConstraints(t *testing.T) {
	bound := regexp.MustCompile(`^(` + processors + `)(_linux)?_(amd64|arm64)_test\.go$`)
	found := map[string]int{}
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		constraint := ""
		if line, ok := strings.CutPrefix(string(source), "//go:build "); ok {
			constraint, _, _ = strings.Cut(line, "\n")
		}
		allowed := []string{"", hasWords, hasCompiler, noCompiler}
		if strings.HasSuffix(name, "_amd64_test.go") || strings.HasSuffix(name, "_arm64_test.go") {
			require.Regexp(t, bound, filepath.Base(name))
			allowed = []string{"", unixOnly}
		}
		require.True(t, slices.Contains(allowed, constraint), "%s has the constraint %q", name, constraint)
		found[constraint]++
		return nil
	}))
	for _, constraint := range []string{hasWords, hasCompiler, noCompiler} {
		require.NotZero(t, found[constraint], constraint)
	}
}
