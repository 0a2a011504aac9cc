package schema

import (
	"reflect"
	"sync"
)

// What generated Protobuf types say of themselves that tags do not. It is asked for by reflection, so that nothing of their library is
// imported.

// A generated is what a struct type says. It is the zero value for types that no generator made.
type generated struct {
	made bool
	// fields are by number.
	fields map[int32]generatedField
	// wrappers are the struct types that hold members of oneofs.
	wrappers []reflect.Type
}

type generatedField struct{ presence, utf8 bool }

// generatedTypes has the *generated of struct types, by reflect.Type.
var generatedTypes sync.Map

// generatedOf returns what a type has said.
func generatedOf(t reflect.Type) *generated {
	if known, found := generatedTypes.Load(t); found {
		return known.(*generated)
	}
	return new(generated)
}

// learnGenerated asks t, and all struct types that it reaches by tagged fields. That runs code of generated types, or what looks like
// them, so no lock is held.
func learnGenerated(t reflect.Type) {
	seen := map[reflect.Type]bool{}
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			if seen[t] {
				return
			}
			seen[t] = true
			t = t.Elem() // keys are no structs
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		known, found := generatedTypes.Load(t)
		if !found {
			known, _ = generatedTypes.LoadOrStore(t, askGenerated(t))
		}
		for _, wrapper := range known.(*generated).wrappers {
			visit(wrapper)
		}
		for i := range t.NumField() {
			if text, tagged := t.Field(i).Tag.Lookup(protobufLanguage); tagged && text != noField {
				visit(t.Field(i).Type)
			}
		}
	}
	visit(t)
}

// askGenerated asks a struct type.
func askGenerated(t reflect.Type) *generated {
	g := new(generated)
	v := reflect.New(t)
	if message, ok := invoke(v, "ProtoReflect"); ok && g.askMessage(t, message) {
		return g
	}
	*g = generated{made: ownMethod(t, "ProtoMessage")}
	if ownMethod(t, "XXX_OneofWrappers") {
		if list, ok := invoke(v, "XXX_OneofWrappers"); ok {
			g.addWrappers(list)
		}
	}
	return g
}

// ownMethod reports whether *t has a method that no embedded field has.
func ownMethod(t reflect.Type, name string) bool {
	if _, has := reflect.PointerTo(t).MethodByName(name); !has {
		return false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.Anonymous {
			continue
		}
		_, has := f.Type.MethodByName(name)
		if _, byPointer := reflect.PointerTo(f.Type).MethodByName(name); has || byPointer {
			return false
		}
	}
	return true
}

// askMessage asks the protoreflect.Message of a value of type t, and reports whether it is one.
func (g *generated) askMessage(t reflect.Type, message reflect.Value) bool {
	info, ok := invoke(message, "Type")
	if !ok {
		return false
	}
	info = reflect.Indirect(concrete(info))
	if info.Kind() != reflect.Struct {
		return false
	}
	if goType, ok := valueOf[reflect.Type](info.FieldByName("GoReflectType")); !ok || goType != reflect.PointerTo(t) {
		return false // the method of an embedded message
	}
	g.addWrappers(info.FieldByName("OneofWrappers"))
	descriptor, ok := invoke(message, "Descriptor")
	if !ok {
		return false
	}
	fields, ok := invoke(descriptor, "Fields")
	if !ok {
		return false
	}
	count, ok := invoke(fields, "Len")
	if !ok || !count.CanInt() {
		return false
	}
	g.fields = map[int32]generatedField{}
	for i := range int(count.Int()) {
		field, ok := invoke(fields, "Get", reflect.ValueOf(i))
		if !ok {
			return false
		}
		number, ok := invoke(field, "Number")
		if !ok || !number.CanInt() {
			return false
		}
		presence, ok := invoke(field, "HasPresence")
		if !ok || presence.Kind() != reflect.Bool {
			return false
		}
		utf8, ok := invoke(field, "EnforceUTF8")
		g.fields[int32(number.Int())] = generatedField{presence.Bool(), ok && utf8.Kind() == reflect.Bool && utf8.Bool()}
	}
	g.made = true
	return true
}

// addWrappers adds the types of a list of nil pointers to wrappers.
func (g *generated) addWrappers(list reflect.Value) {
	pointers, _ := valueOf[[]any](list)
	for _, p := range pointers {
		if t := reflect.TypeOf(p); t != nil && t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
			g.wrappers = append(g.wrappers, t.Elem())
		}
	}
}

// valueOf returns what v holds, if it is a T.
func valueOf[T any](v reflect.Value) (value T, ok bool) {
	if !v.IsValid() || !v.CanInterface() {
		return value, false
	}
	value, ok = v.Interface().(T)
	return value, ok
}

// concrete returns what an interface holds.
func concrete(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Interface {
		return v.Elem()
	}
	return v
}

// invoke calls a method that has one result, if there is one for these arguments. A panic counts as none.
func invoke(v reflect.Value, name string, arguments ...reflect.Value) (result reflect.Value, ok bool) {
	v = concrete(v)
	if !v.IsValid() {
		return result, false
	}
	method := v.MethodByName(name)
	if !method.IsValid() || method.Type().IsVariadic() || method.Type().NumIn() != len(arguments) || method.Type().NumOut() != 1 {
		return result, false
	}
	for i, a := range arguments {
		if !a.Type().AssignableTo(method.Type().In(i)) {
			return result, false
		}
	}
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return method.Call(arguments)[0], true
}
