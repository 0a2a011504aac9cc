package protobuf

import (
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// element reads one value to the end of the list at p.
func (d *decoder) element(f *field, p unsafe.Pointer, end int, at *part) *codec.Error {
	size := f.stride()
	if f.pointer {
		size += f.size
	}
	if err := d.charge(1, size, d.pos); err != nil {
		return typed(err, f.goType)
	}
	if d.dry {
		n := at.count(f, 1)
		if err := d.value(&f.value, nil, end, f.number, false); err != nil {
			return err.AddIndex(n)
		}
		return nil
	}
	n := len(*(*[]byte)(p)) // the element type does not matter to a slice header
	q := d.extend(f, p, 1)
	if f.pointer {
		made := d.object(f.base)
		*(*unsafe.Pointer)(q) = made
		q = made
	}
	if err := d.value(&f.value, q, end, f.number, false); err != nil {
		return err.AddIndex(n)
	}
	return nil
}

// packed reads scalars that come as one piece to the end of the list at p.
func (d *decoder) packed(f *field, p unsafe.Pointer, end int, in *part) *codec.Error {
	at := d.pos
	n, err := d.length(end)
	if err != nil {
		return typed(err, f.goType)
	}
	end = d.pos + n
	count, have := d.countPacked(&f.value, end), 0
	if d.dry {
		have = in.count(f, count)
	} else {
		have = len(*(*[]byte)(p))
	}
	if err := d.charge(count, f.size, at); err != nil {
		return typed(err, f.goType)
	}
	var q unsafe.Pointer
	if !d.dry && count > 0 {
		q = d.extend(f, p, count)
	}
	for i := 0; d.pos < end; i++ {
		var to unsafe.Pointer
		switch {
		case d.dry:
		case i < count:
			to = unsafe.Add(q, i*f.size)
		default:
			var cut uint64 // what is there is not a whole number
			to = unsafe.Pointer(&cut)
		}
		if err := d.scalar(&f.value, to, end); err != nil {
			return err.AddIndex(have + i)
		}
	}
	return nil
}

// countPacked returns how many scalars end before end.
func (d *decoder) countPacked(v *value, end int) (count int) {
	if v.fixed > 0 {
		return (end - d.pos) / v.fixed
	}
	for _, b := range d.data[d.pos:end] {
		if b < 0x80 {
			count++
		}
	}
	return count
}

// extend makes the list at p longer by n elements, which are zero, and returns the address of the first. The list is never longer than
// twice what it holds.
func (d *decoder) extend(f *field, p unsafe.Pointer, n int) unsafe.Pointer {
	list := (*[]byte)(p) // every slice header looks alike, and its length counts elements
	have, room := len(*list), cap(*list)
	if !d.mayFill(unsafe.Pointer(unsafe.SliceData(*list))) {
		room = have
	}
	if have+n <= room {
		*list = (*list)[:have+n]
		return unsafe.Add(unsafe.Pointer(unsafe.SliceData(*list)), have*f.stride())
	}
	slot := reflect.NewAt(f.goType, p).Elem()
	longer := d.elements(f.goType, have+max(n, have))
	reflect.Copy(longer, slot)
	slot.Set(longer)
	d.note(slot.UnsafePointer())
	slot.SetLen(have + n)
	return unsafe.Add(slot.UnsafePointer(), have*f.stride())
}

// mayFill tells whether what is behind the elements of an array is for this call to fill, and not the user's.
func (d *decoder) mayFill(array unsafe.Pointer) bool { return !d.merging || d.made[array] }

// note remembers an array that this call has made.
func (d *decoder) note(array unsafe.Pointer) {
	if !d.merging {
		return
	}
	if d.made == nil {
		d.made = map[unsafe.Pointer]bool{}
	}
	d.made[array] = true
}

// entry reads an entry into the map at p.
func (d *decoder) entry(f *field, p unsafe.Pointer, end int) *codec.Error {
	at := d.pos
	n, err := d.length(end)
	if err != nil {
		return typed(err, f.goType)
	}
	end = d.pos + n
	if err := d.chargeEntry(f, at); err != nil {
		return typed(err, f.goType)
	}
	key, elem := reflect.New(f.goType.Key()), reflect.New(f.goType.Elem())
	k, v := key.UnsafePointer(), elem.UnsafePointer()
	if f.pointer && !d.dry {
		made := d.object(f.base)
		*(*unsafe.Pointer)(v) = made
		v = made
	}
	if f.kind == schema.Binary {
		*(*[]byte)(v) = []byte{}
	}
	if d.dry {
		v = nil
	}
	valued := false
	for d.pos < end {
		number, t, err := d.tag(end)
		from := d.pos
		switch {
		case err != nil:
			return typed(err, f.goType)
		case t == wire.EndGroup:
			return &codec.Error{Code: codec.InvalidData, Offset: at, Type: f.goType, Err: errGroup}
		case number == wire.EntryKey && t == f.key.wire:
			if err = d.value(f.key, k, end, number, false); err == nil && d.dry {
				d.keyAgain(f.key, k, from, end)
			}
		case number == wire.EntryElem && t == f.wire:
			if f.kind == schema.Struct {
				d.isThere(v, valued)
			}
			valued = true
			if err = d.value(&f.value, v, end, number, false); err != nil {
				err.AddKey(f.keyText(k))
			}
		default:
			err = d.skip(number, t, end, min(skipDepth, d.levels))
		}
		if err != nil {
			return err
		}
	}
	if d.dry {
		return nil
	}
	if f.message != nil && f.message.strict && !valued {
		d.incomplete = true
	}
	m := reflect.NewAt(f.goType, p).Elem()
	if m.IsNil() {
		d.newMap(f.goType, p)
	}
	m.SetMapIndex(key.Elem(), elem.Elem())
	return nil
}

// keyAgain reads a key that was read before in a dry run, for the paths of errors.
func (d *decoder) keyAgain(key *value, p unsafe.Pointer, from, end int) {
	again := decoder{input: input{data: d.data, pos: from}, memory: memory{zeroCopy: true}}
	_ = again.value(key, p, end, 0, false)
}

// chargeEntry counts the memory of an entry that begins at position at. A map has up to twice the slots that it needs.
func (d *decoder) chargeEntry(f *field, at int) *codec.Error {
	size := 2 * codec.MapSlotBytes(f.goType)
	if f.pointer {
		size += f.size
	}
	return d.charge(1, size, at)
}
