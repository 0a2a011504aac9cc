package amd64

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/simulator"
	"github.com/tagwire/tagwire/ir"
)

// varintFeatures are the sets that lead to different code for varints.
var varintFeatures = []struct {
	name     string
	features Features
}{
	{"baseline", 0},
	{"fast", needsFastVarints},
}

// varintVariants are all forms of the routines for lists of varints.
func varintVariants() (variants []bulkVariant) {
	for _, c := range varintFeatures {
		for _, op := range ir.BulkOps(func(b ir.Bulk) bool { return b.VarintBits > 0 }) {
			f := BulkRoutine(op, c.features, failRoutine)
			variants = append(variants, bulkVariant{f.Name + "_" + c.name, op, c.features, f})
		}
	}
	return variants
}

// varintKind is what an op on varints does, for its plain form in tests.
type varintKind struct {
	decodes bool
	number  Width // that the varints stand for
	element Width // in memory
}

// varintKindOf returns what the row of op says.
func varintKindOf(op ir.Op) varintKind {
	widths := map[int64]Width{4: W32, 8: W64}
	b := op.Info().Bulk
	return varintKind{b.Decodes(), widths[int64(b.VarintBits/8)], widths[b.To+b.From]}
}

// numberOf returns a number of any length as a varint.
func (k varintKind) numberOf(random *rand.Rand, lengths string) int64 {
	most := (k.number.Bits() + 6) / 7
	length := 1 + random.IntN(most)
	switch lengths {
	case "one":
		length = 1
	case "most":
		length = most - random.IntN(2)
	case "ones":
		if random.IntN(30) > 0 {
			length = 1
		}
	}
	zigzag := random.Uint64() >> (64 - k.number.Bits())
	if random.IntN(4) == 0 {
		zigzag = 1<<k.number.Bits() - 1 - zigzag&1
	}
	zigzag >>= max(0, k.number.Bits()-7*length)
	return int64(zigzag>>1) ^ -int64(zigzag&1)
}

// varintLengths are the mixtures of lengths that numberOf knows.
var varintLengths = []string{"any", "one", "most", "ones"}

// elements are the numbers as they are in memory.
func (k varintKind) elements(numbers []int64) (memory []byte) {
	for _, n := range numbers {
		if k.element == W32 {
			memory = binary.LittleEndian.AppendUint32(memory, uint32(n))
		} else {
			memory = binary.LittleEndian.AppendUint64(memory, uint64(n))
		}
	}
	return memory
}

// varintRun is what a routine is given, and what it has to do with that.
type varintRun struct {
	op       ir.Op
	count    int
	from     []byte // all that may be read
	room     int    // bytes that may be written
	want     []byte // what must be written first
	consumed int    // bytes of from
}

// decodeRun has wire decoded, of which the first taken varints are good and the next one, if any, is not.
func (k varintKind) decodeRun(op ir.Op, numbers []int64, wire []byte, count int) varintRun {
	r := varintRun{op: op, count: count, from: wire, room: count * k.element.Bytes()}
	taken := 0
	for taken < min(count, len(numbers)) && len(wire)-r.consumed >= ir.VarintRoom {
		r.consumed += binary.PutVarint(make([]byte, binary.MaxVarintLen64), numbers[taken])
		taken++
	}
	r.want = k.elements(numbers[:taken])
	return r
}

// encodeRun has numbers encoded, of which the first good ones fit.
func (k varintKind) encodeRun(op ir.Op, numbers []int64, good, room int) varintRun {
	r := varintRun{op: op, count: len(numbers), from: k.elements(numbers), room: room}
	for _, n := range numbers[:good] {
		if room-len(r.want) < ir.VarintRoom {
			break
		}
		r.want = binary.AppendVarint(r.want, n)
		r.consumed += k.element.Bytes()
	}
	return r
}

