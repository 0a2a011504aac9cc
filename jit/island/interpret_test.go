//go:build amd64 || arm64

package island

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/interp"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// An interpreted is a module that runs in the interpreter, over real Go values at their real addresses: of these it
// sees what each call maps, and an access to anything else is an error. Exits are served by the driver's own services.
type interpreted struct {
	format  jittest.Format
	module  *build.Module
	funcs   map[string]*ir.Func
	program *Program
	// executed counts instructions by op, over all calls.
	executed [ir.OpCount]int
	exits    map[abi.ExitCode]int
	// worlds counts calls, ahead the maps that were read before them, filled those that were filled without an exit.
	worlds, ahead, filled int
}

// interpret builds s for one task and runs the pipeline on it.
func interpret(t testing.TB, s *schema.StructType, d build.Task, p *compile.Pipeline) *interpreted {
	t.Helper()
	built, err := p.Run(s, d)
	require.NoError(t, err)
	return newInterpreted(t, built)
}

// interpretPlain builds s for one task and runs no pass.
func interpretPlain(t testing.TB, s *schema.StructType, d build.Task) *interpreted {
	t.Helper()
	built, err := build.New(s, d, nil)
	require.NoError(t, err)
	for _, f := range built.Functions {
		require.NoError(t, ir.Verify(f))
	}
	return newInterpreted(t, built)
}

func newInterpreted(t testing.TB, built *build.Module) *interpreted {
	t.Helper()
	n := &interpreted{module: built, funcs: map[string]*ir.Func{}, exits: map[abi.ExitCode]int{}}
	for _, f := range built.Functions {
		require.NotContains(t, n.funcs, f.Name)
		n.funcs[f.Name] = f
	}
	n.program = programOf(built)
	for _, f := range jittest.Formats {
		if f.Native == built.Format {
			n.format = f
		}
	}
	return n
}

// programOf returns the program of a module, without code.
func programOf(m *build.Module) *Program {
	p := NewProgram(0, 0, 0, m.Constants, m.UserCode)
	for _, o := range m.Objects {
		p.AddObject(o.GoType, o.Initialise)
	}
	for _, l := range m.Lists {
		p.AddList(l.GoType, l.Pointers, l.Nests, l.Memory)
	}
	for _, t := range m.Maps {
		p.AddMap(t)
	}
	for _, row := range m.Slabs {
		p.AddSlab(row)
	}
	for _, row := range m.Fills {
		p.AddFill(row)
	}
	for _, a := range m.Ahead {
		p.AddAhead(a.GoType, a.Offsets, a.CountOnly)
	}
	return p
}

// world is what one call sees: a machine over mapped Go memory, a Frame, and the driver's state behind it.
type world struct {
	// spent is what s.prealloc was at the start.
	spent   uintptr
	ahead   readAhead
	machine interp.Machine
	mapped  map[mapping]bool
	frame   frame
	state   *state
	call    call
	holder  *interpreted
	// merges: what the value refers to may be changed.
	merges bool
}

type mapping struct {
	address uintptr
	bytes   int
}

func newWorld(n *interpreted, c call) *world {
	w := &world{mapped: map[mapping]bool{}, state: newState(), call: c, holder: n}
	w.state.prepare(&w.frame, n.program, &w.call)
	w.machine.Funcs = n.funcs
	w.machine.MaxSteps = 1 << 26
	// The frame is part of w, which is on the heap, and has no pointers: words of it are words.
	w.machine.Frame = unsafe.Slice((*uint64)(unsafe.Pointer(&w.frame)), abi.FrameBytes/abi.WordBytes)
	w.machine.Exit = w.exit
	w.machine.Skip = w.skip
	w.machine.Symbols = n.module.Symbols(unsafe.Pointer(&noByte))
	for _, text := range n.module.Constants {
		w.mapBytes("constant", unsafe.Pointer(unsafe.StringData(text)), len(text), false)
	}
	for name, object := range n.module.Format.Objects() {
		w.mapBytes(name, unsafe.Pointer(unsafe.SliceData(object)), len(object), false)
	}
	w.mapBytes("pending", unsafe.Pointer(&w.state.pending), int(unsafe.Sizeof(w.state.pending)), true)
	w.mapBytes("chunk", w.state.chunk.base, w.state.chunk.bytes, true)
	w.mapBytes("no maps ahead", unsafe.Pointer(&noMapsAhead), int(unsafe.Sizeof(noMapsAhead)), false)
	w.mapBytes("no fills", unsafe.Pointer(&noFills), int(unsafe.Sizeof(noFills)), false)
	w.mapBytes("fills", unsafe.Pointer(&w.state.fills.table), int(unsafe.Sizeof(w.state.fills.table)), true)
	if n.worlds++; n.worlds%3 == 0 {
		w.readAhead()
		w.provideFills()
	}
	return w
}

