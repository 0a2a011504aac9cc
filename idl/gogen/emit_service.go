package gogen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// service writes a contract: a struct with a function for each method. Package rpc has the rules of their tags.
func (e *emitter) service(s *serviceDecl) {
	e.strayRules(s.def.Name, s.def.Annotations)
	e.printf("\n// %s is the name of the service.\nconst %s = %q\n", s.fullName, s.fullName, e.serviceName(s))
	e.exceptions(s)
	e.printf("\n")
	if s.handler != "" {
		e.handler(s)
		e.printf("\n// %s is the contract of %s for package rpc.\n", s.contract, s.handler)
	} else if e.doc(s.def.Doc); strings.TrimSpace(s.def.Doc) == "" {
		e.printf("// %s is the contract of the service.\n", s.contract)
	}
	e.printf("type %s struct {\n", s.contract)
	if base := e.extended(s.def); base != nil {
		b := e.services[base]
		e.printf("%s\n\n", e.in(b.file, b.contract))
	}
	for _, m := range s.methods {
		e.method(s, m)
	}
	e.printf("}\n")
}

// serviceName returns the name of a service on the wire. That of Protobuf has the package before it.
func (e *emitter) serviceName(s *serviceDecl) string {
	return e.fullName(&definition.Ref{Path: e.file.def.Path, Name: s.def.Name})
}

// exceptions writes the option that tells package rpc the types of a service's exceptions.
func (e *emitter) exceptions(s *serviceDecl) {
	if s.exceptions == "" {
		return
	}
	seen, types := map[*structDecl]bool{}, []string{}
	names := map[string]bool{}
	for at := s.def; at != nil; at = e.extended(at) {
		for _, m := range at.Methods {
			for _, t := range m.Throws {
				if resolved := e.index.resolve(t.Type); resolved.Kind == definition.KindStruct && !seen[e.structOf(resolved)] {
					d := e.structOf(resolved)
					if names[d.name] {
						e.fail(e.file.def, s.def.At, "%s throws two exceptions called %s, which package rpc does not tell apart; rename one", s.def.Name, d.name)
					}
					seen[d], names[d.name] = true, true
					types = append(types, e.in(d.file, d.name)+"{}")
				}
			}
		}
	}
	e.printf("\n// %s is an option for what takes the contract.\nvar %s = %sExceptions(%s)\n", s.exceptions, s.exceptions,
		e.use("github.com/tagwire/tagwire/rpc", "rpc"), strings.Join(types, ", "))
}

// handler writes the interface that thriftgo makes of a service.
func (e *emitter) handler(s *serviceDecl) {
	e.doc(s.def.Doc)
	if strings.TrimSpace(s.def.Doc) == "" {
		e.printf("// %s is what implements the service.\n", s.handler)
	}
	e.printf("type %s interface {\n", s.handler)
	if base := e.extended(s.def); base != nil {
		b := e.services[base]
		e.printf("%s\n\n", e.in(b.file, b.handler))
	}
	for _, m := range s.methods {
		if m.leftOut != "" {
			e.leaveOut(m.def.At, s.def.Name+"."+m.def.Name, m.leftOut)
			continue
		}
		e.doc(m.def.Doc)
		parameters, results := e.signature(m.def)
		e.printf("%s(%s) %s\n", m.name, parameters, results)
	}
	e.printf("}\n")
}

// method writes a function of a contract.
func (e *emitter) method(s *serviceDecl, m *methodDecl) {
	what := s.def.Name + "." + m.def.Name
	if m.leftOut != "" {
		e.leaveOut(m.def.At, what, m.leftOut)
		return
	}
	e.checkIDs(m.def, what)
	e.strayRules(what, m.def.Annotations, m.def.Result)
	for _, f := range slices.Concat(m.def.Arguments, m.def.Throws) {
		e.strayRules(what+": "+f.Name, f.Annotations, f.Type)
	}
	tags := []string{}
	if m.def.Oneway {
		tags = append(tags, "rpc", m.def.Name+",oneway")
	} else if m.def.Name != m.name {
		tags = append(tags, "rpc", m.def.Name)
	}
	client, server := streams(m.def)
	if client || server {
		e.checkStream(m.def, what)
	}
	if e.file.def.Language == definition.Thrift && !client && !server {
		if text := e.parameterTag(m.def); text != "" {
			tags = append(tags, "params", text)
		}
		if m.def.Result != nil && e.needsType(m.def.Result) {
			tags = append(tags, "returns", e.tagType(m.def.Result))
		}
	}
	if text := e.throwsTag(m.def); text != "" {
		tags = append(tags, "throws", text)
	}
	e.doc(m.def.Doc)
	parameters, results := e.signature(m.def)
	e.printf("%s func(%s) %s", m.name, parameters, results)
	if len(tags) > 0 {
		e.printf(" %s", structTag(tags...))
	}
	e.printf("\n")
}

