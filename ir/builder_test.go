package ir_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/interp"
)

// TestBuilder calls every method of the Builder, and compares the text of what it makes.
func TestBuilder(t *testing.T) {
	b := ir.NewBuilder("f", []ir.Type{ir.Ptr, ir.Ptr, ir.I64}, []ir.Type{ir.Ptr})
	p, end, n := b.Param(0), b.Param(1), b.Param(2)
	b.CheckBounds(p, end, 8)
	b.CheckBoundsN(p, end, n, 4)
	x := b.Add(b.Const(ir.I64, 300), n)
	x = b.Sub(b.And(x, n), b.Or(x, b.Xor(x, n)))
	x = b.Binary(ir.Shl, b.AddConst(x, -1), b.MulConst(x, 24))
	bit := b.SetCC(ir.SLT, b.SetBit(x, 40), n)
	flag := b.SetCC(ir.ULT, bit, b.Convert(ir.ZeroExt8to32, b.Const(ir.I8, 300)))
	chosen := b.Select(ir.Eq, flag, bit, p, b.Nil())
	object := b.Address("object")
	q := b.PtrIndex(b.PtrAdd(chosen, 16), b.PtrDiff(end, object), 8)
	b.Store(ir.StoreBE64, q, 3, b.Load(ir.Load64, p, 0))
	b.Store(ir.StorePtr, q, 16, b.LoadSource(ir.LoadPtr, p, 8))
	b.FrameStore(8, b.FrameLoad(ir.Ptr, 16))
	b.FrameStore(24, b.FrameLoad(ir.I64, 32))
	b.CopyBytes(p, q, n)
	b.CopyList(ir.SwapCopy32, p, q, n)
	b.CopyList(ir.CopyBools, p, q, n)
	b.CopyList(ir.SwapWiden32to64, p, q, n)
	b.CopyList(ir.SwapNarrow64to32, p, q, n)
	p, _ = b.Varints(ir.DecodeZigZags32, p, q, n, end)
	q = b.SkipValue("format", p, end, flag, n)
	b.FailIf(ir.SLT, n, x)
	b.Convert(ir.SignExt32to64, b.Narrow(n))
	called := b.Call("g", []ir.Type{ir.I8}, p)
	words := b.Exit(5, []ir.Type{ir.I64, ir.Ptr}, n, q)
	loop, cold, failing := b.NewBlock(ir.I64, ir.I8), b.NewColdBlock(), b.NewBlock()
	b.NewBlock() // nothing leads there
	b.Jump(loop, words[0], called[0])
	b.SetBlock(loop)
	b.Branch(ir.UGE, loop.Params[0], n, ir.To(loop, n, loop.Params[1]), ir.To(cold))
	b.SetBlock(cold)
	b.Switch(flag, ir.To(failing), ir.To(loop, words[0], called[0]), ir.To(failing))
	b.SetBlock(failing)
	if b.Terminated() || b.Block() != failing {
		t.Error("the current block is not the new one")
	}
	b.Branch(ir.Eq, p, q, ir.To(b.Finish().Blocks[1], n, called[0]), ir.To(cold))
	if !b.Terminated() {
		t.Error("no terminator")
	}
	f := b.Finish()
	if err := ir.Verify(f); err != nil {
		t.Fatal(err)
	}
	want := `func @f(v0:ptr, v1:ptr, v2:i64) -> (ptr) {
b0:
	CheckBounds v0, v1, #8
	CheckBoundsN v0, v1, v2, #4
	v3:i64 = Const #300
	v4:i64 = Add v3, v2
	v5:i64 = And v4, v2
	v6:i64 = Xor v4, v2
	v7:i64 = Or v4, v6
	v8:i64 = Sub v5, v7
	v9:i64 = Const #-1
	v10:i64 = Add v8, v9
	v11:i64 = MulConst v8, #24
	v12:i64 = Shl v10, v11
	v13:i64 = SetBit v12, #40
	v14:i32 = SetCC.slt v13, v2
	v15:i8 = Const #44
	v16:i32 = ZeroExt8to32 v15
	v17:i32 = SetCC.ult v14, v16
	v18:ptr = Const #0
	v19:ptr = Select.eq v17, v14, v0, v18
	v20:ptr = Address @object
	v21:ptr = PtrAdd v19, #16
	v22:i64 = PtrDiff v1, v20
	v23:ptr = PtrIndex v21, v22, #8
	v24:i64 = Load64 v0, #0
	StoreBE64 v23, v24, #3
	v25:ptr = LoadPtr v0, #8 source
	StorePtr v23, v25, #16
	v26:ptr = FrameLoadPtr #16
	FrameStorePtr v26, #8
	v27:i64 = FrameLoad64 #32
	FrameStore64 v27, #24
	CopyBytes v0, v23, v2
	SwapCopy32 v0, v23, v2
	CopyBools v0, v23, v2
	SwapWiden32to64 v0, v23, v2
	SwapNarrow64to32 v0, v23, v2
	v28:ptr, v29:ptr = DecodeZigZags32 v0, v23, v2, v1
	v30:ptr = SkipValue @format, v28, v1, v17, v2
	FailIf.slt v2, v12
	v31:i32 = Narrow64to32 v2
	v32:i64 = SignExt32to64 v31
	v33:i8 = Call @g, v28
	v34:i64, v35:ptr = Exit v2, v30, #5
	Jump -> b1(v34, v33)
b1(v36:i64, v37:i8):
	Branch.uge v36, v2 -> b1(v2, v37), b2
b2: cold
	Switch v17 -> b3, b1(v34, v33), b3
b3:
	Branch.eq v28, v30 -> b1(v2, v33), b2
}
`
	if got := f.String(); got != want {
		t.Errorf("got:\n%s", got)
	}
}

