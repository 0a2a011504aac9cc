// Package convert copies values between our tagged structs and Apache's generated ones: types that differ
// in name only.
package convert

import (
	"fmt"
	"reflect"

	"github.com/tagwire/tagwire/fuzz/apache/gen/everything"
	"github.com/tagwire/tagwire/fuzz/cases"
)

// Twin pairs one of our structs with Apache's of the same fields.
type Twin struct {
	Case cases.Case
	// NewApache returns a fresh value of the generated type, its defaults set.
	NewApache func() any
}

// Twins lists the types of everything.thrift.
func Twins() []Twin {
	return []Twin{
		twin("Key", everything.NewKey),
		twin("Point", everything.NewPoint),
		twin("Tree", everything.NewTree),
		twin("Scalars", everything.NewScalars),
		twin("Optionals", everything.NewOptionals),
		twin("Requireds", everything.NewRequireds),
		twin("Defaults", everything.NewDefaults),
		twin("Binaries", everything.NewBinaries),
		twin("Lists", everything.NewLists),
		twin("Sets", everything.NewSets),
		twin("Maps", everything.NewMaps),
		twin("Choice", everything.NewChoice),
		twin("Choices", everything.NewChoices),
		twin("Everything", everything.NewEverything),
		twin("EchoArgs", everything.NewSpecimensEchoArgs),
		twin("EchoResult", everything.NewSpecimensEchoResult),
	}
}

// TwinOf returns the pair of the case of that name.
func TwinOf(name string) Twin {
	for _, t := range Twins() {
		if t.Case.Name == name {
			return t
		}
	}
	panic("convert: Apache has no type " + name)
}

func twin[T any](name string, newApache func() *T) Twin {
	c, ok := cases.Find(name)
	if !ok {
		panic("convert: no case " + name)
	}
	return Twin{Case: c, NewApache: func() any { return newApache() }}
}

// Copy sets the struct that target points to from the one that source points to. Field names, kinds and
// nesting must agree; what target has beyond is left alone.
func Copy(target, source any) {
	copyValue(reflect.ValueOf(target).Elem(), reflect.ValueOf(source).Elem())
}

func copyValue(target, source reflect.Value) {
	switch source.Kind() {
	case reflect.Struct:
		for i := range source.NumField() {
			name := source.Type().Field(i).Name
			field := target.FieldByName(name)
			if !field.IsValid() {
				panic(fmt.Sprintf("convert: %s has no field %s", target.Type(), name))
			}
			copyValue(field, source.Field(i))
		}
	case reflect.Pointer:
		if source.IsNil() {
			target.SetZero()
			return
		}
		target.Set(reflect.New(target.Type().Elem()))
		copyValue(target.Elem(), source.Elem())
	case reflect.Slice:
		if source.IsNil() {
			target.SetZero()
			return
		}
		target.Set(reflect.MakeSlice(target.Type(), source.Len(), source.Len()))
		for i := range source.Len() {
			copyValue(target.Index(i), source.Index(i))
		}
	case reflect.Map:
		copyMap(target, source)
	default:
		target.Set(source.Convert(target.Type()))
	}
}

func copyMap(target, source reflect.Value) {
	if source.IsNil() {
		target.SetZero()
		return
	}
	target.Set(reflect.MakeMapWithSize(target.Type(), source.Len()))
	for iterator := source.MapRange(); iterator.Next(); {
		key := reflect.New(target.Type().Key()).Elem()
		value := reflect.New(target.Type().Elem()).Elem()
		copyValue(key, iterator.Key())
		copyValue(value, iterator.Value())
		target.SetMapIndex(key, value)
	}
}
