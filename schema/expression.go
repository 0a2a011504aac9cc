package schema

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// expression is a type as a tag writes it: a keyword, a Go type's name, or a container of expressions.
type expression struct {
	// kind is the keyword's; zero for a Go type's name.
	kind Kind
	// name is the Go type's name and qualifier the package before it, if one was written.
	qualifier, name string
	// key is set for Map; elem for List, Set and Map.
	key, elem *expression
}

// keywords holds the words that stand for a scalar kind; list, set and map are followed by '<'.
var keywords = map[string]Kind{
	"bool": Bool, "i8": I8, "byte": I8, "i16": I16, "i32": I32, "i64": I64,
	"double": Double, "string": String, "binary": Binary,
	"list": List, "set": Set, "map": Map,
}

// typeSyntax says what a type in a tag may be.
const typeSyntax = "bool, i8, byte, i16, i32, i64, double, string, binary, a Go type's name, list<T>, set<T> or map<K:V>"

// String returns the expression as a tag writes it; parsing that gives an equal expression.
func (e *expression) String() string {
	switch e.kind {
	case 0:
		if e.qualifier != "" {
			return e.qualifier + "." + e.name
		}
		return e.name
	case List, Set:
		return e.kind.String() + "<" + e.elem.String() + ">"
	case Map:
		return "map<" + e.key.String() + ":" + e.elem.String() + ">"
	}
	return e.kind.String()
}

// parseExpression reads a whole type expression.
func parseExpression(text string) (*expression, error) {
	p := expressionParser{rest: text}
	e, err := p.parse()
	if err != nil {
		return nil, err
	}
	p.skipSpaces()
	if p.rest != "" {
		return nil, fmt.Errorf("%q after the complete type %s", p.rest, e)
	}
	return e, nil
}

// expressionParser consumes rest from its start.
type expressionParser struct{ rest string }

func (p *expressionParser) skipSpaces() {
	p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
}

func (p *expressionParser) parse() (*expression, error) {
	word := p.identifier()
	if word == "" {
		return nil, fmt.Errorf("a type is missing %s: it may be %s", p.place(), typeSyntax)
	}
	if strings.HasPrefix(p.rest, ".") {
		p.rest = p.rest[1:]
		name := p.bareIdentifier()
		if name == "" {
			return nil, fmt.Errorf("a type's name is missing after %q", word+".")
		}
		return &expression{qualifier: word, name: name}, nil
	}
	kind := keywords[word]
	switch kind {
	case 0:
		return &expression{name: word}, nil
	case List, Set, Map:
		return p.container(kind)
	}
	return &expression{kind: kind}, nil
}

// container reads what follows the words list, set and map.
func (p *expressionParser) container(kind Kind) (*expression, error) {
	form := kind.String() + "<T>"
	if kind == Map {
		form = "map<K:V>"
	}
	if !p.symbol('<') {
		return nil, fmt.Errorf("'<' is missing %s: the form is %s", p.place(), form)
	}
	e := &expression{kind: kind}
	var err error
	if kind == Map {
		if e.key, err = p.parse(); err != nil {
			return nil, err
		}
		if !p.symbol(':') {
			return nil, fmt.Errorf("':' is missing %s: the form is %s", p.place(), form)
		}
	}
	if e.elem, err = p.parse(); err != nil {
		return nil, err
	}
	if !p.symbol('>') {
		return nil, fmt.Errorf("'>' is missing %s: the form is %s", p.place(), form)
	}
	return e, nil
}

// place says where the parser stands.
func (p *expressionParser) place() string {
	if p.rest == "" {
		return "at the end"
	}
	return fmt.Sprintf("before %q", p.rest)
}

// symbol consumes c, after spaces, and reports whether it was there.
func (p *expressionParser) symbol(c byte) bool {
	p.skipSpaces()
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// identifier consumes a Go identifier, after spaces; "" if there is none.
func (p *expressionParser) identifier() string {
	p.skipSpaces()
	return p.bareIdentifier()
}

func (p *expressionParser) bareIdentifier() string {
	end := 0
	for end < len(p.rest) {
		r, size := utf8.DecodeRuneInString(p.rest[end:])
		if r != '_' && !unicode.IsLetter(r) && (end == 0 || !unicode.IsDigit(r)) {
			break
		}
		end += size
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}