// spoiled are bytes that no op takes for a varint of the kind.
func (k varintKind) spoiled(random *rand.Rand) []byte {
	longest := (k.number.Bits() + 6) / 7
	b := bytes.Repeat([]byte{0x80 | byte(random.Uint32())}, longest)
	switch random.IntN(3) {
	case 0: // without an end
		b = append(b, bytes.Repeat([]byte{0x80}, random.IntN(20))...)
		return append(b, 0)
	case 1: // a bit too many
		b[longest-1] = byte(1<<(k.number.Bits()-7*(longest-1))) << random.IntN(8-1-(k.number.Bits()-7*(longest-1)))
		return b
	}
	return append(b, byte(random.Uint32()&0x7f)) // a byte too many
}

// trials calls check with what an op has to do in all sorts of cases.
func (k varintKind) trials(op ir.Op, counts int, check func(name string, r varintRun)) {
	random := rand.New(rand.NewPCG(7, uint64(op)))
	for _, lengths := range varintLengths {
		for count := range counts {
			numbers := make([]int64, count)
			for n := range numbers {
				numbers[n] = k.numberOf(random, lengths)
			}
			if k.decodes {
				k.decodeTrials(op, lengths, numbers, random, check)
			} else {
				k.encodeTrials(op, lengths, numbers, random, check)
			}
		}
	}
}

func (k varintKind) decodeTrials(op ir.Op, name string, numbers []int64, random *rand.Rand, check func(string, varintRun)) {
	count := len(numbers)
	var wire []byte
	for _, n := range numbers {
		wire = binary.AppendVarint(wire, n)
	}
	for _, behind := range []int{0, 1, ir.VarintRoom - 1, ir.VarintRoom, 100} { // bytes
		more := append(wire[:len(wire):len(wire)], make([]byte, behind)...)
		for n := range more[len(wire):] {
			more[len(wire)+n] = byte(random.Uint32())
		}
		check(name, k.decodeRun(op, numbers, more, count))
		if cut := random.IntN(len(more) + 1); cut < len(wire) {
			check(name+", cut", k.decodeRun(op, numbers, more[:cut], count))
		}
	}
	// One that is not good, anywhere; and padded ones, which are.
	bad, padded := random.IntN(count+1), random.IntN(count+1)
	var mixed []byte
	at := 0
	for n, number := range numbers {
		switch before := len(mixed); {
		case n == bad:
			mixed = append(mixed, k.spoiled(random)...)
		case n == padded && number >= -64 && number < 64:
			mixed = append(binary.AppendVarint(mixed, number), 0)
			mixed[before] |= 0x80
		default:
			mixed = binary.AppendVarint(mixed, number)
		}
		if n < bad {
			at = len(mixed)
		}
	}
	mixed = append(mixed, make([]byte, 200)...)
	check(name+", with a bad one", varintRun{op: op, count: count, from: mixed, room: count * k.element.Bytes(),
		want: k.elements(numbers[:min(bad, count)]), consumed: at})
}

func (k varintKind) encodeTrials(op ir.Op, name string, numbers []int64, random *rand.Rand, check func(string, varintRun)) {
	size := 0
	for _, n := range numbers {
		size += len(binary.AppendVarint(nil, n))
	}
	for _, room := range []int{0, ir.VarintRoom - 1, ir.VarintRoom, size, size + ir.VarintRoom, size + 100, random.IntN(size + 20)} {
		check(name, k.encodeRun(op, numbers, len(numbers), room))
	}
	if k.element > k.number && len(numbers) > 0 {
		bad := random.IntN(len(numbers))
		spoiled := append([]int64(nil), numbers...)
		spoiled[bad] = tooLarge[random.IntN(len(tooLarge))]
		check(name+", with a bad one", k.encodeRun(op, spoiled, bad, size+100))
	}
}