// readAhead reads maps before the call, as calls without a state have it. Only each third call does, so that both ways are taken.
func (w *world) readAhead() {
	rows := w.holder.program.ahead
	untyped := slices.ContainsFunc(rows, func(a aheadRow) bool { return a.row.typed == nil })
	if len(rows) == 0 || untyped || !w.ahead.read(rows, 0, w.call.value, w.call.flags&abi.FlagSorted != 0) {
		return
	}
	w.frame.maps = uintptr(unsafe.Pointer(&w.ahead.table)) // w is on the heap
	w.mapBytes("maps ahead", unsafe.Pointer(&w.ahead.table), int(unsafe.Sizeof(w.ahead.table)), false)
	for i := range rows {
		entry := w.ahead.table[i]
		if !rows[i].countOnly && entry.count > 0 {
			w.mapBytes("entries ahead", entry.first, entry.count*rows[i].row.entryBytes, false)
			w.holder.ahead++
		}
	}
}

// provideFills provides entries for all maps that can be filled without an exit, as earlier calls leave them.
func (w *world) provideFills() {
	p := w.holder.program
	for _, number := range p.fills {
		w.state.fills.provide(p, p.maps[number], uintptr(number))
	}
	w.mapFills()
}

// mapFills lets the machine see the entries that are provided.
func (w *world) mapFills() {
	for _, b := range w.state.fills.batches {
		if b != nil {
			w.mapBytes("fill", b.entries, abi.FillEntries*b.row.entryBytes, true)
		}
	}
}

// makeFilled makes the maps that were filled without an exit, as the driver does when a call is done.
func (w *world) makeFilled() {
	for i := range w.holder.program.fills {
		if w.state.fills.table.entries[i].slot != 0 {
			w.holder.filled++
		}
	}
	w.state.makeFilled(w.holder.program)
}

// exit serves an exit as the driver does.
func (w *world) exit(code int64, args []uint64, results int) ([]uint64, error) {
	w.holder.exits[abi.ExitCode(code)]++
	for i, a := range args {
		w.frame.arguments[i] = uintptr(a)
	}
	w.frame.exit = uintptr(code)
	if !w.state.serve(&w.frame, w.holder.program, &w.call) {
		return nil, errors.New("refused")
	}
	w.checkPrealloc()
	w.mapMade(abi.ExitCode(code), args)
	w.mapFills()
	values := make([]uint64, results)
	for i := range values {
		values[i] = uint64(w.frame.arguments[i])
	}
	return values, nil
}

// checkPrealloc panics unless what is counted as preallocated is what the slabs have, and what was allocated for lists that may
// be open: never less, or a false count could cost more than preallocate permits.
func (w *world) checkPrealloc() {
	s, structs, counted := w.state, len(w.holder.program.structs), w.spent
	for i := range s.objects {
		slab := &s.objects[i]
		counted += slab.prealloc
		if i >= structs && slab.row != nil {
			counted += uintptr(slab.count-slab.used) * slab.row.bytes
		}
	}
	nests := slices.ContainsFunc(w.holder.program.slabs, func(r slabRow) bool { return r.nests })
	if counted > s.prealloc || counted != s.prealloc && !nests {
		panic(fmt.Sprintf("%d bytes are preallocated, and %d are counted", counted, s.prealloc))
	}
}

// mapMade lets the machine see what an exit has made.
func (w *world) mapMade(code abi.ExitCode, args []uint64) {
	made := pointerIn(&w.frame.arguments[0])
	switch code {
	case abi.NewStruct, abi.SetOneof:
		w.mapBytes("object", made, int(w.holder.program.structs[args[0]].goType.Size()), true)
		if n := w.holder.program.nativeSlab(uintptr(args[0])); n >= 0 { // and those that native code may take
			slab := w.frame.slabs[n]
			w.mapBytes("slab", pointerIn(&w.frame.slabs[n].next), int(slab.end-slab.next), true)
		}
	case abi.NewSlab, abi.AppendList:
		elements := int(w.frame.arguments[1])
		row := &w.holder.program.slabs[args[0]]
		if row.pointers { // the new ones only
			elements -= int(args[2])
		}
		w.mapBytes("slab", made, elements*int(row.elementBytes), true)
	case abi.NewChunk:
		w.mapBytes("chunk", w.state.chunk.base, w.state.chunk.bytes, true)
	case abi.ReadMap:
		row := w.holder.program.maps[args[0]]
		w.mapBytes("batch", pointerIn(&w.frame.arguments[1]), int(w.frame.arguments[2])*row.entryBytes, false)
	case abi.NewWords:
		w.mapBytes("words", made, int(args[0])*abi.WordBytes, true)
	case abi.FillMap, abi.AppendMap:
		w.mapEntries(w.holder.program.maps[args[0]], made, int(w.frame.arguments[1]))
	}
}

