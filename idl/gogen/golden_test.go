package gogen_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/gogen"
	"github.com/tagwire/tagwire/idl/protofile"
	"github.com/tagwire/tagwire/idl/source"
	"github.com/tagwire/tagwire/idl/thriftfile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// parseTestdata parses a definition of testdata.
func parseTestdata(t *testing.T, file string) *definition.Definitions {
	t.Helper()
	parse := thriftfile.Parse
	if filepath.Ext(file) == ".proto" {
		parse = protofile.Parse
	}
	d, err := parse(source.Folders("testdata"), file)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestGolden: the code of definitions with all that there is. interop builds such code, and compares it with that of others.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		golden, file string
		options      gogen.Options
	}{
		{"shop.go.txt", "shop.thrift", gogen.Options{ModulePath: "example.com"}},
		{"base.go.txt", "base.thrift", gogen.Options{ModulePath: "example.com"}},
		{"shop_values.go.txt", "shop.thrift", gogen.Options{Package: "shop", Values: true, JSON: true, KeepUnknown: true}},
		{"shop_thriftgo.go.txt", "shop.thrift", gogen.Options{ModulePath: "example.com", Names: gogen.Thriftgo, Setters: true}},
		{"library.go.txt", "library.proto", gogen.Options{ModulePath: "example.com/kinds"}},
		{"library_messages.go.txt", "library.proto", gogen.Options{WellKnownMessages: true, Values: true, JSON: true}},
		{"old.go.txt", "old.proto", gogen.Options{ModulePath: "example.com/kinds", KeepUnknown: true}},
		{"rules.go.txt", "rules.thrift", gogen.Options{ModulePath: "example.com"}},
		{"rules_thriftgo.go.txt", "rules.thrift", gogen.Options{ModulePath: "example.com", Names: gogen.Thriftgo}},
		{"rules_proto.go.txt", "rules.proto", gogen.Options{ModulePath: "example.com"}},
	} {
		t.Run(c.golden, func(t *testing.T) {
			files, err := gogen.Generate(parseTestdata(t, c.file), c.options, c.file)
			if err != nil {
				t.Fatal(err)
			}
			if len(files) != 1 {
				t.Fatalf("there are %d files", len(files))
			}
			name := filepath.Join("testdata", c.golden)
			got := append([]byte("# "+files[0].Path+"\n"), files[0].Text...)
			if *update {
				if err := os.WriteFile(name, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("it is not what %s has; go test -update rewrites it, git diff shows it:\n%s", name, got)
			}
		})
	}
}

// TestDeterministic: the same definitions give the same code, whatever the order of files.
func TestDeterministic(t *testing.T) {
	d := parseTestdata(t, "shop.thrift")
	first, err := gogen.Generate(d, gogen.Options{ModulePath: "example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		slices.Reverse(d.Files)
		again, err := gogen.Generate(d, gogen.Options{ModulePath: "example.com"})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(first, again, func(a, b gogen.File) bool { return a.Path == b.Path && bytes.Equal(a.Text, b.Text) }) {
			t.Fatal("the code has changed")
		}
	}
}