// TestVarintsSimulated runs every form in a simulator, which sees every access beside what the routine is given.
func TestVarintsSimulated(t *testing.T) {
	for _, v := range varintVariants() {
		varintKindOf(v.op).trials(v.op, 90, func(name string, r varintRun) {
			to := make([]byte, r.room)
			s := simulator.Simulator{Areas: []simulator.Area{simulator.ReadWrite(simulatedTo, to), simulator.ReadOnly(simulatedFrom, r.from)}}
			for n := range s.General {
				s.General[n] = 0xdead_beef_dead_beef
			}
			end := simulatedFrom + uint64(len(r.from))
			if !varintKindOf(v.op).decodes {
				end = simulatedTo + uint64(len(to))
			}
			s.General[bulkTo], s.General[bulkFrom], s.General[bulkCount], s.General[varintEnd] = simulatedTo, simulatedFrom, uint64(r.count), end
			if left, err := s.Run(v.code); err != nil || left {
				t.Fatalf("%s of %d, %s: %v", v.name, r.count, name, err)
			}
			r.compare(t, v.name+", "+name, to, s.General[bulkTo]-simulatedTo, s.General[bulkFrom]-simulatedFrom)
		})
	}
}

// compare looks at what a routine has done.
func (r *varintRun) compare(t *testing.T, name string, to []byte, written, consumed uint64) {
	t.Helper()
	if written != uint64(len(r.want)) || consumed != uint64(r.consumed) || !bytes.Equal(to[:len(r.want)], r.want) {
		t.Fatalf("%s of %d from % x: wrote %d, not %d, used %d, not %d:\n got % x\nwant % x",
			name, r.count, r.from, written, len(r.want), consumed, r.consumed, to, r.want)
	}
	if !varintKindOf(r.op).decodes {
		for n, b := range to {
			if n >= len(r.want)+ir.VarintRoom && b != 0 {
				t.Fatalf("%s of %d writes %d bytes behind its end", name, r.count, n-len(r.want))
			}
		}
	}
}

// TestVarintsSeeStrayAccesses: with a byte less than a routine is told, it goes too far: all bytes count.
func TestVarintsSeeStrayAccesses(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 0))
	for _, v := range varintVariants() {
		k := varintKindOf(v.op)
		numbers := make([]int64, 100)
		for n := range numbers {
			numbers[n] = k.numberOf(random, "any")
		}
		r := k.encodeRun(v.op, numbers, len(numbers), 2000)
		end, from, to := simulatedTo+uint64(len(r.want)+ir.VarintRoom-1), r.from, make([]byte, len(r.want))
		if k.decodes {
			wire := append(r.want, make([]byte, ir.VarintRoom-1)...)
			from, to = wire[:len(wire)-ir.VarintRoom], r.from
			end = simulatedFrom + uint64(len(wire))
		}
		for _, areas := range [][]simulator.Area{
			{simulator.ReadWrite(simulatedTo, to[:len(to)-1]), simulator.ReadOnly(simulatedFrom, append(from, make([]byte, 100)...))},
			{simulator.ReadWrite(simulatedTo, append(to, make([]byte, 100)...)), simulator.ReadOnly(simulatedFrom, from[:len(from)-1])},
		} {
			s := simulator.Simulator{Areas: areas}
			s.General[bulkTo], s.General[bulkFrom], s.General[bulkCount], s.General[varintEnd] = simulatedTo, simulatedFrom, 100, end
			if _, err := s.Run(v.code); err == nil {
				t.Fatalf("%s: nothing is seen", v.name)
			}
		}
	}
}

// TestVarintText keeps the code of each form for the eye, and has it assembled with the features it may use.
func TestVarintText(t *testing.T) {
	for _, v := range varintVariants() {
		if _, err := new(Assembler).Assemble(v.code, v.features); err != nil {
			t.Error(err)
		}
		if v.op == ir.DecodeZigZags64 || v.op == ir.EncodeZigZags64 {
			compareGolden(t, v.name+".txt", v.code)
		}
	}
	for _, missing := range []Features{HasFastPEXT, HasBMI2, HasBMI1, HasLZCNT, HasAVX2} {
		for _, op := range []ir.Op{ir.DecodeZigZags32, ir.EncodeZigZags32} {
			if got, want := BulkRoutine(op, AllFeatures&^missing, failRoutine), BulkRoutine(op, 0, failRoutine); got.String() != want.String() {
				t.Errorf("%s without %v is not that for all processors", got.Name, missing)
			}
		}
	}
}
