package interop

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/idl/gogen"
)

// thriftgoOptions are options of thriftgo, with ours. The last ones are Kitex's.
var thriftgoOptions = map[string]gogen.Options{
	"naming_style=thriftgo,ignore_initialisms=false": {Names: gogen.Thriftgo},
	"naming_style=apache,ignore_initialisms=false":   {Names: gogen.ThriftgoApache},
	"naming_style=golint,ignore_initialisms=false":   {Names: gogen.ThriftgoGolint},
	"naming_style=thriftgo,ignore_initialisms":       {Names: gogen.Thriftgo, IgnoreInitialisms: true},
	"naming_style=apache,ignore_initialisms":         {Names: gogen.ThriftgoApache, IgnoreInitialisms: true},
	"naming_style=golint,ignore_initialisms,gen_setter,compatible_names": {
		Names: gogen.ThriftgoGolint, IgnoreInitialisms: true, Setters: true, CompatibleNames: true,
	},
}

// codecNames are methods, functions and types of thriftgo that make up its codec and what needs it.
var codecNames = regexp.MustCompile(`\.(Read|Write|ReadField_?\d+|writeField_?\d+)$|^fieldIDToName_|Client|Processor|^\w+\.(Process|AddToProcessorMap)$`)

// declared returns what Go files in a folder declare: the name of each type, function, method and field with its type, and of each
// constant and variable.
func declared(t *testing.T, folder string) map[string]string {
	t.Helper()
	found, set := map[string]string{}, token.NewFileSet()
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".go" {
			return err
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			collect(found, file.Name.Name+":", d)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func collect(found map[string]string, pkg string, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			name = strings.Trim(text(d.Recv.List[0].Type), "*") + "." + name
		}
		found[pkg+name] = signature(d.Type)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					found[pkg+n.Name] = d.Tok.String()
				}
			case *ast.TypeSpec:
				collectType(found, pkg, spec)
			}
		}
	}
}

func collectType(found map[string]string, pkg string, spec *ast.TypeSpec) {
	switch of := spec.Type.(type) {
	case *ast.StructType:
		found[pkg+spec.Name.Name] = "struct"
		for _, f := range of.Fields.List {
			for _, n := range f.Names {
				found[pkg+spec.Name.Name+"."+n.Name] = text(f.Type) + " " + tagOf(f)
			}
		}
	case *ast.InterfaceType:
		found[pkg+spec.Name.Name] = "interface"
		for _, m := range of.Methods.List {
			if len(m.Names) == 0 {
				found[pkg+spec.Name.Name+"."+text(m.Type)] = "embedded"
				continue
			}
			found[pkg+spec.Name.Name+"."+m.Names[0].Name] = signature(m.Type.(*ast.FuncType))
		}
	default:
		found[pkg+spec.Name.Name] = fmt.Sprint(spec.Assign.IsValid(), text(of))
	}
}

func tagOf(f *ast.Field) string {
	if f.Tag == nil {
		return ""
	}
	return f.Tag.Value
}

// signature returns the types of parameters and results. Names do not matter to callers.
func signature(of *ast.FuncType) string {
	list := func(fields *ast.FieldList) string {
		var types []string
		if fields != nil {
			for _, f := range fields.List {
				for range max(1, len(f.Names)) {
					types = append(types, strings.ReplaceAll(text(f.Type), "interface{}", "any"))
				}
			}
		}
		return "(" + strings.Join(types, ", ") + ")"
	}
	return list(of.Params) + list(of.Results)
}

func text(node ast.Node) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), node); err != nil {
		return err.Error()
	}
	return b.String()
}

// checkSame reports what thriftgo declares and we do not, or declare differently, and returns how much was compared.
func checkSame(t *testing.T, theirs, ours string) int {
	t.Helper()
	compared := 0
	wanted, got := declared(t, theirs), declared(t, ours)
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if _, plain, _ := strings.Cut(name, ":"); codecNames.MatchString(plain) {
			continue
		}
		compared++
		if have, found := got[name]; !found {
			t.Errorf("%s is missing: %s", name, wanted[name])
		} else if have != wanted[name] {
			t.Errorf("%s is %s, thriftgo has %s", name, have, wanted[name])
		}
	}
	return compared
}

// TestThriftgoNames: with the names of thriftgo, everything is there that thriftgo makes, save for the codec.
func TestThriftgoNames(t *testing.T) {
	folder, err := filepath.Abs("testdata/thriftgo")
	if err != nil {
		t.Fatal(err)
	}
	for options, ours := range thriftgoOptions {
		t.Run(options, func(t *testing.T) {
			made := t.TempDir()
			mustRun(t, ".", "go", "tool", "thriftgo", "-r", "-g", "go:package_prefix=example.com/made,"+options, "-o",
				filepath.Join(made, "theirs"), filepath.Join(folder, "shop.thrift"))
			s := system{"shop", folder, "shop.thrift"}
			s.generate(t, filepath.Join(made, "ours"), modulePath, ours)
			if n := checkSame(t, filepath.Join(made, "theirs"), filepath.Join(made, "ours")); n < 300 {
				t.Errorf("only %d declarations were compared", n)
			}
		})
	}
}

// TestRandomNames: names made of all sorts of parts become what thriftgo makes of them.
func TestRandomNames(t *testing.T) {
	const count = 400
	parts := strings.Split("url Url URL id Id ID _ __ 1 2 userId HTTP http foo Bar args Result new x aB IDs html", " ")
	random := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("namespace go names\n")
	seen := map[string]bool{}
	for len(seen) < count {
		name := ""
		for range 1 + random.IntN(5) {
			name += parts[random.IntN(len(parts))]
		}
		// Thrift wants a letter or an underscore in front. Go wants a letter, so that both make what no Go program can use of the latter.
		if first := name[0]; seen[name] || first == '_' || '0' <= first && first <= '9' {
			continue
		}
		seen[name] = true
		fmt.Fprintf(&b, "struct S%d { 1: i32 %s }\nenum E%d { %s }\n", len(seen), name, len(seen), name)
	}
	folder := t.TempDir()
	write(t, filepath.Join(folder, "names.thrift"), b.String())
	for options, ours := range thriftgoOptions {
		t.Run(options, func(t *testing.T) {
			made := t.TempDir()
			mustRun(t, ".", "go", "tool", "thriftgo", "-g", "go:"+options, "-o", filepath.Join(made, "theirs"),
				filepath.Join(folder, "names.thrift"))
			s := system{"names", folder, "names.thrift"}
			s.generate(t, filepath.Join(made, "ours"), modulePath, ours)
			if n := checkSame(t, filepath.Join(made, "theirs"), filepath.Join(made, "ours")); n < 4*count {
				t.Errorf("only %d declarations were compared", n)
			}
		})
	}
}
