package schema

import (
	"reflect"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/codec"
)

// Protobuf is the language of protobuf tags, as generators write them and as people do. Its grammar is in tag_protobuf.go, what Go types
// mean in it in mapping_protobuf.go, and what generated types say of themselves in generated.go.
var Protobuf = &Language{
	tagOf: lookupProtobuf, attempt: attemptProtobuf, learn: learnGenerated, begin: beginProtobuf, own: ownProtobuf,
	forms: protobufForms, ids: "from 1 to 536870911",
}

// protobufLanguage is the key of tags, oneofKey that of a field that holds a wrapper of a member of a oneof.
const (
	protobufLanguage = "protobuf"
	oneofKey         = "protobuf_oneof"
)

// noField is the tag of what is no field, as if there were no tag.
const noField = "-"

var protobufKeys = tagKeys{protobufLanguage}

// lookupProtobuf returns the tag of a field.
func lookupProtobuf(tag reflect.StructTag) (fieldTag, *fault) {
	values, language, refused := protobufKeys.lookup(tag)
	if refused != nil {
		return fieldTag{language: language}, refused
	}
	text, found := values[protobufLanguage]
	if !found || text == noField {
		return fieldTag{}, nil
	}
	return fieldTag{language: protobufLanguage, text: text, name: nameIn(text)}, nil
}

// nameIn returns what a generator's tag calls the field, or "".
func nameIn(text string) string {
	for _, word := range strings.Split(text, ",") {
		switch {
		case strings.HasPrefix(word, "def="):
			return ""
		case strings.HasPrefix(word, "name="):
			return word[len("name="):]
		}
	}
	return ""
}

// unknownNames are the fields in which generators, and people, have unknown fields kept.
var unknownNames = []string{"unknownFields", "XXX_unrecognized", UnknownFieldsName}

// extensionNames are the fields in which generated structs have extensions.
var extensionNames = []string{"extensionFields", "XXX_InternalExtensions"}

const opaquePrefix = "xxx_hidden_"

// beginProtobuf notes whether a generator made the type.
func beginProtobuf(s *StructType) { s.Generated = generatedOf(s.Go).made }

// isBookkeeping reports whether generators put the field, which has no tag, into the structs of all messages, also of those without fields:
// protoc-gen-go, and with it vtprotobuf, by the names in lower case, gogo/protobuf by those with XXX_.
func isBookkeeping(field reflect.StructField) bool {
	switch t := field.Type; field.Name {
	case "state":
		return t.Kind() == reflect.Struct && t.Name() == "MessageState"
	case "sizeCache":
		return t.Kind() == reflect.Int32
	case "unknownFields":
		return isBytes(t)
	case "extensionFields", "weakFields":
		return t.Kind() == reflect.Map
	}
	return strings.HasPrefix(field.Name, "XXX_")
}

// ownProtobuf handles fields for unknown fields and extensions, and those that hold a oneof.
func ownProtobuf(r *resolver, s *StructType, field reflect.StructField) (own bool, refused *fault) {
	switch {
	case strings.HasPrefix(field.Name, opaquePrefix):
		return false, unsupported("%s was generated with the Opaque API, whose structs say nothing of what they hold: generate it with "+
			"default_api_level=API_OPEN", s.Go)
	case slices.Contains(unknownNames, field.Name) && !field.Anonymous && isBytes(field.Type):
		if s.HasUnknown {
			return false, unsupported("%s has two fields for unknown fields: remove one", s.Go)
		}
		s.HasUnknown, s.UnknownOffset, s.UnknownName = true, field.Offset, field.Name
		return true, nil
	case slices.Contains(extensionNames, field.Name) && s.Generated:
		s.Extensions = append(s.Extensions, Extensions{field.Name, field.Offset, field.Type})
		return true, nil
	}
	name, found := field.Tag.Lookup(oneofKey)
	if !found {
		return false, nil
	}
	return true, r.oneof(s, field, name)
}

