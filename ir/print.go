package ir

import (
	"strconv"
	"strings"
)

// String returns f in the text form, which Parse reads.
func (f *Func) String() string {
	var p printer
	p.text("func @", f.Name, "(")
	if len(f.Blocks) > 0 {
		p.params(f.Params())
	}
	p.text(")")
	if len(f.Results) > 0 {
		p.text(" -> (")
		for n, t := range f.Results {
			p.comma(n)
			p.text(t.String())
		}
		p.text(")")
	}
	p.text(" {\n")
	for n, b := range f.Blocks {
		p.block(b, n == 0)
	}
	p.text("}\n")
	return p.String()
}

// String returns the name of b in the text form.
func (b *Block) String() string { return "b" + strconv.Itoa(int(b.ID)) }

// String returns the name of v in the text form.
func (v *Value) String() string { return "v" + strconv.Itoa(int(v.ID)) }

// String returns i in the text form.
func (i *Inst) String() string {
	var p printer
	p.inst(i)
	return p.String()
}

type printer struct{ strings.Builder }

func (p *printer) text(parts ...string) {
	for _, part := range parts {
		p.WriteString(part)
	}
}

// comma writes the separator before the n-th element of a list.
func (p *printer) comma(n int) {
	if n > 0 {
		p.text(", ")
	}
}

func (p *printer) params(params []*Value) {
	for n, v := range params {
		p.comma(n)
		p.text(v.String(), ":", v.Type.String())
	}
}

func (p *printer) values(values []*Value) {
	for n, v := range values {
		p.comma(n)
		p.text(v.String())
	}
}

// block writes b. The parameters of the entry stand in the head of the function.
func (p *printer) block(b *Block, entry bool) {
	p.text(b.String())
	if !entry && len(b.Params) > 0 {
		p.text("(")
		p.params(b.Params)
		p.text(")")
	}
	p.text(":")
	if b.Cold {
		p.text(" cold")
	}
	p.text("\n")
	for _, i := range b.Insts {
		p.text("\t")
		p.inst(i)
		p.text("\n")
	}
}

// inst writes i: results = Op.condition @symbol, arguments, #constant, "template" source -> edges.
func (p *printer) inst(i *Inst) {
	info := i.Op.Info()
	if len(i.Results) > 0 {
		p.params(i.Results)
		p.text(" = ")
	}
	p.text(info.Name)
	if info.Cond {
		p.text(".", i.Cond.String())
	}
	operands := 0
	operand := func(text string) {
		if operands == 0 {
			p.text(" ")
		}
		p.comma(operands)
		p.text(text)
		operands++
	}
	if info.Symbol {
		operand("@" + i.Symbol)
	}
	for _, a := range i.Args {
		operand(a.String())
	}
	if info.Immediate != NoImmediate {
		operand("#" + strconv.FormatInt(i.Imm, 10))
	}
	if info.Template != NoTemplate {
		operand("\"" + i.Template + "\"")
	}
	if i.Source {
		p.text(" source")
	}
	for n, e := range i.Edges {
		if n == 0 {
			p.text(" -> ")
		}
		p.comma(n)
		p.text(e.To.String())
		if len(e.Args) > 0 {
			p.text("(")
			p.values(e.Args)
			p.text(")")
		}
	}
}
