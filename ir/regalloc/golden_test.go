package regalloc

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// long asks for the long forms of tests; .ci/run long does.
var long = flag.Bool("long", false, "run the long forms of tests")

var update = flag.Bool("update", false, "rewrite the golden files")

const goldenMark = "\n---- allocated\n"

// TestGolden allocates the functions of testdata and compares the code with what stands below them.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source, want, _ := strings.Cut(string(content), goldenMark)
			f := parseFunction(t, source)
			got := allocateChecked(t, f).Format(f)
			if *update {
				if err := os.WriteFile(file, []byte(source+goldenMark+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// TestTextRoundTrips reads what the printer wrote.
func TestTextRoundTrips(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source, _, _ := strings.Cut(string(content), goldenMark)
		head := source[:strings.Index(source, "block0")]
		text := parseFunction(t, source).String()
		if again := parseFunction(t, head+text).String(); again != text {
			t.Errorf("%s: got:\n%s\nwant:\n%s", file, again, text)
		}
	}
}

// allocateChecked verifies a function, allocates it, and checks the result and its meaning.
func allocateChecked(t *testing.T, f *Function) *Result {
	t.Helper()
	return checkAllocation(t, new(Allocator), f)
}

func checkAllocation(t *testing.T, a *Allocator, f *Function) *Result {
	t.Helper()
	if err := Verify(f); err != nil {
		t.Fatalf("%v\n%s", err, f)
	}
	result := a.Allocate(f)
	if err := Check(f, result); err != nil {
		t.Fatalf("%v\n%s\n%s", err, f, result.Format(f))
	}
	for seed := uint64(1); seed <= 3; seed++ {
		want, got := execute(f, seed), executeAllocated(f, result, seed)
		if want != got {
			t.Fatalf("seed %d: the allocated code does something else\n%s\n%s", seed, f, result.Format(f))
		}
	}
	return result
}
