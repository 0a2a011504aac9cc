package rpc

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/tagwire/tagwire"
)

// parameter is a field of a struct of arguments or of a result.
type parameter struct {
	id   int
	typ  reflect.Type
	wire string // the type in the tag, "" if it follows from the Go type
}

// exception is an exception that a method declares.
type exception struct {
	id  int
	typ reflect.Type // a struct; the pointer to it is an error
}

// methodDesc describes a method before a server or a client takes it into use.
type methodDesc struct {
	name       string
	oneway     bool
	arguments  reflect.Type // a struct
	retained   bool         // the handler may keep the struct of arguments itself
	result     reflect.Type // a struct: the success, if there is one, then the exceptions; nil if oneway
	returns    bool         // the first field of result is the success
	nilable    bool         // the success may be nil: then the result is empty
	byValue    bool         // the success is a slice or a map, and not behind a pointer
	exceptions []exception
}

var errorType = reflect.TypeFor[error]()

// asException returns the struct type of an exception that was given as a value or a pointer.
func asException(t reflect.Type) (reflect.Type, error) {
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("an exception is a struct with tags; %v is none", t)
	}
	if !reflect.PointerTo(t).Implements(errorType) {
		return nil, fmt.Errorf("an exception is an error; write func (e *%s) Error() string", t.Name())
	}
	return t, nil
}

// structOf returns the struct type whose fields are the parameters.
func structOf(parameters []parameter) reflect.Type {
	fields := make([]reflect.StructField, len(parameters))
	for i, p := range parameters {
		requiredness := "default"
		if p.id == 0 || p.typ.Kind() == reflect.Pointer && p.typ.Elem().Kind() != reflect.Struct {
			requiredness = "optional"
		}
		tag := wireID(p.id) + "," + requiredness
		if p.wire != "" {
			tag += "," + p.wire
		}
		fields[i] = reflect.StructField{
			Name: fieldName(p.id),
			Type: p.typ,
			Tag:  reflect.StructTag("frugal:" + strconv.Quote(tag)),
		}
	}
	return reflect.StructOf(fields)
}

// wireID spells an id as tags do: the wire has 16 bits for it, and old interface definitions have negative ones.
func wireID(id int) string { return strconv.Itoa(int(uint16(id))) }

// validID reports whether a parameter or an exception may have an id.
func validID(id int) bool { return id != 0 && id == int(int16(id)) }

// fieldName names the field of a struct made here; errors of the codec show it.
func fieldName(id int) string {
	if id == 0 {
		return "Result"
	}
	return "Parameter" + wireID(id)
}

// setResult makes the type of the result: the success of type success, nil for none, and the exceptions.
func (s *methodDesc) setResult(success reflect.Type, wire string) error {
	if s.oneway {
		if success != nil || len(s.exceptions) > 0 {
			return fmt.Errorf("a oneway method has no reply; take away its result and its exceptions, or oneway")
		}
		return nil
	}
	var fields []reflect.StructField
	if success != nil {
		tag := "0,optional"
		if wire != "" {
			tag += "," + wire
		}
		fields = append(fields, reflect.StructField{
			Name: fieldName(0), Type: success, Tag: reflect.StructTag("frugal:" + strconv.Quote(tag)),
		})
		s.returns = true
	}
	seen := map[int]bool{}
	for _, e := range s.exceptions {
		if !validID(e.id) || seen[e.id] {
			return fmt.Errorf("the exception %s has the id %d; write one from 1 to 32767, or below 0, that no other has",
				e.typ.Name(), e.id)
		}
		seen[e.id] = true
		fields = append(fields, reflect.StructField{
			Name: "Exception" + wireID(e.id),
			Type: reflect.PointerTo(e.typ),
			Tag:  reflect.StructTag(fmt.Sprintf(`frugal:"%s,optional"`, wireID(e.id))),
		})
	}
	s.result = reflect.StructOf(fields)
	return nil
}

// check asks the codec whether arguments and result have a wire form.
func (s *methodDesc) check() error {
	types := []reflect.Type{s.arguments}
	if !s.oneway {
		types = append(types, s.result)
	}
	if s.name == "" {
		return contractError(s.name, "a method needs a name")
	}
	for _, t := range types {
		if err := checkTagged(t); err != nil {
			return contractError(s.name, "%v", err)
		}
		for i := range t.NumField() {
			if err := checkTagged(t.Field(i).Type); err != nil {
				return contractError(s.name, "%v", err)
			}
		}
		if _, err := tagwire.CodecOf(t); err != nil {
			return &Error{Code: CodeContract, Method: s.name, Err: err}
		}
	}
	return nil
}

// checkTagged refuses a struct without tags, whose fields would all stay behind unseen.
func checkTagged(t reflect.Type) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	untagged := ""
	for i := range t.NumField() {
		f := t.Field(i)
		_, frugal := f.Tag.Lookup("frugal")
		_, thrift := f.Tag.Lookup("thrift")
		if frugal || thrift {
			return nil
		}
		if f.IsExported() && untagged == "" {
			untagged = f.Name
		}
	}
	if untagged == "" {
		return nil
	}
	return fmt.Errorf("no field of %v has a tag, so none would be sent; write `frugal:\"1\"` behind %s", t, untagged)
}

// exceptionOf returns the index of the result's field for err, which is or wraps a declared exception, and the
// pointer to the exception; -1 if it is none.
func (s *methodDesc) exceptionOf(err error) (field int, value reflect.Value) {
	for ; err != nil; err = unwrap(err) {
		v := reflect.ValueOf(err)
		t := v.Type()
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		i := slices.IndexFunc(s.exceptions, func(e exception) bool { return e.typ == t })
		if i < 0 {
			continue
		}
		if v.Kind() != reflect.Pointer {
			pointer := reflect.New(t)
			pointer.Elem().Set(v)
			v = pointer
		}
		if v.IsNil() {
			continue
		}
		if s.returns {
			i++
		}
		return i, v
	}
	return -1, reflect.Value{}
}

// unwrap returns the error below err. Of several it follows the first: a result can hold one exception.
func unwrap(err error) error {
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		return u.Unwrap()
	case interface{ Unwrap() []error }:
		if all := u.Unwrap(); len(all) > 0 {
			return all[0]
		}
	}
	return nil
}
