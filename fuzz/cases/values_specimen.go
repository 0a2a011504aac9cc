package cases

import "math"

// ref returns a pointer to v.
func ref[T any](v T) *T { return &v }

func fullScalars() *Scalars {
	return &Scalars{
		Flag: true, Tiny: -8, Small: -1616, Medium: 32323232, Large: -64646464646464, Real: 3.25,
		Text: "grüße, 世界 \U0001f980", Blob: []byte{0, 1, 2, 0xfe, 0xff}, Level: LevelLow,
	}
}

func extremeScalars() *Scalars {
	return &Scalars{
		Flag: true, Tiny: math.MinInt8, Small: math.MinInt16, Medium: math.MinInt32, Large: math.MinInt64,
		Real: math.Copysign(0, -1), Text: "a\x00b", Blob: []byte{}, Level: LevelTop,
	}
}

func infiniteScalars() *Scalars {
	return &Scalars{
		Tiny: math.MaxInt8, Small: math.MaxInt16, Medium: math.MaxInt32, Large: math.MaxInt64,
		Real: math.Inf(-1), Blob: []byte{}, Level: LevelBottom,
	}
}

func fullOptionals() *Optionals {
	return &Optionals{
		Flag: ref(false), Tiny: ref(int8(0)), Small: ref(int16(-2)), Medium: ref(int32(3)), Large: ref(int64(-4)),
		Real: ref(0.0), Text: ref(""), Blob: []byte("raw"), Level: ref(LevelNone),
		Point:   &Point{X: 1, Y: -1, Label: ref("corner")},
		Numbers: []int32{5, 6}, Words: []string{"one", "two"}, Counts: map[string]int32{"a": 1, "b": 2},
	}
}

func fullRequireds() *Requireds {
	return &Requireds{
		Flag: true, Tiny: 1, Small: 2, Medium: 3, Large: 4, Real: 5, Text: "six", Blob: []byte("seven"),
		Level: LevelHigh, Point: &Point{X: 0.1, Y: 0.2}, Numbers: []int32{}, Words: []string{"only"},
		Counts: map[string]int32{"x": -1},
	}
}

func initialDefaults() *Defaults {
	d := &Defaults{}
	d.InitDefault()
	return d
}

func changedDefaults() *Defaults {
	return &Defaults{
		Flag: false, Tiny: 0, Small: 16, Medium: 32, Large: 0, Real: -0.5, Text: "", Level: LevelNone,
		Plain: 0, Needed: -10,
	}
}

func initialBinaries() *Binaries {
	b := &Binaries{}
	b.InitDefault()
	return b
}

func changedBinaries() *Binaries {
	return &Binaries{Filled: []byte{}, Empty: []byte("other"), Bare: []byte{}, Plain: []byte{}}
}

func fullLists() *Lists {
	return &Lists{
		Flags:   []bool{true, false, true},
		Tinies:  []int8{-1, 0, 1},
		Smalls:  []int16{-300, 300},
		Mediums: []int32{1, -1, 1 << 30},
		Larges:  []int64{1 << 40, -(1 << 40)},
		Reals:   []float64{0.5, -0.25, 1e300},
		Texts:   []string{"", "a", "long enough to be no short string at all"},
		Blobs:   [][]byte{{}, {0xff}},
		Levels:  []Level{LevelLow, LevelHigh},
		Points:  []*Point{{X: 1}, {Y: 2, Label: ref("two")}},
		Rows:    [][]int32{{1, 2}, {}, {3}},
		Cubes:   [][][]*Point{{{{X: 7}}, {}}, {}},
		Bags:    [][]string{{"x", "y"}, {}},
		Tables:  []map[string]int64{{"k": 1}, {}},
	}
}

// longLists has lists longer than any vector register.
func longLists() *Lists {
	lists := emptyLists()
	for i := range 67 {
		lists.Flags = append(lists.Flags, i%3 == 0)
		lists.Tinies = append(lists.Tinies, int8(i*5))
		lists.Smalls = append(lists.Smalls, int16(i*991))
		lists.Mediums = append(lists.Mediums, int32(i*64_000_001))
		lists.Larges = append(lists.Larges, int64(i)*-273_000_000_000_000_011)
		lists.Reals = append(lists.Reals, float64(i)/8)
	}
	return lists
}

func emptyLists() *Lists {
	return &Lists{
		Flags: []bool{}, Tinies: []int8{}, Smalls: []int16{}, Mediums: []int32{}, Larges: []int64{},
		Reals: []float64{}, Texts: []string{}, Blobs: [][]byte{}, Levels: []Level{}, Points: []*Point{},
		Rows: [][]int32{}, Cubes: [][][]*Point{}, Bags: [][]string{}, Tables: []map[string]int64{},
	}
}

