package schema

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// Each of these is a new type with an InitDefault of its own.
type (
	setsNothing struct {
		Number int32 `frugal:"1,optional"`
	}
	setsZero struct {
		Number int32 `frugal:"1,optional"`
	}
	setsNumbers struct {
		Number  int32      `frugal:"1,optional"`
		Real    float64    `frugal:"2,optional"`
		Grid    [3][2]bool // without a tag
		private uint8
	}
	setsNegativeZero struct {
		Real float64 `frugal:"1,optional"`
	}
	setsConstants struct {
		Name  string   `frugal:"1,optional"`
		Words []string `frugal:"2,optional,list<string>"`
		Blob  []byte   `frugal:"3,optional"`
		None  []int32  `frugal:"4,optional,list<i32>"`
	}
	makesString struct {
		Name string `frugal:"1,optional"`
	}
	makesSlice struct {
		Blob []byte `frugal:"1,optional"`
	}
	makesMap struct {
		Named map[string]string `frugal:"1,optional,map<string:string>"`
	}
	sharesMap struct {
		Named map[string]string `frugal:"1,optional,map<string:string>"`
	}
	makesPointer struct {
		Number *int32 `frugal:"1,optional"`
	}
	keepsFunction struct {
		Number  int32 `frugal:"1,optional"`
		private func()
	}
	keepsAny struct {
		Number  int32 `frugal:"1,optional"`
		private any
	}
	counts struct {
		Number  int32 `frugal:"1,optional"`
		private [2]struct{ count int }
	}
)

var (
	constantWords = []string{"a", "b"}
	constantMap   = map[string]string{}
	calls         int
)

func (*setsNothing) InitDefault()        {}
func (s *setsZero) InitDefault()         { *s = setsZero{} }
func (s *setsNumbers) InitDefault()      { s.Real, s.private = math.Pi, 7; s.Grid[2][1] = true }
func (s *setsNegativeZero) InitDefault() { s.Real = math.Copysign(0, -1) }
func (s *setsConstants) InitDefault() {
	s.Name, s.Words, s.Blob, s.None = "constant", constantWords, []byte{}, []int32{}
}
func (s *makesString) InitDefault()   { s.Name = strings.Repeat("a", 40) }
func (s *makesSlice) InitDefault()    { s.Blob = []byte("new") }
func (s *makesMap) InitDefault()      { s.Named = map[string]string{} }
func (s *sharesMap) InitDefault()     { s.Named = constantMap }
func (s *makesPointer) InitDefault()  { s.Number = new(int32) }
func (s *keepsFunction) InitDefault() { s.private = func() {} }
func (s *keepsAny) InitDefault()      { s.private = 1 }
func (s *counts) InitDefault()        { calls++; s.private[1].count = calls }

// TestInitialization: what two calls show decides whether there are more.
func TestInitialization(t *testing.T) {
	check := func(value Initializer, want Initialization) {
		t.Run(reflect.TypeOf(value).Elem().Name(), func(t *testing.T) {
			s, err := Thrift.Of(reflect.TypeOf(value))
			require.Nil(t, err)
			require.Equal(t, want, s.Initialization())
			require.Equal(t, want == InitCopy, s.Template() != nil)
			require.Equal(t, want == InitCall, Initializes(s.Go))
			value.InitDefault()
			for range 3 {
				got := reflect.New(s.Go)
				s.Initialize(got.UnsafePointer())
				if want != InitCall { // a copy is one bit by bit
					require.Equal(t, bytesOf(reflect.ValueOf(value)), bytesOf(got))
				} else if _, ok := value.(*counts); !ok {
					require.Equal(t, reflect.ValueOf(value).Elem().Field(0).Interface(), got.Elem().Field(0).Interface())
				}
			}
		})
	}
	check(new(setsNothing), InitNone)
	check(new(setsZero), InitNone)
	check(new(setsNumbers), InitCopy)
	check(new(setsNegativeZero), InitCopy)
	check(new(setsConstants), InitCopy)
	check(new(makesString), InitCall)
	check(new(makesSlice), InitCall)
	check(new(makesMap), InitCall)
	check(new(sharesMap), InitCall)
	check(new(makesPointer), InitCall)
	check(new(keepsFunction), InitCall)
	check(new(keepsAny), InitCall)
	check(new(counts), InitCall)
	require.Equal(t, InitNone, must[query](t).Initialization(), "there is no InitDefault")
	require.False(t, Initializes(reflect.TypeFor[query]()))
	require.True(t, Initializes(reflect.TypeFor[struct{ Inner counts }]()))
}

// bytesOf returns the memory that v points to.
func bytesOf(v reflect.Value) []byte {
	return bytes.Clone(unsafe.Slice((*byte)(v.UnsafePointer()), v.Type().Elem().Size()))
}

// TestTemplatesStay: what is done to a value that is a copy changes no further one.
func TestTemplatesStay(t *testing.T) {
	s := must[setsConstants](t)
	for range 2 {
		value := new(setsConstants)
		s.Initialize(unsafe.Pointer(value))
		require.Equal(t, setsConstants{"constant", []string{"a", "b"}, []byte{}, []int32{}}, *value)
		require.Same(t, &constantWords[0], &value.Words[0])
		value.Name, value.Words = "other", slices.Insert(value.Words[:1:1], 0, "c")
		value.Blob, value.None = append(value.Blob, 1), append(value.None, 1)
	}
}

// fickle breaks the contract after some calls.
type fickle struct {
	Number int32 `frugal:"1,optional"`
}

var fickleNumber int32

func (f *fickle) InitDefault() { f.Number = fickleNumber }

// TestCallInitDefault: the switch has InitDefault called, and says once what sets something else than at first.
func TestCallInitDefault(t *testing.T) {
	CallInitDefault = true
	defer func() { CallInitDefault = false }()
	s := must[fickle](t)
	require.Equal(t, InitCall, s.Initialization())
	require.True(t, Initializes(s.Go))
	value := new(fickle)
	s.Initialize(unsafe.Pointer(value))
	var said bytes.Buffer
	d := s.defaults.Load()
	d.check(s.Go, unsafe.Pointer(value), &said)
	require.Empty(t, said.String())
	value.Number = 8
	d.check(s.Go, unsafe.Pointer(value), &said)
	require.Contains(t, said.String(), "InitDefault of schema.fickle set something else")
	said.Reset()
	d.check(s.Go, unsafe.Pointer(value), &said)
	require.Empty(t, said.String(), "it was said")

	numbers := must[setsNumbers](t)
	d = numbers.defaults.Load()
	wrong := &setsNumbers{Real: 1}
	d.check(numbers.Go, unsafe.Pointer(wrong), &said)
	require.Contains(t, said.String(), "setsNumbers")
	fickleNumber = 9
	s.Initialize(unsafe.Pointer(value))
	require.Equal(t, int32(9), value.Number)
}
