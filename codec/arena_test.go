package codec

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
	"unsafe"
	"weak"

	"github.com/stretchr/testify/require"
)

// node has a pointer, a number and a bool.
type node struct {
	next  *node
	value int64
	flag  bool
}

func (a *Arena) nodes() *Pool { return a.Objects(reflect.TypeFor[node]()) }

func takeNode(a *Arena) *node { return (*node)(a.nodes().Take(1)) }

func takeNodes(a *Arena, n int) []node {
	return unsafe.Slice((*node)(a.Elements(reflect.TypeFor[node]()).Take(n)), n)
}

func takeMap[K comparable, E any](a *Arena, n, hint int) (m map[K]E) {
	a.Maps(reflect.TypeFor[map[K]E]()).Take(unsafe.Pointer(&m), n, hint)
	return m
}

// TestArenaHandsOutEachByteOnce: whatever is taken in whatever order is zero where it has to be, aligned, and shared with nothing
// else until Reset.
func TestArenaHandsOutEachByteOnce(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var a Arena
	for round := range 300 {
		var texts [][]byte
		var objects []*node
		var lists [][]node
		var maps []map[int]int
		most := 1 << random.IntN(9) // messages differ in size
		for i := range random.IntN(most) {
			switch random.IntN(5) {
			case 0:
				align := 1 << random.IntN(4)
				b := a.Bytes.Take(1+random.IntN(1<<random.IntN(13)), align)
				require.Zero(t, uintptr(unsafe.Pointer(&b[0]))%uintptr(align))
				require.Len(t, b, cap(b))
				texts = append(texts, b)
			case 1: // as native code does
				least := random.IntN(SharedBytes)
				free := a.Bytes.Free(least)
				require.GreaterOrEqual(t, len(free), least)
				if used := random.IntN(min(len(free), 2*SharedBytes) + 1); used > 0 {
					a.Bytes.Advance(used)
					texts = append(texts, free[:used:used])
				}
			case 2:
				objects = append(objects, takeNode(&a))
			case 3:
				lists = append(lists, takeNodes(&a, 1+random.IntN(50)))
			case 4:
				m := takeMap[int, int](&a, 3, 3)
				require.Empty(t, m)
				m[i] = i
				maps = append(maps, m)
			}
		}
		for i, b := range texts {
			for j := range b {
				b[j] = byte(i)
			}
		}
		for i, o := range objects {
			require.Equal(t, node{}, *o)
			*o = node{o, int64(i), true}
		}
		for i, list := range lists {
			require.Equal(t, make([]node, len(list)), list)
			for j := range list {
				list[j] = node{&list[0], int64(i), true}
			}
		}
		for i, b := range texts {
			require.Equal(t, len(b), bytes.Count(b, []byte{byte(i)}), "round %d", round)
		}
		for i, o := range objects {
			require.Equal(t, node{o, int64(i), true}, *o)
		}
		for i, list := range lists {
			for j := range list {
				if list[j] != (node{&list[0], int64(i), true}) {
					t.Fatal("memory was handed out twice")
				}
			}
		}
		for _, m := range maps {
			require.Len(t, m, 1)
		}
		a.Reset()
	}
}

// TestArenaAllocatesNothingInTheSteadyState, whatever of the two kinds of message comes.
func TestArenaAllocatesNothingInTheSteadyState(t *testing.T) {
	var a Arena
	strings := a.Elements(reflect.TypeFor[string]())
	message := func(n int) {
		for i := range n {
			a.Bytes.Take(10+i, 1)
			a.Bytes.Take(8, 8)
			a.Bytes.Advance(len(a.Bytes.Free(i)) / 1000)
			takeNode(&a)
			strings.Take(1 + i)
			m := takeMap[int, int](&a, 4, 4)
			for j := range 4 {
				m[j] = i
			}
		}
		a.Reset()
	}
	both := func() { message(100); message(3) }
	for range 3 * resetsBeforeTrim {
		both()
	}
	// The compiler's checks of unsafe pointers move one variable of each takeMap to the heap, which plain builds do not.
	instrumented := testing.AllocsPerRun(10, func() {
		local := 1
		steadySink = *(*int)(unsafe.Pointer(&local))
	})
	require.LessOrEqual(t, testing.AllocsPerRun(2*resetsBeforeTrim, both), (100+3)*instrumented)
}

var steadySink int

