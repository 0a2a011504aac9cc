package ir

import "fmt"

// A Builder makes a function instruction by instruction. Each method that is named after an op appends that op to the
// current block; see opTable for the meanings. Wrong use panics with "BUG:"; Verify finds the rest.
type Builder struct {
	f     *Func
	block *Block
}

// NewBuilder starts a function; its entry is the current block.
func NewBuilder(name string, params, results []Type) *Builder {
	f := &Func{Name: name, Results: results}
	return &Builder{f: f, block: f.NewBlock(params...)}
}

// BuilderAt goes on with a function: block is the current one.
func BuilderAt(f *Func, block *Block) *Builder { return &Builder{f: f, block: block} }

// Finish returns the function, without the blocks that nothing leads to.
func (b *Builder) Finish() *Func {
	b.f.RemoveUnreachable()
	return b.f
}

// Param returns the n-th parameter of the function.
func (b *Builder) Param(n int) *Value { return b.f.Params()[n] }

// NewBlock makes a block with parameters of the given types. The current block stays.
func (b *Builder) NewBlock(params ...Type) *Block { return b.f.NewBlock(params...) }

// NewColdBlock makes a block that is seldom run.
func (b *Builder) NewColdBlock(params ...Type) *Block {
	block := b.f.NewBlock(params...)
	block.Cold = true
	return block
}

// SetBlock makes block the current one.
func (b *Builder) SetBlock(block *Block) { b.block = block }

// Block returns the current block.
func (b *Builder) Block() *Block { return b.block }

// Terminated reports whether the current block has its terminator.
func (b *Builder) Terminated() bool { return b.block.Terminator() != nil }

// To makes an edge.
func To(block *Block, args ...*Value) Edge { return Edge{To: block, Args: args} }

// append puts i at the end of the current block.
func (b *Builder) append(i *Inst) *Inst {
	if b.Terminated() {
		panic(fmt.Sprintf("BUG: ir: @%s: %s after the terminator of %s", b.f.Name, i.Op, b.block))
	}
	if i.Op.IsTerminator() {
		b.f.Rewired()
	}
	i.Block = b.block
	b.f.own().appendTo(b.block, i)
	return i
}

// emit appends an op with the results that its row and its operands imply.
func (b *Builder) emit(op Op, imm int64, args ...*Value) *Inst {
	info := op.Info()
	if len(args) != len(info.Args) {
		panic(fmt.Sprintf("BUG: ir: @%s: %s with %d operands", b.f.Name, op, len(args)))
	}
	var bound [3]Type
	for n, a := range args {
		bound[info.Args[n].Variable] = a.Type
	}
	var results [MaxResults]Type // no row has more
	for n, r := range info.Results {
		results[n] = bound[r.Variable]
		if r.Variable == 0 {
			results[n] = r.Types.only()
		}
	}
	i := b.f.NewInst(op, results[:len(info.Results)]...)
	i.Imm, i.Args = imm, b.f.own().list(args)
	return b.append(i)
}

// only returns the type in a set of one.
func (s TypeSet) only() Type {
	for t := I8; t < typeCount; t++ {
		if s == Types(t) {
			return t
		}
	}
	panic("BUG: ir: not a single type")
}

// value is emit for ops with one result.
func (b *Builder) value(op Op, imm int64, args ...*Value) *Value {
	return b.emit(op, imm, args...).Result()
}

// Const appends a constant of type t; n is cut to the width of t.
func (b *Builder) Const(t Type, n int64) *Value { return b.append(b.f.NewConst(t, n)).Result() }

// Nil appends the nil pointer.
func (b *Builder) Nil() *Value { return b.Const(Ptr, 0) }

// Address appends the address of a permanent object.
func (b *Builder) Address(symbol string) *Value {
	i := b.emit(Address, 0)
	i.Symbol = symbol
	return i.Result()
}

// Binary appends one of Add, Sub, And, Or, Xor, Shl, Shr, Sar.
func (b *Builder) Binary(op Op, x, y *Value) *Value { return b.value(op, 0, x, y) }

// Add appends x + y.
func (b *Builder) Add(x, y *Value) *Value { return b.Binary(Add, x, y) }

// Sub appends x - y.
func (b *Builder) Sub(x, y *Value) *Value { return b.Binary(Sub, x, y) }

// And appends x & y.
func (b *Builder) And(x, y *Value) *Value { return b.Binary(And, x, y) }

// Or appends x | y.
func (b *Builder) Or(x, y *Value) *Value { return b.Binary(Or, x, y) }

// Xor appends x ^ y.
func (b *Builder) Xor(x, y *Value) *Value { return b.Binary(Xor, x, y) }

