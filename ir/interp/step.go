package interp

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/tagwire/tagwire/ir"
)

// step does one instruction.
func (a *activation) step(i *ir.Inst) {
	switch i.Op {
	case ir.Const:
		a.set(i.Result(), uint64(i.Imm))
	case ir.Address:
		a.set(i.Result(), a.address(i.Symbol))
	case ir.Add, ir.Sub, ir.And, ir.Or, ir.Xor:
		a.set(i.Result(), arithmetic(i.Op, a.get(i.Args[0]), a.get(i.Args[1])))
	case ir.Shl, ir.Shr, ir.Sar:
		a.shift(i)
	case ir.MulConst:
		a.set(i.Result(), a.get(i.Args[0])*uint64(i.Imm))
	case ir.SetBit:
		a.set(i.Result(), a.get(i.Args[0])|1<<i.Imm)
	case ir.CountLeadingZeros:
		a.set(i.Result(), uint64(bits.LeadingZeros64(a.get(i.Args[0]))))
	case ir.CountTrailingZeros:
		a.set(i.Result(), uint64(bits.TrailingZeros64(a.get(i.Args[0]))))
	case ir.Gather7:
		a.set(i.Result(), gather7(a.get(i.Args[0])))
	case ir.Spread7:
		a.set(i.Result(), spread7(a.get(i.Args[0])))
	case ir.SetCC:
		a.set(i.Result(), bit(a.holds(i)))
	case ir.Select:
		chosen := i.Args[3]
		if a.holds(i) {
			chosen = i.Args[2]
		}
		a.set(i.Result(), a.get(chosen))
	case ir.ZeroExt8to32, ir.ZeroExt8to64, ir.ZeroExt16to32, ir.ZeroExt16to64, ir.ZeroExt32to64,
		ir.Trunc32to8, ir.Trunc32to16, ir.Trunc64to8, ir.Trunc64to16, ir.Trunc64to32:
		a.set(i.Result(), a.get(i.Args[0])) // values are kept zero-extended, set cuts
	case ir.SignExt8to32, ir.SignExt8to64, ir.SignExt16to32, ir.SignExt16to64, ir.SignExt32to64:
		a.set(i.Result(), uint64(a.signed(i.Args[0])))
	case ir.PtrAdd:
		a.set(i.Result(), a.get(i.Args[0])+uint64(i.Imm))
	case ir.PtrIndex:
		a.set(i.Result(), a.get(i.Args[0])+a.get(i.Args[1])*uint64(i.Imm))
	case ir.PtrDiff:
		a.set(i.Result(), a.get(i.Args[0])-a.get(i.Args[1]))
	case ir.CopyBytes:
		a.copy(i, 1)
	case ir.SwapCopy16:
		a.copy(i, 2)
	case ir.SwapCopy32:
		a.copy(i, 4)
	case ir.SwapCopy64:
		a.copy(i, 8)
	case ir.CopyBools:
		a.copyBools(i)
	case ir.SwapWiden32to64:
		a.swapWiden(i)
	case ir.SwapNarrow64to32:
		a.swapNarrow(i)
	case ir.DecodeZigZags32, ir.DecodeZigZags64, ir.DecodeZigZags32to64, ir.EncodeZigZags32, ir.EncodeZigZags64, ir.EncodeZigZags64to32,
		ir.DecodeVarints64, ir.DecodeVarints64to32, ir.EncodeVarints32, ir.EncodeVarints64, ir.EncodeVarints32to64:
		a.varints(i)
	case ir.MoveUp:
		a.moveUp(i)
	case ir.CopyASCII:
		a.copyASCII(i)
	case ir.SkipASCII:
		a.skipASCII(i)
	case ir.Arrange:
		a.arrange(i)
	case ir.Match:
		a.set(i.Result(), bit(a.matches(i)))
	case ir.FrameLoad64, ir.FrameLoadPtr:
		a.set(i.Result(), *a.frameWord(i))
	case ir.FrameStore64, ir.FrameStorePtr:
		*a.frameWord(i) = a.get(i.Args[0])
	case ir.SkipValue:
		a.skip(i)
	case ir.CheckBounds, ir.CheckBoundsN:
		a.checkBounds(i)
	case ir.FailIf:
		if a.holds(i) {
			panic(failed{})
		}
	case ir.Narrow64to32:
		wide := a.get(i.Args[0])
		if int64(wide) != int64(int32(wide)) {
			panic(failed{})
		}
		a.set(i.Result(), wide)
	case ir.Call:
		a.callNative(i)
	case ir.Exit:
		a.exit(i)
	case ir.Jump:
		a.next = &i.Edges[0]
	case ir.Branch:
		a.next = &i.Edges[1]
		if a.holds(i) {
			a.next = &i.Edges[0]
		}
	case ir.Switch:
		a.next = &i.Edges[0]
		if index := a.get(i.Args[0]); index < uint64(len(i.Edges)-1) {
			a.next = &i.Edges[index+1]
		}
	case ir.Return:
		a.next = nil
		a.results = a.all(i.Args)
	case ir.Fail:
		panic(failed{})
	default:
		a.access(i)
	}
}

