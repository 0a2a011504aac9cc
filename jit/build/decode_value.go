package build

import (
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// FieldValue reads the value of field i, whose header has been read, and returns where it ends.
func (d *DecodeBody) FieldValue(i int, in *ir.Value) *ir.Value {
	f := &d.S.Fields[i]
	p := MemRef{Base: d.Value}.Field(f)
	switch {
	case f.NoCopy:
		return d.alias(f.Type, p, in)
	case f.Type.Kind == schema.Struct && !f.Type.Pointer:
		return d.structByValue(f.Type, p, in)
	}
	return d.Read(f.Type, p, in, false)
}

// Read reads a value into p and returns where it ends. fresh: what is there is zero. Everything that can be
// refused about the header of a value is checked before an exit changes what p holds: a header that is refused leaves p as the
// plain codec does.
func (d *DecodeBody) Read(t *schema.Type, p MemRef, in *ir.Value, fresh bool) *ir.Value {
	switch t.Kind {
	case schema.String, schema.Binary:
		return d.text(t, p, in, fresh)
	case schema.List, schema.Set:
		return d.list(t, p, in, fresh)
	case schema.Map:
		return d.entries(t, p, in)
	case schema.Struct:
		value := d.AddressOf(p)
		if t.Pointer {
			value = d.NewObject(t, p)
		}
		return d.CallBody(t.Struct, ir.Ptr, value, in, d.End)
	}
	return d.items.Scalar(t, p, in)
}

// StoreScalar stores a scalar into p by op, or into a new target of the pointer at p.
//
// The target has no pointers, so it can be in the current chunk, as a string. It is filled before its address is stored, in a
// slot that is nil (M3), and there is no exit between the load of the slot and the store.
//
//	no chunk   -> alone
//	room       -> take, else NewChunk -> take
//	slot nil?  -> shared: fill, store the address
//	no         -> alone:  NewStruct; fill
func (d *DecodeBody) StoreScalar(t *schema.Type, p MemRef, op ir.Op, value *ir.Value) {
	if !t.Pointer {
		d.Store(op, p.Base, p.Offset, value)
		return
	}
	size := int64(t.Base().Size()) // a power of two, which it is aligned to
	alone, look, full := d.NewColdBlock(), d.NewBlock(), d.NewColdBlock()
	take, shared, done := d.NewBlock(ir.Ptr), d.NewBlock(), d.NewBlock()
	d.Branch(ir.Ne, OutOfChunk(d.Builder, t.Kind == schema.Bool), d.Const(ir.I64, 0), ir.To(alone), ir.To(look))

	d.SetBlock(look)
	object := d.FrameLoad(ir.Ptr, abi.FrameChunkNext)
	if size > 1 {
		cursor := d.FrameLoad(ir.I64, abi.FrameChunkNext)
		object = d.PtrIndex(object, d.And(d.Sub(d.Const(ir.I64, 0), cursor), d.Const(ir.I64, size-1)), 1)
	}
	room := d.PtrDiff(d.FrameLoad(ir.Ptr, abi.FrameChunkEnd), object)
	d.Branch(ir.SLT, room, d.Const(ir.I64, size), ir.To(full), ir.To(take, object))
	d.SetBlock(full)
	d.Exit(int64(abi.NewChunk), nil, d.Const(ir.I64, size))
	d.Jump(take, d.FrameLoad(ir.Ptr, abi.FrameChunkNext)) // the base of a chunk is aligned

	d.SetBlock(take)
	d.Branch(ir.Ne, d.Load(ir.LoadPtr, p.Base, p.Offset), d.Nil(), ir.To(alone), ir.To(shared))
	d.SetBlock(shared)
	object = take.Params[0]
	chargeBytes(d.Builder, d.Const(ir.I64, size))
	d.FrameStore(abi.FrameChunkNext, d.PtrAdd(object, size))
	d.Store(op, object, 0, value)
	d.Store(ir.StorePtr, p.Base, p.Offset, object)
	d.Jump(done)

	d.SetBlock(alone)
	d.Store(op, d.askForObject(t, p), 0, value)
	d.Jump(done)
	d.SetBlock(done)
}

// askForObject has Go make a target for the pointer at p and store its address there.
func (d *DecodeBody) askForObject(t *schema.Type, p MemRef) *ir.Value {
	row := d.Const(ir.I64, d.Translator.objectRow(t))
	return d.Exit(int64(abi.NewStruct), []ir.Type{ir.Ptr}, row, d.AddressOf(p))[0]
}

// NewObject makes a target for the pointer at p: the next one of a slab that the entry has shaded, whose address is stored at p if
// nil is there (M2, M3), or one that Go makes.
//
//	next == end, or slot not nil -> ask:  NewStruct -> done
//	else                         -> take: store the address -> done
func (d *DecodeBody) NewObject(t *schema.Type, p MemRef) *ir.Value {
	slab, ok := d.Translator.Slab(d.Translator.objectRow(t))
	if !ok {
		return d.askForObject(t, p)
	}
	asked, done := d.NewColdBlock(), d.NewBlock(ir.Ptr)
	next := d.TakeObject(slab, p, int64(t.Base().Size()), asked)
	d.Store(ir.StorePtr, p.Base, p.Offset, next)
	d.Jump(done, next)
	d.SetBlock(asked)
	d.Jump(done, d.askForObject(t, p))
	d.SetBlock(done)
	return done.Params[0]
}

// TakeObject takes the next object of a slab for the pointer at p, which is to be stored next. It goes to other if the slab is used up, or
// the pointer is not nil (M3).
func (d *DecodeBody) TakeObject(slab int, p MemRef, size int64, other *ir.Block) *ir.Value {
	look, take := d.NewBlock(), d.NewBlock()
	next := d.FrameLoad(ir.Ptr, abi.SlabNext(slab))
	d.Branch(ir.Eq, next, d.FrameLoad(ir.Ptr, abi.SlabEnd(slab)), ir.To(other), ir.To(look))
	d.SetBlock(look)
	d.Branch(ir.Eq, d.Load(ir.LoadPtr, p.Base, p.Offset), d.Nil(), ir.To(take), ir.To(other))
	d.SetBlock(take)
	chargeBytes(d.Builder, d.Const(ir.I64, size))
	d.FrameStore(abi.SlabNext(slab), d.PtrAdd(next, size))
	return next
}

// mostCleared is the largest struct by value that native code makes zero, in bytes.
const mostCleared = 512

// structByValue makes the struct at p the same as a new one and reads it. Native code never clears a pointer (M3): Go clears the
// struct if a pointer in it is set, or will be when a map is made, and also if it has defaults or is large.
//
//	word0 | word1 ... of pointers != 0 -> populated: ResetStruct; else clear
func (d *DecodeBody) structByValue(t *schema.Type, p MemRef, in *ir.Value) *ir.Value {
	size, pointers := int64(t.Go.Size()), map[int64]bool{}
	template, inTemplate := d.template(t.Struct)
	inGo := !inTemplate || size > mostCleared
	if !inGo {
		addPointerWords(pointers, t.Go, 0)
	}
	switch {
	case inGo:
		d.reset(t, p)
	case len(pointers) > 0:
		populated, empty, done := d.NewColdBlock(), d.NewBlock(), d.NewBlock()
		set := d.Const(ir.I64, 0)
		for offset := int64(0); offset < size; offset += WordBytes {
			if pointers[offset] {
				set = d.Or(set, d.Load(ir.Load64, p.Base, p.Offset+offset))
			}
		}
		if pending := d.pendingMaps(t.Struct); pending != nil { // the struct may be populated by an exit
			set = d.Or(set, pending)
		}
		d.Branch(ir.Ne, set, d.Const(ir.I64, 0), ir.To(populated), ir.To(empty))
		d.SetBlock(populated)
		d.reset(t, p)
		d.Jump(done)
		d.SetBlock(empty)
		d.fill(p, size, pointers, template)
		d.Jump(done)
		d.SetBlock(done)
	default:
		d.fill(p, size, pointers, template)
	}
	return d.CallBody(t.Struct, ir.Ptr, d.AddressOf(p), in, d.End)
}

// reset has Go make the struct at p the same as a new one.
func (d *DecodeBody) reset(t *schema.Type, p MemRef) {
	d.Exit(int64(abi.ResetStruct), nil, d.Const(ir.I64, d.Translator.objectRow(t)), d.AddressOf(p))
}

// freshStruct reads a struct, or the target of a pointer to one, at an address where all bytes are zero.
func (d *DecodeBody) freshStruct(t *schema.Type, value, in *ir.Value) *ir.Value {
	size := int64(t.Struct.Go.Size())
	if template, ok := d.template(t.Struct); !ok || template != nil && size > mostCleared {
		d.reset(t, MemRef{Base: value})
	} else if template != nil {
		d.fillFresh(MemRef{Base: value}, size, template)
	}
	return d.CallBody(t.Struct, ir.Ptr, value, in, d.End)
}

// template returns the bytes of a new value of s, nil if they are all zero. It reports false if native code cannot make it: where
// InitDefault has to be called, or sets a pointer.
func (d *DecodeBody) template(s *schema.StructType) ([]byte, bool) {
	switch d.Translator.initialization(s) {
	case schema.InitNone:
		return nil, true
	case schema.InitCopy:
		bytes := unsafe.Slice((*byte)(s.Template()), s.Go.Size()) // of a value that the plan keeps alive
		pointers := map[int64]bool{}
		addPointerWords(pointers, s.Go, 0)
		for offset := range pointers {
			if *(*uintptr)(unsafe.Pointer(&bytes[offset])) != 0 {
				return nil, false
			}
		}
		return bytes, true
	}
	return nil, false
}

// fill writes size bytes at p, pointers excepted: those of the template, or zeros.
func (d *DecodeBody) fill(p MemRef, size int64, pointers map[int64]bool, template []byte) {
	eachWord(size, func(offset, width int64, op ir.Op, typ ir.Type) {
		if !pointers[offset] {
			d.Store(op, p.Base, p.Offset+offset, d.Const(typ, wordOf(template, offset, width)))
		}
	})
}

// fillFresh writes the bytes of a template to p, where all is zero.
func (d *DecodeBody) fillFresh(p MemRef, size int64, template []byte) {
	eachWord(size, func(offset, width int64, op ir.Op, typ ir.Type) {
		if word := wordOf(template, offset, width); word != 0 {
			d.Store(op, p.Base, p.Offset+offset, d.Const(typ, word))
		}
	})
}

// eachWord calls visit for stores that cover size bytes.
func eachWord(size int64, visit func(offset, width int64, op ir.Op, typ ir.Type)) {
	offset := int64(0)
	for _, s := range []struct {
		width int64
		op    ir.Op
		typ   ir.Type
	}{{8, ir.Store64, ir.I64}, {4, ir.Store32, ir.I32}, {2, ir.Store16, ir.I16}, {1, ir.Store8, ir.I8}} {
		for ; offset+s.width <= size; offset += s.width {
			visit(offset, s.width, s.op, s.typ)
		}
	}
}

// wordOf returns the bytes of a template at an offset as a number; 0 if there is no template.
func wordOf(template []byte, offset, width int64) int64 {
	if template == nil {
		return 0
	}
	return bitsAt(unsafe.Pointer(&template[offset]), width)
}

// addPointerWords adds the offsets of all words in a t at offset that the garbage collector may see as pointers.
func addPointerWords(pointers map[int64]bool, t reflect.Type, offset int64) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.String, reflect.Slice:
		pointers[offset] = true
	case reflect.Interface:
		pointers[offset], pointers[offset+WordBytes] = true, true
	case reflect.Array:
		if t.Elem().Size() == 0 {
			return // there may be any number of elements
		}
		for i := range t.Len() {
			addPointerWords(pointers, t.Elem(), offset+int64(i)*int64(t.Elem().Size()))
		}
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			addPointerWords(pointers, f.Type, offset+int64(f.Offset))
		}
	}
}

