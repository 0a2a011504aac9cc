package invoke

import (
	"context"
	"reflect"
	"unsafe"
)

// Most functions of a contract take a pointer to a request, and return a pointer to a response or nothing. A call of them by
// reflection takes a quarter of a microsecond and three allocations. Go passes pointers of all types in the same way, so such a function is
// called as one of pointers without a type; the pointers come from fields of their own types, and go to such fields.

type (
	functionOfPointers      func(context.Context, unsafe.Pointer) (unsafe.Pointer, error)
	functionWithoutResponse func(context.Context, unsafe.Pointer) error
	methodOfPointers        func(unsafe.Pointer, context.Context, unsafe.Pointer) (unsafe.Pointer, error)
	methodWithoutResponse   func(unsafe.Pointer, context.Context, unsafe.Pointer) error
)

// passesPointers reports whether a function of the method has one parameter, a pointer, and returns nothing or a pointer.
func (m *Method) passesPointers() bool {
	t := m.Function
	return t.NumIn() == 2 && t.In(1).Kind() == reflect.Pointer &&
		(t.NumOut() == 1 || t.Out(0).Kind() == reflect.Pointer && m.Returns && !m.Boxed)
}

// asType returns a function as one of type F, which differs from its own type only in what pointers point to.
func asType[F any](function reflect.Value) F {
	variable := reflect.New(function.Type())
	variable.Elem().Set(function)
	return *(*F)(variable.UnsafePointer())
}

// In the structs of arguments and results, the field that is used here is the first, a pointer. The caller keeps both alive.

func withResponse(function functionOfPointers) Invoker {
	return func(ctx context.Context, arguments, result unsafe.Pointer) error {
		response, err := function(ctx, *(*unsafe.Pointer)(arguments))
		if err == nil {
			*(*unsafe.Pointer)(result) = response
		}
		return err
	}
}

func withoutResponse(function functionWithoutResponse) Invoker {
	return func(ctx context.Context, arguments, _ unsafe.Pointer) error {
		return function(ctx, *(*unsafe.Pointer)(arguments))
	}
}
