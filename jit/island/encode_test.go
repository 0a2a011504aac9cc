//go:build amd64 || arm64

package island

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

// pair is a type built for sizes and for encoding.
type pair struct{ size, encode *interpreted }

// agree compares the modules with the plain codec: size, bytes, and refusal of a buffer that is a byte too small.
func (p pair) agree(t *testing.T, s *schema.StructType, value any, levels int) []byte {
	t.Helper()
	want, wantErr := p.encode.format.Oracle(s, value, levels)
	size, ok, err := p.size.size(value, levels)
	require.NoError(t, err)
	if wantErr != nil {
		buffer := make([]byte, 1<<16)
		_, encoded, err := p.encode.encode(value, buffer, levels)
		require.NoError(t, err)
		require.False(t, ok && encoded, "the plain codec refuses: %v", wantErr)
		return nil
	}
	require.True(t, ok)
	require.Equal(t, len(want), size)
	buffer := make([]byte, size)
	n, ok, err := p.encode.encode(value, buffer, levels)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, size, n)
	p.encode.format.SameEncoding(t, s, want, buffer)
	if size > 0 {
		_, ok, err = p.encode.encode(value, make([]byte, size-1), levels)
		require.NoError(t, err)
		require.False(t, ok, "fits into a buffer that is too small")
	}
	return want
}

func plainPair(t *testing.T, f jittest.Format, s *schema.StructType) pair {
	return pair{interpretPlain(t, s, f.Task(build.Size, false)), interpretPlain(t, s, f.Task(build.Encode, false))}
}

func optimisedPair(t *testing.T, f jittest.Format, s *schema.StructType, p *compile.Pipeline) pair {
	return pair{interpret(t, s, f.Task(build.Size, false), p), interpret(t, s, f.Task(build.Encode, false), p)}
}

func TestEncodeAgreesWithThePlainCodec(t *testing.T) { eachFormat(t, encodeAgreesWithThePlainCodec) }

func encodeAgreesWithThePlainCodec(t *testing.T, f jittest.Format) {
	ahead := 0
	for _, c := range f.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			s := f.Schema(t, c.New())
			plain, optimised := plainPair(t, f, s), optimisedPair(t, f, s, &compile.Pipeline{Verify: true})
			for _, value := range f.Samples(c) {
				plain.agree(t, s, value, jittest.ManyLevels)
				optimised.agree(t, s, value, jittest.ManyLevels)
			}
			absent := reflect.Zero(reflect.PointerTo(c.Type)).Interface()
			got := optimised.agree(t, s, absent, jittest.ManyLevels)
			if s.NeverEmpty || f == jittest.Protobuf {
				require.Empty(t, got)
			} else {
				require.Equal(t, []byte{0}, got)
			}
			ahead += optimised.encode.ahead
		})
	}
	require.NotZero(t, ahead, "no map was read before a call")
}

func TestEncodeAgreesWithoutAnyOnePass(t *testing.T) { eachFormat(t, encodeAgreesWithoutAnyOnePass) }

func encodeAgreesWithoutAnyOnePass(t *testing.T, f jittest.Format) {
	left := 0
	for turn, pass := range compile.PassNames() {
		left++
		p := &compile.Pipeline{Verify: true, Without: map[string]bool{pass: true}}
		for i, c := range f.Named("Scalars", "Optionals", "Defaults", "Binaries", "Choice", "KeptChoice", "Lists", "Tree", "Pairs", "Large", "Choices", "Wrapped", "Groups", "Maps") {
			if effort.Reduced() && (turn+i)%2 == 1 {
				continue
			}
			s := f.Schema(t, c.New())
			optimised := optimisedPair(t, f, s, p)
			for _, value := range f.Samples(c) {
				optimised.agree(t, s, value, jittest.ManyLevels)
			}
		}
	}
	require.NotZero(t, left)
}

// TestM8EncodersNeitherStoreAddressesNorRunUserCode: so what they keep raw addresses of stays as it is for the whole call, unless
// another goroutine changes the value meanwhile.
func TestM8EncodersNeitherStoreAddressesNorRunUserCode(t *testing.T) {
	exits := map[int64]abi.Exit{}
	for _, row := range abi.Exits() {
		exits[int64(row.Code)] = row
	}
	taken := map[string]bool{}
	for _, f := range jittest.Formats {
		for _, c := range f.Cases() {
			s := f.Schema(t, c.New())
			for _, d := range []build.Task{f.Task(build.Size, false), f.Task(build.Size, true), f.Task(build.Encode, false), f.Task(build.Encode, true)} {
				built, err := build.New(s, d, nil)
				require.NoError(t, err)
				require.False(t, built.UserCode, c.Name)
				for _, f := range built.Functions {
					for _, b := range f.Blocks {
						for _, i := range b.Insts {
							require.NotEqual(t, ir.StorePtr, i.Op, "%s: %v", c.Name, i)
							if i.Op == ir.Exit {
								require.False(t, exits[i.Imm].UserCode, "%s: %v", c.Name, i)
								taken[exits[i.Imm].Name] = true
							}
						}
					}
				}
			}
		}
	}
	for _, name := range []string{"ReadMap", "MarkEntry", "Reference"} {
		require.True(t, taken[name], name)
	}
}

