package build

import (
	"math"
	"slices"
	"unsafe"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// A body is a function under construction: what the builders of all operations share.
//
// Depth. FrameLevels holds, when a function is entered, how many structs and containers may still be entered, the
// function's own struct included. The function reads it once; the depth of each instruction is known when the function is
// built. So entering is one comparison, and the word is written only before calls and exits that read it. A function that
// wrote the word restores it before it returns.
type body struct {
	*ir.Builder
	Translator *Translator
	levels     *ir.Value
	// depth counts the structs and containers of this function that are open.
	depth int64
	// levelsStored: the function writes FrameLevels.
	levelsStored bool
}

// newBody starts the function of s, or a variant of it.
func newBody(d *Translator, s *schema.StructType, variant string, params, results []ir.Type) *body {
	b := &body{Builder: ir.NewBuilder(d.bodyOf(bodyKey{s, variant}), params, results), Translator: d}
	if d.chargesFuel(s) {
		b.ChargeFuel(b.Const(ir.I64, min(d.fuelCost(s), abi.FuelBytes)))
	}
	b.levels = b.FrameLoad(ir.I64, abi.FrameLevels)
	b.Enter()
	return b
}

// last returns the instruction that was appended last.
func (b *body) last() *ir.Inst {
	insts := b.Block().Insts
	return insts[len(insts)-1]
}

// Enter opens a struct or container, if another level is allowed.
func (b *body) Enter() {
	b.depth++
	b.FailIf(ir.SLT, b.levels, b.Const(ir.I64, b.depth))
}

func (b *body) Leave() { b.depth-- }

// LevelsLeft returns how many structs and containers may still be entered.
func (b *body) LevelsLeft() *ir.Value { return b.AddConst(b.levels, -b.depth) }

// StoreLevels stores how many levels are left, for the function that is called next or the exit that is taken next.
func (b *body) StoreLevels() {
	b.FrameStore(abi.FrameLevels, b.AddConst(b.levels, -b.depth))
	b.levelsStored = true
}

// Done leaves the function's struct and ends the function.
func (b *body) Done(result *ir.Value) *ir.Func {
	b.Leave()
	if b.levelsStored {
		b.FrameStore(abi.FrameLevels, b.levels)
	}
	b.Return(result)
	return b.Finish()
}

// ChargeFuel takes wire bytes off the budget, and yields when it is used up.
func (b *body) ChargeFuel(bytes *ir.Value) { ChargeFuel(b.Builder, bytes) }

// ChargeFuel takes wire bytes off the budget, and yields when it is used up.
func ChargeFuel(b *ir.Builder, bytes *ir.Value) {
	left := b.Sub(b.FrameLoad(ir.I64, abi.FrameFuel), bytes)
	b.FrameStore(abi.FrameFuel, left)
	usedUp, charged := b.NewColdBlock(), b.NewBlock()
	b.Branch(ir.SLT, left, b.Const(ir.I64, 0), ir.To(usedUp), ir.To(charged))
	b.SetBlock(usedUp)
	b.Exit(int64(abi.Yield), nil)
	b.Jump(charged)
	b.SetBlock(charged)
}

// CallBody calls the function of s, which has value as its first argument.
func (b *body) CallBody(s *schema.StructType, result ir.Type, args ...*ir.Value) *ir.Value {
	return b.CallVariant(s, "", result, args...)
}

// CallVariant calls a variant of the function of s.
func (b *body) CallVariant(s *schema.StructType, variant string, result ir.Type, args ...*ir.Value) *ir.Value {
	b.StoreLevels()
	return b.Call(b.Translator.bodyOf(bodyKey{s, variant}), []ir.Type{result}, args...)[0]
}

// A MemRef is where a value lies in memory: at a constant distance from a pointer.
type MemRef struct {
	Base   *ir.Value
	Offset int64
	// route leads to Base; nil if it is not known before the call.
	route *route
	// word is the first word of the value if it has been loaded: a pointer. It must not be loaded twice, since
	// between two loads a racing program could make it nil.
	word *ir.Value
}

// Field returns the reference to a field of the struct at p.
func (p MemRef) Field(f *schema.Field) MemRef { return p.At(f.Offset) }

// At returns the reference to the memory at an offset from p.
func (p MemRef) At(offset uintptr) MemRef {
	return MemRef{Base: p.Base, Offset: p.Offset + int64(offset), route: p.route}
}

// Loaded returns p, whose first word has been loaded.
func (p MemRef) Loaded(word *ir.Value) MemRef {
	p.word = word
	return p
}

// PointerAt returns the pointer at p: of a pointer, or the data pointer of a string or slice.
func (b *body) PointerAt(p MemRef) *ir.Value {
	if p.word != nil {
		return p.word
	}
	return b.LoadSource(ir.LoadPtr, p.Base, p.Offset)
}

// LengthAt returns the length in the string or slice header at p, which must be one the format can express.
func (b *body) LengthAt(p MemRef) *ir.Value {
	n := b.LoadSource(ir.Load64, p.Base, p.Offset+WordBytes)
	b.FailIf(ir.UGT, n, b.Const(ir.I64, math.MaxInt32))
	return b.Convert(ir.ZeroExt32to64, b.Convert(ir.Trunc64to32, n)) // the same, and known to have 32 bits
}

// WordBytes is the size of a pointer and of a length on every host that has native code.
const WordBytes = 8

// Plain returns the reference to the value itself: p, or the target of a pointer to a scalar, string or binary at p.
func (b *body) Plain(t *schema.Type, p MemRef) MemRef {
	if t.Pointer && t.Kind != schema.Struct {
		return MemRef{Base: b.PointerAt(p)}
	}
	return p
}

// StructAt returns where the struct at p is, and whether that may be nil. A pointer that has been loaded has been
// compared with nil.
func (b *body) StructAt(t *schema.Type, p MemRef) (value MemRef, nilable bool) {
	if t.Pointer {
		return MemRef{Base: b.PointerAt(p), route: p.route.through(p.Offset)}, p.word == nil
	}
	return p, false
}

// AddressOf returns p as a pointer.
func (b *body) AddressOf(p MemRef) *ir.Value {
	if p.Offset == 0 {
		return p.Base
	}
	return b.PtrAdd(p.Base, p.Offset)
}

// IsWritten reports whether every value has f.
func (b *body) IsWritten(s *schema.StructType, f *schema.Field) bool { return !b.mayBeAbsent(s, f) }

// mayBeAbsent reports whether there are values that leave f out.
func (b *body) mayBeAbsent(s *schema.StructType, f *schema.Field) bool {
	if f.Requiredness != schema.Optional {
		return f.OmitsNil()
	}
	return leadsWithPointer(f.Type) || s.HasInit && f.Type.Kind != schema.Struct
}

// leadsWithPointer reports whether nil stands for the absence of an optional value.
func leadsWithPointer(t *schema.Type) bool {
	switch t.Kind {
	case schema.Binary, schema.List, schema.Set, schema.Map:
		return true
	}
	return t.Pointer
}

// branchAbsent ends the block: to absent if the optional field f at p is left out, else to present. It returns p with
// what it has loaded.
func (b *body) branchAbsent(s *schema.StructType, f *schema.Field, p MemRef, absent, present ir.Edge) MemRef {
	comparable := !leadsWithPointer(f.Type)
	if s.HasInit && f.Type.Kind == schema.Binary && !f.Type.Pointer {
		defaults := b.Translator.defaults(s)
		comparable = defaults != nil && bytesAt(defaults, f.Offset) != nil
	}
	if !comparable {
		p.word = b.PointerAt(p)
		b.Branch(ir.Eq, p.word, b.Nil(), absent, present)
		return p
	}
	byDefault := b.Translator.defaults(s)
	if byDefault == nil {
		b.Jump(present.To, present.Args...) // there will be no module
		return p
	}
	switch f.Type.Kind {
	case schema.String:
		b.branchString(p, stringAt(byDefault, f.Offset), absent, present)
		return p
	case schema.Binary:
		b.branchString(p, string(bytesAt(byDefault, f.Offset)), absent, present)
		return p
	}
	size := int64(f.Type.Go.Size())
	bits := b.loadBits(p, size)
	b.Branch(ir.Eq, bits, b.Const(bits.Type, bitsAt(unsafe.Add(byDefault, f.Offset), size)), absent, present)
	return p
}

// loadBits loads 1, 2, 4 or 8 bytes as a value that can be compared.
func (b *body) loadBits(p MemRef, size int64) *ir.Value {
	switch size {
	case 1:
		return b.Convert(ir.ZeroExt8to32, b.LoadSource(ir.Load8, p.Base, p.Offset))
	case 2:
		return b.Convert(ir.ZeroExt16to32, b.LoadSource(ir.Load16, p.Base, p.Offset))
	case 4:
		return b.LoadSource(ir.Load32, p.Base, p.Offset)
	}
	return b.LoadSource(ir.Load64, p.Base, p.Offset)
}

// bitsAt returns what loadBits finds at p, which points to 1, 2, 4 or 8 bytes of a field's default, aligned as such.
func bitsAt(p unsafe.Pointer, size int64) int64 {
	switch size {
	case 1:
		return int64(*(*uint8)(p))
	case 2:
		return int64(*(*uint16)(p))
	case 4:
		return int64(*(*uint32)(p))
	}
	return int64(*(*uint64)(p))
}

// stringAt returns the string in the field at an offset of the struct at p, which keeps it alive.
func stringAt(p unsafe.Pointer, offset uintptr) string { return *(*string)(unsafe.Add(p, offset)) }

// bytesAt returns the binary in the field at an offset of the struct at p, which keeps it alive.
func bytesAt(p unsafe.Pointer, offset uintptr) []byte { return *(*[]byte)(unsafe.Add(p, offset)) }

// defaults returns the struct's default value; nil if it has none. A type whose InitDefault is running gets no module.
func (d *Translator) defaults(s *schema.StructType) unsafe.Pointer {
	if !s.HasInit {
		return nil
	}
	p := s.Default()
	if p == nil {
		d.fail(s, ErrNoDefaultYet)
	}
	return p
}

// initialization returns how new values of s get their defaults. A type whose InitDefault is running gets no module.
func (d *Translator) initialization(s *schema.StructType) schema.Initialization {
	d.defaults(s)
	return s.Initialization()
}

// longestDefault bounds the strings that are compared with constants in the code, in bytes.
const longestDefault = 64

// branchString ends the block: to same if the string at p is want, else to other.
//
//	length != len(want)               -> other
//	(word0 ^ want0) | (word1 ^ want1) == 0  -> same, else other
func (b *body) branchString(p MemRef, want string, same, other ir.Edge) {
	length := b.LoadSource(ir.Load64, p.Base, p.Offset+WordBytes)
	if want == "" {
		b.Branch(ir.Eq, length, b.Const(ir.I64, 0), same, other)
		return
	}
	compare := b.NewBlock()
	b.Branch(ir.Eq, length, b.Const(ir.I64, int64(len(want))), ir.To(compare), other)
	b.SetBlock(compare)
	if len(want) > longestDefault {
		equal := b.Call(b.Translator.comparer(), []ir.Type{ir.I64}, b.PointerAt(p), b.Address(b.Translator.constant(want)), length)
		b.Branch(ir.Ne, equal[0], b.Const(ir.I64, 0), same, other)
		return
	}
	data := MemRef{Base: b.PointerAt(p)}
	difference := b.Const(ir.I64, 0)
	for left := len(want); left > 0; left = len(want) - int(data.Offset) {
		width := int64(8)
		for width > int64(left) {
			width /= 2
		}
		bits := b.loadBits(data, width)
		if bits.Type == ir.I32 {
			bits = b.Convert(ir.ZeroExt32to64, bits)
		}
		var wanted int64
		for i := range width {
			wanted |= int64(want[data.Offset+i]) << (8 * i)
		}
		difference = b.Or(difference, b.Xor(bits, b.Const(ir.I64, wanted)))
		data.Offset += width
	}
	b.Branch(ir.Eq, difference, b.Const(ir.I64, 0), same, other)
}

// strideBytes is the number of wire bytes that a loop handles between two charges of the fuel.
const strideBytes = 16 << 10

// EachElement emits a loop over count contiguous elements from data on. Each has size bytes, and takes cost of the fuel. carry is
// a value that each turn, emitted by turn, replaces; the last one is returned. See EachElementOf.
func (b *body) EachElement(data, count *ir.Value, size, cost int64, carry *ir.Value, turn func(element MemRef, carry *ir.Value) *ir.Value) *ir.Value {
	return b.EachElementOf(data, count, size, cost, []*ir.Value{carry}, func(element MemRef, carry []*ir.Value) []*ir.Value {
		return []*ir.Value{turn(element, carry[0])}
	})[0]
}

// EachElementOf is EachElement with several values that each turn replaces. Elements are handled in strides, each of which charges the
// fuel:
//
//	outer(carry, element, left):  stride = min(left, most); charge(stride * cost)
//	inner(carry, element, n):     turn; n-1 != 0 -> inner
//	after:                        left-stride != 0 -> outer
func (b *body) EachElementOf(data, count *ir.Value, size, cost int64, carry []*ir.Value,
	turn func(element MemRef, carry []*ir.Value) []*ir.Value) []*ir.Value {
	cost = max(1, min(cost, strideBytes))
	zero, n := b.Const(ir.I64, 0), len(carry)
	types := typesOf(carry)
	outer, inner := b.NewBlock(append(types, ir.Ptr, ir.I64)...), b.NewBlock(append(types, ir.Ptr, ir.I64)...)
	after, done := b.NewBlock(), b.NewBlock(types...)
	to := func(to *ir.Block, carry []*ir.Value, more ...*ir.Value) ir.Edge {
		return ir.To(to, append(slices.Clip(carry), more...)...)
	}
	b.Branch(ir.Eq, count, zero, to(done, carry), to(outer, carry, data, count))

	b.SetBlock(outer)
	left, most := outer.Params[n+1], b.Const(ir.I64, strideBytes/cost)
	stride := b.Select(ir.ULT, left, most, left, most)
	b.ChargeFuel(b.MulConst(stride, cost))
	left = b.Sub(left, stride)
	begin := to(inner, outer.Params[:n], outer.Params[n], stride)
	b.Jump(begin.To, begin.Args...)

	b.SetBlock(inner)
	element := inner.Params[n]
	carry = turn(MemRef{Base: element}, inner.Params[:n])
	element = b.PtrAdd(element, size)
	turns := b.AddConst(inner.Params[n+1], -1)
	b.Branch(ir.Ne, turns, zero, to(inner, carry, element, turns), ir.To(after))

	b.SetBlock(after)
	b.Branch(ir.Ne, left, zero, to(outer, carry, element, left), to(done, carry))
	b.SetBlock(done)
	return done.Params
}

// A Copier copies the elements of scalar lists between memory and the wire. Op copies elements that have the given sizes at the
// destination and the source; the function Name does so in strides, each of which charges the fuel.
type Copier struct {
	Name     string
	Op       ir.Op
	To, From int64
}

// wire returns the bytes of an element on the wire: it is never larger there than in memory.
func (c Copier) wire() int64 { return min(c.To, c.From) }

// CopyBytes copies bytes as they are.
var CopyBytes = Copier{"copy.bytes", ir.CopyBytes, 1, 1}

// Copy appends one of the bulk copies.
func (c Copier) Copy(b *ir.Builder, to, from, count *ir.Value) {
	if c.Op == ir.CopyBytes {
		if c.To > 1 {
			count = b.MulConst(count, c.To)
		}
		b.CopyBytes(to, from, count)
		return
	}
	b.CopyList(c.Op, to, from, count)
}

// copyElements copies count elements. Few are copied here; many by a function, which charges the fuel for them.
func (b *body) copyElements(c Copier, to, from, count *ir.Value) {
	few, many, done := b.NewBlock(), b.NewColdBlock(), b.NewBlock()
	b.Branch(ir.ULE, count, b.Const(ir.I64, FreeCopyBytes/c.wire()), ir.To(few), ir.To(many))
	b.SetBlock(few)
	c.Copy(b.Builder, to, from, count)
	b.Jump(done)
	b.SetBlock(many)
	b.Call(b.Translator.Copier(c), nil, to, from, count)
	b.Jump(done)
	b.SetBlock(done)
}

// Copier returns the name of the function that copies many elements.
func (d *Translator) Copier(c Copier) string {
	return d.Helper(c.Name, func() *ir.Func { return buildCopier(c) })
}

// buildCopier makes the function (to, from, count), count > 0, that copies in strides and charges the fuel for each.
//
//	loop(to, from, left):  stride = min(left, most); charge(stride * wire bytes); copy; left-stride != 0 -> loop
func buildCopier(c Copier) *ir.Func {
	b := ir.NewBuilder(c.Name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64}, nil)
	loop, done := b.NewBlock(ir.Ptr, ir.Ptr, ir.I64), b.NewBlock()
	b.Jump(loop, b.Param(0), b.Param(1), b.Param(2))
	b.SetBlock(loop)
	to, from, left := loop.Params[0], loop.Params[1], loop.Params[2]
	most := b.Const(ir.I64, strideBytes/c.wire())
	stride := b.Select(ir.ULT, left, most, left, most)
	ChargeFuel(b, b.MulConst(stride, c.wire()))
	c.Copy(b, to, from, stride)
	left = b.Sub(left, stride)
	b.Branch(ir.Ne, left, b.Const(ir.I64, 0),
		ir.To(loop, b.PtrIndex(to, stride, c.To), b.PtrIndex(from, stride, c.From), left), ir.To(done))
	b.SetBlock(done)
	b.Return()
	return b.Finish()
}
