//go:build amd64 || arm64

package island

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/fuzz/regress"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
	"github.com/tagwire/tagwire/wire/thriftcompact"
)

// settings are those of one decoding.
type settings struct {
	levels, allocation int
	zeroCopy, owned    bool
	populated          bool
}

func (o settings) flags() (flags uintptr) {
	if o.zeroCopy {
		flags |= abi.FlagZeroCopy
	}
	if o.owned {
		flags |= abi.FlagOwnedStrings
	}
	return flags
}

var usual = settings{levels: codec.DefaultDepth, allocation: math.MaxInt}

// decodeAgrees decodes input by a module and by the plain codec into targets that hold the same, and compares. It
// reports whether the input was accepted.
func decodeAgrees(t *testing.T, n *interpreted, c cases.Case, input []byte, o settings) bool {
	t.Helper()
	s := n.format.Schema(t, c.New())
	target, want := c.New(), c.New()
	if o.populated {
		cases.Populate(target)
		cases.Populate(want)
	}
	options := codec.Settings{
		Limits: codec.Limits{Depth: o.levels, Alloc: o.allocation}, ZeroCopy: o.zeroCopy, OwnedStrings: o.owned,
		Merge: o.populated && n.format == jittest.Protobuf, // native code merges into what is there
	}
	input = bytes.Clone(input)
	wantUsed, wantErr := n.format.Plain(s).Decode(input, reflect.ValueOf(want).UnsafePointer(), &options)
	used, ok, err := n.decode(target, input, o.levels, o.allocation, o.flags())
	require.NoError(t, err, "%s: %x", c.Name, input)
	if parts := n.format == jittest.Protobuf && s.HasRequired(); !parts || ok { // a part of a message may bring what another lacks
		require.Equal(t, wantErr == nil, ok, "%s: %x: the plain codec says %v", c.Name, input, wantErr)
	}
	if ok {
		require.Equal(t, wantUsed, used)
		requireSame(t, want, target, c.Name, input)
		return true
	}
	if options.Merge {
		return false // what is refused is not merged by native code at all
	}
	// The plain codec decodes into what native code has left, and leaves what it would have left on its own.
	_, err = n.format.Plain(s).Decode(input, reflect.ValueOf(target).UnsafePointer(), &options)
	require.Equal(t, wantErr, err)
	requireSame(t, want, target, c.Name, input)
	return false
}

// requireSame wants values to be the same, as decoded from input.
func requireSame(t *testing.T, want, got any, name string, input []byte) {
	t.Helper()
	if !cases.Equal(want, got) {
		require.Equal(t, cases.Text(want), cases.Text(got), "%s: %x", name, input)
		t.Fatalf("%s: %x: the texts are equal, the values are not", name, input)
	}
}

// eachFormat runs a test for each wire format.
func eachFormat(t *testing.T, test func(t *testing.T, f jittest.Format)) {
	for _, f := range jittest.Formats {
		t.Run(f.Name, func(t *testing.T) { test(t, f) })
	}
}

// eachThrift runs a test for the formats of Thrift: it is about lists with a count in front, or types that only Thrift has.
func eachThrift(t *testing.T, test func(t *testing.T, f jittest.Format)) {
	eachFormat(t, func(t *testing.T, f jittest.Format) {
		if f.Language == schema.Thrift {
			test(t, f)
		}
	})
}

// decodable returns the cases of a format with their schema.
func decodable(t *testing.T, f jittest.Format) map[string]*schema.StructType {
	t.Helper()
	found := map[string]*schema.StructType{}
	for _, c := range f.Cases() {
		found[c.Name] = f.Schema(t, c.New())
	}
	require.Greater(t, len(found), 15)
	return found
}

// inputsOf returns encodings of the samples of a case.
func inputsOf(t *testing.T, f jittest.Format, c cases.Case, s *schema.StructType) [][]byte {
	t.Helper()
	var inputs [][]byte
	for _, value := range f.Samples(c) {
		input, err := f.Oracle(s, value, jittest.ManyLevels)
		require.NoError(t, err)
		inputs = append(inputs, input)
	}
	return inputs
}

func TestDecodeAgreesWithThePlainCodec(t *testing.T) { eachFormat(t, decodeAgreesWithThePlainCodec) }