func TestArenaMemoryServesItsTypeAgain(t *testing.T) {
	var a Arena
	object, list, text, m := takeNode(&a), takeNodes(&a, 3), a.Bytes.Take(5, 1), takeMap[string, int](&a, 1, 1)
	*object, list[2], m["x"] = node{object, 1, true}, node{object, 2, true}, 3
	copy(text, "bytes")
	require.NotSame(t, object, &list[0], "single objects and lists have slabs of their own")
	a.Reset()
	require.Zero(t, *object)
	require.Zero(t, list[2])
	require.Empty(t, m)
	require.Equal(t, "bytes", string(text), "which nothing has overwritten yet")

	type twin node
	twins := (*twin)(a.Objects(reflect.TypeFor[twin]()).Take(1))
	require.NotSame(t, object, (*node)(twins))
	require.Same(t, object, takeNode(&a))
	require.Same(t, &list[0], &takeNodes(&a, 2)[0])
	require.Same(t, &text[0], &a.Bytes.Take(1, 1)[0])
	require.Equal(t, reflect.ValueOf(m).Pointer(), reflect.ValueOf(takeMap[string, int](&a, 1, 1)).Pointer())
	require.NotEqual(t, reflect.ValueOf(m).Pointer(), reflect.ValueOf(takeMap[string, int](&a, 1, 1)).Pointer())
}

// TestArenaGrows: what a message takes in several pieces comes in one from the next one on, and the pieces stay those of the values.
func TestArenaGrows(t *testing.T) {
	var a Arena
	const n = 5000
	pool := a.nodes()
	var last *node
	for i := range n {
		o := takeNode(&a)
		*o = node{last, int64(i), true}
		last = o
	}
	texts := [][]byte{}
	for i := range n {
		texts = append(texts, a.Bytes.Take(10, 1))
		copy(texts[i], "0123456789")
	}
	a.Reset()
	for o, i := last, n-1; o != nil; o, i = o.next, i-1 { // dropped, so it has not been cleared
		if o.value == 0 && o.next == nil { // the slab that was current
			break
		}
		require.EqualValues(t, i, o.value)
	}
	require.False(t, pool.Has(1))
	first := takeNode(&a)
	require.True(t, pool.Has(n-1))
	_, count, used := pool.Slab()
	require.LessOrEqual(t, count, n+n/4)
	require.Equal(t, 1, used)
	require.NotSame(t, last, first)
	require.Greater(t, len(a.Bytes.Free(1)), 10*n-1)
	require.Less(t, len(a.Bytes.Free(1)), 20*n)
	for range n - 1 {
		takeNode(&a)
	}
	a.Reset()
	require.Same(t, first, takeNode(&a))
}

// TestArenaOfObjectsThatNativeCodeTakes: what it has taken is cleared.
func TestArenaOfObjectsThatNativeCodeTakes(t *testing.T) {
	var a Arena
	pool := a.nodes()
	base, count, used := pool.Slab()
	require.Nil(t, base)
	require.Zero(t, count)
	require.Zero(t, used)
	for range 100 {
		takeNode(&a)
	}
	a.Reset()
	takeNode(&a)
	base, count, used = pool.Slab()
	require.GreaterOrEqual(t, count, 100)
	require.Equal(t, 1, used)
	all := unsafe.Slice((*node)(base), count)
	for i := range 50 {
		all[i] = node{&all[i], 1, true}
	}
	pool.SetUsed(50)
	require.True(t, pool.Has(count-50))
	require.False(t, pool.Has(count-49))
	require.Same(t, &all[50], takeNode(&a))
	a.Reset()
	require.Equal(t, make([]node, count), all)
	pool.SetUsed(1) // by native code alone
	all[0].value = 1
	a.Reset()
	require.Zero(t, all[0])
}

