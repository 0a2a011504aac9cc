package tagwire_test

import (
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"testing"
)

// formatImporters are the files that each wire format has a row in, by the folder of which they import the format.
var formatImporters = map[string][]string{
	"reflectcodec": {"format.go", "jit/jittest/format.go"},
	"jit/build":    {"jit/codec.go", "jit/jittest/format.go"},
}

// TestWireFormatsAreComplete: what is in wire is also in both engines, and in the tables of formats. See docs/architecture.md.
func TestWireFormatsAreComplete(t *testing.T) {
	formats, err := os.ReadDir("wire")
	if err != nil || len(formats) == 0 {
		t.Fatal("no wire format is found:", err)
	}
	for folder, importers := range formatImporters {
		for _, format := range formats {
			if format.Name() == "varint" { // what formats share
				continue
			}
			name := folder + "/" + format.Name()
			if len(goFiles(t, name)) == 0 {
				t.Errorf("there is wire/%s, but no package %s", format.Name(), name)
				continue
			}
			for _, importer := range importers {
				if !importsPackage(t, importer, module+"/"+name) {
					t.Errorf("%s does not import %s", importer, name)
				}
			}
		}
	}
}

// importsPackage reports whether a file imports a package.
func importsPackage(t *testing.T, name, path string) bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, imported := range file.Imports {
		if imported.Path.Value == strconv.Quote(path) {
			return true
		}
	}
	return false
}
