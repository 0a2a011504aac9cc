package validate

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// tagKey is the key of the tags that have rules.
const tagKey = "vt"

// compiler makes the plans of a struct type and of all that its values may hold. A type without rules of its own at some place has one
// plan for all such places, which is how types that contain themselves end.
type compiler struct {
	bodies map[reflect.Type]*body
	plain  map[reflect.Type]*valuePlan
	made   []*body      // those of bodies that are new
	values []*valuePlan // all that are new
	faults []error
}

func newCompiler() *compiler {
	return &compiler{bodies: map[reflect.Type]*body{}, plain: map[reflect.Type]*valuePlan{}}
}

// err returns one error for all tags that are wrong.
func (c *compiler) err(t reflect.Type) error {
	if len(c.faults) == 0 {
		return nil
	}
	return &codec.Error{Code: codec.InvalidTag, Offset: codec.NoOffset, Path: schema.StructName(t), Type: t, Err: errors.Join(c.faults...)}
}

// tagged is a field with its tag.
type tagged struct {
	scope reflect.Type // the struct that has the field
	field reflect.StructField
	tag   string
}

// refuse notes that a tag is wrong.
func (c *compiler) refuse(f *tagged, word string, wrong *tagError) {
	c.faults = append(c.faults, &TagError{Struct: schema.StructName(f.scope), Field: f.field.Name, Tag: f.tag, Offset: wrong.address, Rule: word,
		Reason: wrong.text, Unknown: wrong.unknown})
}

// structOf returns the body of a struct type.
func (c *compiler) structOf(t reflect.Type) *body {
	if b, found := c.bodies[t]; found {
		return b
	}
	b := &body{typ: t}
	c.bodies[t] = b
	if cached, found := plans.Load(t); found {
		if plan, right := cached.(*Plan); right {
			if plan != nil {
				c.bodies[t] = plan.body
			}
			return c.bodies[t]
		}
	}
	c.made = append(c.made, b)
	for i := range t.NumField() {
		c.field(b, &tagged{scope: t, field: t.Field(i)})
	}
	return b
}

// field adds a field to the body of its struct.
func (c *compiler) field(b *body, f *tagged) {
	tag, found, err := schema.LookupTag(f.field.Tag, tagKey)
	f.tag = tag
	blank := f.field.Name == "_"
	switch {
	case err != nil:
		c.refuse(f, "", &tagError{text: err.Error()})
		return
	case found && !blank && !f.field.IsExported():
		c.refuse(f, "", &tagError{text: "the field is not exported"})
		return
	case !found && !f.field.IsExported() && !f.field.Anonymous:
		return
	}
	var rules []written
	if found {
		parsed, wrong := parse(tag)
		if wrong != nil {
			c.refuse(f, "", wrong)
			return
		}
		rules = c.assertions(b, f, parsed, blank)
	}
	if blank {
		for _, r := range rules {
			c.refuse(f, r.word, &tagError{address: r.address, text: "a blank field takes only assert"})
		}
		return
	}
	b.fields = append(b.fields, field{nameOf(f.field), f.field.Offset, c.valueOf(f.field.Type, rules, f)})
}

// assertions takes the rules of the struct out of those of a field.
func (c *compiler) assertions(b *body, f *tagged, rules []written, blank bool) []written {
	return slices.DeleteFunc(rules, func(r written) bool {
		w := words[r.word]
		if w.role != ofStruct || len(r.places) > 0 {
			return false
		}
		at := assertion{field: nameOf(f.field)}
		if blank {
			at.field = ""
		}
		if at.rule = c.compiled(r, w, f.scope, 0, f); at.rule != nil {
			b.asserts = append(b.asserts, at)
		}
		return true
	})
}