func decodeAgreesWithThePlainCodec(t *testing.T, f jittest.Format) {
	filled := 0
	for name, s := range decodable(t, f) {
		t.Run(name, func(t *testing.T) {
			c := jittest.Find(t, name)
			for _, n := range []*interpreted{interpretPlain(t, s, f.Task(build.Decode, false)), interpret(t, s, f.Task(build.Decode, false), &compile.Pipeline{Verify: true})} {
				for _, input := range inputsOf(t, f, c, s) {
					for _, o := range []settings{
						usual,
						{levels: codec.DefaultDepth, allocation: math.MaxInt, populated: true},
						{levels: codec.DefaultDepth, allocation: math.MaxInt, zeroCopy: true},
						{levels: codec.DefaultDepth, allocation: math.MaxInt, owned: true, populated: true},
					} {
						require.True(t, decodeAgrees(t, n, c, input, o))
					}
				}
				filled += n.filled
			}
		})
	}
	if f.Language == schema.Thrift { // elsewhere no map has its entries in one piece
		require.NotZero(t, filled, "no map was filled without an exit")
	}
}

func TestDecodeAgreesWithoutAnyOnePass(t *testing.T) { eachFormat(t, decodeAgreesWithoutAnyOnePass) }

func decodeAgreesWithoutAnyOnePass(t *testing.T, f jittest.Format) {
	for turn, pass := range compile.PassNames() {
		p := &compile.Pipeline{Verify: true, Without: map[string]bool{pass: true}}
		for i, c := range f.Named("Scalars", "Optionals", "Requireds", "Lists", "Tree", "Pairs", "Large", "EdgeIDs", "Maps", "Choices", "Wrapped", "Groups") {
			if effort.Reduced() && (turn+i)%2 == 1 {
				continue
			}
			s := f.Schema(t, c.New())
			n := interpret(t, s, f.Task(build.Decode, false), p)
			for _, input := range inputsOf(t, f, c, s) {
				require.True(t, decodeAgrees(t, n, c, input, usual))
			}
		}
	}
}

func TestDecodeOfTheRegressionCorpus(t *testing.T) {
	schemas, done := decodable(t, jittest.Binary), map[string]*interpreted{}
	accepted, refused := 0, 0
	for _, entry := range regress.All() {
		s := schemas[entry.Type]
		if s == nil || len(entry.Input) > 1<<20 {
			continue
		}
		if done[entry.Type] == nil {
			done[entry.Type] = interpret(t, s, jittest.Decoding, &compile.Pipeline{})
		}
		for _, populated := range []bool{false, true} {
			o := usual
			o.populated = populated
			if decodeAgrees(t, done[entry.Type], jittest.Find(t, entry.Type), entry.Input, o) {
				accepted++
			} else {
				refused++
			}
		}
	}
	require.NotZero(t, accepted)
	require.NotZero(t, refused)
}

// TestDecodeOfCutInput: no prefix of a message is read past its end, which the interpreter would see.
func TestDecodeOfCutInput(t *testing.T) { eachFormat(t, decodeOfCutInput) }

func decodeOfCutInput(t *testing.T, f jittest.Format) {
	for name, s := range decodable(t, f) {
		c := jittest.Find(t, name)
		plain, optimised := interpretPlain(t, s, f.Task(build.Decode, false)), interpret(t, s, f.Task(build.Decode, false), &compile.Pipeline{})
		for _, input := range inputsOf(t, f, c, s) {
			for n := 0; n < len(input); n += 1 + len(input)/effort.Of(50, 10) {
				for _, form := range []*interpreted{plain, optimised} {
					accepted := decodeAgrees(t, form, c, input[:n], usual)
					require.False(t, accepted && f.Ends())
				}
			}
		}
	}
}

// TestDecodeOfChangedInput: bytes are changed, fields moved, repeated and left out.
func TestDecodeOfChangedInput(t *testing.T) { eachFormat(t, decodeOfChangedInput) }

