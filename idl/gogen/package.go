package gogen

import (
	"go/token"
	"path"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// A goPackage is a package that definition files belong to.
type goPackage struct {
	importPath string
	name       string
	dir        string // below the folder of the output
	names      scope  // of everything that it declares
	outputs    scope  // names of its files
	imports    map[*goPackage]bool
}

// packageOf returns the package of a definition file.
func (g *generator) packageOf(f *definition.File) *goPackage {
	importPath, name := g.place(f)
	key := importPath
	if known := g.packages[key]; known != nil {
		return known
	}
	dir := importPath
	if below, found := strings.CutPrefix(importPath+"/", g.options.ModulePath+"/"); found {
		dir = strings.TrimSuffix(below, "/")
	}
	if g.options.Package != "" {
		dir = ""
	}
	p := &goPackage{importPath: importPath, name: packageName(name), dir: dir, names: scope{}, outputs: scope{}, imports: map[*goPackage]bool{}}
	g.packages[key] = p
	return p
}

// place returns the import path of a file's package, and what the package's name is made of.
func (g *generator) place(f *definition.File) (importPath, name string) {
	if g.options.Package != "" {
		return g.options.ModulePath, g.options.Package
	}
	if mapped, found := g.options.Packages[f.Path]; found {
		return splitPackage(mapped)
	}
	if f.Language == definition.Protobuf {
		for _, a := range f.Annotations {
			if a.Name == "go_package" && a.Value != "" {
				text := unquote(a.Value)
				if text == "." || strings.HasPrefix(text, "./") || strings.HasPrefix(text, ".;") { // below the folder of the output
					text = g.options.ModulePath + "/" + text
				}
				return splitPackage(text)
			}
		}
	}
	dotted := f.Package
	for _, language := range []string{"*", "go"} {
		for _, n := range f.Namespaces {
			if n.Language == language {
				dotted = n.Name
			}
		}
	}
	if dotted == "" {
		dotted = strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))
	}
	// A namespace is a path. Each part of it is the name of a folder: never "..", and nothing that leads elsewhere.
	parts := strings.FieldsFunc(dotted, func(r rune) bool { return r == '.' || r == '/' || r == '\\' })
	for i := range parts {
		parts[i] = strings.Map(folderRune, parts[i])
	}
	below := strings.Join(parts, "/")
	return strings.TrimPrefix(g.options.ModulePath+"/"+below, "/"), path.Base(below)
}

// checkPackage reports a package whose import path Go would refuse. The path is that of a folder, too, so that it must not lead elsewhere in
// any system.
func (g *generator) checkPackage(f *goFile) {
	importPath := f.pkg.importPath
	if importPath == "" && f.pkg.dir == "" || isImportPath(importPath) {
		return
	}
	var at definition.Position
	for _, a := range f.def.Annotations {
		if _, mapped := g.options.Packages[f.def.Path]; a.Name == "go_package" && !mapped {
			at = a.At
		}
	}
	g.fail(f.def, at, "%q cannot be the import path of a Go package", importPath)
}

// isImportPath reports whether Go takes a path: elements of letters, digits and a few signs. "C" is no package.
func isImportPath(importPath string) bool {
	for _, element := range strings.Split(importPath, "/") {
		if element == "" || element[0] == '-' || element[len(element)-1] == '.' || strings.IndexFunc(element, func(r rune) bool {
			return !strings.ContainsRune("-._~+", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) >= 0 {
			return false
		}
	}
	return importPath != "C"
}

// folderRune replaces what an import path cannot have.
func folderRune(r rune) rune {
	if r == '_' || r == '-' || r < 128 && (isDigit(byte(r)) || 'a' <= r|0x20 && r|0x20 <= 'z') {
		return r
	}
	return '_'
}

// splitPackage splits "example.com/a/b;name". Without a name it is the last part of the path.
func splitPackage(text string) (importPath, name string) {
	importPath, name, _ = strings.Cut(text, ";")
	importPath = strings.Trim(path.Clean("/"+importPath), "/")
	if name == "" {
		name = path.Base(importPath)
	}
	return importPath, name
}

// packageName returns a name that a package can have.
func packageName(text string) string {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' {
			return '_'
		}
		return folderRune(r)
	}, text)
	if name == "" || isDigit(name[0]) || token.IsKeyword(name) || name == "_" {
		name = "_" + name
	}
	if name = strings.ToLower(name[:1]) + name[1:]; name[0] == '_' {
		name = "p" + name
	}
	return name
}

// unquote takes the quotes from the text form of an option that is a string.
func unquote(text string) string {
	if len(text) >= 2 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		return text[1 : len(text)-1]
	}
	return text
}

// platformWords are last parts of file names by which Go builds a file on some platforms only, or for tests only.
var platformWords = strings.Fields(`test aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1
	windows zos 386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le
	riscv riscv64 s390 s390x sparc sparc64 wasm unix`)

// outputName returns the name of the Go file for a definition file, which no other one of its package has.
func (p *goPackage) outputName(f *definition.File) string {
	base := strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))
	base = strings.Map(folderRune, base)
	if base == "" || base[0] == '_' || base[0] == '.' {
		base = "x" + base // Go ignores files with such names
	}
	if words := strings.Split(base, "_"); slices.Contains(platformWords, words[len(words)-1]) {
		base += "_idl"
	}
	// File systems may take capital and small letters for the same.
	for p.outputs[strings.ToLower(base)] > 0 {
		base += "_2"
	}
	p.outputs[strings.ToLower(base)] = 1
	return path.Join(p.dir, base+".go")
}
