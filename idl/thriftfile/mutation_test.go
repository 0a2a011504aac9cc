package thriftfile

import (
	"errors"
	"os"
	"testing"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/source"
)

// checkMutant parses what was a definition once. It is accepted, or each error has a place that is in the file.
func checkMutant(t *testing.T, text string) (accepted bool) {
	t.Helper()
	shared, err := os.ReadFile("testdata/shared.thrift")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse(source.Texts(map[string]string{"main.thrift": text, "shared.thrift": string(shared)}), "main.thrift")
	if err == nil {
		return true
	}
	var located source.Errors
	if !errors.As(err, &located) {
		t.Fatalf("the error is %v\n%s", err, text)
	}
	lines := 1
	for i := range len(text) {
		if text[i] == '\n' {
			lines++
		}
	}
	for _, e := range located {
		if e.At.Line < 1 || e.At.Line > lines || e.At.Column < 1 || e.At.Column > len(text)+1 {
			t.Fatalf("an error is in line %d, column %d: %v\n%s", e.At.Line, e.At.Column, e, text)
		}
	}
	return false
}

// TestMutations changes each token of a definition of the whole language: it is gone, there twice, or another one.
func TestMutations(t *testing.T) {
	data, err := os.ReadFile("testdata/language.thrift")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	others := []string{"", "struct", "name", "1", "-1.5e3", `"text"`, "{", "}", "(", "[", "<", ",", "=", ":", "*", "shared.Far", "optional", "$", "'"}
	mutants, refused := 0, 0
	s := newScanner(text, func(definition.Position, string, ...any) {})
	for {
		s.skipSpace()
		start := s.offset
		if s.next().kind == endOfFile {
			break
		}
		for _, other := range append(others, text[start:s.offset]+" "+text[start:s.offset]) {
			mutants++
			if !checkMutant(t, text[:start]+other+text[s.offset:]) {
				refused++
			}
		}
	}
	if mutants < 10_000 || refused < mutants/2 {
		t.Errorf("%d of %d mutants are refused", refused, mutants)
	}
}

// TestTruncations ends a definition of the whole language at each place.
func TestTruncations(t *testing.T) {
	data, err := os.ReadFile("testdata/language.thrift")
	if err != nil {
		t.Fatal(err)
	}
	for end := range data {
		checkMutant(t, string(data[:end]))
	}
}

// FuzzParse looks for panics, and for errors without a place.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/language.thrift", "testdata/shared.thrift"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	names, texts := malformed(f)
	for _, name := range names {
		f.Add(texts[name])
	}
	f.Fuzz(func(t *testing.T, text string) { checkMutant(t, text) })
}
