package fuzz

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// nanKeyed has maps whose keys can be equal without being one.
type nanKeyed struct {
	Texts   map[float64]string                   `frugal:"1"`
	Numbers map[float64]int64                    `frugal:"2"`
	Structs map[float64]*cases.Point             `frugal:"3"`
	Lists   map[float64][]string                 `frugal:"4,optional,map<double:list<string>>"`
	Nested  map[float64]map[float64]string       `frugal:"5"`
	Within  map[*cases.Point]map[float64]string  `frugal:"6"`
	Around  map[float64]map[*cases.Point]float64 `frugal:"7"`
	Beside  map[string]map[float64]string        `frugal:"8"`
}

// nans are keys each of which a map can hold many times, and others beside them.
var nans = []float64{
	math.NaN(), math.NaN(), math.NaN(), math.Float64frombits(0x7ff8000000000002), math.Float64frombits(0xfff8000000000001),
	math.Float64frombits(0xfff8000000000001), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), -1, 1,
}

// build makes a value whose maps get their entries in a random order.
func (k *nanKeyed) build(random *rand.Rand, entries int, text func(i int) string) *nanKeyed {
	*k = nanKeyed{
		Texts: map[float64]string{}, Numbers: map[float64]int64{}, Structs: map[float64]*cases.Point{}, Lists: map[float64][]string{},
		Nested: map[float64]map[float64]string{}, Within: map[*cases.Point]map[float64]string{}, Around: map[float64]map[*cases.Point]float64{},
		Beside: map[string]map[float64]string{},
	}
	few := func() map[float64]string {
		m := map[float64]string{}
		for _, i := range random.Perm(6) {
			m[nans[i]] = text(i)
		}
		return m
	}
	for _, i := range random.Perm(entries) {
		key := nans[i%6]
		k.Texts[key], k.Numbers[key], k.Lists[key] = text(i), int64(i), []string{text(i), text(i + 1)}
		k.Structs[key] = &cases.Point{X: float64(i)}
		if i < 12 {
			k.Texts[nans[i]], k.Numbers[nans[i]] = text(i), int64(i)
			k.Nested[key], k.Within[&cases.Point{X: float64(i / 2)}], k.Beside[strconv.Itoa(i)] = few(), few(), few()
			points := map[*cases.Point]float64{}
			for _, i := range random.Perm(4) {
				points[&cases.Point{X: float64(i / 2)}] = math.NaN()
			}
			k.Around[key] = points
		}
	}
	// Of keys that are equal the last one stays; zero has a sign that depends on the order.
	delete(k.Texts, 0)
	delete(k.Numbers, 0)
	return k
}

// TestSortedMapsWithEqualKeys: equal values have equal bytes, however often a key occurs and in whatever order it came.
func TestSortedMapsWithEqualKeys(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for name, test := range map[string]struct {
		entries int
		text    func(i int) string
	}{
		"few":   {12, strconv.Itoa},
		"many":  {700, strconv.Itoa},
		"large": {20, func(i int) string { return strings.Repeat(strconv.Itoa(i), 3000) }},
		"long":  {9000, func(i int) string { return strconv.Itoa(i % 3) }},
	} {
		t.Run(name, func(t *testing.T) {
			var want []byte
			harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
				options := e.Options(tagwire.WithDeterministic())
				for range effort.Of(6, 2) {
					value := new(nanKeyed).build(random, test.entries, test.text)
					data, err := tagwire.Marshal(value, options...)
					require.NoError(t, err)
					if want == nil {
						want = data
					}
					require.True(t, string(want) == string(data), "two encodings of one value")
					buffers, err := tagwire.AppendBuffers(nil, value, options...)
					require.NoError(t, err)
					require.True(t, string(want) == string(slices.Concat(buffers...)), "two encodings of one value, by reference")
				}
			})
			sortedByKey(t, want)
		})
	}
}

// sortedByKey checks the first map of an encoding of nanKeyed: the order of the keys, and of elements under equal keys.
func sortedByKey(t *testing.T, data []byte) {
	t.Helper()
	type pair struct {
		Key  float64 `frugal:"1"`
		Text string  `frugal:"2"`
	}
	var pairs []pair
	// The entries of a map are those of a list of structs but for the headers: read them one after the other.
	rest := data[3+6:]
	for n := int(data[5])<<24 | int(data[6])<<16 | int(data[7])<<8 | int(data[8]); n > 0; n-- {
		field := append([]byte{4, 0, 1}, rest[:8]...)
		length := int(rest[8])<<24 | int(rest[9])<<16 | int(rest[10])<<8 | int(rest[11])
		field = append(append(field, 11, 0, 2), rest[8:12+length]...)
		rest = rest[12+length:]
		var entry pair
		require.NoError(t, tagwire.Unmarshal(append(field, 0), &entry))
		pairs = append(pairs, entry)
	}
	for i := 1; i < len(pairs); i++ {
		a, b := pairs[i-1], pairs[i]
		switch {
		case a.Key < b.Key, a.Key == a.Key && b.Key != b.Key:
		case a.Key != a.Key && b.Key != b.Key && math.Float64bits(a.Key) < math.Float64bits(b.Key):
		case math.Float64bits(a.Key) == math.Float64bits(b.Key):
			require.True(t, len(a.Text) < len(b.Text) || len(a.Text) == len(b.Text) && a.Text <= b.Text, "%q before %q", a.Text, b.Text)
		default:
			t.Fatalf("%x before %x", math.Float64bits(a.Key), math.Float64bits(b.Key))
		}
	}
}

// TestReferencesInSortedMapsWithDoubleKeys: what lies in a map with double keys is referred to, unless it may have to move.
func TestReferencesInSortedMapsWithDoubleKeys(t *testing.T) {
	long := strings.Repeat("long", 2000)
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		for pieces, texts := range map[int]map[float64]string{
			2: {1: long, math.NaN(): long}, 0: {1: long, math.NaN(): long, math.Float64frombits(math.Float64bits(math.NaN())): "short"},
		} {
			var w collector
			value := &nanKeyed{Texts: texts}
			_, err := tagwire.EncodeDirect(make([]byte, 32<<10), value, &w, e.Options(tagwire.WithDeterministic())...)
			require.NoError(t, err)
			require.Len(t, w.pieces, pieces)
		}
	})
}
