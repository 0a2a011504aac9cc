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
func (e *Encoder) sortedMap(v *Value, p unsafe.Pointer) *codec.Error {
	m := reflect.NewAt(v.GoType, p).Elem()
	if err := e.format.EncodeMap(e, v, m.Len()); err != nil {
		return err
	}
	entries := make([]sortedEntry, 0, m.Len())
	for it := m.MapRange(); it.Next(); {
		x := sortedEntry{reflect.New(v.Key.GoType).Elem(), reflect.New(v.Elem.GoType).Elem()}
		x.key.SetIterKey(it)
		x.elem.SetIterValue(it)
		entries = append(entries, x)
	}
	if v.Key.Op == OpStruct {
		return e.moving(v, entries, func(sortedEntry, sortedEntry) bool { return true })
	}
	compare := func(a, b sortedEntry) int { return compareKeys(v.Key.Op, a.key, b.key) }
	slices.SortFunc(entries, compare)
	same := func(a, b sortedEntry) bool { return compare(a, b) == 0 }
	if v.Key.Op == OpDouble && len(slices.CompactFunc(slices.Clone(entries), same)) < len(entries) {
		return e.moving(v, entries, same)
	}
	return e.inOrder(v, entries)
}

// inOrder writes entries as they come.
func (e *Encoder) inOrder(v *Value, entries []sortedEntry) *codec.Error {
	for _, x := range entries {
		if err := e.entry(v, x.key.Addr().UnsafePointer(), x.elem.Addr().UnsafePointer()); err != nil {
			return err
		}
	}
	return nil
}

func compareKeys(by Op, a, b reflect.Value) int {
	switch by {
	case OpString:
		return strings.Compare(a.String(), b.String())
	case OpBool:
		return cmp.Compare(boolToInt(a.Bool()), boolToInt(b.Bool()))
	case OpDouble:
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
func (e *Encoder) moving(v *Value, entries []sortedEntry, same func(a, b sortedEntry) bool) *codec.Error {
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
func (e *Encoder) movingRun(v *Value, entries []sortedEntry) *codec.Error {
	from := e.Pos
	encoded := make([][]byte, len(entries))
	for i := range entries {
		start := e.Pos
		if err := e.inOrder(v, entries[i:i+1]); err != nil {
			return err
		}
		encoded[i] = e.Buf[start:e.Pos]
	}
	if slices.IsSortedFunc(encoded, bytes.Compare) {
		return nil
	}
	slices.SortFunc(encoded, bytes.Compare)
	e.scratch = e.scratch[:0]
	for _, b := range encoded {
		e.scratch = append(e.scratch, b...)
	}
	copy(e.Buf[from:e.Pos], e.scratch)
	return nil
}
