package build

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// An EncodeBody builds a function that writes a value. The next byte is written at Out + Offset: items of a fixed size raise
// Offset, which is known when the function is built.
//
// A run of items of fixed size has one check of room, made before the first and raised with each; the check for the
// bytes of a string covers the run after them too. A run ends where control flow splits, because the items that follow may
// not be written.
type EncodeBody struct {
	*body
	Limit  *ir.Value
	Out    *ir.Value
	Offset int64
	// room are the checks of all paths to here that cover exactly the bytes before Out + Offset; nil if there are none to raise.
	room []*ir.Inst
	// items is what the format writes.
	items EncodeItems
}

// EncodeItems is what a wire format writes, in the order in which the walk through a value comes to it.
type EncodeItems interface {
	// Begin opens a struct and End writes what closes it.
	Begin()
	End()
	// Run writes fields of the struct at p from the first on, if it does so better for several at once, and returns how many.
	Run(s *schema.StructType, first int, p MemRef) int
	// Kept writes the unknown fields that the struct at p has kept.
	Kept(s *schema.StructType, p MemRef)
	// Field writes the header of a field; nil stands for none: a key or an element.
	Field(f *schema.Field)
	// Scalar writes the scalar at p, after its header.
	Scalar(t *schema.Type, p MemRef, f *schema.Field)
	// Length writes the length of a text.
	Length(n *ir.Value)
	// List writes the header of a list or set, and Scalars the elements of one that has only scalars.
	List(t *schema.Type, count *ir.Value)
	Scalars(elem *schema.Type, data, count *ir.Value)
	// OpenMap writes what comes before the number of a map's entries, and EntryCount that number and what follows it; nil stands
	// for 0.
	OpenMap(t *schema.Type)
	EntryCount(t *schema.Type, n *ir.Value)
	// Fork, Carried and Joined pass on what the format knows only at run time about the fields written so far. Fork returns the
	// values for the path that leaves a field out, Carried those for the path that has written it; Joined takes the parameters of
	// the block where the two paths join. Pairs of paths nest.
	Fork() []*ir.Value
	Carried() []*ir.Value
	Joined(params []*ir.Value)
}

// buildEncode makes the function (value, out, end) -> out that writes the struct at value, or an absent one if that is
// nil.
//
//	entry:     value == nil -> absent, or refused if the struct is never empty
//	present:   write fields, STOP -> done(out)
//	absent:    write STOP         -> done(out)
//	done(out): return out
func buildEncode(d *Translator, s *schema.StructType, of Items) *ir.Func {
	e := NewEncodeBody(d, s)
	e.items = of.EncodeItems(e)
	e.structFields(s, e.Root(s), true)
	return e.Done(e.Settle())
}

// NewEncodeBody begins the function (value, out, end) -> out of s.
func NewEncodeBody(d *Translator, s *schema.StructType) *EncodeBody {
	e := &EncodeBody{body: newBody(d, s, "", []ir.Type{ir.Ptr, ir.Ptr, ir.Ptr}, []ir.Type{ir.Ptr})}
	e.Limit = e.Param(2)
	e.Start(e.Param(1))
	return e
}

// Start continues at out.
func (e *EncodeBody) Start(out *ir.Value) { e.Out, e.Offset, e.room = out, 0, nil }

// Settle returns the address to write to next as one value, and ends the run.
func (e *EncodeBody) Settle() *ir.Value {
	e.Start(e.AddressOf(MemRef{Base: e.Out, Offset: e.Offset}))
	return e.Out
}

// Take steps over n bytes, for which it checks the room, and returns their distance from Out.
func (e *EncodeBody) Take(n int64) int64 {
	if e.room == nil {
		e.CheckBounds(e.Out, e.Limit, e.Offset)
		e.room = []*ir.Inst{e.last()}
	}
	for _, check := range e.room {
		check.Imm += n
	}
	at := e.Offset
	e.Offset += n
	return at
}

// Byte writes a constant byte.
func (e *EncodeBody) Byte(n byte) {
	e.Store(ir.Store8, e.Out, e.Take(1), e.Const(ir.I8, int64(n)))
}

// Elements writes the count elements at data as they are copied by c.
func (e *EncodeBody) Elements(c Copier, data, count *ir.Value) {
	bytes := count
	if c.wire() > 1 {
		bytes = e.MulConst(count, c.wire())
	}
	to := e.Settle()
	e.CheckBoundsN(to, e.Limit, bytes, 0)
	room := e.last()
	e.copyElements(c, to, data, count)
	e.Start(e.PtrIndex(to, bytes, 1))
	e.room = []*ir.Inst{room}
}

