package protobuf

import (
	"reflect"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	emit "github.com/tagwire/tagwire/jit/build/varint"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// In place of the messages Timestamp and Duration memory holds what they mean. The inside of a time.Time is Go's own: an exit tells the
// fields of the message, and another makes the value from them.

// secondsType and nanosType are the types of the two fields.
var (
	secondsType = &schema.Type{Kind: schema.I64, Go: reflect.TypeFor[int64]()}
	nanosType   = &schema.Type{Kind: schema.I32, Go: reflect.TypeFor[int32]()}
)

// computedFields returns the fields of the message in place of which memory holds what is at p.
func computedFields(b *ir.Builder, d *build.Translator, held schema.Held, p *ir.Value) (seconds, nanos *ir.Value) {
	both := []ir.Type{ir.I64, ir.I64}
	var fields []*ir.Value
	if held == schema.HeldTime {
		fields = b.Exit(int64(abi.SplitTime), both, p)
	} else {
		fields = b.Call(durationSplitter(d), both, b.LoadSource(ir.Load64, p, 0))
	}
	return fields[0], fields[1]
}

// checkYear refuses seconds that are not in the years of a Timestamp.
func checkYear(b *ir.Builder, seconds *ir.Value) {
	sinceFirst := b.Sub(seconds, b.Const(ir.I64, wire.LeastSeconds))
	b.FailIf(ir.UGT, sinceFirst, b.Const(ir.I64, wire.MostSeconds-wire.LeastSeconds))
}

// computed writes the message.
func (e *encoder) computed(held schema.Held, p build.MemRef) {
	out := e.Settle()
	seconds, nanos := computedFields(e.Builder, e.Translator, held, e.AddressOf(p))
	if held == schema.HeldTime {
		checkYear(e.Builder, seconds)
	}
	e.Start(out)
	e.computedField(wire.SecondsNumber, secondsType, seconds)
	e.computedField(wire.NanosNumber, nanosType, nanos)
}

func (e *encoder) computedField(number int32, t *schema.Type, n *ir.Value) {
	e.unless(ir.Eq, n, e.Const(ir.I64, 0), func() {
		e.bytes(partTag(number, t))
		e.number(t, n)
	})
}

// computed adds the message.
func (z *sizer) computed(held schema.Held, p build.MemRef) {
	seconds, nanos := computedFields(z.Builder, z.Translator, held, z.AddressOf(p))
	for _, n := range []*ir.Value{seconds, nanos} {
		z.unless(ir.Eq, n, z.Const(ir.I64, 0), func() {
			z.Fixed++ // the tag
			z.Plus(emit.Size(z.Builder, n))
		})
	}
}

// A number of nanoseconds is divided by 10^9 = 2^9 * durationDivisor, from the top down: what is left of the higher bits, with the next
// ones behind it, is z < 2^30, and z * durationFactor >> durationShift is z / durationDivisor, because
// z * (durationFactor*durationDivisor - 2^durationShift) < 2^durationShift.
const (
	durationHalvings = 9
	durationDivisor  = wire.NanosPerSecond >> durationHalvings
	durationShift    = 51
	durationFactor   = 1<<durationShift/durationDivisor + 1
	// durationTop and durationNext are the bits that are divided first, and those in each further step, of the 55 that there are.
	durationTop, durationNext = 28, 9
)

// durationSplitter returns the name of the function (nanoseconds) -> (seconds, rest), which have the same sign.
func durationSplitter(d *build.Translator) string {
	const name = "protobuf.seconds"
	return d.Helper(name, func() *ir.Func {
		b := ir.NewBuilder(name, []ir.Type{ir.I64}, []ir.Type{ir.I64, ir.I64})
		number := func(n int64) *ir.Value { return b.Const(ir.I64, n) }
		shr := func(v *ir.Value, by int64) *ir.Value { return b.Binary(ir.Shr, v, number(by)) }
		shl := func(v *ir.Value, by int64) *ir.Value { return b.Binary(ir.Shl, v, number(by)) }
		sign := b.Binary(ir.Sar, b.Param(0), number(63))
		withSign := func(v *ir.Value) *ir.Value { return b.Sub(b.Xor(v, sign), sign) }
		nanos := withSign(b.Param(0)) // without it; the least number is 2^63 then
		dividend := shr(nanos, durationHalvings)
		left := 64 - durationHalvings - durationTop
		rest, quotient := shr(dividend, int64(left)), number(0)
		for {
			q := shr(b.MulConst(rest, durationFactor), durationShift)
			rest = b.Sub(rest, b.MulConst(q, durationDivisor))
			quotient = b.Or(quotient, q)
			if left == 0 {
				break
			}
			left -= durationNext
			next := b.And(shr(dividend, int64(left)), number(1<<durationNext-1))
			rest, quotient = b.Or(shl(rest, durationNext), next), shl(quotient, durationNext)
		}
		b.Return(withSign(quotient), withSign(b.Sub(nanos, b.MulConst(quotient, wire.NanosPerSecond))))
		return b.Finish()
	})
}
