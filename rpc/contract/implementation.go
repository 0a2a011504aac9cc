package contract

import (
	"fmt"
	"reflect"

	"github.com/tagwire/tagwire/rpc/invoke"
)

// Implementation is a method with what calls its handler.
type Implementation struct {
	*Method
	Invoke invoke.Invoker
}

// Find returns what calls the function in implementation for the method.
func (m *Field) Find(contract reflect.Type, implementation any) (invoke.Invoker, error) {
	v := reflect.ValueOf(implementation)
	if !v.IsValid() {
		return nil, fmt.Errorf("the implementation is nil; pass a value with the method %s", m.GoName)
	}
	if inner := reflect.Indirect(v); inner.IsValid() && inner.Type() == contract {
		function := inner.FieldByIndex(m.Index)
		if function.IsNil() {
			return nil, fmt.Errorf("the field %s of the implementation is nil; set it", m.GoName)
		}
		return m.invocation().Func(function), nil
	}
	function := v.MethodByName(m.GoName)
	if !function.IsValid() && v.Kind() != reflect.Pointer && hasMethod(reflect.PointerTo(v.Type()), m.GoName) {
		return nil, fmt.Errorf("the methods of %v are those of a pointer; pass a *%v", v.Type(), v.Type())
	}
	if !function.IsValid() {
		return nil, fmt.Errorf("%v has no method %s; write %s", v.Type(), m.GoName, m.signature())
	}
	if function.Type() != m.Function {
		return nil, fmt.Errorf("the method %s of %v is a %v; write %s", m.GoName, v.Type(), function.Type(), m.signature())
	}
	return m.invocation().Of(v, m.GoName), nil
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
