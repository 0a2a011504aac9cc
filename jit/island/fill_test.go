//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/jittest"
)

// Filled has maps that are filled without an exit: its own, those of structs in lists and maps, and those that lie in the batch of
// another map.
type Filled struct {
	Texts  map[string]string           `frugal:"1,optional,map<string:string>"`
	Others map[string]string           `frugal:"2,optional,map<string:string>"`
	Bits   map[bool][]byte             `frugal:"3,optional,map<bool:binary>"`
	Inner  *Filled                     `frugal:"4,optional,Filled"`
	List   []Filled                    `frugal:"5,optional,list<Filled>"`
	ByName map[string]*Filled          `frugal:"6,optional,map<string:Filled>"`
	Nested map[string]map[int64]string `frugal:"7,optional,map<string:map<i64:string>>"`
	Last   string                      `frugal:"8,optional"`
	Value  Part                        `frugal:"9,optional,Part"`
}

// Part is by value, and has a map.
type Part struct {
	Texts map[string]string `frugal:"1,optional,map<string:string>"`
	Inner Smaller           `frugal:"2,optional,Smaller"`
	Blob  []byte            `frugal:"3,optional"`
}

// Smaller is by value in a Part.
type Smaller struct {
	Numbers map[int16]bool `frugal:"1,optional,map<i16:bool>"`
	Level   int32          `frugal:"2,optional"`
}

func textsOf(n, seed int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[fmt.Sprint("key ", seed, i)] = fmt.Sprint("text ", seed*i)
	}
	return m
}

func filledOf(n, depth int) *Filled {
	f := &Filled{Texts: textsOf(n, depth), Others: textsOf(n+1, -depth), Bits: map[bool][]byte{}, Last: "last"}
	for i := range min(n, 2) {
		f.Bits[i == 1] = []byte(fmt.Sprint("bits ", n))
	}
	if depth > 0 {
		f.Inner = filledOf(n, depth-1)
		f.List = []Filled{*filledOf(n, 0), *filledOf(1, 0), {}, *filledOf(n+2, 0)}
		f.ByName = map[string]*Filled{"a": filledOf(n, 0), "b": filledOf(2, 0)}
		f.Nested = map[string]map[int64]string{}
		for i := range n {
			f.Nested[fmt.Sprint(i)] = map[int64]string{int64(i): "one", int64(n): "two"}
		}
	}
	return f
}

// requireNoFills checks that the entries of all states that are in use here are zero and free.
func requireNoFills(t *testing.T) {
	t.Helper()
	for range 20 {
		held := states.Get().(*state)
		defer states.Put(held)
		for i, b := range held.fills.batches {
			entry := held.fills.table.entries[i]
			require.Zero(t, entry.slot)
			if b == nil {
				require.Zero(t, entry.first)
				continue
			}
			require.Equal(t, uintptr(b.entries), entry.first)
			require.Empty(t, bytes.Trim(unsafe.Slice((*byte)(b.entries), b.memory()), "\x00"))
		}
	}
}

// TestSmallMapsTakeNoExits but the first of each place, and are what the plain codec makes, whatever their sizes and wherever they are.
func TestSmallMapsTakeNoExits(t *testing.T) {
	c, s := compiled(t, &Filled{})
	for n := range 12 {
		for depth := range 3 {
			value := filledOf(n, depth)
			message, err := jittest.Binary.Oracle(s, value, jittest.ManyLevels)
			require.NoError(t, err)
			for range 3 {
				got := &Filled{}
				require.True(t, decodeNatively(c, message, got))
				require.Equal(t, value, got, "%d entries", n)
			}
		}
	}
	for _, n := range []int{0, 1, abi.FillEntries - 1} { // one field has an entry more
		message, err := jittest.Binary.Oracle(s, filledOf(n, 0), jittest.ManyLevels)
		require.NoError(t, err)
		require.Zero(t, fewestFills(t, c, message), "%d entries", n)
	}
	message, err := jittest.Binary.Oracle(s, filledOf(abi.FillEntries, 0), jittest.ManyLevels)
	require.NoError(t, err)
	require.EqualValues(t, 1, fewestFills(t, c, message))
}

// fewestFills returns the FillMap exits of a decode by a state that provides what it can. The pool may have others.
func fewestFills(t *testing.T, c *compiledType, message []byte) uint64 {
	t.Helper()
	fewest := uint64(math.MaxUint64)
	for range 20 {
		exits := exitsOf(func() { require.True(t, decodeNatively(c, message, &Filled{})) })
		fewest = min(fewest, exits["FillMap"])
	}
	return fewest
}

// TestNothingStaysOfFilledMaps: wherever a message ends, the entries are zero afterwards, and the next message is decoded as if it was the
// first.
func TestNothingStaysOfFilledMaps(t *testing.T) {
	c, s := compiled(t, &Filled{})
	value := filledOf(3, 1)
	message, err := jittest.Binary.Oracle(s, value, jittest.ManyLevels)
	require.NoError(t, err)
	for cut := range message {
		require.False(t, decodeNatively(c, message[:cut], &Filled{}))
		requireNoFills(t)
		if cut%16 == 0 {
			got := &Filled{}
			require.True(t, decodeNatively(c, message, got))
			require.Equal(t, value, got)
		}
	}
	for allocation := range 400 { // limits are reached within maps, too
		got := &Filled{}
		_, _, ok := c.decode.Process(unsafe.Pointer(got), message, limits(codec.DefaultDepth, 8*allocation))
		require.False(t, ok && 8*allocation < 100)
		requireNoFills(t)
	}
}