func fullSets() *Sets {
	return &Sets{
		Flags:   []bool{false, true},
		Tinies:  []int8{3, 1, 2},
		Smalls:  []int16{256, -256},
		Mediums: []int32{7, 5, 6},
		Larges:  []int64{-9, 9},
		Reals:   []float64{1.5, -1.5},
		Texts:   []string{"b", "a"},
		Blobs:   [][]byte{{1}, {}},
		Levels:  []Level{LevelTop, LevelBottom},
		Points:  []*Point{{X: 1}, {X: 2}},
		Rows:    [][]int32{{2}, {1, 1}},
	}
}

func emptySets() *Sets {
	return &Sets{
		Flags: []bool{}, Tinies: []int8{}, Smalls: []int16{}, Mediums: []int32{}, Larges: []int64{},
		Reals: []float64{}, Texts: []string{}, Blobs: [][]byte{}, Levels: []Level{}, Points: []*Point{},
		Rows: [][]int32{},
	}
}

func fullMaps() *Maps {
	return &Maps{
		Flags:    map[bool]string{false: "no", true: "yes"},
		Tinies:   map[int8]int8{-1: 1, 1: -1},
		Smalls:   map[int16]int16{-300: 1, 300: 2},
		Mediums:  map[int32]int32{-70000: 1, 0: 2, 70000: 3},
		Larges:   map[int64]int64{-1 << 40: 1, 1 << 40: 2},
		Reals:    map[float64]float64{-0.5: 1, 2.5: 2},
		Texts:    map[string]string{"": "empty", "a": "", "b": "c"},
		Blobs:    map[string][]byte{"data": {1, 2, 3}, "none": {}},
		Levels:   map[Level]Level{LevelLow: LevelHigh, LevelHigh: LevelLow},
		Points:   map[*Key]*Point{{Number: 1, Name: ref("one")}: {X: 1, Label: ref("p")}},
		Rows:     map[int32][]int32{1: {1, 2}, 2: {}},
		Bags:     map[int32][]int32{3: {3}, 4: {5, 4}},
		Nested:   map[string]map[int64][]string{"deep": {1: {"x", ""}, 2: {}}, "flat": {}},
		Numbered: map[int32]*Point{1: {X: 1}, 2: {Y: 2}},
		Switches: map[string]bool{"off": false, "on": true},
	}
}

func emptyMaps() *Maps {
	return &Maps{
		Flags: map[bool]string{}, Tinies: map[int8]int8{}, Smalls: map[int16]int16{},
		Mediums: map[int32]int32{}, Larges: map[int64]int64{}, Reals: map[float64]float64{},
		Texts: map[string]string{}, Blobs: map[string][]byte{}, Levels: map[Level]Level{},
		Points: map[*Key]*Point{}, Rows: map[int32][]int32{}, Bags: map[int32][]int32{},
		Nested: map[string]map[int64][]string{}, Numbered: map[int32]*Point{}, Switches: map[string]bool{},
	}
}

func fullTree() *Tree {
	return &Tree{
		Value: 1,
		Left:  leafTree(2),
		Right: &Tree{
			Value:    3,
			Left:     leafTree(4),
			Children: []*Tree{leafTree(5), leafTree(6)},
			Named:    map[string]*Tree{"seven": leafTree(7)},
		},
		Children: []*Tree{},
		Named:    map[string]*Tree{},
	}
}

// leafTree is a Tree as it comes from the wire: its containers are empty, not nil.
func leafTree(value int32) *Tree {
	return &Tree{Value: value, Children: []*Tree{}, Named: map[string]*Tree{}}
}

func everything() *Everything {
	return &Everything{
		Scalars: fullScalars(), Optionals: fullOptionals(), Requireds: fullRequireds(),
		Defaults: changedDefaults(), Lists: fullLists(), Sets: fullSets(), Maps: fullMaps(),
		Tree: fullTree(), Key: &Key{Number: -255}, Last: "the end",
	}
}

func leastEverything() *Everything {
	return &Everything{
		Scalars: &Scalars{Blob: []byte{}}, Optionals: &Optionals{}, Requireds: fullRequireds(),
		Defaults: initialDefaults(), Lists: emptyLists(), Sets: emptySets(), Maps: emptyMaps(),
	}
}

// choiceOf returns a union with the given member set.
func choiceOf(member int) *Choice {
	return []*Choice{
		{Text: ref("text")}, {Number: ref(int32(0))}, {Point: &Point{}}, {Numbers: []int32{}}, {Blob: []byte("blob")},
		{Counts: map[string]int32{"a": 1}}, {Words: []string{"one", "two"}}, {Level: ref(LevelLow)},
		{Inner: &Choice{Inner: &Choice{Text: ref("")}}}, {Key: &Key{Number: 1}},
	}[member]
}

func fullChoices() *Choices {
	return &Choices{
		Plain: choiceOf(2), Maybe: choiceOf(3), Needed: choiceOf(9),
		Many:  []*Choice{choiceOf(0), choiceOf(1), choiceOf(4), choiceOf(5), choiceOf(6), choiceOf(7)},
		Named: map[string]*Choice{"inner": choiceOf(8)},
	}
}
