package cases

import (
	"math"
	"strconv"
	"strings"
)

var protobufRegistry = []Case{
	caseOf(fullProtoScalars, extremeProtoScalars, func() *ProtoScalars { return &ProtoScalars{} }),
	caseOf(fullProtoOptionals, leastProtoOptionals),
	caseOf(fullProtoRequireds),
	caseOf(func() *ProtoBlock { return &ProtoBlock{Number: -1, Text: "block"} }, always(ProtoBlock{})),
	caseOf(fullProtoLists, longProtoLists, always(ProtoLists{})),
	caseOf(fullProtoMaps, always(ProtoMaps{})),
	caseOf(fullProtoTree, always(ProtoTree{})),
	caseOf(
		always(ProtoChoices{}),
		func() *ProtoChoices {
			return &ProtoChoices{Before: 1, Flag: ref(false), Blob: ref([]byte{}), After: -1}
		},
		func() *ProtoChoices { return &ProtoChoices{Real: ref(0.0), Rank: ref(RankBelow), Between: "between"} },
		func() *ProtoChoices { return &ProtoChoices{Block: &ProtoBlock{Text: "chosen"}, Text: ref("")} },
		func() *ProtoChoices { return &ProtoChoices{Fixed: ref(uint32(1))} },
	),
	caseOf(
		always(ProtoWrapped{}),
		func() *ProtoWrapped { return wrapped(&ProtoWrappedText{}) },
		func() *ProtoWrapped { return wrapped(&ProtoWrappedBlock{&ProtoBlock{Number: 1}}) },
		func() *ProtoWrapped { return wrapped(&ProtoWrappedRank{RankHigh}) },
		func() *ProtoWrapped { return wrapped(&ProtoWrappedBlob{[]byte{}}) },
	),
	caseOf(fullProtoGroups),
	caseOf(fullProtoNumbers),
	caseOf(fullProtoKeeper, func() *ProtoKeeper {
		return &ProtoKeeper{Child: fullProtoKeeper(), Children: []*ProtoKeeper{{}, fullProtoKeeper()}}
	}),
	caseOf(always(ProtoNothing{}), always(ProtoNothing{unknownFields: []byte("\x08\x01\x12\x02hi")})),
	caseOf(func() *ProtoChain { return protoChainOf(21) }),
	caseOf(fullProtoStrict, always(ProtoStrict{})),
	caseOf(func() *ProtoNeedy { return &ProtoNeedy{Name: ref("needy"), ID: 0} }),
	caseOf(func() *ProtoLoose {
		return &ProtoLoose{Text: "\xff\xfe", Texts: []string{"", "\x80"}, Maybe: ref("\xc3"), Strict: "grüße"}
	}),
	caseOf(NewProtoSmall),
	caseOf(NewProtoMedium),
	caseOf(NewProtoLarge),
}

// Protobuf returns the cases of types with protobuf tags, in a fixed order.
func Protobuf() []Case { return protobufRegistry }

func fullProtoScalars() *ProtoScalars {
	return &ProtoScalars{
		Flag: true, I32: -32, I64: -64, Int: 1 << 30, U32: 1 << 31, U64: 1 << 63, S32: -2, S64: -3, F32: 4, F64: 5, SF32: -6, SF64: -7,
		Single: 1.5, Real: -2.25, Text: "grüße, 世界 \U0001f980", Blob: []byte{0, 1, 2, 0xfe, 0xff}, Rank: RankBelow, Uint: 8,
	}
}

func extremeProtoScalars() *ProtoScalars {
	return &ProtoScalars{
		I32: math.MinInt32, I64: math.MinInt64, Int: -1, U32: math.MaxUint32, U64: math.MaxUint64, S32: math.MinInt32, S64: math.MinInt64,
		F32: math.MaxUint32, F64: math.MaxUint64, SF32: math.MinInt32, SF64: math.MinInt64, Single: float32(math.Inf(-1)),
		Real: math.Copysign(0, -1), Text: "a\x00b", Rank: RankHigh,
	}
}

func fullProtoOptionals() *ProtoOptionals {
	return &ProtoOptionals{
		Flag: ref(false), I32: ref(int32(0)), I64: ref(int64(-4)), U32: ref(uint32(5)), U64: ref(uint64(0)), S32: ref(int32(-6)),
		S64: ref(int64(7)), F32: ref(uint32(0)), F64: ref(uint64(9)), Single: ref(float32(0)), Real: ref(0.5), Text: ref(""),
		Blob: []byte{}, Rank: ref(RankNone), Child: &ProtoScalars{}, Needs: fullProtoRequireds(),
	}
}