// TestArenaFreesWhatIsNotNeeded after resetsBeforeTrim messages have done without, and not before.
func TestArenaFreesWhatIsNotNeeded(t *testing.T) {
	const n = 10_000
	type key struct{ number int }
	for name, take := range map[string]func(a *Arena, n int) weak.Pointer[byte]{
		"objects": func(a *Arena, n int) weak.Pointer[byte] {
			for range n {
				takeNode(a)
			}
			base, _, _ := a.nodes().Slab()
			return weak.Make((*byte)(base))
		},
		"elements": func(a *Arena, n int) weak.Pointer[byte] {
			return weak.Make((*byte)(unsafe.Pointer(&takeNodes(a, n)[0])))
		},
		"bytes": func(a *Arena, n int) weak.Pointer[byte] {
			for range n {
				a.Bytes.Take(8, 8)
			}
			return weak.Make(&a.Bytes.block[0])
		},
		"maps": func(a *Arena, n int) weak.Pointer[byte] {
			var all []map[int]*byte
			for range n {
				m := takeMap[int, *byte](a, 1, 1)
				m[0] = new(byte)
				all = append(all, m)
			}
			return weak.Make((*byte)(reflect.ValueOf(all[n-1]).UnsafePointer()))
		},
		"a large map": func(a *Arena, n int) weak.Pointer[byte] {
			takeMap[key, int](a, 1, 1)
			if n == 1 {
				return weak.Pointer[byte]{}
			}
			m := takeMap[key, int](a, n, n)
			for i := range n {
				m[key{i}] = i
			}
			return weak.Make((*byte)(reflect.ValueOf(m).UnsafePointer()))
		},
	} {
		var a Arena
		for range 3 * resetsBeforeTrim {
			take(&a, n)
			a.Reset()
		}
		memory := take(&a, n)
		a.Reset()
		for range resetsBeforeTrim - 2 {
			take(&a, 1)
			a.Reset()
		}
		runtime.GC()
		require.NotNil(t, memory.Value(), name)
		for range resetsBeforeTrim + 2 {
			take(&a, 1)
			a.Reset()
		}
		runtime.GC()
		require.Nil(t, memory.Value(), name)
		for range 3 {
			take(&a, n)
			a.Reset()
		}
		runtime.KeepAlive(&a)
	}
}

// TestArenaKeepsNothingAlive: after Reset nothing is reachable that values have referred to.
func TestArenaKeepsNothingAlive(t *testing.T) {
	var a Arena
	var all []weak.Pointer[[100]int]
	for range 3 {
		object, elements, m := a.Objects(reflect.TypeFor[*[100]int]()), a.Elements(reflect.TypeFor[*[100]int]()), takeMap[int, *[100]int](&a, 9, 9)
		for i := range 20 {
			for _, slot := range []unsafe.Pointer{object.Take(1), elements.Take(1 + i)} {
				p := new([100]int)
				*(**[100]int)(slot) = p
				all = append(all, weak.Make(p))
			}
			m[i] = new([100]int)
			all = append(all, weak.Make(m[i]))
		}
		a.Reset()
		runtime.GC()
		for _, p := range all {
			require.Nil(t, p.Value())
		}
	}
	runtime.KeepAlive(&a)
}

// TestArenaReusesNoMapThatIsTooLarge for what is to come: clearing it would take as long as for all that it once had.
func TestArenaReusesNoMapThatIsTooLarge(t *testing.T) {
	var a Arena
	address := func(n int) uintptr { return reflect.ValueOf(takeMap[float64, int](&a, n, n)).Pointer() }
	fill := func(n int) uintptr {
		m := takeMap[float64, int](&a, n, min(n, 10))
		for i := range n {
			m[float64(i)] = i
		}
		m[math.NaN()] = 1
		p := reflect.ValueOf(m).Pointer()
		a.Reset()
		require.Empty(t, m, "cleared, NaNs too")
		return p
	}
	for range 2 {
		large := fill(1000)
		require.Equal(t, large, fill(999))
		require.Equal(t, large, address(200))
		a.Reset()
		small := address(60)
		require.NotEqual(t, large, small)
		a.Reset()
		require.Equal(t, small, address(1))
		a.Reset()
	}
	hinted := reflect.ValueOf(takeMap[int, int](&a, 1000, 1000)).Pointer()
	a.Reset()
	require.NotEqual(t, hinted, reflect.ValueOf(takeMap[int, int](&a, 1, 1)).Pointer(), "a map that was made large is one, too")
}

// TestArenaIsBounded: what a message takes costs twice as much at most, and little if it takes little.
func TestArenaIsBounded(t *testing.T) {
	size := int(unsafe.Sizeof(node{}))
	for _, n := range []int{1, 2, 10, 1000, 100_000} {
		for name, use := range map[string]struct {
			bytes int
			take  func(a *Arena)
		}{
			"objects": {n * size, func(a *Arena) {
				for range n {
					takeNode(a)
				}
			}},
			"elements": {n * size, func(a *Arena) { takeNodes(a, n) }},
			"rows": {n * 3 * size, func(a *Arena) {
				for range n {
					takeNodes(a, 3)
				}
			}},
			"short": {n, func(a *Arena) {
				for range n {
					a.Bytes.Take(1, 1)
				}
			}},
			"aligned": {n * 8, func(a *Arena) {
				for range n {
					a.Bytes.Take(1, 8)
				}
			}},
			"texts": {n * 1000, func(a *Arena) {
				for range n {
					a.Bytes.Take(1000, 1)
				}
			}},
			"long": {n * 2000, func(a *Arena) {
				for range min(n, 1000) {
					a.Bytes.Take(2000, 1)
				}
			}},
		} {
			var a Arena
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			use.take(&a)
			runtime.ReadMemStats(&after)
			require.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, uint64(5*use.bytes/2+3*ChunkBytes), "%s, %d", name, n)
		}
	}
}

