package idl_test

import (
	"os"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/idl/protofile"
	"github.com/tagwire/tagwire/idl/source"
	"github.com/tagwire/tagwire/idl/thriftfile"
)

// TestReadmeErrors: the errors that the README shows are those of such a definition.
func TestReadmeErrors(t *testing.T) {
	_, err := thriftfile.Parse(source.Texts(map[string]string{"shop.thrift": `
struct Product {
  1: required Prise price
}

service Shop {
  Item get(1: i32 id)
}
`}), "shop.thrift")
	if err == nil {
		t.Fatal("there is no error")
	}
	inReadme(t, err.Error())
}

// inReadme fails if the README does not have a text.
func inReadme(t *testing.T, text string) {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), text) {
		t.Errorf("the README does not show\n%s", text)
	}
}

// TestReadmeCalls makes the calls that the README shows.
func TestReadmeCalls(t *testing.T) {
	inReadme(t, `definitions, err := thriftfile.Parse(source.Folders("idl", "vendor/idl"), "shop.thrift")`)
	inReadme(t, `definitions, err := protofile.Parse(source.FS(embedded), "shop/v1/shop.proto")`)
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"idl/shop.thrift": "include \"base.thrift\"", "vendor/idl/base.thrift": "", "shop/v1/shop.proto": `syntax = "proto3";`} {
		if err := os.MkdirAll(name[:strings.LastIndexByte(name, '/')], 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	embedded := os.DirFS(".")
	definitions, err := thriftfile.Parse(source.Folders("idl", "vendor/idl"), "shop.thrift")
	if err != nil || len(definitions.Files) != 2 {
		t.Error(definitions, err)
	}
	definitions, err = protofile.Parse(source.FS(embedded), "shop/v1/shop.proto")
	if err != nil || len(definitions.Files) != 1 {
		t.Error(definitions, err)
	}
}
