//go:build !race

package tagwire_test

import (
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
)

var sink int

// instrumented counts what the compiler's checks of unsafe pointers allocate where plain builds do not.
func instrumented() float64 {
	return testing.AllocsPerRun(10, func() {
		local := 1
		sink = *(*int)(unsafe.Pointer(&local))
	})
}

// The race detector makes pools forget at random, so this test is not for it.
func TestEncodeAllocatesNothing(t *testing.T) {
	v := sample()
	buf := make([]byte, 4096)
	require.NoError(t, tagwire.Compile(reflect.TypeFor[tree]())) // else it may be compiled meanwhile
	codec, err := tagwire.For[tree]()
	require.NoError(t, err)
	limits := []tagwire.Option{tagwire.WithMaxDepth(9), tagwire.WithMaxSize(4096)}
	const localsPerCall = 4
	allowed := localsPerCall * instrumented()
	for name, encode := range map[string]func() error{
		"codec":   func() error { _, err := codec.Encode(buf, v); return err },
		"any":     func() error { _, err := tagwire.Encode(buf, v); return err },
		"options": func() error { _, err := tagwire.Encode(buf, v, limits...); return err },
		"size":    func() error { _, err := tagwire.Size(v); return err },
		"append":  func() error { _, err := tagwire.Append(buf[:0], v); return err },
	} {
		allocations := testing.AllocsPerRun(200, func() {
			if err := encode(); err != nil {
				t.Error(err)
			}
		})
		require.LessOrEqual(t, allocations, allowed, name)
	}
}

type allocRows struct {
	Names  []string                  `frugal:"1,default,list<string>"`
	Blobs  [][]byte                  `frugal:"2,default,list<binary>"`
	Flags  []bool                    `frugal:"3,default,list<bool>"`
	Flag   *bool                     `frugal:"4,optional,bool"`
	Text   *string                   `frugal:"5,optional,string"`
	Number *int64                    `frugal:"6,optional,i64"`
	Rows   [][]int32                 `frugal:"7,default,list<list<i32>>"`
	Leaves map[string]*leaf          `frugal:"8,default,map<string:leaf>"`
	Lists  map[int32][]string        `frugal:"9,default,map<i32:list<string>>"`
	Reals  map[float64]float64       `frugal:"10,default,map<double:double>"`
	Maps   map[bool]map[int64]string `frugal:"11,default,map<bool:map<i64:string>>"`
}

// TestArenaAllocatesNothing in the steady state, whatever messages follow each other, with either engine and in all formats.
func TestArenaAllocatesNothing(t *testing.T) {
	yes, text, number := true, "text", int64(1)
	large := &allocRows{
		Names: []string{"a", strings.Repeat("b", 3000), ""}, Blobs: [][]byte{{1}, {}, make([]byte, 2000)}, Flags: make([]bool, 3000),
		Flag: &yes, Text: &text, Number: &number, Rows: [][]int32{{1}, {2, 3}, make([]int32, 1500)},
		Leaves: map[string]*leaf{"x": {Name: "x"}, "y": {}}, Lists: map[int32][]string{1: {"a", "b"}, 2: {}},
		Reals: map[float64]float64{1: 2, 3: 4}, Maps: map[bool]map[int64]string{true: {1: "one"}, false: {}},
	}
	small := &allocRows{Names: []string{"c"}, Flags: []bool{true}, Reals: map[float64]float64{5: 6}}
	for _, mode := range arenaModes() {
		rows, err := tagwire.For[allocRows](mode.Options()...)
		require.NoError(t, err)
		trees, err := tagwire.For[tree](mode.Options()...)
		require.NoError(t, err)
		messages := [][]byte{encoded(t, rows, large), encoded(t, rows, small), encoded(t, rows, &allocRows{})}
		treeMessage := encoded(t, trees, sample())
		var arena tagwire.Arena
		loop := func() {
			for _, message := range messages {
				if _, err := rows.DecodeIn(&arena, message, tagwire.NewIn[allocRows](&arena)); err != nil {
					t.Error(err)
				}
				if _, err := trees.DecodeIn(&arena, treeMessage, tagwire.NewIn[tree](&arena)); err != nil {
					t.Error(err)
				}
				arena.Reset()
			}
		}
		for range 100 {
			loop()
		}
		const localsPerLoop = 100
		require.LessOrEqual(t, testing.AllocsPerRun(200, loop), localsPerLoop*instrumented(), mode.Name)
	}
}

// TestValidateAllocatesNothing, whether a type has rules or none.
func TestValidateAllocatesNothing(t *testing.T) {
	good, plain := &stock{Name: "a", Inner: []*stock{{Name: "b"}}}, &leaf{Name: "a"}
	for _, v := range []any{good, plain} {
		require.NoError(t, tagwire.Validate(v))
		allocated := testing.AllocsPerRun(100, func() {
			if tagwire.Validate(v) != nil {
				panic("not valid")
			}
		})
		require.LessOrEqual(t, allocated, 32*instrumented(), "%v", reflect.TypeOf(v))
	}
}
