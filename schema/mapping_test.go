package schema

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/codec"
)

// The types of the table tests.
type (
	color       int64
	region      int64
	status      int32
	small       int16
	wide        int
	label       string
	raw         []byte
	numbers     []int32
	numbersKey  int
	matrix      []numbers
	registry    map[string]int32
	byLabel     map[label]matrix
	palette     map[label][]color
	item        struct{}
	box[T any]  struct{}
	unit[T any] int64
	selfList    []selfList
	selfMap     map[string]selfMap
	selfPointer *selfPointer
)

func (color) String() string   { return "color" }
func (*color) Scan(any) error  { return nil }
func (region) String() string  { return "region" }
func (status) String() string  { return "status" }
func (*status) Scan(any) error { return nil }

// structWith makes a struct type with one field F.
func structWith(field reflect.Type, tag string) reflect.Type {
	return reflect.StructOf([]reflect.StructField{{Name: "F", Type: field, Tag: reflect.StructTag(tag)}})
}

// describe writes a Type with all that the codecs go by.
func describe(t *Type) string {
	pointer := ""
	if t.Pointer {
		pointer = "*"
	}
	switch t.Kind {
	case List, Set:
		return pointer + t.Kind.String() + "<" + describe(t.Elem) + ">"
	case Map:
		return pointer + "map<" + describe(t.Key) + ":" + describe(t.Elem) + ">"
	case Struct:
		return pointer + "struct " + t.Struct.Name
	}
	return pointer + t.Kind.String()
}

// checkGo checks that each Type has the Go type that its parent's Go type demands.
func checkGo(t *testing.T, typ *Type, want reflect.Type) {
	t.Helper()
	if typ.Go != want {
		t.Errorf("Go type %v, want %v", typ.Go, want)
	}
	if typ.Pointer != (want.Kind() == reflect.Pointer) {
		t.Errorf("%v: Pointer is %v", want, typ.Pointer)
	}
	switch typ.Kind {
	case Map:
		checkGo(t, typ.Key, want.Key())
		checkGo(t, typ.Elem, want.Elem())
	case List, Set:
		checkGo(t, typ.Elem, want.Elem())
	case Struct:
		if typ.Struct.Go != typ.Base() {
			t.Errorf("%v: plan of %v", want, typ.Struct.Go)
		}
	}
}