func TestArenaOfNoBytes(t *testing.T) {
	var a Arena
	pool := a.Objects(reflect.TypeFor[struct{}]())
	for range 3 {
		for range 10_000 {
			require.NotNil(t, pool.Take(1))
		}
		require.NotNil(t, a.Elements(reflect.TypeFor[struct{}]()).Take(1<<30))
		require.NotNil(t, a.Elements(reflect.TypeFor[[0]*int]()).Take(3))
		a.Reset()
	}
	type large [2 * SlabBytes]byte
	larges := a.Objects(reflect.TypeFor[large]())
	for range 3 {
		first, second := (*large)(larges.Take(1)), (*large)(larges.Take(1))
		require.Equal(t, large{}, *first)
		require.Equal(t, large{}, *second)
		first[0], second[len(second)-1] = 1, 1
		a.Reset()
	}
}

// TestArenaPoisons: with the switch, all memory shows that it was reset, and serves nobody any more.
func TestArenaPoisons(t *testing.T) {
	PoisonArenas = true
	defer func() { PoisonArenas = false }()
	var a Arena
	for range 3 {
		var texts [][]byte
		var objects []*node
		var lists [][]node
		for i := range 200 {
			text := a.Bytes.Take(1+17*i, 1)
			copy(text, "text")
			object, list := takeNode(&a), takeNodes(&a, 1+i%7)
			require.Zero(t, *object)
			require.Equal(t, make([]node, len(list)), list)
			*object, list[0] = node{object, 1, true}, node{object, 2, true}
			texts, objects, lists = append(texts, text), append(objects, object), append(lists, list)
		}
		m := takeMap[int, int](&a, 1, 1)
		m[1] = 1
		a.Reset()
		for i, text := range texts {
			require.Equal(t, len(text), bytes.Count(text, []byte{poison}))
			require.Zero(t, *objects[i])
			require.Zero(t, lists[i][0])
		}
		require.Empty(t, m)
		for range 200 {
			object, list, text := takeNode(&a), takeNodes(&a, 1), a.Bytes.Take(1, 1)
			text[0], object.value, list[0].value = 1, 1, 1
		}
		require.NotEqual(t, reflect.ValueOf(m).Pointer(), reflect.ValueOf(takeMap[int, int](&a, 1, 1)).Pointer())
		for i, text := range texts {
			require.EqualValues(t, poison, text[0])
			require.Zero(t, *objects[i])
			require.Zero(t, lists[i][0])
		}
	}
}

// TestSpoiledArena has no memory, and works on. What was taken before stays as it is.
func TestSpoiledArena(t *testing.T) {
	var a Arena
	for range 3 {
		var objects []*node
		var texts [][]byte
		for i := range 100 {
			objects, texts = append(objects, takeNode(&a)), append(texts, a.Bytes.Take(100, 1))
			objects[i].value = int64(i) + 1
			texts[i][0] = byte(i)
		}
		m := takeMap[int, int](&a, 1, 1)
		m[1] = 1
		a.Engine = trimmed{new(int)}
		a.Spoil()
		require.Nil(t, a.Engine)
		a.Reset()
		for range 100 {
			object, text := takeNode(&a), a.Bytes.Take(100, 1)
			require.Zero(t, *object)
			object.value, text[0] = -1, 0xff
			takeMap[int, int](&a, 1, 1)[2] = 2
		}
		a.Reset()
		for i, o := range objects {
			require.EqualValues(t, i+1, o.value)
			require.EqualValues(t, i, texts[i][0])
		}
		require.Equal(t, map[int]int{1: 1}, m)
	}
}

// trimmed counts calls of Trim.
type trimmed struct{ calls *int }

func (e trimmed) Trim() { *e.calls++ }

func TestArenaTrimsItsEngine(t *testing.T) {
	e := trimmed{new(int)}
	a := Arena{Engine: e}
	for range 3 * resetsBeforeTrim {
		a.Reset()
	}
	require.Equal(t, 3, *e.calls)
}

func TestArenaServesOneAtATime(t *testing.T) {
	var a Arena
	require.True(t, a.Acquire())
	done := make(chan bool)
	go func() { done <- a.Acquire() }()
	require.False(t, <-done)
	require.False(t, a.Acquire())
	a.Release()
	go func() { done <- a.Acquire() }()
	require.True(t, <-done)
	require.False(t, a.Acquire())
}