func decodeOfChangedInput(t *testing.T, f jittest.Format) {
	random := rand.New(rand.NewPCG(1, 2))
	accepted, refused := 0, 0
	for _, c := range f.Cases() {
		s := f.Schema(t, c.New())
		n := interpret(t, s, f.Task(build.Decode, false), &compile.Pipeline{})
		for _, input := range inputsOf(t, f, c, s) {
			if len(input) > 1<<12 || len(input) == 0 {
				continue
			}
			for range effort.Of(60, 12) {
				o := usual
				o.populated, o.zeroCopy = random.IntN(3) == 0, random.IntN(4) == 0
				if decodeAgrees(t, n, c, change(random, f, input), o) {
					accepted++
				} else {
					refused++
				}
			}
		}
	}
	require.Greater(t, accepted, effort.Of(500, 100))
	require.Greater(t, refused, effort.Of(500, 100))
}

// unknownInFront is an unknown field in each format.
var unknownInFront = map[string][]byte{
	jittest.Binary.Name:   {byte(thriftbinary.I32), 0x7f, 0x7e, 1, 2, 3, 4},
	jittest.Compact.Name:  {byte(thriftcompact.I32), 0xfe, 0xfd, 0x03, 0x82, 0x05},
	jittest.Protobuf.Name: {0xf0, 0xff, 0x07, 0x82, 0x05},
}

// change returns a message like another.
func change(random *rand.Rand, f jittest.Format, message []byte) []byte {
	changed := bytes.Clone(message)
	for range 1 + random.IntN(3) {
		at := random.IntN(max(1, len(changed)))
		if len(changed) == 0 {
			return changed
		}
		switch random.IntN(5) {
		case 0:
			changed[at] = byte(random.Uint32())
		case 1:
			changed[at] ^= 1 << random.IntN(8)
		case 2: // fields in another order
			if f == jittest.Binary {
				changed = shuffleFields(random, changed)
			}
		case 3: // an unknown field in front
			changed = append(bytes.Clone(unknownInFront[f.Name]), changed...)
		case 4: // all fields twice
			if !f.Ends() {
				changed = append(changed[:len(changed):len(changed)], changed...)
				break
			}
			changed = append(changed[:len(changed)-1:len(changed)-1], changed...)
		}
		if len(changed) > 1<<13 {
			break
		}
	}
	return changed
}

// shuffleFields returns the fields of a message in another order, now and then without one.
func shuffleFields(random *rand.Rand, message []byte) []byte {
	var fields [][]byte
	for at := 0; at < len(message) && message[at] != byte(thriftbinary.Stop); {
		if at+thriftbinary.FieldHeaderSize > len(message) {
			return message
		}
		n, err := skipBytes(message[at+thriftbinary.FieldHeaderSize:], thriftbinary.Type(message[at]), math.MaxInt)
		if err != nil {
			return message
		}
		fields = append(fields, message[at:at+thriftbinary.FieldHeaderSize+n])
		at += thriftbinary.FieldHeaderSize + n
	}
	random.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	if len(fields) > 0 && random.IntN(4) == 0 {
		fields = fields[1:]
	}
	return append(bytes.Join(fields, nil), byte(thriftbinary.Stop))
}

func TestDecodeDepth(t *testing.T) { eachFormat(t, decodeDepth) }

func decodeDepth(t *testing.T, f jittest.Format) {
	for _, c := range f.Named("Chain", "Nest", "Tree", "Lists", "Pairs", "Everything", "Optionals", "Hollow", "Groups", "Wrapped") {
		s, name := f.Schema(t, c.New()), c.Name
		n := interpret(t, s, f.Task(build.Decode, false), &compile.Pipeline{})
		accepted, refused := 0, 0
		for _, input := range inputsOf(t, f, c, s) {
			for o := usual; o.levels > 0; o.levels = o.levels * 3 / 4 {
				if decodeAgrees(t, n, c, input, o) {
					accepted++
				} else {
					refused++
				}
			}
		}
		require.NotZero(t, accepted, name)
		require.NotZero(t, refused, name)
	}
}

