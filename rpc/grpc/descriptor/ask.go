package descriptor

import "reflect"

// Generated types are asked by reflection, so that nothing of their library is imported.

// ask calls a method of what v is, or holds, and returns its results; none if there is no such method for these arguments, or it panics.
func ask(v reflect.Value, name string, arguments ...reflect.Value) (results []reflect.Value) {
	if v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil
	}
	method := v.MethodByName(name)
	if !method.IsValid() || method.Type().IsVariadic() || method.Type().NumIn() != len(arguments) {
		return nil
	}
	for i, a := range arguments {
		if !a.Type().AssignableTo(method.Type().In(i)) {
			return nil
		}
	}
	defer func() {
		if recover() != nil {
			results = nil
		}
	}()
	return method.Call(arguments)
}

// askOne is ask for a method with one result. The result is not valid if there is none.
func askOne(v reflect.Value, name string, arguments ...reflect.Value) reflect.Value {
	if results := ask(v, name, arguments...); len(results) == 1 {
		return results[0]
	}
	return reflect.Value{}
}

// askText is askOne for a method that returns a kind of string; "" if there is none.
func askText(v reflect.Value, name string, arguments ...reflect.Value) string {
	if text := askOne(v, name, arguments...); text.IsValid() && text.Kind() == reflect.String {
		return text.String()
	}
	return ""
}

// askBytes is askOne for a method that returns bytes.
func askBytes(v reflect.Value, name string) []byte {
	if data := askOne(v, name); data.IsValid() && data.Type() == reflect.TypeFor[[]byte]() {
		return data.Bytes()
	}
	return nil
}
