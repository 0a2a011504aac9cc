package thriftfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/source"
)

// mustParse parses files in memory.
func mustParse(t *testing.T, files map[string]string, paths ...string) *definition.Definitions {
	t.Helper()
	d, err := Parse(source.Texts(files), paths...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func paths(d *definition.Definitions) (paths []string) {
	for _, f := range d.Files {
		paths = append(paths, f.Path)
	}
	return paths
}

// TestIncludesAreFound: beside the file first, then by their paths. Each file is there once, behind what it includes.
func TestIncludesAreFound(t *testing.T) {
	d := mustParse(t, map[string]string{
		"a/main.thrift": `
include "near.thrift"
include "../c/up.thrift"
include "c/up.thrift"
include "far.thrift"
struct S { 1: near.N n, 2: up.U u, 3: far.F f }`,
		"a/near.thrift": `include "near2/deep.thrift"
struct N { 1: deep.D d }`,
		"a/near2/deep.thrift": `struct D {}`,
		"near.thrift":         `struct Wrong {}`,
		"c/up.thrift":         `struct U {}`,
		"far.thrift":          `struct F {}`,
	}, "./a/main.thrift", "far.thrift")
	if got, want := paths(d), []string{"a/near2/deep.thrift", "a/near.thrift", "c/up.thrift", "far.thrift", "a/main.thrift"}; !slices.Equal(got, want) {
		t.Errorf("the files are %q, want %q", got, want)
	}
	var refs []definition.Ref
	for _, f := range d.Files[4].Structs[0].Fields {
		refs = append(refs, *f.Type.Ref)
	}
	if want := []definition.Ref{{Path: "a/near.thrift", Name: "N"}, {Path: "c/up.thrift", Name: "U"}, {Path: "far.thrift", Name: "F"}}; !slices.Equal(refs, want) {
		t.Errorf("the references are %v, want %v", refs, want)
	}
}

// TestIncludesInACircle: types, constants and services are found whichever file is parsed first.
func TestIncludesInACircle(t *testing.T) {
	files := map[string]string{
		"a.thrift": "include \"b.thrift\"\nstruct A { 1: b.B b = {\"n\": b.TWO} }\nconst i32 ONE = 1\nservice S extends b.T {}",
		"b.thrift": "include \"a.thrift\"\ninclude \"b.thrift\"\nstruct B { 1: list<a.A> a, 2: i32 n = a.ONE }\nconst i32 TWO = 2\nservice T {}",
	}
	for _, first := range []string{"a.thrift", "b.thrift"} {
		if d := mustParse(t, files, first); len(d.Files) != 2 || d.Files[1].Path != first {
			t.Errorf("%s: the files are %q", first, paths(d))
		}
	}
	_, err := Parse(source.Texts(map[string]string{
		"a.thrift": "include \"b.thrift\"\nconst i32 A = b.B\ntypedef b.T U\nservice S extends b.S {}",
		"b.thrift": "include \"a.thrift\"\nconst i32 B = a.A\ntypedef a.U T\nservice S extends a.S {}",
	}), "a.thrift")
	if err == nil || !strings.Contains(err.Error(), "stands for itself") {
		t.Errorf("typedefs in a circle through two files: %v", err)
	}
}

// TestPrefixesWithDots: a file a.b.thrift has the prefix a.b.
func TestPrefixesWithDots(t *testing.T) {
	mustParse(t, map[string]string{
		"main.thrift": "include \"a.b.thrift\"\ninclude \"a.thrift\"\nstruct S { 1: a.b.T t = {\"e\": a.b.E.ONE}, 2: a.T u, 3: a.b.E e = a.b.E.ONE, 4: i32 n = a.b.N }",
		"a.thrift":    "struct T {}",
		"a.b.thrift":  "enum E { ONE }\nstruct T { 1: E e }\nconst i32 N = 1",
	}, "main.thrift")
}

func TestMissingFiles(t *testing.T) {
	for name, test := range map[string]struct {
		read source.Reader
		want string
	}{
		"missing":    {source.Texts(nil), "main.thrift: the file is not found"},
		"unreadable": {func(string) ([]byte, error) { return nil, errors.New("no luck") }, "main.thrift: the file cannot be read: no luck"},
		"unreadable include": {func(path string) ([]byte, error) {
			if path == "main.thrift" {
				return []byte("include \"a.thrift\""), nil
			}
			return nil, errors.New("no luck")
		}, "main.thrift:1:9: a.thrift cannot be read: no luck\ninclude \"a.thrift\"\n        ^"},
	} {
		if _, err := Parse(test.read, "main.thrift"); err == nil || err.Error() != test.want {
			t.Errorf("%s: the error is %v, want %s", name, err, test.want)
		}
	}
}

// TestFolders reads files from disk, with an include that leads out of the first folder.
func TestFolders(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"one/main.thrift":   "include \"../two/up.thrift\"\ninclude \"lib.thrift\"\nstruct S { 1: up.U u, 2: lib.L l }",
		"two/up.thrift":     "\uFEFFstruct U {}",
		"three/lib.thrift":  "struct L {}",
		"three/main.thrift": "not a definition",
	} {
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	d, err := Parse(source.Folders(filepath.Join(root, "one"), filepath.Join(root, "three")), "main.thrift")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := paths(d), []string{"../two/up.thrift", "lib.thrift", "main.thrift"}; !slices.Equal(got, want) {
		t.Errorf("the files are %q, want %q", got, want)
	}
}

// TestManyIncludes: a file that includes another, which includes another, and so on without an end.
func TestManyIncludes(t *testing.T) {
	n := 0
	_, err := Parse(func(string) ([]byte, error) {
		n++
		return fmt.Appendf(nil, "include \"%d.thrift\"", n), nil
	}, "main.thrift")
	if err == nil || !strings.Contains(err.Error(), "too many files include each other") {
		t.Errorf("the error is %v", err)
	}
}
