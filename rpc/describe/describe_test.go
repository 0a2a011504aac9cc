package describe

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/definition/compilertest"
	"github.com/tagwire/tagwire/definition/thrifttext"
	"github.com/tagwire/tagwire/rpc/contract"
)

// Types of a shop, with what Thrift's definitions can say.

type Color int64

func (c Color) String() string {
	if c >= 1 && c <= 3 {
		return []string{"RED", "None", "END"}[c-1]
	}
	return "<UNSET>"
}

type Size int32

func (s Size) String() string {
	if s >= -1 && s <= 1 {
		return []string{"small", "medium", "large"}[s+1]
	}
	return fmt.Sprintf("Size(%d)", int32(s))
}

type (
	ItemID int64
	Blob   []byte
	Level  int64 // an enum by its tag, without names
)

type Item struct {
	ID     ItemID             `thrift:"id,1,required"`
	Name   string             `thrift:"name,2"`
	Color  Color              `thrift:"color,3,default,Color"`
	Sizes  []Size             `thrift:"sizes,4,optional,list<Size>"`
	Parts  map[string]*Item   `thrift:"parts,5"`
	Price  *float64           `thrift:"price,6,optional"`
	Raw    Blob               `thrift:"raw,7"`
	Tags   []string           `thrift:"tags,8,default,set<string>"`
	Level  Level              `thrift:"level,9,default,Level"`
	Deep   map[int8][][]int16 `thrift:"deep,10,default,map<i8:list<set<i16>>>"`
	From   string             `frugal:"11"`
	Old    bool               `frugal:"65535"`
	Place  Place              `thrift:"place,12"`
	Choice *Choice            `thrift:"choice,13"`
	Inline struct {
		X int32 `thrift:"x,1"`
	} `thrift:"inline,14"`
}

func (i *Item) InitDefault() {
	i.Name, i.Color, i.Sizes, i.Raw, i.Old = "a \"pen\"\n", 1, []Size{-1, 1}, Blob("\x01\xff"), true
	price := 1e21
	i.Price = &price
	i.Tags, i.Deep = []string{}, map[int8][][]int16{2: {{1}, {}}, -1: nil}
	i.Place = Place{Row: 1, Next: &Place{Room: "x"}}
}

type Place struct {
	Room string `thrift:"room,1"`
	Row  int16  `thrift:"row,2"`
	Next *Place `thrift:"next,3,optional"`
}

type Choice struct {
	Number *int64 `thrift:"number,1"`
	Place  *Place `thrift:"place,2"`
}

func (*Choice) CountSetFieldsChoice() int { return 0 }

type NotFound struct {
	Key string `thrift:"key,1"`
}

func (*NotFound) Error() string { return "not found" }

type Box[T any] struct {
	Value T `frugal:"1"`
}

type Shop struct {
	Get    func(ctx context.Context, id ItemID, item *Item) (*Item, error) `rpc:"get" throws:"1=NotFound" params:"1,-3"`
	Put    func(ctx context.Context, items []*Item) error                  `rpc:"put" params:"5=list<Item>"`
	Color  func(ctx context.Context) (Color, error)                        `rpc:"color" returns:"Color"`
	Names  func(ctx context.Context) ([]string, error)                     `rpc:"names" returns:"set<string>"`
	Hint   func(ctx context.Context, box *Box[Item]) error                 `rpc:"hint,oneway"`
	Watch  func(ctx context.Context, place *Place) iter.Seq2[*Item, error] `rpc:"watch" throws:"1=NotFound"`
	Upload func(ctx context.Context, items iter.Seq2[*Item, error]) (*contract.Void, error)
	Talk   func(ctx context.Context, items iter.Seq2[*Item, error]) iter.Seq2[*Place, error]
}

// methodsOf returns the methods of a contract.
func methodsOf[Contract any](t *testing.T, options ...func(*contract.Reader)) (methods []*contract.Method) {
	t.Helper()
	options = append(options, func(r *contract.Reader) { r.AddExceptions([]any{NotFound{}}) })
	fields, err := contract.NewReader(options).Fields(reflect.TypeFor[Contract]())
	require.NoError(t, err)
	for _, f := range fields {
		methods = append(methods, f.Method)
	}
	return methods
}

