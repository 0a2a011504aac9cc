package ir

import (
	"fmt"
	"strings"
)

// Limits of the IDs in a text, so that a short text cannot ask for large tables.
const (
	maxTextValueID = 1 << 20
	maxTextBlockID = 1 << 16
)

// Parse reads one function in the text form. It checks the form only: Verify checks whether the function makes sense.
func Parse(text string) (*Func, error) {
	funcs, err := ParseAll(text)
	if err != nil {
		return nil, err
	}
	if len(funcs) != 1 {
		return nil, fmt.Errorf("ir: the text holds %d functions, not one", len(funcs))
	}
	return funcs[0], nil
}

// ParseAll reads any number of functions in the text form:
//
//	// A comment goes to the end of the line.
//	func @name(v0:ptr, v1:i64) -> (i64) {
//	b0:
//		v2:i64 = Const #1
//		Jump -> b1(v1)
//	b1(v3:i64): cold
//		v4:i64 = Sub v3, v2
//		Branch.ne v4, v2 -> b1(v4), b2
//	b2:
//		Return v4
//	}
func ParseAll(text string) ([]*Func, error) {
	var funcs []*Func
	var p *parser
	for n, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "//")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		s := &scanner{rest: line}
		switch {
		case p == nil:
			p = newParser()
			p.line = n + 1
			p.head(s)
		case line == "}":
			p.line = n + 1
			if err := p.finish(); err != nil {
				return nil, err
			}
			funcs = append(funcs, p.f)
			p = nil
		default:
			p.line = n + 1
			p.statement(s)
		}
		if s.err != nil {
			return nil, fmt.Errorf("ir: line %d: %w", n+1, s.err)
		}
	}
	if p != nil {
		return nil, fmt.Errorf("ir: func @%s has no closing }", p.f.Name)
	}
	return funcs, nil
}

// A parser reads one function. Values and blocks may be used before the text defines them: a mention makes one, a
// definition fills it in, and finish finds those that were never defined.
type parser struct {
	f       *Func
	line    int
	block   *Block // being filled
	values  map[ValueID]*parsed[*Value]
	blocks  map[BlockID]*parsed[*Block]
	pending []*Value // parameters of the function, until the entry is there
}

// parsed is a value or block with what is known of its place in the text.
type parsed[T any] struct {
	item    T
	line    int // of the first mention
	defined bool
}

func newParser() *parser {
	return &parser{f: &Func{}, values: map[ValueID]*parsed[*Value]{}, blocks: map[BlockID]*parsed[*Block]{}}
}

// head reads: func @name(v0:ptr) -> (i64) {
func (p *parser) head(s *scanner) {
	s.expect("func")
	p.f.Name = s.symbol()
	s.expect("(")
	if !s.accept(")") {
		p.pending = p.definitions(s)
		s.expect(")")
	}
	if s.accept("->") {
		s.expect("(")
		for more := true; more && s.err == nil; more = s.accept(",") {
			p.f.Results = append(p.f.Results, s.typ())
		}
		s.expect(")")
	}
	s.expect("{")
	s.end()
}

// statement reads the label of a block or an instruction.
func (p *parser) statement(s *scanner) {
	if strings.HasPrefix(s.rest, "b") {
		p.label(s)
		return
	}
	if p.block == nil {
		s.fail("an instruction before the first block")
		return
	}
	i := p.inst(s)
	if s.err == nil {
		i.Block = p.block
		p.block.Insts = append(p.block.Insts, i)
	}
}

// label reads: b1(v3:i64): cold
func (p *parser) label(s *scanner) {
	b := p.mentionBlock(s)
	if s.err != nil {
		return
	}
	mention := p.blocks[b.ID]
	if mention.defined {
		s.fail("%s is defined twice", b)
		return
	}
	mention.defined = true
	if s.accept("(") {
		if len(p.f.Blocks) == 0 {
			s.fail("the parameters of the entry belong in the head of the function")
			return
		}
		b.Params = p.definitions(s)
		s.expect(")")
	}
	if len(p.f.Blocks) == 0 {
		b.Params = p.pending
	}
	for _, v := range b.Params {
		v.Block = b
	}
	s.expect(":")
	b.Cold = s.accept("cold")
	s.end()
	p.f.Blocks = append(p.f.Blocks, b)
	p.block = b
}

