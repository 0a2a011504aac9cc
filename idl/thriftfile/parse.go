package thriftfile

import (
	"strings"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/source"
)

// What a parser leaves to be resolved.
const (
	kindNamed  definition.Kind      = -1 // a type of the name Ref.Name
	valueNamed definition.ValueKind = -1 // a constant or a value of an enum of the name Text
)

// maxDepth is how deep types and values may be nested. It limits the stack, here and in whatever reads a definition.
const maxDepth = 100

// A parser makes a file of tokens, by recursive descent with one token of lookahead.
type parser struct {
	scanner *scanner
	report  *source.Report
	file    *file
	token   token
	// broken is set from an error to the next declaration. As long as it is, all tokens are endOfFile, so that every rule ends, and
	// there are no further errors.
	broken     bool
	lost       token // the token that the parser was at when it broke
	attributes int   // how many xsd_attrs the current field is in
}

// parse parses the text of a file.
func parse(f *file, report *source.Report) {
	p := &parser{report: report, file: f}
	p.scanner = newScanner(f.text, p.fail)
	p.advance()
	p.parseFile()
}

// fail notes an error, unless it may follow from one before it.
func (p *parser) fail(at definition.Position, format string, arguments ...any) {
	if !p.broken {
		p.report.Add(p.file.Path, p.file.text, at, format, arguments...)
		p.broken = true
	}
}

// advance moves to the next token.
func (p *parser) advance() {
	if !p.broken {
		p.token = p.scanner.next()
	}
	if p.broken { // before, or since there is no such token
		if p.token.kind != endOfFile {
			p.lost = p.token
		}
		p.token = token{at: p.token.at}
	}
}

// failHere notes an error at the current token, which takes it out of the way.
func (p *parser) failHere(format string, arguments ...any) {
	p.fail(p.token.at, format, arguments...)
	p.advance()
}

// expected notes that the current token is not what must be there.
func (p *parser) expected(what string) {
	p.failHere("expected %s, found %s", what, p.token)
}

// String describes a token in an error.
func (t token) String() string {
	switch t.kind {
	case endOfFile:
		return "the end of the file"
	case literal:
		return "a string"
	case symbol:
		return `"` + t.text + `"`
	}
	const longest = 40
	if len(t.text) > longest {
		return t.text[:longest] + "..."
	}
	return t.text
}

// is reports whether the current token is a symbol or a word.
func (p *parser) is(text string) bool {
	return p.token.text == text && (p.token.kind == symbol || p.token.kind == identifier)
}

// accept moves past a symbol or a word if it is the current token.
func (p *parser) accept(text string) bool {
	if !p.is(text) {
		return false
	}
	p.advance()
	return true
}

// expect moves past a symbol or a word that must be there.
func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.expected(`"` + text + `"`)
	}
}

// until reports whether a list goes on: its end is not there, nor that of the file.
func (p *parser) until(end string) bool {
	return p.token.kind != endOfFile && !p.is(end)
}

// separator moves past a comma or a semicolon, which most lists need not have.
func (p *parser) separator() {
	if !p.accept(",") {
		p.accept(";")
	}
}

// literal returns a string that must be there.
func (p *parser) literal(what string) string {
	if p.token.kind != literal {
		p.expected(what + " in quotes")
		return ""
	}
	text := p.token.text
	p.advance()
	return text
}

// typeWords are the types that have names of their own.
var typeWords = map[string]definition.Kind{
	"bool": definition.KindBool, "byte": definition.KindI8, "i8": definition.KindI8, "i16": definition.KindI16,
	"i32": definition.KindI32, "i64": definition.KindI64, "double": definition.KindDouble, "string": definition.KindString,
	"binary": definition.KindBinary, "uuid": definition.KindUUID,
	"map": definition.KindMap, "set": definition.KindSet, "list": definition.KindList,
}

// keywords cannot be names, except those of fields.
var keywords = map[string]bool{}

func init() {
	for _, word := range strings.Fields(`
		namespace include cpp_include typedef const enum struct union exception service
		bool byte i8 i16 i32 i64 double string binary uuid map set list void
		true false required optional extends throws oneway async cpp_type xsd_all xsd_optional xsd_nillable xsd_attrs`) {
		keywords[word] = true
	}
}

// notFields are keywords that cannot be names of fields either.
var notFields = map[string]bool{"true": true, "false": true, "cpp_type": true, "xsd_all": true, "xsd_optional": true,
	"xsd_nillable": true, "xsd_attrs": true}

// name returns the name that a declaration gives to something.
func (p *parser) name(what string) string {
	switch text := p.token.text; {
	case p.token.kind != identifier:
		p.expected(what)
	case keywords[text]:
		p.failHere("expected %s, found %s, which is a keyword", what, text)
	case strings.Contains(text, "."):
		p.failHere("expected %s, which has no dots, found %s", what, p.token)
	default:
		p.advance()
		return text
	}
	return ""
}

// fieldName is name for fields: keywords are allowed, since nothing but a name can stand there.
func (p *parser) fieldName() string {
	text := p.token.text
	if p.token.kind == identifier && keywords[text] && !notFields[text] {
		p.advance()
		return text
	}
	return p.name("the field's name")
}

// reference returns a name that may have a prefix.
func (p *parser) reference(what string) string {
	text := p.token.text
	if p.token.kind != identifier || keywords[text] {
		p.expected(what)
		return ""
	}
	p.advance()
	return text
}

// annotations returns what stands in parentheses behind a declaration or a type, if anything does.
func (p *parser) annotations() []definition.Annotation {
	if !p.accept("(") {
		return nil
	}
	var list []definition.Annotation
	for p.until(")") {
		a := definition.Annotation{Name: p.token.text, Value: "1", At: p.token.at}
		if p.token.kind != identifier {
			p.expected("the name of an annotation")
		}
		p.advance()
		if p.accept("=") {
			a.Value = p.literal("the annotation's value")
		}
		p.separator()
		list = append(list, a)
	}
	p.expect(")")
	return list
}
