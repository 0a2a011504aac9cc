package tagwire_test

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestArenaDecodesAlike: the value is the same as without an arena, message after message, with either engine.
func TestArenaDecodesAlike(t *testing.T) {
	require.NoError(t, tagwire.Compile(reflect.TypeFor[tree]()))
	data, err := tagwire.Marshal(sample())
	require.NoError(t, err)
	for _, engine := range []tagwire.Engine{tagwire.Auto, tagwire.Reflect} {
		codec, err := tagwire.For[tree](tagwire.WithEngine(engine))
		require.NoError(t, err)
		want := new(tree)
		_, err = codec.Decode(data, want)
		require.NoError(t, err)
		var arena tagwire.Arena
		for range 200 {
			got := tagwire.NewIn[tree](&arena)
			require.Zero(t, *got)
			n, err := codec.DecodeIn(&arena, data, got)
			require.NoError(t, err)
			require.Equal(t, len(data), n)
			require.Equal(t, want, got)
			arena.Reset()
		}
	}
}

// arenaModes are the engines of the formats of Thrift.
func arenaModes() []harness.Engine {
	var modes []harness.Engine
	for _, e := range harness.ThriftEngines() {
		if !e.ZeroCopy {
			modes = append(modes, e)
		}
	}
	return modes
}

type aligned struct {
	Text   string  `frugal:"1,default,string"`
	Wide   *int64  `frugal:"2,optional,i64"`
	Middle *int32  `frugal:"3,optional,i32"`
	Short  *int16  `frugal:"4,optional,i16"`
	List   []int64 `frugal:"5,default,list<i64>"`
	Before string  `frugal:"6,default,string"`
	Ints   []int32 `frugal:"7,default,list<i32>"`
	After  string  `frugal:"8,default,string"`
	Shorts []int16 `frugal:"9,default,list<i16>"`
}

type alignedRows struct {
	Rows []*aligned `frugal:"1,default,list<aligned>"`
}

// TestArenaAligns: numbers are aligned, however much of a block is in use.
func TestArenaAligns(t *testing.T) {
	for _, mode := range arenaModes() {
		for seed := range 5 {
			value := new(alignedRows)
			for i := range 1200 {
				value.Rows = append(value.Rows, &aligned{
					Text: strings.Repeat("x", (i*7+seed)%61), Wide: new(int64), Middle: new(int32), Short: new(int16),
					List: make([]int64, 1+(i+seed)%5), Before: strings.Repeat("y", (i+seed)%9), After: strings.Repeat("z", (i+seed)%11),
					Ints: make([]int32, 1+i%3), Shorts: make([]int16, 1+i%7),
				})
			}
			data, err := tagwire.Marshal(value, mode.Options()...)
			require.NoError(t, err)
			var arena tagwire.Arena
			for range 3 {
				got := tagwire.NewIn[alignedRows](&arena)
				_, err := tagwire.DecodeIn(&arena, data, got, mode.Options()...)
				require.NoError(t, err)
				for i, row := range got.Rows {
					for _, p := range []unsafe.Pointer{unsafe.Pointer(row.Wide), unsafe.Pointer(unsafe.SliceData(row.List))} {
						require.Zero(t, uintptr(p)%8, "%s, row %d", mode.Name, i)
					}
					for _, p := range []unsafe.Pointer{unsafe.Pointer(row.Middle), unsafe.Pointer(unsafe.SliceData(row.Ints))} {
						require.Zero(t, uintptr(p)%4, "%s, row %d", mode.Name, i)
					}
					for _, p := range []unsafe.Pointer{unsafe.Pointer(row.Short), unsafe.Pointer(unsafe.SliceData(row.Shorts))} {
						require.Zero(t, uintptr(p)%2, "%s, row %d", mode.Name, i)
					}
				}
				require.Equal(t, value, got, mode.Name)
				arena.Reset()
			}
		}
	}
}

// eachArenaMode runs a subtest for each engine and format with its codec.
func eachArenaMode[T any](t *testing.T, test func(t *testing.T, codec *tagwire.Codec[T])) {
	t.Helper()
	for _, mode := range arenaModes() {
		codec, err := tagwire.For[T](mode.Options()...)
		require.NoError(t, err)
		t.Run(mode.Name, func(t *testing.T) { test(t, codec) })
	}
}

// encoded returns the encoding of a value.
func encoded[T any](t *testing.T, codec *tagwire.Codec[T], v *T) []byte {
	t.Helper()
	message, err := codec.Append(nil, v)
	require.NoError(t, err)
	return message
}

