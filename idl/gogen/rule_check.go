package gogen

import (
	"errors"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/validate"
)

// collectRules makes the rules of a struct, and reports those that are wrong.
func (e *emitter) collectRules(s *structDecl) {
	if e.options.NoValidation || s.internal {
		return
	}
	if e.file.def.Language == definition.Protobuf {
		e.protobufRules(s)
	} else {
		e.thriftRules(s)
	}
	some := len(s.rules.rules) > 0
	for _, f := range s.fields {
		f.rules.remove(func(r *rule) bool { return e.alwaysHolds(r, f) })
		some = some || len(f.rules.rules) > 0
	}
	for some && !e.report.Full() && e.checkRules(s) {
	}
}

// checkRules has package validate look at the tags of a struct. It reports whether it has removed some rules, so that others may be wrong.
func (e *emitter) checkRules(s *structDecl) (changed bool) {
	fields := []reflect.StructField{{Name: "_", PkgPath: "gogen", Type: reflect.TypeFor[struct{}]()}}
	checks := map[string]*ruleCheck{} // by names of fields in Go
	add := func(field *reflect.StructField, name, what string, rules *ruleSet) {
		text, marks := rules.text(true)
		field.Tag = reflect.StructTag(tagPairs("thrift", name))
		if text != "" {
			field.Tag += reflect.StructTag(" " + tagPairs("vt", text))
			checks[field.Name] = &ruleCheck{rules, what, marks}
		}
	}
	add(&fields[0], "", s.def.Name, &s.rules)
	for _, f := range s.fields {
		if f.leftOut == "" && token.IsExported(f.name) && tagCanName(f.def.Name) {
			fields = append(fields, reflect.StructField{Name: f.name, Type: e.reflectField(f)})
			add(&fields[len(fields)-1], f.def.Name, s.def.Name+"."+f.def.Name, &f.rules)
		}
	}
	_, err := validate.Of(reflect.StructOf(fields))
	for _, wrong := range tagErrors(err) {
		c := checks[wrong.Field]
		if c == nil { // the name of a field looks like a tag
			e.fail(e.file.def, s.def.At, "%s.%s: %s", s.def.Name, wrong.Field, wrong.Reason)
			continue
		}
		m := c.at(wrong.Offset)
		if !wrong.Unknown {
			e.fail(e.file.def, m.at, "%s: %s: %s", c.what, m.rule.source, checkedNames.Replace(wrong.Reason))
			continue
		}
		e.unknownRule(c.rules, m.rule, c.what, wrong.Reason)
		c.rules.remove(func(r *rule) bool { return r == m.rule })
		changed = true
	}
	return changed
}

// A ruleCheck is the tag of one field in a check.
type ruleCheck struct {
	rules *ruleSet
	what  string // whose tag it is, for errors
	marks []mark
}

// at returns the part of the tag that a byte belongs to.
func (c *ruleCheck) at(offset int) mark {
	found := c.marks[0]
	for _, m := range c.marks {
		if m.offset <= offset {
			found = m
		}
	}
	return found
}

// tagErrors returns what package validate has found.
func tagErrors(err error) (found []*validate.TagError) {
	var all interface{ Unwrap() []error }
	if errors.As(err, &all) {
		for _, one := range all.Unwrap() {
			var wrong *validate.TagError
			if errors.As(one, &wrong) {
				found = append(found, wrong)
			}
		}
	}
	return found
}

// Types of the check, in place of those that the code declares.
type (
	message struct{}
	enum32  int32
	enum64  int64
)

// checkedNames are the names of these types, and how errors have them.
var checkedNames = strings.NewReplacer("gogen.message", "struct", "gogen.enum32", "enum", "gogen.enum64", "enum")

// String makes the type one that is an enum to rules.
func (enum32) String() string { return "" }

// String makes the type one that is an enum to rules.
func (enum64) String() string { return "" }

// reflectTypes are the types for the names in goKinds and heldTypes.
var reflectTypes = map[string]reflect.Type{
	"bool": reflect.TypeFor[bool](), "int8": reflect.TypeFor[int8](), "int16": reflect.TypeFor[int16](), "int32": reflect.TypeFor[int32](),
	"int64": reflect.TypeFor[int64](), "uint32": reflect.TypeFor[uint32](), "uint64": reflect.TypeFor[uint64](),
	"float32": reflect.TypeFor[float32](), "float64": reflect.TypeFor[float64](), "string": reflect.TypeFor[string](),
	"[]byte": reflect.TypeFor[[]byte](), "Time": reflect.TypeFor[time.Time](), "Duration": reflect.TypeFor[time.Duration](),
}

// reflectField returns the type of a field for the check, which is a pointer where that of the code is one.
func (e *emitter) reflectField(f *fieldDecl) reflect.Type {
	t := e.reflectType(f.def.Type)
	if e.isPointer(f) {
		return reflect.PointerTo(t)
	}
	return t
}

func (e *emitter) reflectType(t *definition.Type) reflect.Type {
	switch t = e.index.resolve(t); t.Kind {
	case definition.KindEnum:
		if e.index.files[t.Ref.Path].Language == definition.Protobuf {
			return reflect.TypeFor[enum32]()
		}
		return reflect.TypeFor[enum64]()
	case definition.KindStruct:
		if held := e.held(t); held != nil {
			return reflectTypes[held.name]
		}
		return reflect.TypeFor[message]()
	case definition.KindList, definition.KindSet:
		return reflect.SliceOf(e.reflectElement(t.Elem))
	case definition.KindMap:
		key := e.reflectType(t.Key)
		switch e.index.resolve(t.Key).Kind {
		case definition.KindBinary:
			key = reflectTypes["string"]
		case definition.KindStruct:
			key = reflect.PointerTo(key)
		}
		return reflect.MapOf(key, e.reflectElement(t.Elem))
	}
	return reflectTypes[goKinds[t.Kind]]
}

func (e *emitter) reflectElement(t *definition.Type) reflect.Type {
	made := e.reflectType(t)
	if e.isMessage(t) && !e.options.Values {
		return reflect.PointerTo(made)
	}
	return made
}

// alwaysHolds reports whether a rule forbids that a value is nil where none can be, because Go's type has no nil.
func (e *emitter) alwaysHolds(r *rule, f *fieldDecl) bool {
	if !slices.Contains([]string{"not_nil", "required", "no_sparse"}, r.word) || len(r.operands) > 0 {
		return false
	}
	t := e.reflectField(f)
	for _, place := range r.places {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch {
		case place == "elem" && t.Kind() == reflect.Slice, place == "value" && t.Kind() == reflect.Map:
			t = t.Elem()
		case place == "key" && t.Kind() == reflect.Map:
			t = t.Key()
		default:
			return false
		}
	}
	switch r.word {
	case "no_sparse":
		return t.Kind() == reflect.Map && t.Elem().Kind() == reflect.Struct
	case "required":
		return t.Kind() == reflect.Struct
	}
	return t.Kind() != reflect.Pointer && t.Kind() != reflect.Slice && t.Kind() != reflect.Map
}