// text reads a string or binary. Most are short and go to a slot that is nil. Of these, the ones that fit into the current chunk are
// copied here, or alias the input if that is wanted; the others by a function. What is copied here and must be UTF-8 is looked at more
// closely only if it is not ASCII.
//
//	1 to 1,024 bytes, slot nil -> chunk or flagged, else slow
//	chunk:    room -> copy -> done, else slow
//	flagged:  zero copy -> alias -> done, else slow
//	slow:     nothing in it -> none, else a function -> done
func (d *DecodeBody) text(t *schema.Type, p MemRef, in *ir.Value, fresh bool) *ir.Value {
	length, source := d.items.Length(in)
	d.CheckBoundsN(source, d.End, length, 0)
	checked := !t.UTF8
	if t.Pointer {
		if t.UTF8 {
			d.checkUTF8(source, length)
			checked = true
		}
		d.mayAllocateText(t, length)
		p = MemRef{Base: d.NewObject(t, p)}
	}
	kind := kindOf(t)
	slow, flagged, alias, done := d.NewColdBlock(), d.NewColdBlock(), d.NewColdBlock(), d.NewBlock()
	unless := func(cond ir.Cond, x, y *ir.Value) {
		next := d.NewBlock()
		d.Branch(cond, x, y, ir.To(slow), ir.To(next))
		d.SetBlock(next)
	}
	unless(ir.UGE, d.AddConst(length, -1), d.Const(ir.I64, codec.SharedBytes)) // none, or more than a chunk takes
	if !fresh {
		unless(ir.Ne, d.Load(ir.LoadPtr, p.Base, p.Offset), d.Nil())
	}
	chunk := d.NewBlock()
	flags := d.FrameLoad(ir.I64, abi.FrameFlags)
	d.Branch(ir.Ne, flags, d.Const(ir.I64, 0), ir.To(flagged), ir.To(chunk))
	d.SetBlock(chunk)
	memory := d.FrameLoad(ir.Ptr, abi.FrameChunkNext)
	unless(ir.SLT, d.PtrDiff(d.FrameLoad(ir.Ptr, abi.FrameChunkEnd), memory), length)
	if !checked {
		odd, fine := d.NewColdBlock(), d.NewBlock()
		d.Branch(ir.Eq, d.CopyASCII(memory, source, length), d.Const(ir.I64, 0), ir.To(fine), ir.To(odd))
		d.SetBlock(odd)
		d.checkOdd(source, length)
		d.Jump(fine)
		d.SetBlock(fine)
	}
	chargeBytes(d.Builder, length)
	d.FrameStore(abi.FrameChunkNext, d.PtrIndex(memory, length, 1))
	if checked {
		d.CopyBytes(memory, source, length)
	}
	storeHeader(d.Builder, p, memory, length, kind)
	d.Jump(done)
	d.SetBlock(flagged)
	d.Branch(ir.Ne, d.And(flags, d.Const(ir.I64, abi.FlagZeroCopy)), d.Const(ir.I64, 0), ir.To(alias), ir.To(slow))
	d.SetBlock(alias)
	if !checked {
		d.checkUTF8(source, length)
	}
	storeHeader(d.Builder, p, source, length, kind)
	d.Jump(done)
	d.SetBlock(slow)
	none, some := d.NewColdBlock(), d.NewColdBlock()
	d.Branch(ir.Eq, length, d.Const(ir.I64, 0), ir.To(none), ir.To(some))
	d.SetBlock(none)
	d.empty(p, kind, length, fresh, some, done)
	d.SetBlock(some)
	if !checked {
		d.checkOdd(source, length)
	}
	d.Call(d.Translator.texter(kind), nil, d.AddressOf(p), source, length)
	d.Jump(done)
	d.SetBlock(done)
	return d.PtrIndex(source, length, 1)
}