func TestTypeMapping(t *testing.T) {
	anonymous := reflect.TypeFor[struct {
		A int32 `frugal:"1"`
	}]()
	tests := []struct {
		goType reflect.Type
		tag    string
		want   string
	}{
		{reflect.TypeFor[bool](), `frugal:"1"`, "bool"},
		{reflect.TypeFor[bool](), `frugal:"1,default,bool"`, "bool"},
		{reflect.TypeFor[int8](), `frugal:"1,default,i8"`, "i8"},
		{reflect.TypeFor[int8](), `frugal:"1,default,byte"`, "i8"},
		{reflect.TypeFor[int16](), `frugal:"1,default,i16"`, "i16"},
		{reflect.TypeFor[int32](), `frugal:"1,default,i32"`, "i32"},
		{reflect.TypeFor[int64](), `frugal:"1,default,i64"`, "i64"},
		{reflect.TypeFor[int64](), `thrift:"f,1"`, "i64"},
		{reflect.TypeFor[int](), `frugal:"1"`, "i64"},
		{reflect.TypeFor[int](), `frugal:"1,default,i64"`, "i64"},
		{reflect.TypeFor[float64](), `frugal:"1,default,double"`, "double"},
		{reflect.TypeFor[string](), `frugal:"1,default,string"`, "string"},
		{reflect.TypeFor[[]byte](), `frugal:"1"`, "binary"},
		{reflect.TypeFor[[]byte](), `frugal:"1,default,binary"`, "binary"},

		{reflect.TypeFor[label](), `frugal:"1"`, "string"},
		{reflect.TypeFor[label](), `frugal:"1,default,string"`, "string"},
		{reflect.TypeFor[label](), `frugal:"1,default,shop.label"`, "string"},
		{reflect.TypeFor[raw](), `frugal:"1,default,binary"`, "binary"},
		{reflect.TypeFor[status](), `thrift:"f,1"`, "i32"},
		{reflect.TypeFor[status](), `frugal:"1,default,status"`, "i32"},
		{reflect.TypeFor[small](), `frugal:"1,default,i16"`, "i16"},
		{reflect.TypeFor[wide](), `frugal:"1"`, "i64"},

		{reflect.TypeFor[color](), `frugal:"1,default,color"`, "enum"},
		{reflect.TypeFor[color](), `frugal:"1,default,pkg.color"`, "enum"},
		{reflect.TypeFor[color](), `thrift:"f,1,default,color"`, "enum"},
		{reflect.TypeFor[color](), `thrift:"f,1,default,i64"`, "i64"},
		{reflect.TypeFor[color](), `frugal:"1"`, "i64"},
		{reflect.TypeFor[color](), `thrift:"f,1" frugal:"1"`, "i64"},
		{reflect.TypeFor[region](), `thrift:"f,1"`, "i64"},
		{reflect.TypeFor[region](), `thrift:"f,1,default,region"`, "enum"},
		{reflect.TypeFor[unit[string]](), `frugal:"1,default,unit"`, "enum"},

		{reflect.TypeFor[item](), `frugal:"1"`, "struct item"},
		{reflect.TypeFor[item](), `frugal:"1,default,item"`, "struct item"},
		{reflect.TypeFor[*item](), `frugal:"1,required,shop.item"`, "*struct item"},
		{reflect.TypeFor[box[map[string]int]](), `frugal:"1,default,box"`, "struct box"},
		{anonymous, `frugal:"1,default,AnyName"`, "struct struct"},
		{reflect.PointerTo(anonymous), `frugal:"1,default,any.Name"`, "*struct struct"},
		{structWith(reflect.TypeFor[int16](), `frugal:"1"`), `frugal:"1,default,Built"`, "struct struct"},

		{reflect.TypeFor[[]string](), `frugal:"1,default,list<string>"`, "list<string>"},
		{reflect.TypeFor[[]string](), `frugal:"1,default,set<string>"`, "set<string>"},
		{reflect.TypeFor[numbers](), `frugal:"1,default,list<i32>"`, "list<i32>"},
		{reflect.TypeFor[[]int8](), `frugal:"1,default,list<byte>"`, "list<i8>"},
		{reflect.TypeFor[[][]byte](), `frugal:"1,default,list<binary>"`, "list<binary>"},
		{reflect.TypeFor[[]color](), `thrift:"f,1,default,list<color>"`, "list<enum>"},
		{reflect.TypeFor[[]*item](), `frugal:"1,default,list<item>"`, "list<*struct item>"},
		{reflect.TypeFor[[]item](), `frugal:"1,default,set<item>"`, "set<struct item>"},
		{reflect.TypeFor[[][][]int](), `frugal:"1,default,list<set<list<i64>>>"`, "list<set<list<i64>>>"},

		{reflect.TypeFor[map[string]int32](), `frugal:"1"`, "map<string:i32>"},
		{reflect.TypeFor[registry](), `frugal:"1,default,registry"`, "map<string:i32>"},
		// The name of a container type, of its elements, keys and values.
		{reflect.TypeFor[numbers](), `frugal:"1,required,numbers"`, "list<i32>"},
		{reflect.TypeFor[numbers](), `thrift:"f,1,optional,shop.numbers"`, "list<i32>"},
		{reflect.TypeFor[numbers](), `thrift:"f,1,optional,set<i32>"`, "set<i32>"},
		{reflect.TypeFor[matrix](), `frugal:"1,default,matrix"`, "list<list<i32>>"},
		{reflect.TypeFor[matrix](), `thrift:"f,1,default,set<numbers>"`, "set<list<i32>>"},
		{reflect.TypeFor[matrix](), `frugal:"1,default,list<set<i32>>"`, "list<set<i32>>"},
		{reflect.TypeFor[map[label]numbers](), `thrift:"f,1,default,map<label:numbers>"`, "map<string:list<i32>>"},
		{reflect.TypeFor[map[label]numbers](), `frugal:"1,default,map<string:set<i32>>"`, "map<string:set<i32>>"},
		{reflect.TypeFor[byLabel](), `thrift:"f,1,default,byLabel"`, "map<string:list<list<i32>>>"},
		{reflect.TypeFor[byLabel](), `frugal:"1,default,map<label:matrix>"`, "map<string:list<list<i32>>>"},
		{reflect.TypeFor[byLabel](), `frugal:"1,default,map<label:set<numbers>>"`, "map<string:set<list<i32>>>"},
		{reflect.TypeFor[[]byLabel](), `thrift:"f,1,default,list<shop.byLabel>"`, "list<map<string:list<list<i32>>>>"},
		{reflect.TypeFor[map[string]raw](), `frugal:"1,default,map<string:raw>"`, "map<string:binary>"},
		{reflect.TypeFor[[]raw](), `thrift:"f,1,default,set<raw>"`, "set<binary>"},
		{reflect.TypeFor[*raw](), `thrift:"f,1,optional,raw"`, "*binary"},
		{reflect.TypeFor[small](), `frugal:"1,default,small"`, "i16"},
		{reflect.TypeFor[map[small]numbers](), `thrift:"f,1,default,map<small:numbers>"`, "map<i16:list<i32>>"},
		{reflect.TypeFor[palette](), `frugal:"1,default,palette"`, "map<string:list<i64>>"},
		{reflect.TypeFor[palette](), `thrift:"f,1,default,map<label:list<color>>"`, "map<string:list<enum>>"},
		{reflect.TypeFor[map[bool]map[float64][]byte](), `frugal:"1"`, "map<bool:map<double:binary>>"},
		{reflect.TypeFor[map[int8]item](), `frugal:"1"`, "map<i8:struct item>"},
		{reflect.TypeFor[map[*item]*item](), `frugal:"1"`, "map<*struct item:*struct item>"},
		{reflect.TypeFor[map[*item]*item](), `frugal:"1,default,map<item:item>"`, "map<*struct item:*struct item>"},
		{reflect.TypeFor[map[color]region](), `frugal:"1,default,map<color:i64>"`, "map<enum:i64>"},
		{reflect.TypeFor[map[int]int16](), `frugal:"1,default,map<i64:i16>"`, "map<i64:i16>"},
		{reflect.TypeFor[map[int32][]int32](), `frugal:"1,default,map<i32:set<i32>>"`, "map<i32:set<i32>>"},
		{reflect.TypeFor[[]map[string]*item](), `frugal:"1,default,list<map<string:item>>"`, "list<map<string:*struct item>>"},

		{reflect.TypeFor[*bool](), `frugal:"1,optional"`, "*bool"},
		{reflect.TypeFor[*int](), `frugal:"1,optional,i64"`, "*i64"},
		{reflect.TypeFor[*string](), `frugal:"1,optional,,nocopy"`, "*string"},
		{reflect.TypeFor[*[]byte](), `frugal:"1,optional,binary,nocopy"`, "*binary"},
		{reflect.TypeFor[*raw](), `frugal:"1,optional"`, "*binary"},
		{reflect.TypeFor[*color](), `frugal:"1,optional,color"`, "*enum"},
		{reflect.TypeFor[*float64](), `thrift:"f,1"`, "*double"},
		{reflect.TypeFor[*label](), `thrift:"f,1,"`, "*string"},
	}
	for _, test := range tests {
		t.Run(test.goType.String()+" "+test.tag, func(t *testing.T) {
			s, err := Thrift.Of(structWith(test.goType, test.tag))
			if err != nil {
				t.Fatal(err)
			}
			field := s.Fields[0]
			if got := describe(field.Type); got != test.want {
				t.Errorf("mapped to %s, want %s", got, test.want)
			}
			checkGo(t, field.Type, test.goType)
			if isScalarPointer(test.goType) && field.Requiredness != Optional {
				t.Errorf("requiredness %v, want optional", field.Requiredness)
			}
			if want := strings.Contains(test.tag, "nocopy"); field.NoCopy != want {
				t.Errorf("NoCopy %v, want %v", field.NoCopy, want)
			}
		})
	}
}

