package validate

import (
	"reflect"
	"regexp"
	"sync"
	"unsafe"
)

// Plan is what is checked of the values of a struct type. It is immutable and safe for concurrent use. The nil Plan is that of a type
// without rules, and checks nothing.
type Plan struct{ body *body }

// body is what is checked of a struct: only fields that have rules, or lead to some.
type body struct {
	typ     reflect.Type
	fields  []field
	asserts []assertion
	active  bool // something is checked
}

// field is a field of a struct.
type field struct {
	name   string
	offset uintptr
	plan   *valuePlan
}

// assertion is a rule that a struct keeps as a whole. field is the name of the field that has the tag, "" for the blank one.
type assertion struct {
	rule  *rule
	field string
}

// shape is how a value is walked.
type shape uint8

const (
	unchecked shape = iota // nothing below it has rules
	scalar                 // numbers, bools, strings and binaries
	list
	mapping
	structure
	dynamic // an interface
)

// valuePlan is what is checked of values of a type at one place.
type valuePlan struct {
	typ      reflect.Type // behind the pointers
	pointers int          // how many lead to the value
	kind     reflect.Kind
	class    class
	shape    shape
	active   bool // something is checked

	notNil, required *rule
	rules            []*rule // those of the value itself
	bounds           bounds  // of rules
	unique, noSparse *rule

	elem *valuePlan // of a list, and of the values of a map; nil if nothing is checked
	key  *valuePlan // of a map
	body *body      // of a structure
	skip bool       // the body is not looked into

	scratch *sync.Pool // of *mapScratch, for a map
}

// rule is a rule, compiled.
type rule struct {
	*word
	text     string // as the tag has it, without places
	operands []*expression
	literal  *datum // the operand, if that is the only one and does not depend on the value
	pattern  *regexp.Regexp
	names    *enum
}

// keeps reports whether a value keeps a rule, for the struct at base. at points to the value.
func (r *rule) keeps(v datum, at, base unsafe.Pointer) bool {
	if r.literal != nil {
		return r.holds(v, *r.literal)
	}
	switch r.role {
	case matches:
		return r.pattern.MatchString(v.text)
	case named:
		return r.names.has(int64(v.bits), at)
	}
	compared := false
	for _, e := range r.operands {
		operand, outcome := e.value(base)
		switch {
		case outcome == failed:
			return false
		case outcome == absent:
			continue
		}
		compared = true
		if r.holds(v, operand) != r.none {
			return !r.none
		}
	}
	return r.none || !compared
}

// plans has what Of has returned, by type: a *Plan, or an error. Look-ups take no lock.
var plans sync.Map

// Of returns the plan of a struct type. The error tells of all tags that are wrong in the type, and in the types of its fields.
func Of(t reflect.Type) (*Plan, error) {
	if found, ok := plans.Load(t); ok {
		plan, _ := found.(*Plan)
		err, _ := found.(error)
		return plan, err
	}
	return compileAndStore(t)
}

func compileAndStore(t reflect.Type) (*Plan, error) {
	c := newCompiler()
	b := c.structOf(t)
	if err := c.err(t); err != nil {
		plans.LoadOrStore(t, err)
		return nil, err
	}
	c.markActive()
	for t, b := range c.bodies {
		plans.LoadOrStore(t, b.plan())
	}
	return b.plan(), nil
}

// plan returns the Plan of a struct.
func (b *body) plan() *Plan {
	if !b.active {
		return nil
	}
	return &Plan{b}
}
