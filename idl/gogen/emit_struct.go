package gogen

import (
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

func quote(text string) string { return strconv.Quote(text) }

// structure writes a struct with its methods.
func (e *emitter) structure(s *structDecl) {
	e.collectRules(s)
	e.printf("\n")
	e.doc(s.def.Doc)
	e.writeUnchecked(s.def.Doc, &s.rules)
	e.printf("type %s struct {\n", s.name)
	for _, f := range s.fields {
		e.field(f)
	}
	if text, _ := s.rules.text(false); text != "" {
		e.printf("\n_ struct{} %s\n", structTag("vt", text))
	}
	if e.options.KeepUnknown && !s.internal {
		e.printf("\n_unknownFields []byte\n")
	}
	e.printf("}\n")
	e.initialization(s)
	if e.thriftgo() {
		e.accessors(s)
	} else {
		e.defaultGetters(s)
	}
	switch s.def.Form {
	case definition.FormUnion:
		e.union(s)
	case definition.FormException:
		e.exception(s)
	}
}

// field writes a field of a struct.
func (e *emitter) field(f *fieldDecl) {
	if f.leftOut != "" {
		e.leaveOut(f.def.At, f.owner.def.Name+"."+f.def.Name, f.leftOut)
		return
	}
	if !tagCanName(f.def.Name) {
		e.fail(e.file.def, f.def.At, "%s.%q: a tag cannot have such a name", f.owner.def.Name, f.def.Name)
		return
	}
	if !token.IsExported(f.name) {
		e.fail(e.file.def, f.def.At, "%s.%s: thriftgo makes %s of it, which is not exported, and the codec has no such fields; use idiomatic names",
			f.owner.def.Name, f.def.Name, f.name)
		return
	}
	var tags []string
	switch {
	case e.file.def.Language == definition.Protobuf:
		if f.def.Type.Kind == definition.KindTypedef || f.def.Type.Kind == definition.KindSet {
			e.fail(e.file.def, f.def.At, "%s.%s: Protobuf has no such type", f.owner.def.Name, f.def.Name)
			return
		}
		tags = e.protobufTags(f)
	case f.def.ID < -1<<15 || f.def.ID > 1<<16-1:
		e.fail(e.file.def, f.def.At, "%s.%s: ids are from -32768 to 65535, and %d is none", f.owner.def.Name, f.def.Name, f.def.ID)
		return
	default:
		tags = []string{"thrift", e.thriftTag(f)}
	}
	if text, _ := f.rules.text(false); text != "" {
		tags = append(tags, "vt", text)
	}
	tag := structTag(tags...)
	if own := e.ownTag(f); own != "" {
		tag = tagLiteral(tagPairs(tags...) + " " + own)
	} else if e.options.JSON || e.thriftgo() {
		tag = structTag(append(tags, "json", jsonTag(f))...)
	}
	if !f.owner.internal { // a method has reported these
		e.strayRules(f.owner.def.Name+"."+f.def.Name, nil, f.def.Type)
	}
	e.doc(f.def.Doc)
	e.writeUnchecked(f.def.Doc, &f.rules)
	e.printf("%s %s %s\n", f.name, e.fieldType(f), tag)
}

// tagCanName reports whether a tag can have a name between commas.
func tagCanName(name string) bool {
	return !strings.ContainsAny(name, ",`\"\\") && oneLine(name) == name
}

// jsonTag returns the name of a field in JSON.
func jsonTag(f *fieldDecl) string {
	name := f.def.Name
	if f.def.JSONName != "" {
		name = f.def.JSONName
	}
	if f.def.Requiredness == definition.Optional || f.owner.def.Form == definition.FormUnion {
		return name + ",omitempty"
	}
	return name
}

// ownTag returns the struct tag that a definition of Thrift asks for by the annotation go.tag, for other libraries.
func (e *emitter) ownTag(f *fieldDecl) string {
	i := slices.IndexFunc(f.def.Annotations, func(a definition.Annotation) bool { return a.Name == "go.tag" })
	if i < 0 || e.file.def.Language == definition.Protobuf {
		return ""
	}
	text := strings.TrimSpace(strings.ReplaceAll(f.def.Annotations[i].Value, `\"`, `"`))
	if !isStructTag(text) {
		e.fail(e.file.def, f.def.At, "%s.%s: the annotation go.tag is no struct tag: %s", f.owner.def.Name, f.def.Name, oneLine(text))
		return ""
	}
	if _, taken := reflect.StructTag(text).Lookup("vt"); taken && len(f.rules.rules) > 0 {
		e.fail(e.file.def, f.def.At, "%s.%s: the annotation go.tag has a vt tag, and other annotations have rules for one", f.owner.def.Name, f.def.Name)
		return ""
	}
	return text
}

// isStructTag reports whether a text is a struct tag for libraries other than this one.
func isStructTag(text string) bool {
	if oneLine(text) != text || strings.ContainsAny(text, "`") {
		return false
	}
	for rest := text; rest != ""; rest = strings.TrimLeft(rest, " ") {
		key, _, found := strings.Cut(rest, ":")
		quoted, err := strconv.QuotedPrefix(strings.TrimPrefix(rest, key+":"))
		if !found || err != nil || key == "" || strings.ContainsAny(key, " \"") {
			return false
		}
		rest = rest[len(key)+1+len(quoted):]
	}
	for _, own := range []string{"thrift", "frugal", "protobuf"} {
		if _, taken := reflect.StructTag(text).Lookup(own); taken {
			return false
		}
	}
	return true
}

// initialization writes the method that sets the defaults, and the function that makes a value with them.
func (e *emitter) initialization(s *structDecl) {
	if !s.initializes && !e.thriftgo() {
		return
	}
	e.printf("\n// %s returns a new %s with its default values.\n", s.create, s.name)
	if s.initializes {
		e.printf("func %s() *%s {\np := new(%s)\np.InitDefault()\nreturn p\n}\n", s.create, s.name, s.name)
	} else {
		e.printf("func %s() *%s { return new(%s) }\n", s.create, s.name, s.name)
	}
	e.printf("\n// InitDefault sets the default values.\nfunc (p *%s) InitDefault() {\n", s.name)
	for _, f := range s.fields {
		switch {
		case f.leftOut != "":
		case f.def.Default != nil:
			e.printf("p.%s = %s\n", f.name, e.fieldValue(f, f.def.Default, nil))
		case e.isByValue(s, f.def) && e.structOf(e.index.resolve(f.def.Type)).initializes:
			e.printf("p.%s.InitDefault()\n", f.name)
		}
	}
	e.printf("}\n")
}

// defaultGetters writes getters for fields of Protobuf that have a default.
func (e *emitter) defaultGetters(s *structDecl) {
	for _, f := range s.fields {
		if f.getter == "" || f.leftOut != "" {
			continue
		}
		t, text := e.goType(f.def.Type), e.value(f.def.Type, f.def.Default, nil)
		e.printf("\n// %s returns %s, or its default if it is not set.\nfunc (p *%s) %s() %s {\n", f.getter, f.name, s.name, f.getter, t)
		if e.isPointer(f) {
			e.printf("if p == nil || p.%s == nil {\nreturn %s\n}\nreturn *p.%s\n}\n", f.name, text, f.name)
		} else {
			e.printf("if p == nil || p.%s == nil {\nreturn %s\n}\nreturn p.%s\n}\n", f.name, text, f.name)
		}
	}
}

// union writes the method by which the codec knows a union.
func (e *emitter) union(s *structDecl) {
	e.printf("\n// CountSetFields%s returns how many members are set. A valid union has one.\n", s.name)
	e.printf("func (p *%s) CountSetFields%s() int {\ncount := 0\n", s.name, s.name)
	for _, f := range s.fields {
		switch {
		case f.leftOut != "":
		case e.isPointer(f) || f.def.Default == nil:
			e.printf("if p.%s != nil {\ncount++\n}\n", f.name)
		default:
			e.printf("if %s {\ncount++\n}\n", e.differs(f))
		}
	}
	e.printf("return count\n}\n")
}

// differs returns the condition that a field with a default that is no pointer has another value than that.
func (e *emitter) differs(f *fieldDecl) string {
	switch t := e.index.resolve(f.def.Type); t.Kind {
	case definition.KindList, definition.KindSet, definition.KindMap:
		return "p." + f.name + " != nil"
	case definition.KindBinary:
		return "!" + e.use("bytes", "bytes") + "Equal(p." + f.name + ", " + e.value(f.def.Type, f.def.Default, nil) + ")"
	}
	return "p." + f.name + " != " + e.value(f.def.Type, f.def.Default, nil)
}

// exception writes the method that makes an exception an error.
func (e *emitter) exception(s *structDecl) {
	if e.thriftgo() {
		e.printf("\nfunc (p *%s) Error() string { return p.String() }\n", s.name)
		return
	}
	e.printf("\n// Error says what has happened.\nfunc (p *%s) Error() string {\n", s.name)
	for _, f := range s.fields {
		if f.leftOut == "" && strings.EqualFold(f.def.Name, "message") && e.index.resolve(f.def.Type).Kind == definition.KindString {
			if e.isPointer(f) {
				e.printf("if p.%s != nil {\nreturn %q + *p.%s\n}\n", f.name, s.def.Name+": ", f.name)
				break
			}
			e.printf("if p.%s != \"\" {\nreturn %q + p.%s\n}\n", f.name, s.def.Name+": ", f.name)
			break
		}
	}
	e.printf("return %q\n}\n", s.def.Name)
}