func TestTypeErrors(t *testing.T) {
	tests := []struct {
		goType reflect.Type
		tag    string
		code   codec.Code
		// want is the end of the error's text.
		want string
	}{
		// Lists and sets must be named.
		{reflect.TypeFor[[]string](), `frugal:"3"`, codec.InvalidTag,
			`can be a list or a set, so the tag must say which: write frugal:"3,default,list<string>" or frugal:"3,default,set<string>"`},
		{reflect.TypeFor[[]string](), `thrift:"tags,3,optional"`, codec.InvalidTag,
			`write thrift:"tags,3,optional,list<string>" or thrift:"tags,3,optional,set<string>"`},
		{reflect.TypeFor[numbers](), `frugal:"3,required"`, codec.InvalidTag,
			`write frugal:"3,required,list<i32>" or frugal:"3,required,set<i32>"`},
		{reflect.TypeFor[numbers](), `frugal:"3,required,number"`, codec.InvalidTag, `the type "number" does not fit schema.numbers, which is a list or a set: ` +
			`write frugal:"3,required,list<i32>" or frugal:"3,required,set<i32>"`},
		{reflect.TypeFor[[]numbers](), `frugal:"3,default,numbers"`, codec.InvalidTag, `write frugal:"3,default,list<list<i32>>" or frugal:"3,default,set<set<i32>>"`},
		{reflect.TypeFor[map[label]numbers](), `thrift:"f,3"`, codec.InvalidTag, `schema.numbers can be a list or a set, so the tag must say which: ` +
			`write thrift:"f,3,default,map<string:list<i32>>" or thrift:"f,3,default,map<string:set<i32>>"`},
		{reflect.TypeFor[map[label]numbers](), `thrift:"f,3,default,map<lable:numbers>"`, codec.InvalidTag, `write thrift:"f,3,default,map<string:list<i32>>"`},
		{reflect.TypeFor[map[numbersKey]numbers](), `thrift:"f,3,default,map<numbersKey:numbers>"`, codec.InvalidTag,
			`cannot be an enum, for which the Go type must be a named int64: write thrift:"f,3,default,map<i64:list<i32>>"`},
		{reflect.TypeFor[palette](), `thrift:"f,3,default,palette"`, codec.InvalidTag,
			`schema.color has the methods of an enum, so the tag must say whether it is one or an i64: ` +
				`write thrift:"f,3,default,map<string:list<color>>"`},
		{reflect.TypeFor[map[string][]int32](), `frugal:"3"`, codec.InvalidTag,
			`write frugal:"3,default,map<string:list<i32>>" or frugal:"3,default,map<string:set<i32>>"`},
		{reflect.TypeFor[map[string][]int32](), `frugal:"3,default,map<string:i32>"`, codec.InvalidTag,
			`the type "i32" does not fit []int32, which is a list or a set: write frugal:"3,default,map<string:list<i32>>" or frugal:"3,default,map<string:set<i32>>"`},
		{reflect.TypeFor[[][]item](), `frugal:"3,default,set<item>"`, codec.InvalidTag,
			`write frugal:"3,default,set<list<item>>" or frugal:"3,default,set<set<item>>"`},
		{reflect.TypeFor[[]string](), `frugal:"3,default,list<string"`, codec.InvalidTag,
			`write frugal:"3,default,list<string>" or frugal:"3,default,set<string>"`},

		// The type in the tag must fit.
		{reflect.TypeFor[[]byte](), `frugal:"3,default,string,nocopy"`, codec.InvalidTag,
			`the type "string" does not fit []uint8, which is binary: write frugal:"3,default,binary,nocopy"`},
		{reflect.TypeFor[[]byte](), `frugal:"3,default,list<byte>"`, codec.InvalidTag, `write frugal:"3,default,binary"`},
		{reflect.TypeFor[string](), `frugal:"3,default,binary"`, codec.InvalidTag, `write frugal:"3,default,string"`},
		{reflect.TypeFor[string](), `frugal:"3,default,str"`, codec.InvalidTag, `write frugal:"3,default,string"`},
		{reflect.TypeFor[bool](), `frugal:"3,default,boolean"`, codec.InvalidTag, `write frugal:"3,default,bool"`},
		{reflect.TypeFor[int32](), `frugal:"3,default,int32"`, codec.InvalidTag, `write frugal:"3,default,i32"`},
		{reflect.TypeFor[int64](), `frugal:"3,default,int64"`, codec.InvalidTag, `write frugal:"3,default,i64"`},
		{reflect.TypeFor[int](), `frugal:"3,default,i32"`, codec.InvalidTag, `write frugal:"3,default,i64"`},
		{reflect.TypeFor[float64](), `frugal:"3,default,i64"`, codec.InvalidTag, `write frugal:"3,default,double"`},
		{reflect.TypeFor[*item](), `frugal:"3,default,Item"`, codec.InvalidTag,
			`the type "Item" does not fit *schema.item, which is the struct item: write frugal:"3,default,item"`},
		{reflect.TypeFor[box[int]](), `frugal:"3,default,struct"`, codec.InvalidTag, `write frugal:"3,default,box"`},
		{reflect.TypeFor[struct{}](), `frugal:"3,default,i32"`, codec.InvalidTag, `write frugal:"3,default,struct"`},
		{reflect.TypeFor[map[string]item](), `frugal:"3,default,list<item>"`, codec.InvalidTag,
			`the type "list<item>" does not fit map[string]schema.item, which is a map: write frugal:"3,default,map<string:item>"`},
		{reflect.TypeFor[map[string]item](), `frugal:"3,default,map<i32:item>"`, codec.InvalidTag, `write frugal:"3,default,map<string:item>"`},
		{reflect.TypeFor[map[string]string](), `frugal:"3,default,map<string,string>"`, codec.InvalidTag,
			`because ',' splits the tag: write frugal:"3,default,map<string:string>"`},
		{reflect.TypeFor[string](), `frugal:"3,default,string>"`, codec.InvalidTag, `write frugal:"3,default,string"`},

		// Enums.
		{reflect.TypeFor[color](), `thrift:"f,3"`, codec.InvalidTag, `write thrift:"f,3,default,color" or thrift:"f,3,default,i64"`},
		{reflect.TypeFor[*color](), `thrift:"f,3"`, codec.InvalidTag, `write thrift:"f,3,optional,color" or thrift:"f,3,optional,i64"`},
		{reflect.TypeFor[map[string]color](), `thrift:"f,3"`, codec.InvalidTag,
			`write thrift:"f,3,default,map<string:color>" or thrift:"f,3,default,map<string:i64>"`},
		{reflect.TypeFor[[]color](), `thrift:"f,3"`, codec.InvalidTag,
			`write thrift:"f,3,default,list<color>" or thrift:"f,3,default,set<color>"`},
		{reflect.TypeFor[region](), `frugal:"3,default,i32"`, codec.InvalidTag,
			`which is an enum if the tag gives its name, or i64: write frugal:"3,default,region"`},
		{reflect.TypeFor[region](), `frugal:"3,default,Regoin"`, codec.InvalidTag, `write frugal:"3,default,region"`},
		{reflect.TypeFor[region](), `frugal:"3,default,string"`, codec.InvalidTag, `write frugal:"3,default,i64"`},
		{reflect.TypeFor[map[region][]color](), `thrift:"f,3,default,map<pkg.region:color>"`, codec.InvalidTag,
			`write thrift:"f,3,default,map<pkg.region:list<color>>" or thrift:"f,3,default,map<pkg.region:set<color>>"`},
		{reflect.TypeFor[map[color][]color](), `thrift:"f,3,default,map<i64:set<i32>>"`, codec.InvalidTag,
			`write thrift:"f,3,default,map<i64:set<color>>"`},
		{reflect.TypeFor[wide](), `frugal:"3,default,wide"`, codec.InvalidTag,
			`cannot be an enum, for which the Go type must be a named int64: write frugal:"3,default,i64"`},

		// Pointers to scalars.
		{reflect.TypeFor[*int32](), `frugal:"3"`, codec.InvalidTag,
			`must be optional or of type int32: write frugal:"3,optional"`},
		{reflect.TypeFor[*int32](), `frugal:"3,required,i32"`, codec.InvalidTag, `write frugal:"3,optional,i32"`},
		{reflect.TypeFor[*string](), `thrift:"f,3,default,,nocopy"`, codec.InvalidTag, `write thrift:"f,3,optional,,nocopy"`},
		{reflect.TypeFor[*[]byte](), `frugal:"3,default"`, codec.InvalidTag, `or of type []uint8: write frugal:"3,optional"`},
		{reflect.TypeFor[*int32](), `frugal:"3,default,int32"`, codec.InvalidTag, `write frugal:"3,optional,i32"`},
		{reflect.TypeFor[[]*int32](), `frugal:"3,default,list<i32>"`, codec.UnsupportedType,
			`*int32 may only be the type of an optional field, not of a list element, map key or map value: use int32`},
		{reflect.TypeFor[map[*string]bool](), `frugal:"3"`, codec.UnsupportedType, `use string`},
		{reflect.TypeFor[map[string]*color](), `frugal:"3"`, codec.UnsupportedType, `use schema.color`},
		{reflect.TypeFor[[]*[]byte](), `frugal:"3,default,list<binary>"`, codec.UnsupportedType, `use []byte`},

		// Nocopy.
		{reflect.TypeFor[int32](), `frugal:"3,default,,nocopy"`, codec.InvalidTag,
			`nocopy is for string and binary fields, this is i32: write frugal:"3,default"`},
		{reflect.TypeFor[[]string](), `frugal:"3,default,list<string>,nocopy"`, codec.InvalidTag, `this is list: write frugal:"3,default,list<string>"`},
		{reflect.TypeFor[*int32](), `frugal:"3,default,,nocopy"`, codec.InvalidTag, `write frugal:"3,optional"`},

		// Go types without a wire form.
		{reflect.TypeFor[uint](), `frugal:"3"`, codec.UnsupportedType, "uint has no wire form: use int"},
		{reflect.TypeFor[uint8](), `frugal:"3"`, codec.UnsupportedType, "uint8 has no wire form: use int8"},
		{reflect.TypeFor[uint16](), `frugal:"3,default,i16"`, codec.UnsupportedType, "uint16 has no wire form: use int16"},
		{reflect.TypeFor[uint32](), `frugal:"3,default,u32"`, codec.UnsupportedType, "uint32 has no wire form: use int32"},
		{reflect.TypeFor[uint64](), `frugal:"3"`, codec.UnsupportedType, "uint64 has no wire form: use int64"},
		{reflect.TypeFor[uintptr](), `frugal:"3"`, codec.UnsupportedType, "uintptr has no wire form: use int64"},
		{reflect.TypeFor[float32](), `frugal:"3"`, codec.UnsupportedType, "float32 has no wire form: use float64"},
		{reflect.TypeFor[[]float32](), `frugal:"3"`, codec.UnsupportedType, "float32 has no wire form: use float64"},
		{reflect.TypeFor[map[uint64]bool](), `frugal:"3"`, codec.UnsupportedType, "uint64 has no wire form: use int64"},
		{reflect.TypeFor[*uint32](), `frugal:"3,optional"`, codec.UnsupportedType, "*uint32 has no wire form: use *int32"},
		{reflect.TypeFor[complex64](), `frugal:"3"`, codec.UnsupportedType, "complex64 has no wire form: use a struct of two float64 fields"},
		{reflect.TypeFor[complex128](), `frugal:"3"`, codec.UnsupportedType, "use a struct of two float64 fields"},
		{reflect.TypeFor[[16]byte](), `frugal:"3"`, codec.UnsupportedType, "[16]uint8 has no wire form: use []byte"},
		{reflect.TypeFor[[4]float32](), `frugal:"3"`, codec.UnsupportedType, "[4]float32 has no wire form: use []float64"},
		{reflect.TypeFor[[2][2]item](), `frugal:"3"`, codec.UnsupportedType, "use [][]schema.item"},
		{reflect.TypeFor[[4]any](), `frugal:"3"`, codec.UnsupportedType, "use a slice of a struct or a pointer to one"},
		{reflect.TypeFor[any](), `frugal:"3"`, codec.UnsupportedType, "interface {} has no wire form: use a struct or a pointer to one"},
		{reflect.TypeFor[error](), `frugal:"3"`, codec.UnsupportedType, "error has no wire form: use a struct or a pointer to one"},
		{reflect.TypeFor[*any](), `frugal:"3"`, codec.UnsupportedType, "use a struct or a pointer to one"},
		{reflect.TypeFor[chan int](), `frugal:"3"`, codec.UnsupportedType, "chan int has no wire form: use a slice, or remove the tag"},
		{reflect.TypeFor[func()](), `frugal:"3"`, codec.UnsupportedType, "func() has no wire form: use a struct of its arguments, or remove the tag"},
		{reflect.TypeFor[**item](), `frugal:"3"`, codec.UnsupportedType, "**schema.item has no wire form: use *schema.item"},
		{reflect.TypeFor[***int32](), `frugal:"3,optional"`, codec.UnsupportedType, "***int32 has no wire form: use *int32"},
		{reflect.TypeFor[*map[string]uint](), `frugal:"3"`, codec.UnsupportedType, "use map[string]int"},
		{reflect.TypeFor[*[]int32](), `frugal:"3,optional,list<i32>"`, codec.UnsupportedType, "*[]int32 has no wire form: use []int32"},
		{reflect.TypeFor[*[4]int32](), `frugal:"3"`, codec.UnsupportedType, "use []int32"},
		{reflect.TypeFor[map[item]bool](), `frugal:"3"`, codec.UnsupportedType, "schema.item cannot be a map key by value: use *schema.item"},
		{reflect.TypeFor[map[[4]byte]bool](), `frugal:"3"`, codec.UnsupportedType, "[4]uint8 cannot be a map key: use string"},
		{reflect.TypeFor[map[any]bool](), `frugal:"3"`, codec.UnsupportedType, "use a bool, a number, a string or a pointer to a struct"},
		{reflect.TypeFor[map[*[]string]bool](), `frugal:"3"`, codec.UnsupportedType, "*[]string has no wire form: use string"},
		{reflect.TypeFor[map[*map[string]bool]bool](), `frugal:"3"`, codec.UnsupportedType, "use a bool, a number, a string or a pointer to a struct"},
		{reflect.TypeFor[map[**item]bool](), `frugal:"3"`, codec.UnsupportedType, "use *schema.item"},
		{reflect.TypeFor[[]**int32](), `frugal:"3"`, codec.UnsupportedType, "**int32 has no wire form: use int32"},
		{reflect.TypeFor[map[string][2]any](), `frugal:"3"`, codec.UnsupportedType, "use a slice of a struct or a pointer to one"},

		// No Go map has a container as its key.
		{reflect.TypeFor[map[string]string](), `frugal:"3,default,map<list<string>:string>"`, codec.InvalidTag,
			`in the type "map<list<string>:string>", a map's key is a container: Go has no such map, its keys may be bool, integers, double, string, enums and structs`},
		{reflect.TypeFor[map[string]string](), `thrift:"f,3,default,map<list<string>,string>"`, codec.InvalidTag, "enums and structs"},
		{reflect.TypeFor[map[string]string](), `frugal:"3,default,map < set <string>"`, codec.InvalidTag, "enums and structs"},
		{reflect.TypeFor[map[*item]map[string]bool](), `frugal:"3,default,map<item:map<map<i32:i32>:bool>>"`, codec.InvalidTag, "enums and structs"},

		// Several things wrong at once.
		{reflect.TypeFor[int32](), `frugal:"3,opt,int32"`, codec.InvalidTag, `is none of default, required and optional: write frugal:"3,optional,i32"`},
		{reflect.TypeFor[*int32](), `thrift:"3,def,int32,no_copy"`, codec.InvalidTag,
			`begins with the field's name, the id comes second: write thrift:"F,3,optional,i32"`},
		{reflect.TypeFor[*int32](), `frugal:"3,default,int32,nocop"`, codec.InvalidTag, `the only one is nocopy: write frugal:"3,optional,i32"`},
		{reflect.TypeFor[map[string][]int32](), `frugal:"3,req,map<string,list<int32>>"`, codec.InvalidTag,
			`write frugal:"3,required,map<string:list<i32>>"`},
		{reflect.TypeFor[selfList](), `frugal:"3,default,list<list<i32>>"`, codec.UnsupportedType, "schema.selfList contains itself: put a struct between"},
		{reflect.TypeFor[map[string][]selfMap](), `frugal:"3"`, codec.UnsupportedType, "schema.selfMap contains itself: put a struct between"},
		{reflect.TypeFor[map[*selfPointer]bool](), `frugal:"3"`, codec.UnsupportedType, "schema.selfPointer contains itself: put a struct between"},
		{reflect.TypeFor[selfPointer](), `frugal:"3"`, codec.UnsupportedType, "schema.selfPointer contains itself: put a struct between"},
	}
	for _, test := range tests {
		t.Run(test.goType.String()+" "+test.tag, func(t *testing.T) {
			_, err := Thrift.Of(structWith(test.goType, test.tag))
			var e *codec.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v, want an *Error", err)
			}
			if e.Code != test.code || e.Offset != codec.NoOffset || e.Path != "struct.F" || e.Type != test.goType {
				t.Errorf("error %+v", e)
			}
			if text := err.Error(); !strings.HasSuffix(text, test.want) || !strings.Contains(text, "tag "+test.tag+": ") {
				t.Errorf("error  %s\nwant … %s", text, test.want)
			}
			for _, correction := range corrections(err) {
				if _, err := Thrift.Of(structWith(test.goType, correction)); err != nil {
					t.Errorf("the correction does not help: %v", err)
				}
			}
		})
	}
}

// corrections returns the tags that an error's text tells the user to write.
func corrections(err error) []string {
	_, advice, _ := strings.Cut(err.Error(), ": write ")
	return regexp.MustCompile(`(frugal|thrift):"[^"]*"`).FindAllString(advice, -1)
}
