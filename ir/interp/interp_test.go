package interp_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/interp"
)

// The addresses of the two arenas of machine.
const (
	in  = 0x1000
	out = 0x2000
)

func machine() (*interp.Machine, []byte) {
	m := &interp.Machine{Frame: []uint64{100, 101, 102}, Symbols: map[string]uint64{"object": out + 8}}
	m.Memory.Map("in", in, []byte{0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88, 9, 10, 11, 12, 13, 14, 15, 16}, false)
	data := make([]byte, 16)
	m.Memory.Map("out", out, data, true)
	return m, data
}

// run runs the lines as the body of a function of in, out and n.
func run(t *testing.T, m *interp.Machine, n uint64, results string, lines ...string) (interp.Outcome, error) {
	t.Helper()
	f, err := ir.Parse("func @f(v0:ptr, v1:ptr, v2:i64)" + results + " {\nb0:\n\t" + strings.Join(lines, "\n\t") + "\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := ir.Verify(f); err != nil {
		t.Fatal(err)
	}
	return m.Run(f, in, out, n)
}

// resultsOf is v2 of the rows of results: its low half is -10.
const resultsOf = 0x8000_0000_ffff_fff6

var results = []struct {
	lines string // v9, an i64 or ptr, is the result
	want  uint64
}{
	{"v9:i64 = Const #-1", 1<<64 - 1},
	{"v8:i32 = Const #-1; v9:i64 = ZeroExt32to64 v8", 1<<32 - 1},
	{"v9:ptr = Address @object", out + 8},
	{"v3:i64 = Const #12; v9:i64 = Add v2, v3", 0x8000_0001_0000_0002},
	{"v3:i64 = Const #12; v9:i64 = Sub v3, v2", 0x7fff_ffff_0000_0016},
	{"v3:i32 = Trunc64to32 v2; v4:i32 = Const #12; v5:i32 = Add v3, v4; v9:i64 = ZeroExt32to64 v5", 2},
	{"v3:i64 = Const #255; v9:i64 = And v2, v3", 0xf6},
	{"v3:i64 = Const #255; v9:i64 = Or v2, v3", 0x8000_0000_ffff_ffff},
	{"v3:i64 = Const #255; v9:i64 = Xor v2, v3", 0x8000_0000_ffff_ff09},
	{"v3:i64 = Const #68; v9:i64 = Shl v2, v3", 0x0000_000f_ffff_ff60},
	{"v3:i64 = Const #4; v9:i64 = Shr v2, v3", 0x0800_0000_0fff_ffff},
	{"v3:i64 = Const #4; v9:i64 = Sar v2, v3", 0xf800_0000_0fff_ffff},
	{"v3:i32 = Trunc64to32 v2; v4:i32 = Const #33; v5:i32 = Sar v3, v4; v9:i64 = SignExt32to64 v5", 1<<64 - 5},
	{"v3:i32 = Trunc64to32 v2; v4:i32 = Const #33; v5:i32 = Shr v3, v4; v9:i64 = SignExt32to64 v5", 0x7fff_fffb},
	{"v3:i32 = Trunc64to32 v2; v4:i32 = MulConst v3, #-3; v9:i64 = SignExt32to64 v4", 30},
	{"v9:i64 = SetBit v2, #62", 0xc000_0000_ffff_fff6},
	{"v9:i64 = CountLeadingZeros v2", 0},
	{"v3:i64 = Const #1; v4:i64 = Shr v2, v3; v9:i64 = CountLeadingZeros v4", 1},
	{"v3:i64 = Const #0; v9:i64 = CountLeadingZeros v3", 64},
	{"v9:i64 = CountTrailingZeros v2", 1},
	{"v3:i64 = Const #40; v4:i64 = Shl v2, v3; v9:i64 = CountTrailingZeros v4", 41},
	{"v3:i64 = Const #0; v9:i64 = CountTrailingZeros v3", 64},
	{"v9:i64 = Gather7 v2", 0x0000_0000_0fff_fff6},
	{"v3:i64 = Const #72624409554585480; v9:i64 = Gather7 v3", 1<<49 | 2<<42 | 3<<35 | 4<<28 | 5<<21 | 6<<14 | 7<<7 | 8}, // 0x0102038405860788
	{"v9:i64 = Spread7 v2", 0x0000_000f_7f7f_7f76},
	{"v3:i64 = Const #-1; v9:i64 = Spread7 v3", 0x7f7f_7f7f_7f7f_7f7f},
	{"v3:i64 = Const #5; v4:i32 = SetCC.slt v2, v3; v9:i64 = ZeroExt32to64 v4", 1},
	{"v3:i64 = Const #5; v4:i32 = SetCC.ult v2, v3; v9:i64 = ZeroExt32to64 v4", 0},
	{"v3:i32 = Trunc64to32 v2; v4:i32 = Const #5; v9:i64 = Select.sge v3, v4, v2, v2", resultsOf},
	{"v3:i64 = Const #5; v9:i64 = Select.ule v3, v2, v3, v2", 5},
	{"v3:i8 = Trunc64to8 v2; v9:i64 = ZeroExt8to64 v3", 0xf6},
	{"v3:i8 = Trunc64to8 v2; v9:i64 = SignExt8to64 v3", 1<<64 - 10},
	{"v3:i8 = Trunc64to8 v2; v4:i32 = ZeroExt8to32 v3; v9:i64 = SignExt32to64 v4", 0xf6},
	{"v3:i8 = Trunc64to8 v2; v4:i32 = SignExt8to32 v3; v9:i64 = ZeroExt32to64 v4", 1<<32 - 10},
	{"v3:i16 = Trunc64to16 v2; v9:i64 = SignExt16to64 v3", 1<<64 - 10},
	{"v3:i32 = Const #-300; v4:i8 = Trunc32to8 v3; v9:i64 = ZeroExt8to64 v4", 0xd4},
	{"v3:i32 = Const #-70000; v4:i16 = Trunc32to16 v3; v9:i64 = ZeroExt16to64 v4", 0xee90},
	{"v3:i16 = Trunc64to16 v2; v4:i32 = SignExt16to32 v3; v9:i64 = ZeroExt32to64 v4", 1<<32 - 10},
	{"v3:i16 = Trunc64to16 v2; v4:i32 = ZeroExt16to32 v3; v9:i64 = ZeroExt32to64 v4", 0xfff6},
	{"v9:ptr = PtrAdd v0, #-16", in - 16},
	{"v3:i64 = Const #-2; v9:ptr = PtrIndex v0, v3, #8", in - 16},
	{"v9:i64 = PtrDiff v0, v1", 1<<64 - 0x1000},
	{"v3:i8 = Load8 v0, #1; v9:i64 = SignExt8to64 v3", 1<<64 - 0x7e},
	{"v3:i16 = Load16 v0, #1; v9:i64 = ZeroExt16to64 v3", 0x0382},
	{"v3:i16 = LoadBE16 v0, #1; v9:i64 = ZeroExt16to64 v3", 0x8203},
	{"v3:i32 = Load32 v0, #0; v9:i64 = ZeroExt32to64 v3", 0x84038201},
	{"v3:i32 = LoadBE32 v0, #0; v9:i64 = ZeroExt32to64 v3", 0x01820384},
	{"v9:i64 = Load64 v0, #0 source", 0x8807860584038201},
	{"v9:ptr = LoadPtr v0, #8", 0x100f0e0d0c0b0a09},
	{"v9:i64 = LoadBE64 v0, #0", 0x0182038405860788},
	{"v9:i64 = FrameLoad64 #8", 101},
	{"FrameStore64 v2, #16; v9:ptr = FrameLoadPtr #16", resultsOf},
	{`v3:i32 = Match v0, "0182 .2 05" source; v9:i64 = ZeroExt32to64 v3`, 1},
	{`v3:i32 = Match v0, "0183 .2 05"; v9:i64 = ZeroExt32to64 v3`, 0},
	{`v3:i32 = Match v0, "?1 82"; v9:i64 = ZeroExt32to64 v3`, 1},
	{`v3:i32 = Match v0, "?2"; v9:i64 = ZeroExt32to64 v3`, 0},
	{`v4:ptr = PtrAdd v0, #2; v3:i32 = Match v4, "?1"; v9:i64 = ZeroExt32to64 v3`, 0},
	{"v3:i64 = Const #1; v9:i64 = CopyASCII v1, v0, v3", 0},
	{"v3:i64 = Const #2; v9:i64 = CopyASCII v1, v0, v3", 0x80},
	{"v3:ptr = PtrAdd v0, #8; v9:ptr = SkipASCII v0, v3", in + 1},
	{"v3:ptr = PtrAdd v0, #7; v4:ptr = PtrAdd v0, #16; v9:ptr = SkipASCII v3, v4 source", in + 7},
	{"v3:ptr = PtrAdd v0, #8; v4:ptr = PtrAdd v0, #16; v9:ptr = SkipASCII v3, v4 source", in + 16},
	{"v3:ptr = Const #0; v9:ptr = SkipASCII v3, v3 source", 0},
	{"FrameStorePtr v0, #0; v9:i64 = FrameLoad64 #0", in},
}

