package irtest

import "github.com/tagwire/tagwire/ir"

// templates arranges bytes of the source in the target, or looks for them.
func (g *generator) templates() {
	t := g.template()
	_, most := t.Source()
	before := int64(g.random.IntN(3))
	g.CheckBounds(g.source, g.sourceEnd, before+max(most, 1))
	g.CheckBounds(g.target, g.targetEnd, int64(t.Len()))
	source := g.PtrAdd(g.source, before)
	g.Arrange(g.target, source, t)
	g.matches(g.target, t)
	g.target = g.PtrAdd(g.target, int64(t.Len()))
	g.source = g.PtrAdd(source, int64(g.random.IntN(int(most)+1)))
}

// template makes fields with headers, as a format writes them, or anything.
func (g *generator) template() (t ir.Template) {
	widths := []int{1, 2, 4, 8}
	from, fields := int64(g.random.IntN(4)), 1+g.random.IntN(12)
	alike, ordered := g.random.IntN(2) == 0, g.random.IntN(4) > 0
	width, header := oneOf(g, widths...), g.random.IntN(4)
	for n := range fields {
		if !alike {
			width, header = oneOf(g, widths...), g.random.IntN(5)
		}
		if g.random.IntN(40) == 0 {
			width = 3 + g.random.IntN(60)
		}
		if header > 0 {
			t = t.Constant([]byte{byte(g.random.Uint32()), byte(n), 0, byte(fields)}[:header]...)
		}
		if g.random.IntN(5) == 0 {
			t = t.Forward(from, width)
		} else {
			t = t.Reversed(from, width)
		}
		from += int64(width)
		if !ordered {
			from = int64(g.random.IntN(200))
		}
	}
	return t
}

// matches asks whether p is as t says, which is so but for what may be changed.
func (g *generator) matches(p *ir.Value, t ir.Template) {
	var wanted ir.Template
	for _, piece := range t {
		switch {
		case piece.Kind != ir.ConstantPiece && piece.Length == 1 && g.random.IntN(2) == 0:
			wanted = wanted.Bools(1)
		case piece.Kind != ir.ConstantPiece:
			wanted = wanted.Any(piece.Length)
		case g.random.IntN(30) == 0:
			wanted = wanted.Constant(make([]byte, piece.Length)...)
		default:
			wanted = wanted.Constant(piece.Bytes...)
		}
	}
	g.mix(g.keep(g.Match(p, wanted)))
}