// requireSound decodes a value into an arena and compares.
func requireSound[T any](t *testing.T, codec *tagwire.Codec[T], arena *tagwire.Arena, message []byte) {
	t.Helper()
	var want, got T
	_, err := codec.Decode(message, &want)
	require.NoError(t, err)
	n, err := codec.DecodeIn(arena, message, &got)
	require.NoError(t, err)
	require.Equal(t, len(message), n)
	require.Equal(t, cases.Text(&want), cases.Text(&got))
}

func TestArenaThatIsNil(t *testing.T) {
	eachArenaMode(t, func(t *testing.T, codec *tagwire.Codec[tree]) {
		message := encoded(t, codec, sample())
		requireSound(t, codec, nil, message)
		require.Equal(t, &tree{}, tagwire.NewIn[tree](nil))
		var arena tagwire.Arena
		_, err := codec.DecodeIn(&arena, message, nil)
		require.ErrorIs(t, err, tagwire.ErrUnsupportedType)
		for _, a := range []*tagwire.Arena{nil, &arena} {
			for _, v := range []any{nil, tree{}, new(int), (*tree)(nil)} {
				_, err := tagwire.DecodeIn(a, message, v)
				require.ErrorIs(t, err, tagwire.ErrUnsupportedType)
			}
			_, err := tagwire.DecodeIn(a, message, new(tree), tagwire.WithFormat(99))
			require.ErrorIs(t, err, tagwire.ErrUnsupportedType)
		}
		untyped, err := tagwire.CodecOf(reflect.TypeFor[tree]())
		require.NoError(t, err)
		for _, v := range []any{nil, new(leaf), (*tree)(nil)} {
			_, err = untyped.DecodeIn(&arena, message, v)
			require.ErrorIs(t, err, tagwire.ErrUnsupportedType)
		}
		requireSound(t, codec, &arena, message)
	})
}

// TestArenaInUse: while a call is inside of the user's code no other may use its arena, neither one of the same goroutine nor of another.
func TestArenaInUse(t *testing.T) {
	defer func() { onInit = nil }()
	eachArenaMode(t, func(t *testing.T, codec *tagwire.Codec[restless]) {
		message := encoded(t, codec, restlessValue(2))
		var want restless
		_, err := codec.Decode(message, &want)
		require.NoError(t, err)
		var arena, other tagwire.Arena
		inUse := func() {
			var inner restless
			_, err := codec.DecodeIn(&arena, message, &inner)
			require.ErrorContains(t, err, "in use")
			require.Zero(t, inner)
			require.Panics(t, func() { arena.Reset() })
			require.Panics(t, func() { tagwire.NewIn[restless](&arena) })
		}
		for range 4 {
			calls, busy := 0, false
			onInit = func(*restless) {
				if busy {
					return
				}
				busy = true
				defer func() { busy = false }()
				switch calls++; calls % 3 {
				case 0:
					inUse()
				case 1:
					done := make(chan struct{})
					go func() {
						defer close(done)
						inUse()
					}()
					<-done
				case 2:
					other.Reset()
					inner := tagwire.NewIn[restless](&other)
					_, err := codec.DecodeIn(&other, message, inner)
					require.NoError(t, err)
					require.Equal(t, cases.Text(&want), cases.Text(inner))
				}
			}
			var got restless
			_, err := codec.DecodeIn(&arena, message, &got)
			require.NoError(t, err)
			require.Greater(t, calls, 3)
			require.Equal(t, cases.Text(&want), cases.Text(&got))
			onInit = nil
			arena.Reset()
		}
	})
}

// TestArenaOfManyGoroutines: what they do to one arena fails or succeeds, and is no race.
func TestArenaOfManyGoroutines(t *testing.T) {
	eachArenaMode(t, func(t *testing.T, codec *tagwire.Codec[tree]) {
		message := encoded(t, codec, sample())
		var arena tagwire.Arena
		var group sync.WaitGroup
		for worker := range 4 {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := range 500 {
					if (i+worker)%5 == 0 {
						func() {
							defer func() { _ = recover() }()
							arena.Reset()
						}()
						continue
					}
					got := new(tree) // whose contents may be anybody's by now
					if n, err := codec.DecodeIn(&arena, message, got); err == nil {
						if n != len(message) {
							t.Errorf("%d of %d bytes", n, len(message))
						}
					} else if !strings.Contains(err.Error(), "in use") {
						t.Error(err)
					}
				}
			}()
		}
		group.Wait()
		arena.Reset()
		requireSound(t, codec, &arena, message)
	})
}

