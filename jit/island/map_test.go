//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// Atlas has a map of each sort: those that the compiler's own code moves and those that reflection moves.
type Atlas struct {
	Texts   map[string]string             `frugal:"1,optional,map<string:string>"`
	Numbers map[int32]int64               `frugal:"2,optional,map<i32:i64>"`
	Refs    map[int64]*Place              `frugal:"3,optional,map<i64:Place>"`
	Values  map[int16]Place               `frugal:"4,optional,map<i16:Place>"`
	Keys    map[*Place]bool               `frugal:"5,optional,map<Place:bool>"`
	Reals   map[float64][]int32           `frugal:"6,optional,map<double:list<i32>>"`
	Rows    map[int8][]string             `frugal:"7,optional,map<i8:list<string>>"`
	Nested  map[string]map[int64]*Place   `frugal:"8,optional,map<string:map<i64:Place>>"`
	Listed  []map[string]map[int64]string `frugal:"9,optional,list<map<string:map<i64:string>>>"`
	Levels  map[cases.Level]float64       `frugal:"10,optional,map<Level:double>"`
	Blobs   map[string][]byte             `frugal:"11,optional,map<string:binary>"`
	Self    map[string]*Atlas             `frugal:"12,optional,map<string:Atlas>"`
	Large   map[int64]cases.Block         `frugal:"13,optional,map<i64:Block>"`
}

// Place is an element with a field that may be absent.
type Place struct {
	Number int64  `frugal:"1,required,i64"`
	Name   string `frugal:"2,optional,string"`
	Next   *Place `frugal:"3,optional,Place"`
}

// atlasOf returns maps of n entries each; of the places every third lacks something. Nested maps have fewer.
func atlasOf(n int) *Atlas {
	place := func(i int) Place {
		p := Place{Number: int64(i)}
		if i%3 != 0 {
			p.Name, p.Next = fmt.Sprint("place ", i), &Place{Number: int64(-i)}
		}
		return p
	}
	a := &Atlas{
		Texts: map[string]string{}, Numbers: map[int32]int64{}, Refs: map[int64]*Place{}, Values: map[int16]Place{},
		Keys: map[*Place]bool{}, Reals: map[float64][]int32{}, Rows: map[int8][]string{}, Nested: map[string]map[int64]*Place{},
		Levels: map[cases.Level]float64{}, Blobs: map[string][]byte{}, Large: map[int64]cases.Block{},
	}
	for i := range n {
		text, first, second := fmt.Sprint("key ", i), place(i), place(i+1)
		a.Texts[text], a.Numbers[int32(i)], a.Refs[int64(i)], a.Values[int16(i)] = text, int64(i), &first, place(i)
		a.Keys[&second], a.Reals[float64(i)/4], a.Rows[int8(i)] = i%2 == 0, make([]int32, i%5), []string{text, ""}
		a.Levels[cases.Level(-i)], a.Blobs[text] = float64(i), []byte(text)[:i%4]
		a.Large[int64(i)] = cases.Block{Value: int64(i), Text: text[:i%5]}
		if i%10 == 0 {
			a.Nested[text] = map[int64]*Place{int64(i): &first, int64(i + 1): &second}
			a.Listed = append(a.Listed, map[string]map[int64]string{text: {int64(i): text}, "none": {}})
		}
	}
	if n > 1 {
		a.Self = map[string]*Atlas{"half": atlasOf(n / 2), "one": atlasOf(1)}
	}
	return a
}

func TestMapsOfAllSizes(t *testing.T) {
	c, s := compiled(t, &Atlas{})
	for _, n := range []int{0, 1, 2, 7, 8, 9, 30, 63, 64, 65, 100, 128, 129, 600} {
		value := atlasOf(n)
		message := encodeNatively(t, c, value)
		plain, err := jittest.Binary.Oracle(s, value, jittest.ManyLevels)
		require.NoError(t, err)
		jittest.Binary.SameEncoding(t, s, plain, message)
		for _, target := range []*Atlas{{}, atlasOf(3)} {
			require.True(t, decodeNatively(c, message, target))
			var want Atlas
			_, err = jittest.Plain(s).Decode(message, unsafe.Pointer(&want), &codec.Settings{})
			require.NoError(t, err)
			if target.Self == nil || n > 1 { // absent fields stay
				require.Equal(t, cases.Text(&want), cases.Text(target))
			}
		}
	}
}

