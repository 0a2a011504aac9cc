package protobuf

import (
	"reflect"
	"slices"
	"unsafe"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
	"github.com/tagwire/tagwire/wire/varint"
)

// An encoder builds a function that writes the fields of a message.
type encoder struct {
	*build.EncodeBody
	// roomy: there is room for whatever comes next, and eight bytes more.
	roomy bool
}

// buildEncode makes the function (value, out, end) -> out that writes the fields of the message at value, none if that is nil.
func buildEncode(d *build.Translator, s *schema.StructType) *ir.Func {
	e := &encoder{EncodeBody: build.NewEncodeBody(d, s)}
	e.message(s, e.Root(s), true)
	return e.Done(e.Settle())
}

// unless emits a branch: to where the function goes on if x c y, else to what present emits.
func (e *encoder) unless(c ir.Cond, x, y *ir.Value, present func()) {
	out := e.Settle()
	some, join := e.NewBlock(), e.NewBlock(ir.Ptr)
	e.Branch(c, x, y, ir.To(join, out), ir.To(some))
	e.SetBlock(some)
	present()
	e.Jump(join, e.Settle())
	e.SetBlock(join)
	e.Start(join.Params[0])
}

// message writes the fields of the message at p, none if that may be nil and is.
func (e *encoder) message(s *schema.StructType, p build.MemRef, nilable bool) {
	switch {
	case !nilable:
		e.fields(s, p)
	case s.NeverEmpty:
		e.FailIf(ir.Eq, p.Base, e.Nil())
		e.fields(s, p)
	default:
		e.unless(ir.Eq, p.Base, e.Nil(), func() { e.fields(s, p) })
	}
}

func (e *encoder) fields(s *schema.StructType, p build.MemRef) {
	if s.Held.Computed() {
		e.computed(s.Held, p)
		return
	}
	for _, x := range s.Extensions {
		e.refuseExtensions(x.Go, p.At(x.Offset))
	}
	ahead := 0 // fields that have been written with one before them
	eachField(s, func(f *schema.Field) {
		if ahead == 0 {
			ahead = e.run(s, f, p)
		}
		if ahead > 0 {
			ahead--
			return
		}
		e.field(f, p.Field(f))
	}, func(o *schema.Oneof) { e.oneof(s, o, p) })
	if s.HasUnknown {
		e.unknown(s, p.At(s.UnknownOffset))
	}
}

// longestRun bounds the fields that are written with one check of room, which is for the most that all of them may take.
const longestRun = 16

// run writes scalars from a field on, and returns how many. Where there is room for their longest encodings, it is not checked again.
//
//	room? -> fast: all of them -> done; else -> slow: one by one -> done
func (e *encoder) run(s *schema.StructType, first *schema.Field, p build.MemRef) int {
	var fields []*schema.Field
	most := int64(8) // eight bytes are stored for a varint, however short
	for i := slices.IndexFunc(s.Fields, func(f schema.Field) bool { return f.ID == first.ID }); i < len(s.Fields) && len(fields) < longestRun; i++ {
		f := &s.Fields[i]
		if f.Oneof > 0 {
			continue // they are written after all others
		}
		if !build.IsScalar(f.Type) || f.Type.Pointer {
			break
		}
		fields = append(fields, f)
		most += int64(len(tagOf(f))) + varint.MaxSize
	}
	if len(fields) < 2 {
		return 0
	}
	out := e.Settle()
	fast, slow, done := e.NewBlock(), e.NewColdBlock(), e.NewBlock(ir.Ptr)
	e.Branch(ir.SLT, e.PtrDiff(e.Limit, out), e.Const(ir.I64, most), ir.To(slow), ir.To(fast))
	for _, b := range []*ir.Block{fast, slow} {
		e.SetBlock(b)
		e.Start(out)
		e.roomy = b == fast
		for _, f := range fields {
			e.field(f, p.Field(f))
		}
		e.roomy = false
		e.Jump(done, e.Settle())
	}
	e.SetBlock(done)
	e.Start(done.Params[0])
	return len(fields)
}

// take steps over n bytes, and returns their distance from Out.
func (e *encoder) take(n int64) int64 {
	if !e.roomy {
		return e.Take(n)
	}
	e.Offset += n
	return e.Offset - n
}