// TestArenaAfterPanics: a call that the user's code ends, by a panic or with its goroutine, leaves an arena that can be used, and all
// values as they are.
func TestArenaAfterPanics(t *testing.T) {
	defer func() { onInit = nil }()
	eachArenaMode(t, func(t *testing.T, codec *tagwire.Codec[restless]) {
		message := encoded(t, codec, restlessValue(2))
		var arena tagwire.Arena
		for round := range 24 {
			var before, target restless
			_, err := codec.DecodeIn(&arena, message, &before)
			require.NoError(t, err)
			text := cases.Text(&before)
			calls := 0
			onInit = func(*restless) {
				if calls++; calls <= round {
					return
				}
				if round%2 == 0 {
					panic("restless")
				}
				runtime.Goexit()
			}
			done := make(chan any)
			go func() {
				defer func() { done <- recover() }()
				_, _ = codec.DecodeIn(&arena, message, &target)
			}()
			if panicked := <-done; round%2 == 0 {
				require.Equal(t, "restless", panicked)
			} else {
				require.Nil(t, panicked)
			}
			onInit = nil
			require.Equal(t, text, cases.Text(&before))
			partial := cases.Text(&target)
			requireSound(t, codec, &arena, message)
			require.Equal(t, text, cases.Text(&before), "nothing of it has served again")
			require.Equal(t, partial, cases.Text(&target))
			if round%3 == 0 {
				arena.Reset()
				requireSound(t, codec, &arena, message)
				require.Equal(t, partial, cases.Text(&target), "of no arena any more")
			}
			arena.Reset()
		}
	})
}

// TestArenaWhoseInitDefaultCuts: InitDefault cuts off all objects that it has been called with, those of earlier messages too, and
// writes to them, while the codec works on them.
func TestArenaWhoseInitDefaultCuts(t *testing.T) {
	defer func() { onInit = nil }()
	eachArenaMode(t, func(t *testing.T, codec *tagwire.Codec[restless]) {
		message := encoded(t, codec, restlessValue(2))
		long := encoded(t, codec, &restless{List: make([]restless, 500), Refs: make([]*restless, 300)})
		var arena tagwire.Arena
		var seen, victims []*restless
		calls := 0
		var target *restless
		for round := range 8 {
			target = new(restless)
			onInit = func(r *restless) {
				seen = append(seen, r)
				if calls++; calls%(41+round) != 0 {
					return
				}
				for i, object := range append(seen, target) {
					object.Next, object.List, object.Refs, object.Named, object.Values, object.Keys = nil, nil, nil, nil, nil, nil
					if i%2 == 0 {
						object.Name, object.Next, object.List = "stale", &restless{Name: "stale"}, make([]restless, 2)
					}
				}
				seen = seen[len(seen)/2:]
				runtime.GC()
				for range 50 {
					victims = append(victims, &restless{Name: "victim"})
				}
			}
			_, err := codec.DecodeIn(&arena, [][]byte{message, long}[round%2], target)
			require.NoError(t, err)
			onInit = nil
			arena.Reset()
			arena.Reset()
		}
		require.NotEmpty(t, victims)
		for _, victim := range victims {
			require.Equal(t, restless{Name: "victim"}, *victim, "an object of somebody else was written to")
		}
	})
}

type owned struct {
	Text    string            `frugal:"1,default,string"`
	Blob    []byte            `frugal:"2,default,binary"`
	Numbers []int32           `frugal:"3,default,list<i32>"`
	Longs   []int64           `frugal:"4,default,list<i64>"`
	Texts   []string          `frugal:"5,default,list<string>"`
	Map     map[string]string `frugal:"6,default,map<string:string>"`
	Pointer *string           `frugal:"7,optional,string"`
	Bytes   []int8            `frugal:"8,default,list<i8>"`

	_unknownFields []byte
}

