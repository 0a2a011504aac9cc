package apache

import (
	"bytes"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/apache/convert"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestBinaryDefaults: of each optional binary the same values are left out as by Apache, and the bytes are the same.
func TestBinaryDefaults(t *testing.T) {
	values := [][]byte{nil, {}, []byte("filled"), []byte("filler"), []byte("fill"), []byte("plain"), {0}}
	twin := convert.TwinOf("Binaries")
	for _, filled := range values {
		for _, other := range values {
			value := &cases.Binaries{Filled: filled, Empty: other, Bare: other, Plain: other}
			apache := twin.NewApache()
			convert.Copy(apache, value)
			want, err := convert.Marshal(apache)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range harness.Engines() {
				got, err := tagwire.Marshal(value, e.Options()...)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s, %s: %v\ngot  %x\nwant %x", e.Name, cases.Text(value), err, got, want)
				}
			}
		}
	}
}
