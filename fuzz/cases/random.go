package cases

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
)

// RandomType returns a struct type that a seed stands for, the same one each time: fields of all kinds and
// requirednesses, under numbers and in an order of any sort, nested structs, lists, sets and maps, fields without a tag
// between them. Where an anonymous struct cannot be, it draws on named types: enums, recursion, defaults.
func RandomType(seed uint64) reflect.Type {
	m := typeMaker{rand.New(rand.NewPCG(seed, 1))}
	return m.structure(0)
}

// mostNested is how many structs and containers of a random type lie in each other, named structs not counted.
const mostNested = 4

// Names of types that only tags can distinguish from others.
type (
	// Shade is an enum.
	Shade int64
	// Grade is an enum.
	Grade int64
)

// typeMaker draws types.
type typeMaker struct{ *rand.Rand }

// spelled is a Go type with the text that a tag has for it.
type spelled struct {
	goType reflect.Type
	text   string
	// options are what may follow in the tag.
	options []string
}

func (m typeMaker) oneIn(n int) bool { return m.IntN(n) == 0 }

// structure draws a struct.
func (m typeMaker) structure(depth int) reflect.Type {
	most := 6
	if depth == 0 {
		most = 14
	}
	count := m.IntN(most)
	if depth == 0 && m.oneIn(20) {
		count = 70 + m.IntN(10) // required fields beyond 64, and long jump tables
	}
	beside, optional := 5, 3
	value := func() spelled { return m.value(depth) }
	if depth == 0 && m.oneIn(5) { // runs of numbers, which are handled as a whole
		count, beside, optional, value = 6+m.IntN(50), 40, 40, m.number
	}
	ids := m.ids(count)
	var fields []reflect.StructField
	for n, id := range ids {
		fields = append(fields, m.field(n, id, value(), optional))
		if m.oneIn(beside) {
			fields = append(fields, reflect.StructField{Name: "Untagged" + strconv.Itoa(n), Type: untagged[m.IntN(len(untagged))]})
		}
	}
	if m.oneIn(8) {
		fields = append(fields, reflect.StructField{Name: unknownFields, PkgPath: "cases", Type: reflect.TypeFor[[]byte]()})
	}
	return reflect.StructOf(fields)
}

// untagged are types of fields that are not ours.
var untagged = []reflect.Type{
	reflect.TypeFor[uint8](), reflect.TypeFor[float32](), reflect.TypeFor[[3]byte](), reflect.TypeFor[chan int](), reflect.TypeFor[any](),
}

// ids draws numbers of fields: mostly a run, in order or not, and now and then any.
func (m typeMaker) ids(count int) []uint16 {
	var ids []uint16
	seen := map[uint16]bool{}
	next := uint16(m.IntN(3))
	for len(ids) < count {
		if m.oneIn(6) {
			next = uint16(m.Uint32() >> m.IntN(16))
		}
		if !seen[next] {
			seen[next] = true
			ids = append(ids, next)
		}
		next++
	}
	if m.oneIn(3) {
		m.Shuffle(count, func(a, b int) { ids[a], ids[b] = ids[b], ids[a] })
	}
	return ids
}

// field draws a field of a type, of which one in some is optional.
func (m typeMaker) field(n int, id uint16, t spelled, optional int) reflect.StructField {
	requiredness := []string{"default", "required"}[m.IntN(2)]
	if m.oneIn(optional) {
		requiredness = "optional"
	}
	if requiredness == "optional" && m.oneIn(2) && pointable(t.goType) {
		t.goType = reflect.PointerTo(t.goType)
		t.options = nil
	}
	tag := fmt.Sprintf("%d,%s,%s", id, requiredness, t.text)
	if len(t.options) > 0 && m.oneIn(6) {
		tag += "," + t.options[m.IntN(len(t.options))]
	}
	name := "Field" + strconv.Itoa(n)
	key := "frugal"
	if m.oneIn(4) {
		key, tag = "thrift", "name"+strconv.Itoa(n)+","+tag
	}
	return reflect.StructField{Name: name, Type: t.goType, Tag: reflect.StructTag(key + ":" + strconv.Quote(tag))}
}

// pointable: pointers to scalars, strings and binaries may be optional fields.
func pointable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice:
		return t.Elem().Kind() == reflect.Uint8
	case reflect.Pointer, reflect.Map, reflect.Struct:
		return false
	}
	return true
}

// value draws a type of a field, element or map value.
func (m typeMaker) value(depth int) spelled {
	if depth >= mostNested || m.oneIn(2) {
		return m.scalar()
	}
	switch m.IntN(5) {
	case 0:
		elem := m.value(depth + 1)
		return spelled{reflect.SliceOf(elem.goType), "list<" + elem.text + ">", nil}
	case 1:
		elem := m.value(depth + 1)
		return spelled{reflect.SliceOf(elem.goType), "set<" + elem.text + ">", nil}
	case 2:
		key, elem := m.key(depth), m.value(depth+1)
		return spelled{reflect.MapOf(key.goType, elem.goType), "map<" + key.text + ":" + elem.text + ">", nil}
	}
	return m.inner(depth)
}

// inner draws a struct, by pointer or by value.
func (m typeMaker) inner(depth int) spelled {
	t := spelled{goType: m.structure(depth + 1), text: "AnyName"}
	if m.oneIn(4) {
		t.goType = namedStructs[m.IntN(len(namedStructs))]
		t.text = t.goType.Name()
	}
	if m.oneIn(2) {
		t.goType = reflect.PointerTo(t.goType)
	}
	return t
}

// namedStructs have what an anonymous struct cannot have, or are of use as they are.
var namedStructs = []reflect.Type{
	reflect.TypeFor[Tree](), reflect.TypeFor[Defaults](), reflect.TypeFor[OnlyUnknown](), reflect.TypeFor[Point](),
	reflect.TypeFor[Empty](), reflect.TypeFor[Scalars](), reflect.TypeFor[Measures](), reflect.TypeFor[Hollow](),
	reflect.TypeFor[Binaries](), reflect.TypeFor[Choice](), reflect.TypeFor[Choices](),
}

// key draws a type of map keys.
func (m typeMaker) key(depth int) spelled {
	for {
		if depth+1 < mostNested && m.oneIn(8) {
			if t := m.inner(depth + 1); t.goType.Kind() == reflect.Pointer {
				return t
			}
		}
		if t := m.scalar(); t.goType.Comparable() {
			return t
		}
	}
}

// number draws a type of fixed size.
func (m typeMaker) number() spelled {
	for {
		if t := m.scalar(); t.goType.Kind() != reflect.String && t.goType.Kind() != reflect.Slice {
			return t
		}
	}
}

// scalar draws a type without elements.
func (m typeMaker) scalar() spelled {
	all := []spelled{
		{reflect.TypeFor[bool](), "bool", nil},
		{reflect.TypeFor[int8](), "i8", nil},
		{reflect.TypeFor[int8](), "byte", nil},
		{reflect.TypeFor[int16](), "i16", nil},
		{reflect.TypeFor[int32](), "i32", nil},
		{reflect.TypeFor[int64](), "i64", nil},
		{reflect.TypeFor[int](), "i64", nil},
		{reflect.TypeFor[float64](), "double", nil},
		{reflect.TypeFor[string](), "string", []string{"nocopy"}},
		{reflect.TypeFor[[]byte](), "binary", []string{"nocopy"}},
		{reflect.TypeFor[Level](), "Level", nil},
		{reflect.TypeFor[Shade](), "cases.Shade", nil},
		{reflect.TypeFor[Grade](), "Grade", nil},
	}
	return all[m.IntN(len(all))]
}