// empty sets the string or slice at p to one of length, which is zero, and goes to done, or to populated if something is there. A header
// with a nil pointer, as most are before, is that of an empty string already; a slice that is not nil needs an address.
func (d *DecodeBody) empty(p MemRef, kind int64, length *ir.Value, fresh bool, populated, done *ir.Block) {
	direct := done
	if kind == abi.KindBytes {
		direct = d.NewColdBlock()
	}
	if fresh {
		d.Jump(direct)
	} else {
		d.Branch(ir.Eq, d.Load(ir.LoadPtr, p.Base, p.Offset), d.Nil(), ir.To(direct), ir.To(populated))
	}
	if kind == abi.KindBytes {
		d.SetBlock(direct)
		storeHeader(d.Builder, p, d.Address(noByteSymbol), length, kind)
		d.Jump(done)
	}
}

// StoreEmpty makes the []byte at p, which is nil, one of no bytes.
func (d *DecodeBody) StoreEmpty(p MemRef) {
	storeHeader(d.Builder, p, d.Address(noByteSymbol), d.Const(ir.I64, 0), abi.KindBytes)
}

// mayAllocateText checks that what a pointer to a text of the given length needs may be allocated, so that the object is not
// allocated and then left empty.
func (d *DecodeBody) mayAllocateText(t *schema.Type, length *ir.Value) {
	zero := d.Const(ir.I64, 0)
	aliased := d.And(d.FrameLoad(ir.I64, abi.FrameFlags), d.Const(ir.I64, abi.FlagZeroCopy))
	need := d.AddConst(d.Select(ir.Eq, aliased, zero, length, zero), int64(t.Base().Size()))
	d.FailIf(ir.SLT, d.FrameLoad(ir.I64, abi.FrameAllocation), need)
}

