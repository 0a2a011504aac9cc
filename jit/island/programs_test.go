//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"encoding/binary"
	"reflect"
	"strings"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
)

// The programs of these tests. Those that break a rule on purpose take the rule's option.

// fillOptions are the ways of fillProgram.
type fillOptions struct {
	// bytes fills []byte slots instead of string slots.
	bytes bool
	// zeroCopy stores addresses in the input.
	zeroCopy bool
	// overwrites breaks M3: it never looks at what the slot holds.
	overwrites bool
	// pastEnd breaks M5: empty strings get the address of the chunk's end.
	pastEnd bool
	// lengthFirst breaks M6: the length is stored first, with an exit before the data.
	lengthFirst bool
	// roomy breaks M6: the capacity of []byte is what the chunk has left.
	roomy bool
}

// fillProgram decodes strings, each a byte of length and that many bytes, into the slots at value, one after
// the other. An empty string leaves its slot alone.
func fillProgram(o fillOptions) *Program {
	return assemble(func(a *assembler) {
		const value, cursor, end, length, limit, data, next, other = r0, r1, r2, r3, r4, r5, r6, r7
		a.arguments(value, cursor, end)
		a.label("loop")
		a.branch(cursor, aboveOrEqual, end, "done")
		a.chargeFuel(256, value, cursor, end)
		a.loadByte(length, cursor)
		a.addImmediate(cursor, 1)
		a.move(limit, cursor)
		a.add(limit, length)
		a.branch(limit, above, end, "fail")
		a.branchIfZero(length, "empty")

		if o.zeroCopy {
			a.move(data, cursor)
			a.move(cursor, limit)
		} else {
			a.label("reserve")
			a.load(data, frameRegister, abi.FrameChunkNext)
			a.move(next, data)
			a.add(next, length)
			a.load(other, frameRegister, abi.FrameChunkEnd)
			a.branch(next, belowOrEqual, other, "charge")
			a.setArgument(0, length)
			a.exit(abi.NewChunk, value, cursor, end, length, limit)
			a.jump("reserve")
			a.label("charge")
			a.load(other, frameRegister, abi.FrameAllocation)
			a.subtract(other, length)
			a.branch(other, signedLess, stackZero(a), "fail")
			a.store(frameRegister, abi.FrameAllocation, other)
			a.store(frameRegister, abi.FrameChunkNext, next)
			a.move(next, data)
			a.label("copy")
			a.loadByte(other, cursor)
			a.storeByte(next, other)
			a.addImmediate(cursor, 1)
			a.addImmediate(next, 1)
			a.branch(cursor, below, limit, "copy")
		}

		if !o.overwrites {
			a.load(other, value, 0)
			a.branchIfZero(other, "nil slot")
			a.label("append")
			a.load(next, frameRegister, abi.FramePendingNext)
			a.load(other, frameRegister, abi.FramePendingEnd)
			a.branch(next, below, other, "room")
			a.exit(abi.StoreSlots, value, cursor, end, length, data)
			a.jump("append")
			a.label("room")
			a.store(next, abi.PendingSlot, value)
			a.store(next, abi.PendingData, data)
			a.store(next, abi.PendingLength, length)
			a.immediate(other, uint64(o.kind()))
			a.store(next, abi.PendingKind, other)
			a.addImmediate(next, abi.PendingBytes)
			a.store(frameRegister, abi.FramePendingNext, next)
			a.jump("next")
			a.label("nil slot")
		}
		if o.lengthFirst {
			a.store(value, 8, length)
			a.callback(0, value, cursor, end, length, data)
		}
		a.store(value, 0, data)
		a.store(value, 8, length)
		if o.bytes {
			if o.roomy {
				a.load(length, frameRegister, abi.FrameChunkEnd)
				a.subtract(length, data)
			}
			a.store(value, 16, length)
		}
		a.label("next")
		a.addImmediate(value, o.slotBytes())
		a.jump("loop")

		a.label("empty")
		if o.pastEnd {
			a.load(data, frameRegister, abi.FrameChunkEnd)
			a.store(value, 0, data)
		}
		a.jump("next")
		a.label("done")
		a.done(cursor)
		a.label("fail")
		a.exit(abi.Fail)
	})
}

// stackZero loads zero into the scratch register.
func stackZero(a *assembler) register {
	a.immediate(scratch, 0)
	return scratch
}

func (o fillOptions) kind() int {
	if o.bytes {
		return abi.KindBytes
	}
	return abi.KindString
}

func (o fillOptions) slotBytes() int {
	if o.bytes {
		return int(unsafe.Sizeof([]byte(nil)))
	}
	return int(unsafe.Sizeof(""))
}

