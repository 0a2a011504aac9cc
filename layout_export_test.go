package tagwire_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// publicPackages are what users import. Their exported names need no use.
var publicPackages = []string{".", "rpc", "rpc/grpc", "rpc/grpc/health", "rpc/grpc/reflection",
	"definition", "definition/thrifttext", "definition/prototext"}

// testPackages serve tests alone: their names need no use in production, and what they use is not used in production.
var testPackages = []string{"ir/interp", "ir/irtest", "ir/lower/lowertest", "backend_amd64/nativetest", "backend_amd64/simulator",
	"backend_arm64/nativetest", "backend_arm64/simulator", "jit/jittest", "definition/compilertest",
	"rpc/streamtest", "fuzz", "fuzz/cases", "fuzz/effort", "fuzz/guard", "fuzz/harness", "fuzz/record", "fuzz/regress"}

// usedByTests are names that tests of other packages need, so that no export_test.go can have them.
var usedByTests = map[string]string{
	"ir.Parse":                              "tests of all packages that work on IR are written in its text form",
	"ir.BulkOps":                            "tests of each step from the IR to machine code go over all ops on many elements",
	"ir.Bulk.Copies":                        "such a test makes data for the op",
	"ir.Bulk.Encodes":                       "such a test makes data for the op",
	"backend_amd64/asm.Operand.Scale":       "the simulator executes instructions",
	"backend_arm64/asm.Operand.IndexShift":  "the simulator executes instructions",
	"backend_arm64/asm.Operand.ChangesBase": "the simulator executes instructions",
}

// standardMethods are methods that the standard library calls.
var standardMethods = []string{"Error", "String", "Unwrap", "Is", "Read", "Write", "Close"}

// contracts are packages of numbers that assembly has too, or that another processor will need.
var contracts = []string{"jit/abi"}

// exportUse is what the files of a module say of exported names that are not public: which there are, and which are used.
// Names of packages are compared with their package; those of methods and fields are compared alone, so a name that another type
// uses too is not found.
type exportUse struct {
	declared map[string]bool // "package..Name", "package.Type.Method" and "package.Type.Field"
	used     map[string]bool // "package.Name", ".Method" and ".Field"
	public   map[string]bool // "package.Type" that a public package has an alias for, whose methods and fields are public
}

func newExportUse() *exportUse {
	return &exportUse{map[string]bool{}, map[string]bool{}, map[string]bool{}}
}

// add reads one file of a package. Whatever it uses counts; what it declares does if the package is neither public nor for tests.
func (u *exportUse) add(file *ast.File, folder string) {
	if slices.Contains(testPackages, folder) {
		return
	}
	imports := map[string]string{} // name in this file, to package
	var dotted []string            // packages whose names need none
	for _, spec := range file.Imports {
		importPath, _ := strconv.Unquote(spec.Path.Value)
		imported, ours := relativeName(importPath)
		if !ours {
			continue
		}
		name := path.Base(imported)
		if imported == "." {
			name = "tagwire"
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "." {
			dotted = append(dotted, imported)
		}
		imports[name] = imported
	}
	declarations := u.declare(file, folder)
	public := slices.Contains(publicPackages, folder)
	selected := map[*ast.Ident]bool{} // what is behind a dot
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.SelectorExpr:
			u.used["."+n.Sel.Name] = true
			selected[n.Sel] = true
			if x, ok := n.X.(*ast.Ident); ok && imports[x.Name] != "" {
				u.used[imports[x.Name]+"."+n.Sel.Name] = true
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok {
				u.used["."+key.Name] = true
			}
		case *ast.InterfaceType: // its methods are called through it
			for _, method := range n.Methods.List {
				for _, name := range method.Names {
					u.used["."+name.Name] = true
				}
			}
		case *ast.TypeSpec:
			if aliased, ok := n.Type.(*ast.SelectorExpr); ok && public && n.Assign.IsValid() {
				if x, ok := aliased.X.(*ast.Ident); ok {
					u.public[imports[x.Name]+"."+aliased.Sel.Name] = true
				}
			}
		case *ast.Ident:
			if declarations[n] || selected[n] {
				break
			}
			for _, scope := range append(dotted, folder) {
				u.used[scope+"."+n.Name] = true
			}
		}
		return true
	})
}