// kindOf returns the kind of header that a string or binary has.
func kindOf(t *schema.Type) int64 {
	if t.Kind == schema.String {
		return abi.KindString
	}
	return abi.KindBytes
}

// list reads a list or set.
//
//	header:  count == 0 -> empty, else -> some
func (d *DecodeBody) list(t *schema.Type, p MemRef, in *ir.Value, fresh bool) *ir.Value {
	d.Enter()
	defer d.Leave()
	count, first := d.items.List(in)
	empty, some, done := d.NewColdBlock(), d.NewBlock(), d.NewBlock(ir.Ptr)
	d.Branch(ir.Eq, count, d.Const(ir.I64, 0), ir.To(empty), ir.To(some))

	d.SetBlock(empty) // an empty list looks like an empty binary
	populated, set := d.NewColdBlock(), d.NewColdBlock()
	d.empty(p, abi.KindBytes, count, fresh, populated, set)
	d.SetBlock(populated)
	d.Call(d.Translator.texter(abi.KindBytes), nil, d.AddressOf(p), first, count)
	d.Jump(set)
	d.SetBlock(set)
	d.Jump(done, first)

	d.SetBlock(some)
	bytes := d.items.SomeElements(t, in, count, first)
	if IsScalar(t.Elem) {
		d.Jump(done, d.items.Scalars(t, p, first, count, bytes))
	} else {
		d.elements(t, d.AddressOf(p), first, count, d.Const(ir.I64, d.Translator.ListRow(t, abi.GrowingList)), done)
	}
	d.SetBlock(done)
	return done.Params[0]
}