// TestEncodeRefusesEveryShortBuffer: whatever the length, nothing is written past the end, which the interpreter would see.
func TestEncodeRefusesEveryShortBuffer(t *testing.T) { eachFormat(t, encodeRefusesEveryShortBuffer) }

func encodeRefusesEveryShortBuffer(t *testing.T, f jittest.Format) {
	for _, c := range f.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			s := f.Schema(t, c.New())
			optimised := interpret(t, s, f.Task(build.Encode, false), &compile.Pipeline{})
			for _, value := range f.Samples(c) {
				want, err := f.Oracle(s, value, jittest.ManyLevels)
				require.NoError(t, err)
				for n := 0; n < len(want); n += 1 + len(want)/effort.Of(64, 12) {
					_, ok, err := optimised.encode(value, make([]byte, n), jittest.ManyLevels)
					require.NoError(t, err)
					require.False(t, ok, "%d bytes are enough for %d", n, len(want))
				}
			}
		})
	}
}

func TestEncodeDepth(t *testing.T) { eachFormat(t, encodeDepth) }

func encodeDepth(t *testing.T, f jittest.Format) {
	for _, c := range f.Named("Chain", "Nest", "Tree", "Lists", "Pairs", "Everything", "Optionals", "DefaultHolder", "Hollow", "Groups", "Wrapped") {
		t.Run(c.Name, func(t *testing.T) {
			s := f.Schema(t, c.New())
			optimised := optimisedPair(t, f, s, &compile.Pipeline{})
			refused := 0
			for _, value := range f.Samples(c) {
				for levels := 1; levels < 30; levels++ {
					if optimised.agree(t, s, value, levels) == nil {
						refused++
					}
				}
			}
			require.NotZero(t, refused)
		})
	}
}

// LongDefault has string defaults that are compared with constants, and one that is too long for that.
type LongDefault struct {
	Short string `frugal:"1,optional,string" protobuf:"1,bytes"`
	Words string `frugal:"2,optional,string" protobuf:"2,bytes"`
	Long  string `frugal:"3,optional,string" protobuf:"3,bytes"`
}

// InitDefault sets strings of 3, 21 and 65 bytes.
func (d *LongDefault) InitDefault() {
	*d = LongDefault{Short: "abc", Words: "twenty-one\x00 bytes \xff\xfe\xfd", Long: strings.Repeat("x", 65)}
}

func TestEncodeStringDefaults(t *testing.T) { eachFormat(t, encodeStringDefaults) }

func encodeStringDefaults(t *testing.T, f jittest.Format) {
	s := f.Schema(t, &LongDefault{})
	optimised := optimisedPair(t, f, s, &compile.Pipeline{Verify: true})
	plain := plainPair(t, f, s)
	initial := LongDefault{}
	initial.InitDefault()
	texts := []string{"", "ab", "abc", "abd", initial.Words, initial.Words[:20] + "x", "X" + initial.Words[1:], initial.Long, initial.Long[:64] + "y"}
	for _, short := range texts {
		for _, words := range texts {
			for _, long := range texts {
				value := &LongDefault{strings.Clone(short), strings.Clone(words), strings.Clone(long)}
				optimised.agree(t, s, value, jittest.ManyLevels)
				plain.agree(t, s, value, jittest.ManyLevels)
			}
		}
	}
	if f != jittest.Protobuf { // where nothing has a default
		require.Equal(t, []string{initial.Long}, optimised.encode.module.Constants)
	}
}

func TestEncodeRefusesCountsBeyondTheFormat(t *testing.T) {
	value := &cases.Hollow{Values: make([]cases.Empty, 1<<31)} // elements without size
	s := jittest.Schema(t, value)
	plainPair(t, jittest.Binary, s).agree(t, s, value, jittest.ManyLevels)
	require.Nil(t, optimisedPair(t, jittest.Binary, s, &compile.Pipeline{}).agree(t, s, value, jittest.ManyLevels))
}