// declare notes the exported names of a file, and returns the identifiers that declare anything in it.
func (u *exportUse) declare(file *ast.File, folder string) map[*ast.Ident]bool {
	declarations := map[*ast.Ident]bool{}
	_, ours := allowedImports[folder]
	judged := ours && !slices.Contains(publicPackages, folder) && !slices.Contains(contracts, folder) &&
		!strings.HasPrefix(folder, "examples/")
	note := func(name *ast.Ident, owner string) {
		declarations[name] = true
		if judged && name.IsExported() && (owner == "" || ast.IsExported(owner)) {
			u.declared[folder+"."+owner+"."+name.Name] = true
		}
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				note(d.Name, "")
			} else {
				note(d.Name, receiverName(d))
			}
		case *ast.GenDecl:
			enumeration := false
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.ValueSpec:
					enumeration = enumeration || countsUp(s)
					for _, name := range s.Names {
						if !enumeration {
							note(name, "")
						}
					}
				case *ast.TypeSpec:
					note(s.Name, "")
					if fields, ok := s.Type.(*ast.StructType); ok {
						for _, field := range fields.Fields.List {
							for _, name := range field.Names {
								note(name, s.Name.Name)
							}
						}
					}
				}
			}
		}
	}
	return declarations
}

// countsUp reports whether a constant begins an enumeration, which has each of its members whether it is used or not.
func countsUp(constant *ast.ValueSpec) bool {
	found := false
	for _, value := range constant.Values {
		ast.Inspect(value, func(node ast.Node) bool {
			name, ok := node.(*ast.Ident)
			found = found || ok && name.Name == "iota"
			return true
		})
	}
	return found
}

// unused returns what is declared and not used, sorted.
func (u *exportUse) unused() []string {
	var found []string
	for name := range u.declared {
		parts := strings.Split(name, ".")
		folder, owner, last := parts[0], parts[1], parts[2]
		if owner == "" {
			if !u.used[folder+"."+last] {
				found = append(found, folder+"."+last)
			}
		} else if !u.used["."+last] && !u.public[folder+"."+owner] && !slices.Contains(standardMethods, last) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// TestExportedNamesAreUsed: what only tests use is not exported by a package that users do not import.
func TestExportedNamesAreUsed(t *testing.T) {
	files, use := token.NewFileSet(), newExportUse()
	walkRepository(t, func(name string) {
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return
		}
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		use.add(file, path.Dir(name))
	})
	if len(use.declared) < 100 {
		t.Errorf("only %d names are found", len(use.declared))
	}
	unused := use.unused()
	for _, name := range unused {
		if usedByTests[name] == "" {
			t.Errorf("%s is exported, and only tests use it", name)
		}
	}
	for name := range usedByTests {
		if !slices.Contains(unused, name) {
			t.Errorf("%s is in usedByTests, but it is gone, or used in production", name)
		}
	}
}

func TestUnusedExportsAreFound(t *testing.T) {
	files, use := token.NewFileSet(), newExportUse()
	for _, source := range []struct{ folder, text string }{
		{"codec", `package codec
type Public struct { Field int }
type Used struct { Read, Key, Forgotten int }
func (Used) Called() {}
func (*Used) Forgot() { (*Used).Forgot2(nil) }
func (*Used) Forgot2() {}
func (*Used) Error() string { return "" }
func (hidden) Method() {}
type Interface interface { Through() }
func (Used) Through() {}
func Dotted() {}
func Local() { Recursive() }
func Recursive() {}
const ( First = iota; Second; Third )
const Alone = 1
`},
		{"schema", `package schema
import ( c "github.com/tagwire/tagwire/codec"; "github.com/tagwire/tagwire/wire/thriftbinary" )
var v = c.Used{Key: 1}
func f() int { v.Called(); return v.Read }
func Alone(c.Interface) { thriftbinary.Alone() }
`},
		{"jit", "package jit\nimport . \"github.com/tagwire/tagwire/codec\"\nfunc f() { Dotted() }\n"},
		{"fuzz/cases", "package cases\nimport \"github.com/tagwire/tagwire/codec\"\nfunc F() { codec.Local() }\n"},
		{".", "package tagwire\nimport \"github.com/tagwire/tagwire/codec\"\ntype Public = codec.Public\nfunc F()\n"},
	} {
		file, err := parser.ParseFile(files, "p.go", source.text, 0)
		if err != nil {
			t.Fatal(err)
		}
		use.add(file, source.folder)
	}
	want := []string{"codec.Alone", "codec.Local", "codec.Used.Forgot", "codec.Used.Forgotten", "schema.Alone"}
	if got := use.unused(); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