// Allocated has what takes memory.
type Allocated struct {
	Flag   *bool          `frugal:"1,optional,bool"`
	Text   *string        `frugal:"2,optional,string"`
	Blob   *[]byte        `frugal:"3,optional,binary"`
	Level  *cases.Level   `frugal:"4,optional,Level"`
	Point  *cases.Point   `frugal:"5,optional,Point"`
	Points []*cases.Point `frugal:"6,default,list<Point>"`
	Values []cases.Point  `frugal:"7,default,set<Point>"`
	Texts  []string       `frugal:"8,default,list<string>"`
	Blobs  [][]byte       `frugal:"9,default,list<binary>"`
	Rows   [][]int64      `frugal:"10,default,list<list<i64>>"`
	Flags  []bool         `frugal:"11,default,list<bool>"`
	Levels []cases.Level  `frugal:"12,default,list<Level>"`
	Words  []int32        `frugal:"13,default,list<i32>"`
	Plain  string         `frugal:"14,default,string"`

	Named  map[string]*cases.Point     `frugal:"15,default,map<string:Point>"`
	Keys   map[*cases.Key]cases.Point  `frugal:"16,default,map<Key:Point>"`
	Counts map[int64]bool              `frugal:"17,default,map<i64:bool>"`
	Nested map[int8]map[string][]int32 `frugal:"18,default,map<i8:map<string:list<i32>>>"`
	Alias  string                      `frugal:"19,default,string,nocopy"`
	Maybe  *string                     `frugal:"20,optional,string,nocopy"`

	_unknownFields []byte
}

// TestDecodeAllocationLimit: both engines count the same bytes, so they refuse under the same limits.
func TestDecodeAllocationLimit(t *testing.T) { eachFormat(t, decodeAllocationLimit) }

func decodeAllocationLimit(t *testing.T, f jittest.Format) {
	if f == jittest.Protobuf {
		for _, c := range f.Named("Optionals", "Lists", "Maps", "Tree", "Choices", "Wrapped", "Keeper", "Nothing") {
			allocationLimitAgrees(t, f, c)
		}
		return
	}
	kept := []byte{byte(thriftbinary.Bool), 0x70, 0, 1, byte(thriftbinary.I8), 0x70, 1, 2}
	if f == jittest.Compact {
		kept = []byte{thriftcompact.KeptMark, byte(thriftcompact.True), 0x80, 0xc0, 0x03, 0x10 | byte(thriftcompact.I8), 2}
	}
	c := cases.Case{Name: "Allocated", Type: reflect.TypeFor[Allocated](), Samples: func() []any {
		counts := map[int64]bool{}
		for i := range int64(150) {
			counts[i] = true
		}
		return []any{
			&Allocated{Plain: strings.Repeat("long", 600), Words: make([]int32, 600), Levels: make([]cases.Level, 300)},
			&Allocated{Counts: counts, Alias: "alias", _unknownFields: kept},
		}
	}}
	allocationLimitAgrees(t, f, c)
}

// allocationLimitAgrees decodes what the samples of a case are encoded as under limits from many to none.
func allocationLimitAgrees(t *testing.T, f jittest.Format, c cases.Case) {
	s := f.Schema(t, c.New())
	n := interpret(t, s, f.Task(build.Decode, false), &compile.Pipeline{})
	accepted, refused := 0, 0
	for _, input := range inputsOf(t, f, c, s) {
		for _, o := range []settings{usual, {levels: 1000, zeroCopy: true}, {levels: 1000, owned: true}} {
			for o.allocation = 1 << 14; o.allocation > 0; o.allocation = o.allocation*15/16 - 1 {
				if decodeAgrees(t, n, c, input, o) {
					accepted++
				} else {
					refused++
				}
			}
		}
	}
	require.NotZero(t, accepted)
	require.NotZero(t, refused)
}

// TestDecodeAlignsLists: lists in a chunk lie where their elements may, whatever was put there before.
func TestDecodeAlignsLists(t *testing.T) {
	s := jittest.Schema(t, &Bulky{})
	n := interpret(t, s, jittest.Decoding, &compile.Pipeline{})
	for length := 1; length < 12; length++ {
		input, err := jittest.Binary.Oracle(s, &Bulky{Text: strings.Repeat("x", length), Longs: []int64{1}, Words: []int32{1, 2, 3}}, jittest.ManyLevels)
		require.NoError(t, err)
		var got Bulky
		_, ok, err := n.decode(&got, input, jittest.ManyLevels, math.MaxInt, 0)
		require.NoError(t, err)
		require.True(t, ok)
		require.Zero(t, uintptr(unsafe.Pointer(&got.Longs[0]))%8)
		require.Zero(t, uintptr(unsafe.Pointer(&got.Words[0]))%8)
		require.Equal(t, []int{1, 3}, []int{cap(got.Longs), cap(got.Words)})
	}
	require.Zero(t, n.exits[abi.NewSlab])
}