func TestEncodeRefusesWideEnums(t *testing.T) {
	for _, value := range []any{
		&cases.Enums{Plain: 1 << 31},
		&cases.Enums{Plain: -1<<31 - 1},
		&cases.Enums{List: []cases.Level{1, 2, 1 << 40}},
	} {
		s := jittest.Schema(t, value)
		for _, e := range []*interpreted{interpretPlain(t, s, jittest.Encoding), interpret(t, s, jittest.Encoding, &compile.Pipeline{})} {
			_, ok, err := e.encode(value, make([]byte, 1000), jittest.ManyLevels)
			require.NoError(t, err)
			require.False(t, ok)
		}
	}
}

// Bulky has what can be long.
type Bulky struct {
	Text   string   `frugal:"1,default,string"`
	Bytes  []byte   `frugal:"2,default,binary"`
	Flags  []bool   `frugal:"3,default,list<bool>"`
	Smalls []int16  `frugal:"4,default,list<i16>"`
	Words  []int32  `frugal:"5,default,set<i32>"`
	Longs  []int64  `frugal:"6,default,list<i64>"`
	Texts  []string `frugal:"7,default,list<string>"`
	Inner  *Bulky   `frugal:"8,optional,Bulky"`
}

// TestEncodeYields: a load of fuel lasts for about FuelBytes of wire, whatever the value is made of.
func TestEncodeYields(t *testing.T) {
	const n = 1 << 20
	words := make([]int32, n)
	for i := range words {
		words[i] = int32(i * 7919)
	}
	for name, value := range map[string]any{
		"string":  &Bulky{Text: strings.Repeat("text", n/4)},
		"binary":  &Bulky{Bytes: []byte(strings.Repeat("text", n/4))},
		"bools":   &Bulky{Flags: make([]bool, n)},
		"i16":     &Bulky{Smalls: make([]int16, n/2)},
		"i32":     &Bulky{Words: words[:n/4]},
		"i64":     &Bulky{Longs: make([]int64, n/8)},
		"strings": &Bulky{Texts: make([]string, n/4)},
	} {
		s := jittest.Schema(t, value)
		p := optimisedPair(t, jittest.Binary, s, &compile.Pipeline{})
		p.agree(t, s, value, jittest.ManyLevels)
		yields := p.encode.exits[abi.Yield] / 2 // agree encodes twice; the second time lacks room for the last byte
		require.GreaterOrEqual(t, yields, n/(4*abi.FuelBytes), name)
		require.LessOrEqual(t, yields, 64*n/abi.FuelBytes, name)
	}
}

// TestRecursionYields: without any loop, a value of many structs takes more than one load of fuel.
func TestRecursionYields(t *testing.T) {
	tree := &jittest.Fork{}
	for range 12 { // 4,096 leaves
		tree = &jittest.Fork{Left: tree, Right: tree}
	}
	s := jittest.Schema(t, tree)
	p := optimisedPair(t, jittest.Binary, s, &compile.Pipeline{})
	want := p.agree(t, s, tree, jittest.ManyLevels)
	require.NotZero(t, p.size.exits[abi.Yield])
	require.GreaterOrEqual(t, p.encode.exits[abi.Yield], len(want)/(2*abi.FuelBytes))
}

func TestGoldenTypesAgree(t *testing.T) {
	for _, value := range jittest.Values() {
		s := jittest.Schema(t, value)
		plainPair(t, jittest.Binary, s).agree(t, s, value, jittest.ManyLevels)
		optimisedPair(t, jittest.Binary, s, &compile.Pipeline{Verify: true}).agree(t, s, value, jittest.ManyLevels)
	}
}

// TestShuffledModulesMeanTheSame encodes and decodes by modules whose instructions were shuffled after each pass.
func TestShuffledModulesMeanTheSame(t *testing.T) {
	for _, name := range []string{"Scalars", "Optionals", "Requireds", "Defaults", "Lists", "Tree", "Pairs", "Large", "EdgeIDs", "Maps", "Blocks", "Keeper", "NoCopy", "DefaultHolder"} {
		c, ok := cases.Find(name)
		require.True(t, ok, name)
		s, err := schema.Thrift.Of(c.Type)
		require.NoError(t, err)
		for seed := range uint64(3) {
			p := &compile.Pipeline{Verify: true, Shuffle: seed + 1}
			shuffled := optimisedPair(t, jittest.Binary, s, p)
			for _, value := range c.Samples() {
				shuffled.agree(t, s, value, jittest.ManyLevels)
			}
			decoder := interpret(t, s, jittest.Decoding, p)
			for _, input := range inputsOf(t, jittest.Binary, c, s) {
				require.True(t, decodeAgrees(t, decoder, c, input, usual))
			}
		}
	}
}
