package describe

import (
	"reflect"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/rpc/naming"
	"github.com/tagwire/tagwire/schema"
)

var kinds = map[schema.Kind]definition.Kind{
	schema.Bool: definition.KindBool, schema.I8: definition.KindI8, schema.I16: definition.KindI16, schema.I32: definition.KindI32,
	schema.I64: definition.KindI64, schema.Double: definition.KindDouble, schema.String: definition.KindString,
	schema.Binary: definition.KindBinary, schema.List: definition.KindList, schema.Set: definition.KindSet, schema.Map: definition.KindMap,
	schema.Enum: definition.KindI32, // on the wire
}

// typeOf returns the type of a value. other is the name of a struct that has none.
func (f *file) typeOf(t *schema.Type, other string) *definition.Type {
	switch t.Kind {
	case schema.Struct:
		return f.refer(definition.KindStruct, f.structOf(t.Struct, other).made.Name)
	case schema.List, schema.Set:
		return &definition.Type{Kind: kinds[t.Kind], Elem: f.typeOf(t.Elem, other)}
	case schema.Map:
		return &definition.Type{Kind: kinds[t.Kind], Key: f.typeOf(t.Key, other+"_key"), Elem: f.typeOf(t.Elem, other)}
	}
	if e := f.enumOf(t); e != nil {
		return f.refer(definition.KindEnum, e.Name)
	}
	plain := &definition.Type{Kind: kinds[t.Kind]}
	base := t.Base()
	if base.PkgPath() == "" {
		return plain
	}
	made := f.typedefs[base]
	if made == nil {
		made = &definition.Typedef{Name: takeType(f.names, base.Name()), Type: plain}
		f.typedefs[base] = made
		f.made.Typedefs = append(f.made.Typedefs, made)
	}
	if made.Type.Kind != plain.Kind {
		return plain // an enum without names by one tag, and an i64 by another one
	}
	return f.refer(definition.KindTypedef, made.Name)
}

func (f *file) refer(kind definition.Kind, name string) *definition.Type {
	return &definition.Type{Kind: kind, Ref: &definition.Ref{Path: f.made.Path, Name: name}}
}

// enumOf returns the enum that the values of a type are of; nil if they are no numbers of an enum.
func (f *file) enumOf(t *schema.Type) *definition.Enum {
	base := t.Base()
	if t.Kind != schema.Enum && (t.Kind != schema.I32 || base.PkgPath() == "") {
		return nil
	}
	if known, found := f.enums[base]; found {
		return known
	}
	f.enums[base] = nil
	if names := naming.EnumValues(base); len(names) > 1 || len(names) == 1 && t.Kind == schema.Enum {
		f.enums[base] = f.enum(base, names)
	}
	return f.enums[base]
}

func (f *file) enum(t reflect.Type, names []naming.EnumValue) *definition.Enum {
	made := &definition.Enum{Name: takeType(f.names, t.Name())}
	scope := naming.Scope{}
	for _, n := range names {
		made.Values = append(made.Values, &definition.EnumValue{Name: take(scope, n.Name), Number: n.Number})
	}
	f.made.Enums = append(f.made.Enums, made)
	return made
}
