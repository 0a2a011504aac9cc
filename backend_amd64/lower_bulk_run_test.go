//go:build linux && amd64

package amd64

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/nativetest"
	"github.com/tagwire/tagwire/ir"
)

// bulkArguments are what the code of linkBulk takes. failed is made 1 if the routine fails.
type bulkArguments struct{ to, from, count, failed uintptr }

// linkBulk returns the address of code for nativetest.Call that runs a bulk routine with its bulkArguments.
func linkBulk(t testing.TB, routine *Function) uintptr {
	t.Helper()
	const arguments = R8 // no routine changes it
	load := NewFunction("load")
	load.Emit(MOV, W64, R(arguments), R(RAX))
	for n, p := range []PReg{bulkTo, bulkFrom, bulkCount} {
		load.Emit(MOV, W64, R(p), M(RAX.Reg(), int32(8*n)))
	}
	load.Emit(JMP, W64, Far(1))
	fail := NewFunction("fail")
	fail.Emit(MOV, W64, M(arguments.Reg(), int32(unsafe.Offsetof(bulkArguments{}.failed))), Imm(1))
	fail.Emit(RET, W64)
	linked, err := Link([]*Code{mustAssemble(t, load), mustAssemble(t, routine), mustAssemble(t, fail)})
	if err != nil {
		t.Fatal(err)
	}
	return nativetest.Executable(t, linked.Bytes)
}

// callBulk runs code of linkBulk. The addresses are of mapped memory, which Go neither moves nor frees.
func callBulk(code uintptr, to, from []byte, count int) (failed bool) {
	arguments := &bulkArguments{to: addressOf(to), from: addressOf(from), count: uintptr(count)}
	nativetest.Call(code, unsafe.Pointer(arguments))
	return arguments.failed != 0
}

func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// betweenGuards returns at least size bytes of memory: the byte before them and the byte behind them fault.
func betweenGuards(t testing.TB, size int) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	whole := (size + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, page+whole+page, syscall.PROT_NONE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	inside := memory[page : page+whole : page+whole]
	if err := syscall.Mprotect(inside, syscall.PROT_READ|syscall.PROT_WRITE); err != nil {
		t.Fatal(err)
	}
	return inside
}

// A bulkTrial is one variant with the memory that it works on.
type bulkTrial struct {
	*testing.T
	variant        bulkVariant
	code           uintptr
	source, target []byte
	runs           int
}

// position is where elements lie: shift bytes from the beginning of the memory, or their end shift bytes before its end.
type position struct {
	shift  int
	atEnd  bool
	length int
}

func (p position) begin(memory []byte) int {
	if p.atEnd {
		return len(memory) - p.shift - p.length
	}
	return p.shift
}

// check runs the routine on elements that are to be want, and looks at what lies around them.
func (r *bulkTrial) check(data, want []byte, count int, from, to position) {
	from.length, to.length = len(data), len(want)
	source := r.source[from.begin(r.source):][:len(data)]
	copy(source, data)
	begin := to.begin(r.target)
	first, end := max(0, begin-line), min(len(r.target), begin+len(want)+line)
	around := r.target[first:end]
	copy(around, canary)
	failed := callBulk(r.code, r.target[begin:], source, count)
	r.runs++
	got := r.target[begin:][:len(want)]
	if !failed && bytes.Equal(got, want) && bytes.Equal(r.target[first:begin], canary[:begin-first]) &&
		bytes.Equal(r.target[begin+len(want):end], canary[:end-begin-len(want)]) && bytes.Equal(source, data) {
		return
	}
	r.Fatalf("%s of %d from %+v to %+v: failed: %v, from byte %d to byte %d:\n got % x\nwant % x",
		r.variant.name, count, from, to, failed, begin-first, begin-first+len(want), around, want)
}

var canary = bytes.Repeat([]byte{0x5a}, 8*mostBulk+2*line)