// checkStream refuses streams that package rpc would.
func (e *emitter) checkStream(m *definition.Method, what string) {
	isStruct := func(t *definition.Type) bool { return t != nil && e.index.resolve(t).Kind == definition.KindStruct }
	if m.Oneway || len(m.Arguments) != 1 || !isStruct(m.Arguments[0].Type) || !isStruct(m.Result) {
		e.fail(e.file.def, m.At, "%s: a stream takes one struct and returns one, and is not oneway", what)
	}
}

// checkIDs refuses ids that package rpc would.
func (e *emitter) checkIDs(m *definition.Method, what string) {
	for _, list := range [][]*definition.Field{m.Arguments, m.Throws} {
		for _, f := range list {
			if f.ID == 0 || f.ID < -1<<15 || f.ID > 1<<15-1 {
				e.fail(e.file.def, f.At, "%s: the id of %s is %d; ids of arguments and exceptions are from 1 to 32767, or negative", what, f.Name, f.ID)
			}
		}
	}
	for _, t := range m.Throws {
		if r := e.index.resolve(t.Type); r.Kind != definition.KindStruct || e.structOf(r).def.Form != definition.FormException {
			e.fail(e.file.def, t.At, "%s: %s is no exception", what, t.Name)
		}
	}
}

// parameterTag returns the ids of parameters, with types where Go's leave a choice; "" if there is nothing to say.
func (e *emitter) parameterTag(m *definition.Method) string {
	parts, needed := []string{}, false
	for i, a := range m.Arguments {
		part := strconv.Itoa(int(a.ID))
		needed = needed || int(a.ID) != i+1
		if e.needsType(a.Type) {
			part, needed = part+"="+e.tagType(a.Type), true
		}
		parts = append(parts, part)
	}
	if !needed {
		return ""
	}
	return strings.Join(parts, ",")
}

func (e *emitter) throwsTag(m *definition.Method) string {
	var parts []string
	for _, t := range m.Throws {
		if r := e.index.resolve(t.Type); r.Kind == definition.KindStruct {
			parts = append(parts, fmt.Sprintf("%d=%s", t.ID, e.structOf(r).name))
		}
	}
	return strings.Join(parts, ",")
}

// streams says which sides of a method are streams. In Thrift the annotation streaming.mode says it, as Kitex has it.
func streams(m *definition.Method) (client, server bool) {
	client, server = m.ClientStream, m.ServerStream
	for _, a := range m.Annotations {
		if a.Name == "streaming.mode" {
			client = client || a.Value == "client" || a.Value == "bidirectional"
			server = server || a.Value == "server" || a.Value == "bidirectional"
		}
	}
	return client, server
}

// signature returns the parameters and the results of a function.
func (e *emitter) signature(m *definition.Method) (parameters, results string) {
	client, server := streams(m)
	names := scope{"ctx": 1}
	list := []string{"ctx " + e.use("context", "context") + "Context"}
	for _, a := range m.Arguments {
		t := e.valueType(a.Type)
		name := a.Name
		switch {
		case name == "" && client:
			name = "requests"
		case name == "":
			name = "request"
		case e.thriftgo():
			name = lowerFirst(e.options.thriftgoName(name))
		default:
			name = parameterName(name)
		}
		if client {
			t = e.use("iter", "iter") + "Seq2[" + t + ", error]"
		}
		list = append(list, names.take(name)+" "+t)
	}
	parameters = strings.Join(list, ", ")
	switch {
	case m.Result == nil:
		return parameters, "error"
	case server:
		return parameters, e.use("iter", "iter") + "Seq2[" + e.valueType(m.Result) + ", error]"
	}
	return parameters, "(" + e.valueType(m.Result) + ", error)"
}

// valueType returns the Go type of a parameter or a result.
func (e *emitter) valueType(t *definition.Type) string {
	if e.index.resolve(t).Kind == definition.KindStruct {
		if e.file.def.Language == definition.Protobuf {
			return "*" + e.messageType(t)
		}
		return "*" + e.goType(t)
	}
	return e.goType(t)
}

// messageType returns the Go type of a message that is a request or a reply, where well-known messages are messages.
func (e *emitter) messageType(t *definition.Type) string {
	d := e.structOf(t)
	return e.in(d.file, d.name)
}