// valueOf returns the plan of values of a type under rules.
func (c *compiler) valueOf(t reflect.Type, rules []written, f *tagged) *valuePlan {
	if len(rules) == 0 {
		if p, found := c.plain[t]; found {
			return p
		}
	}
	p := &valuePlan{bounds: newBounds()}
	if len(rules) == 0 {
		c.plain[t] = p
	}
	c.values = append(c.values, p)
	p.typ, p.pointers = behindPointers(t)
	p.kind, p.class = p.typ.Kind(), classOf(p.typ)
	c.own(p, placed(rules, ""), f)
	keys, values, elems := placed(rules, placeKey), placed(rules, placeValue), placed(rules, placeElem)
	switch {
	case p.class == sized && p.kind == reflect.Slice:
		p.shape = list
		p.elem = c.valueOf(p.typ.Elem(), elems, f)
		elems = nil
	case p.class == sized:
		p.shape = mapping
		p.scratch = newScratch(p.typ)
		p.key, p.elem = c.valueOf(p.typ.Key(), keys, f), c.valueOf(p.typ.Elem(), values, f)
		keys, values = nil, nil
	case p.class != 0:
		p.shape = scalar
	case p.kind == reflect.Struct:
		p.shape = structure
		p.body = c.structOf(p.typ)
	case p.kind == reflect.Interface:
		p.shape = dynamic
	}
	for _, misplaced := range [][]written{keys, values, elems} {
		for _, r := range misplaced {
			c.refuse(f, r.word, &tagError{address: r.address, text: codec.TypeText(p.typ) + " has no such place: elem is for lists and sets, key and value are for maps"})
		}
	}
	return p
}

// placed returns the rules for a place, without its name, or for "" those for the value itself.
func placed(rules []written, place string) (found []written) {
	for _, r := range rules {
		switch {
		case place == "" && len(r.places) == 0:
			found = append(found, r)
		case place != "" && len(r.places) > 0 && r.places[0] == place:
			r.places = r.places[1:]
			found = append(found, r)
		}
	}
	return found
}

// own compiles the rules of the value itself.
func (c *compiler) own(p *valuePlan, rules []written, f *tagged) {
	seen := map[string]bool{}
	for _, r := range rules {
		w, found := words[r.word]
		if !found {
			c.refuse(f, r.word, &tagError{address: r.address, text: "there is no such rule", unknown: true})
			continue
		}
		if w.role == ofStruct {
			c.refuse(f, r.word, &tagError{address: r.address, text: "it is for a struct, and stands without a place"})
			continue
		}
		if seen[r.word] {
			c.refuse(f, r.word, &tagError{address: r.address, text: "it is there twice; a list stands in brackets"})
			continue
		}
		seen[r.word] = true
		if made := c.compiled(r, w, p.typ, p.pointers, f); made != nil {
			p.add(r.word, made)
		}
	}
}

// add puts a rule where it is looked for.
func (p *valuePlan) add(name string, r *rule) {
	switch name {
	case "not_nil":
		p.notNil = r
	case "required":
		p.required = r
	case "unique":
		p.unique = r
	case "no_sparse":
		p.noSparse = r
	case "skip":
		p.skip = true
	default:
		p.rules = append(p.rules, r)
		p.bounds.add(name, r, p.class)
	}
}

// compiled returns a rule for values of a type behind pointers; nil if it is wrong, which is noted, or says false.
func (c *compiler) compiled(r written, w word, t reflect.Type, pointers int, f *tagged) *rule {
	refuse := func(address int, format string, arguments ...any) *rule {
		c.refuse(f, r.word, &tagError{address: address, text: fmt.Sprintf(format, arguments...)})
		return nil
	}
	if w.role != ofStruct && fitsOf(t, pointers)&w.fits == 0 {
		return refuse(r.address, "it is for %v, and this is %s", w.fits, codec.TypeText(t))
	}
	if r.list && w.takes != takesList {
		return refuse(r.address, "it takes no list")
	}
	if r.values == nil && w.takes != takesFlag {
		return refuse(r.address, "it needs a value, as in %s=...", r.word)
	}
	made := &rule{word: &w, text: r.text}
	if w.role == named {
		made.names = namesOf(t)
	}
	wrong := made.complete(r.values, t, f.scope)
	if wrong == nil {
		wrong = checkElements(r, t)
	}
	if wrong != nil {
		c.refuse(f, r.word, wrong)
		return nil
	}
	if w.takes == takesFlag && r.values != nil && !made.operands[0].literal.isTrue() {
		return nil
	}
	switch {
	case w.holds == nil:
	case w.takes == takesFlag:
		made.literal = new(datum)
	case len(made.operands) == 1 && made.operands[0].evaluate == nil:
		made.literal = &made.operands[0].literal
	}
	return made
}

