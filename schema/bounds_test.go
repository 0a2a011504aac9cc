package schema

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/codec"
)

// mostErrorBytes is what no error's text exceeds, whatever the type.
const mostErrorBytes = 8 << 10

// nested returns a type that nests another one so deep.
func nested(t reflect.Type, depth int, wrap func(reflect.Type) reflect.Type) reflect.Type {
	for range depth {
		t = wrap(t)
	}
	return t
}

func mapTo(t reflect.Type) reflect.Type { return reflect.MapOf(reflect.TypeFor[string](), t) }

// wideStruct returns a struct type with n fields, tagged by the function.
func wideStruct(n int, tag func(i int) string) reflect.Type {
	fields := make([]reflect.StructField, n)
	for i := range fields {
		fields[i] = reflect.StructField{Name: fmt.Sprint("Field", i), Type: reflect.TypeFor[int64](), Tag: reflect.StructTag(tag(i))}
	}
	return reflect.StructOf(fields)
}

type longPanic struct {
	A int32 `frugal:"1,optional"`
}

func (*longPanic) InitDefault() { panic(strings.Repeat("long ", 1<<18)) }

// TestErrorsHaveBoundedTexts: types and tags of any size are refused in a few lines, and at once.
func TestErrorsHaveBoundedTexts(t *testing.T) {
	const mega = 1 << 20
	number := reflect.TypeFor[int32]()
	wide := wideStruct(5000, func(i int) string { return fmt.Sprintf(`json:"%d"`, i) })
	longName := "F" + strings.Repeat("x", mega)
	long := strings.Repeat("x", mega)
	named := func(name, tag string, t reflect.Type) reflect.Type {
		field := reflect.StructField{Name: name, Type: t, Tag: reflect.StructTag(tag)}
		if name[0] >= 'a' {
			field.PkgPath = "example.org/p"
		}
		return reflect.StructOf([]reflect.StructField{field})
	}
	types := map[string]reflect.Type{
		"lists":                structWith(nested(number, 1000, reflect.SliceOf), `frugal:"1"`),
		"lists in a tag":       structWith(reflect.SliceOf(number), `frugal:"1,default,`+strings.Repeat("list<", mega)+`"`),
		"maps":                 structWith(nested(number, 1000, mapTo), `frugal:"1"`),
		"pointers":             structWith(nested(number, 1000, reflect.PointerTo), `frugal:"1"`),
		"arrays":               structWith(nested(number, 1000, func(t reflect.Type) reflect.Type { return reflect.ArrayOf(1, t) }), `frugal:"1"`),
		"channels":             structWith(nested(number, 1000, func(t reflect.Type) reflect.Type { return reflect.ChanOf(reflect.BothDir, t) }), `frugal:"1"`),
		"deepest":              structWith(nested(reflect.TypeFor[uint8](), mostNested-1, mapTo), `frugal:"1,default,x"`),
		"commas in a tag":      structWith(number, `frugal:"1,default,map<`+strings.Repeat(",", mega)+`"`),
		"word in a tag":        structWith(number, `frugal:"1,default,`+long+`"`),
		"name in a tag":        structWith(number, `thrift:"`+long+`"`),
		"id in a tag":          structWith(number, `frugal:"`+strings.Repeat("9", mega)+`"`),
		"escapes in a tag":     structWith(number, `frugal:"1,default,`+strings.Repeat(`\x01`, mega)+`"`),
		"options in a tag":     structWith(number, `frugal:"1,default,i32`+strings.Repeat(",nocopy", mega)+`"`),
		"malformed":            structWith(number, `frugal:`+long),
		"malformed pairs":      structWith(number, strings.Repeat(`a:"b" `, mega)+`frugal:1`),
		"malformed words":      structWith(number, strings.Repeat(`a b `, mega)+`frugal:1`),
		"key":                  structWith(number, strings.Repeat(",", mega)+`frugal:"1"`),
		"field's name":         named(longName, `frugal:"x"`, number),
		"unexported name":      named(strings.ToLower(longName), `frugal:"1"`, number),
		"wide":                 wide,
		"wide element":         structWith(reflect.SliceOf(wide), `frugal:"1,default,list<X>"`),
		"wide in a bad place":  structWith(reflect.MapOf(wide, number), `frugal:"1"`),
		"wide without a list":  structWith(reflect.SliceOf(wide), `frugal:"1"`),
		"wide behind pointers": structWith(reflect.PointerTo(reflect.PointerTo(wide)), `frugal:"1"`),
		"same ids":             wideStruct(1<<16, func(int) string { return `frugal:"1"` }),
		"long panic":           reflect.TypeFor[longPanic](),
		"not a struct":         reflect.SliceOf(wide),
	}
	for name, goType := range types {
		t.Run(name, func(t *testing.T) {
			_, err := Thrift.Of(goType)
			var e *codec.Error
			if !errors.As(err, &e) || e.Path != "" && len(e.Path) > 2*codec.MaxNameBytes {
				t.Fatalf("error %T, path of %d bytes", err, len(e.Path))
			}
			if text := err.Error(); len(text) > mostErrorBytes || strings.ToValidUTF8(text, "?") != text {
				t.Errorf("an error of %d bytes: %.300s", len(text), text)
			}
		})
	}
}

