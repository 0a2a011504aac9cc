package island

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
)

// CollectInExits runs the garbage collector in each exit, where Go code may do anything. It is a switch for work on the
// compiler and must be set before the first call.
var CollectInExits bool

// doneWith returns the result word of the call of f, and whether the call ended with Done.
func doneWith(f *frame) (result uintptr, ok bool) {
	return f.arguments[abi.ArgumentResult], abi.ExitCode(f.exit) == abi.Done
}

// isDone reports whether the call has ended and nothing is left to do for it. It makes and closes the maps that are open.
func (s *state) isDone(p *Program) bool {
	if abi.ExitCode(s.frame.exit) != abi.Done || s.hasPending(&s.frame) {
		return false
	}
	s.makeFilled(p)
	if len(s.maps.batches) > 0 {
		s.maps.finish(math.MaxInt)
	}
	return true
}

// serve serves an exit and reports whether to enter again. It is the safe point in each iteration of the driver's loop:
// it is noinline and not a leaf, so it has a stack check of its own, which sees a request to stop the goroutine.
//
//go:noinline
func (s *state) serve(f *frame, p *Program, c *call) bool {
	s.storePending(f)
	s.makeFilled(p)
	code := abi.ExitCode(f.exit)
	ok := s.serveCode(code, f, p, c)
	if ok {
		s.served(f, code)
	} else if code != abi.Done {
		f.exit = uintptr(abi.Fail)
	}
	return ok
}

// served counts an exit that has been served.
func (s *state) served(f *frame, code abi.ExitCode) {
	s.exits[code]++
	s.exited |= 1 << code
	f.fuel = abi.FuelBytes // every exit has been a safe point
	if CollectInExits {
		runtime.GC()
	}
}

// serveCode reports false at the end of the call: for Done, for Fail, and for an exit that cannot be served.
func (s *state) serveCode(code abi.ExitCode, f *frame, p *Program, c *call) bool {
	switch code {
	case abi.Done:
		s.maps.finish(math.MaxInt)
		return false
	case abi.Fail:
		return false
	case abi.Yield, abi.StoreSlots:
		return true
	case abi.GrowStack:
		return s.growStack(f)
	case abi.NewStruct:
		return s.newStruct(f, p)
	case abi.NewSlab:
		return s.newSlab(f, p)
	case abi.NewChunk:
		return s.newChunk(f)
	case abi.NewBytes:
		return s.newBytes(f, c)
	case abi.CountMap:
		return s.countMap(f, p)
	case abi.ReadMap:
		return s.readMap(f, p)
	case abi.FillMap:
		return s.fillMap(f, p)
	case abi.ResetStruct:
		return s.resetStruct(f, p)
	case abi.KeepHeaded:
		return s.keepHeaded(f, c)
	case abi.KeepUnknown:
		return s.keepUnknown(f, c)
	case abi.NewWords:
		return s.newWords(f)
	case abi.MarkEntry:
		return s.markEntry(f, c)
	case abi.Reference:
		return s.reference(f, c)
	case abi.AppendList:
		return s.appendList(f, p)
	case abi.AppendMap:
		return s.fillMap(f, p)
	case abi.SetOneof:
		return s.setOneof(f, p)
	case abi.CloseMessage:
		return s.closeMessage(f, c)
	case abi.SplitTime:
		return s.splitTime(f)
	case abi.SetTime:
		return s.setTime(f)
	}
	panic(fmt.Sprintf("BUG: jit: native code left with exit %d", f.exit))
}

// charge subtracts bytes from what the call may allocate. It reports false if fewer are left.
func charge(f *frame, bytes uintptr) bool {
	if f.allocation < 0 || bytes > uintptr(f.allocation) {
		return false
	}
	f.allocation -= int(bytes)
	return true
}

func (s *state) growStack(f *frame) bool {
	larger, ok := s.stack.grown(f, f.arguments[0])
	s.stack = larger
	return ok
}

// A call preallocates at most preallocBytes, plus preallocFactor times the bytes that it has read of the input so far, for list
// elements and structs that may not have arrived. So a false count costs little memory.
const (
	preallocBytes  = 4 << 10
	preallocFactor = 2
)

