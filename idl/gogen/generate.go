package gogen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/source"
)

// A File is one file of Go code.
type File struct {
	Path string // relative to the folder of the output, with slashes
	Text []byte // in the form of gofmt
}

// Generate makes one Go file of each definition file whose path is among paths, or of all if there are none. The error is of type
// source.Errors if definitions are at fault.
func Generate(definitions *definition.Definitions, options Options, paths ...string) ([]File, error) {
	g := &generator{
		options: options, texts: map[string]string{}, index: newIndex(definitions), packages: map[string]*goPackage{}, goFiles: map[string]*goFile{},
		structs: map[*definition.Struct]*structDecl{}, enums: map[*definition.Enum]*enumDecl{},
		typedefs: map[*definition.Typedef]*typedefDecl{}, services: map[*definition.Service]*serviceDecl{},
	}
	wanted := map[string]bool{}
	for _, p := range paths {
		if g.index.files[p] == nil {
			return nil, fmt.Errorf("there is no definition file %s", p)
		}
		wanted[p] = true
	}
	g.declare(definitions.Files)
	if err := g.report.Err(); err != nil {
		return nil, err
	}
	var made []File
	for _, f := range g.order {
		if len(wanted) > 0 && !wanted[f.def.Path] {
			continue
		}
		text, err := g.emit(f)
		if err != nil {
			return nil, err
		}
		made = append(made, File{Path: f.output, Text: text})
	}
	g.checkImports()
	if err := g.report.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(made, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return made, nil
}

// A generator is one run.
type generator struct {
	options  Options
	index    *index
	packages map[string]*goPackage // by import path
	goFiles  map[string]*goFile    // by path of the definition file
	order    []*goFile
	structs  map[*definition.Struct]*structDecl
	enums    map[*definition.Enum]*enumDecl
	typedefs map[*definition.Typedef]*typedefDecl
	services map[*definition.Service]*serviceDecl
	report   source.Report
	texts    map[string]string // of definition files, for errors
}

// A goFile is the Go file of a definition file.
type goFile struct {
	def       *definition.File
	pkg       *goPackage
	output    string
	structs   []*structDecl
	enums     []*enumDecl
	typedefs  []*typedefDecl
	constants []*constantDecl
	services  []*serviceDecl
}

// fail notes an error at a place of a file.
func (g *generator) fail(f *definition.File, at definition.Position, format string, values ...any) {
	if _, known := g.texts[f.Path]; !known && g.options.Read != nil {
		text, err := g.options.Read(f.Path)
		if err != nil {
			text = nil // the error has no excerpt then
		}
		g.texts[f.Path] = string(text)
	}
	g.report.Add(f.Path, g.texts[f.Path], at, format, values...)
}

// checkImports reports packages that import each other, which Go does not allow.
func (g *generator) checkImports() {
	state := map[*goPackage]int{} // 1: on the way, 2: done
	var way []string
	var visit func(p *goPackage) bool
	visit = func(p *goPackage) bool {
		way = append(way, p.importPath)
		defer func() { way = way[:len(way)-1] }()
		state[p] = 1
		next := make([]*goPackage, 0, len(p.imports))
		for q := range p.imports {
			next = append(next, q)
		}
		slices.SortFunc(next, func(a, b *goPackage) int { return cmp.Compare(a.importPath, b.importPath) })
		for _, q := range next {
			if state[q] == 1 {
				cycle := append(way[slices.Index(way, q.importPath):], q.importPath)
				for _, f := range g.order {
					if f.pkg == p {
						g.fail(f.def, definition.Position{}, "Go packages would import each other: %s; put these files into one package by the "+
							"options for packages", strings.Join(cycle, " -> "))
						return false
					}
				}
			}
			if state[q] == 0 && !visit(q) {
				return false
			}
		}
		state[p] = 2
		return true
	}
	for _, f := range g.order {
		if state[f.pkg] == 0 && !visit(f.pkg) {
			return
		}
	}
}
