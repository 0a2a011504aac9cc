//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"bytes"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

func init() {
	jittest.Controls["M10 keeps"] = func() { keepPastReset(false, jittest.KeepFor()) }
	jittest.Controls["M10 breaks"] = func() { keepPastReset(true, jittest.ControlSeconds*time.Second) }
	jittest.Controls["M10 keeps, bools"] = func() { keepBools(false) }
	jittest.Controls["M10 breaks, bools"] = func() { keepBools(true) }
	jittest.Controls["M1 keeps, stale target"] = func() { decodeIntoStale(false) }
	jittest.Controls["M1 breaks, stale target"] = func() { jittest.TryFor(func() { decodeIntoStale(true) }) }
	jittest.Controls["M3 keeps, arena"] = func() { overwriteKept(false, jittest.KeepFor()) }
	jittest.Controls["M3 breaks, arena"] = func() { overwriteKept(true, jittest.ControlSeconds*time.Second) }
}

func TestM10MemoryServesOneType(t *testing.T) {
	requireRule(t, "M10", corrupted)
	jittest.RequireUnharmed(t, "M10 keeps, bools")
	jittest.RequireHarm(t, "M10 breaks, bools", "harmed: a bool is")
}

// TestM1AlsoForTargetsOfTheArena: a target that was kept past Reset may be handed out again, as an object of the value that is decoded
// into it, and what is decoded there cuts off what native code is at work on.
func TestM1AlsoForTargetsOfTheArena(t *testing.T) {
	require.NoError(t, runs())
	jittest.RequireUnharmed(t, "M1 keeps, stale target")
	jittest.RequireHarm(t, "M1 breaks, stale target", corrupted)
}

// TestM3AlsoInMemoryThatServesAgain: what was kept past Reset may be written to, so memory that serves again need not be zero.
func TestM3AlsoInMemoryThatServesAgain(t *testing.T) {
	require.NoError(t, runs())
	jittest.RequireUnharmed(t, "M3 keeps, arena")
	jittest.RequireHarm(t, "M3 breaks, arena", corrupted)
}

// Types of one size, with pointers, numbers and bools where others have something else.
type (
	// Headed has its pointers first.
	Headed struct {
		Text string `frugal:"1,default,string"`
		Leaf *Leaf  `frugal:"2,optional,Leaf"`
		Low  int64  `frugal:"3,default,i64"`
		High int64  `frugal:"4,default,i64"`
	}
	// Tailed has them last.
	Tailed struct {
		Low  int64  `frugal:"1,default,i64"`
		High int64  `frugal:"2,default,i64"`
		Leaf *Leaf  `frugal:"3,optional,Leaf"`
		Text string `frugal:"4,default,string"`
	}
	// Mapped has a map, and bools.
	Mapped struct {
		Flag  bool             `frugal:"1,default,bool"`
		Named map[string]int64 `frugal:"2,default,map<string:i64>"`
		Flags []bool           `frugal:"3,default,list<bool>"`
	}
)

// Racks have values of a type in each kind of memory that a pool provides.
type (
	// HeadedRack is one.
	HeadedRack struct {
		One  *Headed   `frugal:"1,optional,Headed"`
		List []Headed  `frugal:"2,default,list<Headed>"`
		Refs []*Headed `frugal:"3,default,list<Headed>"`
	}
	// TailedRack is another.
	TailedRack struct {
		One  *Tailed   `frugal:"1,optional,Tailed"`
		List []Tailed  `frugal:"2,default,list<Tailed>"`
		Refs []*Tailed `frugal:"3,default,list<Tailed>"`
	}
	// MappedRack is the third.
	MappedRack struct {
		One  *Mapped   `frugal:"1,optional,Mapped"`
		List []Mapped  `frugal:"2,default,list<Mapped>"`
		Refs []*Mapped `frugal:"3,default,list<Mapped>"`
	}
)

func headedRack(seed int) *HeadedRack {
	one, list, refs := several(seed, func(n int) Headed {
		return Headed{sample(1, n)[0], &Leaf{int64(n)}, int64(n)<<33 | 1, int64(-n)}
	})
	return &HeadedRack{one, list, refs}
}

func tailedRack(seed int) *TailedRack {
	one, list, refs := several(seed, func(n int) Tailed {
		return Tailed{int64(n)<<33 | 1, int64(-n), &Leaf{int64(n)}, sample(1, n)[0]}
	})
	return &TailedRack{one, list, refs}
}

