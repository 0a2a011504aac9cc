package thriftcompact

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftcompact"
	"github.com/tagwire/tagwire/wire/varint"
)

type encoder struct {
	*build.EncodeBody
	path path
	// roomy: there is room for whatever comes next, and eight bytes more.
	roomy bool
}

// take steps over n bytes, and returns their distance from Out.
func (e *encoder) take(n int64) int64 {
	if !e.roomy {
		return e.Take(n)
	}
	e.Offset += n
	return e.Offset - n
}

// byte writes a constant byte.
func (e *encoder) byte(n byte) {
	e.Store(ir.Store8, e.Out, e.take(1), e.Const(ir.I8, int64(n)))
}

// longestRun bounds the fields that are written with one check of room, which is for the most that all of them may take.
const longestRun = 16

// Run writes scalars that every value has. Where there is room for their longest encodings, it is not checked again.
//
//	room? -> fast: all of them -> done; else -> slow: one by one -> done
func (e *encoder) Run(s *schema.StructType, first int, p build.MemRef) int {
	n, most := 0, int64(8) // eight bytes are stored for a varint, however short
	for i := first; i < len(s.Fields) && n < longestRun; i++ {
		f := &s.Fields[i]
		if !build.IsScalar(f.Type) || !e.IsWritten(s, f) {
			break
		}
		n++
		most += thriftcompact.HeaderSize + thriftcompact.MaxIDSize + mostBytes(f.Type.Kind)
	}
	if n < 2 {
		return 0
	}
	out, last := e.Settle(), *e.path.last()
	fast, slow, done := e.NewBlock(), e.NewColdBlock(), e.NewBlock(ir.Ptr)
	e.Branch(ir.SLT, e.PtrDiff(e.Limit, out), e.Const(ir.I64, most), ir.To(slow), ir.To(fast))
	for _, b := range []*ir.Block{fast, slow} {
		e.SetBlock(b)
		e.Start(out)
		*e.path.last() = last
		e.roomy = b == fast
		for i := first; i < first+n; i++ {
			f := &s.Fields[i]
			e.Scalar(f.Type, p.Field(f), f)
		}
		e.roomy = false
		e.Jump(done, e.Settle())
	}
	e.SetBlock(done)
	e.Start(done.Params[0])
	return n
}

// mostBytes returns the most bytes that a scalar of a kind takes after its header.
func mostBytes(kind schema.Kind) int64 {
	switch kind {
	case schema.Bool:
		return 0
	case schema.I8:
		return 1
	case schema.I16:
		return 3
	case schema.I32, schema.Enum:
		return 5
	case schema.Double:
		return 8
	}
	return varint.MaxSize
}

func (e *encoder) Begin() { e.path.push() }

func (e *encoder) End() {
	e.byte(byte(thriftcompact.Stop))
	e.path.pop()
}

func (e *encoder) Fork() []*ir.Value         { return e.path.fork(e.Builder) }
func (e *encoder) Carried() []*ir.Value      { return e.path.carried(e.Builder) }
func (e *encoder) Joined(params []*ir.Value) { e.path.joined(params) }

// Kept writes the kept fields without the mark of the format. Fields that another format has kept cannot be written.
//
//	length == 0 -> done; else check the mark, copy the rest -> done
func (e *encoder) Kept(s *schema.StructType, p build.MemRef) {
	kept := p.At(s.UnknownOffset)
	length := e.LoadSource(ir.Load64, kept.Base, kept.Offset+build.WordBytes)
	out := e.Settle()
	some, done := e.NewColdBlock(), e.NewBlock(ir.Ptr)
	e.Branch(ir.Eq, length, e.Const(ir.I64, 0), ir.To(done, out), ir.To(some))
	e.SetBlock(some)
	data := e.PointerAt(kept)
	e.FailIf(ir.Ne, build.ByteAt(e.Builder, data, 0), e.Const(ir.I64, thriftcompact.KeptMark))
	e.Elements(build.CopyBytes, e.PtrAdd(data, 1), e.AddConst(length, -1))
	e.Jump(done, e.Settle())
	e.SetBlock(done)
	e.Start(done.Params[0])
}