// TestDecodeLeavesSlotsThatAreNotNil: native code stores no pointer over another one (M3); Go does it later.
func TestDecodeLeavesSlotsThatAreNotNil(t *testing.T) {
	s := jittest.Schema(t, &Bulky{})
	input, err := jittest.Binary.Oracle(s, &Bulky{Text: "new", Bytes: []byte("new"), Words: []int32{1}}, jittest.ManyLevels)
	require.NoError(t, err)
	for _, n := range []*interpreted{interpretPlain(t, s, jittest.Decoding), interpret(t, s, jittest.Decoding, &compile.Pipeline{})} {
		got := &Bulky{Text: "old", Bytes: []byte("old"), Words: []int32{2, 3}}
		v := reflect.ValueOf(got)
		w := newWorld(n, call{value: v.UnsafePointer(), data: input, levels: 10, allocation: math.MaxInt})
		_, ok, err := w.decode(v)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, &Bulky{Text: "old", Bytes: []byte("old"), Words: []int32{2, 3}}, &Bulky{Text: got.Text, Bytes: got.Bytes, Words: got.Words})
		w.state.storePending(&w.frame)
		require.Equal(t, &Bulky{Text: "new", Bytes: []byte("new"), Words: []int32{1}}, &Bulky{Text: got.Text, Bytes: got.Bytes, Words: got.Words})
	}
}

// TestDecodeGrowsLists: a list of elements that need much more memory than wire is not made at once.
func TestDecodeGrowsLists(t *testing.T) {
	const elements = 600
	c := jittest.Find(t, "Hollow")
	s, err := schema.Thrift.Of(c.Type)
	require.NoError(t, err)
	for id, growing := range map[byte]bool{1: false, 2: true, 3: false, 5: true, 6: true} {
		wire := thriftbinary.List
		if id == 3 {
			wire = thriftbinary.Set
		}
		input := append([]byte{byte(wire), 0, id, byte(thriftbinary.Struct), 0, 0, elements >> 8, elements & 0xff}, make([]byte, elements+1)...)
		for _, n := range []*interpreted{interpretPlain(t, s, jittest.Decoding), interpret(t, s, jittest.Decoding, &compile.Pipeline{})} {
			require.True(t, decodeAgrees(t, n, c, input, usual))
			require.Equal(t, growing, n.exits[abi.NewSlab] > 1, id)
			require.False(t, decodeAgrees(t, n, c, input[:len(input)-2], usual))
			require.False(t, decodeAgrees(t, n, c, input[:elements/2], usual))
			for o := usual; o.allocation > 100; o.allocation /= 3 {
				decodeAgrees(t, n, c, input, o)
			}
		}
	}
}

// TestDecodeRequired: each required field missing alone is noticed, wherever its bit is.
func TestDecodeRequired(t *testing.T) {
	for _, count := range []int{130, 256, 257, 300} { // in registers, and beyond
		testDecodeRequired(t, make([]reflect.StructField, count))
	}
}

