package pass

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir"
)

// TestFoldRulesHaveGoldens: each op that FoldConstants knows something of is in a file that shows it.
func TestFoldRulesHaveGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/fold/*.ir")
	if err != nil {
		t.Fatal(err)
	}
	var shown [ir.OpCount]bool
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		input, _, _ := strings.Cut(string(text), "---\n")
		f, err := ir.Parse(input)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, b := range f.Blocks {
			for _, i := range b.Insts {
				shown[i.Op] = true
			}
		}
	}
	for op := ir.InvalidOp + 1; op < ir.OpCount; op++ {
		rule := &foldRules[op]
		if (rule.compute != nil || rule.same != nil || rule.simplify != nil) && !shown[op] {
			t.Errorf("%s has a row in foldRules, and is in no file of testdata/fold", op)
		}
	}
}