// elements reads count elements into a list that Go makes, at once or in steps, and goes to done.
//
//	grow(in, used):  (base, usable) = NewSlab; the elements [used, usable); usable < count -> grow, else -> full
//	full:            the list is no longer open -> done
func (d *DecodeBody) elements(t *schema.Type, slot, first, count, row *ir.Value, done *ir.Block) {
	elem := t.Elem
	size := int64(elem.Base().Size()) // of what native code fills
	// A list that may not be allocated as a whole is refused before it is begun.
	d.FailIf(ir.SLT, d.FrameLoad(ir.I64, abi.FrameAllocation), d.MulConst(count, int64(elem.Go.Size())))
	grow := d.NewBlock(ir.Ptr, ir.I64)
	d.Jump(grow, first, d.Const(ir.I64, 0))
	d.SetBlock(grow)
	in, used := grow.Params[0], grow.Params[1]
	slab := d.Exit(int64(abi.NewSlab), []ir.Type{ir.Ptr, ir.I64}, row, slot, used, count, d.PtrDiff(d.End, in))
	base, usable := slab[0], slab[1]
	d.FailIf(ir.SLE, usable, used)
	if !elem.Pointer { // else the base is that of the new elements
		base = d.PtrIndex(base, d.MulConst(used, size), 1)
	}
	in = d.EachElement(base, d.Sub(usable, used), size, d.Translator.ValueCost(elem), in, func(element MemRef, in *ir.Value) *ir.Value {
		if elem.Kind == schema.Struct {
			return d.freshStruct(elem, element.Base, in)
		}
		return d.Read(elem, element, in, false) // memory of an arena may have been written to since it was cleared (M10)
	})
	d.Branch(ir.SLT, usable, count, ir.To(grow, in, usable), ir.To(done, in))
}