func mappedRack(seed int) *MappedRack {
	one, list, refs := several(seed, func(n int) Mapped {
		return Mapped{n%2 == 0, map[string]int64{sample(1, n)[0]: 1, "two": 2}, bytesAsBools(n, 1+n%9)}
	})
	return &MappedRack{one, list, refs}
}

// several returns values, all different.
func several[T any](seed int, value func(n int) T) (one *T, list []T, refs []*T) {
	for i := range 1 + seed%13 {
		list, refs = append(list, value(seed+2*i)), append(refs, to(value(seed+2*i+1)))
	}
	return to(value(seed)), list, refs
}

func bytesAsBools(seed, n int) []bool {
	flags := make([]bool, n)
	for i := range flags {
		flags[i] = (seed+i)%3 != 0
	}
	return flags
}

// A rackCodec decodes racks of a type, and makes values and their encodings.
type rackCodec struct {
	decode *Program
	sample func(seed int) (value any, message []byte)
}

func rackCodecOf[R any](rack func(seed int) *R) rackCodec {
	s, err := schema.Thrift.Of(reflect.TypeFor[R]())
	if err != nil {
		panic(err)
	}
	c, err := compileType(s)
	if err != nil {
		panic(err)
	}
	return rackCodec{c.decode, func(seed int) (any, []byte) {
		v := rack(seed)
		message, err := jittest.Binary.Oracle(s, v, jittest.ManyLevels)
		if err != nil {
			panic(err)
		}
		return v, message
	}}
}

// keepPastReset decodes values of all types into arenas in turn, keeps them past Reset, and uses what it has kept. With bySize memory
// serves all types of its size.
func keepPastReset(bySize bool, duration time.Duration) {
	codecs := []rackCodec{rackCodecOf(headedRack), rackCodecOf(tailedRack), rackCodecOf(mappedRack)}
	underLoad(duration, func(seed int) {
		arena := new(codec.Arena)
		if bySize {
			shareBySize(arena, codecs)
		}
		var kept []reflect.Value
		bases := map[unsafe.Pointer]int{}
		const rounds = 24
		for round := range rounds {
			use := codecs[(round+seed)%len(codecs)]
			want, message := use.sample(seed + round)
			got := reflect.New(reflect.TypeOf(want).Elem())
			decodeInArena(use.decode, arena, got.UnsafePointer(), message, false)
			runtime.Gosched()
			if !reflect.DeepEqual(want, got.Interface()) {
				jittest.Harmed("%v instead of %v", got.Elem(), want)
			}
			bases[got.Elem().Field(1).UnsafePointer()]++
			kept = append(kept, got)
			for _, v := range kept {
				touch(v)
			}
			arena.Acquire()
			arena.Reset()
			arena.Release()
			for _, v := range kept {
				touch(v)
			}
		}
		if len(bases) == rounds {
			jittest.Harmed("no memory served again")
		}
	})
}

// shareBySize makes the pools of an arena for programs of codecs serve all values of their size.
func shareBySize(arena *codec.Arena, codecs []rackCodec) {
	calls := &arenaCalls{state: emptyState(), rows: map[*Program]*arenaRows{}}
	arena.Engine = calls
	objects, elements := map[uintptr]*codec.Pool{}, map[uintptr]*codec.Pool{}
	share := func(bySize map[uintptr]*codec.Pool, pool **codec.Pool) {
		if *pool == nil {
			return
		}
		if first := bySize[(*pool).Size]; first != nil {
			*pool = first
		}
		bySize[(*pool).Size] = *pool
	}
	for _, c := range codecs {
		rows := newArenaRows(arena, c.decode)
		for i := range rows.structs {
			share(objects, &rows.structs[i])
		}
		for i := range rows.lists {
			share(elements, &rows.lists[i].items)
			share(elements, &rows.lists[i].objects)
		}
		calls.rows[c.decode] = rows
	}
}