// TestBuilderBits: what the Builder makes of varints.
func TestBuilderBits(t *testing.T) {
	b := ir.NewBuilder("f", []ir.Type{ir.I64, ir.I32}, []ir.Type{ir.I64, ir.I32})
	zeros := b.Add(b.CountLeadingZeros(b.Param(0)), b.CountTrailingZeros(b.Param(0)))
	b.Return(b.ZigZag(b.Gather7(b.Spread7(zeros))), b.UnZigZag(b.Param(1)))
	want := `func @f(v0:i64, v1:i32) -> (i64, i32) {
b0:
	v2:i64 = CountLeadingZeros v0
	v3:i64 = CountTrailingZeros v0
	v4:i64 = Add v2, v3
	v5:i64 = Spread7 v4
	v6:i64 = Gather7 v5
	v7:i64 = Const #63
	v8:i64 = Sar v6, v7
	v9:i64 = Add v6, v6
	v10:i64 = Xor v9, v8
	v11:i32 = Const #31
	v12:i32 = Shl v1, v11
	v13:i32 = Sar v12, v11
	v14:i32 = Const #1
	v15:i32 = Shr v1, v14
	v16:i32 = Xor v15, v13
	Return v10, v16
}
`
	if got := b.Finish().String(); got != want {
		t.Errorf("got:\n%s", got)
	}
}

// TestZigZag: ZigZag and UnZigZag undo each other, and small numbers of either sign become small.
func TestZigZag(t *testing.T) {
	for _, typ := range []ir.Type{ir.I32, ir.I64} {
		b := ir.NewBuilder("f", []ir.Type{typ}, []ir.Type{typ, typ})
		zigzag := b.ZigZag(b.Param(0))
		b.Return(zigzag, b.UnZigZag(zigzag))
		f := b.Finish()
		for n, want := range map[int64]uint64{0: 0, -1: 1, 1: 2, -2: 3, 2: 4, 1<<31 - 1: 1<<32 - 2, -1 << 31: 1<<32 - 1} {
			argument := uint64(n) << (64 - typ.Bits()) >> (64 - typ.Bits())
			got, err := new(interp.Machine).Run(f, argument)
			if err != nil || got.Results[0] != want || got.Results[1] != argument {
				t.Errorf("%d as %v: %#x, %v", n, typ, got.Results, err)
			}
		}
	}
}

func TestBuilderEnds(t *testing.T) {
	b := ir.NewBuilder("f", nil, nil)
	b.Fail()
	if got := b.Finish().Entry().Insts[0].Op; got != ir.Fail {
		t.Errorf("Fail makes %s", got)
	}
	b = ir.NewBuilder("f", []ir.Type{ir.I64}, []ir.Type{ir.I64})
	b.Return(b.Param(0))
	if err := ir.Verify(b.Finish()); err != nil {
		t.Error(err)
	}
}

func TestBuilderRefusesMisuse(t *testing.T) {
	for name, misuse := range map[string]func(*ir.Builder){
		"after the terminator": func(b *ir.Builder) { b.Fail(); b.Nil() },
		"number of operands":   func(b *ir.Builder) { b.Load(ir.CopyBytes, b.Nil(), 0) },
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "BUG: ir: @f: ") {
					t.Errorf("%s: %v", name, text)
				}
			}()
			misuse(ir.NewBuilder("f", nil, nil))
		}()
	}
}

