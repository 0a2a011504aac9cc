package thriftfile

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// integer parses a number without a fraction.
func (p *parser) integer(what string) int64 {
	if p.token.kind != number {
		p.expected(what)
		return 0
	}
	n, isInteger := p.parseInteger()
	if !isInteger {
		p.failHere("expected %s, an integer, found %s", what, p.token)
		return 0
	}
	p.advance()
	return n
}

// parseInteger returns the number that the current token is, if that has no fraction. If it is too large, that is an error.
func (p *parser) parseInteger() (n int64, isInteger bool) {
	text := p.token.text
	digits := strings.TrimLeft(text, "+-")
	sign := text[:len(text)-len(digits)]
	if len(sign) > 1 {
		return 0, false
	}
	base := 10
	if strings.HasPrefix(digits, "0x") {
		digits, base = digits[2:], 16
	}
	if strings.ContainsAny(digits, "+-_") {
		return 0, false
	}
	n, err := strconv.ParseInt(sign+digits, base, 64)
	if errors.Is(err, strconv.ErrRange) {
		p.fail(p.token.at, "the number %s does not fit into 64 bits", p.token)
	}
	return n, err == nil || errors.Is(err, strconv.ErrRange)
}

// number parses a number: an integer or a double.
func (p *parser) number(v *definition.Value) {
	text := p.token.text
	if n, isInteger := p.parseInteger(); isInteger {
		v.Kind, v.Int = definition.ValueInt, n
		p.advance()
		return
	}
	d, err := strconv.ParseFloat(text, 64)
	if strings.ContainsAny(text, "xX_pPiInN") || strings.HasSuffix(text, ".") || err != nil && !math.IsInf(d, 0) {
		p.failHere("malformed number %s", p.token)
		return
	}
	if math.IsInf(d, 0) {
		p.failHere("the number %s is too large for a double", p.token)
		return
	}
	v.Kind, v.Double = definition.ValueDouble, d
	p.advance()
}

// value parses a value that is nested in depth others.
func (p *parser) value(depth int) *definition.Value {
	v := &definition.Value{At: p.token.at}
	if depth > maxDepth {
		p.failHere("values are nested more than %d deep", maxDepth)
	}
	switch {
	case p.token.kind == number:
		p.number(v)
	case p.token.kind == literal:
		v.Kind, v.Text = definition.ValueString, p.token.text
		p.advance()
	case p.is("true"), p.is("false"):
		v.Kind, v.Bool = definition.ValueBool, p.is("true")
		p.advance()
	case p.token.kind == identifier:
		v.Kind, v.Text = valueNamed, p.reference("a value")
	case p.accept("["):
		v.Kind = definition.ValueList
		for p.until("]") {
			v.List = append(v.List, p.value(depth+1))
			p.separator()
		}
		p.expect("]")
	case p.accept("{"):
		v.Kind = definition.ValueMap
		for p.until("}") {
			key := p.value(depth + 1)
			p.expect(":")
			v.Map = append(v.Map, definition.Entry{Key: key, Value: p.value(depth + 1)})
			p.separator()
		}
		p.expect("}")
	default:
		p.expected("a value")
	}
	return v
}
