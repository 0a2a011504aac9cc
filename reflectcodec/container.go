package reflectcodec

import (
	"reflect"
	"strconv"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// firstListBytes is the most memory in bytes, as far as the decoder's prealloc allows, that a list gets at first when its count
// needs more than the bytes that are left make likely.
const firstListBytes = 4 << 10

// mapOverhead is how many times the size of its entries a map may take: it doubles, and is never quite full.
const mapOverhead = 4

// emptyList is what every decoded empty list points to, so that it is not nil.
var emptyList [0]uint64

// list reads a list or set into the slice header at p.
func (d *Decoder) list(v *Value, p unsafe.Pointer) *codec.Error {
	if d.levels == 0 {
		return FailValue(codec.DepthLimit, d.Pos, v, nil)
	}
	n, at, err := d.format.DecodeList(d, v)
	if err != nil {
		return d.Typed(err, v)
	}
	if n == 0 {
		if !d.Dry {
			*(*[]byte)(p) = unsafe.Slice((*byte)(unsafe.Pointer(&emptyList)), 0)
		}
		return nil
	}
	if err := d.charge(n, v.Elem.size, at); err != nil {
		return d.Typed(err, v)
	}
	d.levels--
	switch {
	case v.Elem.scalar():
		err = d.scalars(v.Elem, p, n)
	case d.Dry:
		err = d.checkElements(v, n)
	default:
		err = d.elements(v, p, n)
	}
	d.levels++
	return err
}

// setSlice makes the slice header at p one of n > 0 elements at first, capacity n.
func setSlice(p, first unsafe.Pointer, n int) {
	*(*[]byte)(p) = unsafe.Slice((*byte)(first), n)
}

// scalars reads n > 0 elements that hold no pointers. The list is stored when they are there, or as far as it was made when one of
// them is refused.
func (d *Decoder) scalars(v *Value, p unsafe.Pointer, n int) *codec.Error {
	if d.Dry {
		i, err := d.format.DecodeScalars(d, v, nil, n)
		if err != nil {
			return err.AddIndex(i)
		}
		return nil
	}
	have := n
	if v.Fixed == 0 { // else the bytes left have as many
		have, _ = d.firstOf(v, n)
	}
	first, done := d.makeElements(v, have), 0
	for {
		i, err := d.format.DecodeScalars(d, v, unsafe.Add(first, done*v.size), have-done)
		if err != nil {
			clear(unsafe.Slice((*byte)(first), have*v.size)[(done+i)*v.size:]) // it was not zeroed
			setSlice(p, first, have)
			return err.AddIndex(done + i)
		}
		if done = have; done == n {
			setSlice(p, first, n)
			return nil
		}
		have = codec.ListLength(n, 2*have)
		longer := d.makeElements(v, have)
		copy(unsafe.Slice((*byte)(longer), done*v.size), unsafe.Slice((*byte)(first), done*v.size))
		first = longer
	}
}

// firstOf returns how many of n > 0 elements a list is made for at first, and whether that is all of them because they are
// likely to come. See elements.
func (d *Decoder) firstOf(v *Value, n int) (have int, likely bool) {
	size := max(v.size, 1)
	if n <= (2*d.Left()-d.open)/size {
		return n, true
	}
	return codec.ListLength(n, max(1, min(firstListBytes, d.prealloc)/size)), false
}

// elements reads n > 0 elements. The list is stored before it is filled.
//
// A count is taken as true while the elements need at most twice the bytes that are left, all lists that are
// open taken together: then the list is made at once. Else it grows as elements arrive, so that a false
// count costs no more than the elements that are there.
func (d *Decoder) elements(v *Value, p unsafe.Pointer, n int) *codec.Error {
	size, prealloc := max(v.Elem.size, 1), 0
	have, likely := d.firstOf(v.Elem, n)
	if !likely {
		prealloc = min(have*size, d.prealloc)
		d.prealloc -= prealloc
	}
	opened := have * size
	d.open += opened
	first := d.makeElements(v.Elem, have) // kept here: an InitDefault may take the list away
	setSlice(p, first, have)
	var structs slab
	for i := range n {
		if i == have {
			have = codec.ListLength(n, 2*have)
			first = d.grow(v, p, first, i, have)
		}
		q := unsafe.Add(first, i*v.Elem.size)
		if err := d.element(v.Elem, q, &structs, n-i); err != nil {
			return err.AddIndex(i)
		}
	}
	structs.release(d)
	d.open -= opened
	d.prealloc += prealloc
	return nil
}

// element reads one element of a list, or of a map, into the zeroed memory at p. At most remaining more will
// be asked of structs, this one included.
func (d *Decoder) element(v *Value, p unsafe.Pointer, structs *slab, remaining int) *codec.Error {
	if v.Op != OpStruct {
		return d.value(v, p)
	}
	if v.Pointer {
		if err := d.charge(1, v.body.size, d.Pos); err != nil {
			return d.Typed(err, v)
		}
		if !d.Dry {
			q := structs.take(d, v.body, remaining)
			*(*unsafe.Pointer)(p) = q
			p = q
		}
	}
	if !d.Dry {
		v.body.initialize(p)
	}
	return d.structValue(v.body, p)
}

// grow makes the list at p one of n elements, of which used are those at first, and returns where they are now.
func (d *Decoder) grow(v *Value, p, first unsafe.Pointer, used, n int) unsafe.Pointer {
	old, longer := reflect.New(v.GoType), reflect.New(v.GoType)
	setSlice(old.UnsafePointer(), first, used)
	first = d.makeElements(v.Elem, n)
	setSlice(longer.UnsafePointer(), first, n)
	reflect.Copy(longer.Elem(), old.Elem())
	setSlice(p, first, n)
	return first
}

// mapValue reads a map into the word at p. The map is stored before it is filled.
func (d *Decoder) mapValue(v *Value, p unsafe.Pointer) *codec.Error {
	if d.levels == 0 {
		return FailValue(codec.DepthLimit, d.Pos, v, nil)
	}
	n, at, err := d.format.DecodeMap(d, v)
	if err != nil {
		return d.Typed(err, v)
	}
	size := v.Key.size + v.Elem.size
	if err := d.chargeMap(n, size, at); err != nil {
		return d.Typed(err, v)
	}
	if d.Dry {
		d.levels--
		err = d.checkEntries(v, n)
		d.levels++
		return err
	}
	// A map is made for no more entries than prealloc allows and grows with what arrives.
	room := mapOverhead * size
	hint := min(n, d.prealloc/room)
	d.prealloc -= hint * room
	d.levels--
	err = v.entries.decode(d, v, p, n, hint)
	d.levels++
	d.prealloc += hint * room
	return err
}

// chargeMap counts the memory of a map of n entries of the given size, for the item at position at.
func (d *Decoder) chargeMap(n, size, at int) *codec.Error {
	if err := d.charge(1, codec.MapHeaderBytes, at); err != nil || n == 0 {
		return err
	}
	return d.charge(codec.MapSlots(n), size+1, at)
}

// entry reads the entry i of a map into zeroed memory.
func (d *Decoder) entry(v *Value, i int, key, elem unsafe.Pointer, structs *slab, remaining int) *codec.Error {
	if err := d.element(v.Key, key, &slab{}, 1); err != nil {
		return err.AddKey(entryName("key", i))
	}
	if err := d.element(v.Elem, elem, structs, remaining); err != nil {
		return err.AddKey(formatKey(v.Key, key, i))
	}
	return nil
}

// entryName names a part of a map entry by its place on the wire.
func entryName(part string, i int) string { return part + " " + strconv.Itoa(i) }

// formatKey names a map element in an error path: by its key if that has a text, else by its place i.
func formatKey(v *Value, key unsafe.Pointer, i int) string {
	if v.Op == OpStruct {
		if i < 0 {
			return "struct key"
		}
		return entryName("value", i)
	}
	return codec.FormatKey(reflect.NewAt(v.typ, key).Elem())
}