// TestArenaOwnedStrings: with WithOwnedStrings texts and lists of numbers are not of the arena.
func TestArenaOwnedStrings(t *testing.T) {
	for _, mode := range arenaModes() {
		codec, err := tagwire.For[owned](mode.Options(tagwire.WithOwnedStrings())...)
		require.NoError(t, err)
		for _, n := range []int{1, 9, 700, 3000} {
			valueOf := func(letter string) *owned {
				text := strings.Repeat(letter, n)
				v := &owned{
					Text: text, Blob: []byte(text), Texts: []string{text + "1", text}, Map: map[string]string{text: text + "2"}, Pointer: &text,
					Numbers: make([]int32, n), Longs: make([]int64, n), Bytes: make([]int8, n),
				}
				for i := range n {
					v.Numbers[i], v.Longs[i], v.Bytes[i] = int32(letter[0]), int64(letter[0]), int8(letter[0])
				}
				wider := struct {
					Unknown string `frugal:"100,default,string"`
				}{text}
				more, err := tagwire.Marshal(&wider, mode.Options()...)
				require.NoError(t, err)
				var kept owned
				_, err = codec.Decode(more, &kept)
				require.NoError(t, err)
				v._unknownFields = kept._unknownFields
				return v
			}
			var arena tagwire.Arena
			for range 3 {
				want := valueOf("a")
				got := new(owned)
				_, err = codec.DecodeIn(&arena, encoded(t, codec, want), got)
				require.NoError(t, err)
				require.Equal(t, want, got)
				parts := *got
				list, key, text := got.Texts[0], "", *got.Pointer
				for key = range got.Map {
					break
				}
				element := got.Map[key]
				arena.Reset()
				for range 3 {
					_, err = codec.DecodeIn(&arena, encoded(t, codec, valueOf("z")), new(owned))
					require.NoError(t, err)
					arena.Reset()
				}
				parts.Texts, parts.Map, parts.Pointer = []string{list, want.Texts[1]}, map[string]string{key: element}, &text
				require.Equal(t, want, &parts, mode.Name)
			}
		}
	}
}

// TestArenaKeepsToTheLimits: whatever the limits, a call fails as it does without an arena, or has the same result.
func TestArenaKeepsToTheLimits(t *testing.T) {
	for _, mode := range harness.AllEngines() {
		for _, c := range mode.Cases() {
			for i, value := range mode.Samples(c) {
				message, err := tagwire.Marshal(value, mode.Options()...)
				require.NoError(t, err)
				if len(message) > 600 {
					continue
				}
				unlimited, err := tagwire.CodecOf(c.Type, mode.Options()...)
				require.NoError(t, err)
				needed := unlimited.MemoryFor(message)
				var arena tagwire.Arena
				for _, option := range []tagwire.Option{
					tagwire.WithMaxAlloc(1), tagwire.WithMaxAlloc(needed / 3), tagwire.WithMaxAlloc(needed - 1), tagwire.WithMaxAlloc(needed),
					tagwire.WithMaxAlloc(needed + 1), tagwire.WithMaxSize(1), tagwire.WithMaxSize(len(message) / 2), tagwire.WithMaxSize(len(message)),
					tagwire.WithMaxDepth(1), tagwire.WithMaxDepth(2), tagwire.WithMaxDepth(3), tagwire.WithOwnedStrings(),
				} {
					for populated := range 2 {
						want, got := c.New(), c.New()
						if populated > 0 {
							cases.Populate(want)
							cases.Populate(got)
						}
						n, wantErr := tagwire.Decode(message, want, mode.Options(option)...)
						m, err := tagwire.DecodeIn(&arena, message, got, mode.Options(option)...)
						about := func() string { return fmt.Sprint(mode.Name, " ", c.Name, " ", i, " ", option) }
						if n != m || fmt.Sprint(wantErr) != fmt.Sprint(err) {
							t.Fatalf("%s: %d, %v instead of %d, %v", about(), m, err, n, wantErr)
						}
						if err == nil && !cases.Equal(want, got) {
							t.Fatalf("%s: %s instead of %s", about(), cases.Text(got), cases.Text(want))
						}
						_ = cases.Text(got)
						arena.Reset()
					}
				}
			}
		}
	}
}

type ownedLists struct {
	Lists [][]int32 `frugal:"1,default,list<list<i32>>"`
}

// TestOwnedListsOfNumbers have allocations of their own, however short: of 24 bytes for 20.
func TestOwnedListsOfNumbers(t *testing.T) {
	for _, mode := range arenaModes() {
		codec, err := tagwire.For[ownedLists](mode.Options(tagwire.WithOwnedStrings())...)
		require.NoError(t, err)
		value := new(ownedLists)
		for range 100 {
			value.Lists = append(value.Lists, make([]int32, 5))
		}
		message := encoded(t, codec, value)
		for range 5 {
			var arena tagwire.Arena
			for _, a := range []*tagwire.Arena{nil, &arena} {
				got := new(ownedLists)
				_, err := codec.DecodeIn(a, message, got)
				require.NoError(t, err)
				require.Equal(t, value, got)
				starts := map[uintptr]bool{}
				for _, list := range got.Lists {
					starts[uintptr(unsafe.Pointer(&list[0]))] = true
				}
				for start := range starts {
					require.False(t, starts[start+20], mode.Name)
				}
			}
		}
	}
}