// TestMapsOfManyEntries: maps that are read in several batches, by the compiler's own loop or by reflection.
func TestMapsOfManyEntries(t *testing.T) {
	c, s := compiled(t, &Atlas{})
	for n := 4000; n < 13000; n += effort.Of(1500, 4500) {
		value := &Atlas{Texts: map[string]string{}, Reals: map[float64][]int32{}, Large: map[int64]cases.Block{}}
		for i := range n {
			text := fmt.Sprint("key ", i)
			value.Texts[text], value.Reals[float64(i)/4] = text, []int32{int32(i)}
			value.Large[int64(i)] = cases.Block{Value: int64(i), Text: text}
		}
		message := encodeNatively(t, c, value)
		plain, err := jittest.Binary.Oracle(s, value, jittest.ManyLevels)
		require.NoError(t, err)
		jittest.Binary.SameEncoding(t, s, plain, message)
		got := new(Atlas)
		exits := exitsOf(func() { require.True(t, decodeNatively(c, message, got)) })
		require.LessOrEqual(t, exits["FillMap"], uint64(3+3*n/64))
		require.Equal(t, value, got)
		exits = exitsOf(func() { encodeNatively(t, c, value) })
		require.Greater(t, exits["ReadMap"], uint64(6), "several batches, for sizes and for bytes")
		require.LessOrEqual(t, exits["ReadMap"], uint64(6+6*n/64))
	}
}

// TestExitsOfMaps: a map of n entries costs at most 1 + n/64 exits each way.
func TestExitsOfMaps(t *testing.T) {
	full := atlasOf(200)
	for field := range reflect.TypeFor[Atlas]().NumField() {
		value := &Atlas{}
		if from := reflect.ValueOf(full).Elem().Field(field); from.Kind() == reflect.Map && from.Type().Elem() != reflect.TypeFor[*Atlas]() {
			to := reflect.ValueOf(value).Elem().Field(field)
			c, _ := compiled(t, value)
			to.Set(reflect.MakeMap(to.Type()))
			keys := from.MapKeys()
			for n := range min(len(keys)+1, 195) {
				if n > 0 {
					to.SetMapIndex(keys[n-1], from.MapIndex(keys[n-1]))
				}
				if n > 10 && n%64 > 2 {
					continue
				}
				checkExits(t, c, value, to)
			}
		}
	}
}

func checkExits(t *testing.T, c *compiledType, value *Atlas, m reflect.Value) {
	t.Helper()
	allowed := uint64(1 + m.Len()/64)
	if m.Type().Elem().Kind() == reflect.Map {
		for i := m.MapRange(); i.Next(); {
			allowed += uint64(1 + i.Value().Len()/64)
		}
	}
	var message []byte
	sizing := exitsOf(func() {
		_, ok := c.size.Size(unsafe.Pointer(value), limits(jittest.ManyLevels, 0))
		require.True(t, ok)
	})
	exits := exitsOf(func() { message = encodeNatively(t, c, value) })
	require.LessOrEqual(t, exits["ReadMap"]-sizing["ReadMap"], allowed, "%s of %d", m.Type(), m.Len())
	require.LessOrEqual(t, sizing["ReadMap"]+sizing["CountMap"], allowed, "%s of %d", m.Type(), m.Len())
	exits = exitsOf(func() { require.True(t, decodeNatively(c, message, &Atlas{})) })
	require.LessOrEqual(t, exits["FillMap"], allowed, "%s of %d", m.Type(), m.Len())
}

// TestUnusedBatchesAreZero: whatever a call did, nothing of it stays in a batch.
func TestUnusedBatchesAreZero(t *testing.T) {
	c, _ := compiled(t, &Atlas{})
	message := encodeNatively(t, c, atlasOf(70))
	value := atlasOf(70)
	for cut := 0; cut < len(message); cut += 1 + len(message)/40 {
		require.False(t, decodeNatively(c, message[:cut], &Atlas{}))
		_, _, ok := c.encode.Process(unsafe.Pointer(value), make([]byte, cut), limits(jittest.ManyLevels, 0))
		require.False(t, ok)
		requireZeroBatches(t)
	}
	require.True(t, decodeNatively(c, message, &Atlas{}))
	requireZeroBatches(t)
}

