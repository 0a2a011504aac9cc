package apache

import (
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/apache/convert"
	"github.com/tagwire/tagwire/fuzz/apache/gen/everything"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestNilOfDefaultRequiredness: a nil struct that has a required field is left out, since Apache refuses an empty one and
// takes none for nil. One without required fields is written as Apache 0.17 writes it.
func TestNilOfDefaultRequiredness(t *testing.T) {
	empty := []byte{12, 0, 3, 0, 0} // Requireds without fields
	if _, err := convert.Unmarshal(empty, everything.NewEverything()); err == nil {
		t.Fatal("Apache accepts a struct without its required fields")
	}
	for _, e := range harness.Engines() {
		data, err := tagwire.Marshal(&cases.Everything{}, e.Options()...)
		if err != nil {
			t.Fatal(err)
		}
		read := everything.NewEverything()
		if used, err := convert.Unmarshal(data, read); err != nil || used != len(data) {
			t.Fatalf("%s: Apache uses %d of %d bytes, %v", e.Name, used, len(data), err)
		}
		if read.Requireds != nil || read.Defaults != nil || read.Scalars == nil || read.Lists == nil {
			t.Errorf("%s: Apache reads %+v", e.Name, read)
		}
	}
}
