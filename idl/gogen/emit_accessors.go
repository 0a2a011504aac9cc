package gogen

import "github.com/tagwire/tagwire/definition"

// accessors writes the methods that thriftgo gives a struct, but for those of its codec.
func (e *emitter) accessors(s *structDecl) {
	for _, f := range s.fields {
		if f.leftOut == "" {
			e.accessor(f)
		}
	}
	e.printf("\n// String shows the fields.\nfunc (p *%s) String() string {\nif p == nil {\nreturn \"<nil>\"\n}\n", s.name)
	e.printf("return %sSprintf(\"%s(%%+v)\", *p)\n}\n", e.use("fmt", "fmt"), s.name)
}

func (e *emitter) accessor(f *fieldDecl) {
	s, whole := f.owner, e.fieldType(f)
	switch {
	case f.setter == "":
	case s.internal && f.def.ID == 0: // the result itself, which frameworks have as any
		e.printf("\n// %s sets %s, which is a %s.\nfunc (p *%s) %s(value any) { p.%s = value.(%s) }\n", f.setter, f.name, whole, s.name, f.setter, f.name, whole)
	default:
		e.printf("\n// %s sets %s.\nfunc (p *%s) %s(value %s) { p.%s = value }\n", f.setter, f.name, s.name, f.setter, whole, f.name)
	}
	got, shown := whole, "p."+f.name
	if e.isPointer(f) && e.index.resolve(f.def.Type).Kind != definition.KindStruct {
		got, shown = e.goType(f.def.Type), "*p."+f.name
	}
	if f.isSet == "" || e.isByValue(s, f.def) {
		e.printf("\n// %s returns %s.\nfunc (p *%s) %s() %s { return %s }\n", f.getter, f.name, s.name, f.getter, got, shown)
		if f.isSet != "" {
			e.printf("\n// %s returns true, since %s is always there.\nfunc (p *%s) %s() bool { return true }\n", f.isSet, f.name, s.name, f.isSet)
		}
		return
	}
	fallback := e.file.pkg.names.take(s.name + "_" + f.name + "_DEFAULT")
	e.printf("\n// %s is what %s returns where %s is not set.\n", fallback, f.getter, f.name)
	if f.def.Default != nil {
		e.printf("var %s %s = %s\n", fallback, got, e.fieldValue(f, f.def.Default, nil))
	} else {
		e.printf("var %s %s\n", fallback, got)
	}
	e.printf("\n// %s returns %s, or its default if it is not set.\nfunc (p *%s) %s() %s {\nif !p.%s() {\nreturn %s\n}\nreturn %s\n}\n",
		f.getter, f.name, s.name, f.getter, got, f.isSet, fallback, shown)
	condition := "p." + f.name + " != nil"
	switch t := e.index.resolve(f.def.Type); {
	case f.def.Default == nil, e.isPointer(f), t.Kind == definition.KindList, t.Kind == definition.KindSet, t.Kind == definition.KindMap:
	case t.Kind == definition.KindBinary:
		condition = "!" + e.use("bytes", "bytes") + "Equal(p." + f.name + ", " + fallback + ")"
	default:
		condition = "p." + f.name + " != " + fallback
	}
	e.printf("\n// %s reports whether %s is set.\nfunc (p *%s) %s() bool { return %s }\n", f.isSet, f.name, s.name, f.isSet, condition)
}
