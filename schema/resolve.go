package schema

import (
	"cmp"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tagwire/tagwire/codec"
)

// resolving serialises the making of plans. No user code runs under it.
var resolving sync.Mutex

var errNotStruct = errors.New("a struct or a pointer to a struct is needed")

// Of returns the plan of a struct type, or of the struct that t points to. It makes the plans of all structs
// that t reaches, and their defaults by calling InitDefault; that method may itself call Of, or anything that
// does, for any type: then the types whose InitDefault is running have no defaults yet.
//
// Each struct type has one StructType for a language in a process. Errors are of type [*Error]. Of may be called from any
// goroutine; a call for a type that was resolved before takes no lock.
func (l *Language) Of(t reflect.Type) (*StructType, error) {
	if t == nil {
		return nil, &codec.Error{Code: codec.UnsupportedType, Offset: codec.NoOffset, Err: errNotStruct}
	}
	base := t
	if t.Kind() == reflect.Pointer {
		base = t.Elem()
	}
	if base.Kind() != reflect.Struct {
		return nil, &codec.Error{Code: codec.UnsupportedType, Offset: codec.NoOffset, Type: t, Err: errNotStruct}
	}
	s := l.planOf(base)
	if s == nil {
		var err *codec.Error
		if s, err = l.resolve(base); err != nil {
			return nil, err
		}
	}
	if !s.ready.Load() {
		if err := s.prepare(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// planOf returns the plan of a struct type if it was made.
func (l *Language) planOf(t reflect.Type) *StructType {
	if s, ok := l.plans.Load(t); ok {
		return s.(*StructType)
	}
	return nil
}

// resolve makes the plan of a struct type and of all struct types it reaches that have none. Either all of
// them become visible, complete but for their defaults, or none.
func (l *Language) resolve(t reflect.Type) (*StructType, *codec.Error) {
	if l.learn != nil {
		l.learn(t)
	}
	resolving.Lock()
	defer resolving.Unlock()
	r := resolver{language: l, made: map[reflect.Type]*StructType{}}
	root := r.structOf(t, use{path: StructName(t), goType: t})
	for len(r.pending) > 0 {
		next := r.pending[0]
		r.pending = r.pending[1:]
		if err := r.fill(next.plan, next.use); err != nil {
			return nil, err
		}
	}
	for made, s := range r.made {
		l.plans.Store(made, s)
	}
	return root, nil
}

// resolver makes the plans of types that reach each other.
type resolver struct {
	language *Language
	made     map[reflect.Type]*StructType
	pending  []pendingStruct
}

// pendingStruct is a plan to be filled, and where its type was found first.
type pendingStruct struct {
	plan *StructType
	use
}

// use is a place where a type is used: a field, or the struct type itself that is asked for.
type use struct {
	path   string
	goType reflect.Type
	// tag is the field's, as it is shown; "" at the top.
	tag string
}

// useOf returns the use of a type as the field of s.
func (s *StructType) useOf(field reflect.StructField, tag string) use {
	return use{path: s.Name + "." + codec.Shorten(field.Name, codec.MaxNameBytes), goType: field.Type, tag: tag}
}

// refuse returns the error for a use.
func (u use) refuse(code codec.Code, reason string) *codec.Error {
	if u.tag != "" {
		reason = u.tag + ": " + reason
	}
	return &codec.Error{Code: code, Offset: codec.NoOffset, Path: u.path, Type: u.goType, Err: errors.New(reason)}
}

// structOf returns the plan of a struct type that is used somewhere; a new one is filled later, since types may be recursive.
func (r *resolver) structOf(t reflect.Type, where use) *StructType {
	if s := r.language.planOf(t); s != nil {
		return s
	}
	if s := r.made[t]; s != nil {
		return s
	}
	s := &StructType{Go: t, Name: StructName(t)}
	r.language.begin(s)
	r.made[t] = s
	r.pending = append(r.pending, pendingStruct{s, where})
	return s
}

// fill completes a plan but for its defaults.
func (r *resolver) fill(s *StructType, where use) *codec.Error {
	for i := range s.Go.NumField() {
		field := s.Go.Field(i)
		if own, refused := r.language.own(r, s, field); refused != nil {
			return s.useOf(field, "").refuse(refused.code, refused.reason)
		} else if own {
			continue
		}
		tag, malformed := r.language.tagOf(field.Tag)
		if tag.language == "" {
			continue
		}
		said := shownTag(tag.language, tag.text)
		if malformed != nil {
			said = codec.Sprintf("struct tag %#q", string(field.Tag))
		}
		f, refused := r.field(s, field, tag, malformed)
		if refused != nil {
			return s.useOf(field, said).refuse(refused.code, refused.reason)
		}
		f.WireName = cmp.Or(tag.name, field.Name)
		s.Fields = append(s.Fields, f)
		s.NeverEmpty = s.NeverEmpty || f.Requiredness == RequiredField
	}
	if s.isBarren() {
		return where.refuse(codec.UnsupportedType, s.barrenReason())
	}
	return r.sortFields(s)
}

// isBarren reports whether s, which is filled, has fields but none that travels. Names with a leading underscore do not count:
// under such names generators keep what is theirs, and blank fields hold nothing. Nor does what generators put into structs of Protobuf.
func (s *StructType) isBarren() bool {
	if len(s.Fields) > 0 || s.HasUnknown && !s.Generated {
		return false
	}
	for i := range s.Go.NumField() {
		field := s.Go.Field(i)
		if !strings.HasPrefix(field.Name, "_") && !(s.Generated && isBookkeeping(field)) {
			return true
		}
	}
	return false
}

// barrenReason says why s, which is barren, is refused.
func (s *StructType) barrenReason() string {
	if s.Generated {
		return codec.Sprintf("%s has fields but no tags, so only its own methods know its wire form: use a struct whose fields have tags, "+
			"or the library that calls these methods", s.Go)
	}
	if s.Go == reflect.TypeFor[time.Time]() {
		return codec.Sprintf("%s has fields but no tags: write the word stdtime in the tag for Protobuf, or use an integer", s.Go)
	}
	return codec.Sprintf("%s has fields but no tags of this format, so nothing of it would travel: use a struct whose fields have some "+
		"(one that is empty on purpose has no fields, or names them with a leading underscore)", s.Go)
}

// field makes one Field but for its WireName, if its struct tag was not malformed. A refusal says what could be written
// instead, as far as that would be accepted.
func (r *resolver) field(s *StructType, field reflect.StructField, tag fieldTag, malformed *fault) (made Field, refused *fault) {
	if !field.IsExported() {
		return Field{}, &fault{code: codec.InvalidTag, reason: notExported(s.Go, field)}
	}
	if refused = malformed; refused == nil {
		made, refused = r.language.attempt(r, s, field, tag.language, tag.text)
	}
	if refused == nil {
		return made, nil
	}
	if tags := r.accepted(s, field, tag.language, refused.tags, mostRounds); len(tags) > 0 {
		refused.reason += ": write " + strings.Join(tags, " or ")
	} else if malformed != nil && len(malformed.tags) > 0 {
		refused.reason += ": the form is " + r.language.forms[tag.language]
	}
	return Field{}, refused
}

// mostRounds is how many mistakes beside the first one proposals can mend.
const mostRounds = 4

// accepted returns, quoted, those of the texts that the field can have as its tag. In place of one that it cannot have come
// those that mend it further.
func (r *resolver) accepted(s *StructType, field reflect.StructField, language string, texts []string, rounds int) (tags []string) {
	for _, text := range texts {
		_, refused := r.language.attempt(r, s, field, language, text)
		found := []string{quoteTag(language, text)}
		if refused != nil {
			found = nil
			if rounds > 0 {
				found = r.accepted(s, field, language, refused.tags, rounds-1)
			}
		}
		for _, tag := range found {
			if !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
		}
	}
	return tags
}

// sortFields puts the fields into ascending order of id; two of the same id are an error.
func (r *resolver) sortFields(s *StructType) *codec.Error {
	// The sort is stable, so that of two equal ids the second in the struct is the one at fault.
	slices.SortStableFunc(s.Fields, func(a, b Field) int { return cmp.Compare(a.ID, b.ID) })
	for i := 1; i < len(s.Fields); i++ {
		first, second := &s.Fields[i-1], &s.Fields[i]
		if first.ID != second.ID {
			continue
		}
		in := s.Go
		if second.Wrapper != nil {
			in = second.Wrapper
		}
		field, _ := in.FieldByName(second.Name)
		tag, _ := r.language.tagOf(field.Tag)
		return s.useOf(field, shownTag(tag.language, tag.text)).refuse(codec.InvalidTag, codec.Sprintf(
			"the id %d is already that of %s.%s: each field needs its own, %s", second.ID, s.Name, first.Name, r.language.ids))
	}
	s.collectOneofs()
	return nil
}
