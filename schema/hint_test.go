package schema

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/fuzz/effort"
)

// A hintMaker draws Go types and tags, most of which do not fit each other.
type hintMaker struct{ *rand.Rand }

func pick[T any](m hintMaker, all ...T) T { return all[m.IntN(len(all))] }

// goType draws a type of any sort; only keys have to be comparable.
func (m hintMaker) goType(depth int) reflect.Type {
	if depth > 3 || m.IntN(2) == 0 {
		return pick(m,
			reflect.TypeFor[bool](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
			reflect.TypeFor[int](), reflect.TypeFor[float64](), reflect.TypeFor[string](), reflect.TypeFor[[]byte](),
			reflect.TypeFor[color](), reflect.TypeFor[region](), reflect.TypeFor[status](), reflect.TypeFor[small](), reflect.TypeFor[wide](),
			reflect.TypeFor[label](), reflect.TypeFor[raw](), reflect.TypeFor[numbers](), reflect.TypeFor[registry](), reflect.TypeFor[item](),
			reflect.TypeFor[*item](), reflect.TypeFor[box[bool]](), reflect.TypeFor[unit[string]](), reflect.TypeFor[struct{}](),
			reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](), reflect.TypeFor[uintptr](),
			reflect.TypeFor[float32](), reflect.TypeFor[complex128](), reflect.TypeFor[any](), reflect.TypeFor[error](),
			reflect.TypeFor[chan int](), reflect.TypeFor[func()](), reflect.TypeFor[[3]byte](),
		)
	}
	switch m.IntN(5) {
	case 0:
		return reflect.PointerTo(m.goType(depth + 1))
	case 1:
		return reflect.ArrayOf(2, m.goType(depth+1))
	case 2:
		if key := m.goType(depth + 1); key.Comparable() {
			return reflect.MapOf(key, m.goType(depth+1))
		}
	}
	return reflect.SliceOf(m.goType(depth + 1))
}

// text draws what a tag may say of a type: what fits, what nearly does, and anything else.
func (m hintMaker) text(t reflect.Type, depth int) string {
	if m.IntN(8) == 0 || depth > 4 {
		return pick(m, "", "i32", "int32", "str", "string", "binary", "color", "numbers", "list<i32>", "map<string,i32>", "map<list<i32>:i32>", "set<",
			"item", "pkg.item", "list<item>", "map<i64:set<string>>", "x y", "8bit", ">", "map<string:i32", "label", "wide", "registry")
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Array:
		return m.text(t.Elem(), depth+1)
	case reflect.Slice:
		if !isBytes(t) {
			return pick(m, "list", "list", "set") + "<" + m.text(t.Elem(), depth+1) + pick(m, ">", ">", ">", "", ">>")
		}
	case reflect.Map:
		return "map<" + m.text(t.Key(), depth+1) + pick(m, ":", ":", ":", ",", "") + m.text(t.Elem(), depth+1) + ">"
	}
	return pick(m, scalarKinds[t.Kind()].String(), t.Kind().String(), t.Name(), baseName(t), "binary", "i64")
}

// tag draws a whole tag.
func (m hintMaker) tag(t reflect.Type) string {
	text := pick(m, "3", "3", "3", "3", "0", "x", "", "65536")
	if m.IntN(8) > 0 {
		text += "," + pick(m, "default", "required", "optional", "", "opt", "Required", "def", "list<i32>", "always")
		if m.IntN(6) > 0 {
			text += "," + m.text(t, 0)
			if m.IntN(3) == 0 {
				text += "," + pick(m, "nocopy", "nocopy,nocopy", "NoCopy", "no_copy", "", "zero")
			}
		}
	}
	language := pick(m, frugalLanguage, thriftLanguage)
	if (language == thriftLanguage) == (m.IntN(8) > 0) {
		text = pick(m, "name", "", "n") + "," + text
	}
	return language + ":" + strconv.Quote(text)
}

// TestHintsAreAccepted: whatever is wrong with a tag, the tags that the error says to write are accepted.
func TestHintsAreAccepted(t *testing.T) {
	m := hintMaker{rand.New(rand.NewPCG(1, 2))}
	refused, hinted := 0, map[string]int{}
	for range effort.Of(60_000, 15_000) {
		goType := m.goType(0)
		tag := m.tag(goType)
		_, err := Thrift.Of(structWith(goType, tag))
		if err == nil {
			continue
		}
		refused++
		_, reason, _ := strings.Cut(err.Error(), "tag "+tag+": ")
		for _, correction := range corrections(err) {
			hinted[strings.Join(strings.Fields(reason)[:3], " ")]++
			if _, err := Thrift.Of(structWith(goType, correction)); err != nil {
				t.Errorf("%v, %s: the advice %s is refused: %v", goType, tag, correction, err)
			}
		}
	}
	if refused < effort.Of(10_000, 2500) || len(hinted) < 20 {
		t.Errorf("%d refusals, %d kinds of them with advice: %v", refused, len(hinted), hinted)
	}
}

// TestNearestTypesAreAccepted: the Go type that is said to be the nearest can stand in the place of the one that is refused.
func TestNearestTypesAreAccepted(t *testing.T) {
	m := hintMaker{rand.New(rand.NewPCG(3, 4))}
	refused := 0
	for range 20_000 {
		goType, at := m.goType(0), pick(m, inField, inContainer, inKey)
		if at == inKey && !goType.Comparable() {
			continue
		}
		o := obstacleIn(goType, at)
		if o == nil {
			continue
		}
		refused++
		found, words := nearestType(o.goType, o.at)
		switch {
		case (found == nil) != (words != ""):
			t.Errorf("%v: both or neither of %v and %q", goType, found, words)
		case found != nil && obstacleIn(found, o.at) != nil:
			t.Errorf("%v: %v is no better", goType, found)
		case found != nil && o.at == inKey && !found.Comparable():
			t.Errorf("%v: %v cannot be a key", goType, found)
		}
		if text := fmt.Sprint(checkField(goType)); at == inField && strings.HasSuffix(text, ": use ") {
			t.Errorf("%v: no advice in %s", goType, text)
		}
	}
	if refused < 5_000 {
		t.Errorf("%d refusals", refused)
	}
}
