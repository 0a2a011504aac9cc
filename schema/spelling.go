package schema

import (
	"cmp"
	"reflect"

	"github.com/tagwire/tagwire/codec"
)

// spellings returns the types that a tag could give for a Go type that has passed checkField: one, or two
// where Go alone does not decide between a list and a set or between an enum and an i64. What was written is
// kept wherever it fits.
func spellings(t reflect.Type, written *expression, inThriftTag bool) []string {
	list := speller{container: List}
	set := speller{container: Set}
	first, second := list.spell(t, written).String(), set.spell(t, written).String()
	if first == second && inThriftTag && written == nil {
		integer := speller{container: List, plainIntegers: true}
		second = integer.spell(t, nil).String()
	}
	if first == second {
		return []string{first}
	}
	return []string{first, second}
}

// speller makes the tag type of a Go type.
type speller struct {
	// container is what a slice is if nothing says it: List or Set.
	container Kind
	// plainIntegers: a type that looks like an enum is spelled i64.
	plainIntegers bool
}

func (s speller) spell(t reflect.Type, written *expression) *expression {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	named := written != nil && written.kind == 0 && nameMatches(t, written)
	if named && isContainer(t) {
		s.container, written = List, lists(t)
	}
	switch t.Kind() {
	case reflect.Int64:
		return s.spellInt64(t, written)
	case reflect.Struct:
		if named {
			return written
		}
		return &expression{name: cmp.Or(baseName(t), anonymousName)}
	case reflect.Slice:
		if isBytes(t) {
			return &expression{kind: Binary}
		}
		return s.spellSlice(t, written)
	case reflect.Map:
		var key, elem *expression
		if written != nil {
			key, elem = written.key, written.elem
		}
		return &expression{kind: Map, key: s.spell(t.Key(), key), elem: s.spell(t.Elem(), elem)}
	}
	if named && t.Kind() != reflect.Int {
		return written
	}
	return &expression{kind: scalarKinds[t.Kind()]}
}

func (s speller) spellInt64(t reflect.Type, written *expression) *expression {
	switch {
	case written != nil && written.kind == 0 && nameMatches(t, written):
		return written
	case written != nil && isNamed(t) && (written.kind == 0 || written.kind == I32):
		// A misspelt name, or the width of an enum.
		return &expression{name: baseName(t)}
	case written != nil && written.kind == I64, s.plainIntegers, !looksLikeEnum(t):
		return &expression{kind: I64}
	}
	return &expression{name: baseName(t)}
}

func (s speller) spellSlice(t reflect.Type, written *expression) *expression {
	kind := s.container
	var elem *expression
	if written != nil {
		elem = written.elem
	}
	if written != nil && (written.kind == List || written.kind == Set) {
		kind = written.kind
	}
	return &expression{kind: kind, elem: s.spell(t.Elem(), elem)}
}

// StructName returns what tags and error paths call a struct type: its name without type arguments, or "struct" for an anonymous
// one, which any name matches.
func StructName(t reflect.Type) string {
	return cmp.Or(codec.Shorten(baseName(t), codec.MaxNameBytes), anonymousName)
}

const anonymousName = "struct"