// wire is the input of fillProgram.
func wire(values ...string) []byte {
	var b []byte
	for _, v := range values {
		b = append(append(b, byte(len(v))), v...)
	}
	return b
}

// sumProgram adds the little-endian words of the input up and stores the sum at value.
func sumProgram() *Program {
	return assemble(func(a *assembler) {
		const value, cursor, end, sum, word = r0, r1, r2, r3, r4
		a.arguments(value, cursor, end)
		a.immediate(sum, 0)
		a.label("loop")
		a.branch(cursor, aboveOrEqual, end, "done")
		a.chargeFuel(abi.WordBytes, value, cursor, end, sum)
		a.load(word, cursor, 0)
		a.add(sum, word)
		a.addImmediate(cursor, abi.WordBytes)
		a.jump("loop")
		a.label("done")
		a.store(value, 0, sum)
		a.done(cursor)
	})
}

// readProgram reads all words of the input, passes times, and adds each one's bytes to the number at value when it has been
// read. If it yields it charges the fuel for what it reads; else it runs to its end without an exit.
func readProgram(passes int, yields bool) *Program {
	return assemble(func(a *assembler) {
		const value, cursor, end, total, word, begin, pass = r0, r1, r2, r3, r4, r5, r6
		a.arguments(value, begin, end)
		a.load(total, value, 0)
		a.immediate(pass, uint64(passes))
		a.label("pass")
		a.move(cursor, begin)
		a.label("loop")
		a.branch(cursor, aboveOrEqual, end, "passed")
		if yields {
			a.chargeFuel(abi.WordBytes, value, cursor, end, total, begin, pass)
		}
		a.load(word, cursor, 0)
		a.addImmediate(total, abi.WordBytes)
		a.store(value, 0, total)
		a.addImmediate(cursor, abi.WordBytes)
		a.jump("loop")
		a.label("passed")
		a.addImmediate(pass, -1)
		a.branchIfZero(pass, "done")
		a.jump("pass")
		a.label("done")
		a.done(cursor)
	})
}

// A link is what chainProgram makes and walkProgram reads.
type link struct {
	next   *link
	number int
	rest   [6]uint64
}

// chainProgram reads a count and makes a chain of that many links behind value, one native call each. Only on
// the way back, through addresses it kept on its stack, does it write the number of each.
func chainProgram() *Program {
	return assemble(func(a *assembler) {
		const value, cursor, remaining = r0, r1, r3
		a.arguments(value, cursor, r2)
		a.load(remaining, cursor, 0)
		a.addImmediate(cursor, abi.WordBytes)
		a.call("link")
		a.done(cursor)

		a.function("link")
		a.checkStack(value, cursor, remaining)
		a.enterLevel()
		a.branchIfZero(remaining, "fill")
		a.setArgumentTo(0, 0)
		a.setArgument(1, value) // next is the first field
		a.exit(abi.NewStruct, value, cursor, remaining)
		a.push(value)
		a.push(remaining)
		a.load(value, frameRegister, abi.Argument(0))
		a.addImmediate(remaining, -1)
		a.call("link")
		a.pop(remaining)
		a.pop(value)
		a.label("fill")
		a.store(value, abi.WordBytes, remaining)
		a.leaveLevel()
		a.endFunction()
		a.label("too deep")
		a.exit(abi.Fail)
	})
}

// enterLevel fails at the label "too deep" when no level is left.
func (a *assembler) enterLevel() {
	fine := a.fresh()
	a.load(scratch, frameRegister, abi.FrameLevels)
	a.addImmediate(scratch, -1)
	a.store(frameRegister, abi.FrameLevels, scratch)
	a.branchIfNotNegative(scratch, fine)
	a.jump("too deep")
	a.label(fine)
}

func (a *assembler) leaveLevel() {
	a.load(scratch, frameRegister, abi.FrameLevels)
	a.addImmediate(scratch, 1)
	a.store(frameRegister, abi.FrameLevels, scratch)
}

// walkProgram encodes a chain: it calls itself down to the last link, and writes the numbers on the way back.
func walkProgram() *Program {
	return assemble(func(a *assembler) {
		const value, cursor, end, next = r0, r1, r2, r3
		a.arguments(value, cursor, end)
		a.call("link")
		a.done(cursor)

		a.function("link")
		a.checkStack(value, cursor, end)
		a.load(next, value, 0)
		a.branchIfZero(next, "write")
		a.push(value)
		a.move(value, next)
		a.call("link")
		a.pop(value)
		a.label("write")
		a.move(r5, cursor)
		a.addImmediate(r5, abi.WordBytes)
		a.branch(r5, above, end, "fail")
		a.load(r4, value, abi.WordBytes)
		a.store(cursor, 0, r4)
		a.move(cursor, r5)
		a.endFunction()
		a.label("fail")
		a.exit(abi.Fail)
	})
}

