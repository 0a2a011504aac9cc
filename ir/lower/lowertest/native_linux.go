package lowertest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire/ir"
)

// BetweenGuards returns at least size bytes of memory: the byte before them and the byte behind them fault.
func BetweenGuards(t testing.TB, size int) []byte {
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

// AddressOf returns where bytes are, which are in mapped memory.
func AddressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// A Position is where elements lie: Shift bytes from the beginning of the memory, or their end Shift bytes before its end.
type Position struct {
	Shift  int
	AtEnd  bool
	Length int
}

// Begin returns the index of the first byte.
func (p Position) Begin(memory []byte) int {
	if p.AtEnd {
		return len(memory) - p.Shift - p.Length
	}
	return p.Shift
}

var canary = bytes.Repeat([]byte{0x5a}, 8*MostBulk+2*Line)

// bulkTrial is one routine with the memory that it works on.
type bulkTrial struct {
	*testing.T
	*Routine
	source, target []byte
	runs           int
}

// check runs the routine on elements that are to be want, and looks at what lies around them.
func (r *bulkTrial) check(data, want []byte, count int, from, to Position) {
	from.Length, to.Length = len(data), len(want)
	source := r.source[from.Begin(r.source):][:len(data)]
	copy(source, data)
	begin := to.Begin(r.target)
	first, end := max(0, begin-Line), min(len(r.target), begin+len(want)+Line)
	around := r.target[first:end]
	copy(around, canary)
	failed := r.Call(r.target[begin:], source, count)
	r.runs++
	got := r.target[begin:][:len(want)]
	if !failed && bytes.Equal(got, want) && bytes.Equal(r.target[first:begin], canary[:begin-first]) &&
		bytes.Equal(r.target[begin+len(want):end], canary[:end-begin-len(want)]) && bytes.Equal(source, data) {
		return
	}
	r.Fatalf("%s of %d from %+v to %+v: failed: %v, from byte %d to byte %d:\n got % x\nwant % x",
		r.Routine.Name, count, from, to, failed, begin-first, begin-first+len(want), around, want)
}

// sweep runs the routine on count elements, from every alignment and to every alignment: behind the inaccessible page
// by every number of bytes below a line, and before one likewise, while the other side touches it, or is anywhere.
func (r *bulkTrial) sweep(count int, random *rand.Rand) {
	data := bulkSource(r.Op, count, random)
	want := plainBulk(r.Op, data)
	for shift := range Line {
		for _, other := range []int{0, 1 + (7*shift+count)%(Line-1)} {
			r.check(data, want, count, Position{Shift: shift}, Position{Shift: other})
			r.check(data, want, count, Position{Shift: other}, Position{Shift: shift})
			r.check(data, want, count, Position{Shift: shift, AtEnd: true}, Position{Shift: other, AtEnd: true})
			r.check(data, want, count, Position{Shift: other, AtEnd: true}, Position{Shift: shift, AtEnd: true})
		}
	}
	r.check(data, want, count, Position{}, Position{AtEnd: true})
	r.check(data, want, count, Position{AtEnd: true}, Position{})
}

// CheckOnTheProcessor runs each routine on each count, from and to each alignment.
func CheckOnTheProcessor(t *testing.T, routines []Routine) {
	t.Helper()
	source, target := BetweenGuards(t, 8*MostBulk+Line), BetweenGuards(t, 8*MostBulk+Line)
	for n := range routines {
		r := &bulkTrial{T: t, Routine: &routines[n], source: source, target: target}
		random := rand.New(rand.NewPCG(1, uint64(r.Op)))
		for count := range MostBulk + 1 {
			r.sweep(count, random)
		}
		if want := (MostBulk + 1) * (8*Line + 2); r.runs != want {
			t.Errorf("%s ran %d times, not %d", r.Routine.Name, r.runs, want)
		}
	}
}

// CheckLong goes beyond what every alignment was tried with.
func CheckLong(t *testing.T, routines []Routine) {
	t.Helper()
	const most = 20_000
	source, target := BetweenGuards(t, 8*most), BetweenGuards(t, 8*most)
	for n := range routines {
		r := &routines[n]
		random := rand.New(rand.NewPCG(2, uint64(r.Op)))
		for count := MostBulk; count <= most; count += 1 + random.IntN(2*count) {
			data := bulkSource(r.Op, count, random)
			want := plainBulk(r.Op, data)
			from, to := source[len(source)-len(data):], target[len(target)-len(want):]
			copy(from, data)
			if r.Call(to, from, count) || !bytes.Equal(to, want) {
				t.Fatalf("%s of %d goes wrong", r.Name, count)
			}
		}
	}
}

// CheckRefuses: each element that is too large for a routine that narrows is found, wherever it is, and nothing beside the
// target is written.
func CheckRefuses(t *testing.T, routines []Routine) {
	t.Helper()
	source, target := BetweenGuards(t, 8*MostBulk), BetweenGuards(t, 4*MostBulk)
	ran := 0
	for n := range routines {
		r := &routines[n]
		if r.Op != ir.SwapNarrow64to32 {
			continue
		}
		ran++
		random := rand.New(rand.NewPCG(3, 0))
		for count := 1; count <= MostBulk; count++ {
			from, to := source[len(source)-8*count:], target[len(target)-4*count:]
			copy(from, bulkSource(r.Op, count, random))
			for bad := range count {
				for _, value := range []int64{TooLarge[(bad+count)%len(TooLarge)], TooLarge[bad%len(TooLarge)]} {
					saved := binary.LittleEndian.Uint64(from[8*bad:])
					binary.LittleEndian.PutUint64(from[8*bad:], uint64(value))
					before := target[max(0, len(target)-4*count-Line) : len(target)-4*count]
					copy(before, canary)
					if !r.Call(to, from, count) {
						t.Fatalf("%s takes %#x as element %d of %d", r.Name, value, bad, count)
					}
					if !bytes.Equal(before, canary[:len(before)]) {
						t.Fatalf("%s of %d writes before the target", r.Name, count)
					}
					binary.LittleEndian.PutUint64(from[8*bad:], saved)
				}
			}
			if r.Call(to, from, count) {
				t.Fatalf("%s refuses %d elements that fit", r.Name, count)
			}
		}
	}
	if ran == 0 {
		t.Error("nothing ran")
	}
}

// CheckGuards: the bytes around the memory of the other checks are out of reach.
func CheckGuards(t *testing.T) {
	t.Helper()
	memory := BetweenGuards(t, 100)
	for _, address := range []uintptr{AddressOf(memory) - 1, AddressOf(memory) + uintptr(len(memory))} {
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

// BenchmarkRoutines is for choosing between forms: of one count between equally aligned pages, of one that ends where both
// pages do, and of counts that no branch predictor learns.
func BenchmarkRoutines(b *testing.B, routines []Routine) {
	source, target := BetweenGuards(b, 1<<17), BetweenGuards(b, 1<<17)
	clear(source)
	for n := range routines {
		r := &routines[n]
		toSize, fromSize := bulkSizes(r.Op)
		for _, count := range []int{0, 7, 16, 40, 200, 1000, 8192} {
			for _, atEnd := range []bool{false, true} {
				name := fmt.Sprintf("%s/%d", r.Name, count)
				to, from := Position{AtEnd: atEnd, Length: count * toSize}, Position{AtEnd: atEnd, Length: count * fromSize}
				if atEnd {
					name += "-at-end"
				}
				b.Run(name, func(b *testing.B) {
					b.SetBytes(int64(count * fromSize))
					for b.Loop() {
						r.Call(target[to.Begin(target):], source[from.Begin(source):], count)
					}
				})
			}
		}
		for _, most := range []int{15, 63} {
			b.Run(fmt.Sprintf("%s/bytes-to-%d", r.Name, most), func(b *testing.B) {
				counts, random := make([]int, 1<<16), rand.New(rand.NewPCG(5, 0))
				for n := range counts {
					counts[n] = random.IntN(most+1) / fromSize
				}
				for n := 0; b.Loop(); n++ {
					r.Call(target, source, counts[n%len(counts)])
				}
			})
		}
	}
}
