package reflectcodec

import (
	"reflect"

	"github.com/tagwire/tagwire/codec"
)

// A dry decoder reads what others read, and charges what they charge, in the same order. Here is what it does instead where they
// make lists and maps.

// checkScalars passes over n elements of fixed size.
func (d *decoder) checkScalars(v *valuePlan, n int) *codec.Error {
	width := v.wire.MinSize()
	if v.op != opInt { // all others can be stored, whatever they are
		d.pos += n * width
		return nil
	}
	for i := range n {
		if err := d.scalar(v, nil); err != nil {
			return err.AddIndex(i)
		}
	}
	return nil
}

// checkElements reads n > 0 elements of a list.
func (d *decoder) checkElements(v *valuePlan, n int) *codec.Error {
	for i := range n {
		if err := d.element(v.elem, nil, nil, n-i); err != nil {
			return err.AddIndex(i)
		}
	}
	return nil
}

// checkEntries reads n entries of a map.
func (d *decoder) checkEntries(v *valuePlan, n int) *codec.Error {
	for i := range n {
		from, levels, alloc := d.pos, d.levels, d.alloc
		if err := d.element(v.key, nil, nil, 1); err != nil {
			return err.AddKey(entryName("key", i))
		}
		if err := d.element(v.elem, nil, nil, n-i); err != nil {
			left := d.alloc
			d.pos, d.levels, d.alloc = from, levels, alloc
			err = err.AddKey(d.keyText(v.key, i))
			d.alloc = left
			return err
		}
	}
	return nil
}

// keyText reads the key at the cursor once more, which was read without an error, and returns what it is called in an error path.
func (d *decoder) keyText(v *valuePlan, i int) string {
	if v.op == opStruct {
		return formatKey(v, nil, i)
	}
	key := reflect.New(v.goType)    // which keeps the memory behind its address alive
	d.dry, d.zeroCopy = false, true // the text is a copy
	_ = d.value(v, key.UnsafePointer(), false)
	d.dry = true
	return formatKey(v, key.UnsafePointer(), i)
}
