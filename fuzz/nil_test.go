package fuzz

import (
	"errors"
	"math/rand/v2"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

type (
	needy struct {
		Count int32 `frugal:"7,required"`
		Extra *free `frugal:"2,required"`
	}
	free struct {
		Inner needless `frugal:"1"`
	}
	needless struct {
		Needy *needy `frugal:"1"`
	}
	holdsNil struct {
		Plain   *needy   `frugal:"1"`
		Maybe   *needy   `thrift:"maybe,2,optional"`
		Spelled *needy   `frugal:"3,default,needy"`
		Free    *free    `frugal:"4"`
		Value   needless `frugal:"5"`
		Last    int8     `frugal:"6"`
	}
	needsNil struct {
		Inner *needy `frugal:"1,required"`
	}
	listsNil struct {
		Items []*needy `frugal:"1,default,list<needy>"`
	}
	setsNil struct {
		Items []*needy `frugal:"1,optional,set<needy>"`
	}
	rowsNil struct {
		Rows [][]*needy `frugal:"1,default,list<list<needy>>"`
	}
	mapsNil struct {
		ByName map[string]*needy `frugal:"1"`
	}
	keysNil struct {
		Keys map[*needy]bool `frugal:"1"`
	}
	deepNil struct {
		Maps []map[int32][]*needy `frugal:"1,default,list<map<i32:list<needy>>>"`
	}
	valuesNil struct {
		Values []needsNil `frugal:"1,default,list<needsNil>"`
	}
	endless struct {
		Next *endless `frugal:"1,required"`
	}
	treeOf struct {
		Name string  `frugal:"1,required"`
		Left *treeOf `frugal:"2"`
	}
)

// TestNilThatReadersRefuse: a nil pointer stands for a struct without fields, which no reader accepts where a field of it is
// required. So a field of default requiredness is left out, and anywhere else nil is an error.
func TestNilThatReadersRefuse(t *testing.T) {
	good := func() *needy { return &needy{Extra: &free{}} }
	tests := []struct {
		value any
		want  string // what Fault says, or the bytes in hexadecimal
	}{
		{&holdsNil{}, "0c0004 00 0c0005 00 030006 00 00"},
		{&holdsNil{Last: 1, Free: &free{}}, "0c0004 0c0001 00 00 0c0005 00 030006 01 00"},
		{&holdsNil{Spelled: good()}, "0c0003 0c0002 0c0001 00 00 080007 00000000 00 0c0004 00 0c0005 00 030006 00 00"},
		{&needsNil{}, "Required at 3 in needsNil.Inner"},
		{&needsNil{Inner: &needy{}}, "0c0001 0c0002 00 080007 00000000 00 00"},
		{&listsNil{Items: []*needy{nil}}, "Required at 8 in listsNil.Items[0]"},
		{&listsNil{Items: []*needy{good(), nil, good()}}, "Required at 24 in listsNil.Items[1]"},
		{&setsNil{Items: []*needy{nil}}, "Required at 8 in setsNil.Items[0]"},
		{&rowsNil{Rows: [][]*needy{{}, {nil}}}, "Required at 18 in rowsNil.Rows[1][0]"},
		{&mapsNil{ByName: map[string]*needy{"a": nil}}, `Required at 14 in mapsNil.ByName["a"]`},
		{&keysNil{Keys: map[*needy]bool{nil: true}}, "Required at 9 in keysNil.Keys[struct key]"},
		{&deepNil{Maps: []map[int32][]*needy{nil, {5: {nil}}}}, "Required at 29 in deepNil.Maps[1][5][0]"},
		{&valuesNil{Values: make([]needsNil, 1)}, "Required at 11 in valuesNil.Values[0].Inner"},
		{&endless{Next: &endless{}}, "Required at 6 in endless.Next.Next"},
		{&treeOf{Left: &treeOf{}}, "0b0001 00000000 0c0002 0b0001 00000000 00 00"},
		{(*needy)(nil), "Required at 0 in needy"},
		{(*free)(nil), "00"},
		{(*treeOf)(nil), "Required at 0 in treeOf"},
	}
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		for _, test := range tests {
			for _, options := range [][]tagwire.Option{e.Options(), e.Options(tagwire.WithDeterministic())} {
				checkNil(t, test.value, test.want, options)
			}
		}
	})
}

