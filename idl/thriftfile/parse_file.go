package thriftfile

import (
	"github.com/tagwire/tagwire/definition"
)

// declarations are the words that begin what a file consists of. It is filled by init, since the functions refer to it.
var declarations map[string]func(*parser, string)

// headers are those of declarations that come before all others.
var headers = map[string]bool{"namespace": true, "include": true, "cpp_include": true}

func init() {
	declarations = map[string]func(*parser, string){
		"namespace": (*parser).namespace, "include": (*parser).include, "cpp_include": (*parser).cppInclude,
		"typedef": (*parser).typedef, "const": (*parser).constant, "enum": (*parser).enum,
		"struct": structure(definition.FormStruct), "union": structure(definition.FormUnion),
		"exception": structure(definition.FormException),
		"service":   (*parser).service,
	}
}

// gone are words that begin declarations in old files, with what to write instead.
var gone = map[string]string{
	"senum":              `an enum or a string`,
	"cpp_namespace":      `"namespace cpp"`,
	"php_namespace":      `"namespace php"`,
	"py_module":          `"namespace py"`,
	"perl_package":       `"namespace perl"`,
	"ruby_namespace":     `"namespace rb"`,
	"java_package":       `"namespace java"`,
	"cocoa_prefix":       `"namespace cocoa"`,
	"cocoa_package":      `"namespace cocoa"`,
	"csharp_namespace":   `"namespace netstd"`,
	"delphi_namespace":   `"namespace delphi"`,
	"smalltalk_category": `"namespace smalltalk.category"`,
	"smalltalk_prefix":   `"namespace smalltalk.prefix"`,
	"xsd_namespace":      `"namespace xsd"`,
}

// parseFile parses all declarations. Behind one that is wrong it looks for the next.
func (p *parser) parseFile() {
	f := p.file
	defined := false // a declaration that is no header has been seen
	if docs := p.scanner.docs; len(docs) > 1 || len(docs) == 1 && headers[p.token.text] {
		f.Doc = docText(docs[0])
	}
	for p.token.kind != endOfFile || p.broken {
		word, start := p.token.text, p.token.at
		parseOne := declarations[word]
		switch {
		case p.broken: // the first token already
		case p.token.kind != identifier:
			p.expected("a declaration, such as struct or service")
		case gone[word] != "":
			p.failHere("%s is no longer part of the language: use %s", word, gone[word])
		case parseOne == nil:
			p.expected("a declaration, such as struct or service")
		case headers[word] && defined:
			p.failHere("%s must stand before all other declarations", word)
		default:
			defined = defined || !headers[word]
			doc := docText(p.token.doc)
			p.advance()
			parseOne(p, doc)
		}
		if p.broken {
			p.recover(start)
		}
		if p.report.Full() {
			return
		}
	}
}

// recover moves to the next declaration that begins a line, where parsing can go on behind an error in the one at start.
func (p *parser) recover(start definition.Position) {
	p.advance()
	for t := p.lost; ; t = p.scanner.next() { // the errors of the scanner are dropped, since the parser is broken
		begins := t.kind == identifier && t.at.Column == 1 && t.at != start && declarations[t.text] != nil
		if begins || t.kind == endOfFile && p.scanner.offset == len(p.scanner.text) {
			p.broken, p.lost, p.token = false, token{}, t
			return
		}
	}
}

func (p *parser) namespace(string) {
	n := definition.Namespace{Language: p.token.text}
	if p.is("*") {
		p.advance()
	} else {
		n.Language = p.reference(`the language of the namespace, or "*"`)
	}
	n.Name = p.reference("the name of the namespace")
	n.Annotations = p.annotations()
	p.file.Namespaces = append(p.file.Namespaces, n)
}

func (p *parser) include(string) {
	at := p.token.at
	path := p.literal("the path of a file")
	if path == "" {
		p.fail(at, "the path of the included file is empty")
	}
	p.file.Includes = append(p.file.Includes, definition.Include{Path: path, At: at})
}

// cppInclude parses the name of a header file for C++, which becomes an annotation of the file.
func (p *parser) cppInclude(string) {
	at := p.token.at
	p.file.Annotations = append(p.file.Annotations, definition.Annotation{Name: "cpp_include", Value: p.literal("the name of a header file"), At: at})
}

func (p *parser) typedef(doc string) {
	t := &definition.Typedef{Doc: doc, Type: p.fieldType(0)}
	t.At = p.token.at
	t.Name = p.name("the typedef's name")
	t.Annotations = p.annotations()
	p.separator()
	p.file.Typedefs = append(p.file.Typedefs, t)
}

func (p *parser) constant(doc string) {
	c := &definition.Constant{Doc: doc, Type: p.fieldType(0)}
	c.At = p.token.at
	c.Name = p.name("the constant's name")
	p.expect("=")
	c.Value = p.value(0)
	c.Annotations = p.annotations()
	p.separator()
	p.file.Constants = append(p.file.Constants, c)
}

func (p *parser) enum(doc string) {
	e := &definition.Enum{Doc: doc, At: p.token.at, Name: p.name("the enum's name")}
	p.expect("{")
	number := int64(-1)
	for p.until("}") {
		v := &definition.EnumValue{Doc: docText(p.token.doc), At: p.token.at, Name: p.name("the name of a value")}
		number++
		at := v.At
		if p.accept("=") {
			at = p.token.at
			number = p.integer("the value's number")
		}
		if v.Number = int32(number); int64(v.Number) != number {
			p.fail(at, "the number of an enum's value must fit into 32 bits, which %d does not", number)
		}
		v.Annotations = p.annotations()
		p.separator()
		e.Values = append(e.Values, v)
	}
	p.expect("}")
	e.Annotations = p.annotations()
	p.file.Enums = append(p.file.Enums, e)
}
