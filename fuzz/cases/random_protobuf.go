package cases

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
)

// RandomProtobufType is RandomType for Protobuf: fields of all kinds, forms and presences, under numbers and in an order of any sort,
// nested messages and groups, lists packed and not, maps, oneofs, fields without a tag between them.
func RandomProtobufType(seed uint64) reflect.Type {
	m := protobufMaker{typeMaker{rand.New(rand.NewPCG(seed, 7))}}
	return m.structure(0)
}

// protobufMaker draws types with protobuf tags.
type protobufMaker struct{ typeMaker }

// A protobufScalar is a Go type with a word that a tag may have for its form.
type protobufScalar struct {
	goType reflect.Type
	words  []string
}

var protobufScalars = []protobufScalar{
	{reflect.TypeFor[bool](), nil},
	{reflect.TypeFor[int32](), []string{"zigzag", "fixed"}},
	{reflect.TypeFor[int64](), []string{"zigzag", "fixed"}},
	{reflect.TypeFor[int](), []string{"zigzag", "fixed"}},
	{reflect.TypeFor[uint32](), []string{"fixed"}},
	{reflect.TypeFor[uint64](), []string{"fixed"}},
	{reflect.TypeFor[uint](), []string{"fixed"}},
	{reflect.TypeFor[Rank](), nil},
	{reflect.TypeFor[string](), []string{"bytes"}}, // which says nothing in a map
	{reflect.TypeFor[float32](), nil},
	{reflect.TypeFor[float64](), nil},
	{reflect.TypeFor[[]byte](), nil},
}

// protobufKeys is how many of protobufScalars can be the keys of maps: those before the floats.
const protobufKeys = 9

// namedMessages have what an anonymous struct cannot have, or are of use as they are.
var namedMessages = []reflect.Type{
	reflect.TypeFor[ProtoTree](), reflect.TypeFor[ProtoWrapped](), reflect.TypeFor[ProtoScalars](), reflect.TypeFor[ProtoBlock](),
	reflect.TypeFor[ProtoGroups](), reflect.TypeFor[ProtoKeeper](), reflect.TypeFor[ProtoNothing](), reflect.TypeFor[ProtoNeedy](),
	reflect.TypeFor[ProtoChoices](),
}

// structure draws a struct.
func (m protobufMaker) structure(depth int) reflect.Type {
	most := 6
	if depth == 0 {
		most = 14
	}
	count := m.IntN(most)
	if depth == 0 && m.oneIn(20) {
		count = 70 + m.IntN(10)
	}
	var fields []reflect.StructField
	for n, number := range m.numbers(count) {
		t, tag := m.fieldOf(depth, number)
		fields = append(fields, reflect.StructField{
			Name: "Field" + strconv.Itoa(n), Type: t, Tag: reflect.StructTag("protobuf:" + strconv.Quote(tag)),
		})
		if m.oneIn(6) {
			fields = append(fields, reflect.StructField{Name: "Untagged" + strconv.Itoa(n), Type: untagged[m.IntN(len(untagged))]})
		}
	}
	if m.oneIn(5) {
		fields = append(fields, reflect.StructField{Name: unknownFields, PkgPath: "cases", Type: reflect.TypeFor[[]byte]()})
	}
	return reflect.StructOf(fields)
}

// numbers draws numbers of fields: mostly a run, in order or not, and now and then any.
func (m protobufMaker) numbers(count int) (numbers []int32) {
	seen := map[int32]bool{}
	next := int32(1 + m.IntN(3))
	for len(numbers) < count {
		if m.oneIn(8) {
			next = 1 + int32(m.Uint32()>>3>>m.IntN(28))%(1<<29-1)
		}
		if !seen[next] {
			seen[next] = true
			numbers = append(numbers, next)
		}
		next = next%(1<<29-1) + 1
	}
	if m.oneIn(3) {
		m.Shuffle(count, func(a, b int) { numbers[a], numbers[b] = numbers[b], numbers[a] })
	}
	return numbers
}

// fieldOf draws the type of a field, and its tag.
func (m protobufMaker) fieldOf(depth int, number int32) (reflect.Type, string) {
	tag := strconv.Itoa(int(number))
	if depth < mostNested && m.oneIn(3) {
		return m.message(depth, number)
	}
	scalar, word := m.form(protobufScalars)
	t := scalar.goType
	switch m.IntN(8) {
	case 0:
		if m.oneIn(3) && word != "bytes" && t.Kind() != reflect.String && !isBytes(t) {
			word += ",unpacked"
		}
		return reflect.SliceOf(t), withWords(tag, word)
	case 1:
		key, keyWord := m.form(protobufScalars[:protobufKeys])
		return reflect.MapOf(key.goType, t), withWords(tag, inMap("key", keyWord), inMap("val", word))
	case 2:
		return reflect.PointerTo(t), withWords(tag, word, []string{"oneof=first", "oneof=second"}[m.IntN(2)])
	case 3:
		if isBytes(t) {
			return t, withWords(tag, "optional")
		}
		return reflect.PointerTo(t), withWords(tag, word)
	case 4:
		if m.oneIn(2) {
			if !isBytes(t) && m.oneIn(2) {
				t = reflect.PointerTo(t)
			}
			return t, withWords(tag, word, "required")
		}
	}
	return t, withWords(tag, word)
}

// form draws a scalar, and a word of its tag, which may be "".
func (m protobufMaker) form(scalars []protobufScalar) (protobufScalar, string) {
	s := scalars[m.IntN(len(scalars))]
	if i := m.IntN(len(s.words) + 1); i > 0 {
		return s, s.words[i-1]
	}
	return s, ""
}

// inMap returns the word for a part of a map.
func inMap(part, word string) string {
	if word == "" || word == "bytes" {
		return ""
	}
	return part + "=" + word
}

func withWords(tag string, words ...string) string {
	for _, w := range words {
		if w = strings.Trim(w, ","); w != "" {
			tag += "," + w
		}
	}
	return tag
}

// message draws the type of a field that holds messages, and its tag.
func (m protobufMaker) message(depth int, number int32) (reflect.Type, string) {
	t := m.structure(depth + 1)
	if m.oneIn(4) {
		t = namedMessages[m.IntN(len(namedMessages))]
	}
	pointer, tag := reflect.PointerTo(t), strconv.Itoa(int(number))
	either := []reflect.Type{t, pointer}[m.IntN(2)]
	switch m.IntN(9) {
	case 0, 1:
		return reflect.SliceOf(either), tag
	case 2:
		key, word := m.form(protobufScalars[:protobufKeys])
		return reflect.MapOf(key.goType, either), withWords(tag, inMap("key", word))
	case 3:
		return pointer, withWords(tag, "oneof=first")
	case 4:
		return pointer, fmt.Sprintf("group,%d,opt,name=Group", number)
	case 5:
		return reflect.SliceOf(either), fmt.Sprintf("group,%d,rep,name=Groups", number)
	case 6:
		return pointer, withWords(tag, []string{"", "required"}[m.IntN(2)])
	}
	return either, tag
}