// builders has, for each op, what makes it with a Builder whose function has these parameters: two ptr, then i8, i16, i32
// and i64.
var builders = func() map[ir.Op]func(b *ir.Builder) {
	param := func(b *ir.Builder, t ir.Type) *ir.Value {
		return b.Param(map[ir.Type]int{ir.Ptr: 0, ir.I8: 2, ir.I16: 3, ir.I32: 4, ir.I64: 5}[t])
	}
	ptr := func(b *ir.Builder) *ir.Value { return b.Param(0) }
	other := func(b *ir.Builder) *ir.Value { return b.Param(1) }
	n := func(b *ir.Builder) *ir.Value { return b.Param(5) }
	template := ir.Template{}.Constant(1).Constant(2).Forward(3, 4).Reversed(5, 6)
	m := map[ir.Op]func(b *ir.Builder){
		ir.Const:              func(b *ir.Builder) { b.Const(ir.I8, 1) },
		ir.Address:            func(b *ir.Builder) { b.Address("object") },
		ir.MulConst:           func(b *ir.Builder) { b.MulConst(n(b), 3) },
		ir.SetBit:             func(b *ir.Builder) { b.SetBit(n(b), 3) },
		ir.CountLeadingZeros:  func(b *ir.Builder) { b.CountLeadingZeros(n(b)) },
		ir.CountTrailingZeros: func(b *ir.Builder) { b.CountTrailingZeros(n(b)) },
		ir.Gather7:            func(b *ir.Builder) { b.Gather7(n(b)) },
		ir.Spread7:            func(b *ir.Builder) { b.Spread7(n(b)) },
		ir.SetCC:              func(b *ir.Builder) { b.SetCC(ir.ULT, n(b), n(b)) },
		ir.Select:             func(b *ir.Builder) { b.Select(ir.ULT, n(b), n(b), ptr(b), b.Nil()) },
		ir.PtrAdd:             func(b *ir.Builder) { b.PtrAdd(ptr(b), 8) },
		ir.PtrIndex:           func(b *ir.Builder) { b.PtrIndex(ptr(b), n(b), 8) },
		ir.PtrDiff:            func(b *ir.Builder) { b.PtrDiff(ptr(b), other(b)) },
		ir.FrameLoad64:        func(b *ir.Builder) { b.FrameLoad(ir.I64, 8) },
		ir.FrameLoadPtr:       func(b *ir.Builder) { b.FrameLoad(ir.Ptr, 8) },
		ir.FrameStore64:       func(b *ir.Builder) { b.FrameStore(8, n(b)) },
		ir.FrameStorePtr:      func(b *ir.Builder) { b.FrameStore(8, ptr(b)) },
		ir.CopyBytes:          func(b *ir.Builder) { b.CopyBytes(ptr(b), other(b), n(b)) },
		ir.Arrange:            func(b *ir.Builder) { b.Arrange(ptr(b), other(b), template) },
		ir.Match: func(b *ir.Builder) {
			b.MatchSource(ptr(b), ir.Template{}.Constant(1, 2).Bools(3).Any(4))
			b.Match(ptr(b), ir.Template{}.Any(1))
		},
		ir.CopyASCII:    func(b *ir.Builder) { b.CopyASCII(ptr(b), other(b), n(b)) },
		ir.SkipASCII:    func(b *ir.Builder) { b.SkipASCII(ptr(b), other(b)) },
		ir.SkipValue:    func(b *ir.Builder) { b.SkipValue("format", ptr(b), other(b), param(b, ir.I32), n(b)) },
		ir.CheckBounds:  func(b *ir.Builder) { b.CheckBounds(ptr(b), other(b), 8) },
		ir.CheckBoundsN: func(b *ir.Builder) { b.CheckBoundsN(ptr(b), other(b), n(b), 8) },
		ir.FailIf:       func(b *ir.Builder) { b.FailIf(ir.Eq, n(b), n(b)) },
		ir.Narrow64to32: func(b *ir.Builder) { b.Narrow(n(b)) },
		ir.Call:         func(b *ir.Builder) { b.Call("f", nil, n(b)) },
		ir.Exit:         func(b *ir.Builder) { b.Exit(7, nil, n(b)) },
		ir.Jump:         func(b *ir.Builder) { next(b, func(to *ir.Block) { b.Jump(to) }) },
		ir.Branch:       func(b *ir.Builder) { next(b, func(to *ir.Block) { b.Branch(ir.Eq, n(b), n(b), ir.To(to), ir.To(to)) }) },
		ir.Switch:       func(b *ir.Builder) { next(b, func(to *ir.Block) { b.Switch(param(b, ir.I32), ir.To(to), ir.To(to)) }) },
		ir.Return:       func(b *ir.Builder) { b.Return() },
		ir.Fail:         func(b *ir.Builder) { b.Fail() },
	}
	add := func(make func(op ir.Op, b *ir.Builder), ops ...ir.Op) {
		for _, op := range ops {
			m[op] = func(b *ir.Builder) { make(op, b) }
		}
	}
	// A kind of operands is that of all of the ops that a method makes.
	first := func(op ir.Op, b *ir.Builder, n int) *ir.Value {
		for _, t := range []ir.Type{ir.I64, ir.I32, ir.I16, ir.I8, ir.Ptr} {
			if op.Info().Args[n].Types.Has(t) {
				return param(b, t)
			}
		}
		panic("no type")
	}
	add(func(op ir.Op, b *ir.Builder) { b.Binary(op, n(b), n(b)) }, ir.Add, ir.Sub, ir.And, ir.Or, ir.Xor, ir.Shl, ir.Shr, ir.Sar)
	for op := ir.ZeroExt8to32; op <= ir.Trunc64to32; op++ {
		add(func(op ir.Op, b *ir.Builder) { b.Convert(op, first(op, b, 0)) }, op)
	}
	for op := ir.Load8; op <= ir.LoadBE64; op++ {
		add(func(op ir.Op, b *ir.Builder) { b.Load(op, ptr(b), 3) }, op)
	}
	for op := ir.Store8; op <= ir.StoreBE64; op++ {
		add(func(op ir.Op, b *ir.Builder) { b.Store(op, ptr(b), 3, first(op, b, 1)) }, op)
	}
	add(func(op ir.Op, b *ir.Builder) { b.CopyList(op, ptr(b), other(b), n(b)) },
		slices.DeleteFunc(ir.BulkOps(ir.Bulk.Copies), func(op ir.Op) bool { return op == ir.CopyBytes || op == ir.CopyASCII })...) // which have methods
	varints := slices.Concat(ir.BulkOps(ir.Bulk.Decodes), ir.BulkOps(ir.Bulk.Encodes))
	add(func(op ir.Op, b *ir.Builder) { b.Varints(op, ptr(b), other(b), n(b), other(b)) }, varints...)
	return m
}()

