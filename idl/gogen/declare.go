package gogen

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// Names are made for all files before code is, since files refer to each other. What is declared:

type structDecl struct {
	def    *definition.Struct
	file   *goFile
	name   string
	create string // name of the function that makes one with its defaults
	fields []*fieldDecl
	// initializes says that there are defaults, so that the type has InitDefault.
	initializes bool
	// cycle is the same number for structs that contain each other by fields that could be held by value; see recursion.go.
	cycle int
	// internal says that the struct holds arguments or results.
	internal bool
	rules    ruleSet // of the struct as a whole
}

type fieldDecl struct {
	def           *definition.Field
	owner         *structDecl
	name          string
	getter, isSet string
	setter        string
	leftOut       string // why there is no such field, or ""
	rules         ruleSet
}

type enumDecl struct {
	def                    *definition.Enum
	file                   *goFile
	name                   string
	values                 []string
	fromString, pointerFor string // functions of thriftgo
}

type typedefDecl struct {
	def     *definition.Typedef
	file    *goFile
	name    string
	create  string
	leftOut string
}

type constantDecl struct {
	def  *definition.Constant
	file *goFile
	name string
}

type serviceDecl struct {
	def        *definition.Service
	file       *goFile
	contract   string
	handler    string // an interface, of thriftgo
	fullName   string // the constant with the service's name
	exceptions string
	methods    []*methodDecl
	names      scope // of methods, those of the services that it extends included
}

type methodDecl struct {
	def               *definition.Method
	name              string
	arguments, result *structDecl // of thriftgo, else nil
	leftOut           string
}

// typeName returns the Go name of something that a file of a language declares on its own.
func (g *generator) typeName(f *definition.File, name string) string {
	if g.options.Names.isThriftgo() && f.Language == definition.Thrift {
		return g.options.thriftgoName(name)
	}
	if f.Package == wellKnownPackage {
		// These are in Go's own library, where they have the names that protoc-gen-go makes.
		return cleanName(name)
	}
	parts := strings.Split(name, ".")
	for i := range parts {
		parts[i] = idiomatic(parts[i], strings.Contains(parts[i], "_"))
	}
	return strings.Join(parts, "_")
}

// declare names everything in all files.
func (g *generator) declare(files []*definition.File) {
	sorted := slices.SortedFunc(slices.Values(files), func(a, b *definition.File) int { return cmp.Compare(a.Path, b.Path) })
	for _, def := range sorted {
		f := &goFile{def: def, pkg: g.packageOf(def)}
		f.output = f.pkg.outputName(def)
		g.goFiles[def.Path] = f
		g.order = append(g.order, f)
		g.checkPackage(f)
	}
	for _, f := range g.order {
		g.checkFile(f.def)
	}
	if g.report.Err() != nil {
		return
	}
	// Types come first, so that values, constants and functions give way to them.
	for _, f := range g.order {
		g.declareTypes(f)
	}
	for _, f := range g.order {
		g.declareValues(f)
	}
	for _, f := range g.order {
		g.declareServices(f)
	}
	for _, f := range g.order {
		for _, s := range f.services {
			g.declareMethods(s)
		}
	}
	g.findRecursion()
	for _, f := range g.order {
		for _, s := range f.structs {
			g.declareFields(s)
		}
	}
	g.findDefaults()
}

// checkFile reports types that are broken. Without these, everything that is declared can be looked up.
func (g *generator) checkFile(f *definition.File) {
	check := func(t *definition.Type, at definition.Position, what string) {
		if err := g.index.check(t); err != nil {
			g.fail(f, at, "%s: %v", what, err)
		}
	}
	fields := func(list []*definition.Field, owner string) {
		for _, field := range list {
			check(field.Type, field.At, owner+"."+field.Name)
		}
	}
	name := func(name string, at definition.Position) {
		if !tagCanName(name) {
			g.fail(f, at, "%q: a tag cannot have such a name", name)
		}
	}
	name(f.Package, definition.Position{})
	for _, e := range f.Enums {
		name(e.Name, e.At)
	}
	for _, t := range f.Typedefs {
		check(t.Type, t.At, t.Name)
	}
	for _, c := range f.Constants {
		check(c.Type, c.At, c.Name)
	}
	for _, s := range f.Structs {
		fields(s.Fields, s.Name)
		for _, o := range s.Oneofs {
			name(o.Name, o.At)
		}
	}
	for _, s := range f.Services {
		for _, m := range s.Methods {
			name(m.Name, m.At)
			fields(m.Arguments, s.Name+"."+m.Name)
			fields(m.Throws, s.Name+"."+m.Name)
			if m.Result != nil {
				check(m.Result, m.At, s.Name+"."+m.Name)
			}
		}
		g.checkExtends(f, s)
	}
}

