package thriftfile

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/idl/source"
)

var update = flag.Bool("update", false, "rewrite the files of testdata that hold what is expected")

// included are files that malformed definitions include.
var included = map[string]string{
	"other.thrift":  "include \"deeper.thrift\"\nconst i32 C = 1\nenum E { ONE }\nstruct T {}\n",
	"deeper.thrift": "struct Deep {}\n",
	"broken.thrift": "struct B {\n  1: i32 a\n  2: i32\n}\n",
}

// malformed returns the definitions of testdata/malformed.thrift by their names, in their order. The last newline of each is not part
// of it, so that a file may end anywhere.
func malformed(t testing.TB) (names []string, texts map[string]string) {
	data, err := os.ReadFile("testdata/malformed.thrift")
	if err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for _, block := range strings.Split("\n"+string(data), "\n=== ")[1:] {
		name, text, _ := strings.Cut(block, "\n")
		if texts[name] != "" {
			t.Fatalf("%q is there twice", name)
		}
		names, texts[name] = append(names, name), strings.TrimSuffix(text, "\n")
	}
	return names, texts
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

// TestMalformed compares the errors of malformed definitions with testdata/malformed.txt. Each must say where it is.
func TestMalformed(t *testing.T) {
	names, texts := malformed(t)
	if len(names) < 200 {
		t.Errorf("there are only %d malformed definitions", len(names))
	}
	var got strings.Builder
	for _, name := range names {
		err := parseText(texts[name])
		var located source.Errors
		if !errors.As(err, &located) {
			t.Errorf("%s: the error is %v", name, err)
			continue
		}
		for _, e := range located {
			if e.At.Line < 1 || e.At.Column < 1 {
				t.Errorf("%s: an error has no place: %v", name, e)
			}
		}
		fmt.Fprintf(&got, "=== %s\n%v\n", name, err)
	}
	compare(t, "testdata/malformed.txt", got.String())
}

// compare compares a text with that of a file.
func compare(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		if i >= len(gotLines) || i >= len(wantLines) || gotLines[i] != wantLines[i] {
			t.Fatalf("%s:%d differs\ngot  %q\nwant %q", name, i+1, gotLines[min(i, len(gotLines)):min(i+3, len(gotLines))],
				wantLines[min(i, len(wantLines)):min(i+3, len(wantLines))])
		}
	}
}
