package thriftfile

import (
	"testing"

	"github.com/tagwire/tagwire/idl/internal/golden"
	"github.com/tagwire/tagwire/idl/source"
)

// included are files that malformed definitions include.
var included = map[string]string{
	"other.thrift":  "include \"deeper.thrift\"\nconst i32 C = 1\nenum E { ONE }\nstruct T {}\n",
	"deeper.thrift": "struct Deep {}\n",
	"broken.thrift": "struct B {\n  1: i32 a\n  2: i32\n}\n",
}

// malformed returns the definitions of testdata/malformed.thrift by their names, in their order.
func malformed(t testing.TB) (names []string, texts map[string]string) {
	t.Helper()
	return golden.Texts(t, "testdata/malformed.thrift")
}

// parseText parses a text as main.thrift.
func parseText(text string) error {
	files := map[string]string{"main.thrift": text}
	for name, content := range included {
		files[name] = content
	}
	_, err := Parse(source.Texts(files), "main.thrift")
	return err
}

// TestMalformed compares the errors of malformed definitions with testdata/malformed.txt.
func TestMalformed(t *testing.T) {
	names, texts := malformed(t)
	if len(names) < 200 {
		t.Errorf("there are only %d malformed definitions", len(names))
	}
	golden.CompareErrors(t, "testdata/malformed.txt", names, texts, parseText)
}