// Text writes the bytes of a string or binary.
func (e *EncodeBody) Text(data, length *ir.Value) {
	e.Translator.Texts = true
	if e.Translator.Direct {
		length = e.refer(data, length)
	}
	e.Elements(CopyBytes, data, length)
}

// UTF8Text is Text for a string that must be UTF-8. Where it is short and ASCII, which most are, the copy tells so.
//
//	length <= free -> short, else long
//	short:  other = CopyASCII; other == 0 -> done, else odd
//	odd:    check -> done
//	long:   check; Text -> done
func (e *EncodeBody) UTF8Text(data, length *ir.Value) {
	out := e.Settle()
	short, odd, long, done := e.NewBlock(), e.NewColdBlock(), e.NewColdBlock(), e.NewBlock(ir.Ptr)
	e.Branch(ir.ULE, length, e.Const(ir.I64, FreeCopyBytes), ir.To(short), ir.To(long))
	e.SetBlock(short)
	e.CheckBoundsN(out, e.Limit, length, 0)
	room := []*ir.Inst{e.last()}
	other, behind := e.CopyASCII(out, data, length), e.PtrIndex(out, length, 1)
	e.Branch(ir.Eq, other, e.Const(ir.I64, 0), ir.To(done, behind), ir.To(odd))
	e.SetBlock(odd)
	e.checkOdd(data, length)
	e.Jump(done, behind)
	e.SetBlock(long)
	e.checkOdd(data, length)
	e.Text(data, length)
	room = append(room, e.room...)
	e.Jump(done, e.Settle())
	e.SetBlock(done)
	e.Start(done.Params[0])
	e.room = room
}

// refer has Go refer to the bytes at data if there are many, and returns how many of them are to be copied.
//
//	length >= DirectThreshold -> long: left = Reference(data, length, out) -> join(left)
//	else                      -> join(length)
func (e *EncodeBody) refer(data, length *ir.Value) *ir.Value {
	out := e.Settle()
	long, join := e.NewColdBlock(), e.NewBlock(ir.I64)
	e.Branch(ir.ULT, length, e.Const(ir.I64, codec.DirectThreshold), ir.To(join, length), ir.To(long))
	e.SetBlock(long)
	left := e.Exit(int64(abi.Reference), []ir.Type{ir.I64}, data, length, out)
	e.Jump(join, left[0])
	e.SetBlock(join)
	return join.Params[0]
}

// structFields writes the fields of the struct at p, none if that may be nil and is, and STOP. A struct that is never empty is
// not written if it is nil.
func (e *EncodeBody) structFields(s *schema.StructType, p MemRef, nilable bool) {
	if nilable && s.NeverEmpty {
		e.FailIf(ir.Eq, p.Base, e.Nil())
		nilable = false
	}
	if !nilable {
		e.presentFields(s, p)
		return
	}
	out := e.Settle()
	present, absent, done := e.NewBlock(), e.NewColdBlock(), e.NewBlock(ir.Ptr)
	e.Branch(ir.Eq, p.Base, e.Nil(), ir.To(absent), ir.To(present))
	e.SetBlock(present)
	e.presentFields(s, p)
	e.Jump(done, e.Settle())
	e.SetBlock(absent)
	e.Start(out)
	e.items.Begin()
	e.items.End()
	e.Jump(done, e.Settle())
	e.SetBlock(done)
	e.Start(done.Params[0])
}

// presentFields writes the fields of the struct at p, which is not nil, and STOP.
func (e *EncodeBody) presentFields(s *schema.StructType, p MemRef) {
	if f := nextLink(s); f != nil {
		e.links(s, f, p)
		return
	}
	e.items.Begin()
	if s.Union {
		e.checkUnion(s, p)
	}
	e.fieldsBefore(s, p, len(s.Fields))
	if s.HasUnknown { // what an earlier decode has kept goes back as it came
		e.items.Kept(s, p)
	}
	e.items.End()
}

// fieldsBefore writes the first n fields.
func (e *EncodeBody) fieldsBefore(s *schema.StructType, p MemRef, n int) {
	for i := 0; i < n; {
		if n := e.items.Run(s, i, p); n > 0 {
			i += n
			continue
		}
		f := &s.Fields[i]
		e.field(s, f, p.Field(f))
		i++
	}
}

