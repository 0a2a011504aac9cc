package pass_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/irtest"
)

// FuzzParse: what parses is printed so that it reads the same, and no pass makes a valid function invalid.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.ir")
	if err != nil || len(files) == 0 {
		f.Fatal("no golden files", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		before, _, _ := strings.Cut(string(text), goldenMark)
		f.Add(before)
	}
	f.Add(irtest.Generate(1, irtest.Config{}).Main().String())
	f.Fuzz(func(t *testing.T, text string) {
		first, err := ir.ParseAll(text)
		if err != nil {
			return
		}
		for _, fn := range first {
			printed := fn.String()
			again, err := ir.Parse(printed)
			if err != nil {
				t.Fatalf("%v in\n%s", err, printed)
			}
			if got := again.String(); got != printed {
				t.Fatalf("printed\n%sthen\n%s", printed, got)
			}
			valid := ir.Verify(fn) == nil
			if valid != (ir.Verify(again) == nil) {
				t.Fatalf("valid: %v, then not, in\n%s", valid, printed)
			}
			if valid {
				for _, pass := range passes {
					pass.run(again)
					if err := ir.Verify(again); err != nil {
						t.Fatalf("%s: %v in\n%s", pass.name, err, printed)
					}
				}
			}
		}
	})
}
