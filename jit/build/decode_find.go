package build

import "github.com/tagwire/tagwire/ir"

// FindField ends the block: where id is that of a field, found emits what follows; else control goes to unknown. Ids that are
// close together take a jump table; others a binary search.
func (d *DecodeBody) FindField(id *ir.Value, unknown *ir.Block, found func(i int)) {
	d.findField(id, 0, len(d.S.Fields), unknown, found)
}

func (d *DecodeBody) findField(id *ir.Value, low, high int, unknown *ir.Block, found func(i int)) {
	if low == high {
		d.Jump(unknown)
		return
	}
	fields := d.S.Fields[low:high]
	first := int64(fields[0].ID)
	span := int64(fields[len(fields)-1].ID) - first + 1
	if len(fields) > 2 && span > 4*int64(len(fields)) {
		middle := low + len(fields)/2
		below, above := d.NewBlock(), d.NewBlock()
		d.Branch(ir.ULT, id, d.Const(ir.I32, int64(d.S.Fields[middle].ID)), ir.To(below), ir.To(above))
		d.SetBlock(below)
		d.findField(id, low, middle, unknown, found)
		d.SetBlock(above)
		d.findField(id, middle, high, unknown, found)
		return
	}
	if len(fields) <= 2 {
		d.compareFields(id, low, high, unknown, found)
		return
	}
	targets := make([]ir.Edge, span)
	for n := range targets {
		targets[n] = ir.To(unknown)
	}
	for i := range fields {
		targets[int64(fields[i].ID)-first] = ir.To(d.NewBlock())
	}
	d.Switch(d.AddConst(id, -first), ir.To(unknown), targets...)
	for i := range fields {
		d.SetBlock(targets[int64(fields[i].ID)-first].To)
		found(low + i)
	}
}

// compareFields is findField with one comparison for each field.
func (d *DecodeBody) compareFields(id *ir.Value, low, high int, unknown *ir.Block, found func(i int)) {
	for i := low; i < high; i++ {
		hit, next := d.NewBlock(), unknown
		if i+1 < high {
			next = d.NewBlock()
		}
		d.Branch(ir.Eq, id, d.Const(ir.I32, int64(d.S.Fields[i].ID)), ir.To(hit), ir.To(next))
		d.SetBlock(hit)
		found(i)
		d.SetBlock(next)
	}
}