// oneof adds the members of a oneof whose wrappers a field holds.
func (r *resolver) oneof(s *StructType, field reflect.StructField, name string) *fault {
	if field.Type.Kind() != reflect.Interface || !field.IsExported() {
		return unsupported("what is tagged protobuf_oneof is an exported field of an interface type that the wrappers of the members implement")
	}
	s.Oneofs = append(s.Oneofs, Oneof{Name: name, Interface: field.Type, Offset: field.Offset})
	found := false
	for _, wrapper := range generatedOf(s.Go).wrappers {
		if !reflect.PointerTo(wrapper).Implements(field.Type) {
			continue
		}
		if wrapper.NumField() != 1 {
			return unsupported("%s wraps a member of a oneof, so it has one field", wrapper)
		}
		inner := wrapper.Field(0)
		tag, refused := lookupProtobuf(inner.Tag)
		if refused == nil && tag.language == "" {
			refused = unsupported("the field of %s has no protobuf tag", wrapper)
		}
		var member Field
		if refused == nil {
			member, refused = attemptProtobuf(r, s, inner, tag.language, tag.text)
		}
		switch kind := member.Type; {
		case refused != nil:
			return refused
		case kind.Kind == List, kind.Kind == Map, kind.Pointer && kind.Kind != Struct:
			return unsupported("a member of a oneof is no list, no map and no pointer to a scalar, as %s is in %s", inner.Type, wrapper)
		}
		member.Offset, member.Wrapper, member.Oneof, member.Requiredness = field.Offset, wrapper, len(s.Oneofs), Default
		member.WireName, member.Interface = tag.name, field.Type
		s.Fields = append(s.Fields, member)
		found = true
	}
	if !found {
		return unsupported("no wrapper of a member of the oneof %s is known: %s needs the method XXX_OneofWrappers, as generated code has it",
			name, s.Go)
	}
	return nil
}

// attemptProtobuf makes one Field but for its WireName from a tag.
func attemptProtobuf(r *resolver, s *StructType, field reflect.StructField, _, text string) (Field, *fault) {
	tag, refused := parseProtobufTag(text)
	if refused != nil {
		return Field{}, refused
	}
	if refused := checkNesting(field.Type); refused != nil {
		return Field{}, refused
	}
	m := protobufMapper{
		tag: tag, field: field,
		structOf: func(t reflect.Type) *StructType {
			return r.structOf(t, s.useOf(field, shownTag(protobufLanguage, text)))
		},
		utf8: tag.checksUTF8(),
	}
	said, known := generatedOf(s.Go).fields[tag.number]
	if known {
		m.utf8 = said.utf8
	}
	t, refused := m.fieldType()
	if refused == nil {
		refused = tag.checkWords(t)
	}
	if refused != nil {
		return Field{}, refused
	}
	made := Field{ID: tag.number, Name: field.Name, Offset: field.Offset, Type: t, Packed: t.Kind == List && tag.packs(t.Elem),
		Said: tag.said}
	made.Requiredness, refused = tag.requiredness(t, known, said.presence)
	if refused == nil && tag.oneof != "" {
		if !t.Pointer {
			return Field{}, unsupported("a member of a oneof is absent at times, so it is a pointer: use *%s", field.Type)
		}
		made.Oneof = s.oneofByTag(tag.oneof)
	}
	return made, refused
}

// oneofByTag returns the place of a oneof whose members are fields, counted from 1.
func (s *StructType) oneofByTag(name string) int {
	for i := range s.Oneofs {
		if s.Oneofs[i].Name == name && s.Oneofs[i].Interface == nil {
			return i + 1
		}
	}
	s.Oneofs = append(s.Oneofs, Oneof{Name: name})
	return len(s.Oneofs)
}

// collectOneofs gives each oneof the places of its members, once the fields are in order.
func (s *StructType) collectOneofs() {
	for i := range s.Fields {
		if place := s.Fields[i].Oneof; place > 0 {
			o := &s.Oneofs[place-1]
			o.Members = append(o.Members, i)
		}
	}
}

// protobufForms is what tags look like.
var protobufForms = map[string]string{protobufLanguage: `protobuf:"<number>,<word>"`}

// badNumber returns the fault of a number that no field can have.
func badNumber(text string) *fault {
	return &fault{code: codec.InvalidTag, reason: codec.Sprintf("%q is no field number, which is from 1 to 536870911", text)}
}
