package gogen

import (
	"math"

	"github.com/tagwire/tagwire/definition"
)

// constants writes the constants of the file. What Go has no constants of are variables.
func (e *emitter) constants() {
	for _, c := range e.file.constants {
		if why := e.index.unsupported(c.def.Type); why != "" {
			e.leaveOut(c.def.At, c.def.Name, why)
			continue
		}
		if c.def.Value == nil {
			e.fail(e.file.def, c.def.At, "%s has no value", c.def.Name)
			continue
		}
		t := e.index.resolve(c.def.Type)
		text := e.value(c.def.Type, c.def.Value, nil)
		e.printf("\n")
		e.doc(c.def.Doc)
		switch {
		case t.Kind == definition.KindStruct:
			e.printf("var %s = &%s\n", c.name, text)
		case !isConstant(t, c.def.Value):
			e.printf("var %s = %s\n", c.name, text)
		case e.thriftgo():
			e.printf("const %s = %s\n", c.name, text) // takes the type of its use, as that of thriftgo
		default:
			e.printf("const %s %s = %s\n", c.name, e.goType(c.def.Type), text)
		}
	}
}

// isConstant reports whether Go has a constant of the value.
func isConstant(t *definition.Type, v *definition.Value) bool {
	switch t.Kind {
	case definition.KindBinary, definition.KindList, definition.KindSet, definition.KindMap, definition.KindStruct:
		return false
	case definition.KindFloat, definition.KindDouble:
		return !math.IsNaN(v.Double) && !math.IsInf(v.Double, 0) && !(v.Double == 0 && math.Signbit(v.Double))
	}
	return true
}

// typedef writes another name for a type. It is an alias, so that values need no conversion.
func (e *emitter) typedef(t *typedefDecl) {
	if t.leftOut != "" {
		e.leaveOut(t.def.At, t.def.Name, t.leftOut)
		return
	}
	e.strayRules(t.def.Name, t.def.Annotations, t.def.Type)
	e.printf("\n")
	e.doc(t.def.Doc)
	e.printf("type %s = %s\n", t.name, e.goType(t.def.Type))
	if t.create != "" {
		s := e.structOf(e.index.resolve(t.def.Type))
		e.printf("\n// %s returns a new %s with its default values.\nfunc %s() *%s { return %s() }\n", t.create, t.name, t.create, t.name,
			e.in(s.file, s.create))
	}
}
