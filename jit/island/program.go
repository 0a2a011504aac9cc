package island

import (
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
)

// A Program is one compiled body with its entry and the tables of its exits. After it is built it is only read, except for
// the usual counts of its rows, which are atomic, and several goroutines may use it. Its code is in a sealed segment that is
// never freed.
type Program struct {
	// entry is the address of code that loads the argument words, calls the body, stores the result and takes
	// the Done exit.
	entry   uintptr
	structs []*structRow
	slabs   []slabRow
	maps    []*mapRow
	// constants are the strings that code refers to by address.
	constants []string
	// rootsAll: exits of the program may run the user's code, which may unlink objects that native code works on from the value;
	// so everything that exits allocate is kept alive until the call ends.
	rootsAll bool
	// usedFlags are the flags of a call that the code is to see.
	usedFlags uintptr
	// encodes: what a call may allocate is what it may move.
	encodes bool
	// fastCall is the address of the body of programs that exit only for more fuel or stack and that store no addresses; it is
	// zero for others.
	fastCall uintptr
	// ahead are the maps that may be read before a call, tables hold *readAhead for them.
	ahead  []aheadRow
	tables sync.Pool
	// nativeSlabs are rows of structs; see AddSlab. fills are rows of maps; see AddFill.
	nativeSlabs, fills []int
}

// NewProgram returns a program without rows. entry and fastCall are addresses of its code; fastCall is zero unless the program
// may be called without a state. The program keeps constants alive, which code refers to by address. rootsAll must be set if
// its exits may run the user's code. usedFlags are the flags of a call that the code is to see.
func NewProgram(entry, fastCall, usedFlags uintptr, constants []string, rootsAll bool) *Program {
	return &Program{entry: entry, fastCall: fastCall, usedFlags: usedFlags, constants: constants, rootsAll: rootsAll}
}

// SetEncodes says that the program encodes.
func (p *Program) SetEncodes() { p.encodes = true }

// AddObject adds the next row of NewStruct and ResetStruct exits: initialise, unless nil, fills a new goType with its defaults.
func (p *Program) AddObject(goType reflect.Type, initialise func(object unsafe.Pointer)) {
	row := newStructRow(goType)
	row.initialise = initialise
	p.structs = append(p.structs, row)
}

// AddList adds the next row of NewSlab exits, for a slice type: []T, or []*T if pointers. If such a list may be within an
// element of another, it nests.
func (p *Program) AddList(goType reflect.Type, pointers, nests bool, memory abi.ListMemory) {
	row := newSlabRow(goType, pointers, memory)
	row.nests = nests
	p.slabs = append(p.slabs, row)
}

// AddMap adds the next row of exits for maps.
func (p *Program) AddMap(goType reflect.Type) { p.maps = append(p.maps, mapRowOf(goType)) }

// A structRow describes the objects that a NewStruct exit allocates.
type structRow struct {
	goType reflect.Type
	// initialise, if not nil, fills a new object with its defaults. It runs the user's code.
	initialise func(object unsafe.Pointer)
	// slices is []goType, bytes the size of goType.
	slices reflect.Type
	bytes  uintptr
	// usual is an estimate of the number of objects of the row that a call needs; see learn.
	usual atomic.Uint32
}

// newStructRow returns the row of a type whose values need no defaults.
func newStructRow(t reflect.Type) *structRow {
	return &structRow{goType: t, slices: reflect.SliceOf(t), bytes: t.Size()}
}

// A slabRow describes the memory that a NewSlab exit allocates.
type slabRow struct {
	// list is the slice type behind the slot, itemBytes the size of its elements.
	list      reflect.Type
	itemBytes uintptr
	// pointers: the elements of the list are pointers to structs.
	pointers bool
	memory   abi.ListMemory
	// object is what native code fills, of elementBytes: an element, or the struct that it points to. slabs is the slice type of
	// these structs, if pointers.
	object       reflect.Type
	elementBytes uintptr
	slabs        reflect.Type
	// nests: a list of the row may be within an element of another.
	nests bool
	// numbers: the elements are numbers, so lists have allocations of their own if the call wants that for strings.
	numbers bool
	// elements is the row of the elements of short lists, which share slabs; nil for lists that do not.
	elements *structRow
}

// newSlabRow returns the row of a slice type; see AddList.
func newSlabRow(list reflect.Type, pointers bool, memory abi.ListMemory) slabRow {
	element := list.Elem()
	if pointers {
		element = element.Elem()
	}
	row := slabRow{
		list: list, itemBytes: list.Elem().Size(), pointers: pointers, object: element, elementBytes: element.Size(),
		memory: memory,
	}
	switch element.Kind() {
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		row.numbers = true
	}
	switch {
	case pointers:
		row.slabs = reflect.SliceOf(element)
	case memory == abi.GrowingList && element.Size() > 0:
		row.elements = newStructRow(element)
	}
	return row
}

// A call has the arguments and results of one run of a program.
type call struct {
	// value is the struct to encode or to fill; data the input or the whole output buffer, nil for sizes.
	value unsafe.Pointer
	data  []byte
	// levels is the number of structs, lists, sets and maps that may be entered, allocation the number of
	// bytes that may be allocated; flags are those of package abi.
	levels, allocation int
	flags              uintptr
	// arena is what a decoding takes memory from, nil for memory of the value's own.
	arena *codec.Arena
	// spent is the number of bytes that were allocated. It is set at the end of the call.
	spent int
	// references are the parts of the value that the output refers to so far; nil for programs without references.
	references *references
}