func requireZeroBatches(t *testing.T) {
	t.Helper()
	checked := 0
	for field := range reflect.TypeFor[Atlas]().NumField() {
		typ := reflect.TypeFor[Atlas]().Field(field).Type
		if typ.Kind() != reflect.Map {
			continue
		}
		row := mapRowOf(typ)
		for size := range batchEntries {
			batches := []*batch{row.newBatch(size)}
			for range 20 { // those of the pooled states, more or less
				held := states.Get().(*state)
				for _, b := range held.maps.spare {
					if b != nil && b.row == row && b.size == size {
						batches = append(batches, b)
					}
				}
				defer states.Put(held)
			}
			for _, b := range batches {
				memory := unsafe.Slice((*byte)(b.entries), b.memory())
				require.Empty(t, bytes.Trim(memory, "\x00"), "%s", typ)
				require.True(t, b.m == nil && b.used == 0 && b.left == 0 && !b.filling && !b.iterating && b.held == 0 && b.prealloc == 0)
				checked += len(memory)
			}
			batches[0].drop()
		}
	}
	require.NotZero(t, checked)
}

// TestMapsThatShrinkAreRefused: a count that was written must be that of the entries behind it.
func TestMapsThatShrinkAreRefused(t *testing.T) {
	for _, m := range []any{map[int64]string{}, map[float64]string{}} {
		v := reflect.ValueOf(m)
		row := mapRowOf(v.Type())
		for i := range 100 {
			v.SetMapIndex(reflect.ValueOf(i).Convert(v.Type().Key()), reflect.ValueOf("x"))
		}
		b := row.newBatch(2)
		b.m, b.left = v.UnsafePointer(), 100
		_, n, ok := b.read()
		require.True(t, ok)
		require.Equal(t, []int{64, 36}, []int{n, b.left})
		v.Clear()
		_, _, ok = b.read()
		require.False(t, ok)
		b.clear()
		b.close()

		small := row.newBatch(1)
		v.SetMapIndex(reflect.ValueOf(1).Convert(v.Type().Key()), reflect.ValueOf("x"))
		small.m, small.left = v.UnsafePointer(), 2
		_, _, ok = small.read()
		require.False(t, ok, "an entry less than were counted")
		small.clear()
		small.close()
		for i := range 20 {
			v.SetMapIndex(reflect.ValueOf(i).Convert(v.Type().Key()), reflect.ValueOf("x"))
		}
		small = row.newBatch(1)
		small.m, small.left = v.UnsafePointer(), 8
		_, n, ok = small.read()
		require.Equal(t, row.typed == nil, ok, "the compiler's own loop reads whole maps only")
		if ok {
			require.Equal(t, []int{8, 0}, []int{n, small.left}, "entries beyond those counted are not written")
		}
		small.clear()
		small.close()
	}
}

// shrinking is the shape of maps that have one entry less than they count, as if one had been removed meanwhile.
type shrinking struct{ mapReader }

func (s shrinking) read(m, entries unsafe.Pointer, n int) (copied, length int) {
	copied, length = s.mapReader.read(m, entries, n)
	return copied, length + 1
}

// TestNothingStaysOfMapsThatShrink: a batch keeps nothing of a map whose entries were fewer than counted when all of them were
// read at once.
func TestNothingStaysOfMapsThatShrink(t *testing.T) {
	m := &map[string]*int{"key": new(int)}
	escape(unsafe.Pointer(m), nil)
	known := mapRowOf(reflect.TypeOf(*m))
	row := &mapRow{
		goType: known.goType, typed: shrinking{known.typed}, reflected: known.reflected, shape: known.shape,
		entryBytes: known.entryBytes, elementOffset: known.elementOffset, capacities: known.capacities,
	}
	s, b := newState(), row.newBatch(1)
	s.maps.spare[0] = b
	s.frame.arguments[1] = uintptr(unsafe.Pointer(m))
	require.False(t, s.readMap(&s.frame, &Program{maps: []*mapRow{row}}))
	require.Same(t, b, s.maps.spare[0])
	require.Equal(t, 1, b.used, "it was read")
	s.maps.drop()
	require.Empty(t, bytes.Trim(unsafe.Slice((*byte)(b.entries), b.memory()), "\x00"))
	runtime.KeepAlive(m)
}