// checkNil encodes a value in several ways, all of which must give the bytes or the fault that is wanted.
func checkNil(t *testing.T, value any, want string, options []tagwire.Option) {
	t.Helper()
	buf := make([]byte, 256)
	for way, encode := range map[string]func() ([]byte, error){
		"Marshal": func() ([]byte, error) { return tagwire.Marshal(value, options...) },
		"Encode": func() ([]byte, error) {
			n, err := tagwire.Encode(buf, value, options...)
			return buf[:n], err
		},
		"EncodeDirect": func() ([]byte, error) {
			n, err := tagwire.EncodeDirect(buf, value, &collector{}, options...)
			return buf[:n], err
		},
		"AppendBuffers": func() ([]byte, error) {
			buffers, err := tagwire.AppendBuffers(nil, value, options...)
			return slices.Concat(net.Buffers(buffers)...), err
		},
	} {
		data, err := encode()
		if err != nil {
			require.Equal(t, want, faultOf(t, err), "%s, %T", way, value)
			require.ErrorIs(t, err, tagwire.ErrRequired)
			require.ErrorIs(t, err, tagwire.ErrInvalidData)
			continue
		}
		require.Equal(t, unhex(t, want), data, "%s, %T", way, value)
		size, err := tagwire.Size(value, options...)
		require.NoError(t, err)
		require.Equal(t, len(data), size, "%s, %T", way, value)
		require.NoError(t, tagwire.Unmarshal(data, reflect.New(reflect.TypeOf(value).Elem()).Interface(), options...))
	}
}

// collector is a DirectWriter that takes everything.
type collector struct{ pieces [][]byte }

func (c *collector) WriteDirect(b []byte, _ int) error {
	c.pieces = append(c.pieces, b)
	return nil
}

// TestRandomNils: with nil in any place of a value of any type, the engines write the same, and what can be read, or refuse
// for the same reason.
func TestRandomNils(t *testing.T) {
	types := 150
	if !*long {
		types = 50
	}
	random := rand.New(rand.NewPCG(5, 6))
	written, refused := 0, 0
	for number := range uint64(types) {
		w := twinOf(t, number, harness.ThriftFormats[number%2].Format)
		for range 6 {
			value := w.value(randomBytes(random.Int64(), 300))
			cases.Enlarge(value, 0)
			cutPointers(random, reflect.ValueOf(value).Elem())
			want, wantErr := w.sorted.Append(nil, value)
			got, err := w.nativeSorted.Append(nil, value)
			// Entries whose keys are structs have no order before they are written: which one fails first is open.
			unordered := strings.Contains(faultIn(err), "[struct key]") && strings.Contains(faultIn(wantErr), "[struct key]")
			if faultIn(err) != faultIn(wantErr) && !unordered || string(got) != string(want) {
				t.Fatalf("%s: native %x, %v; reflection %x, %v", w.name, got, err, want, wantErr)
			}
			if err != nil {
				require.ErrorIs(t, err, tagwire.ErrInvalidData)
				refused++
				continue
			}
			written++
			if _, err := w.plain[false].Decode(got, reflect.New(w.goType).Interface()); err != nil {
				t.Fatalf("%s: what was written is not read: %v\n%x", w.name, err, got)
			}
		}
	}
	if written < types || refused < types/8 {
		t.Errorf("%d values written, %d refused", written, refused)
	}
}

// cutPointers sets some pointers to structs in a value to nil, those in maps too.
func cutPointers(random *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem().Kind() != reflect.Struct {
			return
		}
		if random.IntN(6) == 0 {
			v.SetZero()
			return
		}
		cutPointers(random, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				cutPointers(random, v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			cutPointers(random, v.Index(i))
		}
	case reflect.Map:
		for iterator := v.MapRange(); iterator.Next(); {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			key.Set(iterator.Key())
			value.Set(iterator.Value())
			v.SetMapIndex(key, reflect.Value{})
			cutPointers(random, key)
			cutPointers(random, value)
			v.SetMapIndex(key, value)
			return // one entry, for more are there or not while a map is changed
		}
	}
}

// TestNilIsToldApart: the error says which field is required.
func TestNilIsToldApart(t *testing.T) {
	_, err := tagwire.Marshal(&needsNil{})
	var e *tagwire.Error
	require.True(t, errors.As(err, &e))
	require.Equal(t, reflect.TypeFor[needy](), e.Type)
	require.Contains(t, err.Error(), "nil would be written as a struct without fields, but field 2, Extra, is required")
}