// access does a load or a store.
func (a *activation) access(i *ir.Inst) {
	address := a.get(i.Args[0]) + uint64(i.Imm)
	load := func(width uint64) []byte { return a.Memory.read(address, width, i.Source) }
	store := func(width uint64) []byte { return a.Memory.write(address, width) }
	little, big := binary.LittleEndian, binary.BigEndian
	switch i.Op {
	case ir.Load8:
		a.set(i.Result(), uint64(load(1)[0]))
	case ir.Load16:
		a.set(i.Result(), uint64(little.Uint16(load(2))))
	case ir.Load32:
		a.set(i.Result(), uint64(little.Uint32(load(4))))
	case ir.Load64, ir.LoadPtr:
		a.set(i.Result(), little.Uint64(load(8)))
	case ir.LoadBE16:
		a.set(i.Result(), uint64(big.Uint16(load(2))))
	case ir.LoadBE32:
		a.set(i.Result(), uint64(big.Uint32(load(4))))
	case ir.LoadBE64:
		a.set(i.Result(), big.Uint64(load(8)))
	case ir.Store8:
		store(1)[0] = byte(a.get(i.Args[1]))
	case ir.Store16:
		little.PutUint16(store(2), uint16(a.get(i.Args[1])))
	case ir.Store32:
		little.PutUint32(store(4), uint32(a.get(i.Args[1])))
	case ir.Store64, ir.StorePtr:
		little.PutUint64(store(8), a.get(i.Args[1]))
	case ir.StoreBE16:
		big.PutUint16(store(2), uint16(a.get(i.Args[1])))
	case ir.StoreBE32:
		big.PutUint32(store(4), uint32(a.get(i.Args[1])))
	case ir.StoreBE64:
		big.PutUint64(store(8), a.get(i.Args[1]))
	default:
		panic("BUG: interp: no meaning for " + i.Op.String())
	}
}

func arithmetic(op ir.Op, x, y uint64) uint64 {
	switch op {
	case ir.Add:
		return x + y
	case ir.Sub:
		return x - y
	case ir.And:
		return x & y
	case ir.Or:
		return x | y
	}
	return x ^ y
}

func (a *activation) shift(i *ir.Inst) {
	by := a.get(i.Args[1]) % uint64(i.Args[0].Type.Bits())
	switch i.Op {
	case ir.Shl:
		a.set(i.Result(), a.get(i.Args[0])<<by)
	case ir.Shr:
		a.set(i.Result(), a.get(i.Args[0])>>by)
	case ir.Sar:
		a.set(i.Result(), uint64(a.signed(i.Args[0])>>by))
	}
}

// gather7 takes the bytes from the highest to the lowest, as a varint is read.
func gather7(x uint64) (packed uint64) {
	for n := 7; n >= 0; n-- {
		packed = packed<<7 | x>>(8*n)&0x7f
	}
	return packed
}