// TestLastOfEqualKeysStays, in one batch and across batches, for each way to insert.
func TestLastOfEqualKeysStays(t *testing.T) {
	c, _ := compiled(t, &Atlas{})
	const entries = 130
	texts := []byte{byte(thriftbinary.Map), 0, 1, byte(thriftbinary.String), byte(thriftbinary.String), 0, 0, 0, entries}
	reals := []byte{byte(thriftbinary.Map), 0, 6, byte(thriftbinary.Double), byte(thriftbinary.List), 0, 0, 0, entries}
	for i := range entries {
		key := byte(i % 3)
		texts = append(texts, 0, 0, 0, 1, 'a'+key, 0, 0, 0, 1, byte(i))
		reals = append(reals, 0x40, key, 0, 0, 0, 0, 0, 0, byte(thriftbinary.I32), 0, 0, 0, 1, 0, 0, 0, byte(i))
	}
	var got Atlas
	require.True(t, decodeNatively(c, append(append(texts, reals...), byte(thriftbinary.Stop)), &got))
	require.Equal(t, map[string]string{"a": string(rune(129)), "b": string(rune(127)), "c": string(rune(128))}, mapRunes(got.Texts))
	require.Len(t, got.Reals, 3)
	require.Equal(t, []int32{129}, got.Reals[2])
}

// mapRunes makes a rune of each element's byte.
func mapRunes(m map[string]string) map[string]string {
	made := map[string]string{}
	for key, element := range m {
		made[key] = string(rune(element[0]))
	}
	return made
}

// TestLiesAboutCountsOfMaps: a count costs no more than what is preallocated, for each map and on each level.
func TestLiesAboutCountsOfMaps(t *testing.T) {
	c, _ := compiled(t, &Atlas{})
	for _, id := range []byte{1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13} {
		f, _ := reflect.TypeFor[Atlas]().FieldByIndex([]int{int(id) - 1}), 0
		row := mapRowOf(f.Type)
		s := jittest.Schema(t, &Atlas{}).Fields[id-1].Type
		message := []byte{byte(thriftbinary.Map), 0, id, byte(thriftbinary.Of(s.Key.Kind)), byte(thriftbinary.Of(s.Elem.Kind)), 0, 1, 0, 0}
		message = append(message, make([]byte, 1<<20)...)
		message[len(message)-1] = 0xff
		for i := 9; i < len(message); i++ {
			message[i] = 0xfe // a key that is refused, or an element
		}
		least := uint64(math.MaxUint64)
		for range 3 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			require.False(t, decodeNatively(c, message, &Atlas{}))
			runtime.ReadMemStats(&after)
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		require.LessOrEqual(t, least, uint64(2*mapPreallocBytes+codec.ChunkBytes), "%s", row.goType)
	}
}

// TestMapsUnderCollection reads and fills maps on many goroutines while the collector runs all the time, and looks at
// values again after others were decoded.
func TestMapsUnderCollection(t *testing.T) {
	c, _ := compiled(t, &Atlas{})
	value := atlasOf(70)
	message, want := encodeNatively(t, c, value), cases.Text(value)
	underLoad(jittest.KeepFor(), func(int) {
		var got [3]*Atlas
		for i := range got {
			got[i] = new(Atlas)
			if !decodeNatively(c, message, got[i]) {
				t.Error("not decoded")
			}
			out := make([]byte, len(message))
			if n, _, ok := c.encode.Process(unsafe.Pointer(got[i]), out, limits(jittest.ManyLevels, 0)); !ok || n != len(out) {
				t.Error("not encoded")
			}
		}
		for _, value := range got {
			if cases.Text(value) != want {
				t.Error("a value has changed")
			}
		}
	})
}
