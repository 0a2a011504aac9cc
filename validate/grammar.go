package validate

import (
	"fmt"
	"strings"
)

// Limits of tags, which may come from a peer's definitions.
const (
	mostTag   = 16 << 10 // bytes
	mostCalls = 32       // one inside the other
)

// written is a rule as a tag has it.
type written struct {
	places  []string // "elem", "key" and "value", from the outside in
	word    string
	values  []value // what stands behind "="; nil for nothing
	list    bool    // the values stand in brackets
	text    string  // the rule without its places, for errors
	address int     // offset in the tag
}

// value is an operand, or an argument of a call.
type value struct {
	form      valueForm
	text      string  // of a literal, or the name of a field or function
	arguments []value // of a call
	address   int
}

type valueForm uint8

const (
	bare valueForm = iota
	quoted
	reference
	call
)

// tagError is what is wrong with a tag, and where.
type tagError struct {
	address int // offset in the tag
	text    string
	unknown bool // it names a place, a word or a function that there is not, or uses one in a way that others allow
}

// parser reads a tag from the left to the right.
type parser struct {
	tag  string
	next int
	err  *tagError
}

// parse returns the rules of a tag, or what is wrong with it first.
func parse(tag string) ([]written, *tagError) {
	if len(tag) > mostTag {
		return nil, &tagError{address: mostTag, text: fmt.Sprintf("the tag has %d bytes, of at most %d", len(tag), mostTag)}
	}
	p := &parser{tag: tag}
	var rules []written
	for {
		rule := p.rule()
		if p.err != nil {
			return nil, p.err
		}
		rules = append(rules, rule)
		if p.done() {
			return rules, nil
		}
		p.expect(',', "a comma between rules")
	}
}

func (p *parser) fail(address int, format string, arguments ...any) {
	if p.err == nil {
		p.err = &tagError{address: address, text: fmt.Sprintf(format, arguments...)}
	}
}

func (p *parser) skipSpace() {
	for p.next < len(p.tag) && p.tag[p.next] == ' ' {
		p.next++
	}
}

func (p *parser) done() bool {
	p.skipSpace()
	return p.next == len(p.tag)
}

// take reads c, and reports whether it is there.
func (p *parser) take(c byte) bool {
	p.skipSpace()
	if p.next < len(p.tag) && p.tag[p.next] == c {
		p.next++
		return true
	}
	return false
}

func (p *parser) expect(c byte, what string) {
	if p.err == nil && !p.take(c) {
		p.fail(p.next, "%s is missing before %q", what, p.tag[p.next:])
	}
}

func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// name reads a word, or the name of a field or function.
func (p *parser) name(what string) string {
	start := p.next
	for p.next < len(p.tag) && isNameByte(p.tag[p.next]) {
		p.next++
	}
	if start == p.next {
		p.fail(start, "%s is missing before %q", what, p.tag[start:])
	}
	return p.tag[start:p.next]
}

func (p *parser) rule() (r written) {
	p.skipSpace()
	r.address = p.next
	start := p.next
	for p.err == nil {
		r.word = p.name("the name of a rule")
		if p.next == len(p.tag) || p.tag[p.next] != '.' {
			break
		}
		if r.word != placeElem && r.word != placeKey && r.word != placeValue {
			p.fail(start, "%q is no place: elem, key and value are", r.word)
			p.err.unknown = true
			break
		}
		r.places = append(r.places, r.word)
		p.next++
		start = p.next
	}
	if p.err == nil && p.take('=') {
		r.values, r.list = p.operand()
	}
	r.text = strings.TrimRight(p.tag[start:p.next], " ")
	return r
}

func (p *parser) operand() (values []value, list bool) {
	if !p.take('[') {
		return []value{p.value(0)}, false
	}
	values = append(values, p.value(0))
	for p.err == nil && p.take(',') {
		values = append(values, p.value(0))
	}
	p.expect(']', "a bracket at the end of a list")
	return values, true
}

// value reads a value that stands inside of that many calls.
func (p *parser) value(calls int) (v value) {
	p.skipSpace()
	v.address = p.next
	switch {
	case p.err != nil:
	case p.take('$'):
		v.form = reference
		v.text = p.name("the name of a field")
	case p.take('@'):
		v.form = call
		v.text = p.name("the name of a function")
		p.arguments(&v, calls+1)
	case p.take('\''):
		v.form = quoted
		v.text = p.quoted(v.address)
	default:
		end := strings.IndexAny(p.tag[p.next:], " ,=[]()'")
		if end < 0 {
			end = len(p.tag) - p.next
		}
		if end == 0 {
			p.fail(p.next, "a value is missing before %q; an empty string is ''", p.tag[p.next:])
		}
		v.text = p.tag[p.next : p.next+end]
		p.next += end
	}
	return v
}

func (p *parser) arguments(v *value, calls int) {
	if calls > mostCalls {
		p.fail(v.address, "calls are nested deeper than %d", mostCalls)
	}
	p.expect('(', "a parenthesis behind the name of a function")
	if p.err != nil || p.take(')') {
		return
	}
	v.arguments = append(v.arguments, p.value(calls))
	for p.err == nil && p.take(',') {
		v.arguments = append(v.arguments, p.value(calls))
	}
	p.expect(')', "a parenthesis at the end of a call")
}

// quoted reads up to the closing quote.
func (p *parser) quoted(start int) string {
	var text strings.Builder
	for {
		part, _, closed := strings.Cut(p.tag[p.next:], "'")
		if !closed {
			p.fail(start, "a quote is never closed")
			return ""
		}
		text.WriteString(part)
		p.next += len(part) + 1
		if p.next == len(p.tag) || p.tag[p.next] != '\'' {
			return text.String()
		}
		text.WriteByte('\'')
		p.next++
	}
}