func (g *generator) checkExtends(f *definition.File, s *definition.Service) {
	seen := map[*definition.Service]bool{}
	for at := s; at.Extends != nil; {
		seen[at] = true
		next := g.index.services[*at.Extends]
		switch {
		case next == nil:
			g.fail(f, s.At, "%s extends %s of %s, which is not defined", at.Name, at.Extends.Name, at.Extends.Path)
			return
		case g.index.files[at.Extends.Path].Language != f.Language:
			g.fail(f, s.At, "%s extends %s, which is a service of another language", at.Name, at.Extends.Name)
			return
		case seen[next]:
			g.fail(f, s.At, "%s extends itself", s.Name)
			return
		}
		at = next
	}
}

func (g *generator) declareTypes(f *goFile) {
	thriftgo := g.options.Names.isThriftgo() && f.def.Language == definition.Thrift
	names := f.pkg.names
	for _, def := range f.def.Services {
		s := &serviceDecl{def: def, file: f}
		if name := names.take(g.typeName(f.def, def.Name)); thriftgo {
			s.handler = name
		} else {
			s.contract = name
		}
		g.services[def] = s
		f.services = append(f.services, s)
	}
	for _, def := range f.def.Structs {
		s := &structDecl{def: def, file: f, name: names.take(g.typeName(f.def, def.Name))}
		g.structs[def] = s
		f.structs = append(f.structs, s)
	}
	for _, def := range f.def.Enums {
		e := &enumDecl{def: def, file: f, name: names.take(g.typeName(f.def, def.Name))}
		g.enums[def] = e
		f.enums = append(f.enums, e)
	}
	for _, def := range f.def.Typedefs {
		t := &typedefDecl{def: def, file: f, name: names.take(g.typeName(f.def, def.Name)), leftOut: g.index.unsupported(def.Type)}
		g.typedefs[def] = t
		f.typedefs = append(f.typedefs, t)
	}
	for _, s := range f.structs {
		s.create = names.take("New" + s.name)
	}
	for _, t := range f.typedefs {
		if thriftgo && g.index.resolve(t.def.Type).Kind == definition.KindStruct {
			t.create = names.take("New" + t.name)
		}
	}
}

// declareValues names values of enums, and constants.
func (g *generator) declareValues(f *goFile) {
	thriftgo := g.options.Names.isThriftgo() && f.def.Language == definition.Thrift
	names := f.pkg.names
	for _, def := range f.def.Constants {
		name := idiomatic(def.Name, true)
		if thriftgo {
			name = g.options.thriftgoName(def.Name)
		}
		f.constants = append(f.constants, &constantDecl{def: def, file: f, name: names.take(name)})
	}
	for _, e := range f.enums {
		for _, v := range e.def.Values {
			name := e.name + "_" + strings.TrimPrefix(cleanName("x"+v.Name), "x")
			if !thriftgo {
				name = e.name + idiomatic(withoutPrefix(e.def.Name, v.Name), true)
			}
			e.values = append(e.values, names.take(name))
		}
		if thriftgo {
			e.fromString, e.pointerFor = names.take(e.name+"FromString"), names.take(e.name+"Ptr")
		}
	}
}

// withoutPrefix takes the name of the enum from that of a value, as Protobuf has it: SHADE_DARK of Shade becomes DARK.
func withoutPrefix(enum, value string) string {
	enum = enum[strings.LastIndexByte(enum, '.')+1:]
	compact := strings.ToUpper(strings.ReplaceAll(enum, "_", ""))
	for i := range value {
		rest := value[i:]
		if rest[0] == '_' && len(rest) > 1 && strings.ToUpper(strings.ReplaceAll(value[:i], "_", "")) == compact && !isDigit(rest[1]) {
			return rest[1:]
		}
	}
	return value
}

// declareFields names fields and the methods that go with them.
func (g *generator) declareFields(s *structDecl) {
	thriftgo := g.options.Names.isThriftgo() && s.file.def.Language == definition.Thrift
	names := scope{"InitDefault": 1}
	switch s.def.Form {
	case definition.FormUnion:
		names["CountSetFields"+s.name] = 1
	case definition.FormException:
		names["Error"] = 1
	}
	if thriftgo {
		names["Read"], names["Write"], names["String"] = 1, 1, 1
	}
	identify := func(def *definition.Field) string {
		if thriftgo {
			return g.options.thriftgoName(def.Name)
		}
		return idiomatic(def.Name, strings.Contains(def.Name, "_"))
	}
	for _, def := range s.def.Fields {
		d := &fieldDecl{def: def, owner: s, leftOut: g.index.unsupported(def.Type)}
		hasGetter := thriftgo || s.file.def.Language == definition.Protobuf && def.Default != nil
		if hasGetter {
			d.getter = names.take("Get" + identify(def))
		}
		if thriftgo && g.options.Setters {
			d.setter = names.take("Set" + identify(def))
		}
		if thriftgo && g.hasIsSet(def) {
			d.isSet = names.take("IsSet" + identify(def))
		}
		s.fields = append(s.fields, d)
	}
	for i, def := range s.def.Fields {
		s.fields[i].name = names.take(identify(def))
	}
}