func testDecodeRequired(t *testing.T, fields []reflect.StructField) {
	for i := range fields {
		fields[i] = reflect.StructField{
			Name: "F" + strings.Repeat("x", i+1), Type: reflect.TypeFor[int8](),
			Tag: reflect.StructTag(`frugal:"` + itoa(i*3) + `,required,i8"`),
		}
	}
	typ := reflect.StructOf(fields)
	s, err := schema.Thrift.Of(typ)
	require.NoError(t, err)
	n := interpret(t, s, jittest.Decoding, &compile.Pipeline{Verify: true})
	c := cases.Case{Name: "wide", Type: typ}
	message := func(missing int) (bytes []byte) {
		for i := range fields {
			if i != missing {
				bytes = append(bytes, byte(thriftbinary.I8), byte(i*3>>8), byte(i*3), byte(i))
			}
		}
		return append(bytes, byte(thriftbinary.Stop))
	}
	require.True(t, decodeAgrees(t, n, c, message(-1), usual))
	for i := range fields {
		require.False(t, decodeAgrees(t, n, c, message(i), usual), i)
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// TestDecodeYields: no run is long, whatever a message is made of.
func TestDecodeYields(t *testing.T) {
	const n = 1 << 20
	c := cases.Case{Name: "Bulky", Type: reflect.TypeFor[Bulky]()}
	s := jittest.Schema(t, &Bulky{})
	for name, value := range map[string]*Bulky{
		"bools":   {Flags: make([]bool, n)},
		"i16":     {Smalls: make([]int16, n/2)},
		"i64":     {Longs: make([]int64, n/8)},
		"strings": {Texts: make([]string, n/4)},
	} {
		input, err := jittest.Binary.Oracle(s, value, jittest.ManyLevels)
		require.NoError(t, err)
		d := interpret(t, s, jittest.Decoding, &compile.Pipeline{})
		require.True(t, decodeAgrees(t, d, c, input, usual), name)
		require.GreaterOrEqual(t, d.exits[abi.Yield], n/(2*abi.FuelBytes), name)
	}
	again := bytes.Repeat([]byte{byte(thriftbinary.I32), 0x70, 0, 1, 2, 3, 4}, n/7)
	d := interpret(t, s, jittest.Decoding, &compile.Pipeline{})
	require.True(t, decodeAgrees(t, d, c, append(again, byte(thriftbinary.Stop)), usual))
	require.GreaterOrEqual(t, d.exits[abi.Yield], n/abi.FuelBytes)
}

// Owner leads to fields whose values have defaults, by pointer and by list.
type Owner struct {
	Name     string             `frugal:"1,default,string"`
	Child    *Owner             `frugal:"2,optional,Owner"`
	Children []*Owner           `frugal:"3,optional,list<Owner>"`
	Defaults *Anew              `frugal:"4,optional,Anew"`
	Numbers  map[string]float64 `frugal:"5,optional,map<string:double>"`
	Values   []Anew             `frugal:"6,optional,list<Anew>"`
}

// Anew is a struct each of which has an object of its own from InitDefault.
type Anew struct {
	Number int32 `frugal:"1,optional,i32"`
	own    *int
}

// InitDefault has to be called for each value.
func (a *Anew) InitDefault() { a.own = new(int) }

// TestDecodeHoldsWhatUserCodeMayCut: while InitDefault may run, the driver holds all that native code works on (M1).
func TestDecodeHoldsWhatUserCodeMayCut(t *testing.T) {
	leaf := func() *Owner { return &Owner{Name: "leaf", Defaults: &Anew{}} }
	value := &Owner{Child: &Owner{Children: []*Owner{leaf(), leaf()}, Child: leaf(), Values: make([]Anew, 2)}}
	s := jittest.Schema(t, value)
	input, err := jittest.Binary.Oracle(s, value, jittest.ManyLevels)
	require.NoError(t, err)
	n := interpret(t, s, jittest.Decoding, &compile.Pipeline{})
	require.True(t, n.module.UserCode)
	var got Owner
	v := reflect.ValueOf(&got)
	w := newWorld(n, call{value: v.UnsafePointer(), data: input, levels: 10, allocation: math.MaxInt})
	served := 0
	for _, row := range n.program.structs {
		initialise := row.initialise
		if initialise == nil {
			continue
		}
		row.initialise = func(object unsafe.Pointer) {
			served++
			held := map[unsafe.Pointer]bool{}
			for _, h := range slices.Concat(w.state.roots.blocks...) {
				held[h] = true
			}
			if values := got.Child; values == nil || len(values.Values) == 0 { // else it is a part of what is held
				require.True(t, held[object])
			}
			require.True(t, held[unsafe.Pointer(got.Child)])
			if child := got.Child.Child; child != nil {
				require.True(t, held[unsafe.Pointer(child)])
			}
			if children := got.Child.Children; children != nil {
				require.True(t, held[unsafe.Pointer(&children[0])])
				require.True(t, held[unsafe.Pointer(children[0])])
			}
			if values := got.Child.Values; values != nil {
				require.True(t, held[unsafe.Pointer(&values[0])])
			}
			initialise(object)
		}
	}
	_, ok, err := w.decode(v)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, 5, served)
	require.False(t, interpret(t, jittest.Schema(t, &cases.Maps{}), jittest.Decoding, &compile.Pipeline{}).module.UserCode)
}
