package lowertest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/tagwire/tagwire/ir"
)

// Varints is what an op on lists of varints does, in the plainest way, for tests of the routines that do it.
type Varints struct {
	Op      ir.Op
	Decodes bool
	bits    int // of the numbers that the varints stand for
	size    int // of an element in memory
	zigzag  bool
}

// VarintsOf returns what the row of op says.
func VarintsOf(op ir.Op) Varints {
	b := op.Info().Bulk
	return Varints{op, b.Decodes(), b.VarintBits, int(b.To + b.From), b.ZigZag}
}

// Number returns a number of any length as a varint.
func (k Varints) Number(random *rand.Rand, lengths string) int64 {
	most := (k.bits + 6) / 7
	length := 1 + random.IntN(most)
	switch lengths {
	case "one":
		length = 1
	case "short":
		length = 1 + random.IntN(min(most, 5))
	case "most":
		length = most - random.IntN(2)
	case "ones":
		if random.IntN(30) > 0 {
			length = 1
		}
	}
	written := random.Uint64() >> (64 - k.bits)
	if random.IntN(4) == 0 {
		written = 1<<k.bits - 1 - written&1
	}
	written >>= max(0, k.bits-7*length)
	switch {
	case !k.zigzag && !k.Decodes && 8*k.size < k.bits: // the sign comes in
		return int64(int32(written))
	case !k.zigzag:
		return int64(written)
	}
	return int64(written>>1) ^ -int64(written&1)
}

// append appends the varint of a number to wire.
func (k Varints) append(wire []byte, number int64) []byte {
	if k.zigzag {
		return binary.AppendVarint(wire, number)
	}
	return binary.AppendUvarint(wire, uint64(number))
}

// VarintLengths are the mixtures of lengths that Number knows.
var VarintLengths = []string{"any", "one", "short", "most", "ones"}

// elements are the numbers as they are in memory.
func (k Varints) elements(numbers []int64) (memory []byte) {
	for _, n := range numbers {
		if k.size == 4 {
			memory = binary.LittleEndian.AppendUint32(memory, uint32(n))
		} else {
			memory = binary.LittleEndian.AppendUint64(memory, uint64(n))
		}
	}
	return memory
}

// A VarintRun is what a routine is given, and what it has to do with that.
type VarintRun struct {
	Name     string // of the case
	Decodes  bool
	Count    int
	From     []byte // all that may be read
	Room     int    // bytes that may be written
	Want     []byte // what must be written first
	Consumed int    // bytes of From
}

// decode is the run that decodes wire, whose first varints are those of numbers.
func (k Varints) decode(name string, numbers []int64, wire []byte, count int) VarintRun {
	r := VarintRun{Name: name, Decodes: true, Count: count, From: wire, Room: count * k.size}
	taken := 0
	for taken < min(count, len(numbers)) && len(wire)-r.Consumed >= ir.VarintRoom {
		r.Consumed += len(k.append(nil, numbers[taken]))
		taken++
	}
	r.Want = k.elements(numbers[:taken])
	return r
}

// encode is the run that encodes numbers, of which the first good ones fit.
func (k Varints) encode(name string, numbers []int64, good, room int) VarintRun {
	r := VarintRun{Name: name, Count: len(numbers), From: k.elements(numbers), Room: room}
	for _, n := range numbers[:good] {
		if room-len(r.Want) < ir.VarintRoom {
			break
		}
		r.Want = k.append(r.Want, n)
		r.Consumed += k.size
	}
	return r
}

// Run is the run on numbers that are all good, with all the room they need.
func (k Varints) Run(numbers []int64) VarintRun {
	encoded := k.encode("", numbers, len(numbers), (len(numbers)+2)*ir.VarintRoom)
	if !k.Decodes {
		encoded.Room = len(encoded.Want) + ir.VarintRoom
		return encoded
	}
	return k.decode("", numbers, append(encoded.Want, make([]byte, ir.VarintRoom)...), len(numbers))
}

// spoiled are bytes that no op takes for a varint of the kind.
func (k Varints) spoiled(random *rand.Rand) []byte {
	longest := (k.bits + 6) / 7
	b := bytes.Repeat([]byte{0x80 | byte(random.Uint32())}, longest)
	switch random.IntN(3) {
	case 0: // without an end
		b = append(b, bytes.Repeat([]byte{0x80}, random.IntN(20))...)
		return append(b, 0)
	case 1: // a bit too many
		b[longest-1] = byte(1<<(k.bits-7*(longest-1))) << random.IntN(8-1-(k.bits-7*(longest-1)))
		return b
	}
	return append(b, byte(random.Uint32()&0x7f)) // a byte too many
}