// sweep runs the routine on count elements, from every alignment and to every alignment: behind the inaccessible page
// by every number of bytes below a line, and before one likewise, while the other side touches it, or is anywhere.
func (r *bulkTrial) sweep(count int, random *rand.Rand) {
	data := bulkSource(r.variant.op, count, random)
	want := plainBulk(r.variant.op, data)
	for shift := range line {
		for _, other := range []int{0, 1 + (7*shift+count)%(line-1)} {
			r.check(data, want, count, position{shift: shift}, position{shift: other})
			r.check(data, want, count, position{shift: other}, position{shift: shift})
			r.check(data, want, count, position{shift: shift, atEnd: true}, position{shift: other, atEnd: true})
			r.check(data, want, count, position{shift: other, atEnd: true}, position{shift: shift, atEnd: true})
		}
	}
	r.check(data, want, count, position{}, position{atEnd: true})
	r.check(data, want, count, position{atEnd: true}, position{})
}

// logNative says in the log which variants have run, on the processor and not in a simulator.
func logNative(t *testing.T, ran []bulkVariant) {
	for _, c := range bulkFeatures {
		var names []string
		for _, v := range ran {
			if v.features == c.features {
				names = append(names, v.name)
			}
		}
		if len(names) > 0 {
			t.Logf("ran natively on this processor, with [%v]: %s", c.features, strings.Join(names, " "))
		}
	}
}

// hostVariants are the variants that the host can run; the log says which it cannot.
func hostVariants(t testing.TB) (variants []bulkVariant) {
	for _, c := range bulkFeatures {
		if missing := c.features &^ HostFeatures(); missing != 0 {
			t.Logf("%s does not run here, which has no %v: TestBulkSimulated alone runs it", c.name, missing)
		}
	}
	for _, v := range bulkVariants() {
		if HostFeatures().Has(v.features) {
			variants = append(variants, v)
		}
	}
	return variants
}

// TestBulkOnTheProcessor runs each variant that the host can on each count, from and to each alignment.
func TestBulkOnTheProcessor(t *testing.T) {
	source, target := betweenGuards(t, 8*mostBulk+line), betweenGuards(t, 8*mostBulk+line)
	runs, ran := map[Features]int{}, []bulkVariant(nil)
	for _, v := range hostVariants(t) {
		r := &bulkTrial{T: t, variant: v, code: linkBulk(t, v.code), source: source, target: target}
		random := rand.New(rand.NewPCG(1, uint64(v.op)))
		for count := range mostBulk + 1 {
			r.sweep(count, random)
		}
		runs[v.features] += r.runs
		ran = append(ran, v)
	}
	logNative(t, ran)
	for _, c := range bulkFeatures {
		if want := (len(copyOps) + 1) * (mostBulk + 1) * (8*line + 2); HostFeatures().Has(c.features) && runs[c.features] != want {
			t.Errorf("%s ran %d times, not %d", c.name, runs[c.features], want)
		}
	}
}

// TestLongBulk goes beyond what every alignment was tried with.
func TestLongBulk(t *testing.T) {
	const most = 20_000
	source, target := betweenGuards(t, 8*most), betweenGuards(t, 8*most)
	var ran []bulkVariant
	for _, v := range hostVariants(t) {
		random := rand.New(rand.NewPCG(2, uint64(v.op)))
		code := linkBulk(t, v.code)
		for count := mostBulk; count <= most; count += 1 + random.IntN(2*count) {
			data := bulkSource(v.op, count, random)
			want := plainBulk(v.op, data)
			from, to := source[len(source)-len(data):], target[len(target)-len(want):]
			copy(from, data)
			if callBulk(code, to, from, count) || !bytes.Equal(to, want) {
				t.Fatalf("%s of %d goes wrong", v.name, count)
			}
		}
		ran = append(ran, v)
	}
	logNative(t, ran)
}