// refuseExtensions refuses a message if a map at p, or in what is at p, is not empty.
func (e *encoder) refuseExtensions(t reflect.Type, p build.MemRef) {
	switch t.Kind() {
	case reflect.Map:
		e.unless(ir.Eq, e.PointerAt(p), e.Nil(), func() {
			row := e.Const(ir.I64, e.Translator.MapRow(t))
			count := e.Exit(int64(abi.CountMap), []ir.Type{ir.I64}, row, e.AddressOf(p))[0]
			e.FailIf(ir.Ne, count, e.Const(ir.I64, 0))
		})
	case reflect.Pointer:
		e.FailIf(ir.Ne, e.PointerAt(p), e.Nil())
	case reflect.Struct:
		for i := range t.NumField() {
			e.refuseExtensions(t.Field(i).Type, p.At(t.Field(i).Offset))
		}
	}
}

// bytes writes constant bytes.
func (e *encoder) bytes(b []byte) {
	for _, b := range b {
		e.Store(ir.Store8, e.Out, e.take(1), e.Const(ir.I8, int64(b)))
	}
}

// oneof writes the member that is set.
func (e *encoder) oneof(s *schema.StructType, o *schema.Oneof, p build.MemRef) {
	if o.Interface == nil {
		e.oneofByTag(s, o, p)
		return
	}
	held := p.At(o.Offset)
	kind := e.LoadSource(ir.Load64, held.Base, held.Offset)
	e.unless(ir.Eq, kind, e.Const(ir.I64, 0), func() {
		out := e.Settle()
		join := e.NewBlock(ir.Ptr)
		wrapper := build.MemRef{Base: e.LoadSource(ir.LoadPtr, held.Base, held.Offset+build.WordBytes)}
		for _, place := range o.Members {
			f := &s.Fields[place]
			member, other := e.NewBlock(), e.NewBlock()
			e.Branch(ir.Eq, kind, e.Const(ir.I64, int64(wordOf(o.Interface, f.Wrapper))), ir.To(member), ir.To(other))
			e.SetBlock(member)
			e.Start(out)
			e.unless(ir.Eq, wrapper.Base, e.Nil(), func() { e.single(f, wrapper) })
			e.Jump(join, e.Settle())
			e.SetBlock(other)
		}
		e.Fail() // it is no wrapper
		e.SetBlock(join)
		e.Start(join.Params[0])
	})
}

// wordOf returns the first word of an interface that holds a pointer to a struct type. It is the same for all of them, for as long as
// the process runs.
func wordOf(in, wrapper reflect.Type) uintptr {
	held := reflect.New(in)
	held.Elem().Set(reflect.Zero(reflect.PointerTo(wrapper)))
	return *(*uintptr)(unsafe.Pointer(held.Pointer()))
}

// oneofByTag writes the member that is set of those that are fields. More than one is refused.
func (e *encoder) oneofByTag(s *schema.StructType, o *schema.Oneof, p build.MemRef) {
	out := e.Settle()
	set, zero := e.Const(ir.I64, 0), e.Const(ir.I64, 0)
	for _, place := range o.Members {
		some := e.Select(ir.Ne, e.PointerAt(p.Field(&s.Fields[place])), e.Nil(), e.Const(ir.I64, 1), zero)
		set = e.Add(set, some)
	}
	e.FailIf(ir.UGT, set, e.Const(ir.I64, 1))
	e.Start(out)
	for _, place := range o.Members {
		e.field(&s.Fields[place], p.Field(&s.Fields[place]))
	}
}

// field writes the field at p, if it is present.
func (e *encoder) field(f *schema.Field, p build.MemRef) {
	t := f.Type
	switch {
	case t.Kind == schema.List:
		count := e.LengthAt(p)
		e.unless(ir.Eq, count, e.Const(ir.I64, 0), func() { e.list(f, p, count) })
	case t.Kind == schema.Map:
		e.unless(ir.Eq, e.PointerAt(p), e.Nil(), func() { e.entries(f, p) })
	case f.Requiredness == schema.RequiredField && (t.Pointer || t.Kind == schema.Binary):
		p = p.Loaded(e.PointerAt(p))
		e.FailIf(ir.Eq, e.PointerAt(p), e.Nil())
		e.single(f, p)
	case t.Pointer, t.Kind == schema.Binary && f.Requiredness == schema.Optional:
		p = p.Loaded(e.PointerAt(p))
		e.unless(ir.Eq, e.PointerAt(p), e.Nil(), func() { e.single(f, p) })
	case f.Requiredness == schema.Implicit && build.IsScalar(t):
		n := numberAt(e.Builder, t, p)
		e.unless(ir.Eq, n, e.Const(ir.I64, 0), func() {
			e.bytes(tagOf(f))
			e.number(t, n)
		})
	case f.Requiredness == schema.Implicit:
		length := e.LengthAt(p)
		e.unless(ir.Eq, length, e.Const(ir.I64, 0), func() { e.single(f, p) })
	default:
		e.single(f, p)
	}
}

