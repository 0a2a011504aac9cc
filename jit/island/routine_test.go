//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire/fuzz/guard"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/compile"
)

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
	if err := runs(); err != nil {
		t.Fatal(err)
	}
	pages := bulkPages{guard.New(t, 4096), guard.New(t, 4096)}
	for _, op := range ir.BulkOps(ir.Bulk.Copies) { // TestNativeAgainstInterpreter runs those of varints
		for name, features := range bulkFeatures() {
			t.Run(fmt.Sprintf("%s/%s", op, name), func(t *testing.T) {
				p := compileBulk(t, op, features)
				for count := range 301 {
					pages.check(t, p, op, count)
				}
				t.Logf("ran natively on this processor, with [%v]", features)
			})
		}
	}
}

func compileBulk(t *testing.T, op ir.Op, features compile.Features) *Program {
	t.Helper()
	u, err := compileFunctions([]*ir.Func{bulkProgram(t, op.String())}, nil, features)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.Segment.Free() })
	return &Program{entry: u.Entries[0]}
}

// TestBulkRoutineFails: what does not fit leaves native code with the Fail exit, from steps and from the elements that are
// too few for one.
func TestBulkRoutineFails(t *testing.T) {
	for name, features := range bulkFeatures() {
		p := compileBulk(t, ir.SwapNarrow64to32, features)
		for _, count := range []int{1, 3, 4, 7, 8, 9, 100} {
			from, to := make([]byte, 8*count), make([]byte, 4*count)
			if f := launchBulk(p, to, from, count); f.exit != uintptr(abi.Done) {
				t.Fatalf("%s: %d zeros leave with exit %d", name, count, f.exit)
			}
			for bad := range count {
				clear(from)
				from[8*bad+4] = 1
				if f := launchBulk(p, to, from, count); f.exit != uintptr(abi.Fail) {
					t.Fatalf("%s: element %d of %d leaves with exit %d", name, bad, count, f.exit)
				}
			}
		}
	}
}

// bulkPages are where the source and the target of a bulk op lie.
type bulkPages struct{ in, out *guard.Pages }

// check runs a bulk program with source and target at several distances from the inaccessible pages before and behind
// them.
func (g bulkPages) check(t *testing.T, p *Program, op ir.Op, count int) {
	t.Helper()
	source, want := bulkElements(op, count)
	for _, distance := range []int{0, 1, 13} { // the backend's tests have them all
		in, out := make([]byte, len(source)+distance), make([]byte, len(want)+distance)
		for name, buffers := range map[string][2][]byte{
			"end":   {g.in.AtEnd(in)[:len(source)], g.out.AtEnd(out)[:len(want)]},
			"start": {g.in.AtStart(in)[distance:], g.out.AtStart(out)[distance:]},
			"mixed": {g.in.AtEnd(in)[distance:], g.out.AtStart(out)[:len(want)]},
		} {
			from, to := buffers[0], buffers[1]
			clear(to)
			copy(from, source)
			runBulk(t, p, to, from, count)
			if string(to) != string(want) {
				t.Fatalf("%d elements, %s, distance %d: % x, want % x", count, name, distance, to, want)
			}
		}
	}
}

func runBulk(t *testing.T, p *Program, to, from []byte, count int) {
	t.Helper()
	f := launchBulk(p, to, from, count)
	if got, ok := doneWith(f); !ok || got != uintptr(count) {
		t.Fatalf("left with exit %d and %d", f.exit, got)
	}
}

func launchBulk(p *Program, to, from []byte, count int) *frame {
	c := &call{}
	s := newState()
	f := new(frame)
	s.prepare(f, p, c)
	f.arguments[0] = uintptr(unsafe.Pointer(unsafe.SliceData(to)))
	f.arguments[1] = uintptr(unsafe.Pointer(unsafe.SliceData(from)))
	f.arguments[2] = uintptr(count)
	launch(f, &s.cells, s.chunk.base, nil, nil, nil, nil, nil)
	runtime.KeepAlive([][]byte{to, from})
	runtime.KeepAlive(s)
	return f
}

// bulkElements returns count elements and what op makes of them, computed in the plainest way.
func bulkElements(op ir.Op, count int) (from, to []byte) {
	big, little := binary.BigEndian, binary.LittleEndian
	for range count {
		v := rand.Uint64()
		switch op {
		case ir.CopyBytes, ir.CopyASCII, ir.MoveUp:
			from, to = append(from, byte(v)), append(to, byte(v))
		case ir.CopyBools:
			b := byte(v % 4)
			from, to = append(from, b), append(to, map[byte]byte{1: 1}[b])
		case ir.SwapCopy16:
			from, to = big.AppendUint16(from, uint16(v)), little.AppendUint16(to, uint16(v))
		case ir.SwapCopy32:
			from, to = big.AppendUint32(from, uint32(v)), little.AppendUint32(to, uint32(v))
		case ir.SwapCopy64:
			from, to = big.AppendUint64(from, v), little.AppendUint64(to, v)
		case ir.SwapWiden32to64:
			from, to = big.AppendUint32(from, uint32(v)), little.AppendUint64(to, uint64(int32(v)))
		case ir.SwapNarrow64to32:
			from, to = little.AppendUint64(from, uint64(int32(v))), big.AppendUint32(to, uint32(v))
		default:
			panic("no elements for " + op.String())
		}
	}
	return from, to
}
