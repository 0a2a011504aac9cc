package reflectcodec

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// sortedEntry is an entry of a map that is written in the order of its keys.
type sortedEntry struct {
	key, elem reflect.Value // addressable copies
}

// sortedMap writes the map that the word at p refers to, ordered by key: false before true, numbers by size
// (NaNs last, by their bits, and those of the same bits by their elements' encoding), strings by their bytes, structs by
// their encoding.
func (e *encoder) sortedMap(v *valuePlan, p unsafe.Pointer) *codec.Error {
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
		return e.moving(v, entries, func(sortedEntry, sortedEntry) bool { return true })
	}
	compare := func(a, b sortedEntry) int { return compareKeys(v.key.op, a.key, b.key) }
	slices.SortFunc(entries, compare)
	same := func(a, b sortedEntry) bool { return compare(a, b) == 0 }
	if v.key.op == opDouble && len(slices.CompactFunc(slices.Clone(entries), same)) < len(entries) {
		return e.moving(v, entries, same)
	}
	return e.inOrder(v, entries)
}

// inOrder writes entries as they come.
func (e *encoder) inOrder(v *valuePlan, entries []sortedEntry) *codec.Error {
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
		return codec.CompareDoubles(a.Float(), b.Float())
	}
	return cmp.Compare(a.Int(), b.Int())
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// moving writes entries and then puts each run of those that are the same, as far as their keys are known, into the order of
// their encodings: structs, which may encode alike, and NaNs of the same bits.
func (e *encoder) moving(v *valuePlan, entries []sortedEntry, same func(a, b sortedEntry) bool) *codec.Error {
	direct := e.direct
	e.direct = nil // entries that may move cannot refer to bytes elsewhere
	defer func() { e.direct = direct }()
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && same(entries[0], entries[n]) {
			n++
		}
		if err := e.movingRun(v, entries[:n]); err != nil {
			return err
		}
		entries = entries[n:]
	}
	return nil
}

// movingRun writes entries in the order of their encodings.
func (e *encoder) movingRun(v *valuePlan, entries []sortedEntry) *codec.Error {
	from := e.pos
	encoded := make([][]byte, len(entries))
	for i := range entries {
		start := e.pos
		if err := e.inOrder(v, entries[i:i+1]); err != nil {
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