// decodeInArena decodes into an arena. unmarked has native code take the arena's bytes for those of a chunk.
func decodeInArena(p *Program, arena *codec.Arena, value unsafe.Pointer, message []byte, unmarked bool) {
	data := unsafe.Pointer(unsafe.SliceData(message))
	escape(value, data)
	s := arenaState(arena, p)
	f, c := &s.frame, &call{value: value, data: message, levels: 100, allocation: plenty, arena: arena}
	if s.prepare(f, p, c); unmarked {
		f.reused = 0
	}
	for {
		launch(f, &s.cells, s.chunk.base, data, s.slabs[0], s.slabs[1], s.slabs[2], s.slabs[3])
		if s.isDone(p) || !s.serve(f, p, c) {
			break
		}
	}
	if _, ok := doneWith(f); !ok {
		jittest.Harmed("the call failed")
	}
	s.release(f, p)
	runtime.KeepAlive(value)
	runtime.KeepAlive(data)
	runtime.KeepAlive(s)
}

// used is where touch puts what it has read. Several goroutines do.
var used atomic.Uint32

// touch reads all that v leads to.
func touch(v reflect.Value) {
	sum := byte(0)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			touch(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			touch(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			touch(v.Index(i))
		}
	case reflect.Map:
		v.MapIndex(reflect.ValueOf("two"))
		for iterator := v.MapRange(); iterator.Next(); {
			touch(iterator.Key())
		}
	case reflect.String:
		for _, b := range []byte(v.String()) {
			sum += b
		}
	case reflect.Bool:
		if v.CanAddr() {
			if b := *(*byte)(v.Addr().UnsafePointer()); b > 1 {
				jittest.Harmed("a bool is %#x", b)
			}
		}
	}
	if sum == 1 {
		used.Store(uint32(sum))
	}
}

// Answers has bools in each kind of memory for them.
type Answers struct {
	One   *bool   `frugal:"1,optional,bool"`
	Short []bool  `frugal:"2,default,list<bool>"`
	Long  []bool  `frugal:"3,default,list<bool>"`
	Text  string  `frugal:"4,default,string"`
	Words []int32 `frugal:"5,default,list<i32>"`
}

// keepBools keeps bools past Reset while messages with text and numbers are decoded. unmarked breaks the rule.
func keepBools(unmarked bool) {
	s, err := schema.Thrift.Of(reflect.TypeFor[Answers]())
	if err != nil {
		panic(err)
	}
	c, err := compileType(s)
	if err != nil {
		panic(err)
	}
	encode := func(v *Answers) []byte {
		message, err := jittest.Binary.Oracle(s, v, jittest.ManyLevels)
		if err != nil {
			panic(err)
		}
		return message
	}
	answers := &Answers{One: to(true), Short: bytesAsBools(0, 9), Long: bytesAsBools(1, 3*codec.SharedBytes)}
	words := make([]int32, codec.SharedBytes)
	for i := range words {
		words[i] = -2
	}
	messages := [][]byte{encode(answers), encode(&Answers{Text: strings.Repeat("\xdb", codec.SharedBytes), Words: words})}
	arena := new(codec.Arena)
	var kept []*Answers
	for round := range 20 {
		got := new(Answers)
		decodeInArena(c.decode, arena, unsafe.Pointer(got), messages[round%2], unmarked)
		if round%2 == 0 && !reflect.DeepEqual([]any{answers.One, answers.Short, answers.Long}, []any{got.One, got.Short, got.Long}) {
			jittest.Harmed("wrong answers")
		}
		kept = append(kept, got)
		for _, v := range kept {
			touch(reflect.ValueOf(v))
		}
		arena.Acquire()
		arena.Reset()
		arena.Release()
	}
}

// Knot has a list of what may lead to itself.
type Knot struct {
	List []Strand `frugal:"1,default,list<Strand>"`
}

// Strand is an element of the list.
type Strand struct {
	Knot   *Knot `frugal:"1,optional,Knot"`
	Number int64 `frugal:"2,default,i64"`
}