// inst reads: v3:i64 = Load32 v1, #8 source -> b1(v2)
func (p *parser) inst(s *scanner) *Inst {
	i := &Inst{}
	if startsValue(s.rest) {
		i.Results = p.definitions(s)
		for _, v := range i.Results {
			v.Def = i
		}
		s.expect("=")
	}
	name := s.word()
	op, known := opByName[name]
	if !known {
		s.fail("%q is not an op", shorten(name))
		return i
	}
	i.Op = op
	info := op.Info()
	if info.Cond {
		s.expect(".")
		name := s.word()
		if i.Cond = condByName(name); i.Cond == NoCond {
			s.fail("%q is not a condition", shorten(name))
		}
	}
	p.operands(s, i, info)
	if info.Source {
		i.Source = s.accept("source")
	}
	if info.Edges != NoEdges && s.accept("->") {
		for more := true; more && s.err == nil; more = s.accept(",") {
			i.Edges = append(i.Edges, p.edge(s))
		}
	}
	s.end()
	return i
}

// operands reads: @symbol, v1, v2, #8 or "0a .4" behind them
func (p *parser) operands(s *scanner, i *Inst, info *OpInfo) {
	separator := false // a comma has to come before the next operand
	if info.Symbol {
		i.Symbol = s.symbol()
		separator = true
	}
	for s.err == nil {
		before := s.rest
		if separator && !s.accept(",") {
			break
		}
		s.space()
		if !startsValue(s.rest) {
			s.rest = before
			break
		}
		i.Args = append(i.Args, p.mentionValue(s))
		separator = true
	}
	if info.Immediate != NoImmediate {
		if separator {
			s.expect(",")
		}
		i.Imm = s.immediate()
	}
	if info.Template != NoTemplate {
		s.expect(",")
		i.Template = s.quoted()
	}
}

// edge reads: b1(v2, v3)
func (p *parser) edge(s *scanner) Edge {
	e := Edge{To: p.mentionBlock(s)}
	if s.accept("(") {
		for more := true; more && s.err == nil; more = s.accept(",") {
			e.Args = append(e.Args, p.mentionValue(s))
		}
		s.expect(")")
	}
	return e
}

// definitions reads: v1:ptr, v2:i64
func (p *parser) definitions(s *scanner) []*Value {
	var values []*Value
	for more := true; more && s.err == nil; more = s.accept(",") {
		v := p.mentionValue(s)
		s.expect(":")
		t := s.typ()
		if s.err != nil {
			break
		}
		mention := p.values[v.ID]
		if mention.defined {
			s.fail("%s is defined twice", v)
			break
		}
		mention.defined = true
		v.Type = t
		values = append(values, v)
	}
	return values
}

func startsValue(text string) bool {
	return len(text) > 1 && text[0] == 'v' && '0' <= text[1] && text[1] <= '9'
}

func (p *parser) mentionValue(s *scanner) *Value {
	s.space()
	id := ValueID(s.number("v", maxTextValueID))
	mention := p.values[id]
	if mention == nil {
		mention = &parsed[*Value]{item: &Value{ID: id}, line: p.line}
		p.values[id] = mention
	}
	return mention.item
}

func (p *parser) mentionBlock(s *scanner) *Block {
	id := BlockID(s.number("b", maxTextBlockID))
	mention := p.blocks[id]
	if mention == nil {
		mention = &parsed[*Block]{item: &Block{ID: id}, line: p.line}
		p.blocks[id] = mention
	}
	return mention.item
}

// finish checks that all is defined, and sets the IDs to give away next.
func (p *parser) finish() error {
	if len(p.f.Blocks) == 0 {
		return fmt.Errorf("ir: line %d: func @%s has no blocks", p.line, p.f.Name)
	}
	undefined, line := "", 0
	missing := func(name string, at int) { // keeps the first in the text
		if undefined == "" || at < line || at == line && name < undefined {
			undefined, line = name, at
		}
	}
	for id, mention := range p.values {
		p.f.valueIDs = max(p.f.valueIDs, id+1)
		if !mention.defined {
			missing(mention.item.String(), mention.line)
		}
	}
	for id, mention := range p.blocks {
		p.f.blockIDs = max(p.f.blockIDs, id+1)
		if !mention.defined {
			missing(mention.item.String(), mention.line)
		}
	}
	if undefined != "" {
		return fmt.Errorf("ir: line %d: %s is not defined", line, undefined)
	}
	return nil
}
