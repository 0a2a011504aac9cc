package thriftbinary

import (
	"slices"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// Runs are scalar fields with ids one after the other that every value has. What a run is on the wire is known but for its
// values: a template. It is written, or compared and read, by vector instructions.

// The smallest run that is worth it, in fields, and the largest ones, in bytes on the wire. A decoder reads all of a run in the
// ordinary way if any header in it is not the expected one.
const (
	shortestRun   = 8
	mostWritten   = ir.MaxTemplateBytes
	mostExpected  = 1024
	leastArranged = 16 // bytes that lie one behind the other in memory, so that they are read by vectors
)

// inRun reports whether a field can be in a run, if every value has it.
func inRun(f *schema.Field) bool { return build.IsScalar(f.Type) && !f.Type.Pointer }

// fieldBytes returns what a field takes on the wire, if it can be in a run.
func fieldBytes(f *schema.Field) int64 { return thriftbinary.FieldHeaderSize + smallestWire(f.Type) }

// findRun returns how many fields from first on, with most bytes, are a run, of those that is says can be; 0 if they are too few.
func findRun(fields []schema.Field, first int, most int64, is func(*schema.Field) bool) int {
	n, bytes := 0, int64(0)
	for first+n < len(fields) && is(&fields[first+n]) {
		if bytes += fieldBytes(&fields[first+n]); bytes > most {
			break
		}
		n++
	}
	if n < shortestRun {
		return 0
	}
	return n
}

// header appends the header of a field.
func header(t ir.Template, f *schema.Field) ir.Template {
	return t.Constant(byte(wireOf(f.Type)), byte(f.ID>>8), byte(f.ID))
}

// value appends the value of a field that is in the source, in memory or on the wire.
func value(t ir.Template, of *schema.Type, from int64) ir.Template {
	if n := int(smallestWire(of)); n > 1 {
		return t.Reversed(from, n)
	}
	return t.Forward(from, 1)
}

// Run writes the fields of a run. The low half of an enum is what is written of it, after a check.
func (e encoder) Run(s *schema.StructType, first int, p build.MemRef) int {
	n := findRun(s.Fields, first, mostWritten, func(f *schema.Field) bool { return inRun(f) && e.IsWritten(s, f) })
	if n == 0 {
		return 0
	}
	var t ir.Template
	for i := first; i < first+n; i++ {
		f := &s.Fields[i]
		if f.Type.Kind == schema.Enum {
			at := p.Field(f)
			e.Narrow(e.LoadSource(ir.Load64, at.Base, at.Offset))
		}
		t = value(header(t, f), f.Type, int64(f.Offset))
	}
	at := e.Take(int64(t.Len()))
	e.Arrange(e.PtrAdd(e.Out, at), e.AddressOf(p), t)
	return n
}

// findWholes returns for each field that begins a run, which is expected as a whole, the number of fields in it; 0 for others.
func (d *decoder) findWholes() []int {
	wholes := make([]int, len(d.S.Fields))
	for i := 0; i < len(wholes); {
		wholes[i] = findRun(d.S.Fields, i, mostExpected, d.expectable)
		i += max(1, wholes[i])
	}
	return wholes
}

// expectWhole is the block that expects n fields from field i on, all headers in one comparison; else they are expected in
// ordinary, where it is found out what there is instead. Bools that are neither 0 nor 1 go there too.
func (d *decoder) expectWhole(i, n int, ordinary *ir.Block) {
	d.SetBlock(d.expecting[i])
	p := d.At(d.expecting[i])
	var t ir.Template
	places := make([]place, 0, n)
	for k := i; k < i+n; k++ {
		f := &d.S.Fields[k]
		t = header(t, f)
		places = append(places, place{f, int64(t.Len())})
		if f.Type.Kind == schema.Bool {
			t = t.Bools(1)
		} else {
			t = t.Any(int(smallestWire(f.Type)))
		}
	}
	total := int64(t.Len())
	long, hit := d.NewBlock(), d.NewBlock()
	d.Branch(ir.SLT, d.PtrDiff(d.End, p.In), d.Const(ir.I64, total), p.To(ordinary), ir.To(long))
	d.SetBlock(long)
	d.Branch(ir.Ne, d.MatchSource(p.In, t), d.Const(ir.I32, 0), ir.To(hit), p.To(ordinary))
	d.SetBlock(hit)
	d.readPlaces(p.In, places)
	for k := i; k < i+n; k++ {
		p = d.Saw(p, k)
	}
	d.GoTo(p.From(d.PtrAdd(p.In, total)), d.after(i+n-1))
}

// A place is where the value of a field lies on the wire, from the start of a run.
type place struct {
	field  *schema.Field
	offset int64
}

// readPlaces stores the values of a run. Those that lie one behind the other in memory are stored together; nothing between
// fields is written. Enums are wider in memory.
func (d *decoder) readPlaces(in *ir.Value, places []place) {
	slices.SortFunc(places, func(a, b place) int { return int(a.field.Offset) - int(b.field.Offset) })
	for len(places) > 0 {
		n, end := 0, places[0].field.Offset
		var t ir.Template
		for ; n < len(places) && places[n].field.Offset == end && places[n].field.Type.Kind != schema.Enum; n++ {
			f := places[n].field
			t, end = value(t, f.Type, places[n].offset), end+f.Type.Go.Size()
		}
		if n > 0 && t.Len() >= leastArranged {
			d.Arrange(d.PtrAdd(d.Value, int64(places[0].field.Offset)), in, t)
		} else {
			n = max(n, 1)
			for _, at := range places[:n] {
				d.readPlace(in, at)
			}
		}
		places = places[n:]
	}
}

// readPlace stores one value. A bool is known to be 0 or 1.
func (d *decoder) readPlace(in *ir.Value, at place) {
	kind := at.field.Type.Kind
	if kind == schema.Bool {
		kind = schema.I8
	}
	op, v := loadScalar(d.Builder, kind, in, at.offset)
	d.Store(op, d.Value, int64(at.field.Offset), v)
}
