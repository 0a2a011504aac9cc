//go:build linux && amd64

package amd64

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/nativetest"
)

// varintArguments are what the code of linkVarints takes; it leaves in to and from where the routine has come to.
type varintArguments struct{ to, from, count, end uintptr }

// linkVarints returns the address of code for nativetest.Call that runs a routine for varints.
func linkVarints(t testing.TB, routine *Function) uintptr {
	t.Helper()
	load := NewFunction("load")
	load.Emit(PUSH, W64, R(RAX))
	for n, p := range bulkPlaces {
		load.Emit(MOV, W64, R(p), M(RAX.Reg(), int32(8*n)))
	}
	load.Emit(CALL, W64, Far(1))
	load.Emit(POP, W64, R(RAX))
	for n, p := range bulkPlaces[:2] {
		load.Emit(MOV, W64, M(RAX.Reg(), int32(8*n)), R(p))
	}
	load.Emit(RET, W64)
	linked, err := Link([]*Code{mustAssemble(t, load), mustAssemble(t, routine)})
	if err != nil {
		t.Fatal(err)
	}
	return nativetest.Executable(t, linked.Bytes)
}

// runVarints runs code of linkVarints. The addresses are of mapped memory, which Go neither moves nor frees.
func runVarints(k varintKind, code uintptr, to, from []byte, count int) (written, consumed uint64) {
	a := &varintArguments{to: addressOf(to), from: addressOf(from), count: uintptr(count), end: addressOf(to) + uintptr(len(to))}
	if k.decodes {
		a.end = addressOf(from) + uintptr(len(from))
	}
	nativetest.Call(code, unsafe.Pointer(a))
	return uint64(a.to - addressOf(to)), uint64(a.from - addressOf(from))
}

// TestVarintsOnTheProcessor runs each form that the host can between inaccessible pages, with the source and the target at
// the beginning, at the end, and at all alignments.
func TestVarintsOnTheProcessor(t *testing.T) {
	source, target, canary := betweenGuards(t, 1<<14), betweenGuards(t, 1<<14), bytes.Repeat([]byte{0x5a}, 1<<14)
	var ran []bulkVariant
	for _, v := range varintVariants() {
		if !HostFeatures().Has(v.features) {
			t.Logf("%s does not run here, which has no %v: TestVarintsSimulated alone runs it", v.name, v.features&^HostFeatures())
			continue
		}
		k, code, shift := varintKindOf(v.op), linkVarints(t, v.code), 0
		varintKindOf(v.op).trials(v.op, 300, func(name string, r varintRun) {
			shift++
			for _, p := range [][2]position{
				{{shift: shift % line}, {shift: shift % (line - 1)}},
				{{shift: shift % line, atEnd: true}, {shift: shift % (line - 1), atEnd: true}},
				{{}, {atEnd: true}}, {{atEnd: true}, {}},
			} {
				p[0].length, p[1].length = len(r.from), r.room
				from, begin := source[p[0].begin(source):][:len(r.from)], p[1].begin(target)
				copy(from, r.from)
				first, end := max(0, begin-line), min(len(target), begin+r.room+line)
				copy(target[first:end], canary)
				to := target[begin:][:r.room]
				clear(to)
				written, consumed := runVarints(k, code, to, from, r.count)
				r.compare(t, v.name+", "+name, to, written, consumed)
				if !bytes.Equal(target[first:begin], canary[:begin-first]) ||
					!bytes.Equal(target[begin+r.room:end], canary[begin+r.room-first:end-first]) || !bytes.Equal(from, r.from) {
					t.Fatalf("%s, %s, of %d: writes beside its target", v.name, name, r.count)
				}
			}
		})
		ran = append(ran, v)
	}
	if len(ran) == 0 {
		t.Error("nothing ran")
	}
	for _, c := range varintFeatures {
		for _, v := range ran {
			if v.features == c.features {
				t.Logf("%s ran natively on this processor, with [%v]", v.name, c.features)
			}
		}
	}
}

// BenchmarkVarints is of lists of numbers whose lengths are at random, and of such with one length.
func BenchmarkVarints(b *testing.B) {
	const count = 20_000
	source, target := betweenGuards(b, 1<<18), betweenGuards(b, 1<<18)
	for _, v := range varintVariants() {
		if !HostFeatures().Has(v.features) {
			continue
		}
		k, code := varintKindOf(v.op), linkVarints(b, v.code)
		for _, lengths := range varintLengths {
			random := rand.New(rand.NewPCG(9, 0))
			numbers := make([]int64, count)
			for n := range numbers {
				numbers[n] = k.numberOf(random, lengths)
			}
			from := k.elements(numbers)
			if k.decodes {
				from = k.encodeRun(v.op, numbers, count, 1<<18).want
			}
			copy(source, from)
			a := &varintArguments{to: addressOf(target), from: addressOf(source), count: count}
			a.end = a.to + uintptr(len(target))
			if k.decodes {
				a.end = a.from + uintptr(len(source))
			}
			b.Run(fmt.Sprintf("%s/%s", v.name, lengths), func(b *testing.B) {
				for b.Loop() {
					run := *a
					nativetest.Call(code, unsafe.Pointer(&run))
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/count, "ns/element")
			})
		}
	}
}
