package interop

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unknownToThem matches lines of definitions that Debian's thrift-compiler does not know, or makes no Go code of. The codec has no such
// types either, so that our code would leave them out.
var unknownToThem = regexp.MustCompile(`(?m)^[^\n]*(\buuid\b|\bmyUUID\b|map *< *(list|set|map) *<)[^\n]*$`)

// withoutUnknown copies the definitions of a folder, without such lines.
func withoutUnknown(t *testing.T, folder string) string {
	t.Helper()
	copied := t.TempDir()
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".thrift" {
			return err
		}
		below, err := filepath.Rel(folder, name)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		write(t, filepath.Join(copied, below), unknownToThem.ReplaceAllString(string(text), ""))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

// A goType is a struct type in a package of a module.
type goType struct {
	pkg, name string
	contract  bool
	// exceptions is the variable that a contract has as an option, or "".
	exceptions string
}

// typesIn returns the struct types of the packages below a folder whose import path is given.
func typesIn(t *testing.T, folder, importPath string) []goType {
	t.Helper()
	var types []goType
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".go" || strings.HasSuffix(filepath.Dir(name), "-remote") {
			return err
		}
		below, err := filepath.Rel(folder, filepath.Dir(name))
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(file.Scope.Objects)) {
			spec, ok := file.Scope.Objects[name].Decl.(*ast.TypeSpec)
			if !ok || !ast.IsExported(name) {
				continue
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				made := goType{path.Join(importPath, filepath.ToSlash(below)), name, isContract(s), ""}
				if made.contract && file.Scope.Objects[name+"Exceptions"] != nil {
					made.exceptions = name + "Exceptions"
				}
				types = append(types, made)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// is reports whether two generators have made the types of the same struct.
func (g goType) is(o goType) bool {
	return plainName(g.name) == plainName(o.name) && plainName(g.place()) == plainName(o.place())
}

// place is the way to the package from the folder of its generator.
func (g goType) place() string {
	_, place, _ := strings.Cut(strings.TrimPrefix(g.pkg, modulePath+"/"), "/")
	return place
}

// isContract reports whether a struct has functions, or embeds what has.
func isContract(s *ast.StructType) bool {
	for _, f := range s.Fields.List {
		if _, ok := f.Type.(*ast.FuncType); ok || len(f.Names) == 0 {
			return true
		}
	}
	return false
}

// plainName is a name without what generators do differently.
func plainName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

// A program is Go code that lists the types that two generators have made, and our contracts.
type program struct {
	imports          map[string]string // local names by import path
	create           string            // format of a function that makes one of theirs, of a package and a name
	option           string            // for all contracts, or ""
	pairs, contracts []string
}

func (p *program) local(pkg string) string {
	if p.imports[pkg] == "" {
		p.imports[pkg] = "p" + strconv.Itoa(len(p.imports))
	}
	return p.imports[pkg]
}

// add adds the types that both have.
func (p *program) add(ours, theirs []goType) {
	for _, o := range ours {
		if o.contract {
			p.contract(o)
			continue
		}
		same := func(g goType) bool { return g.is(o) }
		i := slices.IndexFunc(theirs, func(g goType) bool { return same(g) && g.name == o.name })
		if i < 0 {
			i = slices.IndexFunc(theirs, same)
		}
		if i >= 0 {
			p.pair(o, theirs[i])
		}
	}
}

func (p *program) contract(o goType) {
	option := p.option
	if o.exceptions != "" {
		option = p.local(o.pkg) + "." + o.exceptions
	}
	p.contracts = append(p.contracts, fmt.Sprintf("{%q, func() error { return accepts[%s.%s](%s) }},", o.pkg+"."+o.name, p.local(o.pkg),
		o.name, option))
}

func (p *program) pair(o, g goType) {
	p.pairs = append(p.pairs, fmt.Sprintf("{%q, func() any { return new(%s.%s) }, %s},", o.pkg+"."+o.name, p.local(o.pkg), o.name,
		fmt.Sprintf(p.create, p.local(g.pkg), g.name)))
}

// text returns the code. imports is the package of the interface that their types have.
func (p *program) text(imports, message string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package main\n\nimport %s\n", imports)
	if p.option != "" && len(p.contracts) > 0 {
		b.WriteString("import \"github.com/tagwire/tagwire/rpc\"\n")
	}
	for pkg, name := range p.imports {
		fmt.Fprintf(&b, "import %s %q\n", name, pkg)
	}
	fmt.Fprintf(&b, "\nvar pairs = []pair{\n%s\n}\n\nvar _ %s\n\nvar contracts = []contract{\n%s\n}\n", strings.Join(p.pairs, "\n"), message,
		strings.Join(p.contracts, "\n"))
	return b.String()
}

// TestApacheAgrees: random values of the types of real definitions pass between our code and that of Apache's compiler, both ways, and
// package rpc accepts all contracts.
func TestApacheAgrees(t *testing.T) {
	requirePeer(t, "thrift", "thrift-compiler")
	copies := map[string]string{}
	module := newModule(t)
	var systems []system
	for _, s := range thriftSystems(t) {
		if copies[s.folder] == "" {
			copies[s.folder] = withoutUnknown(t, s.folder)
		}
		s.folder = copies[s.folder]
		folder := filepath.Join(module, "theirs", s.name)
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		_, err := command(s.folder, "thrift", "-r", "-out", folder, "--gen", "go:skip_remote,package_prefix="+modulePath+"/theirs/"+s.name+"/", s.file)
		if err != nil {
			t.Logf("thrift-compiler refuses %s", s.file)
			_ = os.RemoveAll(folder)
			continue
		}
		systems = append(systems, s)
	}
	// Each build tells of some of what does not build. It is left out, and the rest built again.
	for range systems {
		broken, err := command(module, "go", "build", "./theirs/...")
		if err == nil {
			break
		}
		before := len(systems)
		systems = slices.DeleteFunc(systems, func(s system) bool {
			if !strings.Contains(broken, "theirs/"+s.name+"/") {
				return false
			}
			t.Logf("the code of thrift-compiler for %s does not build", s.file)
			return os.RemoveAll(filepath.Join(module, "theirs", s.name)) == nil
		})
		if len(systems) == before {
			t.Fatal(err)
		}
	}
	compared := []string{"values"}
	if *long {
		compared = append(compared, "idiomatic")
	}
	made := program{imports: map[string]string{}, create: "func() thrift.TStruct { return %s.New%s() }"}
	for _, s := range systems {
		theirs := typesIn(t, filepath.Join(module, "theirs", s.name), modulePath+"/theirs/"+s.name)
		for _, variant := range compared {
			importPath := modulePath + "/" + variant + "/" + s.name
			s.generate(t, filepath.Join(module, variant, s.name), importPath, variants[variant])
			made.add(typesIn(t, filepath.Join(module, variant, s.name), importPath), theirs)
		}
	}
	if len(made.pairs) < 250*len(compared) || len(made.contracts) < 35*len(compared) {
		t.Errorf("there are only %d types and %d contracts", len(made.pairs), len(made.contracts))
	}
	write(t, filepath.Join(module, "agree", "pairs.go"), made.text(`"github.com/apache/thrift/lib/go/thrift"`, "thrift.TStruct"))
	for _, file := range []string{"agree", "contracts"} {
		driver, err := os.ReadFile("testdata/driver/" + file + ".go.txt")
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(module, "agree", file+".go"), string(driver))
	}
	t.Log(mustRun(t, module, "go", "run", "./agree"))
}
