package protobuf

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// entries calls visit with the addresses of each key and element of the map at p, in the order of the keys if sorted. The addresses
// are those of copies, the same for each entry.
func (f *field) entries(p unsafe.Pointer, sorted bool, visit func(key, elem unsafe.Pointer) *codec.Error) *codec.Error {
	m := reflect.NewAt(f.goType, p).Elem()
	key, elem := reflect.New(f.goType.Key()), reflect.New(f.goType.Elem())
	if !sorted {
		for it := m.MapRange(); it.Next(); {
			key.Elem().SetIterKey(it)
			elem.Elem().SetIterValue(it)
			if err := visit(key.UnsafePointer(), elem.UnsafePointer()); err != nil {
				return err
			}
		}
		return nil
	}
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return compareKeys(f.key.kind, a, b) })
	for _, k := range keys {
		key.Elem().Set(k)
		v := m.MapIndex(k)
		if !v.IsValid() {
			continue // the map changed meanwhile
		}
		elem.Elem().Set(v)
		if err := visit(key.UnsafePointer(), elem.UnsafePointer()); err != nil {
			return err
		}
	}
	return nil
}

// compareKeys orders keys: false before true, numbers by size, strings by their bytes.
func compareKeys(kind schema.Kind, a, b reflect.Value) int {
	switch kind {
	case schema.String:
		return strings.Compare(a.String(), b.String())
	case schema.Bool:
		switch {
		case a.Bool() == b.Bool():
			return 0
		case b.Bool():
			return -1
		}
		return 1
	case schema.U32, schema.U64:
		return cmp.Compare(a.Uint(), b.Uint())
	}
	return cmp.Compare(a.Int(), b.Int())
}

// keyText is how an error path calls the element of the key at an address.
func (f *field) keyText(key unsafe.Pointer) string {
	return codec.FormatKey(reflect.NewAt(f.key.goType, key).Elem())
}