// TestFillsCountAsExitsDo: what a map takes of the limit on memory is the same either way.
func TestFillsCountAsExitsDo(t *testing.T) {
	c, s := compiled(t, &Filled{})
	for n := range abi.FillEntries + 1 {
		message, err := jittest.Binary.Oracle(s, &Filled{Texts: textsOf(n, 1)}, jittest.ManyLevels)
		require.NoError(t, err)
		spend := func(provided bool) (spent int, exits uint64) {
			exits = exitsOf(func() {
				st := newState() // which provides nothing
				if provided {
					for _, row := range c.decode.fills {
						st.fills.program = c.decode
						st.fills.provide(c.decode, c.decode.maps[row], uintptr(row))
					}
				}
				states.Put(st)
				var ok bool
				_, spent, ok = c.decode.Process(unsafe.Pointer(&Filled{}), message, limits(codec.DefaultDepth, math.MaxInt))
				require.True(t, ok)
			})["FillMap"]
			return spent, exits
		}
		withExit, _ := spend(false)
		without, _ := spend(true)
		require.Equal(t, withExit, without, "%d entries", n)
	}
}

// TestRepeatedMapsReplaceEachOther: a field that comes twice has the entries of the second, as with exits.
func TestRepeatedMapsReplaceEachOther(t *testing.T) {
	c, s := compiled(t, &Filled{})
	first, err := jittest.Binary.Oracle(s, &Filled{Texts: textsOf(3, 1)}, jittest.ManyLevels)
	require.NoError(t, err)
	second, err := jittest.Binary.Oracle(s, &Filled{Texts: textsOf(2, 5), Last: "x"}, jittest.ManyLevels)
	require.NoError(t, err)
	message := append(bytes.Clone(first[:len(first)-1]), second...)
	for range 3 {
		old := textsOf(9, 9)
		got := &Filled{Texts: old}
		require.True(t, decodeNatively(c, message, got))
		require.Equal(t, textsOf(2, 5), got.Texts)
		require.Equal(t, textsOf(9, 9), old, "the map that was there belongs to others")
	}
}

// TestRepeatedStructsByValueHaveNoMapsOfTheFirst: where a struct by value comes twice it starts anew, and a map of the first that is still
// to be made belongs to nothing.
func TestRepeatedStructsByValueHaveNoMapsOfTheFirst(t *testing.T) {
	c, s := compiled(t, &Filled{})
	encodings := map[string]*Filled{
		"map":   {Value: Part{Texts: textsOf(2, 3)}},
		"empty": {Value: Part{Texts: map[string]string{}}},
		"inner": {Value: Part{Inner: Smaller{Numbers: map[int16]bool{5: true}}}},
		"blob":  {Value: Part{Blob: []byte("x")}},
		"level": {Value: Part{Inner: Smaller{Level: 7}}},
		"texts": {Texts: textsOf(2, 4)},
	}
	bytesOf := func(v *Filled) []byte {
		message, err := jittest.Binary.Oracle(s, v, jittest.ManyLevels)
		require.NoError(t, err)
		return message[:len(message)-1]
	}
	for first, v := range encodings {
		for second, w := range encodings {
			for third, x := range encodings {
				message := slices.Concat(bytesOf(v), bytesOf(w), bytesOf(x), []byte{0})
				want := new(Filled)
				_, err := jittest.Binary.Plain(s).Decode(message, unsafe.Pointer(want), limits(jittest.ManyLevels, math.MaxInt))
				require.NoError(t, err)
				for range 2 {
					got := new(Filled)
					require.True(t, decodeNatively(c, message, got))
					require.Equal(t, want, got, "%s, %s, %s", first, second, third)
				}
			}
		}
	}
}

// TestProgramsInTurn: a state provides entries for one program at a time.
func TestProgramsInTurn(t *testing.T) {
	type Numbers struct {
		Values map[int32]int64 `frugal:"1,optional,map<i32:i64>"`
	}
	c, s := compiled(t, &Filled{})
	d, sd := compiled(t, &Numbers{})
	value, numbers := filledOf(3, 1), &Numbers{map[int32]int64{1: 2, 3: 4}}
	first, err := jittest.Binary.Oracle(s, value, jittest.ManyLevels)
	require.NoError(t, err)
	second, err := jittest.Binary.Oracle(sd, numbers, jittest.ManyLevels)
	require.NoError(t, err)
	for range 20 {
		got, gotNumbers := &Filled{}, &Numbers{}
		require.True(t, decodeNatively(c, first, got))
		require.True(t, decodeNatively(d, second, gotNumbers))
		require.Equal(t, value, got)
		require.Equal(t, numbers, gotNumbers)
	}
	requireNoFills(t)
}

// TestUserCodeKeepsMapsToExits: it may unlink the struct that a map is of, before Go makes the map.
func TestUserCodeKeepsMapsToExits(t *testing.T) {
	c, s := compiled(t, &Filled{})
	c.decode.rootsAll = true
	message, err := jittest.Binary.Oracle(s, filledOf(3, 0), jittest.ManyLevels)
	require.NoError(t, err)
	for range 3 {
		got := &Filled{}
		exits := exitsOf(func() { require.True(t, decodeNatively(c, message, got)) })
		require.EqualValues(t, 3, exits["FillMap"])
		require.Equal(t, filledOf(3, 0), got)
	}
	require.Equal(t, fillTable{}, noFills)
}

// TestFillsOfAType: maps whose entries lead to structs or other maps take exits.
func TestFillsOfAType(t *testing.T) {
	c, _ := compiled(t, &Filled{})
	require.Len(t, c.decode.fills, 6)
	for _, number := range c.decode.fills {
		require.NotEqual(t, reflect.Map, c.decode.maps[number].goType.Elem().Kind())
		require.NotEqual(t, reflect.Pointer, c.decode.maps[number].goType.Elem().Kind())
	}
}
