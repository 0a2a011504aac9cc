package validate

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// outcome says whether an expression has a value.
type outcome uint8

const (
	known  outcome = iota
	absent         // it refers to a field that is absent: rules that need it are not checked
	failed         // a sum is out of range, or a divisor zero: rules that need it are broken
)

// expression is an operand of a rule.
type expression struct {
	class   class
	literal datum
	// evaluate computes the value for the struct at base; nil for a literal. It does not change, and is safe for concurrent use.
	evaluate func(base unsafe.Pointer) (datum, outcome)
}

// value returns the value of an expression for the struct at base.
func (e *expression) value(base unsafe.Pointer) (datum, outcome) {
	if e.evaluate == nil {
		return e.literal, known
	}
	return e.evaluate(base)
}

// expect returns the expression of a value that is to be compared with values of type t. Its references are to fields of scope.
func expect(v value, t reflect.Type, scope reflect.Type) (*expression, *tagError) {
	if v.form == bare || v.form == quoted {
		literal, err := literalOf(v, t)
		return &expression{class: literal.class, literal: literal}, err
	}
	e, err := compute(v, scope)
	if err != nil {
		return nil, err
	}
	wanted := classOf(t)
	if e.class != wanted && !(e.class.isWhole() && wanted.isNumber()) {
		return nil, &tagError{address: v.address, text: fmt.Sprintf("%s is %v, where %v is needed", v, e.class, wanted)}
	}
	return e, nil
}

// literalOf returns the value of type t that is written in a tag.
func literalOf(v value, t reflect.Type) (d datum, wrong *tagError) {
	refuse := func(reason string) (datum, *tagError) {
		return datum{}, &tagError{address: v.address, text: fmt.Sprintf("%q is no value of %s: %s", v.text, codec.TypeText(t), reason)}
	}
	switch classOf(t) {
	case text:
		return textDatum(v.text), nil
	case truth:
		b, err := strconv.ParseBool(v.text)
		if err != nil {
			return refuse("write true or false")
		}
		return truthDatum(b), nil
	case real:
		f, err := strconv.ParseFloat(v.text, t.Bits())
		if err != nil || f != f {
			return refuse("write a number that a value can be compared with")
		}
		return realDatum(f), nil
	case unsigned:
		n, err := strconv.ParseUint(v.text, 0, t.Bits())
		if err == nil {
			return unsignedDatum(n), nil
		}
	case whole:
		n, err := strconv.ParseInt(v.text, 0, t.Bits())
		if err == nil {
			return wholeDatum(n), nil
		}
	}
	if names := namesOf(t); names != nil && v.text != "" && (v.text[0] < '0' || v.text[0] > '9') && v.text[0] != '-' && v.text[0] != '+' {
		name := v.text[strings.LastIndexByte(v.text, '.')+1:]
		if n, found := names.number(name); found {
			return wholeDatum(n), nil
		}
		return refuse("the type does not tell the number of that name; write the number")
	}
	return refuse("write a whole number of that size")
}

// String shows a value as it is written.
func (v value) String() string {
	switch v.form {
	case reference:
		return "$" + v.text
	case call:
		return "@" + v.text
	}
	return strconv.Quote(v.text)
}

// compute returns the expression of a reference, of a call or of an argument.
func compute(v value, scope reflect.Type) (*expression, *tagError) {
	switch v.form {
	case reference:
		return fieldExpression(v, scope)
	case call:
		return callExpression(v, scope)
	case quoted:
		return &expression{class: text, literal: textDatum(v.text)}, nil
	}
	if n, err := strconv.ParseInt(v.text, 0, 64); err == nil {
		return &expression{class: whole, literal: wholeDatum(n)}, nil
	}
	if n, err := strconv.ParseUint(v.text, 0, 64); err == nil {
		return &expression{class: unsigned, literal: unsignedDatum(n)}, nil
	}
	if f, err := strconv.ParseFloat(v.text, 64); err == nil && f == f {
		return &expression{class: real, literal: realDatum(f)}, nil
	}
	if v.text == "true" || v.text == "false" {
		return &expression{class: truth, literal: truthDatum(v.text == "true")}, nil
	}
	return nil, &tagError{address: v.address, text: fmt.Sprintf("%q is neither a number nor a bool; a string stands in single quotes, and a field behind $", v.text)}
}

// fieldExpression returns the expression for another field of the struct.
func fieldExpression(v value, scope reflect.Type) (*expression, *tagError) {
	field, found := fieldNamed(scope, v.text)
	if !found {
		return nil, &tagError{address: v.address, text: fmt.Sprintf("%s has no field %s", schema.StructName(scope), v.text)}
	}
	t, pointers := behindPointers(field.Type)
	c := classOf(t)
	if c == 0 {
		return nil, &tagError{address: v.address, text: fmt.Sprintf("the field %s of type %s has no value that a rule can use", v.text, codec.TypeText(t))}
	}
	offset, kind := field.Offset, t.Kind()
	return &expression{class: c, evaluate: func(base unsafe.Pointer) (datum, outcome) {
		at := unsafe.Add(base, offset) // inside of the struct, which the caller keeps alive
		for range pointers {
			if at = *(*unsafe.Pointer)(at); at == nil {
				return datum{}, absent
			}
		}
		switch {
		case c != sized:
			return load(kind, at), known
		case kind == reflect.Map:
			return sizedDatum(reflect.NewAt(t, at).Elem().Len()), known
		}
		return sizedDatum((*sliceHeader)(at).length), known
	}}, nil
}

// fieldNamed finds a field by the name that its tag gives it, or else by its name in Go.
func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && nameOf(f) == name {
			return f, true
		}
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && f.Name == name {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// nameOf returns the name of a field in its definition: that of a thrift or protobuf tag, or else that in Go.
func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("thrift"), ",")
	if name = strings.TrimSpace(name); name != "" {
		return name
	}
	for _, part := range strings.Split(f.Tag.Get("protobuf"), ",") {
		if name, found := strings.CutPrefix(part, "name="); found && name != "" {
			return name
		}
	}
	if name := f.Tag.Get("protobuf_oneof"); name != "" {
		return name
	}
	return f.Name
}

// behindPointers returns what a type points to, through that many pointers.
func behindPointers(t reflect.Type) (behind reflect.Type, pointers int) {
	for t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
		pointers++
	}
	return t, pointers
}