// decodeIntoStale decodes into a target that the arena hands out again, as the one of the first strand. The list of that replaces the
// target's, whose other elements are still to come. unrooted forgets what the call has to keep alive.
func decodeIntoStale(unrooted bool) {
	s, err := schema.Thrift.Of(reflect.TypeFor[Knot]())
	if err != nil {
		panic(err)
	}
	c, err := compileType(s)
	if err != nil {
		panic(err)
	}
	value := &Knot{make([]Strand, 40)}
	for i := range value.List {
		value.List[i].Number = -1
	}
	value.List[0].Knot = &Knot{make([]Strand, 200)}
	message, err := jittest.Binary.Oracle(s, value, jittest.ManyLevels)
	if err != nil {
		panic(err)
	}
	for range 10 {
		arena := new(codec.Arena)
		target := (*Knot)(arena.Objects(reflect.TypeFor[Knot]()).Take(1))
		arena.Reset()
		var victims []*[40]Strand
		data := unsafe.Pointer(unsafe.SliceData(message))
		escape(unsafe.Pointer(target), data)
		st := arenaState(arena, c.decode)
		f, use := &st.frame, &call{value: unsafe.Pointer(target), data: message, levels: 100, allocation: plenty, arena: arena}
		st.prepare(f, c.decode, use)
		for {
			launch(f, &st.cells, st.chunk.base, data, st.slabs[0], st.slabs[1], st.slabs[2], st.slabs[3])
			if st.isDone(c.decode) || !st.serve(f, c.decode, use) {
				break
			}
			if unrooted {
				st.roots = callRoots{}
			}
			runtime.GC()
			for range 200 {
				victims = append(victims, new([40]Strand))
			}
		}
		if _, ok := doneWith(f); !ok {
			jittest.Harmed("the call failed")
		}
		st.release(f, c.decode)
		if len(target.List) != len(value.List[0].Knot.List) {
			jittest.Harmed("the target was not handed out again")
		}
		for _, victim := range victims {
			if *victim != ([40]Strand{}) {
				jittest.Harmed("memory of another object holds %v", victim[1])
			}
		}
		runtime.KeepAlive(target)
		runtime.KeepAlive(st)
	}
}

// Lines has texts that native code stores into memory of an arena.
type Lines struct {
	List []string `frugal:"1,default,list<string>"`
	One  *string  `frugal:"2,optional,string"`
	Raw  [][]byte `frugal:"3,default,list<binary>"`
}

// linesCodec is decoderOf for Lines.
func linesCodec(overwrites bool) (decode *Program, encode func(*Lines) []byte) {
	decode, encode, looks := decoderOf[Lines](overwrites)
	if overwrites && looks == 0 {
		panic("not broken")
	}
	return decode, encode
}

// overwriteKept is overwrite for strings that were stored into memory which had been kept past Reset.
func overwriteKept(overwrites bool, duration time.Duration) {
	const holders, lines = 32, 8
	p, encode := linesCodec(overwrites)
	linesOf := func(seed int) *Lines {
		v := &Lines{List: sample(lines, seed), One: to(sample(1, seed)[0])}
		for _, s := range v.List {
			v.Raw = append(v.Raw, []byte(s))
		}
		return v
	}
	underLoad(duration, func(seed int) {
		input, olds := encode(linesOf(seed)), linesOf(seed+1)
		var arenas [holders]*codec.Arena
		var kept [holders]*Lines
		for i := range arenas {
			arenas[i] = new(codec.Arena)
			for range 2 { // the second fits what the arena has
				kept[i] = new(Lines)
				decodeInArena(p, arenas[i], unsafe.Pointer(kept[i]), input, false)
				arenas[i].Acquire()
				arenas[i].Reset()
				arenas[i].Release()
			}
			for j := range lines {
				kept[i].List[j], kept[i].Raw[j] = strings.Clone(olds.List[j]), bytes.Clone(olds.Raw[j])
			}
			*kept[i].One = strings.Clone(*olds.One)
		}
		runtime.Gosched()
		var read [holders]struct { // on the stack
			list [lines]string
			raw  [lines][]byte
			one  string
		}
		for i, v := range kept {
			copy(read[i].list[:], v.List)
			copy(read[i].raw[:], v.Raw)
			read[i].one = *v.One
			got := new(Lines)
			decodeInArena(p, arenas[i], unsafe.Pointer(got), input, false)
			if unsafe.SliceData(got.List) != unsafe.SliceData(v.List) || got.One != v.One || unsafe.SliceData(got.Raw) != unsafe.SliceData(v.Raw) {
				jittest.Harmed("the memory did not serve again")
			}
			if !reflect.DeepEqual(got, linesOf(seed)) {
				jittest.Harmed("%v instead of %v", got, linesOf(seed))
			}
		}
		waitForCollections(2)
		for i := range read {
			requireStrings(olds.List, read[i].list[:])
			requireStrings([]string{*olds.One}, []string{read[i].one})
			for j := range lines {
				requireStrings([]string{string(olds.Raw[j])}, []string{string(read[i].raw[j])})
			}
		}
		runtime.KeepAlive(kept)
	})
}