// hasIsSet reports whether thriftgo tells whether a field is set.
func (g *generator) hasIsSet(f *definition.Field) bool {
	return f.Requiredness == definition.Optional || g.index.resolve(f.Type).Kind == definition.KindStruct
}

// declareServices names contracts and their methods, and the structs that thriftgo has for arguments and results.
func (g *generator) declareServices(f *goFile) {
	for _, s := range f.services {
		names := f.pkg.names
		base := s.contract
		if base == "" {
			base = s.handler
			s.contract = names.take(base + "Contract")
		}
		s.fullName, s.exceptions = names.take(base+"Service"), ""
		if g.throws(s.def) {
			s.exceptions = names.take(base + "Exceptions")
		}
		if s.handler == "" {
			continue
		}
		for _, def := range s.def.Methods {
			m := &methodDecl{def: def}
			s.methods = append(s.methods, m)
			m.arguments = g.internalStruct(f, s.def.Name, def.Name, "_args", def.Arguments)
			if !def.Oneway {
				var fields []*definition.Field
				if def.Result != nil {
					fields = append(fields, &definition.Field{Name: "success", Requiredness: definition.Optional, Type: def.Result})
				}
				for _, t := range def.Throws {
					t := *t
					t.Requiredness = definition.Optional
					fields = append(fields, &t)
				}
				m.result = g.internalStruct(f, s.def.Name, def.Name, "_result", fields)
			}
		}
	}
}

// internalStruct declares the struct of a method's arguments or results.
func (g *generator) internalStruct(f *goFile, service, method, suffix string, fields []*definition.Field) *structDecl {
	name := g.options.internalName(service + g.options.internalName(method+suffix))
	def := &definition.Struct{Name: name}
	for _, field := range fields {
		field := *field
		if suffix == "_args" {
			field.Requiredness = definition.Default // an argument is always there
		}
		def.Fields = append(def.Fields, &field)
	}
	s := &structDecl{def: def, file: f, name: f.pkg.names.take(name), internal: true}
	s.create = f.pkg.names.take("New" + s.name)
	g.structs[def] = s
	f.structs = append(f.structs, s)
	return s
}

// throws reports whether a service, or one that it extends, has exceptions.
func (g *generator) throws(s *definition.Service) bool {
	for ; s != nil; s = g.extended(s) {
		for _, m := range s.Methods {
			if len(m.Throws) > 0 {
				return true
			}
		}
	}
	return false
}

// extended returns the service that another one extends, or nil.
func (g *generator) extended(s *definition.Service) *definition.Service {
	if s.Extends == nil {
		return nil
	}
	return g.index.services[*s.Extends]
}

// declareMethods names the methods of a service. None has the name of a method that the service inherits, nor of what it embeds.
func (g *generator) declareMethods(s *serviceDecl) {
	if s.names != nil {
		return
	}
	s.names = scope{}
	if base := g.extended(s.def); base != nil {
		b := g.services[base]
		g.declareMethods(b)
		for name := range b.names {
			s.names[name] = 1
		}
		s.names[b.contract] = 1
		if b.handler != "" {
			s.names[b.handler] = 1
		}
	}
	thriftgo := s.handler != ""
	for i, def := range s.def.Methods {
		if !thriftgo {
			s.methods = append(s.methods, &methodDecl{def: def})
		}
		m := s.methods[i]
		if thriftgo {
			m.name = s.names.take(g.options.thriftgoName(def.Name))
		} else {
			m.name = s.names.take(idiomatic(def.Name, strings.Contains(def.Name, "_")))
		}
		m.leftOut = g.whyNoMethod(def)
	}
}

// whyNoMethod returns why a contract cannot have a method, "" if it can.
func (g *generator) whyNoMethod(m *definition.Method) string {
	for _, a := range m.Arguments {
		if why := g.index.unsupported(a.Type); why != "" {
			return why
		}
	}
	if m.Result != nil {
		return g.index.unsupported(m.Result)
	}
	return ""
}