func TestResults(t *testing.T) {
	for _, test := range results {
		result := " -> (i64)"
		if strings.Contains(test.lines, "v9:ptr") {
			result = " -> (ptr)"
		}
		m, _ := machine()
		got, err := run(t, m, resultsOf, result, append(strings.Split(test.lines, "; "), "Return v9")...)
		if err != nil || got.Failed || got.Results[0] != test.want {
			t.Errorf("%s: %+v %v, want %#x", test.lines, got, err, test.want)
		}
	}
}

var stores = []struct{ lines, want string }{
	{"v3:i8 = Trunc64to8 v2; Store8 v1, v3, #1", "\x00\x08\x00\x00\x00\x00\x00\x00\x00"},
	{"v3:i16 = Trunc64to16 v2; Store16 v1, v3, #1", "\x00\x08\x07\x00\x00\x00\x00\x00\x00"},
	{"v3:i16 = Trunc64to16 v2; StoreBE16 v1, v3, #1", "\x00\x07\x08\x00\x00\x00\x00\x00\x00"},
	{"v3:i32 = Trunc64to32 v2; Store32 v1, v3, #1", "\x00\x08\x07\x06\x05\x00\x00\x00\x00"},
	{"v3:i32 = Trunc64to32 v2; StoreBE32 v1, v3, #1", "\x00\x05\x06\x07\x08\x00\x00\x00\x00"},
	{"Store64 v1, v2, #1", "\x00\x08\x07\x06\x05\x04\x03\x02\x01"},
	{"StoreBE64 v1, v2, #1", "\x00\x01\x02\x03\x04\x05\x06\x07\x08"},
	{`Arrange v1, v0, "aabb -0:2 +4:1 cc -1:3"`, "\xaa\xbb\x82\x01\x05\xcc\x84\x03\x82"},
	{"StorePtr v1, v0, #0", "\x00\x10\x00\x00\x00\x00\x00\x00\x00"},
	{"v3:i64 = Const #4; CopyBytes v1, v0, v3", "\x01\x82\x03\x84\x00\x00\x00\x00\x00"},
	{"v3:i64 = Const #4; v4:i64 = CopyASCII v1, v0, v3", "\x01\x82\x03\x84\x00\x00\x00\x00\x00"},
	{"v3:i64 = Const #4; MoveUp v1, v0, v3", "\x01\x82\x03\x84\x00\x00\x00\x00\x00"},
	{"Store64 v1, v2, #0; v3:i64 = Const #6; v4:ptr = PtrAdd v1, #2; MoveUp v4, v1, v3", "\x08\x07\x08\x07\x06\x05\x04\x03\x00"},
	{"v3:i64 = Const #2; SwapCopy16 v1, v0, v3", "\x82\x01\x84\x03\x00\x00\x00\x00\x00"},
	{"v3:i64 = Const #1; SwapCopy32 v1, v0, v3", "\x84\x03\x82\x01\x00\x00\x00\x00\x00"},
	{"v3:i64 = Const #1; SwapCopy64 v1, v0, v3", "\x88\x07\x86\x05\x84\x03\x82\x01\x00"},
	{"Store64 v1, v2, #0; v4:ptr = PtrAdd v1, #8; v3:i64 = Const #8; CopyBools v4, v1, v3; CopyBytes v1, v4, v3", "\x00\x00\x00\x00\x00\x00\x00\x01\x00"},
	{"v3:i64 = Const #1; SwapWiden32to64 v1, v0, v3", "\x84\x03\x82\x01\x00\x00\x00\x00\x00"},
	{"v3:i64 = Const #1; v4:ptr = PtrAdd v0, #1; SwapWiden32to64 v1, v4, v3", "\x05\x84\x03\x82\xff\xff\xff\xff\x00"},
	{"v3:i64 = Const #-2; Store64 v1, v3, #8; v4:ptr = PtrAdd v1, #8; v5:i64 = Const #1; SwapNarrow64to32 v1, v4, v5", "\xff\xff\xff\xfe\x00\x00\x00\x00\xfe"},
	{"v3:i64 = Const #0; v4:ptr = Const #0; SwapWiden32to64 v4, v4, v3; SwapNarrow64to32 v4, v4, v3; CopyBools v4, v4, v3", "\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
	{"v3:i64 = Const #0; v4:ptr = Const #0; CopyBytes v4, v4, v3", "\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
}

func TestStores(t *testing.T) {
	for _, test := range stores {
		m, data := machine()
		got, err := run(t, m, 0x0102030405060708, "", append(strings.Split(test.lines, "; "), "Return")...)
		if err != nil || got.Failed || !bytes.Equal(data[:9], []byte(test.want)) {
			t.Errorf("%s: %+v %v, memory %x, want %x", test.lines, got, err, data[:9], test.want)
		}
	}
}

var failures = []struct {
	lines  string // behind one that makes v3 the end of the input
	n      int64
	failed bool
}{
	{"v4:i64 = Const #1; Store64 v1, v2, #8; v5:ptr = PtrAdd v1, #8; SwapNarrow64to32 v1, v5, v4", 1<<31 - 1, false},
	{"v4:i64 = Const #1; Store64 v1, v2, #8; v5:ptr = PtrAdd v1, #8; SwapNarrow64to32 v1, v5, v4", 1 << 31, true},
	{"v4:i64 = Const #1; Store64 v1, v2, #8; v5:ptr = PtrAdd v1, #8; SwapNarrow64to32 v1, v5, v4", -1 << 31, false},
	{"v4:i64 = Const #1; Store64 v1, v2, #8; v5:ptr = PtrAdd v1, #8; SwapNarrow64to32 v1, v5, v4", -1<<31 - 1, true},
	{"CheckBounds v0, v3, #16", 0, false},
	{"CheckBounds v0, v3, #17", 0, true},
	{"CheckBounds v3, v0, #0", 0, true},
	{"CheckBounds v0, v0, #0", 0, false},
	{"CheckBoundsN v0, v3, v2, #6", 10, false},
	{"CheckBoundsN v0, v3, v2, #7", 10, true},
	{"CheckBoundsN v0, v3, v2, #0", -1, true},
	{"CheckBoundsN v0, v3, v2, #0", -1 << 63, true},
	{"CheckBoundsN v0, v3, v2, #1", 1<<63 - 1, true},
	{"CheckBoundsN v3, v0, v2, #0", 0, true},
	{"v4:i64 = Const #5; FailIf.sgt v2, v4", 6, true},
	{"v4:i64 = Const #5; FailIf.sgt v2, v4", -6, false},
	{"v4:i64 = Const #5; FailIf.ugt v2, v4", -6, true},
	{"v4:i32 = Trunc64to32 v2; v5:i64 = Const #3; v6:ptr = SkipValue @x, v0, v3, v4, v5; FailIf.ne v6, v3", 16, false},
	{"v4:i32 = Trunc64to32 v2; v5:i64 = Const #3; v6:ptr = SkipValue @x, v0, v3, v4, v5", 17, true},
	{"v4:i32 = Narrow64to32 v2; v5:i64 = SignExt32to64 v4; FailIf.ne v5, v2", -1 << 31, false},
	{"v4:i32 = Narrow64to32 v2", 1<<31 - 1, false},
	{"v4:i32 = Narrow64to32 v2", 1 << 31, true},
	{"v4:i32 = Narrow64to32 v2", -1<<31 - 1, true},
	{"v4:i32 = Narrow64to32 v2", 1 << 32, true},
	{"Exit v2, #1", 1, false},
	{"Exit v2, #1", 2, true},
	{"Call @fails", 0, true},
}

func TestFailures(t *testing.T) {
	end := "v3:ptr = PtrAdd v0, #16; " // of 16 bytes
	for _, test := range failures {
		m, _ := machine()
		m.Skip = func(format string, src, end uint64, kind uint32, depth int64) (uint64, error) {
			if format != "x" || depth != 3 || src+uint64(kind) > end {
				return 0, errors.New("refused")
			}
			return src + uint64(kind), nil
		}
		m.Exit = func(code int64, args []uint64, results int) ([]uint64, error) {
			if code != 1 || args[0] != 1 || results != 0 {
				return nil, errors.New("refused")
			}
			return nil, nil
		}
		fails, err := ir.Parse("func @fails() {\nb0:\n\tFail\n}\n")
		if err != nil {
			t.Fatal(err)
		}
		m.Funcs = map[string]*ir.Func{"fails": fails}
		got, err := run(t, m, uint64(test.n), "", append(strings.Split(end+test.lines, "; "), "Return")...)
		if err != nil || got.Failed != test.failed {
			t.Errorf("%s with %d: %+v %v, want failed: %v", test.lines, test.n, got, err, test.failed)
		}
	}
}

const controlFlow = `
func @swap(v0:i64) -> (i64, i64) { // Fibonacci by exchanging parameters
b0:
	v1:i64 = Const #0
	v2:i64 = Const #1
	Branch.eq v0, v1 -> b2(v1, v2), b1(v1, v2, v0)
b1(v3:i64, v4:i64, v5:i64):
	v6:i64 = Add v3, v4
	v7:i64 = Sub v5, v2
	Branch.ne v7, v1 -> b1(v4, v6, v7), b2(v4, v6)
b2(v8:i64, v9:i64):
	Return v8, v9
}
func @choose(v0:i64) -> (i64) {
b0:
	v1:i32 = Trunc64to32 v0
	v2:i64 = Const #10
	v3:i64 = Const #11
	v4:i64 = Const #12
	Switch v1 -> b1(v4), b1(v2), b1(v3)
b1(v5:i64):
	Return v5
}
func @main(v0:i64) -> (i64, i64) {
b0:
	Jump -> b1(v0)
b1(v5:i64):
	v1:i64, v2:i64 = Call @swap, v5
	v3:i64 = Call @choose, v1
	v4:i64 = Exit v3, v2, #9
	Return v4, v2
}
`

func TestControlFlow(t *testing.T) {
	f, err := ir.ParseAll(controlFlow)
	if err != nil {
		t.Fatal(err)
	}
	m, _ := machine()
	m.Funcs = map[string]*ir.Func{}
	for _, f := range f {
		if err := ir.Verify(f); err != nil {
			t.Fatal(err)
		}
		m.Funcs[f.Name] = f
	}
	m.Exit = func(code int64, args []uint64, results int) ([]uint64, error) {
		return []uint64{uint64(code)*100 + args[0]}, nil
	}
	for n, want := range map[uint64][2]uint64{0: {910, 1}, 1: {911, 1}, 2: {911, 2}, 3: {912, 3}, 7: {912, 21}} {
		got, err := m.Run(m.Funcs["main"], n)
		if err != nil || got.Failed || [2]uint64(got.Results) != want {
			t.Errorf("%d: %+v %v, want %v", n, got, err, want)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, test := range []struct{ lines, want string }{
		{"v3:i64 = Load64 v0, #9", "(in+9 of 16)"},
		{"v3:i8 = Load8 v0, #-1", "outside"},
		{"v3:ptr = Const #0; v4:i8 = Load8 v3, #0", "outside"},
		{"Store64 v0, v2, #0", "read-only in"},
		{"Store64 v1, v2, #0; v3:i8 = Load8 v1, #7 source", "source load of written byte out+7"},
		{"v3:i64 = Const #8; v4:ptr = PtrAdd v1, #7; CopyBytes v1, v4, v3", "overlap"},
		{"v3:i64 = Const #8; v4:ptr = PtrAdd v1, #7; MoveUp v1, v4, v3", "overlap"},
		{"v3:ptr = PtrAdd v0, #-1; v4:ptr = SkipASCII v0, v3", "SkipASCII of -1"},
		{"v3:ptr = PtrAdd v0, #17; v4:ptr = SkipASCII v0, v3", "access of 17 bytes"},
		{"Store64 v1, v2, #0; v3:ptr = PtrAdd v1, #1; v4:ptr = SkipASCII v1, v3 source", "source load of written byte out+0"},
		{"v3:i64 = Const #1; v4:ptr = PtrAdd v1, #7; SwapWiden32to64 v1, v4, v3", "overlap"},
		{"v3:i64 = Const #1; v4:ptr = PtrAdd v1, #3; SwapNarrow64to32 v1, v4, v3", "overlap"},
		{`v3:ptr = PtrAdd v1, #1; Arrange v1, v3, "00 +0:1"`, "overlap"},
		{`Arrange v1, v0, "+0:1 +16:1"`, "access of 17 bytes"},
		{`Arrange v0, v1, "+0:1"`, "read-only in"},
		{`v4:ptr = PtrAdd v1, #15; Arrange v4, v0, "0102"`, "access of 2 bytes"},
		{`v4:ptr = PtrAdd v0, #14; v3:i32 = Match v4, ".3"`, "access of 3 bytes"},
		{`Store64 v1, v2, #0; v3:i32 = Match v1, ".1" source`, "source load of written byte out+0"},
		{"v3:i64 = Const #-1; CopyBytes v1, v0, v3", "CopyBytes of -1"},
		{"v3:i64 = Const #17; CopyBytes v1, v0, v3", "access of 17 bytes"},
		{"v3:i64 = FrameLoad64 #24", "no offset 24"},
		{"v3:ptr = Address @nothing", "no symbol @nothing"},
		{"Call @nothing", "no function @nothing"},
		{"Call @recursive", "nest too deeply"},
		{"v3:i64 = Exit #1", "there is no Machine.Exit"},
		{"Jump -> b1; b1:; Jump -> b1; b2:", "too many steps"},
	} {
		m, _ := machine()
		recursive, err := ir.Parse("func @recursive() {\nb0:\n\tCall @recursive\n\tReturn\n}\n")
		if err != nil {
			t.Fatal(err)
		}
		m.Funcs = map[string]*ir.Func{"recursive": recursive}
		lines := append(strings.Split(test.lines, "; "), "Return")
		if strings.HasPrefix(test.lines, "Jump") {
			lines = lines[:3]
		}
		got, err := run(t, m, 0, "", lines...)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v %v, want %q", test.lines, got, err, test.want)
		}
	}
}

// TestEveryOpHasARow: there is a row, or a line of controlFlow, for each op.
func TestEveryOpHasARow(t *testing.T) {
	text := controlFlow + "Fail\n" // which the function that fails does
	for _, row := range results {
		text += row.lines + "\n"
	}
	for _, row := range stores {
		text += row.lines + "\n"
	}
	for _, row := range failures {
		text += row.lines + "\n"
	}
	for _, row := range varintRows {
		text += row.op + "\n"
	}
	for op := ir.InvalidOp + 1; op < ir.OpCount; op++ {
		if !regexp.MustCompile(`\b` + op.String() + `\b`).MatchString(text) {
			t.Errorf("%s is in no table", op)
		}
	}
}
