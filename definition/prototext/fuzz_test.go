package prototext_test

import (
	"slices"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/prototext"
)

// FuzzText: definitions from anywhere have a text, or an error and no text.
func FuzzText(f *testing.F) {
	seed, err := tagwire.Marshal(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	for i := range seed {
		changed := slices.Clone(seed)
		changed[i] ^= 1 << (i % 8)
		f.Add(changed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := new(definition.Definitions)
		if tagwire.Unmarshal(data, d) != nil {
			return
		}
		for _, file := range d.Files {
			file.Language = definition.Protobuf
			if text, err := prototext.Text(d, file); text != "" && err != nil {
				t.Errorf("%q, %v", text, err)
			}
		}
	})
}
