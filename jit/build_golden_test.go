//go:build amd64 || arm64

package jit

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Types whose functions are golden files: each shows one thing.
type (
	// Run has fields of fixed size: one check of room, wide stores for the tags.
	Run struct {
		Flag  bool        `frugal:"1,required,bool"`
		Small int16       `frugal:"2,default,i16"`
		Level cases.Level `frugal:"3,default,Level"`
		Large int64       `frugal:"4,required,i64"`
	}
	// Texts has strings and binaries.
	Texts struct {
		Text string `frugal:"1,default,string"`
		Blob []byte `frugal:"2,optional,binary"`
	}
	// Maybe has pointers, and values with a default.
	Maybe struct {
		Number *int32 `frugal:"1,optional,i32"`
		Plain  int16  `frugal:"2,optional,i16"`
		Text   string `frugal:"3,optional,string"`
	}
	// Rows has lists, one copied as a whole, one element by element.
	Rows struct {
		Words []int32  `frugal:"1,default,list<i32>"`
		Texts []string `frugal:"2,default,set<string>"`
	}
	// Bulk has lists whose elements differ between memory and the wire.
	Bulk struct {
		Flags  []bool        `frugal:"1,default,list<bool>"`
		Levels []cases.Level `frugal:"2,default,set<Level>"`
	}
	// Outer has an inlined struct by value and one by pointer.
	Outer struct {
		Value   Inner  `frugal:"1,default,Inner"`
		Pointer *Inner `frugal:"2,default,Inner"`
	}
	// Inner is small.
	Inner struct {
		Number int32 `frugal:"1,default,i32"`
	}
	// Keyed has a map with struct keys, whose entries are marked if maps are sorted.
	Keyed struct {
		Map map[*Inner]bool `frugal:"1,default,map<Inner:bool>"`
	}
	// Held has fields that are left to Go.
	Held struct {
		Named          map[string]int32 `frugal:"1,default,map<string:i32>"`
		Number         int32            `frugal:"2,default,i32"`
		_unknownFields []byte
	}
)

// InitDefault gives Maybe its defaults.
func (m *Maybe) InitDefault() { m.Plain, m.Text = -2, "0123456789" }

var goldenValues = []any{&Run{}, &Texts{}, &Maybe{}, &Rows{}, &Bulk{}, &Outer{}, &Held{}, &Keyed{}, &Fork{}}

// goldenDirections are those of each golden type, and of Texts two more.
func goldenDirections(s *schema.StructType) []build.Task {
	if s.Name == "Texts" {
		return []build.Task{sizing, encoding, decoding, sizingDirect, encodingDirect}
	}
	return []build.Task{sizing, encoding, decoding}
}

// golden returns the functions of s as built, and after the passes.
func golden(t *testing.T, s *schema.StructType, d build.Task) string {
	var built, passed strings.Builder
	last := passTable[len(passTable)-1].name
	p := &pipeline{verify: true, dump: func(pass string, f *ir.Func) {
		switch pass {
		case "build":
			built.WriteString(f.String() + "\n")
		case last:
			passed.WriteString(f.String() + "\n")
		}
	}}
	_, err := p.run(s, d)
	require.NoError(t, err)
	return "// As built.\n\n" + built.String() + "// After the passes.\n\n" + strings.TrimSuffix(passed.String(), "\n")
}

func TestGoldenFunctions(t *testing.T) {
	for _, value := range goldenValues {
		s := schemaOf(t, value)
		for _, d := range goldenDirections(s) {
			name := filepath.Join("testdata", "build", strings.ToLower(s.Name)+"_"+d.String()+".ir")
			got := golden(t, s, d)
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
				require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
			}
			want, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Equal(t, string(want), got, "%s; go test ./jit -run Golden -update rewrites it", name)
		}
	}
}

func TestGoldenTypesAgree(t *testing.T) {
	for _, value := range []any{
		&Run{Flag: true, Small: -2, Level: -5, Large: 1 << 40}, &Texts{Text: "text", Blob: []byte{}}, &Texts{},
		&Maybe{Number: new(int32)}, &Rows{Words: []int32{1}, Texts: []string{"a", "", "bc"}}, &Rows{},
		&Bulk{Flags: []bool{true, false, true}, Levels: []cases.Level{cases.LevelLow, cases.LevelBottom, 7}}, &Bulk{Levels: []cases.Level{1 << 40}},
		&Outer{Pointer: &Inner{Number: -1}}, &Outer{}, &Held{Named: map[string]int32{"a": 1}, _unknownFields: []byte{2, 0, 9, 1}},
		&Keyed{Map: map[*Inner]bool{{Number: 3}: true}},
	} {
		s := schemaOf(t, value)
		plainPair(t, s).agree(t, s, value, manyLevels)
		optimisedPair(t, s, &pipeline{verify: true}).agree(t, s, value, manyLevels)
	}
}
