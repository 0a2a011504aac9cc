package cases

import (
	"bytes"
	"reflect"
	"sort"
	"strconv"
)

// Enlarge makes the strings and binaries inside a value, a pointer to struct, longer, in place, and returns the value. The
// lengths are used in turn; what is as long already stays.
func Enlarge(value any, lengths ...int) any {
	e := &enlarger{lengths: lengths}
	e.enlarge(reflect.ValueOf(value))
	return value
}

type enlarger struct {
	lengths []int
	used    int
}

// longer returns text with more behind it.
func (e *enlarger) longer(text string) string {
	n := e.lengths[e.used%len(e.lengths)]
	e.used++
	if n <= len(text) {
		return text
	}
	mark := []byte(text + "|" + strconv.Itoa(e.used))
	return string(append(mark, bytes.Repeat([]byte{'.'}, n)...)[:n])
}

func (e *enlarger) enlarge(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(e.longer(v.String()))
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			e.enlarge(v.Elem())
		}
	case reflect.Struct:
		for _, field := range fieldsByName(v.Type()) {
			if v.Field(field.index).CanSet() {
				e.enlarge(v.Field(field.index))
			}
		}
	case reflect.Slice:
		switch {
		case v.IsNil():
		case v.Type().Elem().Kind() == reflect.Uint8:
			v.SetBytes([]byte(e.longer(string(v.Bytes()))))
		default:
			for i := range v.Len() {
				e.enlarge(v.Index(i))
			}
		}
	case reflect.Map:
		e.enlargeMap(v)
	}
}

func (e *enlarger) enlargeMap(v reflect.Value) {
	type entry struct {
		text       string
		key, value reflect.Value
	}
	var entries []entry
	for iterator := v.MapRange(); iterator.Next(); {
		x := entry{string(appendText(nil, iterator.Key())), reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()}
		x.key.Set(iterator.Key())
		x.value.Set(iterator.Value())
		entries = append(entries, x)
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].text < entries[j].text })
	v.Clear()
	for _, x := range entries {
		e.enlarge(x.key)
		e.enlarge(x.value)
		v.SetMapIndex(x.key, x.value)
	}
}
