package build

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// A DecodeBody builds a function that reads the fields of one struct. The format finds out which field comes next. FieldValue
// reads the value of a field that the struct has; Skip steps over any other, and Keep keeps it.
type DecodeBody struct {
	*body
	S          *schema.StructType
	Value, End *ir.Value
	// bits numbers the required fields from 0; -1 for the others. masks are the bits of all of them, by word.
	bits  []int
	masks []int64
	// words is where the bits are if they are too many for registers; nil if they are not.
	words *ir.Value
	items DecodeItems
}

// DecodeItems is what a wire format reads.
type DecodeItems interface {
	// Fields reads the fields from in on, and returns the finished function.
	Fields(in *ir.Value) *ir.Func
	// KeepExit is the exit that keeps a run of unknown fields. KeptTypes are the types of its arguments after the slot, the start
	// and the length; see Keep.
	KeptTypes() []ir.Type
	KeepExit() abi.ExitCode
	// Scalar reads a scalar into p, or into a new target of the pointer at p, and returns where it ends.
	Scalar(t *schema.Type, p MemRef, in *ir.Value) *ir.Value
	// Length reads the length of a text, and returns where the text begins. The length may be more than what is left of the input.
	Length(in *ir.Value) (length, source *ir.Value)
	// List reads the header of a list or set. SomeElements, which is called if there are elements, checks their type and that
	// the input is long enough for count of them, and returns the fewest bytes that they can take.
	List(in *ir.Value) (count, first *ir.Value)
	SomeElements(t *schema.Type, in, count, first *ir.Value) (bytes *ir.Value)
	// Scalars reads the elements of a list that has only scalars into the slot at p.
	Scalars(t *schema.Type, p MemRef, first, count, bytes *ir.Value) (after *ir.Value)
	// EntryCount reads the number of a map's entries; next is where an empty map ends. SomeEntries, which is called if there are
	// entries, reads the rest of the header, and returns where the first entry begins.
	EntryCount(in *ir.Value) (count, next *ir.Value)
	SomeEntries(t *schema.Type, in, count, next *ir.Value) (first *ir.Value)
}

// mostWords bounds the words of bits of required fields that are kept in registers.
const mostWords = 4

// A Progress is what the blocks of a DecodeBody pass on: where to read next, the bits of required fields seen, and, if the
// struct keeps unknown fields, where those that were skipped last begin and end.
type Progress struct {
	In   *ir.Value
	seen []*ir.Value
	kept []*ir.Value
}

// At returns the progress in the parameters of a block.
func (d *DecodeBody) At(b *ir.Block) Progress {
	p, n := Progress{In: b.Params[0]}, 1
	if len(d.masks) <= mostWords {
		n += len(d.masks)
	}
	p.seen = b.Params[1:n]
	if d.S.HasUnknown && len(b.Params) > n { // else nothing is kept there; see SettledBlock
		p.kept = b.Params[n : n+2+len(d.items.KeptTypes())]
	}
	return p
}

// From returns p with another position in the input.
func (p Progress) From(in *ir.Value) Progress { return Progress{in, p.seen, p.kept} }

// To returns the edge to b that passes p on.
func (p Progress) To(b *ir.Block) ir.Edge {
	values := append([]*ir.Value{p.In}, p.seen...)
	return ir.To(b, append(values, p.kept...)...)
}

// GoTo ends the block, and passes p on to another.
func (d *DecodeBody) GoTo(p Progress, to *ir.Block) {
	edge := p.To(to)
	d.Jump(edge.To, edge.Args...)
}

// buildDecode makes the function (value, in, end) -> in that reads the fields of a struct, and its STOP, into value, which is
// not nil.
func buildDecode(translator *Translator, s *schema.StructType, of Items) *ir.Func {
	d := NewDecodeBody(translator, s, "")
	d.Use(of.DecodeItems(d))
	return d.items.Fields(d.Param(1))
}

// NewDecodeBody begins the function (value, in, end) -> in of s, or a variant of it, which has further parameters.
func NewDecodeBody(translator *Translator, s *schema.StructType, variant string, further ...ir.Type) *DecodeBody {
	params := append([]ir.Type{ir.Ptr, ir.Ptr, ir.Ptr}, further...)
	d := &DecodeBody{body: newBody(translator, s, variant, params, []ir.Type{ir.Ptr}), S: s}
	d.Value, d.End = d.Param(0), d.Param(2)
	d.numberRequired()
	return d
}

// Use sets what the format reads.
func (d *DecodeBody) Use(items DecodeItems) { d.items = items }

func (d *DecodeBody) numberRequired() {
	d.bits = make([]int, len(d.S.Fields))
	n := 0
	for i := range d.S.Fields {
		d.bits[i] = -1
		if d.S.Fields[i].Requiredness == schema.RequiredField {
			d.bits[i] = n
			if n%64 == 0 {
				d.masks = append(d.masks, 0)
			}
			d.masks[n/64] |= 1 << (n % 64)
			n++
		}
	}
}

// Saw notes that field i was there, if it is required.
func (d *DecodeBody) Saw(p Progress, i int) Progress {
	switch n := d.bits[i]; {
	case n < 0:
	case d.words != nil:
		word := int64(n / 64 * WordBytes)
		d.Store(ir.Store64, d.words, word, d.SetBit(d.Load(ir.Load64, d.words, word), n%64))
	default:
		p.seen = append([]*ir.Value(nil), p.seen...)
		p.seen[n/64] = d.SetBit(p.seen[n/64], n%64)
	}
	return p
}

// FinishAt ends the function where p is at the bytes that end the fields, n of them.
func (d *DecodeBody) FinishAt(p Progress, bytes int64) *ir.Func {
	for word, mask := range d.masks {
		seen := d.words
		if seen == nil {
			seen = p.seen[word]
		} else {
			seen = d.Load(ir.Load64, seen, int64(word)*WordBytes)
		}
		d.FailIf(ir.Ne, seen, d.Const(ir.I64, mask))
	}
	if p.kept != nil {
		d.KeepLast(p)
	}
	return d.Done(d.PtrAdd(p.In, bytes))
}

// ProgressBlock makes a block whose parameters are the progress, followed by values of further types.
func (d *DecodeBody) ProgressBlock(further ...ir.Type) *ir.Block {
	return d.NewBlock(append(d.progressTypes(), further...)...)
}

// SettledBlock makes a block to which a progress goes on that has kept all fields which were skipped.
func (d *DecodeBody) SettledBlock() *ir.Block { return d.NewBlock(d.settledTypes()...) }

func (d *DecodeBody) settledTypes() []ir.Type {
	types := []ir.Type{ir.Ptr}
	if len(d.masks) <= mostWords {
		for range d.masks {
			types = append(types, ir.I64)
		}
	}
	return types
}

// progressTypes are the types of the parameters of a progress.
func (d *DecodeBody) progressTypes() []ir.Type {
	types := d.settledTypes()
	if d.S.HasUnknown {
		types = append(types, ir.Ptr, ir.Ptr)
		types = append(types, d.items.KeptTypes()...)
	}
	return types
}

// Skip steps over a value of an unknown field.
func (d *DecodeBody) Skip(skipper string, in, wire *ir.Value) (after *ir.Value) {
	levels, most := d.AddConst(d.levels, -d.depth), d.Const(ir.I64, codec.SkipDepth)
	levels = d.Select(ir.SLT, levels, most, levels, most)
	return d.SkipValue(skipper, in, d.End, wire, levels)
}