// complete compiles what stands behind the word.
func (r *rule) complete(values []value, t, scope reflect.Type) *tagError {
	switch {
	case r.takes == takesPattern:
		if values[0].form == reference || values[0].form == call {
			return &tagError{address: values[0].address, text: "a pattern stands in the tag: it is compiled once", unknown: true}
		}
		pattern, err := regexp.Compile(values[0].text)
		if err != nil {
			return &tagError{address: values[0].address, text: err.Error()}
		}
		r.pattern = pattern
		return nil
	case r.takes == takesAssertion && values[0].form != call:
		return &tagError{address: values[0].address, text: "an assertion is a call, as in @equal($A,$B)"}
	case r.takes == takesAssertion, r.takes == takesFlag:
		t = reflect.TypeFor[bool]()
	case r.takes == takesSize:
		t = reflect.TypeFor[int64]()
	}
	if r.takes == takesFlag {
		for _, v := range values {
			if v.form == reference || v.form == call {
				return &tagError{address: v.address, text: "it takes nothing, true or false"}
			}
		}
	}
	for _, v := range values {
		e, err := expect(v, t, scope)
		if err != nil {
			return err
		}
		if r.takes == takesSize && e.evaluate == nil && int64(e.literal.bits) < 0 {
			return &tagError{address: v.address, text: "no size is below zero"}
		}
		r.operands = append(r.operands, e)
	}
	if r.role == named {
		r.names.learn()
	}
	return nil
}

// checkElements refuses a rule about the elements of a container that is not for such elements.
func checkElements(r written, t reflect.Type) *tagError {
	switch r.word {
	case "unique":
		if e := t.Elem(); classOf(e) == 0 || classOf(e) == sized {
			return &tagError{address: r.address, text: "it is for lists of numbers, bools, strings and binaries, and this is " + codec.TypeText(t)}
		}
	case "no_sparse":
		if !isNilable(t.Elem()) {
			return &tagError{address: r.address, text: "no value of " + codec.TypeText(t) + " can be nil"}
		}
	}
	return nil
}

func isNilable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return true
	}
	return false
}

// fitsOf returns what words a value of a type behind pointers may have.
func fitsOf(t reflect.Type, pointers int) (f fits) {
	switch c := classOf(t); {
	case c.isWhole():
		f = fitsNumber
		if namesOf(t) != nil {
			f |= fitsEnum
		}
	case c == real:
		f = fitsNumber | fitsReal
	case c == truth:
		f = fitsTruth
	case c == text:
		f = fitsText
	case c == sized && t.Kind() == reflect.Slice:
		f = fitsList
	case c == sized:
		f = fitsMap
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Interface:
		f = fitsStruct
	default:
		return 0
	}
	if pointers > 0 || isNilable(t) {
		f |= fitsNilable
	}
	if pointers > 0 || t.Kind() != reflect.Struct {
		f |= fitsPresence
	}
	return f
}

// markActive finds out where something is checked, and takes the rest away.
func (c *compiler) markActive() {
	for changed := true; changed; {
		changed = false
		for _, p := range slices.Backward(c.values) { // what a plan leads to is behind it, but for cycles
			if !p.active && p.isActive() {
				p.active, changed = true, true
			}
		}
		for _, b := range slices.Backward(c.made) {
			if !b.active && b.isActive() {
				b.active, changed = true, true
			}
		}
	}
	for _, b := range c.made {
		b.fields = slices.DeleteFunc(b.fields, func(f field) bool { return !f.plan.active })
	}
	for _, p := range c.values {
		if p.elem != nil && !p.elem.active {
			p.elem = nil
		}
		if p.key != nil && !p.key.active {
			p.key = nil
		}
		if p.body != nil && !p.body.active {
			p.body = nil
		}
	}
}

func (b *body) isActive() bool {
	return len(b.asserts) > 0 || slices.ContainsFunc(b.fields, func(f field) bool { return f.plan.active })
}

func (p *valuePlan) isActive() bool {
	own := p.notNil != nil || p.required != nil || p.unique != nil || p.noSparse != nil || len(p.rules) > 0
	below := p.elem != nil && p.elem.active || p.key != nil && p.key.active || p.body != nil && p.body.active || p.shape == dynamic
	return own || below && !p.skip
}