// newSlab provides memory for elements after those used. It lengthens the list if all of it is used, and for a list of
// pointers it allocates some of the structs that they point to. Like newStruct it is a safe point.
//
//go:noinline
func (s *state) newSlab(f *frame, p *Program) bool {
	number := f.arguments[0]
	row := &p.slabs[number]
	used, count, left := f.arguments[2], f.arguments[3], f.arguments[4]
	if row.memory != abi.GrowingList && used == 0 {
		return s.newScalars(f, p, row, number, count)
	}
	s.settleSlabs(f, p)
	shared := s.objectSlab(p, uintptr(len(p.structs))+number)
	if !row.nests {
		s.arrive(shared, shared.prealloc) // else this list may be in an element of an earlier one
	}
	slot := pointerIn(&f.arguments[1]) // in the value, or in an object that an exit has linked into it
	list := (*listHeader)(slot)
	length := used
	if used > 0 { // else the slot has an old value
		if length = min(uintptr(list.length), count); length < used {
			return false // the user's code has replaced the list
		}
	}
	if used == length {
		var ok bool
		if length, ok = s.lengthen(f, row, number, shared, list, used, count, left); !ok {
			return false
		}
	}
	base := list.data
	if row.pointers {
		size := row.elementBytes
		if s.arena == nil || !s.arena.lists[number].objects.Has(int(length-used)) {
			most := min(length-used, max(1, codec.SlabBytes/max(size, 1)))
			length = used + s.preallocate(size, most, left)
			shared.prealloc += (length - used) * size
		}
		if !charge(f, (length-used)*size) {
			return false
		}
		base = s.targets(row, number, int(length-used))
		point(unsafe.Slice((*unsafe.Pointer)(list.data), length)[used:], base, size)
	}
	if p.rootsAll {
		s.roots.add(list.data)
		if row.pointers {
			s.roots.add(base)
		}
	}
	f.arguments[0], f.arguments[1] = uintptr(base), length
	return true
}

// lengthen gives a list whose used elements are all there are memory for more of its count elements, and returns its new length. shared
// is the slab of the row's short lists.
func (s *state) lengthen(f *frame, row *slabRow, number uintptr, shared *objectSlab, list *listHeader, used, count, left uintptr) (length uintptr, ok bool) {
	size := row.itemBytes
	pooled := s.pooled(f, row)
	short := used == 0 && s.arena == nil && row.sharesSlabs(count) && !row.owned(f)
	switch {
	case pooled && used == 0 && s.arena.lists[number].items.Has(int(count)):
		length = count // which allocates nothing
	case short && uintptr(shared.count-shared.used) >= count:
		length = count // preallocated with the slab
		shared.prealloc += count * size
	default:
		granted := s.preallocate(size, count-used, left)
		length = codec.ListLength(count, max(2*used, used+granted))
		kept := min(granted, length-used)
		s.prealloc -= (granted - kept) * size
		shared.prealloc += kept * size
	}
	s.outgrown += used * size
	if !charge(f, (length-used)*size) {
		return 0, false
	}
	switch {
	case row.pointers:
		items := s.items(f, row, number, int(length))
		if used > 0 {
			copy(unsafe.Slice((*unsafe.Pointer)(items), used), *(*[]unsafe.Pointer)(unsafe.Pointer(list)))
		}
		*list = listHeader{items, int(length), int(length)}
	case short && length == count:
		*list = listHeader{s.shortList(f, shared, row.elements, int(length), left), int(length), int(length)}
	case used == 0:
		*list = listHeader{s.items(f, row, number, int(length)), int(length), int(length)}
	default:
		longer := &listHeader{s.items(f, row, number, int(length)), int(length), int(length)}
		reflect.Copy(reflect.NewAt(row.list, unsafe.Pointer(longer)).Elem(), reflect.NewAt(row.list, unsafe.Pointer(list)).Elem())
		*list = *longer
	}
	return length, true
}

// newScalars allocates a whole list of scalars, all of which have arrived.
func (s *state) newScalars(f *frame, p *Program, row *slabRow, number, count uintptr) bool {
	bytes := count * row.elementBytes
	if !charge(f, bytes) {
		return false
	}
	var memory unsafe.Pointer
	if s.arena != nil && row.object.Kind() == reflect.Bool { // not every byte of other memory is a bool
		memory = s.take(s.arena.lists[number].items, int(count))
	} else {
		raw := s.uninitialised(f, int(bytes))
		if row.memory == abi.ArrivedList {
			clear(raw)
		}
		memory = unsafe.Pointer(unsafe.SliceData(raw))
	}
	*(*listHeader)(pointerIn(&f.arguments[1])) = listHeader{memory, int(count), int(count)}
	if p.rootsAll {
		s.roots.add(memory)
	}
	f.arguments[0], f.arguments[1] = uintptr(memory), count
	return true
}

// preallocate returns the number of elements of the given size to preallocate, and adds their memory to s.prealloc: as many as
// wanted, or as many as the allowance permits, but at least one. left is the number of bytes left of the input.
func (s *state) preallocate(size, wanted, left uintptr) uintptr {
	elements := wanted
	if size > 0 {
		elements = min(wanted, max(1, s.allowance(left)/size))
	}
	s.prealloc += elements * size
	return elements
}

// allowance returns how many more bytes may be preallocated.
func (s *state) allowance(left uintptr) uintptr {
	allowed := preallocBytes + preallocFactor*(s.input-min(left, s.input))
	return allowed - min(s.prealloc, allowed)
}

// A listHeader is the layout of every slice header.
type listHeader struct {
	data             unsafe.Pointer
	length, capacity int
}

