package thriftfile

import "github.com/tagwire/tagwire/definition"

func (p *parser) service(doc string) {
	s := &definition.Service{Doc: doc, At: p.token.at, Name: p.name("the service's name")}
	if p.accept("extends") {
		p.file.extends[s] = p.token.at
		s.Extends = &definition.Ref{Name: p.reference("the name of a service")}
	}
	p.expect("{")
	for p.until("}") {
		s.Methods = append(s.Methods, p.method())
	}
	p.expect("}")
	s.Annotations = p.annotations()
	p.file.Services = append(p.file.Services, s)
}

func (p *parser) method() *definition.Method {
	m := &definition.Method{Doc: docText(p.token.doc)}
	if p.is("async") {
		p.failHere("async is no longer part of the language: use oneway")
	}
	m.Oneway = p.accept("oneway")
	if !p.accept("void") {
		m.Result = p.fieldType(0)
	}
	m.At = p.token.at
	m.Name = p.name("the method's name")
	p.expect("(")
	m.Arguments = p.fields(")", true)
	if p.accept("throws") {
		p.expect("(")
		m.Throws = p.fields(")", true)
	}
	m.Annotations = p.annotations()
	p.separator()
	return m
}
