package jit

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"unsafe"

	amd64 "github.com/tagwire/tagwire/backend_amd64"
	"github.com/tagwire/tagwire/fuzz/guard"
	"github.com/tagwire/tagwire/ir"
)

// bulkFeatures are the sets of processor features for which the bulk routines differ.
func bulkFeatures() map[string]amd64.Features {
	host := amd64.HostFeatures()
	return map[string]amd64.Features{
		"baseline": 0,
		"ssse3":    host & amd64.HasSSSE3,
		"avx":      host & (amd64.HasSSSE3 | amd64.HasAVX),
		"avx2":     host & (amd64.HasSSSE3 | amd64.HasAVX | amd64.HasAVX2),
		"host":     host,
	}
}

// bulkProgram is a function of target, source and count that does one bulk op.
func bulkProgram(t *testing.T, op string) *ir.Func {
	t.Helper()
	f, err := ir.Parse("func @bulk(v0:ptr, v1:ptr, v2:i64) -> (i64) {\nb0:\n\t" + op + " v0, v1, v2\n\tReturn v2\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestBulkRoutines(t *testing.T) {
	if err := Available(); err != nil {
		t.Fatal(err)
	}
	pages := bulkPages{guard.New(t, 4096), guard.New(t, 4096)}
	for op, size := range map[string]int{"CopyBytes": 1, "SwapCopy16": 2, "SwapCopy32": 4, "SwapCopy64": 8} {
		for name, features := range bulkFeatures() {
			t.Run(fmt.Sprintf("%s/%s", op, name), func(t *testing.T) {
				u, err := (&compilation{functions: []*ir.Func{bulkProgram(t, op)}, entered: []int{0}}).compileAMD64(features)
				if err != nil {
					t.Fatal(err)
				}
				defer u.segment.Free()
				p := &program{entry: u.entries[0]}
				for count := range 301 {
					pages.check(t, p, size, count)
				}
			})
		}
	}
}

// bulkPages are where the source and the target of a bulk op lie.
type bulkPages struct{ in, out *guard.Pages }

// check runs a bulk program with source and target at several distances from the inaccessible pages before and behind
// them.
func (g bulkPages) check(t *testing.T, p *program, size, count int) {
	t.Helper()
	n := size * count
	source := make([]byte, n)
	for i := range source {
		source[i] = byte(rand.Uint32())
	}
	want := swapped(source, size)
	for distance := range 9 {
		room := make([]byte, n+distance)
		for name, places := range map[string][2][]byte{
			"end":   {g.in.AtEnd(room)[:n], g.out.AtEnd(room)[:n]},
			"start": {g.in.AtStart(room)[distance:], g.out.AtStart(room)[distance:]},
			"mixed": {g.in.AtEnd(room)[distance:], g.out.AtStart(room)[:n]},
		} {
			from, to := places[0], places[1]
			clear(to)
			copy(from, source)
			runBulk(t, p, to, from, count)
			if string(to) != string(want) {
				t.Fatalf("%d elements, %s, distance %d: % x, want % x", count, name, distance, to, want)
			}
		}
	}
}

func runBulk(t *testing.T, p *program, to, from []byte, count int) {
	t.Helper()
	c := &call{}
	s := newState()
	f := new(frame)
	s.prepare(f, p, c)
	f.arguments[0] = uintptr(unsafe.Pointer(unsafe.SliceData(to)))
	f.arguments[1] = uintptr(unsafe.Pointer(unsafe.SliceData(from)))
	f.arguments[2] = uintptr(count)
	launch(f, &s.cells, s.chunk.base, nil)
	runtime.KeepAlive(s)
	if got, ok := doneWith(f); !ok || got != uintptr(count) {
		t.Fatalf("left with exit %d and %d", f.exit, got)
	}
}

// swapped returns the bytes of each element reversed, done in the plainest way.
func swapped(source []byte, size int) []byte {
	var out []byte
	for i := 0; i < len(source); i += size {
		switch size {
		case 1:
			out = append(out, source[i])
		case 2:
			out = binary.LittleEndian.AppendUint16(out, binary.BigEndian.Uint16(source[i:]))
		case 4:
			out = binary.LittleEndian.AppendUint32(out, binary.BigEndian.Uint32(source[i:]))
		case 8:
			out = binary.LittleEndian.AppendUint64(out, binary.BigEndian.Uint64(source[i:]))
		}
	}
	return out
}