// spread7 is its inverse.
func spread7(x uint64) (spread uint64) {
	for n := 0; n < 8; n++ {
		spread |= x & 0x7f << (8 * n)
		x >>= 7
	}
	return spread
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// holds evaluates the condition of i on its first two arguments.
func (a *activation) holds(i *ir.Inst) bool {
	x, y := a.get(i.Args[0]), a.get(i.Args[1])
	signedX, signedY := a.signed(i.Args[0]), a.signed(i.Args[1])
	switch i.Cond {
	case ir.Eq:
		return x == y
	case ir.Ne:
		return x != y
	case ir.ULT:
		return x < y
	case ir.ULE:
		return x <= y
	case ir.UGT:
		return x > y
	case ir.UGE:
		return x >= y
	case ir.SLT:
		return signedX < signedY
	case ir.SLE:
		return signedX <= signedY
	case ir.SGT:
		return signedX > signedY
	case ir.SGE:
		return signedX >= signedY
	}
	panic("BUG: interp: no such condition")
}

func (a *activation) address(symbol string) uint64 {
	address, ok := a.Symbols[symbol]
	if !ok {
		panic(fault("no symbol @" + symbol))
	}
	return address
}

func (a *activation) frameWord(i *ir.Inst) *uint64 {
	n := i.Imm / 8
	if n >= int64(len(a.Frame)) {
		panic(fault(fmt.Sprintf("the Frame has no offset %d", i.Imm)))
	}
	return &a.Frame[n]
}

// ranges returns the memory of a bulk op whose elements take the given bytes.
func (a *activation) ranges(i *ir.Inst, toWidth, fromWidth uint64) (to, from []byte) {
	dst, src, count := a.get(i.Args[0]), a.get(i.Args[1]), a.get(i.Args[2])
	if count > 1<<40 {
		panic(fault(fmt.Sprintf("%s of %d elements", i.Op, int64(count))))
	}
	if count == 0 {
		return nil, nil // the pointers need not lead anywhere
	}
	if dst < src+count*fromWidth && src < dst+count*toWidth && (i.Op != ir.MoveUp || dst <= src) {
		panic(fault(i.Op.String() + " between ranges that overlap"))
	}
	return a.Memory.write(dst, count*toWidth), a.Memory.read(src, count*fromWidth, false)
}

// copy copies elements of the given width, the bytes of each reversed.
func (a *activation) copy(i *ir.Inst, width uint64) {
	to, from := a.ranges(i, width, width)
	for n := range from {
		at := uint64(n)
		element, within := at/width*width, at%width
		to[element+width-1-within] = from[at]
	}
}

func (a *activation) copyBools(i *ir.Inst) {
	to, from := a.ranges(i, 1, 1)
	for n, b := range from {
		to[n] = byte(bit(b == 1))
	}
}

func (a *activation) swapWiden(i *ir.Inst) {
	to, from := a.ranges(i, 8, 4)
	for ; len(from) > 0; to, from = to[8:], from[4:] {
		binary.LittleEndian.PutUint64(to, uint64(int32(binary.BigEndian.Uint32(from))))
	}
}

func (a *activation) swapNarrow(i *ir.Inst) {
	to, from := a.ranges(i, 4, 8)
	for ; len(from) > 0; to, from = to[4:], from[8:] {
		wide := int64(binary.LittleEndian.Uint64(from))
		if wide != int64(int32(wide)) {
			panic(failed{})
		}
		binary.BigEndian.PutUint32(to, uint32(wide))
	}
}

func (a *activation) moveUp(i *ir.Inst) {
	to, from := a.ranges(i, 1, 1)
	for n := len(from) - 1; n >= 0; n-- {
		to[n] = from[n]
	}
}

// copyASCII copies bytes, and joins their top bits.
func (a *activation) copyASCII(i *ir.Inst) {
	to, from := a.ranges(i, 1, 1)
	tops := byte(0)
	for n, b := range from {
		to[n] = b
		tops |= b & 0x80
	}
	a.set(i.Result(), uint64(tops))
}

// skipASCII looks at one byte after the other, all of which must be there.
func (a *activation) skipASCII(i *ir.Inst) {
	at, end := a.get(i.Args[0]), a.get(i.Args[1])
	switch {
	case end-at > 1<<40:
		panic(fault(fmt.Sprintf("SkipASCII of %d bytes", int64(end-at))))
	case at < end: // else they need not lead anywhere
		for _, b := range a.Memory.read(at, end-at, i.Source) {
			if b >= 0x80 {
				break
			}
			at++
		}
	}
	a.set(i.Result(), at)
}

// checkBounds fails unless there are count (if there is one) plus Imm bytes between the cursor and the end.
func (a *activation) checkBounds(i *ir.Inst) {
	room := int64(a.get(i.Args[1])-a.get(i.Args[0])) - i.Imm
	var count int64
	if i.Op == ir.CheckBoundsN {
		count = a.signed(i.Args[2])
	}
	if room < 0 || count < 0 || count > room {
		panic(failed{})
	}
}

func (a *activation) skip(i *ir.Inst) {
	if a.Skip == nil {
		panic(fault("a SkipValue, but there is no Machine.Skip"))
	}
	behind, err := a.Skip(i.Symbol, a.get(i.Args[0]), a.get(i.Args[1]), uint32(a.get(i.Args[2])), a.signed(i.Args[3]))
	if err != nil {
		panic(failed{})
	}
	a.set(i.Result(), behind)
}

func (a *activation) all(values []*ir.Value) []uint64 {
	numbers := make([]uint64, len(values))
	for n, v := range values {
		numbers[n] = a.get(v)
	}
	return numbers
}

func (a *activation) setAll(i *ir.Inst, results []uint64) {
	if len(results) != len(i.Results) {
		panic(fault(fmt.Sprintf("%s got %d results, not %d", i.Op, len(results), len(i.Results))))
	}
	for n, r := range i.Results {
		a.set(r, results[n])
	}
}

func (a *activation) callNative(i *ir.Inst) {
	callee := a.Funcs[i.Symbol]
	if callee == nil {
		panic(fault("no function @" + i.Symbol))
	}
	if len(callee.Params()) != len(i.Args) {
		panic(fault(fmt.Sprintf("@%s called with %d arguments", i.Symbol, len(i.Args))))
	}
	a.setAll(i, a.call(callee, a.all(i.Args)))
}

func (a *activation) exit(i *ir.Inst) {
	if a.Exit == nil {
		panic(fault("an Exit, but there is no Machine.Exit"))
	}
	results, err := a.Exit(i.Imm, a.all(i.Args), len(i.Results))
	if err != nil {
		panic(failed{})
	}
	a.setAll(i, results)
}
