package schema

//lint:file-ignore U1000 plans are made of these fields by reflection

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// must returns the plan of T.
func must[T any](t *testing.T) *StructType {
	t.Helper()
	s, err := Thrift.Of(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type embedded struct {
	Hidden int32 `frugal:"9"`

	_unknownFields []byte
}

type mixed struct {
	embedded
	*box[int]

	Late     string `frugal:"300,optional"`
	NoTag    int64
	private  int32
	Both     string `thrift:"both_name,77" frugal:"255,required"`
	Named    bool   `thrift:"named,1" json:"named"`
	Nameless bool   `thrift:",2"`
	Zero     []byte `frugal:"0,default,,nocopy"`
	Last     item   `frugal:"65535"`
}

func TestFields(t *testing.T) {
	s := must[mixed](t)
	if s.Go != reflect.TypeFor[mixed]() || s.Name != "mixed" || s.HasInit || s.HasUnknown {
		t.Errorf("plan %+v", s)
	}
	var m mixed
	_ = m.private
	want := []Field{
		{ID: 0, Name: "Zero", WireName: "Zero", Offset: unsafe.Offsetof(m.Zero), NoCopy: true},
		{ID: 1, Name: "Named", WireName: "named", Offset: unsafe.Offsetof(m.Named)},
		{ID: 2, Name: "Nameless", WireName: "Nameless", Offset: unsafe.Offsetof(m.Nameless)},
		{ID: 255, Name: "Both", WireName: "both_name", Offset: unsafe.Offsetof(m.Both), Requiredness: RequiredField},
		{ID: 300, Name: "Late", WireName: "Late", Offset: unsafe.Offsetof(m.Late), Requiredness: Optional},
		{ID: 65535, Name: "Last", WireName: "Last", Offset: unsafe.Offsetof(m.Last)},
	}
	if len(s.Fields) != len(want) {
		t.Fatalf("%d fields, want %d", len(s.Fields), len(want))
	}
	for i, got := range s.Fields {
		got.Type = nil
		if got != want[i] {
			t.Errorf("field %+v, want %+v", got, want[i])
		}
	}
}

type namedBytes []byte

type withUnknown struct {
	A              int32 `frugal:"1"`
	_unknownFields []byte
}

type withNamedUnknown struct{ _unknownFields namedBytes }

type withOtherUnknown struct{ _unknownFields []string }

type withEmbeddedUnknown struct {
	A int32 `frugal:"1"`
	withUnknown
}

// Base is embedded with a tag, as a field like any other.
type Base struct {
	Caller string `frugal:"1"`
}

// Marks is a list that can be embedded, Crate a generic struct.
type (
	Marks        []int16
	Crate[T any] struct {
		Content string `frugal:"1"`
	}
)

type embedding struct {
	*Base       `frugal:"255,optional,shop.Base"`
	Crate[bool] `thrift:"box,2"`
	Marks       `frugal:"3,default,set<i16>"`
	withUnknown
	*Nested
}

// Nested is embedded without a tag: neither it nor what it has is a part of the struct around it.
type Nested struct {
	Number int32 `frugal:"3"`
}

func TestEmbeddedWithTag(t *testing.T) {
	s := must[embedding](t)
	var e embedding
	want := []Field{
		{ID: 2, Name: "Crate", WireName: "box", Offset: unsafe.Offsetof(e.Crate)},
		{ID: 3, Name: "Marks", WireName: "Marks", Offset: unsafe.Offsetof(e.Marks)},
		{ID: 255, Name: "Base", WireName: "Base", Offset: unsafe.Offsetof(e.Base), Requiredness: Optional},
	}
	types := []string{"struct Crate", "set<i16>", "*struct Base"}
	if len(s.Fields) != len(want) || s.HasUnknown {
		t.Fatalf("%d fields, want %d; HasUnknown %v", len(s.Fields), len(want), s.HasUnknown)
	}
	for i, got := range s.Fields {
		if text := describe(got.Type); text != types[i] {
			t.Errorf("%s is %s, want %s", got.Name, text, types[i])
		}
		got.Type = nil
		if got != want[i] {
			t.Errorf("field %+v, want %+v", got, want[i])
		}
	}
}

func TestUnknownFields(t *testing.T) {
	s := must[withUnknown](t)
	if !s.HasUnknown || s.UnknownOffset != unsafe.Offsetof(withUnknown{}._unknownFields) {
		t.Errorf("HasUnknown %v at %d", s.HasUnknown, s.UnknownOffset)
	}
	if len(s.Fields) != 1 {
		t.Errorf("%d fields, want 1", len(s.Fields))
	}
	if s := must[withNamedUnknown](t); !s.HasUnknown || len(s.Fields) != 0 {
		t.Error("a named byte slice does not collect unknown fields")
	}
	if must[withOtherUnknown](t).HasUnknown {
		t.Error("a []string collects unknown fields")
	}
	if must[withEmbeddedUnknown](t).HasUnknown {
		t.Error("the _unknownFields of an embedded struct is taken for this one's")
	}
	built := reflect.StructOf([]reflect.StructField{
		{Name: "A", Type: reflect.TypeFor[bool](), Tag: `frugal:"1"`},
		{Name: "_unknownFields", PkgPath: "example.org/p", Type: reflect.TypeFor[[]byte]()},
	})
	if s, err := Thrift.Of(built); err != nil || !s.HasUnknown || s.UnknownOffset != built.Field(1).Offset {
		t.Errorf("a struct made by reflect.StructOf: %+v, %v", s, err)
	}
}

type tree struct {
	Left     *tree            `frugal:"1,optional"`
	Children []*tree          `frugal:"2,optional,list<tree>"`
	ByName   map[string]*tree `frugal:"3,optional"`
	Values   []tree           `frugal:"4,optional,set<tree>"`
}

type husband struct {
	Wife *wife `frugal:"1"`
}

type wife struct {
	Husbands map[int32]map[int32]*husband `frugal:"1"`
}

func TestRecursiveTypes(t *testing.T) {
	s := must[tree](t)
	for i, got := range []*StructType{
		s.Fields[0].Type.Struct, s.Fields[1].Type.Elem.Struct, s.Fields[2].Type.Elem.Struct, s.Fields[3].Type.Elem.Struct,
	} {
		if got != s {
			t.Errorf("field %d leads to another plan", i)
		}
	}
	h := must[husband](t)
	w := h.Fields[0].Type.Struct
	if w != must[wife](t) || w.Fields[0].Type.Elem.Elem.Struct != h {
		t.Error("mutually recursive types do not lead to each other")
	}
	if !h.ready.Load() || !w.ready.Load() {
		t.Error("a plan is not ready")
	}
}

type twoMeanings struct {
	Lists map[int32][]int32  `frugal:"1,default,map<i32:list<i32>>"`
	Sets  map[int32][]int32  `frugal:"2,default,map<i32:set<i32>>"`
	Enum  color              `frugal:"3,default,color"`
	Plain color              `frugal:"4,default,i64"`
	One   []*item            `frugal:"5,default,list<item>"`
	Other map[color]*item    `frugal:"6,default,map<color:item>"`
	Third map[color]struct{} `frugal:"7,default,map<i64:Nothing>"`
}

func TestOneGoTypeUnderTwoTypes(t *testing.T) {
	s := must[twoMeanings](t)
	want := []string{
		"map<i32:list<i32>>", "map<i32:set<i32>>", "enum", "i64", "list<*struct item>", "map<enum:*struct item>",
		"map<i64:struct struct>",
	}
	for i, field := range s.Fields {
		if got := describe(field.Type); got != want[i] {
			t.Errorf("%s is %s, want %s", field.Name, got, want[i])
		}
	}
	if s.Fields[4].Type.Elem.Struct != s.Fields[5].Type.Elem.Struct {
		t.Error("two plans of one struct type")
	}
}

func TestPlansAreCanonical(t *testing.T) {
	s := must[mixed](t)
	if must[mixed](t) != s || must[*mixed](t) != s {
		t.Error("Of returned another plan of the same type")
	}
	if s.Fields[5].Type.Struct != must[item](t) {
		t.Error("the plan of a field's type is another one")
	}
	// A bare look-up costs nothing, save where checkptr instruments what sync.Map inlines.
	lookups := testing.AllocsPerRun(100, func() { Thrift.plans.Load(s.Go) })
	calls := testing.AllocsPerRun(100, func() {
		if _, err := Thrift.Of(s.Go); err != nil {
			t.Error(err)
		}
	})
	if calls > lookups {
		t.Errorf("%v allocations when the plan is there", calls)
	}
}

func TestConcurrentFirstUse(t *testing.T) {
	type leaf struct {
		A int32 `frugal:"1"`
	}
	type shared struct {
		Leaf *leaf            `frugal:"1"`
		Map  map[string]*leaf `frugal:"2"`
	}
	const goroutines = 64
	var plans [goroutines]*StructType
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range goroutines {
		done.Add(1)
		go func() {
			defer done.Done()
			start.Wait()
			t := reflect.TypeFor[shared]()
			if i%2 == 1 {
				t = reflect.TypeFor[leaf]()
			}
			plans[i], _ = Thrift.Of(t)
		}()
	}
	start.Done()
	done.Wait()
	for i := range goroutines {
		if plans[i] == nil || plans[i] != plans[i%2] {
			t.Fatalf("goroutine %d got plan %p, another %p", i, plans[i], plans[i%2])
		}
	}
	if plans[0].Fields[0].Type.Struct != plans[1] {
		t.Error("the plan of a field's type is another one")
	}
}

type sameID struct {
	First  int32 `frugal:"3"`
	Second int32 `frugal:"4"`
	Third  int32 `thrift:"third,3,optional"`
}

type badInside struct {
	Good  *goodNeighbour          `frugal:"1"`
	Inner map[string][]*badNested `frugal:"2,default,map<string:list<badNested>>"`
}

type goodNeighbour struct {
	Back *badInside `frugal:"1"`
}

type badNested struct {
	Amount float32 `frugal:"1"`
}

func TestStructErrors(t *testing.T) {
	tests := []struct {
		name   string
		goType reflect.Type
		code   codec.Code
		path   string
		want   string
	}{
		{"nil", nil, codec.UnsupportedType, "", "a struct or a pointer to a struct is needed"},
		{"not a struct", reflect.TypeFor[int](), codec.UnsupportedType, "", "a struct or a pointer to a struct is needed"},
		{"pointer to pointer", reflect.TypeFor[**item](), codec.UnsupportedType, "", "a struct or a pointer to a struct is needed"},
		{"one id twice", reflect.TypeFor[sameID](), codec.InvalidTag, "sameID.Third",
			`tag thrift:"third,3,optional": the id 3 is already that of sameID.First`},
		{"nested", reflect.TypeFor[badInside](), codec.UnsupportedType, "badNested.Amount", "float32 has no wire form: use float64"},
		{"embedded", reflect.TypeFor[struct {
			Nested `frugal:"1,default,Base"`
		}](), codec.InvalidTag, "struct.Nested", `write frugal:"1,default,Nested"`},
		{"by pointer", reflect.TypeFor[*badInside](), codec.UnsupportedType, "badNested.Amount", `tag frugal:"1"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// Twice, since a failure must leave nothing behind that makes the second call succeed.
			for range 2 {
				s, err := Thrift.Of(test.goType)
				var e *codec.Error
				if s != nil || !errors.As(err, &e) {
					t.Fatalf("plan %v, error %v", s, err)
				}
				if e.Code != test.code || e.Path != test.path || e.Offset != codec.NoOffset || !errors.Is(err, test.code) {
					t.Errorf("error %+v", e)
				}
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("error %q does not contain %q", err, test.want)
				}
			}
		})
	}
	for _, goType := range []reflect.Type{
		reflect.TypeFor[sameID](), reflect.TypeFor[badInside](), reflect.TypeFor[goodNeighbour](), reflect.TypeFor[badNested](),
	} {
		if Thrift.planOf(goType) != nil {
			t.Errorf("a plan of %v is kept though its resolution failed", goType)
		}
	}
}

func TestGenericName(t *testing.T) {
	if got := must[box[map[string]int]](t).Name; got != "box" {
		t.Errorf("name %q, want box", got)
	}
	if got := must[struct{}](t).Name; got != "struct" {
		t.Errorf("name %q, want struct", got)
	}
}