func (e *encoder) Field(f *schema.Field) {
	if f != nil {
		e.header(f, wireOf(f.Type), nil)
	}
}

// header writes the header of f with a type, less a number that is known at run time only, an I32, if that is not nil.
//
//	mixed: the last id is near -> near: one byte; else -> far: the type and the id
func (e *encoder) header(f *schema.Field, wire int64, less *ir.Value) {
	id := idOf(f)
	last := e.path.last()
	switch last.form(id) {
	case short:
		e.shortHeader(*last, id, wire, less)
	case long:
		e.longHeader(id, wire, less)
	case mixed:
		distance := last.distance(e.Builder, id)
		out := e.Settle()
		near, far, done := e.NewBlock(), e.NewBlock(), e.NewBlock(ir.Ptr)
		branchShort(e.Builder, distance, ir.To(near), ir.To(far))
		e.SetBlock(near)
		e.shortHeader(*last, id, wire, less)
		e.Jump(done, e.Settle())
		e.SetBlock(far)
		e.Start(out)
		e.longHeader(id, wire, less)
		e.Jump(done, e.Settle())
		e.SetBlock(done)
		e.Start(done.Params[0])
	}
	e.path.wrote(id)
}

func (e *encoder) shortHeader(last lastID, id int32, wire int64, less *ir.Value) {
	if last.value == nil {
		e.typeByte(int64(id-last.ids[0])*idUnit+wire, less)
		return
	}
	header := e.AddConst(last.distance(e.Builder, id), wire)
	if less != nil {
		header = e.Sub(header, less)
	}
	e.lowByte(header)
}

func (e *encoder) longHeader(id int32, wire int64, less *ir.Value) {
	e.typeByte(wire, less)
	for _, b := range emit.Constant(varint.Zigzag(int64(id))) {
		e.byte(b)
	}
}

// typeByte writes a constant, less an I32 if that is not nil.
func (e *encoder) typeByte(n int64, less *ir.Value) {
	if less == nil {
		e.byte(byte(n))
		return
	}
	e.lowByte(e.Sub(e.Const(ir.I32, n), less))
}

// lowByte writes the low byte of an I32.
func (e *encoder) lowByte(n *ir.Value) {
	e.Store(ir.Store8, e.Out, e.take(1), e.Convert(ir.Trunc32to8, n))
}

func (e *encoder) Scalar(t *schema.Type, p build.MemRef, f *schema.Field) {
	switch t.Kind {
	case schema.Bool: // of a field, the header says whether it is true; elsewhere a byte with the same numbers does
		value := e.Convert(ir.ZeroExt8to32, e.load(ir.Load8, p))
		if f != nil {
			e.header(f, int64(thriftcompact.False), value)
		} else {
			e.typeByte(int64(thriftcompact.False), value)
		}
	case schema.I8:
		v := e.load(ir.Load8, p)
		e.Field(f)
		e.Store(ir.Store8, e.Out, e.take(1), v)
	case schema.Double:
		v := e.load(ir.Load64, p)
		e.Field(f)
		e.Store(ir.Store64, e.Out, e.take(8), v)
	default:
		z := zigzagAt(e.Builder, t.Kind, p, true)
		e.Field(f)
		e.varint(z, t.Kind == schema.I64)
	}
}

func (e *encoder) load(op ir.Op, p build.MemRef) *ir.Value { return e.LoadSource(op, p.Base, p.Offset) }

