package protobuf

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// buildComputed makes the function (value, in, end) -> in that reads a Timestamp or a Duration, and stores what it means.
//
//	loop(in, seconds, nanos):  in == end -> done; the tag of one of them -> read it -> loop; else skip -> loop
func buildComputed(t *build.Translator, s *schema.StructType) *ir.Func {
	d := newDecoder(t, s, "")
	number := func(n int64) *ir.Value { return d.Const(ir.I64, n) }
	loop, field, other, unknown := d.NewBlock(ir.Ptr, ir.I64, ir.I64), d.NewBlock(), d.NewBlock(), d.NewColdBlock()
	isSeconds, isNanos, done := d.NewBlock(), d.NewBlock(), d.NewBlock()
	d.Jump(loop, d.Param(1), number(0), number(0))
	d.SetBlock(loop)
	at, seconds, nanos := loop.Params[0], loop.Params[1], loop.Params[2]
	d.ChargeFuel(number(dispatchCost))
	d.Branch(ir.Eq, at, d.End, ir.To(done), ir.To(field))
	d.SetBlock(field)
	tag, value := emit.Get(d.Builder, emit.Getter(t), at, d.End)
	d.Branch(ir.Eq, tag, number(int64(partTag(wire.SecondsNumber, secondsType)[0])), ir.To(isSeconds), ir.To(other))
	d.SetBlock(isSeconds)
	n, after := emit.Get(d.Builder, emit.Getter(t), value, d.End)
	d.Jump(loop, after, n, nanos)
	d.SetBlock(other)
	d.Branch(ir.Eq, tag, number(int64(partTag(wire.NanosNumber, nanosType)[0])), ir.To(isNanos), ir.To(unknown))
	d.SetBlock(isNanos)
	n, after = emit.Get(d.Builder, emit.Getter(t), value, d.End)
	d.Jump(loop, after, seconds, d.Convert(ir.SignExt32to64, d.Convert(ir.Trunc64to32, n)))
	d.SetBlock(unknown)
	d.FailIf(ir.UGT, tag, number(1<<32-1))
	d.FailIf(ir.ULT, tag, number(1<<wire.TypeBits))
	d.Jump(loop, d.Call(skipper(t), []ir.Type{ir.Ptr}, value, d.End, tag, d.skipLevels())[0], seconds, nanos)
	d.SetBlock(done)
	if s.Held == schema.HeldTime {
		d.storeTime(seconds, nanos)
	} else {
		d.storeDuration(seconds, nanos)
	}
	return d.Done(d.End)
}

// storeTime has Go store the time.Time that a Timestamp with these fields means.
func (d *decoder) storeTime(seconds, nanos *ir.Value) {
	checkYear(d.Builder, seconds)
	d.FailIf(ir.UGE, nanos, d.Const(ir.I64, wire.NanosPerSecond))
	d.Exit(int64(abi.SetTime), nil, d.Value, seconds, nanos)
}

// storeDuration stores the time.Duration that a Duration with these fields means. If there are nanoseconds, the sum has their sign, unless
// the seconds have another one or the sum does not fit.
func (d *decoder) storeDuration(seconds, nanos *ir.Value) {
	within := func(n *ir.Value, most int64) {
		d.FailIf(ir.UGT, d.Add(n, d.Const(ir.I64, most)), d.Const(ir.I64, 2*most))
	}
	within(seconds, wire.MostWholeSeconds)
	within(nanos, wire.NanosPerSecond-1)
	zero := d.Const(ir.I64, 0)
	sum := d.Add(d.MulConst(seconds, wire.NanosPerSecond), nanos)
	some, whole := d.NewBlock(), d.NewBlock()
	d.Branch(ir.Eq, nanos, zero, ir.To(whole), ir.To(some))
	d.SetBlock(some)
	d.FailIf(ir.SLT, d.Xor(sum, nanos), zero)
	d.Jump(whole)
	d.SetBlock(whole)
	d.Store(ir.Store64, d.Value, 0, sum)
}

// forget makes the value zero that memory holds in place of a message, since it is not merged with what is read. Go does that for texts,
// which are pointers (M3).
func (d *decoder) forget() {
	if d.S.Held != schema.HeldValue {
		return
	}
	t := d.S.Fields[0].Type
	if build.IsScalar(t) {
		zero := d.Const(ir.I64, 0)
		if t.Kind == schema.Bool {
			d.Store(ir.Store8, d.Value, 0, d.Convert(ir.Trunc64to8, zero))
		} else if memorySize(t) == 4 {
			d.Store(ir.Store32, d.Value, 0, d.Convert(ir.Trunc64to32, zero))
		} else {
			d.Store(ir.Store64, d.Value, 0, zero)
		}
		return
	}
	old, done := d.NewColdBlock(), d.NewBlock()
	d.Branch(ir.Eq, d.Load(ir.LoadPtr, d.Value, 0), d.Nil(), ir.To(done), ir.To(old))
	d.SetBlock(old)
	d.Exit(int64(abi.ResetStruct), nil, d.Const(ir.I64, d.Translator.ObjectRow(t.Go)), d.Value)
	d.Jump(done)
	d.SetBlock(done)
}
