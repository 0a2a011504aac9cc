// Package golden compares what the parsers make with files of their testdata.
package golden

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

// Compare compares a text with that of a file.
func Compare(t *testing.T, name, got string) {
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

// Texts returns the texts of a file by their names, in their order: each comes behind a line of three equals signs and its name. Its last
// newline is not part of it, so that it may end anywhere.
func Texts(t testing.TB, name string) (names []string, texts map[string]string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for _, block := range strings.Split("\n"+string(data), "\n=== ")[1:] {
		name, text, _ := strings.Cut(block, "\n")
		if _, twice := texts[name]; twice {
			t.Fatalf("%q is there twice", name)
		}
		names, texts[name] = append(names, name), strings.TrimSuffix(text, "\n")
	}
	return names, texts
}

// CompareErrors compares the errors of parsing texts with a file. Each must say where it is.
func CompareErrors(t *testing.T, file string, names []string, texts map[string]string, parse func(text string) error) {
	t.Helper()
	var got strings.Builder
	for _, name := range names {
		err := parse(texts[name])
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
	Compare(t, file, got.String())
}
