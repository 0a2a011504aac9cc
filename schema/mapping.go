package schema

import "reflect"

// mapper finds the Type of one field: it follows the Go type and what the tag says of it together.
type mapper struct {
	// structOf returns the plan of a struct type, which may not be complete yet.
	structOf func(reflect.Type) *StructType
	// inThriftTag: a named int64 that looks like an enum needs its type in the tag.
	inThriftTag bool
	// root is the field's Go type and written its type in the tag, or nil; corrections are made from them.
	root    reflect.Type
	written *expression
}

// field maps the field's type, which unlike those inside it may be a pointer to a scalar.
func (m *mapper) field() (*Type, *fault) {
	if err := checkField(m.root); err != nil {
		return nil, err
	}
	if !isScalarPointer(m.root) {
		return m.value(m.root, m.written)
	}
	t, err := m.value(m.root.Elem(), m.written)
	if err != nil {
		return nil, err
	}
	t.Go, t.Pointer = m.root, true
	return t, nil
}

// value maps the type of a field, element, key or map value, which must have passed checkField; e is what the
// tag says of it, nil for nothing.
func (m *mapper) value(t reflect.Type, e *expression) (*Type, *fault) {
	if e != nil && e.kind == 0 && nameMatches(t, e) && isContainer(t) {
		e = lists(t)
	}
	switch t.Kind() {
	case reflect.Int64:
		return m.int64(t, e)
	case reflect.Struct:
		return m.structure(t, t, e)
	case reflect.Pointer:
		return m.structure(t, t.Elem(), e)
	case reflect.Map:
		return m.mapOf(t, e)
	case reflect.Slice:
		if isBytes(t) {
			return m.scalar(t, Binary, e)
		}
		return m.slice(t, e)
	}
	return m.scalar(t, scalarKinds[t.Kind()], e)
}

// scalar maps a Go type that has one kind only. Its tag type is the kind's keyword or the Go type's name.
func (m *mapper) scalar(t reflect.Type, kind Kind, e *expression) (*Type, *fault) {
	if e == nil || e.kind == kind {
		return &Type{Kind: kind, Go: t}, nil
	}
	if e.kind != 0 || !nameMatches(t, e) {
		return nil, m.misfit(t, e, kind.String())
	}
	if kind == I64 {
		// The name of an integer type this wide stands for an enum, which has 32 bits on the wire.
		return nil, m.mismatch("%s cannot be an enum, for which the Go type must be a named int64", t)
	}
	return &Type{Kind: kind, Go: t}, nil
}

// int64 maps int64 and named types of it, which are enums if the tag gives their name.
func (m *mapper) int64(t reflect.Type, e *expression) (*Type, *fault) {
	switch {
	case e == nil && m.inThriftTag && looksLikeEnum(t):
		return nil, m.mismatch("%s has the methods of an enum, so the tag must say whether it is one or an i64", t)
	case e == nil, e.kind == I64:
		return &Type{Kind: I64, Go: t}, nil
	case e.kind == 0 && nameMatches(t, e):
		return &Type{Kind: Enum, Go: t}, nil
	case isNamed(t):
		return nil, m.misfit(t, e, "an enum if the tag gives its name, or i64")
	}
	return nil, m.misfit(t, e, "i64")
}

// structure maps a struct type; t is the struct base or a pointer to it.
func (m *mapper) structure(t, base reflect.Type, e *expression) (*Type, *fault) {
	if e != nil && (e.kind != 0 || !nameMatches(base, e)) {
		return nil, m.misfit(t, e, "the struct "+StructName(base))
	}
	return &Type{Kind: Struct, Go: t, Pointer: t != base, Struct: m.structOf(base)}, nil
}

// lists returns what the name of a container type stands for in a tag: each slice in it is a list. Nil stands for what the
// Go type alone decides, or must not.
func lists(t reflect.Type) *expression {
	switch {
	case !isContainer(t):
		return nil
	case t.Kind() == reflect.Map:
		return &expression{kind: Map, key: lists(t.Key()), elem: lists(t.Elem())}
	}
	return &expression{kind: List, elem: lists(t.Elem())}
}

// slice maps a slice other than of bytes: a list or a set, as the tag says.
func (m *mapper) slice(t reflect.Type, e *expression) (*Type, *fault) {
	if e == nil {
		return nil, m.mismatch("%s can be a list or a set, so the tag must say which", t)
	}
	if e.kind != List && e.kind != Set {
		return nil, m.misfit(t, e, "a list or a set")
	}
	elem, err := m.value(t.Elem(), e.elem)
	if err != nil {
		return nil, err
	}
	return &Type{Kind: e.kind, Go: t, Elem: elem}, nil
}

// mapOf maps a map type. Where the tag says nothing of key and value, they follow from the Go types.
func (m *mapper) mapOf(t reflect.Type, e *expression) (*Type, *fault) {
	var keyWritten, elemWritten *expression
	if e != nil {
		if e.kind != Map {
			return nil, m.misfit(t, e, "a map")
		}
		keyWritten, elemWritten = e.key, e.elem
	}
	key, err := m.value(t.Key(), keyWritten)
	if err != nil {
		return nil, err
	}
	elem, err := m.value(t.Elem(), elemWritten)
	if err != nil {
		return nil, err
	}
	return &Type{Kind: Map, Go: t, Key: key, Elem: elem}, nil
}

// misfit is the error for a type in a tag, e, that is not the meaning of the Go type beside it.
func (m *mapper) misfit(t reflect.Type, e *expression, meaning string) *fault {
	return m.mismatch("the type %q does not fit %s, which is %s", e.String(), t, meaning)
}

// mismatch is the error for a Go type that the tag does not fit, with the types that the tag could give.
func (m *mapper) mismatch(format string, arguments ...any) *fault {
	f := invalidTag(format, arguments...)
	f.types = spellings(m.root, m.written, m.inThriftTag)
	return f
}

// isScalarPointer reports whether t points to a scalar or to bytes.
func isScalarPointer(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && (isScalar(t.Elem()) || isBytes(t.Elem()))
}

// nameMatches reports whether the type name in a tag is that of t. The package before it is not compared: a
// tag may name it as the importing file does. An anonymous struct matches any name.
func nameMatches(t reflect.Type, e *expression) bool {
	if t.Kind() == reflect.Struct && t.Name() == "" {
		return true
	}
	return isNamed(t) && baseName(t) == e.name
}
