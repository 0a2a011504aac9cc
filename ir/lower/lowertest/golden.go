package lowertest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Update is set if the golden files are to be rewritten.
var Update = flag.Bool("update", false, "rewrite the golden files; the machine code in them comes from GNU as")

// CompareGolden compares a function's text form with a file of testdata/print.
func CompareGolden(t *testing.T, base string, f fmt.Stringer) {
	t.Helper()
	name := filepath.Join("testdata", "print", base)
	if *Update {
		if err := os.WriteFile(name, []byte(f.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.String(); got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}
