package build

import (
	"math"
	"unsafe"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// A body is a function under construction: what the builders of all directions share.
//
// Depth. FrameLevels holds, when a function is entered, how many structs and containers may still be entered, the
// function's own struct included. The function reads it once; how deep a place in the function is, is known when it is
// built. So entering is one comparison, and the word is written only where somebody else will read it: before calls and
// fallbacks. A function that wrote it puts it back before it returns.
type body struct {
	*ir.Builder
	translator *translator
	levels     *ir.Value
	// depth counts the structs and containers of this function that are open.
	depth int64
	// lent: FrameLevels has been written somewhere.
	lent bool
}

// newBody starts the function of s.
func newBody(d *translator, s *schema.StructType, params, results []ir.Type) *body {
	b := &body{Builder: ir.NewBuilder(d.bodyOf(s), params, results), translator: d}
	if d.pays(s) {
		b.chargeFuel(b.Const(ir.I64, min(d.fuelCost(s), abi.FuelBytes)))
	}
	b.levels = b.FrameLoad(ir.I64, abi.FrameLevels)
	b.enter()
	return b
}

// last returns the instruction that was appended last.
func (b *body) last() *ir.Inst {
	insts := b.Block().Insts
	return insts[len(insts)-1]
}

// enter opens a struct or container, if another level is allowed.
func (b *body) enter() {
	b.depth++
	b.FailIf(ir.SLT, b.levels, b.Const(ir.I64, b.depth))
}

func (b *body) leave() { b.depth-- }

// lendLevels tells whoever is called next how many levels are left.
func (b *body) lendLevels() {
	b.FrameStore(abi.FrameLevels, b.AddConst(b.levels, -b.depth))
	b.lent = true
}

// finish leaves the function's struct and ends the function.
func (b *body) finish(result *ir.Value) *ir.Func {
	b.leave()
	if b.lent {
		b.FrameStore(abi.FrameLevels, b.levels)
	}
	b.Return(result)
	return b.Finish()
}

// chargeFuel takes wire bytes off the budget, and yields when it is used up.
func (b *body) chargeFuel(bytes *ir.Value) { chargeFuel(b.Builder, bytes) }

func chargeFuel(b *ir.Builder, bytes *ir.Value) {
	left := b.Sub(b.FrameLoad(ir.I64, abi.FrameFuel), bytes)
	b.FrameStore(abi.FrameFuel, left)
	usedUp, paid := b.NewColdBlock(), b.NewBlock()
	b.Branch(ir.SLT, left, b.Const(ir.I64, 0), ir.To(usedUp), ir.To(paid))
	b.SetBlock(usedUp)
	b.Exit(int64(abi.Yield), nil)
	b.Jump(paid)
	b.SetBlock(paid)
}

// call calls the function of s, which has value as its first argument.
func (b *body) call(s *schema.StructType, result ir.Type, args ...*ir.Value) *ir.Value {
	b.lendLevels()
	return b.Call(b.translator.bodyOf(s), []ir.Type{result}, args...)[0]
}

// A place is where a value lies in memory: at a constant distance from a pointer.
type place struct {
	base   *ir.Value
	offset int64
	// word is the first word of the value if it has been loaded: a pointer. It must not be loaded twice, since
	// between two loads a racing program could make it nil.
	word *ir.Value
}

// field returns the place of a field in the struct at p.
func (p place) field(f *schema.Field) place { return p.at(f.Offset) }

// at returns the place at a distance behind p.
func (p place) at(offset uintptr) place {
	return place{base: p.base, offset: p.offset + int64(offset)}
}

// pointerAt returns the pointer at p: of a pointer, or the data pointer of a string or slice.
func (b *body) pointerAt(p place) *ir.Value {
	if p.word != nil {
		return p.word
	}
	return b.LoadSource(ir.LoadPtr, p.base, p.offset)
}

// lengthAt returns the length in the string or slice header at p, which must be one the format can express.
func (b *body) lengthAt(p place) *ir.Value {
	n := b.LoadSource(ir.Load64, p.base, p.offset+wordBytes)
	b.FailIf(ir.UGT, n, b.Const(ir.I64, math.MaxInt32))
	return b.Convert(ir.ZeroExt32to64, b.Convert(ir.Trunc64to32, n)) // the same, and known to have 32 bits
}

// wordBytes is the size of a pointer and of a length on every host that has native code.
const wordBytes = 8

// plain returns the place of the value itself: p, or where a pointer to a scalar, string or binary at p leads to.
func (b *body) plain(t *schema.Type, p place) place {
	if t.Pointer && t.Kind != schema.Struct {
		return place{base: b.pointerAt(p)}
	}
	return p
}

// structAt returns the struct at p: its place, and whether that may be nil. A pointer that has been loaded has been
// compared with nil.
func (b *body) structAt(t *schema.Type, p place) (value place, nilable bool) {
	if t.Pointer {
		return place{base: b.pointerAt(p)}, p.word == nil
	}
	return p, false
}

// address returns p as a pointer.
func (b *body) address(p place) *ir.Value {
	if p.offset == 0 {
		return p.base
	}
	return b.PtrAdd(p.base, p.offset)
}

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
func (b *body) branchAbsent(s *schema.StructType, f *schema.Field, p place, absent, present ir.Edge) place {
	comparable := !leadsWithPointer(f.Type)
	if s.HasInit && f.Type.Kind == schema.Binary && !f.Type.Pointer {
		defaults := b.translator.defaults(s)
		comparable = defaults != nil && bytesAt(defaults, f.Offset) != nil
	}
	if !comparable {
		p.word = b.pointerAt(p)
		b.Branch(ir.Eq, p.word, b.Nil(), absent, present)
		return p
	}
	byDefault := b.translator.defaults(s)
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
func (b *body) loadBits(p place, size int64) *ir.Value {
	switch size {
	case 1:
		return b.Convert(ir.ZeroExt8to32, b.LoadSource(ir.Load8, p.base, p.offset))
	case 2:
		return b.Convert(ir.ZeroExt16to32, b.LoadSource(ir.Load16, p.base, p.offset))
	case 4:
		return b.LoadSource(ir.Load32, p.base, p.offset)
	}
	return b.LoadSource(ir.Load64, p.base, p.offset)
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
func (d *translator) defaults(s *schema.StructType) unsafe.Pointer {
	if !s.HasInit {
		return nil
	}
	p := s.Default()
	if p == nil {
		d.fail(s, ErrNoDefaultYet)
	}
	return p
}

// longestDefault bounds the strings that are compared with constants in the code, in bytes.
const longestDefault = 64

// branchString ends the block: to same if the string at p is want, else to other.
//
//	length != len(want)               -> other
//	(word0 ^ want0) | (word1 ^ want1) == 0  -> same, else other
func (b *body) branchString(p place, want string, same, other ir.Edge) {
	length := b.LoadSource(ir.Load64, p.base, p.offset+wordBytes)
	if want == "" {
		b.Branch(ir.Eq, length, b.Const(ir.I64, 0), same, other)
		return
	}
	compare := b.NewBlock()
	b.Branch(ir.Eq, length, b.Const(ir.I64, int64(len(want))), ir.To(compare), other)
	b.SetBlock(compare)
	if len(want) > longestDefault {
		equal := b.Call(b.translator.comparer(), []ir.Type{ir.I64}, b.pointerAt(p), b.Address(b.translator.constant(want)), length)
		b.Branch(ir.Ne, equal[0], b.Const(ir.I64, 0), same, other)
		return
	}
	data := place{base: b.pointerAt(p)}
	difference := b.Const(ir.I64, 0)
	for left := len(want); left > 0; left = len(want) - int(data.offset) {
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
			wanted |= int64(want[data.offset+i]) << (8 * i)
		}
		difference = b.Or(difference, b.Xor(bits, b.Const(ir.I64, wanted)))
		data.offset += width
	}
	b.Branch(ir.Eq, difference, b.Const(ir.I64, 0), same, other)
}

// strideBytes is what a loop handles between two payments, in wire bytes.
const strideBytes = 16 << 10

// eachElement emits a loop over count elements of size bytes that lie one after the other from data on, and cost that
// much each. carry is a value that each turn, emitted by turn, replaces; the last one is returned. Elements are handled
// in strides that pay:
//
//	outer(carry, element, left):  stride = min(left, most); pay(stride * cost)
//	inner(carry, element, n):     turn; n-1 != 0 -> inner
//	after:                        left-stride != 0 -> outer
func (b *body) eachElement(data, count *ir.Value, size, cost int64, carry *ir.Value, turn func(element place, carry *ir.Value) *ir.Value) *ir.Value {
	cost = max(1, min(cost, strideBytes))
	zero := b.Const(ir.I64, 0)
	outer := b.NewBlock(carry.Type, ir.Ptr, ir.I64)
	inner := b.NewBlock(carry.Type, ir.Ptr, ir.I64)
	after, done := b.NewBlock(), b.NewBlock(carry.Type)
	b.Branch(ir.Eq, count, zero, ir.To(done, carry), ir.To(outer, carry, data, count))

	b.SetBlock(outer)
	left, most := outer.Params[2], b.Const(ir.I64, strideBytes/cost)
	stride := b.Select(ir.ULT, left, most, left, most)
	b.chargeFuel(b.MulConst(stride, cost))
	left = b.Sub(left, stride)
	b.Jump(inner, outer.Params[0], outer.Params[1], stride)

	b.SetBlock(inner)
	element := inner.Params[1]
	carry = turn(place{base: element}, inner.Params[0])
	element = b.PtrAdd(element, size)
	turns := b.AddConst(inner.Params[2], -1)
	b.Branch(ir.Ne, turns, zero, ir.To(inner, carry, element, turns), ir.To(after))

	b.SetBlock(after)
	b.Branch(ir.Ne, left, zero, ir.To(outer, carry, element, left), ir.To(done, carry))
	b.SetBlock(done)
	return done.Params[0]
}

// A copier says how the elements of scalar lists get to the wire and back: op copies count elements, which take so many
// bytes where they go to and come from, and the function name does it in strides that pay.
type copier struct {
	name     string
	op       ir.Op
	to, from int64
}

// wire returns the bytes of an element on the wire: it is never larger there than in memory.
func (c copier) wire() int64 { return min(c.to, c.from) }

// copyBytes copies bytes as they are.
var copyBytes = copier{"copy.bytes", ir.CopyBytes, 1, 1}

// copy appends one of the bulk copies.
func (c copier) copy(b *ir.Builder, to, from, count *ir.Value) {
	if c.op == ir.CopyBytes {
		b.CopyBytes(to, from, count)
		return
	}
	b.CopyList(c.op, to, from, count)
}

// copyElements copies count elements. Few are copied here; many by a function, which pays for them.
func (b *body) copyElements(c copier, to, from, count *ir.Value) {
	few, many, done := b.NewBlock(), b.NewColdBlock(), b.NewBlock()
	b.Branch(ir.ULE, count, b.Const(ir.I64, freeCopyBytes/c.wire()), ir.To(few), ir.To(many))
	b.SetBlock(few)
	c.copy(b.Builder, to, from, count)
	b.Jump(done)
	b.SetBlock(many)
	b.Call(b.translator.copier(c), nil, to, from, count)
	b.Jump(done)
	b.SetBlock(done)
}

// copier returns the name of the function that copies many elements.
func (d *translator) copier(c copier) string {
	return d.helper(c.name, func() *ir.Func { return buildCopier(c) })
}

// buildCopier makes the function (to, from, count), count > 0, that copies in strides and pays for each.
//
//	loop(to, from, left):  stride = min(left, most); pay(stride * wire bytes); copy; left-stride != 0 -> loop
func buildCopier(c copier) *ir.Func {
	b := ir.NewBuilder(c.name, []ir.Type{ir.Ptr, ir.Ptr, ir.I64}, nil)
	loop, done := b.NewBlock(ir.Ptr, ir.Ptr, ir.I64), b.NewBlock()
	b.Jump(loop, b.Param(0), b.Param(1), b.Param(2))
	b.SetBlock(loop)
	to, from, left := loop.Params[0], loop.Params[1], loop.Params[2]
	most := b.Const(ir.I64, strideBytes/c.wire())
	stride := b.Select(ir.ULT, left, most, left, most)
	chargeFuel(b, b.MulConst(stride, c.wire()))
	c.copy(b, to, from, stride)
	left = b.Sub(left, stride)
	b.Branch(ir.Ne, left, b.Const(ir.I64, 0),
		ir.To(loop, b.PtrIndex(to, stride, c.to), b.PtrIndex(from, stride, c.from), left), ir.To(done))
	b.SetBlock(done)
	b.Return()
	return b.Finish()
}