// grove is a type of its own, of which no other test expects that it is small.
type grove tree

// TestArenaGivesBack what hostile messages have taken, whether other messages come or none.
func TestArenaGivesBack(t *testing.T) {
	eachArenaMode(t, func(t *testing.T, codec *tagwire.Codec[grove]) {
		small := encoded(t, codec, (*grove)(sample()))
		large := sample()
		for range 400 {
			next := sample()
			next.Names, next.Body = make([]string, 20), make([]byte, 200)
			next.Counts = map[string]int32{}
			for i := range 40 {
				next.Counts[strings.Repeat("k", i)] = 1
			}
			large.Children = append(large.Children, next)
		}
		message := encoded(t, codec, (*grove)(large))
		var arena tagwire.Arena
		for _, after := range []func(){func() {}, func() { requireSound(t, codec, &arena, small) }} {
			var taken int
			kept := harness.Kept(func() any {
				taken = int(harness.Kept(func() any {
					requireSound(t, codec, &arena, message)
					_, err := codec.DecodeIn(&arena, message[:len(message)-1], new(grove))
					require.ErrorIs(t, err, tagwire.ErrShortBuffer)
					arena.Reset()
					requireSound(t, codec, &arena, message)
					return &arena
				}))
				arena.Reset()
				for range 140 {
					after()
					arena.Reset()
				}
				return &arena
			})
			require.Greater(t, taken, 1<<20)
			require.Less(t, int(kept), taken/20)
		}
	})
}

type doubles struct {
	Reals  map[float64]string           `frugal:"1,default,map<double:string>"`
	Nested map[string]map[float64]int32 `frugal:"2,default,map<string:map<double:i32>>"`
	Keys   map[*mood][]float64          `frugal:"3,default,map<mood:list<double>>"`
}

// TestArenaMapsOfAnyKeys: maps serve again without their entries, of which those with a NaN can be neither found nor deleted.
func TestArenaMapsOfAnyKeys(t *testing.T) {
	eachArenaMode(t, func(t *testing.T, codec *tagwire.Codec[doubles]) {
		nan := math.NaN()
		for _, n := range []int{1, 3, 30} { // with and without exits of native code
			value := &doubles{Reals: map[float64]string{}, Nested: map[string]map[float64]int32{}, Keys: map[*mood][]float64{}}
			for i := range n {
				value.Reals[nan], value.Reals[float64(i)] = "nan", "number"
				value.Nested[fmt.Sprint(i)] = map[float64]int32{nan: 1, 2: 3}
				value.Keys[&mood{Level: 1}] = []float64{nan, 1}
			}
			message := encoded(t, codec, value)
			var arena tagwire.Arena
			for range 4 {
				got := tagwire.NewIn[doubles](&arena)
				_, err := codec.DecodeIn(&arena, message, got)
				require.NoError(t, err)
				require.Equal(t, cases.Text(value), cases.Text(got))
				require.Len(t, got.Reals, 2*n)
				stale := *got
				var inner []map[float64]int32
				for _, m := range got.Nested {
					inner = append(inner, m)
				}
				arena.Reset()
				require.Empty(t, stale.Reals)
				require.Empty(t, stale.Nested)
				require.Empty(t, stale.Keys)
				for _, m := range inner {
					require.Empty(t, m)
				}
			}
		}
	})
}

type ring struct {
	Rings []*ring  `frugal:"1,default,list<ring>"`
	Texts []string `frugal:"2,default,list<string>"`
}

// TestArenaTargetKeptPastReset: a target that is used again after Reset, by mistake, may be handed out as a part of the value. What is
// decoded into it is wrong, and neither the arena nor other values suffer.
func TestArenaTargetKeptPastReset(t *testing.T) {
	eachArenaMode(t, func(t *testing.T, codec *tagwire.Codec[ring]) {
		value := &ring{[]*ring{}, make([]string, 100)}
		for i := range 100 {
			value.Rings = append(value.Rings, &ring{[]*ring{{[]*ring{}, make([]string, i)}}, make([]string, 2*i)})
		}
		message := encoded(t, codec, value)
		var arena tagwire.Arena
		target, other := tagwire.NewIn[ring](&arena), new(ring)
		for range 20 {
			arena.Reset()
			n, err := codec.DecodeIn(&arena, message, target)
			require.NoError(t, err)
			require.Equal(t, len(message), n)
			runtime.GC()
			_, err = codec.Decode(message, other)
			require.NoError(t, err)
			require.Equal(t, value, other)
		}
		arena.Reset()
		requireSound(t, codec, &arena, message)
	})
}
