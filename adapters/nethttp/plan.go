package nethttp

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/tagwire/tagwire/schema"
)

// UnsupportedError is the error for a type that JSON cannot hold. It is the cause in the *rpc.Error of NewHandler or Fill.
type UnsupportedError struct {
	Path   string       // the field, such as Order.Totals
	Type   reflect.Type // in Go
	Reason string
}

// Error returns path, type and reason.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("JSON cannot hold %s (%v): %s", e.Path, e.Type, e.Reason)
}

// plans has all structs that a method refers to. It is not changed once it is made.
type plans map[*schema.StructType]*structPlan

// structPlan says how a struct becomes an object.
type structPlan struct {
	*schema.StructType
	byName map[string]int // the fields' places in Fields
	names  []string       // of the fields in JSON
	keys   []string       // the same in quotes and with a colon
	index  []int          // of the fields in Go
}

// addRoot adds a struct of arguments or results, whose fields have no names but their ids, and what it refers to.
func (p plans) addRoot(t reflect.Type) (*structPlan, error) {
	s, err := schema.Thrift.Of(t)
	if err != nil {
		return nil, err
	}
	return p.add(s, func(f *schema.Field) string { return name(int(f.ID)) })
}

// name is the name of a parameter: its id as an int16, which old interface definitions have negative ones of.
func name(id int) string { return strconv.Itoa(int(int16(id))) }

// addStruct adds a struct of the user's, and what it refers to.
func (p plans) addStruct(t reflect.Type) (*structPlan, error) {
	s, err := schema.Thrift.Of(t)
	if err != nil {
		return nil, err
	}
	return p.add(s, wireName)
}

func wireName(f *schema.Field) string { return f.WireName }

func (p plans) add(s *schema.StructType, nameOf func(*schema.Field) string) (*structPlan, error) {
	if known := p[s]; known != nil {
		return known, nil
	}
	made := &structPlan{StructType: s, byName: map[string]int{}}
	p[s] = made
	for i := range s.Fields {
		f := &s.Fields[i]
		name := nameOf(f)
		if other, taken := made.byName[name]; taken {
			return nil, &UnsupportedError{s.Name + "." + f.Name, f.Type.Go,
				fmt.Sprintf("%s has the name %q, too; write another in the thrift tag", s.Fields[other].Name, name)}
		}
		made.byName[name] = i
		made.names = append(made.names, name)
		made.keys = append(made.keys, string(appendString(nil, name))+":")
		made.index = append(made.index, fieldIndex(s.Go, f.Name))
		if err := p.check(f.Type, s.Name+"."+f.Name); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// fieldIndex returns the index of a struct's own field.
func fieldIndex(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if t.Field(i).Name == name {
			return i
		}
	}
	panic("nethttp: BUG: " + t.String() + " has no field " + name)
}

// check adds the structs that t refers to, and returns an *UnsupportedError if there is something that JSON cannot hold.
func (p plans) check(t *schema.Type, path string) error {
	switch t.Kind {
	case schema.Struct:
		_, err := p.add(t.Struct, wireName)
		return err
	case schema.List, schema.Set:
		return p.check(t.Elem, path)
	case schema.Map:
		if !isKey(t.Key.Kind) {
			return &UnsupportedError{path, t.Go, fmt.Sprintf("a key of an object is a string, and not a %v; write a list of structs", t.Key.Kind)}
		}
		return p.check(t.Elem, path)
	}
	return nil
}

// isKey reports whether values of a kind are keys of JSON objects: strings, and integers as their digits.
func isKey(k schema.Kind) bool {
	switch k {
	case schema.String, schema.I8, schema.I16, schema.I32, schema.I64, schema.Enum:
		return true
	}
	return false
}
