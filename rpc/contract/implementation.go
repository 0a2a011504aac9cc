package contract

import (
	"fmt"
	"reflect"

	"github.com/tagwire/tagwire/rpc/invoke"
)

// Implementation is a method with what calls its handler: Stream for one that streams, and Invoke for others.
type Implementation struct {
	*Method
	Invoke invoke.Invoker
	Stream invoke.StreamHandler
}

// Implement returns the method with what calls the function in implementation.
func (m *Field) Implement(contract reflect.Type, implementation any) (*Implementation, error) {
	made := &Implementation{Method: m.Method}
	var err error
	if m.Streams() {
		made.Stream, err = m.findStream(contract, implementation)
	} else {
		made.Invoke, err = m.Find(contract, implementation)
	}
	return made, err
}

// Find returns what calls the function in implementation for a method that is no stream.
func (m *Field) Find(contract reflect.Type, implementation any) (invoke.Invoker, error) {
	function, v, err := m.lookUp(contract, implementation)
	switch {
	case err != nil:
		return nil, err
	case v.IsValid():
		return m.invocation().Of(v, m.GoName), nil
	}
	return m.invocation().Func(function), nil
}

// lookUp finds the function in implementation. If it is a method, receiver is valid.
func (m *Field) lookUp(contract reflect.Type, implementation any) (function, receiver reflect.Value, err error) {
	v := reflect.ValueOf(implementation)
	if !v.IsValid() {
		return v, receiver, fmt.Errorf("the implementation is nil; pass a value with the method %s", m.GoName)
	}
	if inner := reflect.Indirect(v); inner.IsValid() && inner.Type() == contract {
		function := inner.FieldByIndex(m.Index)
		if function.IsNil() {
			return v, receiver, fmt.Errorf("the field %s of the implementation is nil; set it", m.GoName)
		}
		return function, receiver, nil
	}
	function = v.MethodByName(m.GoName)
	if !function.IsValid() && v.Kind() != reflect.Pointer && hasMethod(reflect.PointerTo(v.Type()), m.GoName) {
		return v, receiver, fmt.Errorf("the methods of %v are those of a pointer; pass a *%v", v.Type(), v.Type())
	}
	if !function.IsValid() {
		return v, receiver, fmt.Errorf("%v has no method %s; write %s", v.Type(), m.GoName, m.signature())
	}
	if function.Type() != m.Function {
		return v, receiver, fmt.Errorf("the method %s of %v is a %v; write %s", m.GoName, v.Type(), function.Type(), m.signature())
	}
	return function, v, nil
}

func hasMethod(t reflect.Type, name string) bool {
	_, found := t.MethodByName(name)
	return found
}

func (m *Field) signature() string {
	return "func " + m.GoName + m.Function.String()[len("func"):]
}

// invocation describes the method to package invoke.
func (m *Field) invocation() *invoke.Method {
	return &invoke.Method{Function: m.Function, Arguments: m.Arguments, Result: m.Result, Returns: m.Returns, Boxed: m.Boxed}
}
