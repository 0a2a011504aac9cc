package interp

import "github.com/tagwire/tagwire/ir"

// arrange writes what a template says. All that it may read has to be there.
func (a *activation) arrange(i *ir.Inst) {
	to, from, layout := a.get(i.Args[0]), a.get(i.Args[1]), i.Layout()
	low, high := layout.Source()
	first, size, length := from+uint64(low), uint64(high-low), uint64(layout.Len())
	if size > 0 && first < to+length && to < first+size {
		panic(fault("Arrange between ranges that overlap"))
	}
	source, target := a.Memory.read(first, size, false), a.Memory.write(to, length)
	for n, b := range layout.Each() {
		if b.Kind == ir.ConstantPiece {
			target[n] = b.Value
		} else {
			target[n] = source[b.From-low]
		}
	}
}

// matches reports whether the bytes in memory are as a template says.
func (a *activation) matches(i *ir.Inst) bool {
	layout := i.Layout()
	bytes := a.Memory.read(a.get(i.Args[0]), uint64(layout.Len()), i.Source)
	for n, b := range layout.Each() {
		if b.Kind == ir.ConstantPiece && bytes[n] != b.Value || b.Kind == ir.BoolPiece && bytes[n] > 1 {
			return false
		}
	}
	return true
}
