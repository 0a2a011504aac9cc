package cases

import (
	"math"
	"strconv"
	"strings"
)

func requiredIDs() *RequiredIDs {
	return &RequiredIDs{One: 1, Nine: 9, Word: 64, Next: 65, Beyond: 257, Highest: 65535}
}

func edgeIDs() *EdgeIDs {
	return &EdgeIDs{Highest: true, Signed: 32767, Base: 255, Zero: "zero"}
}

func fullWeb() *Web {
	return &Web{
		Name:   "top",
		Links:  []map[string]*Web{{"a": emptyWeb("linked")}, {}},
		Grid:   map[int32]map[int32]*Web{1: {2: emptyWeb("cell")}, 3: {}},
		Rows:   [][]*Web{{emptyWeb("first"), emptyWeb("second")}, {}},
		Leaves: []map[string]*Leaf{{"leaf": {Value: 1}}, {"leaf": {Value: 2}}},
	}
}

func emptyWeb(name string) *Web {
	return &Web{
		Name: name, Links: []map[string]*Web{}, Grid: map[int32]map[int32]*Web{}, Rows: [][]*Web{},
		Leaves: []map[string]*Leaf{},
	}
}

func folder() *Folder {
	inner := &Folder{Name: "inner", Files: []*File{}}
	return &Folder{Name: "outer", Files: []*File{
		{Name: "orphan", Archive: map[string]*Folder{}},
		{Name: "child", Parent: inner, Archive: map[string]*Folder{
			"old": {Name: "old", Files: []*File{{Name: "ancient", Archive: map[string]*Folder{}}}},
		}},
	}}
}

func measures() *Measures {
	return &Measures{
		On: true, Tiny: -1, Small: 0x102, Lower: -2, First: 0x1020304, Level: LevelLow, Next: -3, Long: 0x102030405060708, Longer: 1,
		Real: -0.5, Last: -4, Name: "run", A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: math.MinInt64, J: true,
	}
}

func enums() *Enums {
	return &Enums{
		Maybe: ref(LevelLow), Plain: LevelBottom, ByKey: map[Level]string{LevelLow: "low", LevelTop: "top"},
		List: []Level{LevelLow, LevelNone, LevelTop}, Set: []Level{LevelHigh}, Wide: 1 << 50,
	}
}

func spellings() *Spellings {
	return &Spellings{
		Short: "short", Bare: 2, Hanging: "hanging", Spaced: ref("spaced"), Thrift: 6, Both: 7, Plain: -9,
	}
}

func typedefs() *Typedefs {
	byName := IDsByName{"a": {1, -1}, "b": {}}
	return &Typedefs{
		Name: "name", Short: ref(Short(-2)), Ratio: 0.5, IDs: UserIDs{1, 2, 3}, IDSet: UserIDs{4}, Grid: Grid{{1}, {}, {2, 3}},
		ByName: byName, Spelled: map[Name]UserIDs{"c": {5}}, Sets: map[Name]UserIDs{"d": {6, 7}}, Blobs: Blobs{1: {{8}, {}}, -1: {}},
		Ratios: map[Ratio]IDsByName{0.25: byName, -1: {}}, Carriers: []map[RawName]Pair{{"p": sparsePair(3)}, {}}, Raw: ref(RawBytes{9}),
		Deep: map[string]IDsByName{"e": byName},
	}
}

func fullPair(n int32) Pair {
	return Pair{
		Left: n, Right: ref(-n), Text: strings.Repeat("t", int(n)), Numbers: []int32{n, n + 1},
		Inner: SubPair{Value: n, Text: "inner"}, Pointer: &SubPair{Value: n, Text: "pointer"},
	}
}

// sparsePair comes from the wire with what an optional struct by value always writes.
func sparsePair(n int32) Pair { return Pair{Left: n} }

func pairs() *Pairs {
	return &Pairs{
		First: fullPair(1), Second: sparsePair(2), List: []Pair{fullPair(3), sparsePair(4), fullPair(5)},
		Set: []Pair{sparsePair(6)}, Named: map[string]Pair{"full": fullPair(7), "sparse": sparsePair(8)},
		Rows: [][]Pair{{fullPair(9)}, {}, {sparsePair(10), sparsePair(11)}},
	}
}

func blocks() *Blocks {
	block := func(n int64) Block { return Block{Value: n, Text: "block " + strconv.FormatInt(n, 10)} }
	return &Blocks{
		Larges:  map[int64]Block{1: block(1), -1: block(2)},
		Mediums: map[int32]Block{1: block(3), -1: block(4)},
		Texts:   map[string]Block{"one": block(5), "two": block(6)},
		Keys:    map[*Key]Block{{Number: 1}: block(7), {Number: 2, Name: ref("two")}: block(8)},
		Pointer: map[int16]*Block{5: ref(block(9))},
	}
}

// chainOf returns n chained structs.
func chainOf(n int) *Chain {
	top := &Chain{}
	for range n - 1 {
		top = &Chain{Next: top}
	}
	return top
}

func nest() *Nest {
	return &Nest{
		Nests: []*Nest{{Sets: []Nest{{}, {Nests: []*Nest{}}}}},
		Sets:  []Nest{{Named: map[string]*Nest{"n": {}}}},
		Named: map[string]*Nest{},
	}
}

func hollow() *Hollow {
	return &Hollow{
		Values: make([]Empty, 3), Pointers: []*Empty{{}, {}}, Set: []Empty{{}},
		Named: map[string]*Empty{"a": {}, "b": {}}, Big: []Scalars{*fullScalars(), *extremeScalars()},
		BigRefs: []*Scalars{infiniteScalars()},
	}
}

func floatDefaults() *FloatDefaults {
	f := &FloatDefaults{}
	f.InitDefault()
	return f
}

func changedFloats() *FloatDefaults {
	return &FloatDefaults{
		NegativeZero: 0, NaN: math.Float64frombits(0x7ff8_0000_0000_0001), Infinity: math.Inf(-1),
		Zero: math.Copysign(0, -1), Flag: true,
	}
}

func defaultHolder() *DefaultHolder {
	return &DefaultHolder{
		Pointer: initialDefaults(), Value: *changedDefaults(),
		List:   []Defaults{*initialDefaults(), *changedDefaults(), *initialDefaults()},
		Refs:   []*Defaults{changedDefaults(), initialDefaults()},
		Named:  map[string]Defaults{"changed": *changedDefaults(), "initial": *initialDefaults()},
		Floats: *floatDefaults(),
	}
}