// zigzagAt returns the zigzag form of the number at p, computed in 64 bits for all kinds, which gives the same result. Enums that do
// not fit 32 bits are refused if checked, else truncated.
func zigzagAt(b *ir.Builder, kind schema.Kind, p build.MemRef, checked bool) *ir.Value {
	load := func(op ir.Op) *ir.Value { return b.LoadSource(op, p.Base, p.Offset) }
	var n *ir.Value
	switch kind {
	case schema.I16:
		n = b.Convert(ir.SignExt16to64, load(ir.Load16))
	case schema.I32:
		n = b.Convert(ir.SignExt32to64, load(ir.Load32))
	case schema.I64:
		n = load(ir.Load64)
	case schema.Enum:
		if n = load(ir.Load64); checked {
			b.Narrow(n)
		} else {
			n = b.Convert(ir.SignExt32to64, b.Convert(ir.Trunc64to32, n))
		}
	default:
		panic("BUG: jit: no varint: " + kind.String())
	}
	return b.ZigZag(n)
}

// varint writes z; see emit.Put.
func (e *encoder) varint(z *ir.Value, wide bool) {
	out := e.Settle()
	if e.roomy && !wide {
		e.Start(emit.Store(e.Builder, out, z))
		return
	}
	e.Start(emit.Put(e.Builder, emit.Putter(e.Translator), out, e.Limit, z, wide, e.roomy))
}

// Length writes a length or a count.
func (e *encoder) Length(n *ir.Value) { emit.PutLength(e.EncodeBody, n) }

// List writes the type of the elements, and their number in the same byte, or after it if it is large.
func (e *encoder) List(t *schema.Type, count *ir.Value) {
	wire := wireOf(t.Elem)
	out := e.Settle()
	few, many, done := e.NewBlock(), e.NewBlock(), e.NewBlock(ir.Ptr)
	e.Branch(ir.ULT, count, e.Const(ir.I64, thriftcompact.LongCount), ir.To(few), ir.To(many))
	e.SetBlock(few)
	header := e.Binary(ir.Shl, e.Convert(ir.Trunc64to32, count), e.Const(ir.I32, 4))
	e.lowByte(e.Or(header, e.Const(ir.I32, wire)))
	e.Jump(done, e.Settle())
	e.SetBlock(many)
	e.Start(out)
	e.byte(byte(thriftcompact.LongCount<<4 | wire))
	e.Length(count)
	e.Jump(done, e.Settle())
	e.SetBlock(done)
	e.Start(done.Params[0])
}

func (e *encoder) Scalars(elem *schema.Type, data, count *ir.Value) {
	switch elem.Kind {
	case schema.Bool:
		to := e.Settle()
		e.CheckBoundsN(to, e.Limit, count, 0)
		e.Call(boolWriter(e.Translator), nil, to, data, count)
		e.Start(e.PtrIndex(to, count, 1))
	case schema.I8:
		e.Elements(build.CopyBytes, data, count)
	case schema.Double:
		e.Elements(copyDoubles, data, count)
	default:
		out := e.Settle()
		writer := listWriter(e.Translator, elem.Kind)
		e.Start(e.Call(writer, []ir.Type{ir.Ptr}, out, e.Limit, data, count)[0])
	}
}

func (e *encoder) OpenMap(*schema.Type) {}

// EntryCount writes the number of entries, and the types if there are any.
func (e *encoder) EntryCount(t *schema.Type, n *ir.Value) {
	if n == nil {
		e.byte(0)
		return
	}
	out := e.Settle()
	none, some, done := e.NewColdBlock(), e.NewBlock(), e.NewBlock(ir.Ptr)
	e.Branch(ir.Eq, n, e.Const(ir.I64, 0), ir.To(none), ir.To(some))
	e.SetBlock(none)
	e.byte(0)
	e.Jump(done, e.Settle())
	e.SetBlock(some)
	e.Start(out)
	e.Length(n)
	e.byte(byte(wireOf(t.Key)<<4 | wireOf(t.Elem)))
	e.Jump(done, e.Settle())
	e.SetBlock(done)
	e.Start(done.Params[0])
}