// single writes a field that has one value.
func (e *encoder) single(f *schema.Field, p build.MemRef) { e.element(f, p, nil) }

// element writes a field that has one value, or an element of a list. It returns what value does.
func (e *encoder) element(f *schema.Field, p build.MemRef, last *ir.Value) *ir.Value {
	t := f.Type
	if t.Kind == schema.List {
		t = t.Elem
	}
	width := e.value(t, e.Plain(t, p), tagOf(f), last)
	if t.Form == schema.Group {
		e.bytes(endOf(f))
	}
	return width
}

// value writes a tag and the value at p. It returns the width of the length of a message, for the next one of a list.
func (e *encoder) value(t *schema.Type, p build.MemRef, tag []byte, last *ir.Value) *ir.Value {
	switch t.Kind {
	case schema.String, schema.Binary:
		length := e.LengthAt(p)
		data := e.PointerAt(p)
		e.bytes(tag)
		emit.PutLength(e.EncodeBody, length)
		if t.UTF8 {
			e.UTF8Text(data, length)
		} else {
			e.Text(data, length)
		}
	case schema.Struct:
		return e.structure(t, p, tag, last)
	default:
		n := numberAt(e.Builder, t, p)
		e.bytes(tag)
		e.number(t, n)
	}
	return nil
}

// number writes what numberAt returns.
func (e *encoder) number(t *schema.Type, n *ir.Value) {
	switch {
	case t.Kind == schema.Bool:
		e.Store(ir.Store8, e.Out, e.take(1), e.Convert(ir.Trunc64to8, n))
	case fixedSize(t) == 4:
		e.Store(ir.Store32, e.Out, e.take(4), e.Convert(ir.Trunc64to32, n))
	case fixedSize(t) == 8:
		e.Store(ir.Store64, e.Out, e.take(8), n)
	case e.roomy && isWide(t):
		e.Start(emit.StoreWide(e.Builder, e.Settle(), n))
	case e.roomy:
		e.Start(emit.Store(e.Builder, e.Settle(), n))
	default:
		e.Start(emit.Put(e.Builder, emit.Putter(e.Translator), e.Settle(), e.Limit, n, isWide(t), false))
	}
}

// structure writes the message at p. It returns the width of its length, nil for a group; last is that of the one before; see width.
func (e *encoder) structure(t *schema.Type, p build.MemRef, tag []byte, last *ir.Value) *ir.Value {
	value, nilable := e.StructAt(t, p)
	e.bytes(tag)
	body := func() {
		if !e.Translator.Inlined(t.Struct) {
			e.Start(e.CallBody(t.Struct, ir.Ptr, e.AddressOf(value), e.Settle(), e.Limit))
			return
		}
		e.Enter()
		e.message(t.Struct, value, nilable)
		e.Leave()
	}
	if t.Form == schema.Group {
		body()
		return nil
	}
	out := e.Settle()
	width := e.width(t.Struct, value, nilable, last)
	e.Start(out)
	return e.measured(width, body)
}

// unknown writes the unknown fields at p, without the mark if there is one.
func (e *encoder) unknown(s *schema.StructType, p build.MemRef) {
	length := e.LengthAt(p)
	e.unless(ir.Eq, length, e.Const(ir.I64, 0), func() {
		data := e.PointerAt(p)
		if s.UnknownName == schema.UnknownFieldsName {
			e.FailIf(ir.Ne, build.ByteAt(e.Builder, data, 0), e.Const(ir.I64, wire.KeptMark))
			data, length = e.PtrAdd(data, 1), e.AddConst(length, -1)
		}
		e.Elements(build.CopyBytes, data, length)
	})
}
