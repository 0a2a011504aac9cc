package interop

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire/idl/source"
	"github.com/tagwire/tagwire/idl/thriftfile"
)

// stricter are malformed definitions that thrift-compiler accepts, some with a warning, each with the reason why the parser does not.
var stricter = map[string]string{
	"double that is too large":                 tooLarge,
	"i8 that is too large":                     tooLarge,
	"i8 that is too small":                     tooLarge,
	"i16 that is too large":                    tooLarge,
	"i32 that is too large":                    tooLarge,
	"hexadecimal i32 that is too large":        tooLarge,
	"constant that is too large for its place": tooLarge,
	"nested field of the wrong type":           tooLarge,
	"field with a default that is too large":   tooLarge,
	"field id of 17 bits":                      "an id has 16 bits in messages",
	"field id that is too small":               "an id has 16 bits in messages",
	"integer for bool":                         "2 is neither true nor false",
	"map for a list":                           dropped,
	"list for a map":                           dropped,
	"number for a list":                        dropped,
	"string for an enum":                       "no value of the enum is meant",
	"field twice":                              "one value would be dropped",
	"two fields of a union":                    "a union has one field at most",
	"oneway with a result":                     "nobody would get the result",
	"async":                                    "the word is deprecated",
	"include of a missing file":                "what it declares would be missing",
	"include of a missing file in a folder":    "what it declares would be missing",
}

const (
	tooLarge = "the number would be another one in the generated code"
	dropped  = "the value would be dropped"
)

// endless are definitions that thrift-compiler 0.17 never ends with: it waits for the end of a comment or a string, or follows a typedef.
var endless = map[string]bool{
	"comment without end":           true,
	"documentation without end":     true,
	"string without end":            true,
	"string to the end of the file": true,
	"string with the other quote":   true,
	"typedef of itself":             true,
	"typedefs in a circle":          true,
}

// TestMalformedThrift has thrift-compiler read the malformed definitions of package thriftfile. It refuses them, too, save for those that
// are known.
func TestMalformedThrift(t *testing.T) {
	if _, missing := exec.LookPath("thrift"); !present(t, "thrift-compiler", "the command thrift", missing) {
		return
	}
	data, err := os.ReadFile("../thriftfile/testdata/malformed.thrift")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, text := range map[string]string{
		"other.thrift":  "include \"deeper.thrift\"\nconst i32 C = 1\nenum E { ONE }\nstruct T {}\n",
		"deeper.thrift": "struct Deep {}\n",
		"broken.thrift": "struct B {\n  1: i32 a\n  2: i32\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	main := filepath.Join(folder, "main.thrift")
	for _, block := range strings.Split("\n"+string(data), "\n=== ")[1:] {
		name, text, _ := strings.Cut(block, "\n")
		if err := os.WriteFile(main, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if endless[name] {
			continue
		}
		refused := !accepts(folder, main)
		if reason := stricter[name]; refused != (reason == "") {
			t.Errorf("%s: thrift-compiler refuses it: %v; it is known to accept it because: %q", name, refused, reason)
		}
	}
}

// TestLooserThrift has thrift-compiler refuse what the parser accepts.
func TestLooserThrift(t *testing.T) {
	if _, missing := exec.LookPath("thrift"); !present(t, "thrift-compiler", "the command thrift", missing) {
		return
	}
	for name, text := range map[string]string{
		"annotation behind a named type": "struct A {}\nstruct B { 1: A (a = \"b\") c }",
		"annotation behind a constant":   "const i32 A = 1 (a = \"b\")",
		"annotation named as a keyword":  "struct A { 1: i32 a (optional) }",
		"service declared further down":  "service A extends B {}\nservice B {}",
		"constant declared further down": "const i32 A = B\nconst i32 B = 1",
		"enum declared further down":     "const i32 A = E.ONE\nenum E { ONE }",
		"set by the name of a constant":  "const set<i32> A = [1]\nconst map<i32, set<i32>> B = {1: A}\nstruct S { 1: i32 a }\nconst S C = {\"a\": 1}\nconst S D = C",
		"enum by the name of a constant": "enum E { ONE }\nconst E A = E.ONE\nconst E B = A",
		"file that includes itself":      "include \"main.thrift\"\nstruct A {}",
	} {
		folder := t.TempDir()
		file := filepath.Join(folder, "main.thrift")
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if accepts(folder, file) {
			t.Errorf("%s: thrift-compiler accepts it", name)
		}
		if _, err := thriftfile.Parse(source.Folders(folder), "main.thrift"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// accepts reports whether thrift-compiler accepts a file. It is ended when it takes long, which is
// longer than it needs.
func accepts(folder, file string) bool {
	patience, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return exec.CommandContext(patience, "thrift", "-nowarn", "--allow-neg-keys", "--gen", "json", "-out", folder, file).Run() == nil
}
