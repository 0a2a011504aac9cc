package build

import (
	"reflect"
	"slices"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// rows are what the exits of a module name by number. The program of the module has a row for each of them.
type rows struct {
	// Objects are the rows of NewStruct and ResetStruct exits, Lists those of NewSlab exits, Maps those of exits for maps.
	Objects []objectRow
	Lists   []listRow
	Maps    []reflect.Type
	// Slabs are the rows of Objects that native code takes objects of itself, in the order of FrameSlabs.
	Slabs []int
	// Fills are the rows of Maps of those that native code fills without an exit, in the order of the table of FrameMaps.
	Fills []int
	// Ahead are the maps that Go may read before the call. MapExits: there are others.
	Ahead    []aheadRow
	MapExits bool
	// Constants are texts that code refers to by their address.
	Constants []string
	// UserCode: exits may run InitDefault methods, so the driver has to keep alive what native code works on (M1).
	UserCode bool
}

// An objectRow says what to make: a GoType. Initialise, if not nil, fills it with its defaults; it runs the user's code.
type objectRow struct {
	GoType     reflect.Type
	Initialise func(object unsafe.Pointer)
}

// A listRow says what memory to make for a list: GoType is its slice type, []T, or []*T if Pointers. It nests if an element may
// hold another list of the row.
type listRow struct {
	GoType   reflect.Type
	Pointers bool
	Nests    bool
	Memory   abi.ListMemory
}

// objectRow returns the number of the row that makes values of type t, pointer aside, with their defaults.
func (d *Translator) objectRow(t *schema.Type) int64 {
	goType := t.Base()
	if n, known := d.objectRows[goType]; known {
		return n
	}
	row := objectRow{GoType: goType}
	if t.Kind == schema.Struct {
		switch d.initialization(t.Struct) {
		case schema.InitCall:
			d.UserCode = true
			fallthrough
		case schema.InitCopy:
			row.Initialise = t.Struct.Initialize
		}
	}
	d.Objects = append(d.Objects, row)
	return numberIn(d.objectRows, goType)
}

// ObjectRow returns the number of the row that makes zero values of a Go type.
func (d *Translator) ObjectRow(t reflect.Type) int64 {
	if n, known := d.objectRows[t]; known {
		return n
	}
	d.Objects = append(d.Objects, objectRow{GoType: t})
	return numberIn(d.objectRows, t)
}

// Slab returns which of FrameSlabs has the objects of a row, or false if only exits make them. Those with defaults get them in Go.
func (d *Translator) Slab(row int64) (n int, ok bool) {
	if n = slices.Index(d.Slabs, int(row)); n >= 0 {
		return n, true
	}
	if o := d.Objects[row]; len(d.Slabs) == abi.NativeSlabs || o.Initialise != nil || o.GoType.Size() == 0 {
		return 0, false
	}
	d.Slabs = append(d.Slabs, int(row))
	return len(d.Slabs) - 1, true
}

// ListRow returns the number of the row that makes the memory of a list.
func (d *Translator) ListRow(t *schema.Type, memory abi.ListMemory) int64 {
	wanted := listRow{t.Go, t.Elem.Pointer, d.leadsToLoop(t.Elem), memory}
	if n, known := d.listRows[wanted]; known {
		return n
	}
	d.Lists = append(d.Lists, wanted)
	return numberIn(d.listRows, wanted)
}

// MapRow returns the number of the row of a map type.
func (d *Translator) MapRow(t reflect.Type) int64 {
	if n, known := d.mapRows[t]; known {
		return n
	}
	d.Maps = append(d.Maps, t)
	return numberIn(d.mapRows, t)
}

// fill adds a row of Fills for a map and returns the offset of its entry in the table of FrameMaps, or false if exits fill the map: if
// there are too many, or if it has more than texts and scalars.
func (d *Translator) fill(t *schema.Type) (offset int64, ok bool) {
	if !canFill(t) || len(d.Fills) == abi.FillMaps {
		return 0, false
	}
	d.Fills = append(d.Fills, int(d.MapRow(t.Go)))
	return int64((len(d.Fills) - 1) * abi.FillBytes), true
}

// canFill reports whether a map has texts and scalars alone.
func canFill(t *schema.Type) bool { return isLeaf(t.Key) && isLeaf(t.Elem) }

// isLeaf reports whether values of t have no parts.
func isLeaf(t *schema.Type) bool {
	return !t.Pointer && (IsScalar(t) || t.Kind == schema.String || t.Kind == schema.Binary)
}

// numberIn gives what a new row is for the next number.
func numberIn[T comparable](numbers map[T]int64, of T) int64 {
	n := int64(len(numbers))
	numbers[of] = n
	return n
}

// An entryLayout says where key and element of a map's entries lie: the key first, the element at an offset.
type entryLayout struct{ elementOffset, bytes uintptr }

func entryLayoutOf(t *schema.Type) entryLayout {
	entry := codec.MapEntry(t.Go)
	return entryLayout{entry.Field(1).Offset, entry.Size()}
}
