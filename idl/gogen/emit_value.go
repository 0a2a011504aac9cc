package gogen

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// mostNodes bounds the values of a file: constants that refer to others could grow without end.
const mostNodes = 1 << 18

// A valueError stops the writing of a value.
type valueError struct {
	at      definition.Position
	message string
}

// value returns a Go expression for a value of a type. outer are the structs that it is in. What is wrong is reported.
func (e *emitter) value(t *definition.Type, v *definition.Value, outer []*structDecl) (text string) {
	if outer == nil {
		defer func() {
			switch r := recover().(type) {
			case nil:
			case valueError:
				e.fail(e.file.def, r.at, "%s", r.message)
				text = "nil"
			default:
				panic(r)
			}
		}()
		outer = []*structDecl{}
	}
	return e.expression(t, v, outer)
}

func refuse(v *definition.Value, format string, values ...any) string {
	panic(valueError{v.At, fmt.Sprintf(format, values...)})
}

// expression is value without recovering.
func (e *emitter) expression(t *definition.Type, v *definition.Value, outer []*structDecl) string {
	if v == nil {
		refuse(&definition.Value{}, "a value is missing")
	}
	if e.nodes++; e.nodes > mostNodes {
		refuse(v, "the values of this file are too large: constants that refer to others make them grow")
	}
	if len(outer) > mostNesting {
		refuse(v, "the value is nested more than %d levels deep, or is a default that contains itself", mostNesting)
	}
	resolved := e.index.resolve(t)
	switch resolved.Kind {
	case definition.KindBool:
		if v.Kind == definition.ValueBool {
			return strconv.FormatBool(v.Bool)
		}
	case definition.KindFloat, definition.KindDouble:
		if v.Kind == definition.ValueDouble {
			return e.number(resolved, v.Double)
		}
	case definition.KindString:
		if v.Kind == definition.ValueString {
			return quote(v.Text)
		}
	case definition.KindBinary:
		if v.Kind == definition.ValueString {
			return "[]byte(" + quote(v.Text) + ")"
		}
	case definition.KindEnum:
		if v.Kind == definition.ValueEnum || v.Kind == definition.ValueInt {
			return e.enumValue(resolved, v)
		}
	case definition.KindList, definition.KindSet:
		if v.Kind == definition.ValueList {
			return e.list(t, resolved, v, outer)
		}
	case definition.KindMap:
		if v.Kind == definition.ValueMap {
			return e.mapping(t, resolved, v, outer)
		}
	case definition.KindStruct:
		if v.Kind == definition.ValueMap {
			return e.composite(resolved, v, outer)
		}
	default:
		if v.Kind == definition.ValueInt || v.Kind == definition.ValueEnum {
			return integer(resolved, v)
		}
	}
	return refuse(v, "the value does not fit its type")
}

// integerBits are the sizes of integers; below zero those without a sign.
var integerBits = map[string]int{"int8": 8, "int16": 16, "int32": 32, "int64": 64, "uint32": -32, "uint64": -64}

func integer(t *definition.Type, v *definition.Value) string {
	switch bits := integerBits[goKinds[t.Kind]]; {
	case bits == 0:
		refuse(v, "the value does not fit its type")
	case bits == -64:
		return strconv.FormatUint(uint64(v.Int), 10)
	case bits < 0 && (v.Int < 0 || v.Int > math.MaxUint32), bits > 0 && bits < 64 && (v.Int>>(bits-1) != 0 && v.Int>>(bits-1) != -1):
		refuse(v, "%d does not fit an %s", v.Int, goKinds[t.Kind])
	}
	return strconv.FormatInt(v.Int, 10)
}

// number returns a float, which Go does not have as a constant if it is none of mathematics.
func (e *emitter) number(t *definition.Type, f float64) string {
	bits := 64
	if t.Kind == definition.KindFloat {
		bits = 32
	}
	inner := ""
	switch {
	case math.IsNaN(f):
		inner = e.use("math", "math") + "NaN()"
	case math.IsInf(f, 1):
		inner = e.use("math", "math") + "Inf(1)"
	case math.IsInf(f, -1):
		inner = e.use("math", "math") + "Inf(-1)"
	case f == 0 && math.Signbit(f):
		inner = e.use("math", "math") + "Copysign(0, -1)"
	default:
		text := strconv.FormatFloat(f, 'g', -1, bits)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return text
	}
	if bits == 32 {
		return "float32(" + inner + ")"
	}
	return inner
}

// enumValue returns the name of an enum's value, or a number of its type that has none.
func (e *emitter) enumValue(t *definition.Type, v *definition.Value) string {
	d := e.enums[e.index.enums[*t.Ref]]
	i := slices.IndexFunc(d.def.Values, func(x *definition.EnumValue) bool {
		return int64(x.Number) == v.Int && (v.Kind == definition.ValueInt || v.Text == "" || x.Name == v.Text)
	})
	switch {
	case i >= 0:
		return e.in(d.file, d.values[i])
	case v.Int != int64(int32(v.Int)):
		refuse(v, "%d does not fit an enum", v.Int)
	}
	return fmt.Sprintf("%s(%d)", e.in(d.file, d.name), v.Int)
}

