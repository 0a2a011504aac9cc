package jit

import (
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// rows are what the exits of a module name by number. Its program makes of them what serves these exits.
type rows struct {
	// objects are the rows of NewStruct and ResetStruct exits, lists those of NewSlab exits, maps those of exits for maps.
	objects []objectRow
	lists   []listRow
	maps    []reflect.Type
	// constants are texts that code refers to by their address.
	constants []string
	// userCode: exits may run InitDefault methods, so the driver has to hold what native code works on (M1).
	userCode bool
}

// An objectRow says what to make: a goType. initialise, if not nil, fills it with its defaults; it is code of the user.
type objectRow struct {
	goType     reflect.Type
	initialise func(object unsafe.Pointer)
}

// A listRow says what memory to make for a list: goType is its slice type, []T, or []*T if pointers.
type listRow struct {
	goType   reflect.Type
	pointers bool
}

// objectRow returns the number of the row that makes values of type t, pointer aside, with their defaults.
func (d *translator) objectRow(t *schema.Type) int64 {
	for n, row := range d.objects {
		if row.goType == t.Base() {
			return int64(n)
		}
	}
	row := objectRow{goType: t.Base()}
	if t.Kind == schema.Struct && t.Struct.HasInit {
		row.initialise = func(object unsafe.Pointer) { schema.Initialize(t.Struct, object) }
		d.userCode = true
	}
	d.objects = append(d.objects, row)
	return int64(len(d.objects) - 1)
}

// listRow returns the number of the row that makes the memory of a list.
func (d *translator) listRow(t *schema.Type) int64 {
	for n, row := range d.lists {
		if row.goType == t.Go {
			return int64(n)
		}
	}
	d.lists = append(d.lists, listRow{t.Go, t.Elem.Pointer})
	return int64(len(d.lists) - 1)
}

// mapRow returns the number of the row of a map type.
func (d *translator) mapRow(t *schema.Type) int64 {
	for n, known := range d.maps {
		if known == t.Go {
			return int64(n)
		}
	}
	d.maps = append(d.maps, t.Go)
	return int64(len(d.maps) - 1)
}

// An entryLayout says where key and element of a map's entries lie: the key first, the element at an offset.
type entryLayout struct{ elementOffset, bytes uintptr }

func entryLayoutOf(t *schema.Type) entryLayout {
	entry := codec.MapEntry(t.Go)
	return entryLayout{entry.Field(1).Offset, entry.Size()}
}
