package reflectcodec

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/tagwire/tagwire/schema"
)

// sortedEntry is an entry of a map that is written in the order of its keys.
type sortedEntry struct {
	key, elem reflect.Value // addressable copies
}

// sortedMap writes the map that the word at p refers to, ordered by key: false before true, numbers by size
// (NaNs last, by their bits), strings by their bytes, structs by their encoding.
func (e *encoder) sortedMap(v *valuePlan, p unsafe.Pointer) *schema.Error {
	m := reflect.NewAt(v.goType, p).Elem()
	if err := e.mapHeader(v, m.Len()); err != nil {
		return err
	}
	entries := make([]sortedEntry, 0, m.Len())
	for it := m.MapRange(); it.Next(); {
		x := sortedEntry{reflect.New(v.key.goType).Elem(), reflect.New(v.elem.goType).Elem()}
		x.key.SetIterKey(it)
		x.elem.SetIterValue(it)
		entries = append(entries, x)
	}
	if v.key.op == opStruct {
		return e.sortedStructs(v, entries)
	}
	slices.SortFunc(entries, func(a, b sortedEntry) int { return compareKeys(v.key.op, a.key, b.key) })
	for _, x := range entries {
		if err := e.entry(v, x.key.Addr().UnsafePointer(), x.elem.Addr().UnsafePointer()); err != nil {
			return err
		}
	}
	return nil
}

func compareKeys(by op, a, b reflect.Value) int {
	switch by {
	case opString:
		return strings.Compare(a.String(), b.String())
	case opBool:
		return cmp.Compare(boolToInt(a.Bool()), boolToInt(b.Bool()))
	case opDouble:
		return schema.CompareDoubles(a.Float(), b.Float())
	}
	return cmp.Compare(a.Int(), b.Int())
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sortedStructs writes entries whose keys are structs. Distinct keys may encode alike, so whole entries are
// compared: they are encoded in place, and put in order if they are not.
func (e *encoder) sortedStructs(v *valuePlan, entries []sortedEntry) *schema.Error {
	from := e.pos
	direct := e.direct
	e.direct = nil // entries that may move cannot refer to bytes elsewhere
	defer func() { e.direct = direct }()
	encoded := make([][]byte, len(entries))
	for i, x := range entries {
		start := e.pos
		if err := e.entry(v, x.key.Addr().UnsafePointer(), x.elem.Addr().UnsafePointer()); err != nil {
			return err
		}
		encoded[i] = e.buf[start:e.pos]
	}
	if slices.IsSortedFunc(encoded, bytes.Compare) {
		return nil
	}
	slices.SortFunc(encoded, bytes.Compare)
	e.scratch = e.scratch[:0]
	for _, b := range encoded {
		e.scratch = append(e.scratch, b...)
	}
	copy(e.buf[from:e.pos], e.scratch)
	return nil
}