// AddConst appends x + n, with a constant of the type of x.
func (b *Builder) AddConst(x *Value, n int64) *Value { return b.Add(x, b.Const(x.Type, n)) }

// MulConst appends x * n.
func (b *Builder) MulConst(x *Value, n int64) *Value { return b.value(MulConst, n, x) }

// SetBit appends x with one bit set.
func (b *Builder) SetBit(x *Value, bit int) *Value { return b.value(SetBit, int64(bit), x) }

// CountLeadingZeros appends the number of zero bits above the highest one of x, an I64; 64 for 0.
func (b *Builder) CountLeadingZeros(x *Value) *Value { return b.value(CountLeadingZeros, 0, x) }

// CountTrailingZeros appends the number of zero bits below the lowest one of x, an I64; 64 for 0.
func (b *Builder) CountTrailingZeros(x *Value) *Value { return b.value(CountTrailingZeros, 0, x) }

// Gather7 appends the low 7 bits of each byte of x, an I64, packed into the low 56 bits.
func (b *Builder) Gather7(x *Value) *Value { return b.value(Gather7, 0, x) }

// Spread7 appends the low 56 bits of x, an I64, 7 of them in each byte, whose top bit is 0.
func (b *Builder) Spread7(x *Value) *Value { return b.value(Spread7, 0, x) }

// ZigZag appends the zigzag form of x, an I32 or I64: 0, -1, 1, -2 become 0, 1, 2, 3.
func (b *Builder) ZigZag(x *Value) *Value {
	sign := b.Binary(Sar, x, b.Const(x.Type, int64(x.Type.Bits()-1)))
	return b.Xor(b.Add(x, x), sign)
}

// UnZigZag appends the number whose zigzag form x, an I32 or I64, is.
func (b *Builder) UnZigZag(x *Value) *Value {
	top := b.Const(x.Type, int64(x.Type.Bits()-1))
	sign := b.Binary(Sar, b.Binary(Shl, x, top), top)
	return b.Xor(b.Binary(Shr, x, b.Const(x.Type, 1)), sign)
}

// SetCC appends the I32 that is 1 if x c y, else 0.
func (b *Builder) SetCC(c Cond, x, y *Value) *Value {
	i := b.emit(SetCC, 0, x, y)
	i.Cond = c
	return i.Result()
}

// Select appends: then if x c y, else otherwise.
func (b *Builder) Select(c Cond, x, y, then, otherwise *Value) *Value {
	i := b.emit(Select, 0, x, y, then, otherwise)
	i.Cond = c
	return i.Result()
}

// Convert appends one of the extensions and truncations.
func (b *Builder) Convert(op Op, x *Value) *Value { return b.value(op, 0, x) }

// PtrAdd appends p + offset bytes.
func (b *Builder) PtrAdd(p *Value, offset int64) *Value { return b.value(PtrAdd, offset, p) }

// PtrIndex appends p + index*scale bytes; scale is 1, 2, 4 or 8.
func (b *Builder) PtrIndex(p, index *Value, scale int64) *Value {
	return b.value(PtrIndex, scale, p, index)
}

// PtrDiff appends x - y in bytes.
func (b *Builder) PtrDiff(x, y *Value) *Value { return b.value(PtrDiff, 0, x, y) }

// Load appends one of the loads, from p + offset.
func (b *Builder) Load(op Op, p *Value, offset int64) *Value { return b.value(op, offset, p) }

// LoadSource is Load for memory that native code does not write: see the package comment for what that promises.
func (b *Builder) LoadSource(op Op, p *Value, offset int64) *Value {
	i := b.emit(op, offset, p)
	i.Source = true
	return i.Result()
}

// Store appends one of the stores, to p + offset.
func (b *Builder) Store(op Op, p *Value, offset int64, v *Value) { b.emit(op, offset, p, v) }

// Arrange appends the writing of what t says to dst, from constants and from bytes at src.
func (b *Builder) Arrange(dst, src *Value, t Template) {
	b.emit(Arrange, 0, dst, src).Template = t.String()
}

// Match appends the I32 that is 1 if the bytes at src are as t says, else 0.
func (b *Builder) Match(src *Value, t Template) *Value {
	i := b.emit(Match, 0, src)
	i.Template = t.String()
	return i.Result()
}

// MatchSource is Match for memory that native code does not write.
func (b *Builder) MatchSource(src *Value, t Template) *Value {
	v := b.Match(src, t)
	v.Def.Source = true
	return v
}