// TestThrift: all that Thrift can say.
func TestThrift(t *testing.T) {
	d, err := Definitions([]Service{{"shop.v1.Shop", methodsOf[Shop](t)}})
	require.NoError(t, err)
	require.Len(t, d.Files, 1)
	texts := compilertest.Check(t, d)
	require.Equal(t, strings.TrimLeft(`
namespace * shop.v1

typedef i64 ItemID

typedef binary Blob

typedef i32 Level

enum Color {
  RED = 1,
  None_ = 2,
  END_ = 3,
}

enum Size {
  medium = 0,
  large = 1,
  small = -1,
}

exception NotFound {
  1: string key,
}

struct Place {
  1: string room,
  2: i16 row,
  3: optional Place& next_,
}

union Choice {
  1: optional i64 number,
  2: optional Place place,
}

struct Item_inline_ {
  1: i32 x,
}

struct Item {
  -1: bool old = true,
  1: required ItemID id,
  2: string name = "a \"pen\"\n",
  3: Color color = Color.RED,
  4: optional list<Size> sizes = [Size.small, Size.large],
  5: map<string, Item> parts,
  6: optional double price = 1e+21,
  7: Blob raw = "`+"\x01\xff"+`",
  8: set<string> tags = [],
  9: Level level,
  10: map<i8, list<set<i16>>> deep = {-1: [], 2: [[1], []]},
  11: string from_,
  12: Place place = {"row": 1, "next_": {"room": "x"}},
  13: Choice choice,
  14: Item_inline_ inline_,
}

struct Box_Item {
  1: Item value,
}

service Shop {
  Place Talk(1: Item request) (streaming.mode = "bidirectional"),
  void Upload(1: Item request) (streaming.mode = "client"),
  Color color(),
  Item get(1: ItemID arg1, -3: Item arg2) throws (1: NotFound e1),
  oneway void hint(1: Box_Item request),
  set<string> names(),
  void put(5: list<Item> arg1),
  Item watch(1: Place request) throws (1: NotFound e1) (streaming.mode = "server"),
}
`, "\n"), texts["shop_v1.thrift"])
}

// TestSpread: the fields of a request that is spread are the parameters, with their names and defaults.
func TestSpread(t *testing.T) {
	m, err := contract.Describe("find", reflect.TypeFor[Item](), reflect.TypeFor[contract.Void](), &contract.Options{Spread: true})
	require.NoError(t, err)
	d, err := Definitions([]Service{{"Store", []*contract.Method{m}}})
	require.NoError(t, err)
	require.Contains(t, compilertest.Check(t, d)["services.thrift"],
		`  void find(1: ItemID id, 2: string name = "a \"pen\"\n", 3: Color color = Color.RED, 4: list<Size> sizes = [Size.small, Size.large], 5: map<string, Item>`)
}

// TestFiles: a file for each package and language, whatever the order of the services, and names that do not clash.
func TestFiles(t *testing.T) {
	type Item struct { // another one
		Other Place `thrift:"Shop,1"`
	}
	type Shop struct {
		Keyword Item `thrift:"class,1"`
		Twice   Item `thrift:"class_,2"`
	}
	type Both struct {
		Get func(context.Context, *Shop) (*Box[map[string]Item], error)
	}
	mixed := append(methodsOf[struct {
		Pack func(context.Context, *inProtobuf) (*inProtobuf, error)
	}](t, (*contract.Reader).UseProtobuf), methodsOf[Both](t)...)
	services := []Service{
		{"shop.v1.Shop", methodsOf[Both](t)}, {"shop_v1.Other", methodsOf[Both](t)}, {"Plain", methodsOf[Both](t)},
		{"a/b", methodsOf[struct {
			Name func(context.Context) (string, error) `rpc:"delete"`
		}](t)},
		{"shop.v1.Mixed", mixed},
	}
	d, err := Definitions(services)
	require.NoError(t, err)
	var paths []string
	for _, f := range d.Files {
		paths = append(paths, f.Path)
	}
	require.Equal(t, []string{"services.thrift", "shop_v1.thrift", "shop_v1_2.thrift", "tagwire/shop.v1.proto"}, paths)
	require.Equal(t, "a/b", d.Files[0].Services[1].Name)
	require.Equal(t, "delete", d.Files[0].Services[1].Methods[0].Name, "what is called, though it has no text")
	_, err = thrifttext.Text(d, d.Files[0])
	require.EqualError(t, err, `services.thrift: a/b: "a/b" cannot be a name in Thrift: write letters, digits and underlines
services.thrift: a/b.delete: delete is a reserved word of Thrift, which cannot be a name`)

	slices.Reverse(services)
	again, err := Definitions(services)
	require.NoError(t, err)
	require.Equal(t, d, again)
	d.Files = d.Files[1:]
	require.Contains(t, compilertest.Check(t, d)["shop_v1.thrift"], `
struct Shop_2 {
  1: Item class_,
  2: Item class__2,
}
`)
}

