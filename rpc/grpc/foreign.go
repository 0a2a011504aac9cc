package grpc

import "reflect"

// foreignStatus returns the status of an error of google.golang.org/grpc/status that err is or wraps, nil if there is none. This package does
// not know that library, so it asks for methods by their names; handlers that were written for grpc-go keep their statuses so. direct says
// that err has the status itself.
func foreignStatus(err error) (s *Status, direct bool) {
	for direct = true; err != nil; direct = false {
		if s = foreignStatusOf(err); s != nil {
			return s, direct
		}
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			err = u.Unwrap()
		case interface{ Unwrap() []error }:
			for _, one := range u.Unwrap() {
				if s, _ = foreignStatus(one); s != nil {
					return s, false
				}
			}
			return nil, false
		default:
			return nil, false
		}
	}
	return nil, false
}

// foreignStatusOf returns what the method GRPCStatus of err returns, if that is a status.
func foreignStatusOf(err error) *Status {
	found, ok := ask(reflect.ValueOf(err), "GRPCStatus")
	if !ok || found.Kind() != reflect.Pointer || found.IsNil() {
		return nil
	}
	code, hasCode := ask(found, "Code")
	text, hasText := ask(found, "Message")
	if !hasCode || !hasText || code.Kind() != reflect.Uint32 || text.Kind() != reflect.String {
		return nil
	}
	return &Status{Code(code.Uint()), text.String(), foreignDetails(found)}
}

// foreignDetails returns the details of a status of grpc-go: its Proto has them, each with a TypeUrl and a Value.
func foreignDetails(status reflect.Value) (details []Any) {
	proto, ok := ask(status, "Proto")
	if !ok || proto.Kind() != reflect.Pointer || proto.IsNil() {
		return nil
	}
	list, ok := ask(proto, "GetDetails")
	if !ok || list.Kind() != reflect.Slice {
		return nil
	}
	for i := range list.Len() {
		url, hasURL := ask(list.Index(i), "GetTypeUrl")
		value, hasValue := ask(list.Index(i), "GetValue")
		if !hasURL || !hasValue || url.Kind() != reflect.String || value.Type() != reflect.TypeFor[[]byte]() {
			return nil
		}
		details = append(details, Any{url.String(), value.Bytes()})
	}
	return details
}

// ask calls a method without parameters that has one result.
func ask(v reflect.Value, name string) (result reflect.Value, ok bool) {
	m := v.MethodByName(name)
	if !m.IsValid() || m.Type().NumIn() != 0 || m.Type().NumOut() != 1 {
		return reflect.Value{}, false
	}
	return m.Call(nil)[0], true
}