// mapEntries lets the machine see n new entries, and the structs that they point to.
func (w *world) mapEntries(row *mapRow, first unsafe.Pointer, n int) {
	w.mapBytes("batch", first, n*row.entryBytes, true)
	for i := range n {
		entry := row.reflected.entryAt(first, i)
		for part := range 2 {
			if v := entry.Field(part); v.Kind() == reflect.Pointer {
				w.mapBytes("object", v.UnsafePointer(), int(v.Type().Elem().Size()), true)
			}
		}
	}
}

// mapBytes lets the machine see n bytes at p.
func (w *world) mapBytes(name string, p unsafe.Pointer, n int, writable bool) {
	m := mapping{uintptr(p), n}
	if n == 0 || w.mapped[m] {
		return
	}
	w.mapped[m] = true
	// p points to n bytes that the call's value, data or state keeps alive.
	w.machine.Memory.Map(name, uint64(m.address), unsafe.Slice((*byte)(p), n), writable)
}

// mapValue lets the machine see what v refers to, though no map: native code does not look into them.
func (w *world) mapValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			w.mapValue(v.Field(i))
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		target := v.Elem()
		known := mapping{v.Pointer(), int(target.Type().Size())}
		if known.bytes > 0 && w.mapped[known] {
			return
		}
		w.mapBytes("value", v.UnsafePointer(), known.bytes, w.merges)
		w.mapValue(target)
	case reflect.Interface:
		w.mapValue(v.Elem())
	case reflect.Map:
		for iterator := v.MapRange(); iterator.Next(); {
			w.mapValue(iterator.Key())
			w.mapValue(iterator.Value())
		}
	case reflect.String:
		w.mapBytes("string", unsafe.Pointer(unsafe.StringData(v.String())), v.Len(), false)
	case reflect.Slice:
		if v.Type().Elem().Size() == 0 {
			return
		}
		w.mapBytes("slice", v.UnsafePointer(), v.Len()*int(v.Type().Elem().Size()), w.merges)
		switch v.Type().Elem().Kind() {
		case reflect.Pointer, reflect.Struct, reflect.String, reflect.Slice, reflect.Map, reflect.Interface:
			for i := range v.Len() {
				w.mapValue(v.Index(i))
			}
		}
	}
}

// finish returns the result of a call, or false if it was refused.
func (w *world) finish(outcome interp.Outcome, err error) (uint64, bool, error) {
	for op, n := range w.machine.Executed {
		w.holder.executed[op] += n
	}
	runtime.KeepAlive(w)
	if err != nil || outcome.Failed {
		return 0, false, err
	}
	if w.frame.levels != w.call.levels {
		return 0, false, errors.New("the levels were not put back")
	}
	return outcome.Results[0], true, nil
}

// size runs a module for sizes. value is a pointer to a struct, which may be nil.
func (n *interpreted) size(value any, levels int) (int, bool, error) {
	v := reflect.ValueOf(&value).Elem().Elem()
	w := newWorld(n, call{value: v.UnsafePointer(), levels: levels})
	w.mapPointer(v)
	result, ok, err := w.finish(w.machine.Run(n.module.Functions[0], uint64(uintptr(w.call.value))))
	return int(result), ok, err
}

// encode runs a module for encoding into a buffer.
func (n *interpreted) encode(value any, buffer []byte, levels int) (int, bool, error) {
	written, _, ok, err := n.encodeDirect(value, buffer, levels, 0)
	return written, ok, err
}

// encodeDirect runs a module for encoding and returns the references too, if it makes any.
func (n *interpreted) encodeDirect(value any, buffer []byte, levels int, flags uintptr) (int, []Reference, bool, error) {
	v := reflect.ValueOf(value)
	w := newWorld(n, call{value: v.UnsafePointer(), data: buffer, levels: levels, allocation: math.MaxInt, flags: flags, references: newReferences()})
	w.mapPointer(v)
	w.mapBytes("output", unsafe.Pointer(unsafe.SliceData(buffer)), len(buffer), true)
	start := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(buffer))))
	result, ok, err := w.finish(w.machine.Run(n.module.Functions[0], uint64(uintptr(w.call.value)), start, start+uint64(len(buffer))))
	return int(result - start), w.call.references.list, ok, err
}

// decode runs a module for decoding into the struct that target points to.
func (n *interpreted) decode(target any, input []byte, levels, allocation int, flags uintptr) (int, bool, error) {
	v := reflect.ValueOf(target)
	w := newWorld(n, call{value: v.UnsafePointer(), data: input, levels: levels, allocation: allocation, flags: flags})
	result, ok, err := w.decode(v)
	w.state.storePending(&w.frame) // as the driver does after Done and Fail
	if ok {
		w.makeFilled()
		w.state.maps.finish(math.MaxInt)
	}
	w.state.maps.drop()
	return result, ok, err
}