// callback takes an exit that runs the initialiser of a struct row on what lies at value; see callsBack.
func (a *assembler) callback(row uint64, value register, live ...register) {
	a.setArgumentTo(0, row)
	a.setArgument(1, value)
	a.exit(abi.ResetStruct, append(live, value)...)
}

// callsBack returns the only struct row of a program with callbacks. The struct is empty, so that nothing is made zero.
func callsBack(f func(value unsafe.Pointer)) []*structRow {
	return []*structRow{{goType: reflect.TypeFor[struct{}](), initialise: f}}
}

// aroundProgram adds the words of its input to the one at value; before each it takes an exit that runs user code.
func aroundProgram() *Program {
	return assemble(func(a *assembler) {
		const value, cursor, end, sum, word = r0, r1, r2, r3, r4
		a.arguments(value, cursor, end)
		a.label("loop")
		a.branch(cursor, aboveOrEqual, end, "done")
		a.callback(0, value, cursor, end)
		a.load(word, cursor, 0)
		a.load(sum, value, 0)
		a.add(sum, word)
		a.store(value, 0, sum)
		a.addImmediate(cursor, abi.WordBytes)
		a.jump("loop")
		a.label("done")
		a.done(cursor)
	})
}

// slabProgram reads a count and that many words into a list behind value: element i is elementBytes long and
// begins with word i.
func slabProgram(elementBytes int, pointers bool) *Program {
	return assemble(func(a *assembler) {
		const value, cursor, end, count, used, usable, element = r0, r1, r2, r3, r4, r5, r6
		a.arguments(value, cursor, end)
		a.load(count, cursor, 0)
		a.addImmediate(cursor, abi.WordBytes)
		a.immediate(used, 0)
		a.immediate(usable, 0)
		a.label("loop")
		a.branch(used, below, usable, "fill")
		a.branchIfZero(usable, "grow") // an empty list is made too
		a.branch(used, aboveOrEqual, count, "done")
		a.label("grow")
		a.setArgumentTo(0, 0)
		a.setArgument(1, value)
		a.setArgument(2, used)
		a.setArgument(3, count)
		a.move(r7, end)
		a.subtract(r7, cursor)
		a.setArgument(4, r7)
		a.exit(abi.NewSlab, value, cursor, end, count, used)
		a.load(element, frameRegister, abi.Argument(0))
		a.load(usable, frameRegister, abi.Argument(1))
		if !pointers {
			a.move(r7, used)
			a.label("skip") // element += used * elementBytes
			a.branchIfZero(r7, "skipped")
			a.addImmediate(element, elementBytes)
			a.addImmediate(r7, -1)
			a.jump("skip")
			a.label("skipped")
		}
		a.branchIfZero(count, "done")
		a.label("fill")
		a.branch(cursor, aboveOrEqual, end, "fail")
		a.load(r7, cursor, 0)
		a.store(element, 0, r7)
		a.addImmediate(cursor, abi.WordBytes)
		a.addImmediate(element, elementBytes)
		a.addImmediate(used, 1)
		a.jump("loop")
		a.label("done")
		a.done(cursor)
		a.label("fail")
		a.exit(abi.Fail)
	})
}

// bytesProgram asks Go for one header at value with the whole input as its contents.
func bytesProgram(kind uint64) *Program {
	return assemble(func(a *assembler) {
		const value, cursor, end = r0, r1, r2
		a.arguments(value, cursor, end)
		a.setArgument(0, value)
		a.setArgument(1, cursor)
		a.move(r3, end)
		a.subtract(r3, cursor)
		a.setArgument(2, r3)
		a.setArgumentTo(3, kind)
		a.exit(abi.NewBytes, end)
		a.done(end)
	})
}

// words is the input of the programs that read words.
func words(values ...int) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

// sample returns n different strings, fresh ones.
func sample(n, seed int) []string {
	values := make([]string, n)
	for i := range values {
		values[i] = strings.Repeat(string(rune('a'+(seed+i)%26)), 1+(seed*7+i*13)%120)
	}
	return values
}

// limits returns settings with a limit on levels and one on what is allocated.
func limits(levels, allocation int) *codec.Settings {
	return &codec.Settings{Limits: codec.Limits{Depth: levels, Alloc: allocation}}
}