type inProtobuf struct {
	Name string `protobuf:"1"`
}

// hostile has defaults that refer to themselves.
type hostile struct {
	Next *hostile   `frugal:"1,optional"`
	All  []*hostile `frugal:"2,default,list<hostile>"`
}

func (h *hostile) InitDefault() { h.Next, h.All = h, []*hostile{h, h, h} }

// TestHostileDefaults: defaults that cannot be described are errors, in no time, and nothing else is concerned.
func TestHostileDefaults(t *testing.T) {
	type unspeakable struct {
		Not float64 `frugal:"1"`
	}
	d, err := Definitions([]Service{
		{"a.Shop", methodsOf[struct {
			Get func(context.Context, *hostile) error
		}](t)},
		{"b.Shop", methodsOf[struct {
			Get func(context.Context, *unspeakable) error
		}](t)},
	})
	require.ErrorContains(t, err, "a.thrift: the default of hostile.Next, which InitDefault sets, is nested more than 32 times, perhaps by a pointer to itself")
	require.ErrorContains(t, err, "the default of hostile.All, which InitDefault sets, is nested")
	require.Len(t, d.Files, 2)
	require.Len(t, d.Files[0].Structs[0].Fields, 2)
}

// TestCPlusPlus: what the code of Apache's compiler for C++ needs: no field has the name of a type of its struct, structs come after their
// parts, and none contains itself.
func TestCPlusPlus(t *testing.T) {
	type leaf struct {
		Next *Place `frugal:"1"`
	}
	type tree struct {
		Leaf  *leaf            `thrift:"Leaf,1"`
		Other map[string]*leaf `thrift:"Leaf_,2"`
		Self  *tree            `frugal:"3"`
	}
	d, err := Definitions([]Service{{"Store", methodsOf[struct {
		Get func(context.Context, *tree) error
	}](t)}})
	require.NoError(t, err)
	require.Contains(t, compilertest.Check(t, d)["services.thrift"], `
struct Leaf {
  1: Place next_,
}

struct Tree {
  1: Leaf Leaf__2,
  2: map<string, Leaf> Leaf_,
  3: Tree& self_,
}
`)
}

// forest is a container of itself.
type forest map[string]forest

// TestEndlessTypes: a type that never ends is no type of a method, so that descriptions end.
func TestEndlessTypes(t *testing.T) {
	type request struct {
		Forest forest `frugal:"1"`
	}
	_, err := contract.Describe("get", reflect.TypeFor[request](), reflect.TypeFor[contract.Void](), &contract.Options{})
	require.ErrorContains(t, err, "forest")
}

// TestManyTypes: a thousand types that refer to each other.
func TestManyTypes(t *testing.T) {
	next := reflect.TypeFor[Place]()
	for i := range 1000 {
		next = reflect.StructOf([]reflect.StructField{
			{Name: fmt.Sprint("Next", i), Type: reflect.PointerTo(next), Tag: `frugal:"1"`},
			{Name: "Place", Type: reflect.TypeFor[*Place](), Tag: `frugal:"2"`},
		})
	}
	m, err := contract.Describe("get", next, reflect.TypeFor[contract.Void](), &contract.Options{})
	require.NoError(t, err)
	d, err := Definitions([]Service{{"Store", []*contract.Method{m}}})
	require.NoError(t, err)
	require.Len(t, d.Files[0].Structs, 1001)
	names := map[string]bool{}
	for _, s := range d.Files[0].Structs {
		names[s.Name] = true
		require.Less(t, len(s.Name), 200)
	}
	require.Len(t, names, 1001)
	compilertest.Check(t, d)
}
