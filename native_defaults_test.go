package tagwire_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// numbered has defaults without pointers, named one with, and vast is too large to be written by native code.
type (
	numbered struct {
		A       int64   `frugal:"1,optional"`
		Text    string  `frugal:"2,optional"`
		B       float32 // without a tag
		C       [3]int16
		D       bool  `frugal:"3,optional"`
		Refs    []int `json:"-"`
		private uint8
	}
	named struct {
		Text  string   `frugal:"1,optional"`
		Words []string `frugal:"2,optional,list<string>"`
		Level int32    `frugal:"3,optional"`
	}
	vast struct {
		Room  [100]int64
		Last  int32  `frugal:"1,optional"`
		Text  string `frugal:"2,optional"`
		After [3]uint8
	}
	numberedFields struct {
		Value  numbered            `frugal:"1,optional"`
		Ref    *numbered           `frugal:"2,optional"`
		Values []numbered          `frugal:"3,optional,list<numbered>"`
		Refs   []*numbered         `frugal:"4,optional,list<numbered>"`
		ByName map[string]numbered `frugal:"5,optional,map<string:numbered>"`
		Keys   map[*numbered]bool  `frugal:"6,optional,map<numbered:bool>"`
	}
	namedFields struct {
		Value  named            `frugal:"1,optional"`
		Ref    *named           `frugal:"2,optional"`
		Values []named          `frugal:"3,optional,list<named>"`
		Refs   []*named         `frugal:"4,optional,list<named>"`
		ByName map[string]named `frugal:"5,optional,map<string:named>"`
		Keys   map[*named]bool  `frugal:"6,optional,map<named:bool>"`
	}
	vastFields struct {
		Value  vast            `frugal:"1,optional"`
		Ref    *vast           `frugal:"2,optional"`
		Values []vast          `frugal:"3,optional,list<vast>"`
		Refs   []*vast         `frugal:"4,optional,list<vast>"`
		ByName map[string]vast `frugal:"5,optional,map<string:vast>"`
		Keys   map[*vast]bool  `frugal:"6,optional,map<vast:bool>"`
	}
)

var defaultWords = []string{"some", "words"}

func (n *numbered) InitDefault() { n.A, n.B, n.C[2], n.D, n.private = -5, 0.5, -300, true, 200 }
func (n *named) InitDefault()    { n.Text, n.Words, n.Level = "default", defaultWords, 7 }
func (v *vast) InitDefault()     { v.Room[1], v.Room[99], v.Last, v.After[2] = 1, -99, 5, 9 }

// TestDefaultsThatAreCopied: a new struct has what InitDefault sets, wherever it is made and whatever was there.
func TestDefaultsThatAreCopied(t *testing.T) {
	// Empty structs in each place: Value, Ref, two Values, two Refs, one entry, one key.
	empty := map[tagwire.Format][]byte{
		tagwire.ThriftBinary: unhexed(t, "0c0001 00 0c0002 00 0f0003 0c 00000002 00 00 0f0004 0c 00000002 00 00"+
			"0d0005 0b0c 00000001 00000001 61 00 0d0006 0c02 00000001 00 01 00"),
		tagwire.ThriftCompact: unhexed(t, "1c 00 1c 00 19 2c 00 00 19 2c 00 00 1b 01 8c 01 61 00 1b 01 c1 00 01 00"),
	}
	harness.EachThrift(t, func(t *testing.T, e harness.Engine) {
		message := empty[e.Format]
		number, name, large := numbered{}, named{}, vast{}
		number.InitDefault()
		name.InitDefault()
		large.InitDefault()
		for range 3 {
			fresh := new(numberedFields)
			populated := &numberedFields{
				Value:  numbered{A: 1, Text: "old", C: [3]int16{1, 2, 3}, Refs: []int{1}, private: 3},
				Ref:    &numbered{A: 3, Text: "old"},
				Values: []numbered{{A: 1, Text: "old", Refs: []int{1}}, {A: 2}, {A: 3}},
				Refs:   []*numbered{{A: 1, Text: "old"}},
				ByName: map[string]numbered{"a": {A: 1, Text: "old"}},
			}
			bare := &numberedFields{Value: numbered{A: 1, C: [3]int16{1, 2, 3}, private: 3}}
			for _, got := range []*numberedFields{fresh, populated, bare} {
				require.NoError(t, tagwire.Unmarshal(message, got, e.Options()...))
				require.Equal(t, number, got.Value)
				require.Equal(t, &number, got.Ref)
				require.Equal(t, []numbered{number, number}, got.Values)
				require.Equal(t, []*numbered{&number, &number}, got.Refs)
				require.Equal(t, map[string]numbered{"a": number}, got.ByName)
				for key := range got.Keys {
					require.Equal(t, &number, key)
				}
			}
			names := new(namedFields)
			oldNames := &namedFields{
				Value: named{"old", []string{"old"}, 1}, Ref: &named{"old", nil, 1}, Values: []named{{Text: "old"}},
				ByName: map[string]named{"a": {Text: "old"}},
			}
			for _, got := range []*namedFields{names, oldNames} {
				require.NoError(t, tagwire.Unmarshal(message, got, e.Options()...))
				require.Equal(t, &namedFields{
					name, &name, []named{name, name}, []*named{&name, &name}, map[string]named{"a": name}, got.Keys,
				}, got)
				require.Len(t, got.Keys, 1)
				got.Value.Text, got.Value.Words = "changed", nil
			}
			huge := &vastFields{Value: vast{Text: "old", After: [3]uint8{1, 1, 1}}}
			require.NoError(t, tagwire.Unmarshal(message, huge, e.Options()...))
			require.Equal(t, &vastFields{
				large, &large, []vast{large, large}, []*vast{&large, &large}, map[string]vast{"a": large}, huge.Keys,
			}, huge)
		}
	})
}

func unhexed(t *testing.T, text string) []byte {
	data, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return data
}
