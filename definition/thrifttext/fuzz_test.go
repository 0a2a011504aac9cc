package thrifttext_test

import (
	"slices"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/thrifttext"
)

// checkAny writes definitions from anywhere: they have a text, or an error and no text.
func checkAny(t *testing.T, data []byte) {
	t.Helper()
	d := new(definition.Definitions)
	if tagwire.Unmarshal(data, d) != nil {
		return
	}
	for _, file := range d.Files {
		file.Language = definition.Thrift
		if text, err := thrifttext.Text(d, file); text != "" && err != nil {
			t.Errorf("%q, %v", text, err)
		}
	}
}

// encoded returns the sample as a server hands it out.
func encoded(t testing.TB) []byte {
	t.Helper()
	data, err := tagwire.Marshal(sample())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDamaged: a bit of each byte, changed.
func TestDamaged(t *testing.T) {
	data := encoded(t)
	for i := range data {
		changed := slices.Clone(data)
		changed[i] ^= 1 << (i % 8)
		checkAny(t, changed)
	}
}

// FuzzText is TestDamaged for all that a fuzzer finds.
func FuzzText(f *testing.F) {
	f.Add(encoded(f))
	f.Fuzz(checkAny)
}
