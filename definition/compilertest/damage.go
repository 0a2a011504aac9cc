package compilertest

import (
	"slices"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/definition"
)

// CheckAny returns a test of definitions from anywhere, as a peer may encode them: text gives each of their files, taken to be of that
// language, a text, or an error and no text.
func CheckAny(language definition.Language, text func(*definition.Definitions, *definition.File) (string, error)) func(*testing.T, []byte) {
	return func(t *testing.T, data []byte) {
		t.Helper()
		d := new(definition.Definitions)
		if tagwire.Unmarshal(data, d) != nil {
			return
		}
		for _, file := range d.Files {
			file.Language = language
			if text, err := text(d, file); text != "" && err != nil {
				t.Errorf("%q, %v", text, err)
			}
		}
	}
}

// Encode returns definitions as a server hands them out.
func Encode(t testing.TB, d *definition.Definitions) []byte {
	t.Helper()
	data, err := tagwire.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// CheckDamaged calls check with data in which a bit of one byte is changed, for each byte.
func CheckDamaged(t *testing.T, data []byte, check func(*testing.T, []byte)) {
	t.Helper()
	for i := range data {
		changed := slices.Clone(data)
		changed[i] ^= 1 << (i % 8)
		check(t, changed)
	}
}
