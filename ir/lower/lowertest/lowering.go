package lowertest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/pass"
)

// linkage knows functions by their numbers in a list, and one object.
type linkage []string

func (l linkage) Function(name string) (lower.Symbol, bool) {
	for n, known := range l {
		if known == name {
			return lower.Symbol(n), true
		}
	}
	return 0, false
}

func (l linkage) Address(name string) (uint64, bool) { return 0x1122334455667788, name == "object" }

// FailSymbol is the routine that fails. Behind it are those of bulk ops.
const FailSymbol lower.Symbol = 100

// SettingsOf are those of a segment with functions of these names, an @object and routines for some bulk ops. @leaver may leave.
func SettingsOf(bulkOps []ir.Op, functions ...string) lower.Settings {
	bulk := map[ir.Op]lower.Symbol{}
	for n, op := range bulkOps {
		bulk[op] = FailSymbol + 1 + lower.Symbol(n)
	}
	return lower.Settings{Linkage: linkage(functions), Fail: FailSymbol, Bulk: bulk, Leaving: map[string]bool{"leaver": true}, Check: true}
}

// loweringFiles returns the files of testdata/lower: functions in IR, then, behind a line of dashes, the machine code.
func loweringFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/lower/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	return files
}

const lineOfDashes = "\n---\n"

// CheckLowering compares the files of testdata/lower with what the functions in them are lowered to. Rewrite that with -update,
// and read it.
func CheckLowering(t *testing.T, text func(t *testing.T, source string) string) {
	for _, file := range loweringFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source, want, _ := strings.Cut(string(content), lineOfDashes)
			got := text(t, source)
			if *Update {
				if err := os.WriteFile(file, []byte(source+lineOfDashes+got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("the code is now\n%s", got)
			}
		})
	}
}

// CheckEveryOp: each op is in a function of testdata/lower, and has a rule, or a routine that does it.
func CheckEveryOp(t *testing.T, bulkOps []ir.Op) {
	var shown, bulk [ir.OpCount]bool
	for _, op := range bulkOps {
		bulk[op] = true
	}
	for _, file := range loweringFiles(t) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source, _, _ := strings.Cut(string(content), lineOfDashes)
		functions, err := ir.ParseAll(source)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, f := range functions {
			for _, b := range f.Blocks {
				for _, i := range b.Insts {
					shown[i.Op] = true
				}
			}
		}
	}
	for op := ir.InvalidOp + 1; op < ir.OpCount; op++ {
		if !shown[op] {
			t.Errorf("%s is in no file of testdata/lower", op)
		}
		if lower.HasRule(op) == bulk[op] {
			t.Errorf("%s has no rule, or two", op)
		}
	}
}

// A Lower lowers a function and returns its text form. If take is not nil, it takes pieces while they are written, and the
// text is that of the rest.
type Lower func(f *ir.Func, take func(piece fmt.Stringer)) (fmt.Stringer, error)

// LoweredText returns the text of functions in IR, lowered one after the other in the same memory. Taken piece by piece, twice, it
// has to be the same.
func LoweredText(t *testing.T, source string, lowered Lower) string {
	t.Helper()
	functions, err := ir.ParseAll(source)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range functions {
		if err := ir.Verify(f); err != nil {
			t.Fatal(err)
		}
		pass.SplitCriticalEdges(f)
		out, err := lowered(f, nil)
		if err != nil {
			t.Fatal(err)
		}
		text := out.String()
		all.WriteString(text)
		for range 2 {
			taken := "# func " + f.Name + "\n"
			take := func(piece fmt.Stringer) {
				_, body, _ := strings.Cut(piece.String(), "\n")
				taken += body
			}
			rest, err := lowered(f, take)
			if err != nil {
				t.Fatal(err)
			}
			if take(rest); taken != text {
				t.Errorf("taken block by block:\n%s\nwant\n%s", taken, text)
			}
		}
	}
	return all.String()
}

// CheckUnknownNames: names that the linkage does not know are errors that say them.
func CheckUnknownNames(t *testing.T, lowered Lower) {
	for _, source := range []string{
		"func @f() {\nb0:\n\tCall @missing\n\tReturn\n}\n",
		"func @f() -> (ptr) {\nb0:\n\tv0:ptr = Address @missing\n\tReturn v0\n}\n",
	} {
		f, err := ir.Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lowered(f, nil); err == nil || !strings.Contains(err.Error(), "missing") {
			t.Errorf("%v for\n%s", err, source)
		}
	}
}
