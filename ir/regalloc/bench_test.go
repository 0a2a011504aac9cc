package regalloc

import (
	"fmt"
	"testing"
)

// decoder returns a function of the shape of a struct decoder with that many fields: a hot path of checks, loads and
// stores that keeps target, cursor, end and base, and for each field a cold way around with an exit; every eighth field
// has a loop over elements.
func decoder(fields int) *Function {
	f := &Function{}
	t := newTestTarget(13, 16, true)
	f.Reset(t)
	d := &decoderBuilder{f: f, all: t.allRegisters(), fields: fields}
	value := func() VReg { return f.NewValue(0) }
	d.target, d.cursor, d.end, d.base = value(), value(), value(), value()
	f.StartBlock(false)
	f.Add(0, DefIn(d.target, 0), DefIn(d.cursor, 1), DefIn(d.end, 2), DefIn(d.base, 3))
	for n := range fields {
		d.field(n)
	}
	f.Add(0, Use(d.cursor))
	for _, c := range d.cold {
		c()
	}
	f.StartBlock(true)
	f.Add(0)
	for _, e := range d.failures {
		f.Edges[e].To = int32(len(f.Blocks) - 1)
	}
	return f
}

type decoderBuilder struct {
	f                         *Function
	all                       RegSet
	fields                    int
	target, cursor, end, base VReg
	cold                      []func()
	failures                  []int
}

// failIf ends a block with a branch to failure and starts the next.
func (d *decoderBuilder) failIf(uses ...Operand) {
	d.f.Add(0, uses...)
	d.f.AddEdge(len(d.f.Blocks))
	d.failures = append(d.failures, len(d.f.Edges))
	d.f.AddEdge(0)
	d.f.StartBlock(false)
}

func (d *decoderBuilder) field(n int) {
	f := d.f
	room := f.NewValue(0)
	f.Add(0, Def(room), Use(d.end), Use(d.cursor))
	d.failIf(Use(room))
	header := f.NewValue(0)
	f.Add(0, Def(header), Use(d.cursor))
	next := d.detour(header)
	value, swapped := f.NewValue(0), f.NewValue(0)
	f.Add(0, Def(value), Use(next))
	f.Add(0, DefTied(swapped, 1), Use(value))
	f.Add(0, Use(d.target), Use(swapped))
	d.cursor = f.NewValue(0)
	f.Add(0, DefTied(d.cursor, 1), Use(next))
	if n%8 == 7 {
		d.loop(swapped)
	}
}

// detour branches on the header to a cold block with an exit, and joins again. It returns the cursor behind it.
func (d *decoderBuilder) detour(header VReg) VReg {
	f := d.f
	f.Add(0, Use(header))
	f.AddEdge(len(f.Blocks))
	exitEdge := len(f.Edges)
	f.AddEdge(0)
	f.StartBlock(false)
	f.Add(0)
	join, next := len(f.Blocks), f.NewValue(0)
	f.AddEdge(join, d.cursor)
	f.StartBlock(false, next)
	cursor := d.cursor
	d.cold = append(d.cold, func() {
		f.Edges[exitEdge].To = int32(f.StartBlock(true))
		moved := f.NewValue(0)
		f.Add(d.all, DefIn(moved, 0), UseIn(cursor, 0), UseIn(header, 1))
		f.Add(0, Use(d.base))
		f.Add(0)
		f.AddEdge(join, moved)
	})
	return next
}

func (d *decoderBuilder) loop(count VReg) {
	f := d.f
	cursor, left := f.NewValue(0), f.NewValue(0)
	f.Add(0)
	header := len(f.Blocks)
	f.AddEdge(header, d.cursor, count)
	f.StartBlock(false, cursor, left)
	room, element := f.NewValue(0), f.NewValue(0)
	f.Add(0, Def(room), Use(d.end), Use(cursor))
	d.failIf(Use(room))
	f.Add(0, Def(element), Use(cursor))
	f.Add(0, Use(d.target), Use(element))
	nextCursor, nextLeft := f.NewValue(0), f.NewValue(0)
	f.Add(0, DefTied(nextCursor, 1), Use(cursor))
	f.Add(0, DefTied(nextLeft, 1), Use(left))
	f.Add(0, Use(nextLeft))
	latch := len(f.Blocks)
	f.AddEdge(latch)
	f.AddEdge(latch + 1)
	f.StartBlock(false)
	f.Add(0)
	f.AddEdge(header, nextCursor, nextLeft)
	f.StartBlock(false)
	d.cursor = nextCursor
}

// TestHotPathOfDecoder demands that the hot blocks of a decoder hold nothing but its own instructions.
func TestHotPathOfDecoder(t *testing.T) {
	f := decoder(40)
	result := allocateChecked(t, f)
	for b := range f.Blocks {
		if f.Blocks[b].Cold {
			continue
		}
		for n, s := range result.BlockSteps(b) {
			if s.Kind != Original {
				t.Errorf("block%d: step %d: %s", b, n, result.stepText(f, &s))
			}
		}
	}
}

func BenchmarkAllocate(b *testing.B) {
	for _, fields := range []int{16, 140, 1400} {
		f := decoder(fields)
		b.Run(fmt.Sprintf("instructions=%d", len(f.Instructions)), func(b *testing.B) {
			var a Allocator
			b.ReportAllocs()
			for range b.N {
				a.Allocate(f)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(f.Instructions)), "ns/instruction")
		})
	}
}

func BenchmarkAllocateRandom(b *testing.B) {
	f := generate(seeded(11), 2000)
	var a Allocator
	b.ReportAllocs()
	for range b.N {
		a.Allocate(f)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(f.Instructions)), "ns/instruction")
}
