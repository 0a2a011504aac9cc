package thriftfile

import (
	"os"
	"testing"

	"github.com/tagwire/tagwire/idl/internal/golden"
	"github.com/tagwire/tagwire/idl/internal/modeltext"
	"github.com/tagwire/tagwire/idl/source"
)

// TestLanguage compares what the whole language becomes with testdata/language.txt.
func TestLanguage(t *testing.T) {
	d, err := Parse(source.FS(os.DirFS("testdata")), "language.thrift")
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/language.txt", modeltext.Of(d))
}
