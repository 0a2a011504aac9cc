package reflectcodec

import (
	"reflect"
	"strconv"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// firstElements is how many bytes of elements, at most and as far as the decoder's spare allows, a list gets at
// first when its count promises more than its bytes make likely.
const firstElements = 4 << 10

// mapOverhead is how many times the size of its entries a map may take: it doubles, and is never quite full.
const mapOverhead = 4

// emptyList is what every decoded empty list points to, so that it is not nil.
var emptyList [0]uint64

// list reads a list or set into the slice header at p.
func (d *decoder) list(v *valuePlan, p unsafe.Pointer) *codec.Error {
	if d.levels == 0 {
		return failValue(codec.DepthLimit, d.pos, v, nil)
	}
	_, _, n, err := d.containerHeader(0, v.elem.wire)
	if err != nil {
		return d.typed(err, v)
	}
	if n == 0 {
		if !d.dry {
			*(*[]byte)(p) = unsafe.Slice((*byte)(unsafe.Pointer(&emptyList)), 0)
		}
		return nil
	}
	if err := d.charge(n, v.elem.size, d.pos-thriftbinary.CountSize); err != nil {
		return d.typed(err, v)
	}
	if v.elem.scalar() {
		return d.scalars(v.elem, p, n)
	}
	d.levels--
	if d.dry {
		err = d.checkElements(v, n)
	} else {
		err = d.elements(v, p, n)
	}
	d.levels++
	return err
}

// setSlice makes the slice header at p one of n > 0 elements at first, capacity n.
func setSlice(p, first unsafe.Pointer, n int) {
	*(*[]byte)(p) = unsafe.Slice((*byte)(first), n)
}

// scalars reads n elements of fixed size, which containerHeader saw to be there.
func (d *decoder) scalars(v *valuePlan, p unsafe.Pointer, n int) *codec.Error {
	if d.dry {
		return d.checkScalars(v, n)
	}
	first := d.makeElements(v, n)
	width := v.wire.MinSize()
	if err := storeScalars(v, first, d.data[d.pos:d.pos+n*width], n); err != nil {
		i := err.Offset / width
		err.Offset += d.pos
		return err.AddIndex(i)
	}
	setSlice(p, first, n)
	d.pos += n * width
	return nil
}

// elements reads n > 0 elements. The list is stored before it is filled.
//
// A count is believed while the elements need at most twice the bytes that are left, all lists that are
// open taken together: then the list is made at once. Else it grows as elements arrive, so that a lie about
// the count costs no more than the bytes that back it.
func (d *decoder) elements(v *valuePlan, p unsafe.Pointer, n int) *codec.Error {
	size := max(v.elem.size, 1)
	have, held := n, 0
	if n > (2*d.left()-d.open)/size {
		have = codec.ListLength(n, max(1, min(firstElements, d.spare)/size))
		held = min(have*size, d.spare)
		d.spare -= held
	}
	opened := have * size
	d.open += opened
	first := d.makeElements(v.elem, have) // kept here: an InitDefault may take the list away
	setSlice(p, first, have)
	var structs slab
	for i := range n {
		if i == have {
			have = codec.ListLength(n, 2*have)
			first = grow(v, p, first, i, have)
		}
		q := unsafe.Add(first, i*v.elem.size)
		if err := d.element(v.elem, q, &structs, n-i); err != nil {
			return err.AddIndex(i)
		}
	}
	structs.release(d)
	d.open -= opened
	d.spare += held
	return nil
}

// element reads one element of a list, or of a map, into the zeroed memory at p. At most remaining more will
// be asked of structs, this one included.
func (d *decoder) element(v *valuePlan, p unsafe.Pointer, structs *slab, remaining int) *codec.Error {
	if v.op != opStruct {
		return d.value(v, p, false)
	}
	if v.pointer {
		if err := d.charge(1, v.body.size, d.pos); err != nil {
			return d.typed(err, v)
		}
		if !d.dry {
			q := structs.take(d, v.body, remaining)
			*(*unsafe.Pointer)(p) = q
			p = q
		}
	}
	if !d.dry {
		v.body.initialize(p)
	}
	return d.structValue(v.body, p)
}

// grow makes the list at p one of n elements, of which used are those at first, and returns where they are now.
func grow(v *valuePlan, p, first unsafe.Pointer, used, n int) unsafe.Pointer {
	old := reflect.New(v.goType)
	setSlice(old.UnsafePointer(), first, used)
	longer := reflect.MakeSlice(v.goType, n, n)
	reflect.Copy(longer, old.Elem())
	reflect.NewAt(v.goType, p).Elem().Set(longer)
	return longer.UnsafePointer()
}

// mapValue reads a map into the word at p. The map is stored before it is filled.
func (d *decoder) mapValue(v *valuePlan, p unsafe.Pointer) *codec.Error {
	if d.levels == 0 {
		return failValue(codec.DepthLimit, d.pos, v, nil)
	}
	_, _, n, err := d.containerHeader(v.key.wire, v.elem.wire)
	if err != nil {
		return d.typed(err, v)
	}
	size := v.key.size + v.elem.size
	if err := d.chargeMap(n, size); err != nil {
		return d.typed(err, v)
	}
	if d.dry {
		d.levels--
		err = d.checkEntries(v, n)
		d.levels++
		return err
	}
	// A map is made for no more entries than the spare allows and grows with what arrives.
	room := mapOverhead * size
	hint := min(n, d.spare/room)
	d.spare -= hint * room
	d.levels--
	err = v.entries.decode(d, v, p, n, hint)
	d.levels++
	d.spare += hint * room
	return err
}

// chargeMap counts the memory of a map of n entries of the given size, whose count has just been read.
func (d *decoder) chargeMap(n, size int) *codec.Error {
	at := d.pos - thriftbinary.CountSize
	if err := d.charge(1, codec.MapHeaderBytes, at); err != nil || n == 0 {
		return err
	}
	return d.charge(codec.MapSlots(n), size+1, at)
}

// entry reads the entry i of a map into zeroed memory.
func (d *decoder) entry(v *valuePlan, i int, key, elem unsafe.Pointer, structs *slab, remaining int) *codec.Error {
	if err := d.element(v.key, key, &slab{}, 1); err != nil {
		return err.AddKey(entryName("key", i))
	}
	if err := d.element(v.elem, elem, structs, remaining); err != nil {
		return err.AddKey(formatKey(v.key, key, i))
	}
	return nil
}

// entryName names a part of a map entry by its place on the wire.
func entryName(part string, i int) string { return part + " " + strconv.Itoa(i) }

// formatKey names a map element in an error path: by its key if that has a text, else by its place i.
func formatKey(v *valuePlan, key unsafe.Pointer, i int) string {
	if v.op == opStruct {
		if i < 0 {
			return "struct key"
		}
		return entryName("value", i)
	}
	return codec.FormatKey(reflect.NewAt(v.typ, key).Elem())
}
