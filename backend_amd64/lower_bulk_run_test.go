//go:build linux && amd64

package amd64

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"unsafe"
)

// bulkCode returns the address of code for callNative that runs a bulk copy with its bulkArguments.
func bulkCode(t testing.TB, element Width, available Features) uintptr {
	t.Helper()
	return codeWithArguments(t, bulkFunction("run", element, available))
}

// codeWithArguments returns the address of code that loads bulkArguments and goes on with f.
func codeWithArguments(t testing.TB, f *Function) uintptr {
	t.Helper()
	load := &Function{Name: "load"}
	for n, p := range []PReg{BulkTo, BulkFrom, BulkCount} {
		load.Emit(MOV, W64, R(p), M(RAX.Reg(), int32(8*n)))
	}
	load.Emit(ALIGN, W64, Imm(FunctionAlign))
	code := mustAssemble(t, load).Bytes
	return executable(t, append(code, mustAssemble(t, f).Bytes...))
}

type bulkArguments struct{ to, from, count uintptr }

// beforeGuard returns memory that ends where the next byte faults.
func beforeGuard(t testing.TB, size int) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	whole := (size + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, whole+page, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mprotect(memory[whole:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	return memory[whole-size : whole : whole]
}

// TestBulkCopies runs each form that the host has, on counts around all sizes of vectors, with source and target
// at the end of their memory, and at its beginning plus a few bytes; what lies around the target must stay.
func TestBulkCopies(t *testing.T) {
	const most = 700
	random := rand.New(rand.NewPCG(1, 2))
	source, target := beforeGuard(t, most*8+64), beforeGuard(t, most*8+64)
	for n := range source {
		source[n] = byte(random.Uint32())
	}
	ran := 0
	for _, c := range bulkFeatures {
		if !HostFeatures().Has(c.features) {
			continue
		}
		check := func(name string, code uintptr, size int) {
			for count := 0; count <= most; count++ {
				for _, shift := range []int{0, 1, 13} {
					from := source[len(source)-count*size-shift:][:count*size]
					checkBulk(t, fmt.Sprintf("%s, %s, %d elements", name, c.name, count), code, size, target, from, shift)
				}
				ran++
			}
		}
		for _, element := range []Width{W8, W16, W32, W64} {
			check(bulkName(element), bulkCode(t, element, c.features), element.Bytes())
		}
		check("short copy", codeWithArguments(t, shortCopyFunction(c.features)), 1)
	}
	if ran == 0 {
		t.Error("nothing ran")
	}
}

func checkBulk(t *testing.T, name string, code uintptr, size int, target, from []byte, shift int) {
	t.Helper()
	for n := range target {
		target[n] = 0x5a
	}
	want := slices.Clone(target)
	begin := len(target) - len(from) - shift
	for n := 0; n < len(from); n += size {
		copy(want[begin+n:], from[n:n+size])
		slices.Reverse(want[begin+n : begin+n+size])
	}
	// The addresses are of mapped memory, which Go neither moves nor frees.
	arguments := &bulkArguments{to: addressOf(target) + uintptr(begin), from: addressOf(from), count: uintptr(len(from) / size)}
	callNative(code, unsafe.Pointer(arguments))
	if !bytes.Equal(target, want) {
		t.Fatalf("%s, %d bytes before the end: got\n% x\nwant\n% x", name, shift, target[begin:], want[begin:])
	}
}

func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// BenchmarkBulk is for choosing between the forms.
func BenchmarkBulk(b *testing.B) {
	source, target := beforeGuard(b, 1<<16), beforeGuard(b, 1<<16)
	for _, element := range []Width{W8, W64} {
		for _, c := range bulkFeatures {
			for _, bytes := range []int{16, 40, 64, 200, 4096, 65536} {
				if !HostFeatures().Has(c.features) {
					continue
				}
				code := bulkCode(b, element, c.features)
				arguments := &bulkArguments{to: addressOf(target), from: addressOf(source), count: uintptr(bytes / element.Bytes())}
				b.Run(fmt.Sprintf("%s/%s/%d", bulkName(element), c.name, bytes), func(b *testing.B) {
					b.SetBytes(int64(bytes))
					for b.Loop() {
						callNative(code, unsafe.Pointer(arguments))
					}
				})
			}
		}
	}
}
