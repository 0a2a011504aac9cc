package protofile

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/internal/golden"
	"github.com/tagwire/tagwire/idl/internal/modeltext"
	"github.com/tagwire/tagwire/idl/source"
)

// TestLanguages compares what files of all languages become with files in testdata.
func TestLanguages(t *testing.T) {
	for _, name := range []string{"two", "three", "edition"} {
		d, err := Parse(source.FS(os.DirFS("testdata")), name+".proto")
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range d.Files { // as it is in protobuf-go
			if f.Path == "google/protobuf/descriptor.proto" {
				d.Files[i] = &definition.File{Path: f.Path}
			}
		}
		golden.Compare(t, "testdata/"+name+".txt", modeltext.Of(d))
	}
}

// parseText parses a text as main.proto, beside the files of testdata and one that is broken.
func parseText(text string) error {
	read := source.FS(os.DirFS("testdata"))
	_, err := Parse(func(path string) ([]byte, error) {
		switch path {
		case "main.proto":
			return []byte(text), nil
		case "broken.proto":
			return []byte("syntax = \"proto3\";\nmessage B {\n  int32 a = b;\n}\n"), nil
		}
		return read(path)
	}, "main.proto")
	return err
}

// malformed returns the definitions of testdata/malformed.proto by their names, in their order.
func malformed(t testing.TB) (names []string, texts map[string]string) {
	t.Helper()
	return golden.Texts(t, "testdata/malformed.proto")
}

// TestMalformed compares the errors of malformed definitions with testdata/malformed.txt.
func TestMalformed(t *testing.T) {
	names, texts := malformed(t)
	golden.CompareErrors(t, "testdata/malformed.txt", names, texts, parseText)
}

// TestStandardImports: the files that come with protoc need not be there, and those that are there are used.
func TestStandardImports(t *testing.T) {
	files := map[string]string{"main.proto": "syntax = \"proto3\";\nimport \"google/protobuf/any.proto\";\nmessage A { google.protobuf.Any a = 1; }"}
	d, err := Parse(source.Texts(files), "main.proto")
	if err != nil {
		t.Fatal(err)
	}
	if f := d.File("google/protobuf/any.proto"); f == nil || len(f.Structs[0].Fields) != 2 || d.Files[1].Path != "main.proto" {
		t.Errorf("the files are %s", modeltext.Of(d))
	}
	files["google/protobuf/any.proto"] = "syntax = \"proto3\";\npackage google.protobuf;\nmessage Any { int32 mine = 1; }"
	if d, err = Parse(source.Texts(files), "main.proto"); err != nil {
		t.Fatal(err)
	}
	if f := d.File("google/protobuf/any.proto"); f.Structs[0].Fields[0].Name != "mine" {
		t.Error("the file that is there is not used")
	}
}

// TestMissingFiles: the error names the file.
func TestMissingFiles(t *testing.T) {
	for want, read := range map[string]source.Reader{
		"main.proto: the file is not found":            source.Texts(nil),
		"main.proto: the file cannot be read: no luck": func(string) ([]byte, error) { return nil, errors.New("no luck") },
	} {
		if _, err := Parse(read, "./main.proto"); err == nil || err.Error() != want {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
}

// TestLimits: what could take the stack or the memory is refused.
func TestLimits(t *testing.T) {
	const many = 100_000
	for name, test := range map[string]struct{ text, want string }{
		"messages":      {"syntax = \"proto3\";\n" + strings.Repeat("message A { ", many), "main.proto:2:1211: braces and brackets are nested more than 100 deep"},
		"some messages": {"syntax = \"proto3\";\n" + strings.Repeat("message A { ", 50) + strings.Repeat("}", 50), "nesting"},
		"options":       {"option o = { " + strings.Repeat("a { ", many), "braces and brackets are nested more than 100 deep"},
		"angles":        {"option o = { " + strings.Repeat("a < ", many), "braces and brackets are nested more than 100 deep"},
		"lists":         {"option o = { a: " + strings.Repeat("[", many), "braces and brackets are nested more than 100 deep"},
		"lines":         {"syntax = \"proto3\";\n" + strings.Repeat("enum A { a = 0; } ", many), "main.proto:2:65536: the line has more than 65536 bytes"},
		"errors":        {"syntax = \"proto3\";\n" + strings.Repeat("message A { int32 a = 0; int32 a = 0; }\n", 5000), "main.proto:2:23: "},
	} {
		err := parseText(test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %.300v", name, err)
			continue
		}
		if list := err.(source.Errors); len(list) > 20 {
			t.Errorf("%s: there are %d errors", name, len(list))
		}
	}
	// Braces in strings and comments do not count.
	fine := "syntax = \"proto3\"; // " + strings.Repeat("{", 200) + "\n/*" + strings.Repeat("{", 200) + "*/ option go_package = \"\\\"" + strings.Repeat("{", 200) + "\";"
	if err := parseText(fine); err != nil {
		t.Error(err)
	}
}

// FuzzParse looks for panics, and for errors without a place.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"options", "two", "three", "edition"} {
		data, err := fs.ReadFile(os.DirFS("testdata"), name+".proto")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	names, texts := malformed(f)
	for _, name := range names {
		f.Add(texts[name])
	}
	f.Fuzz(func(t *testing.T, text string) {
		err := parseText(text)
		var located source.Errors
		if err != nil && !errors.As(err, &located) {
			t.Fatalf("the error is %v", err)
		}
		for _, e := range located {
			if e.At.Line < 1 || e.At.Column < 1 {
				t.Errorf("an error has no place: %v", e)
			}
		}
	})
}
