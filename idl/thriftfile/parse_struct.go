package thriftfile

import (
	"math"

	"github.com/tagwire/tagwire/definition"
)

// structure returns the rule of structs, unions or exceptions.
func structure(form definition.Form) func(*parser, string) {
	return func(p *parser, doc string) {
		s := &definition.Struct{Doc: doc, Form: form, At: p.token.at}
		s.Name = p.name("the name of the declared type")
		if form != definition.FormException {
			p.accept("xsd_all")
		}
		p.expect("{")
		s.Fields = p.fields("}", false)
		s.Annotations = p.annotations()
		if form == definition.FormUnion {
			for _, f := range s.Fields { // at most one is there, whatever the file says
				f.Requiredness = definition.Optional
			}
		}
		p.file.Structs = append(p.file.Structs, s)
	}
}

// fields parses the fields of a struct, the arguments of a method, or its exceptions, and the symbol at their end.
func (p *parser) fields(end string, arguments bool) []*definition.Field {
	var list []*definition.Field
	implicit := int64(-1) // the id of the next field without one
	for p.until(end) {
		f := &definition.Field{Doc: docText(p.token.doc)}
		at, id := p.token.at, implicit
		if p.token.kind == number {
			id = p.integer("the field's id")
			p.expect(":")
			if id <= 0 { // ids go on from there, as with thrift-compiler's option --allow-neg-keys
				implicit = id - 1
			}
		} else {
			f.ImplicitID = true
			implicit--
		}
		if f.ID = int32(id); id < math.MinInt16 || id > math.MaxInt16 {
			p.fail(at, "the id of a field must fit into 16 bits, which %d does not", id)
		}
		p.field(f, arguments)
		list = append(list, f)
	}
	p.expect(end)
	return list
}

// field parses what follows the id of a field.
func (p *parser) field(f *definition.Field, argument bool) {
	switch {
	case p.accept("required"):
		f.Requiredness = definition.Required
	case p.accept("optional"):
		if !argument { // where thrift-compiler ignores the word, too
			f.Requiredness = definition.Optional
		}
	}
	f.Type = p.fieldType(0)
	reference := p.token.at
	isReference := p.accept("&")
	f.At = p.token.at
	f.Name = p.fieldName()
	if p.accept("=") {
		f.Default = p.value(0)
	}
	p.accept("xsd_optional")
	p.accept("xsd_nillable")
	if p.accept("xsd_attrs") { // fields of a format that is gone
		p.expect("{")
		if p.attributes++; p.attributes > maxDepth {
			p.failHere("xsd_attrs are nested more than %d deep", maxDepth)
		}
		p.fields("}", argument)
		p.attributes--
	}
	f.Annotations = p.annotations()
	if isReference {
		f.Annotations = append(f.Annotations, definition.Annotation{Name: "cpp.ref", Value: "true", At: reference})
	}
	p.separator()
}

// fieldType parses a type that is nested in depth others.
func (p *parser) fieldType(depth int) *definition.Type {
	t := &definition.Type{At: p.token.at}
	word := p.token.text
	if depth > maxDepth {
		p.failHere("types are nested more than %d deep", maxDepth)
	}
	switch kind := typeWords[word]; {
	case p.token.kind != identifier:
		p.expected("a type")
	case word == "slist":
		p.failHere("slist is no longer part of the language: use string")
	case word == "void":
		p.failHere("void can only be the result of a method")
	case kind == definition.KindInvalid:
		t.Kind, t.Ref = kindNamed, &definition.Ref{Name: p.reference("a type")}
	default:
		t.Kind = kind
		p.advance()
		if kind == definition.KindMap || kind == definition.KindSet || kind == definition.KindList {
			p.elements(t, depth)
		}
	}
	t.Annotations = append(t.Annotations, p.annotations()...)
	return t
}

// elements parses what stands behind the words map, set and list. A type for C++ becomes an annotation.
func (p *parser) elements(t *definition.Type, depth int) {
	cppType := func() {
		at := p.token.at
		if p.accept("cpp_type") {
			t.Annotations = append(t.Annotations, definition.Annotation{Name: "cpp.type", Value: p.literal("a type for C++"), At: at})
		}
	}
	cppType()
	p.expect("<")
	if t.Kind == definition.KindMap {
		t.Key = p.fieldType(depth + 1)
		p.expect(",")
	}
	t.Elem = p.fieldType(depth + 1)
	p.expect(">")
	if t.Kind == definition.KindList {
		cppType()
	}
}