// checkUnion refuses the union at p unless exactly one member is set. Where none is, a member that an earlier decode has kept
// stands for one.
//
//	for each member: absent -> join(set), else -> join(set+1)
//	set == 0 and something is kept ? 1 : set  != 1 -> refused
func (e *EncodeBody) checkUnion(s *schema.StructType, p MemRef) {
	out := e.Settle()
	set, one := e.Const(ir.I64, 0), e.Const(ir.I64, 1)
	for i := range s.Fields {
		f := &s.Fields[i]
		present, join := e.NewBlock(), e.NewBlock(ir.I64)
		e.branchAbsent(s, f, p.Field(f), ir.To(join, set), ir.To(present))
		e.SetBlock(present)
		e.Jump(join, e.AddConst(set, 1))
		e.SetBlock(join)
		set = join.Params[0]
	}
	if s.HasUnknown {
		zero := e.Const(ir.I64, 0)
		kept := p.At(s.UnknownOffset)
		length := e.LoadSource(ir.Load64, kept.Base, kept.Offset+WordBytes)
		standsIn := e.Select(ir.Ne, length, zero, one, zero)
		set = e.Select(ir.Eq, set, zero, standsIn, set)
	}
	e.FailIf(ir.Ne, set, one)
	e.Start(out)
}

// field writes the header and the value of the field at p, if it is present.
func (e *EncodeBody) field(s *schema.StructType, f *schema.Field, p MemRef) {
	if !e.mayBeAbsent(s, f) {
		e.value(f.Type, p, f)
		return
	}
	out := append([]*ir.Value{e.Settle()}, e.items.Fork()...)
	present, join := e.NewBlock(), e.NewBlock(typesOf(out)...)
	p = e.branchAbsent(s, f, p, ir.To(join, out...), ir.To(present))
	e.SetBlock(present)
	e.value(f.Type, p, f)
	e.Jump(join, append([]*ir.Value{e.Settle()}, e.items.Carried()...)...)
	e.SetBlock(join)
	e.Start(join.Params[0])
	e.items.Joined(join.Params[1:])
}

// typesOf returns the types of values.
func typesOf(values []*ir.Value) (types []ir.Type) {
	for _, v := range values {
		types = append(types, v.Type)
	}
	return types
}

// value writes the value at p; f is its field if it is one. What must be checked is checked before the header is
// written, so that stores follow each other and can become wide ones.
func (e *EncodeBody) value(t *schema.Type, p MemRef, f *schema.Field) {
	switch t.Kind {
	case schema.String, schema.Binary:
		p = e.Plain(t, p)
		length := e.LengthAt(p)
		e.items.Field(f)
		e.items.Length(length)
		e.Text(e.PointerAt(p), length)
	case schema.Struct:
		e.structValue(t, p, f)
	case schema.List, schema.Set:
		e.list(t, p, f)
	case schema.Map:
		e.entries(t, p, f)
	default:
		e.items.Scalar(t, e.Plain(t, p), f)
	}
}

func (e *EncodeBody) structValue(t *schema.Type, p MemRef, f *schema.Field) {
	value, nilable := e.StructAt(t, p)
	if !e.Translator.Inlined(t.Struct) {
		e.items.Field(f)
		out := e.Settle()
		e.Start(e.CallBody(t.Struct, ir.Ptr, e.AddressOf(value), out, e.Limit))
		return
	}
	e.Enter()
	e.items.Field(f)
	e.structFields(t.Struct, value, nilable)
	e.Leave()
}

func (e *EncodeBody) list(t *schema.Type, p MemRef, f *schema.Field) {
	e.Enter()
	defer e.Leave()
	data, count := e.PointerAt(p), e.LengthAt(p)
	e.items.Field(f)
	e.items.List(t, count)
	if IsScalar(t.Elem) {
		e.items.Scalars(t.Elem, data, count)
		return
	}
	size, cost := int64(t.Elem.Go.Size()), e.Translator.ValueCost(t.Elem)
	out := e.Settle()
	e.Start(e.EachElement(data, count, size, cost, out, func(element MemRef, out *ir.Value) *ir.Value {
		e.Start(out)
		e.value(t.Elem, element, nil)
		return e.Settle()
	}))
}