// TestNarrowRefuses: each element that is too large is found, wherever it is, and nothing beside the target is written.
func TestNarrowRefuses(t *testing.T) {
	source, target := betweenGuards(t, 8*mostBulk), betweenGuards(t, 4*mostBulk)
	var ran []bulkVariant
	for _, v := range hostVariants(t) {
		if v.op != ir.SwapNarrow64to32 {
			continue
		}
		code, random := linkBulk(t, v.code), rand.New(rand.NewPCG(3, 0))
		for count := 1; count <= mostBulk; count++ {
			from, to := source[len(source)-8*count:], target[len(target)-4*count:]
			copy(from, bulkSource(v.op, count, random))
			for bad := range count {
				for _, value := range []int64{tooLarge[(bad+count)%len(tooLarge)], tooLarge[bad%len(tooLarge)]} {
					saved := binary.LittleEndian.Uint64(from[8*bad:])
					binary.LittleEndian.PutUint64(from[8*bad:], uint64(value))
					before := target[max(0, len(target)-4*count-line) : len(target)-4*count]
					copy(before, canary)
					if !callBulk(code, to, from, count) {
						t.Fatalf("%s takes %#x as element %d of %d", v.name, value, bad, count)
					}
					if !bytes.Equal(before, canary[:len(before)]) {
						t.Fatalf("%s of %d writes before the target", v.name, count)
					}
					binary.LittleEndian.PutUint64(from[8*bad:], saved)
				}
			}
			if callBulk(code, to, from, count) {
				t.Fatalf("%s refuses %d elements that fit", v.name, count)
			}
		}
		ran = append(ran, v)
	}
	if len(ran) == 0 {
		t.Error("nothing ran")
	}
	logNative(t, ran)
}

// TestGuardsFault: the bytes around the memory of the other tests are out of reach.
func TestGuardsFault(t *testing.T) {
	memory := betweenGuards(t, 100)
	for _, address := range []uintptr{addressOf(memory) - 1, addressOf(memory) + uintptr(len(memory))} {
		// A system call reads the byte, and is refused where a load would fault.
		fds := make([]int, 2)
		if err := syscall.Pipe(fds); err != nil {
			t.Fatal(err)
		}
		_, _, errno := syscall.Syscall(syscall.SYS_WRITE, uintptr(fds[1]), address, 1)
		if errno != syscall.EFAULT {
			t.Errorf("the byte at %#x can be read: %v", address, errno)
		}
		syscall.Close(fds[0])
		syscall.Close(fds[1])
	}
}

// BenchmarkBulk is for choosing between the forms: of one count between equally aligned pages, of one that ends where both
// pages do, and of counts that no branch predictor learns.
func BenchmarkBulk(b *testing.B) {
	source, target := betweenGuards(b, 1<<17), betweenGuards(b, 1<<17)
	clear(source)
	for _, v := range hostVariants(b) {
		toSize, fromSize := bulkSizes(v.op)
		code := linkBulk(b, v.code)
		for _, count := range []int{0, 7, 16, 40, 200, 1000, 8192} {
			for _, atEnd := range []bool{false, true} {
				name, arguments := fmt.Sprintf("%s/%d", v.name, count), &bulkArguments{count: uintptr(count)}
				to, from := position{atEnd: atEnd, length: count * toSize}, position{atEnd: atEnd, length: count * fromSize}
				if atEnd {
					name += "-at-end"
				}
				arguments.to = addressOf(target) + uintptr(to.begin(target))
				arguments.from = addressOf(source) + uintptr(from.begin(source))
				b.Run(name, func(b *testing.B) {
					b.SetBytes(int64(count * fromSize))
					for b.Loop() {
						nativetest.Call(code, unsafe.Pointer(arguments))
					}
				})
			}
		}
		for _, most := range []int{15, 63} {
			b.Run(fmt.Sprintf("%s/bytes-to-%d", v.name, most), func(b *testing.B) {
				counts, random := make([]uintptr, 1<<16), rand.New(rand.NewPCG(5, 0))
				for n := range counts {
					counts[n] = uintptr(random.IntN(most+1) / fromSize)
				}
				arguments := &bulkArguments{to: addressOf(target), from: addressOf(source)}
				for n := 0; b.Loop(); n++ {
					arguments.count = counts[n%len(counts)]
					nativetest.Call(code, unsafe.Pointer(arguments))
				}
			})
		}
	}
}