// decode runs the machine over the input of its call.
func (w *world) decode(v reflect.Value) (int, bool, error) {
	n, input := w.holder, w.call.data
	w.mapBytes("target", v.UnsafePointer(), int(v.Type().Elem().Size()), true)
	w.merges = true
	w.mapValue(v.Elem())
	w.mapBytes("input", unsafe.Pointer(unsafe.SliceData(input)), len(input), false)
	start := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(input))))
	result, ok, err := w.finish(w.machine.Run(n.module.Functions[0], uint64(uintptr(w.call.value)), start, start+uint64(len(input))))
	return int(result - start), ok, err
}

// mapPointer maps what the pointer v leads to.
func (w *world) mapPointer(v reflect.Value) {
	if !v.IsNil() {
		w.mapBytes("value", v.UnsafePointer(), int(v.Type().Elem().Size()), false)
		w.mapValue(v.Elem())
	}
}

// skip is the meaning of SkipValue: for Thrift Binary what skipBytes says, for other formats what the function of the name does.
func (w *world) skip(format string, src, end uint64, kind uint32, depth int64) (uint64, error) {
	if format != thriftbinary.Name {
		inner := w.machine
		outcome, err := inner.Run(w.holder.funcs[format], src, end, uint64(kind), uint64(depth))
		if err != nil {
			panic(err)
		}
		if outcome.Failed {
			return 0, errSkip
		}
		return outcome.Results[0], nil
	}
	// src points into the input of the call, of which end is the end; the test holds it.
	data := unsafe.Slice((*byte)(pointerIn((*uintptr)(unsafe.Pointer(&src)))), end-src)
	n, err := skipBytes(data, thriftbinary.Type(kind), int(depth))
	return src + uint64(n), err
}

var errSkip = errors.New("cannot be skipped")

// skipBytes returns how many bytes a value of the given type takes.
func skipBytes(data []byte, wire thriftbinary.Type, levels int) (int, error) {
	if n := skipSizes[wire]; n > 0 {
		if n > len(data) {
			return 0, errSkip
		}
		if wire != thriftbinary.String {
			return n, nil
		}
		length := int(int32(binary.BigEndian.Uint32(data)))
		if length < 0 || length > len(data)-n {
			return 0, errSkip
		}
		return n + length, nil
	}
	if levels == 0 {
		return 0, errSkip
	}
	switch wire {
	case thriftbinary.Struct:
		return skipFields(data, levels-1)
	case thriftbinary.Map:
		return skipElements(data, 2, levels-1)
	case thriftbinary.Set, thriftbinary.List:
		return skipElements(data, 1, levels-1)
	}
	return 0, errSkip
}

var skipSizes = map[thriftbinary.Type]int{
	thriftbinary.Bool: 1, thriftbinary.I8: 1, thriftbinary.Double: 8, thriftbinary.I16: 2, thriftbinary.I32: 4, thriftbinary.I64: 8, thriftbinary.UUID: 16, thriftbinary.String: 4,
}

func skipFields(data []byte, levels int) (int, error) {
	for at := 0; at < len(data); {
		wire := thriftbinary.Type(data[at])
		if wire == thriftbinary.Stop {
			return at + 1, nil
		}
		if len(data)-at < thriftbinary.FieldHeaderSize {
			break
		}
		at += thriftbinary.FieldHeaderSize
		n, err := skipBytes(data[at:], wire, levels)
		if err != nil {
			return 0, err
		}
		at += n
	}
	return 0, errSkip
}

// skipElements skips a container whose header has the given number of types.
func skipElements(data []byte, types, levels int) (int, error) {
	at := types + thriftbinary.CountSize
	if len(data) < at {
		return 0, errSkip
	}
	count := int(int32(binary.BigEndian.Uint32(data[types:])))
	smallest := 0
	for _, t := range data[:types] {
		smallest += smallestForTest(thriftbinary.Type(t))
		if count > 0 && smallestForTest(thriftbinary.Type(t)) == 0 {
			return 0, errSkip
		}
	}
	if count < 0 || count > 0 && count > (len(data)-at)/smallest {
		return 0, errSkip
	}
	for range count {
		for _, t := range data[:types] {
			n, err := skipBytes(data[at:], thriftbinary.Type(t), levels)
			if err != nil {
				return 0, err
			}
			at += n
		}
	}
	return at, nil
}

func smallestForTest(wire thriftbinary.Type) int {
	switch wire {
	case thriftbinary.Struct:
		return 1
	case thriftbinary.Map:
		return 6
	case thriftbinary.Set, thriftbinary.List:
		return 5
	}
	return skipSizes[wire]
}