func (e *emitter) list(t, resolved *definition.Type, v *definition.Value, outer []*structDecl) string {
	var b strings.Builder
	b.WriteString(e.goType(t) + "{")
	for _, one := range v.List {
		b.WriteString("\n" + e.element(resolved.Elem, one, outer) + ",")
	}
	if len(v.List) > 0 {
		b.WriteString("\n")
	}
	return b.String() + "}"
}

// mapping writes a map. Of a key that comes again the last value counts, since Go refuses such a map.
func (e *emitter) mapping(t, resolved *definition.Type, v *definition.Value, outer []*structDecl) string {
	key := e.index.resolve(resolved.Key)
	if slices.ContainsFunc(v.Map, func(entry definition.Entry) bool { return entry.Key == nil }) {
		refuse(v, "a key is missing")
	}
	last := map[string]int{}
	same := func(i int) string {
		k := v.Map[i].Key
		switch {
		case key.Kind == definition.KindStruct:
			return strconv.Itoa(i) // each is a pointer of its own
		case k.Kind == definition.ValueString:
			return k.Text
		}
		return fmt.Sprint(k.Bool, k.Int, k.Double) // not the name of an enum's value, which may have several
	}
	for i := range v.Map {
		last[same(i)] = i
	}
	var b strings.Builder
	b.WriteString(e.goType(t) + "{")
	for i, entry := range v.Map {
		if last[same(i)] != i {
			continue
		}
		name := ""
		switch key.Kind {
		case definition.KindBinary:
			name = e.expression(&definition.Type{Kind: definition.KindString}, entry.Key, outer)
		case definition.KindStruct:
			name = "&" + e.expression(resolved.Key, entry.Key, outer)
		default:
			name = e.expression(resolved.Key, entry.Key, outer)
		}
		b.WriteString("\n" + name + ": " + e.element(resolved.Elem, entry.Value, outer) + ",")
	}
	if len(v.Map) > 0 {
		b.WriteString("\n")
	}
	return b.String() + "}"
}

// element returns an element of a list or a map.
func (e *emitter) element(t *definition.Type, v *definition.Value, outer []*structDecl) string {
	if e.isMessage(t) && !e.options.Values {
		return "&" + e.expression(t, v, outer)
	}
	return e.expression(t, v, outer)
}

// composite returns a struct, with the defaults of fields that the value does not name.
func (e *emitter) composite(t *definition.Type, v *definition.Value, outer []*structDecl) string {
	s := e.structOf(t)
	outer = append(slices.Clip(outer), s)
	given := map[string]*definition.Value{}
	for _, entry := range v.Map {
		if entry.Key == nil || entry.Value == nil {
			refuse(v, "a field of %s is missing", s.def.Name)
		}
		if entry.Key.Kind != definition.ValueString || !slices.ContainsFunc(s.fields, func(f *fieldDecl) bool { return f.def.Name == entry.Key.Text }) {
			refuse(entry.Key, "%s has no field %s", s.def.Name, entry.Key.Text)
		}
		given[entry.Key.Text] = entry.Value
	}
	var b strings.Builder
	b.WriteString(e.in(s.file, s.name) + "{")
	for _, f := range s.fields {
		value := given[f.def.Name]
		if value == nil && (s.def.Form != definition.FormUnion || f.leftOut == "" && e.isDefaulted(f)) {
			value = f.def.Default
		}
		if value == nil || f.leftOut != "" {
			continue
		}
		b.WriteString("\n" + f.name + ": " + e.fieldValue(f, value, outer) + ",")
	}
	if text := b.String(); strings.HasSuffix(text, ",") {
		return text + "\n}"
	}
	return b.String() + "}"
}

// isDefaulted reports whether a member of a union is set where it differs from its default.
func (e *emitter) isDefaulted(f *fieldDecl) bool {
	switch e.index.resolve(f.def.Type).Kind {
	case definition.KindList, definition.KindSet, definition.KindMap:
		return false
	}
	return f.def.Default != nil && !e.isPointer(f)
}

// fieldValue returns what a field is set to.
func (e *emitter) fieldValue(f *fieldDecl, v *definition.Value, outer []*structDecl) string {
	text := e.value(f.def.Type, v, outer)
	switch {
	case !e.isPointer(f):
		return text
	case e.index.resolve(f.def.Type).Kind == definition.KindStruct:
		return "&" + text
	}
	// Go has no pointer to a constant, but to the element of a new slice.
	return "&[]" + e.goType(f.def.Type) + "{" + text + "}[0]"
}
