package reflectcodec

import (
	"reflect"

	"github.com/tagwire/tagwire/codec"
)

// A dry decoder reads what others read, and charges what they charge, in the same order. Here is what it does instead where they
// make lists and maps.

// checkElements reads n > 0 elements of a list.
func (d *Decoder) checkElements(v *Value, n int) *codec.Error {
	for i := range n {
		if err := d.element(v.Elem, nil, nil, n-i); err != nil {
			return err.AddIndex(i)
		}
	}
	return nil
}

// checkEntries reads n entries of a map.
func (d *Decoder) checkEntries(v *Value, n int) *codec.Error {
	for i := range n {
		from, levels, alloc := d.Pos, d.levels, d.alloc
		if err := d.element(v.Key, nil, nil, 1); err != nil {
			return err.AddKey(entryName("key", i))
		}
		if err := d.element(v.Elem, nil, nil, n-i); err != nil {
			left := d.alloc
			d.Pos, d.levels, d.alloc = from, levels, alloc
			err = err.AddKey(d.keyText(v.Key, i))
			d.alloc = left
			return err
		}
	}
	return nil
}

// keyText reads the key at the cursor once more, which was read without an error, and returns what it is called in an error path.
func (d *Decoder) keyText(v *Value, i int) string {
	if v.Op == OpStruct {
		return formatKey(v, nil, i)
	}
	key := reflect.New(v.GoType)    // which keeps the memory behind its address alive
	d.Dry, d.zeroCopy = false, true // the text is a copy
	_ = d.value(v, key.UnsafePointer())
	d.Dry = true
	return formatKey(v, key.UnsafePointer(), i)
}