func leastProtoOptionals() *ProtoOptionals {
	return &ProtoOptionals{Needs: &ProtoRequireds{Flag: ref(true), Fixed: ref(uint64(1)), Blob: []byte{}, Child: &ProtoBlock{}}}
}

func fullProtoRequireds() *ProtoRequireds {
	return &ProtoRequireds{
		Flag: ref(false), Number: 0, Fixed: ref(uint64(3)), Text: "", Blob: []byte("five"), Child: &ProtoBlock{Number: 6}, Real: 7,
	}
}

func fullProtoLists() *ProtoLists {
	return &ProtoLists{
		Flags: []bool{true, false, true}, I32s: []int32{1, -1, 1 << 30}, I64s: []int64{1 << 40, -(1 << 40)}, U32s: []uint32{0, 1 << 31},
		U64s: []uint64{1 << 63, 0}, S32s: []int32{-1, 1}, S64s: []int64{-1 << 63, 5}, F32s: []uint32{1, 2}, F64s: []uint64{3},
		Singles: []float32{0.5, -0.25}, Reals: []float64{0.5, -0.25, 1e300}, Texts: []string{"", "a", "long enough to be no short string at all"},
		Blobs: [][]byte{{}, {0xff}}, Ranks: []Rank{RankBelow, RankHigh, RankNone}, Points: []*ProtoBlock{{Number: 1}, {}, {Text: "three"}},
		Values: []ProtoBlock{{}, {Number: 2, Text: "two"}}, LooseI32s: []int32{1, -1}, LooseF64s: []uint64{7, 8}, LooseFlags: []bool{false, true},
		LooseS64s: []int64{-9},
	}
}

// longProtoLists has lists longer than any vector register, and than a length of one byte.
func longProtoLists() *ProtoLists {
	l := &ProtoLists{}
	for i := range 67 {
		l.Flags = append(l.Flags, i%3 == 0)
		l.I32s = append(l.I32s, int32(i*64_000_001))
		l.I64s = append(l.I64s, int64(i)*-273_000_000_000_000_011)
		l.U32s = append(l.U32s, uint32(i))
		l.U64s = append(l.U64s, uint64(i)<<(i%60))
		l.S32s = append(l.S32s, int32(-i))
		l.S64s = append(l.S64s, int64(i)<<(i%60))
		l.F32s = append(l.F32s, uint32(i*5))
		l.F64s = append(l.F64s, uint64(i*7))
		l.Singles = append(l.Singles, float32(i)/4)
		l.Reals = append(l.Reals, float64(i)/8)
		l.Ranks = append(l.Ranks, Rank(i-30))
		l.LooseI32s = append(l.LooseI32s, int32(i))
		l.LooseFlags = append(l.LooseFlags, i%2 == 0)
		l.Texts = append(l.Texts, strconv.Itoa(i))
		l.Values = append(l.Values, ProtoBlock{Number: int64(i)})
	}
	return l
}

func fullProtoMaps() *ProtoMaps {
	return &ProtoMaps{
		Flags: map[bool]string{false: "no", true: "yes"}, I32s: map[int32]int32{-70000: 1, 0: 2, 70000: -3}, I64s: map[int64]int64{-1 << 40: 1, 1 << 40: 2},
		U32s: map[uint32]uint32{1 << 31: 1, 5: 0}, U64s: map[uint64]uint64{1 << 63: 2, 0: 1}, S32s: map[int32]int64{-2: -3, 2: 3},
		S64s: map[int64]float32{-5: 0.5}, F32s: map[uint32]float64{6: 0.25}, F64s: map[uint64]int32{7: -7, 8: 0}, SF64s: map[int64]bool{-8: true, 9: false},
		Texts: map[string]string{"": "empty", "a": "", "b": "c"}, Blobs: map[string][]byte{"data": {1, 2, 3}, "none": {}},
		Ranks: map[int32]Rank{1: RankBelow}, Points: map[string]*ProtoBlock{"one": {Number: 1}, "": {}},
		Values: map[int32]ProtoBlock{0: {}, -1: {Text: "minus"}},
	}
}

func fullProtoTree() *ProtoTree {
	return &ProtoTree{
		Value: 1,
		Left:  &ProtoTree{Value: 2, Text: ref("")},
		Right: &ProtoTree{
			Value: 3, Left: &ProtoTree{Value: 4}, Children: []*ProtoTree{{Value: 5}, {}},
			Named: map[string]*ProtoTree{"seven": {Value: 7, Inner: &ProtoTree{}}},
		},
		Inner: &ProtoTree{Inner: &ProtoTree{Number: ref(int64(0))}, Named: map[string]*ProtoTree{"": {Number: ref(int64(-1))}}},
	}
}

