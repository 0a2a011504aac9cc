package validate

import (
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"testing"
	"unsafe"
)

// color is an enum as thriftgo makes them.
type color int64

func (c color) String() string {
	switch c {
	case 0:
		return "RED"
	case 1:
		return "GREEN"
	case 5:
		return "BLUE"
	}
	return "<UNSET>"
}

type choice interface{ isChoice() }

type left struct {
	Text string `vt:"min_size=2"`
}

func (*left) isChoice() {}

// everything has each word and each function, for each kind of field that takes it.
type everything struct {
	Flag     bool                         `vt:"const=true"`
	Flags    []bool                       `vt:"elem.const=$Flag"`
	I8       int8                         `vt:"lt=100,gt=-0x10"`
	I16      *int16                       `vt:"le=300,ge=$I8,required"`
	I32      int32                        `thrift:"i32,4" vt:"in=[1,2,$I8,0x30],not_in=[4,$U32]"`
	I64      int64                        `vt:"const=@add($I32,@mod($I8,7)),lt=@add($I64,1)"`
	U8       uint8                        `vt:"in=[1,2,3,255]"`
	U16      uint16                       `vt:"ge=$I16"`
	U32      uint32                       `vt:"le=@len($Name)"`
	U64      *uint64                      `vt:"lt=0xffffffffffffffff,not_in=$I64"`
	Float    float32                      `vt:"const=0.1,finite"`
	Double   float64                      `vt:"gt=$Float,le=$I64,finite=false"`
	Doubles  []float64                    `vt:"unique,elem.finite,max_size=40,elem.not_in=[0,1]"`
	Numbers  []int32                      `vt:"unique,required,elem.lt=$I16"`
	Color    color                        `vt:"defined_only,in=[RED,color.BLUE]"`
	Colors   []*color                     `vt:"elem.defined_only,elem.not_nil,elem.not_in=[GREEN]"`
	Name     string                       `protobuf:"bytes,1,opt,name=name" vt:"min_size=2,max_size=$U8,min_rune_size=1,max_rune_size=6,pattern='^[a-d]*$'"`
	Optional *string                      `vt:"prefix='a',suffix=$name,contains=@sprintf('%d%s', $I8, $name),not_contains=z"`
	Binary   []byte                       `vt:"not_nil,prefix=@add($name,''),in=[ab,'',$name],const=$name"`
	Names    map[string]string            `vt:"min_size=1,key.max_size=3,value.required,value.not_in=[a,b]"`
	Sparse   map[int32]*left              `vt:"no_sparse,required,key.gt=$I8"`
	Nested   map[string][]map[bool]string `vt:"value.min_size=1,value.elem.max_size=1,value.elem.value.pattern=a,value.elem.key.const=true"`
	Left     left
	Pointer  *left     `vt:"not_nil"`
	Lists    [][]*left `vt:"elem.elem.not_nil,elem.max_size=3"`
	Skipped  *left     `vt:"skip,required"`
	Choice   choice    `protobuf_oneof:"choice" vt:"not_nil"`
	Other    choice    `vt:"skip"`
	Asserted int32     `vt:"assert=@equal(@mod(@len($Names),2),0),assert=@equal($Flag,true)"`
	Counted  int32     `vt:"le=@count_set($I16,$Optional,$Binary,$Names,$Choice)"`
	Next     *everything
	_        struct{} `vt:"assert=@equal(@add($U8,$U32),5)"`
}

// source makes values of bytes.
type source []byte

func (s *source) byte() byte {
	if len(*s) == 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return b
}

var interesting = []float64{0, math.Copysign(0, -1), 1, -1, 0.1, float64(float32(0.1)), math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 1 << 53}

var interestingText = []string{"", "a", "b", "ab", "abc", "dé", "\xff", "abcdabcd", "1ab", "0"}

func (s *source) fill(v reflect.Value, depth int) {
	b := s.byte()
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(b&1 == 1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(interesting[int(b)%len(interesting)])
	case reflect.String:
		v.SetString(interestingText[int(b)%len(interestingText)])
	case reflect.Pointer:
		if b%4 != 0 && depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			s.fill(v.Elem(), depth-1)
		}
	case reflect.Interface:
		switch b % 4 {
		case 1:
			v.Set(reflect.ValueOf((*left)(nil)))
		case 2, 3:
			v.Set(reflect.ValueOf(&left{Text: interestingText[int(b)%len(interestingText)]}))
		}
	case reflect.Slice:
		switch {
		case b%8 == 0 || depth == 0:
		case v.Type().Elem().Kind() == reflect.Uint8:
			v.SetBytes([]byte(interestingText[int(b)%len(interestingText)]))
		case b == 255:
			v.Set(reflect.MakeSlice(v.Type(), fewElements+8, fewElements+8))
			for i := range v.Len() {
				s.fill(v.Index(i), depth-1)
			}
		default:
			v.Set(reflect.MakeSlice(v.Type(), int(b%4), 4))
			for i := range v.Len() {
				s.fill(v.Index(i), depth-1)
			}
		}
	case reflect.Map:
		if b%8 == 0 || depth == 0 {
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for range b % 4 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			s.fill(key, depth-1)
			s.fill(value, depth-1)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				s.fill(v.Field(i), depth)
			}
		}
	default:
		n := uint64(b)
		if b > 200 {
			var long [8]byte
			for i := range long {
				long[i] = s.byte()
			}
			n = binary.BigEndian.Uint64(long[:])
		}
		if v.CanInt() {
			v.SetInt(int64(n))
			if b%3 == 0 {
				v.SetInt(-int64(n))
			}
		} else {
			v.SetUint(n)
		}
	}
}

// FuzzPlanAgreesWithOracle compares what the plan finds with what the oracle does.
func FuzzPlanAgreesWithOracle(f *testing.F) {
	plan, err := Of(reflect.TypeFor[everything]())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{})
	f.Add([]byte("a few bytes \xff\xfe that make some of the fields"))
	f.Fuzz(func(t *testing.T, data []byte) { agree(t, plan, data) })
}

// agree makes a value of bytes, and reports how many rules are broken.
func agree(t *testing.T, plan *Plan, data []byte) int {
	v := new(everything)
	s := source(data)
	s.fill(reflect.ValueOf(v).Elem(), 5)
	want := oracle(v)
	all, err := plan.All(unsafe.Pointer(v), math.MaxInt)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range all {
		got = append(got, e.Path+" "+e.Rule)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("the plan finds\n%q, the oracle\n%q", got, want)
	}
	if first := plan.First(unsafe.Pointer(v)); (first == nil) != (len(want) == 0) {
		t.Fatalf("the first violation is %v, of %d", first, len(want))
	}
	return len(want)
}
