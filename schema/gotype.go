package schema

import (
	"reflect"
	"strings"

	"github.com/tagwire/tagwire/codec"
)

// place is where a type stands; it decides which pointers and structs are allowed.
type place uint8

const (
	inField place = iota
	inContainer
	inKey
)

func unsupported(format string, arguments ...any) *fault {
	return &fault{code: codec.UnsupportedType, reason: codec.Sprintf(format, arguments...)}
}

// checkField returns an error if no tag could make t the type of a field.
func checkField(t reflect.Type) *fault {
	if refused := checkNesting(t); refused != nil {
		return refused
	}
	if o := obstacleIn(t, inField); o != nil {
		return unsupported("%s %s: use %s", o.goType, o.why, nearest(o.goType, o.at))
	}
	return nil
}

// obstacle is a type without a wire form where it stands.
type obstacle struct {
	goType reflect.Type
	at     place
	why    string
}

// obstacleIn returns what keeps t from having a wire form where it stands, or nil. t must have passed checkNesting.
func obstacleIn(t reflect.Type, at place) *obstacle {
	const noForm = "has no wire form"
	base := t
	if t.Kind() == reflect.Pointer {
		base = t.Elem()
	}
	switch {
	case base.Kind() == reflect.Struct:
		if at == inKey && t == base {
			return &obstacle{t, at, "cannot be a map key by value"}
		}
		return nil
	case at == inKey && t == base && !t.Comparable(): // what a pointer led to, on the way to the nearest type
		return &obstacle{t, at, "cannot be a map key"}
	case isScalar(base) || isBytes(base):
		if at != inField && t != base {
			return &obstacle{t, at, "may only be the type of an optional field, not of a list element, map key or map value"}
		}
		return nil
	case t != base:
		return &obstacle{t, at, noForm}
	case t.Kind() == reflect.Slice:
		return obstacleIn(t.Elem(), inContainer)
	case t.Kind() == reflect.Map:
		if o := obstacleIn(t.Key(), inKey); o != nil {
			return o
		}
		return obstacleIn(t.Elem(), inContainer)
	case t.Kind() == reflect.Array && at == inKey:
		return &obstacle{t, at, "cannot be a map key"}
	}
	return &obstacle{t, at, noForm}
}

// isScalar reports whether t's plain form is a bool, a number or a string.
func isScalar(t reflect.Type) bool {
	_, ok := scalarKinds[t.Kind()]
	return ok || t.Kind() == reflect.Int64
}

// isBytes reports whether t is []byte or a named form of it.
func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// isContainer reports whether t, which has a wire form, is a list, set or map on the wire.
func isContainer(t reflect.Type) bool {
	return t.Kind() == reflect.Map || t.Kind() == reflect.Slice && !isBytes(t)
}

// isNamed reports whether t was declared by a type declaration; int64 itself was not.
func isNamed(t reflect.Type) bool { return t.PkgPath() != "" }

// baseName returns the name of t without type arguments.
func baseName(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}

// looksLikeEnum reports whether t is a named int64 with the methods that Apache's generator gives to enums.
func looksLikeEnum(t reflect.Type) bool {
	if t.Kind() != reflect.Int64 || !isNamed(t) {
		return false
	}
	pointer := reflect.PointerTo(t)
	_, hasString := pointer.MethodByName("String")
	_, hasScan := pointer.MethodByName("Scan")
	return hasString && hasScan
}

// mostNested is how many lists, sets, maps, pointers and arrays a field's type may nest before a struct comes.
const mostNested = 128

// nesting measures how deep types nest before a struct comes. Each type is looked at once.
type nesting struct {
	// heights are those of the types that are done; -1 marks those that are open.
	heights map[reflect.Type]int
	refused *fault
}

// checkNesting returns an error if t contains itself with no struct between, or nests too deep.
func checkNesting(t reflect.Type) *fault {
	n := nesting{heights: map[reflect.Type]int{}}
	n.height(t, 0)
	return n.refused
}

// height returns how many levels t adds below depth others.
func (n *nesting) height(t reflect.Type, depth int) (height int) {
	switch t.Kind() {
	case reflect.Map, reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
	default:
		return 0
	}
	height, known := n.heights[t]
	switch {
	case n.refused != nil:
		return 0
	case known && height < 0: // only a named type can
		n.refused = unsupported("%s contains itself: put a struct between", t)
		return 0
	case depth+max(height, 1) > mostNested:
		n.refused = unsupported("%s nests types more than %d deep: put a struct between", t, mostNested)
		return 0
	case known:
		return height
	}
	n.heights[t] = -1
	height = n.height(t.Elem(), depth+1)
	if t.Kind() == reflect.Map {
		height = max(height, n.height(t.Key(), depth+1))
	}
	n.heights[t] = height + 1
	return height + 1
}
