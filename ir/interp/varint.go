package interp

import (
	"encoding/binary"
	"fmt"

	"github.com/tagwire/tagwire/ir"
)

// undefined is what is left where an op leaves memory undefined.
const undefined = 0xa5

// varints does the ops on lists of varints. All elements, and all bytes up to the end, must be there.
func (a *activation) varints(i *ir.Inst) {
	to, from, count, end := a.get(i.Args[0]), a.get(i.Args[1]), a.get(i.Args[2]), a.get(i.Args[3])
	bulk := i.Op.Info().Bulk
	cursor, elements := to, from
	if bulk.Decodes() {
		cursor, elements = from, to
	}
	switch size := count * uint64(bulk.To+bulk.From); {
	case count > 1<<40 || end < cursor:
		panic(fault(fmt.Sprintf("%s of %d elements, %d bytes before the end", i.Op, int64(count), int64(end-cursor))))
	case count == 0:
		a.setAll(i, []uint64{to, from})
		return
	case cursor < elements+size && elements < end:
		panic(fault(i.Op.String() + " between ranges that overlap"))
	default:
		a.Memory.find(&a.Memory.lastRead, elements, size)
		a.Memory.find(&a.Memory.lastRead, cursor, end-cursor)
	}
	if bulk.Decodes() {
		to, from = a.decodeVarints(bulk, to, from, count, end)
	} else {
		to, from = a.encodeVarints(bulk, to, from, count, end)
	}
	a.setAll(i, []uint64{to, from})
}

func (a *activation) decodeVarints(bulk ir.Bulk, to, from, count, end uint64) (toBehind, fromBehind uint64) {
	width, bits := uint64(bulk.To), bulk.VarintBits
	longest := (bits + 6) / 7
	for ; count > 0 && end-from >= ir.VarintRoom; count-- {
		number, n := binary.Uvarint(a.Memory.read(from, ir.VarintRoom, false)[:longest])
		if n <= 0 || cut(bits, number) != number {
			break
		}
		if bulk.ZigZag {
			number = number>>1 ^ -(number & 1)
		}
		putElement(a.Memory.write(to, width), number)
		to, from = to+width, from+uint64(n)
	}
	if count > 0 {
		fill(a.Memory.write(to, count*width))
	}
	return to, from
}

func (a *activation) encodeVarints(bulk ir.Bulk, to, from, count, end uint64) (toBehind, fromBehind uint64) {
	width := uint64(bulk.From)
	for ; count > 0 && end-to >= ir.VarintRoom; count-- {
		number, fits := varintOf(bulk, a.Memory.read(from, width, false))
		if !fits {
			break
		}
		room := a.Memory.write(to, ir.VarintRoom)
		to, from = to+uint64(binary.PutUvarint(room, number)), from+width
	}
	if rest := min(end-to, ir.VarintRoom); rest > 0 {
		fill(a.Memory.write(to, rest))
	}
	return to, from
}

// varintOf returns the number that an element is written as, and whether it has the bits for that.
func varintOf(bulk ir.Bulk, element []byte) (number uint64, fits bool) {
	signed := int64(int32(binary.LittleEndian.Uint32(element)))
	if len(element) == 8 {
		signed = int64(binary.LittleEndian.Uint64(element))
	}
	if bulk.ZigZag {
		return uint64(signed)<<1 ^ uint64(signed>>63), bulk.VarintBits == 64 || signed == int64(int32(signed))
	}
	return cut(bulk.VarintBits, uint64(signed)), true
}

func putElement(to []byte, number uint64) {
	if len(to) == 4 {
		binary.LittleEndian.PutUint32(to, uint32(number))
	} else {
		binary.LittleEndian.PutUint64(to, number)
	}
}

func fill(b []byte) {
	for n := range b {
		b[n] = undefined
	}
}