// newElements returns n zeroed elements. list is the type of slices of them. What looks like a string, a slice or a pointer to the
// collector is made without reflection. That would also allocate a header for each slice, so the state has one.
func (s *state) newElements(element, list reflect.Type, n int) unsafe.Pointer {
	switch element.Kind() {
	case reflect.String:
		return unsafe.Pointer(unsafe.SliceData(make([]string, n)))
	case reflect.Slice:
		return unsafe.Pointer(unsafe.SliceData(make([][]byte, n)))
	case reflect.Pointer, reflect.Map:
		return unsafe.Pointer(unsafe.SliceData(make([]unsafe.Pointer, n)))
	}
	switch n {
	case 0:
		return reflect.MakeSlice(list, 0, 0).UnsafePointer() // not nil
	case 1:
		return reflect.New(element).UnsafePointer()
	}
	reflect.NewAt(list, unsafe.Pointer(&s.header)).Elem().Grow(n)
	elements := s.header.data
	s.header = listHeader{}
	return elements
}

// point stores the addresses of structs of the given size, which follow each other from base on. Go stores them, so native code never
// has to store the address of such a struct (M2).
func point(pointers []unsafe.Pointer, base unsafe.Pointer, size uintptr) {
	for i := range pointers {
		pointers[i] = unsafe.Add(base, uintptr(i)*size) // below the end of the slab
	}
}

// newChunk replaces the current chunk. Values stored in the old one keep it alive. Native code itself charges for the parts
// of a chunk that it uses.
func (s *state) newChunk(f *frame) bool {
	if f.arguments[0] > codec.SharedBytes {
		panic(fmt.Sprintf("BUG: jit: native code asked for a chunk with %d bytes", f.arguments[0]))
	}
	if s.arena != nil {
		least := int(f.arguments[0]) + scalarAlign - 1 // more than is left: so the base is that of a new block, which is aligned
		s.returnBytes(f)
		s.lendBytes(f, least)
		return true
	}
	s.chunk = newChunk()
	s.chunk.publish(f)
	return true
}

func (s *state) newBytes(f *frame, c *call) bool {
	length := f.arguments[2]
	if !charge(f, length) {
		return false
	}
	from := offsetIn(c.data, f.arguments[1])
	source := c.data[from : from+int(length)]
	slot := pointerIn(&f.arguments[0])
	switch f.arguments[3] {
	case abi.KindString:
		*(*string)(slot) = s.ownString(f, source)
	case abi.KindBytes:
		*(*[]byte)(slot) = s.ownBytes(f, source)
	default:
		panic(fmt.Sprintf("BUG: jit: native code asked for bytes of kind %d", f.arguments[3]))
	}
	return true
}

// ownBytes returns a copy of source whose capacity is its length. An empty copy is not nil.
func (s *state) ownBytes(f *frame, source []byte) []byte {
	if len(source) == 0 {
		return unsafe.Slice(&noByte, 0)
	}
	memory := s.uninitialised(f, len(source))
	copyInPieces(memory, source)
	return memory
}

// ownString returns a copy of source as a string.
func (s *state) ownString(f *frame, source []byte) string {
	if s.arena == nil && len(source) <= pieceBytes {
		return string(source)
	}
	memory := s.ownBytes(f, source) // nothing else refers to it
	return unsafe.String(unsafe.SliceData(memory), len(memory))
}

// noByte is the byte that empty slices point to.
var noByte byte

// NoByte returns the address that native code stores in slices that are empty and not nil.
func NoByte() unsafe.Pointer { return unsafe.Pointer(&noByte) }

// publishPending empties the list of pending stores and writes its bounds to the frame.
func (s *state) publishPending(f *frame) {
	f.pendingNext = uintptr(unsafe.Pointer(&s.pending[0]))
	f.pendingEnd = f.pendingNext + unsafe.Sizeof(s.pending)
}

// hasPending reports whether native code has left stores to Go.
func (s *state) hasPending(f *frame) bool {
	return f.pendingNext != uintptr(unsafe.Pointer(&s.pending[0]))
}

// storePending performs the stores that native code left to Go because the slots were not nil (M3). It runs first in
// every exit, before anything can unlink the object that contains a slot. The data is in the chunk or the input, which the
// state and the call keep alive.
func (s *state) storePending(f *frame) {
	if !s.hasPending(f) {
		return
	}
	words := (f.pendingNext - uintptr(unsafe.Pointer(&s.pending[0]))) / abi.WordBytes
	const perStore = abi.PendingBytes / abi.WordBytes
	for entry := s.pending[:words]; len(entry) > 0; entry = entry[perStore:] {
		slot := pointerIn(&entry[abi.PendingSlot/abi.WordBytes])
		data := (*byte)(pointerIn(&entry[abi.PendingData/abi.WordBytes]))
		length := int(entry[abi.PendingLength/abi.WordBytes])
		if entry[abi.PendingKind/abi.WordBytes] == abi.KindString {
			*(*string)(slot) = unsafe.String(data, length)
			continue
		}
		switch {
		case entry[abi.PendingKind/abi.WordBytes] == abi.KindNil:
			*(*[]byte)(slot) = nil
			continue
		case length == 0:
			data = &noByte
		}
		*(*[]byte)(slot) = unsafe.Slice(data, length)
	}
	s.publishPending(f)
}