// next ends the block with a terminator that leads to a new one, and goes on there.
func next(b *ir.Builder, end func(to *ir.Block)) {
	to := b.NewBlock()
	end(to)
	b.SetBlock(to)
}

// TestBuilderMakesEveryOp: there is a method for each op, and what it makes is verified and read again.
func TestBuilderMakesEveryOp(t *testing.T) {
	for op := ir.InvalidOp + 1; op < ir.OpCount; op++ {
		if builders[op] == nil {
			t.Errorf("%s: nothing in builders makes it", op)
			continue
		}
		b := ir.NewBuilder("f", []ir.Type{ir.Ptr, ir.Ptr, ir.I8, ir.I16, ir.I32, ir.I64}, nil)
		builders[op](b)
		if !b.Terminated() {
			b.Return()
		}
		f := b.Finish()
		if err := ir.Verify(f); err != nil {
			t.Errorf("%s: %v", op, err)
		}
		if read, err := ir.Parse(f.String()); err != nil || read.String() != f.String() {
			t.Errorf("%s: %v in\n%s", op, err, f)
		}
		if !slices.ContainsFunc(f.Entry().Insts, func(i *ir.Inst) bool { return i.Op == op }) {
			t.Errorf("%s: it is not in\n%s", op, f)
		}
	}
}

// TestBuilderMethodsAreCalled: each exported method is called in this file.
func TestBuilderMethodsAreCalled(t *testing.T) {
	called := map[string]bool{}
	inspect(t, "builder_test.go", func(n ast.Node) {
		if s, ok := n.(*ast.SelectorExpr); ok {
			called[s.Sel.Name] = true
		}
	})
	methods := 0
	inspect(t, "builder.go", func(n ast.Node) {
		if f, ok := n.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.IsExported() {
			if methods++; !called[f.Name.Name] {
				t.Errorf("%s is not called", f.Name.Name)
			}
		}
	})
	if methods < 40 {
		t.Errorf("only %d methods were found", methods)
	}
}

func inspect(t *testing.T, file string, visit func(ast.Node)) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool { visit(n); return true })
}
