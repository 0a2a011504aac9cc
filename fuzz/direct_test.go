package fuzz

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// around are lengths at which strings and binaries begin to be referred to. Most stay short.
var around = []int{0, codec.DirectThreshold, 0, codec.DirectThreshold - 1, 0, 0, codec.DirectThreshold + 1, 5000, 0}

// TestDirect encodes every sample of every case, and values filled from bytes, with large strings referred to.
func TestDirect(t *testing.T) {
	for _, f := range harness.Formats {
		t.Run(f.Format.String(), func(t *testing.T) { directIn(t, bestEngine(f.Format)) })
	}
}

func directIn(t *testing.T, e harness.Engine) {
	references := 0
	for _, c := range e.Cases() {
		for _, value := range e.Samples(c) {
			harness.Direct(t, e, value)
		}
		for _, value := range e.Samples(c) {
			references += harness.Direct(t, e, cases.Enlarge(value, around...))
		}
		for seed := range int64(3) {
			value := c.New()
			cases.Fill(value, randomBytes(seed, 200))
			references += harness.Direct(t, e, cases.Enlarge(value, around[seed:]...))
		}
	}
	if references < 300 {
		t.Errorf("only %d references", references)
	}
}

// bestEngine is the native one where there is native code for a format.
func bestEngine(format tagwire.Format) harness.Engine {
	engines := harness.EnginesIn(format)
	return engines[len(engines)-1]
}

// TestRandomTypesDirect does so for random types.
func TestRandomTypesDirect(t *testing.T) {
	for _, f := range harness.Formats {
		t.Run(f.Format.String(), func(t *testing.T) { randomTypesDirectIn(t, bestEngine(f.Format)) })
	}
}

func randomTypesDirectIn(t *testing.T, e harness.Engine) {
	types := shortOrLong(30, randomTypes)
	random, references := rand.New(rand.NewPCG(3, 4)), 0
	before := tagwire.Stats()
	for number := range uint64(types) {
		w := twinOf(t, number, e.Format)
		for range 3 {
			source := randomBytes(random.Int64(), 300)
			references += harness.Direct(t, e, cases.Enlarge(w.value(source), around[random.IntN(len(around)):]...))
		}
	}
	if references < types {
		t.Errorf("only %d references in %d types", references, types)
	}
	after := tagwire.Stats()
	if harness.HasNativeIn(e.Format) && after.Exits["Reference"]-before.Exits["Reference"] < uint64(references) {
		t.Errorf("%d references in native code, of %d", after.Exits["Reference"]-before.Exits["Reference"], references)
	}
}

// FuzzDirect encodes values of random types with large strings referred to, and with sorted maps.
func FuzzDirect(f *testing.F) {
	for number := range uint16(20) {
		f.Add(uint8(number), number, randomBytes(int64(number), 200), uint16(4000+number*10))
	}
	f.Fuzz(func(t *testing.T, format uint8, number uint16, source []byte, length uint16) {
		if len(source) > longestInput {
			return
		}
		w := twinOf(t, uint64(number), formatOf(format))
		value := cases.Enlarge(w.value(source), int(length), 0, codec.DirectThreshold, 0)
		w.sameSorted(t, value)
		harness.Direct(t, bestEngine(w.format), value)
	})
}

// TestSortedMapsOfAllSizes: batches, and maps too large for any.
func TestSortedMapsOfAllSizes(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	sizes := []int{0, 1, 2, 8, 64, 65, 512, 513, 4096, 4097, 63, 500, 4095, 9000}
	for _, n := range sizes[:effort.Of(len(sizes), 10)] {
		m := mapsOf(n, random)
		eachThriftEncoder(t, func(t *testing.T, e harness.Engine) {
			want, err := tagwire.Marshal(m, harness.EnginesIn(e.Format)[0].Options(tagwire.WithDeterministic())...)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				got, err := tagwire.Marshal(m, e.Options(tagwire.WithDeterministic())...)
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%d entries: %d bytes, %v; want %d", n, len(got), err, len(want))
				}
			}
		})
	}
}

// mapsOf returns maps of up to n entries.
func mapsOf(n int, random *rand.Rand) *manyMaps {
	m := &manyMaps{
		Texts: map[string]string{}, Numbers: map[int64]int64{}, Small: map[int8]*cases.Small{}, Reals: map[float64]string{},
		Values: map[int32]cases.Pair{}, Keys: map[*cases.Pair]string{}, Kinds: map[cases.Level][]byte{}, Ints: map[int]bool{},
		Shorts: map[int16]map[bool]int32{},
	}
	for range n {
		text := string(randomBytes(random.Int64(), random.IntN(12)))
		number := int64(random.Uint64())
		m.Texts[text], m.Numbers[number], m.Small[int8(number)] = text, 1, nil
		m.Reals[float64(int32(number))/8], m.Ints[int(number)] = text, true
		m.Values[int32(number)] = cases.Pair{Left: int32(number)}
		m.Keys[&cases.Pair{Left: int32(number) >> 3}] = text
		m.Kinds[cases.Level(int32(number))] = []byte(text)
		m.Shorts[int16(number)] = map[bool]int32{true: 1, false: int32(number)}
	}
	return m
}

type manyMaps struct {
	Texts   map[string]string        `frugal:"1,default,map<string:string>"`
	Numbers map[int64]int64          `frugal:"2,default,map<i64:i64>"`
	Small   map[int8]*cases.Small    `frugal:"3,default,map<i8:Small>"`
	Reals   map[float64]string       `frugal:"4,default,map<double:string>"`
	Values  map[int32]cases.Pair     `frugal:"5,default,map<i32:Pair>"`
	Keys    map[*cases.Pair]string   `frugal:"6,default,map<Pair:string>"`
	Kinds   map[cases.Level][]byte   `frugal:"7,default,map<Level:binary>"`
	Ints    map[int]bool             `frugal:"8,default,map<i64:bool>"`
	Shorts  map[int16]map[bool]int32 `frugal:"9,default,map<i16:map<bool:i32>>"`
}

// TestSortedMapsCostTheirEntries: native code sorts copies of all entries of a large map, and keeps none of them.
func TestSortedMapsCostTheirEntries(t *testing.T) {
	const entries, entrySize = 100_000, 32
	value := &manyMaps{Texts: map[string]string{}}
	for i := range entries {
		value.Texts[strconv.Itoa(i*7919)] = "x"
	}
	codec := codecFor[manyMaps](t, bestEngine(tagwire.ThriftBinary), tagwire.WithDeterministic())
	buf, err := codec.Append(nil, value)
	if err != nil {
		t.Fatal(err)
	}
	encode := func() any {
		if _, err := codec.Encode(buf, value); err != nil {
			t.Error(err)
		}
		return nil
	}
	const spare = 512 << 10 // of the pools, which a collection may have emptied
	if kept := harness.Kept(encode); kept > spare {
		t.Errorf("%d bytes are kept", kept)
	}
	allocated := harness.Allocated(func() { encode() })
	if harness.HasNative() && allocated > entries*entrySize+spare {
		t.Errorf("%d bytes are allocated for %d entries", allocated, entries)
	}
}