func wrapped(choice protoChoice) *ProtoWrapped {
	return &ProtoWrapped{
		Name: ref("name"), Always: 0, Block: ProtoBlock{Text: "value"}, Blocks: []ProtoBlock{{}, {Number: 2}}, Loose: []int32{-1, 5},
		Packed: []uint64{1, 1 << 63}, Blob: []byte{}, Ranks: map[int64]Rank{-1: RankBelow}, Deep: map[string]*ProtoBlock{"k": {Number: 3}},
		Text3: "three", Choice: choice, Default: ref(int64(5)), XXX_unrecognized: []byte("\xa0\x06\x01"),
	}
}

func fullProtoNumbers() *ProtoNumbers {
	return &ProtoNumbers{
		Last: 1, Two: "2048", One: -1, Fifteen: true, Sixteen: 16, Most: []byte("2047"), Three: -3, Four: 4, OneLess: "less",
		Five: ref(int32(5)), FiveMore: ref(int32(0)),
	}
}

func fullProtoGroups() *ProtoGroups {
	return &ProtoGroups{
		One: &ProtoBlock{Number: 1, Text: "one"}, Many: []*ProtoBlock{{}, {Text: "many"}},
		Inner: &ProtoGroups{Inner: &ProtoGroups{}, Last: ref(int32(-1))}, Deep: []*ProtoGroups{{One: &ProtoBlock{}}, {}}, Last: ref(int32(0)),
	}
}

func fullProtoKeeper() *ProtoKeeper {
	return &ProtoKeeper{
		Number: 1, Fixed: 2, List: []int32{3}, Block: &ProtoBlock{Number: 5}, Text: "six", _unknownFields: []byte("\x87\x48\x09\x52\x01u\x5b\x60\x01\x5c"),
	}
}

// protoChainOf returns n chained structs.
func protoChainOf(n int) *ProtoChain {
	top := &ProtoChain{}
	for range n - 1 {
		top = &ProtoChain{Next: top}
	}
	return top
}

func fullProtoStrict() *ProtoStrict {
	needy := func(name string, id int32) *ProtoNeedy { return &ProtoNeedy{ref(name), id} }
	return &ProtoStrict{
		Block: needy("block", 1), List: []*ProtoNeedy{needy("", 0), needy("second", -1)}, Named: map[int32]*ProtoNeedy{7: needy("named", 7)},
		One: needy("one", 4), Loop: &ProtoStrict{Other: ref("other"), Block: needy("inner", 6)},
	}
}

// NewProtoSmall returns a message of about 600 bytes.
func NewProtoSmall() *ProtoSmall {
	return &ProtoSmall{Flag: true, Long: 1 << 40, Real: 3.5, Medium: 1 << 20, Text: longText(), Blob: make([]byte, 256)}
}

// NewProtoMedium returns a message of about 20 KB.
func NewProtoMedium() *ProtoMedium {
	m := &ProtoMedium{
		Text: longText(), Pairs: map[string]string{}, Numbers: map[int32]int64{}, Labels: map[int64]string{},
		Named: map[string]*ProtoSmall{}, Small: NewProtoSmall(), Blob: make([]byte, 256), Title: "title",
		Subtitle: "subtitle", Author: "author", Publisher: "publisher",
	}
	for i := range entries {
		m.Smalls = append(m.Smalls, NewProtoSmall())
		m.Mediums = append(m.Mediums, int32(i))
		m.Longs = append(m.Longs, int64(i))
		m.Texts = append(m.Texts, longText())
		m.Pairs[strconv.Itoa(i)] = longText()
		m.Numbers[int32(i)] = int64(i)
		m.Labels[int64(i)] = longText()
		m.Named[strconv.Itoa(i)] = NewProtoSmall()
	}
	return m
}

// NewProtoLarge returns a message of about 350 KB.
func NewProtoLarge() *ProtoLarge {
	l := &ProtoLarge{
		ByName: map[string]*ProtoMedium{}, Medium: NewProtoMedium(), Small: NewProtoSmall(), Flag: true, Text: strings.Repeat("large ", 20),
	}
	for i := range entries {
		l.ByName[strconv.Itoa(i)] = NewProtoMedium()
		l.Mediums = append(l.Mediums, NewProtoMedium())
	}
	return l
}