// Trials calls check with what the op has to do in all sorts of cases, of up to so many elements.
func (k Varints) Trials(counts int, check func(VarintRun)) {
	random := rand.New(rand.NewPCG(7, uint64(k.Op)))
	for _, lengths := range VarintLengths {
		for count := range counts {
			numbers := make([]int64, count)
			for n := range numbers {
				numbers[n] = k.Number(random, lengths)
			}
			if k.Decodes {
				k.decodeTrials(lengths, numbers, random, check)
			} else {
				k.encodeTrials(lengths, numbers, random, check)
			}
		}
	}
}

func (k Varints) decodeTrials(name string, numbers []int64, random *rand.Rand, check func(VarintRun)) {
	count := len(numbers)
	var wire []byte
	for _, n := range numbers {
		wire = k.append(wire, n)
	}
	for _, behind := range []int{0, 1, ir.VarintRoom - 1, ir.VarintRoom, 100} { // bytes
		more := append(wire[:len(wire):len(wire)], make([]byte, behind)...)
		for n := range more[len(wire):] {
			more[len(wire)+n] = byte(random.Uint32())
		}
		check(k.decode(name, numbers, more, count))
		if cut := random.IntN(len(more) + 1); cut < len(wire) {
			check(k.decode(name+", cut", numbers, more[:cut], count))
		}
	}
	// Bytes to the end that are all of one varint, or of some that are too long: who reads several at once goes further in them
	// than in good ones.
	for behind := range 48 {
		if count > 5 {
			break // longer lists show nothing new here
		}
		more := append(wire[:len(wire):len(wire)], bytes.Repeat([]byte{0x80 | byte(random.Uint32())}, behind)...)
		check(k.decode(name+", without an end", numbers, more, count+8))
		long := k.bits/7 + 2 + random.IntN(3)
		for n := len(wire) + long - 1; n < len(more); n += long {
			more[n] = byte(random.Uint32() & 0x7f)
		}
		check(k.decode(name+", too long", numbers, more, count+8))
	}
	// One that is not good, anywhere; and padded ones, which are.
	bad, padded := random.IntN(count+1), random.IntN(count+1)
	var mixed []byte
	at := 0
	for n, number := range numbers {
		switch before := len(mixed); {
		case n == bad:
			mixed = append(mixed, k.spoiled(random)...)
		case n == padded && len(k.append(nil, number)) == 1:
			mixed = append(k.append(mixed, number), 0)
			mixed[before] |= 0x80
		default:
			mixed = k.append(mixed, number)
		}
		if n < bad {
			at = len(mixed)
		}
	}
	mixed = append(mixed, make([]byte, 200)...)
	check(VarintRun{Name: name + ", with a bad one", Decodes: true, Count: count, From: mixed, Room: count * k.size,
		Want: k.elements(numbers[:min(bad, count)]), Consumed: at})
}

func (k Varints) encodeTrials(name string, numbers []int64, random *rand.Rand, check func(VarintRun)) {
	size := 0
	for _, n := range numbers {
		size += len(k.append(nil, n))
	}
	for _, room := range []int{0, ir.VarintRoom - 1, ir.VarintRoom, size, size + ir.VarintRoom, size + 100, random.IntN(size + 20)} {
		check(k.encode(name, numbers, len(numbers), room))
	}
	if 8*k.size > k.bits && len(numbers) > 0 {
		bad := random.IntN(len(numbers))
		spoiled := append([]int64(nil), numbers...)
		spoiled[bad] = TooLarge[random.IntN(len(TooLarge))]
		check(k.encode(name+", with a bad one", spoiled, bad, size+100))
	}
}

// Check says what is wrong with what a routine has done: to is all that it might write, which was zeros before.
func (r *VarintRun) Check(to []byte, written, consumed uint64) error {
	if written != uint64(len(r.Want)) || consumed != uint64(r.Consumed) || !bytes.Equal(to[:len(r.Want)], r.Want) {
		return fmt.Errorf("%s, %d from % x: wrote %d, not %d, used %d, not %d:\n got % x\nwant % x",
			r.Name, r.Count, r.From, written, len(r.Want), consumed, r.Consumed, to, r.Want)
	}
	if !r.Decodes {
		for n := len(r.Want) + ir.VarintRoom; n < len(to); n++ {
			if to[n] != 0 {
				return fmt.Errorf("%s, %d: writes %d bytes behind its end", r.Name, r.Count, n-len(r.Want))
			}
		}
	}
	return nil
}