// FrameLoad appends a load of the word at offset in the Frame, of type I64 or Ptr.
func (b *Builder) FrameLoad(t Type, offset int64) *Value {
	if t == Ptr {
		return b.value(FrameLoadPtr, offset)
	}
	return b.value(FrameLoad64, offset)
}

// FrameStore appends a store of v, of type I64 or Ptr, to the word at offset in the Frame.
func (b *Builder) FrameStore(offset int64, v *Value) {
	if v.Type == Ptr {
		b.emit(FrameStorePtr, offset, v)
		return
	}
	b.emit(FrameStore64, offset, v)
}

// CopyBytes appends a copy of n bytes.
func (b *Builder) CopyBytes(dst, src, n *Value) { b.emit(CopyBytes, 0, dst, src, n) }

// CopyList appends a bulk op that copies n elements.
func (b *Builder) CopyList(op Op, dst, src, n *Value) { b.emit(op, 0, dst, src, n) }

// Varints appends a bulk op that decodes or encodes up to n elements, with the varints ending before end. It returns where it
// has come to.
func (b *Builder) Varints(op Op, dst, src, n, end *Value) (dstBehind, srcBehind *Value) {
	i := b.emit(op, 0, dst, src, n, end)
	return i.Results[0], i.Results[1]
}

// CopyASCII appends a copy of n bytes. The value is 0 if all of them are ASCII.
func (b *Builder) CopyASCII(dst, src, n *Value) *Value {
	return b.emit(CopyASCII, 0, dst, src, n).Result()
}

// SkipASCII appends the search for a byte that is not ASCII, or for the end, in memory that native code does not write.
func (b *Builder) SkipASCII(p, end *Value) *Value {
	i := b.emit(SkipASCII, 0, p, end)
	i.Source = true
	return i.Result()
}

// SkipValue appends the step over one value of type kind, written in the format that symbol names.
func (b *Builder) SkipValue(symbol string, src, end, kind, depth *Value) *Value {
	i := b.emit(SkipValue, 0, src, end, kind, depth)
	i.Symbol = symbol
	return i.Result()
}

// CheckBounds appends the check that end - cursor >= n.
func (b *Builder) CheckBounds(cursor, end *Value, n int64) { b.emit(CheckBounds, n, cursor, end) }

// CheckBoundsN appends the check that count >= 0 and end - cursor >= count + n.
func (b *Builder) CheckBoundsN(cursor, end, count *Value, n int64) {
	b.emit(CheckBoundsN, n, cursor, end, count)
}

// FailIf appends a failure for the case that x c y.
func (b *Builder) FailIf(c Cond, x, y *Value) { b.emit(FailIf, 0, x, y).Cond = c }

// Narrow appends a failure for the case that x does not fit 32 bits, and returns it as such.
func (b *Builder) Narrow(x *Value) *Value { return b.emit(Narrow64to32, 0, x).Result() }

// Call appends the call of a native function with results of the given types.
func (b *Builder) Call(symbol string, results []Type, args ...*Value) []*Value {
	i := b.f.NewInst(Call, results...)
	i.Symbol, i.Args = symbol, b.f.own().list(args)
	return b.append(i).Results
}

// Exit appends an exit to Go with results of the given types.
func (b *Builder) Exit(code int64, results []Type, args ...*Value) []*Value {
	i := b.f.NewInst(Exit, results...)
	i.Imm, i.Args = code, b.f.own().list(args)
	return b.append(i).Results
}

// Jump ends the block.
func (b *Builder) Jump(to *Block, args ...*Value) {
	b.emit(Jump, 0).Edges = b.edges(Edge{to, b.f.own().list(args)})
}

// Branch ends the block: to then if x c y, else to otherwise.
func (b *Builder) Branch(c Cond, x, y *Value, then, otherwise Edge) {
	i := b.emit(Branch, 0, x, y)
	i.Cond, i.Edges = c, b.edges(then, otherwise)
}

// edges returns the edges as a list that lasts.
func (b *Builder) edges(edges ...Edge) []Edge {
	list := b.f.own().edges.take(len(edges))
	copy(list, edges)
	return list
}

// Switch ends the block: to targets[index] if there is one, else to otherwise.
func (b *Builder) Switch(index *Value, otherwise Edge, targets ...Edge) {
	b.emit(Switch, 0, index).Edges = append([]Edge{otherwise}, targets...)
}

// Return ends the block and the function.
func (b *Builder) Return(results ...*Value) {
	i := b.f.NewInst(Return)
	i.Args = b.f.own().list(results)
	b.append(i)
}

// Fail ends the block and the whole call.
func (b *Builder) Fail() { b.emit(Fail, 0) }
