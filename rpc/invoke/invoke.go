package invoke

import (
	"context"
	"reflect"
	"sync"
	"unsafe"
)

// An Invoker calls a handler with the struct of arguments; the handler's response goes into the struct of results. It keeps
// neither, unless the method's arguments are retained. It may be called by many goroutines at once.
type Invoker func(ctx context.Context, arguments, result unsafe.Pointer) error

// A Method is what an Invoker has to know. Function is func(context.Context, ...) (response, error) or without the response.
type Method struct {
	Function reflect.Type
	// Arguments is the struct with a field for each parameter after the context. Result is the struct whose first field takes
	// the response, if Returns.
	Arguments, Result reflect.Type
	Returns           bool
	// Boxed: the response is stored behind a new pointer.
	Boxed bool
}

// Func returns what calls a function of the method's type.
func (m *Method) Func(function reflect.Value) Invoker {
	switch {
	case !m.passesPointers():
		return m.reflected(function)
	case m.Function.NumOut() == 1:
		return withoutResponse(asType[functionWithoutResponse](function))
	}
	return withResponse(asType[functionOfPointers](function))
}

// Of returns what calls the method of receiver with that name, which is of the method's type but for the receiver.
func (m *Method) Of(receiver reflect.Value, name string) Invoker {
	if receiver.Kind() != reflect.Pointer || !m.passesPointers() {
		return m.reflected(receiver.MethodByName(name))
	}
	method, _ := receiver.Type().MethodByName(name)
	address := receiver.UnsafePointer()
	if m.Function.NumOut() == 1 {
		function := asType[methodWithoutResponse](method.Func)
		return withoutResponse(func(ctx context.Context, request unsafe.Pointer) error { return function(address, ctx, request) })
	}
	function := asType[methodOfPointers](method.Func)
	return withResponse(func(ctx context.Context, request unsafe.Pointer) (unsafe.Pointer, error) {
		return function(address, ctx, request)
	})
}

// reflected returns what calls a function by reflection.
func (m *Method) reflected(function reflect.Value) Invoker {
	parameters := m.Arguments.NumField()
	inputs := sync.Pool{New: func() any {
		in := make([]reflect.Value, parameters+1)
		return &in
	}}
	return func(ctx context.Context, arguments, result unsafe.Pointer) error {
		in := inputs.Get().(*[]reflect.Value)
		(*in)[0] = reflect.ValueOf(&ctx).Elem()
		// arguments points to a struct of this type, result to one of the result's.
		fields := reflect.NewAt(m.Arguments, arguments).Elem()
		for i := range parameters {
			(*in)[i+1] = fields.Field(i) // which Call copies before the handler runs
		}
		out := function.Call(*in)
		clear(*in)
		inputs.Put(in)
		if err, _ := out[len(out)-1].Interface().(error); err != nil {
			return err
		}
		if m.Returns {
			m.store(reflect.NewAt(m.Result, result).Elem().Field(0), out[0])
		}
		return nil
	}
}

// store puts what a handler returned into the result's field.
func (m *Method) store(success, value reflect.Value) {
	if m.Boxed {
		success.Set(reflect.New(value.Type()))
		success = success.Elem()
	}
	success.Set(value)
}
