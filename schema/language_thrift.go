package schema

import "reflect"

// Thrift is the language of frugal and thrift tags, for every wire format of Thrift. Its grammar is in tag.go and expression.go,
// what Go types mean in it in gotype.go and mapping.go.
var Thrift = &Language{
	tagOf: lookupTag, attempt: attemptThrift, begin: beginThrift, own: ownThrift, forms: forms, ids: "from 0 to 65535",
}

// thriftKeys are the keys of Thrift's tags.
var thriftKeys = tagKeys{frugalLanguage, thriftLanguage}

// UnknownFieldsName is the field that collects what the struct has no field for.
const UnknownFieldsName = "_unknownFields"

// beginThrift notes what the methods of a type say.
func beginThrift(s *StructType) {
	s.HasInit, s.Union = reflect.PointerTo(s.Go).Implements(initializerType), isUnion(s.Go)
	s.NeverEmpty = s.Union
}

// ownThrift notes the field for unknown fields.
func ownThrift(_ *resolver, s *StructType, field reflect.StructField) (own bool, refused *fault) {
	if field.Name != UnknownFieldsName || field.Anonymous || !isBytes(field.Type) {
		return false, nil
	}
	s.HasUnknown, s.UnknownOffset, s.UnknownName = true, field.Offset, field.Name
	return true, nil
}

// scalarKinds are the Go kinds of Thrift's scalars that mean one thing only.
var scalarKinds = scalarsOf(Bool, I8, I16, I32, I64, Double, String)

// attemptThrift makes one Field but for its WireName from a tag.
func attemptThrift(r *resolver, s *StructType, field reflect.StructField, language, text string) (Field, *fault) {
	parsed, refused := parseTag(language, text, field.Name)
	inThriftTag := language == thriftLanguage
	if refused != nil {
		if refused.inType && checkField(field.Type) == nil {
			refused.tags = append(refused.tags, parsed.fitting(field.Type, s.Union).withTypes(spellings(field.Type, nil, inThriftTag))...)
		}
		return Field{}, refused
	}
	structOf := func(t reflect.Type) *StructType {
		return r.structOf(t, s.useOf(field, shownTag(language, text)))
	}
	m := mapper{structOf: structOf, inThriftTag: inThriftTag, root: field.Type, written: parsed.expression}
	t, refused := m.field()
	if refused != nil {
		refused.tags = parsed.fitting(field.Type, s.Union).withTypes(refused.types)
		return Field{}, refused
	}
	if refused := parsed.fit(t, s.Union); refused != nil {
		return Field{}, refused
	}
	if s.Union && neverAbsent(t, s.HasInit) {
		return Field{}, unsupported("a member of a union must be absent at times, and %s never is: use %s", t.Go, reflect.PointerTo(t.Go))
	}
	return Field{
		ID: int32(parsed.id), Name: field.Name, Offset: field.Offset, Type: t,
		Requiredness: parsed.requiredness, NoCopy: parsed.noCopy,
	}, nil
}

// fit checks what a tag says beside the type against the field's type, and makes the field optional where the tag leaves that
// open: a member of a union, and a pointer to a scalar under a thrift tag.
func (t *tag) fit(fieldType *Type, inUnion bool) *fault {
	corrected := t.fitting(fieldType.Go, inUnion)
	written := ""
	if t.expression != nil {
		written = t.expression.String()
	}
	if t.noCopy && !corrected.noCopy {
		return invalidTag("nocopy is for string and binary fields, this is %s", fieldType.Kind).proposing(corrected.spelled(written))
	}
	if (inUnion || t.language == thriftLanguage) && !t.hasRequiredness {
		t.requiredness = corrected.requiredness
	}
	switch {
	case t.requiredness == corrected.requiredness:
		return nil
	case inUnion:
		return invalidTag("a member of a union must be optional").proposing(corrected.spelled(written))
	}
	return invalidTag("a field of type %s can be absent, so it must be optional or of type %s", fieldType.Go, fieldType.Base()).
		proposing(corrected.spelled(written))
}

// fitting returns the tag as it should be, type aside, for a field of a Go type.
func (t *tag) fitting(goType reflect.Type, inUnion bool) *tag {
	corrected := *t
	if inUnion {
		corrected.requiredness = Optional
	}
	if isScalarPointer(goType) {
		corrected.requiredness = Optional
		goType = goType.Elem()
	}
	corrected.noCopy = t.noCopy && (goType.Kind() == reflect.String || isBytes(goType))
	return &corrected
}