// TestPathsHaveBoundedSteps: a path shows the start of a long name.
func TestPathsHaveBoundedSteps(t *testing.T) {
	e := &codec.Error{Code: codec.InvalidData}
	for range 100 {
		e.AddField(strings.Repeat("Größe", 1000))
	}
	e.SetRoot("Root")
	if len(e.Path) > 64*(codec.MaxNameBytes+20) || !strings.HasPrefix(e.Path, "Root.GrößeGröße") || strings.ToValidUTF8(e.Path, "?") != e.Path {
		t.Errorf("a path of %d bytes: %.100s", len(e.Path), e.Path)
	}
}

// TestNesting: the deepest field that may be, and one more.
func TestNesting(t *testing.T) {
	for depth, ok := range map[int]bool{mostNested: true, mostNested + 1: false} {
		for _, goType := range []reflect.Type{nested(reflect.TypeFor[int32](), depth, mapTo), nested(reflect.TypeFor[*item](), depth-1, mapTo)} {
			_, err := Thrift.Of(structWith(goType, `frugal:"1"`))
			if (err == nil) != ok || !ok && !strings.Contains(err.Error(), "nests types more than 128 deep: put a struct between") {
				t.Errorf("%d levels: %v", depth, err)
			}
		}
	}
	tag := `frugal:"1,default,` + strings.Repeat("list<", mostNested) + "i32" + strings.Repeat(">", mostNested) + `"`
	if _, err := Thrift.Of(structWith(nested(reflect.TypeFor[int32](), mostNested, reflect.SliceOf), tag)); err != nil {
		t.Error(err)
	}
}

// twice holds a type twice, and takes no memory if that takes none.
type twice[T any] struct {
	A T `frugal:"1"`
	B T `frugal:"2"`
}

type (
	times8       = twice[twice[twice[twice[twice[twice[twice[twice[item]]]]]]]]
	times16      = twice[twice[twice[twice[twice[twice[twice[twice[times8]]]]]]]]
	keyed[T any] struct {
		Keys map[*keyed[T]]T `frugal:"1"`
	}
)

// TestTypesThatHoldEachOtherOften: a type is looked at once, not once for each way that leads to it.
func TestTypesThatHoldEachOtherOften(t *testing.T) {
	s := must[times16](t)
	for range 16 {
		s = s.Fields[1].Type.Struct
	}
	if s != must[item](t) {
		t.Error("the innermost struct is another one")
	}
	must[keyed[times16]](t)
	// Each look at a field allocates.
	looks := testing.AllocsPerRun(1, func() {
		if Initializes(reflect.TypeFor[times16]()) {
			t.Error("there is no InitDefault in it")
		}
	})
	if looks > 1000 {
		t.Errorf("%v allocations for 16 types", looks)
	}
	// A map whose key leads to the map that its element is.
	tree := reflect.TypeFor[string]()
	for range 20 {
		tree = reflect.MapOf(reflect.PointerTo(tree), tree)
	}
	n := nesting{heights: map[reflect.Type]int{}}
	if got := n.height(tree, 0); got != 40 || n.refused != nil || len(n.heights) != 40 {
		t.Errorf("height %d, %v, %d types", got, n.refused, len(n.heights))
	}
}

// TestWidestStruct has a field of each id.
func TestWidestStruct(t *testing.T) {
	s, err := Thrift.Of(wideStruct(1<<16, func(i int) string { return fmt.Sprintf(`frugal:"%d"`, 1<<16-1-i) }))
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Fields {
		if s.Fields[i].ID != int32(i) {
			t.Fatalf("field %d has the id %d", i, s.Fields[i].ID)
		}
	}
}
