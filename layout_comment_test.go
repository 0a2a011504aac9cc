package tagwire_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestExportedNamesAreDocumented(t *testing.T) {
	directories := map[string]bool{}
	for _, p := range listPackages(t, "./...") {
		directories[p.Dir] = true
	}
	for directory := range directories {
		files := token.NewFileSet()
		documented := false
		for _, name := range goFiles(t, directory) {
			file, err := parser.ParseFile(files, name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			documented = documented || file.Doc != nil || strings.HasSuffix(name, "_test.go")
			if !strings.HasSuffix(name, "_test.go") {
				for _, at := range undocumented(file) {
					t.Errorf("%s: exported without a doc comment", files.Position(at))
				}
				for _, at := range misnamed(file) {
					t.Errorf("%s: the comment does not begin with the name", files.Position(at))
				}
			}
		}
		if !documented {
			t.Errorf("%s: the package has no doc comment", directory)
		}
	}
}

// goFiles returns the Go files of one directory, those of other platforms included.
func goFiles(t *testing.T, directory string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(directory, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// undocumented returns the positions of a file's exported names that no comment describes. A comment on a
// group of constants or variables describes all of them.
func undocumented(file *ast.File) []token.Pos {
	var found []token.Pos
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && receiverIsExported(d) {
				found = append(found, d.Pos())
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if !specIsDocumented(d, spec) {
					found = append(found, spec.Pos())
				}
			}
		}
	}
	return found
}

func receiverIsExported(function *ast.FuncDecl) bool {
	return function.Recv == nil || ast.IsExported(receiverName(function))
}

// receiverName returns the name of the type that a method belongs to.
func receiverName(method *ast.FuncDecl) string {
	receiver := method.Recv.List[0].Type
	for {
		switch r := receiver.(type) {
		case *ast.StarExpr:
			receiver = r.X
		case *ast.IndexExpr:
			receiver = r.X
		case *ast.IndexListExpr:
			receiver = r.X
		case *ast.Ident:
			return r.Name
		default:
			return ""
		}
	}
}

func specIsDocumented(group *ast.GenDecl, spec ast.Spec) bool {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		return !s.Name.IsExported() || s.Doc != nil || group.Doc != nil
	case *ast.ValueSpec:
		exported := slices.ContainsFunc(s.Names, (*ast.Ident).IsExported)
		return !exported || s.Doc != nil || s.Comment != nil || group.Doc != nil
	}
	return true
}

func TestUndocumentedIsFound(t *testing.T) {
	const source = `package p

type A struct{}
// B is documented.
type B struct{}
func (b B) M() {}
func (b *hidden[T]) M() {}
func (b *Shown[T]) M() {}
func f() {}
func F() {}
// The constants.
const ( C = 1; D = 2 )
var V, w int
var X = 1 // X is documented.
`
	file, files := parseSource(t, source)
	var lines []int
	for _, at := range undocumented(file) {
		lines = append(lines, files.Position(at).Line)
	}
	if want := []int{3, 6, 8, 10, 13}; !slices.Equal(lines, want) {
		t.Errorf("found lines %v, want %v", lines, want)
	}
}

// misnamed returns the positions of comments that do not begin with the name of the function, type, constant or variable below
// them, nor with "A", "An" or "The" and that name.
func misnamed(file *ast.File) []token.Pos {
	var found []token.Pos
	check := func(comment *ast.CommentGroup, names ...*ast.Ident) {
		if comment == nil {
			return
		}
		words := append(strings.Fields(comment.Text()), "", "")
		named := func(word string) bool {
			word = strings.TrimSuffix(strings.TrimRight(word, ".,:;"), "'s")
			return slices.ContainsFunc(names, func(name *ast.Ident) bool { return name.Name == word })
		}
		article := words[0] == "A" || words[0] == "An" || words[0] == "The"
		if words[0] != "" && !named(words[0]) && !(article && named(words[1])) {
			found = append(found, comment.Pos())
		}
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			check(d.Doc, d.Name)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					check(s.Doc, s.Name)
					if !d.Lparen.IsValid() {
						check(d.Doc, s.Name)
					}
				case *ast.ValueSpec:
					if !d.Lparen.IsValid() { // in a group a comment may be for what follows it
						check(d.Doc, s.Names...)
					}
				}
			}
		}
	}
	return found
}

func TestMisnamedIsFound(t *testing.T) {
	const source = `package p

// A is right.
type A struct{}
// The B is, too.
type B struct{}
// c: so is this.
func c() {}
// before is what d was called before.
func d() {}
//go:nosplit
func e() {}
// E and F are two.
var E, F int
// Some constants.
const ( G = 1; H = 2 )
// An A is what this is not.
const I = 1
type (
	// L is not K.
	K int
)
`
	file, files := parseSource(t, source)
	var lines []int
	for _, at := range misnamed(file) {
		lines = append(lines, files.Position(at).Line)
	}
	if want := []int{9, 17, 20}; !slices.Equal(lines, want) {
		t.Errorf("found lines %v, want %v", lines, want)
	}
}

// parseSource parses one file.
func parseSource(t *testing.T, source string) (*ast.File, *token.FileSet) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "p.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return file, files
}
