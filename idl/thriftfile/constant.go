package thriftfile

import (
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// Limits of values when the constants in them are written out, as encoders and generators may do. Without them a few lines, each a list
// of the one before, could stand for more values than fit into memory.
const (
	maxExpanded = 5_000_000 // in all files together
	maxChain    = 1_000     // constants that refer to each other
)

// A constantState is how far the conversion of a constant has come.
type constantState struct {
	done, failed bool
	size         int // how many values it has when it is written out
	depth        int // how deep they are nested
}

// convertAll converts the constants and defaults of a file to their types.
func (c *compiler) convertAll(f *file) {
	for _, constant := range f.Constants {
		c.convertConstant(f, constant, 0)
	}
	for _, s := range f.Structs {
		c.convertDefaults(f, s.Fields)
	}
	for _, s := range f.Services {
		for _, m := range s.Methods {
			c.convertDefaults(f, m.Arguments)
			c.convertDefaults(f, m.Throws)
		}
	}
}

func (c *compiler) convertDefaults(f *file, fields []*definition.Field) {
	for _, field := range fields {
		if field.Default != nil {
			v := &conversion{compiler: c, file: f}
			field.Default = v.convert(field.Default, field.Type, 1)
		}
	}
}

// convertConstant converts a constant, which chain others referred to. It returns nil if the constant refers to itself.
func (c *compiler) convertConstant(f *file, constant *definition.Constant, chain int) *constantState {
	if state := c.constants[constant]; state != nil {
		if !state.done {
			return nil
		}
		return state
	}
	state := &constantState{}
	c.constants[constant] = state
	v := &conversion{compiler: c, file: f, chain: chain}
	constant.Value = v.convert(constant.Value, constant.Type, 1)
	*state = constantState{true, v.failed, v.size, v.depth}
	return state
}

// A conversion is that of one constant or default.
type conversion struct {
	*compiler
	file        *file
	chain       int
	size, depth int
	failed      bool
}

func (v *conversion) fail(at definition.Position, format string, arguments ...any) {
	v.failed = true
	v.compiler.fail(v.file, at, format, arguments...)
}

// count adds values that are nested to depth, and reports whether there are too many.
func (v *conversion) count(at definition.Position, size, depth int) (ok bool) {
	v.size += size
	v.depth = max(v.depth, depth)
	v.expanded += size
	switch {
	case v.expanded > maxExpanded:
		v.fail(at, "the constants and defaults have more than %d values when they are written out", maxExpanded)
	case depth > maxDepth:
		v.fail(at, "the value is nested more than %d deep when it is written out", maxDepth)
	default:
		return true
	}
	return false
}

// named converts the name of a constant or of a value of an enum. Where an enum is wanted only the last part of the name counts, as in
// thrift-compiler, so that prefixes can be left out.
func (v *conversion) named(value *definition.Value, t *definition.Type, depth int) *definition.Value {
	name := value.Text
	wanted := v.trueType(t)
	if wanted.Kind == definition.KindEnum {
		enum := v.enumOf(wanted)
		if found := v.byName(enum)[name[strings.LastIndexByte(name, '.')+1:]]; found != nil {
			return enumResult(wanted.Ref, found, value.At)
		}
	}
	if enum, found := v.enumValue(name); found != nil {
		if wanted.Kind == definition.KindEnum {
			v.fail(value.At, "%s is a value of the enum %s, not of %s", name, enum.Name, wanted.Ref.Name)
			return value
		}
		return v.convert(&definition.Value{Kind: definition.ValueInt, Int: int64(found.Number), At: value.At}, t, depth)
	}
	var in *file
	var constant *definition.Constant
	v.file.lookup(name, func(f *file, name string) bool {
		in, constant = f, f.names.constants[name]
		return constant != nil
	})
	if constant == nil {
		v.fail(value.At, "there is no constant and no value of an enum with the name %s%s", name, v.missing(name))
		return value
	}
	return v.constant(value, in, constant, t, depth)
}

// missing is missingPrefix for names that may begin with that of an enum.
func (v *conversion) missing(name string) string {
	if prefix, _, _ := strings.Cut(name, "."); v.file.enums[prefix] != nil {
		return ""
	}
	return v.file.missingPrefix(name)
}

// constant converts the name of a constant, which is in another file perhaps.
func (v *conversion) constant(value *definition.Value, in *file, constant *definition.Constant, t *definition.Type, depth int) *definition.Value {
	if v.chain > maxChain {
		v.fail(value.At, "more than %d constants refer to each other", maxChain)
		return value
	}
	state := v.convertConstant(in, constant, v.chain+1)
	switch {
	case state == nil:
		v.fail(value.At, "the constant %s refers to itself", constant.Name)
		return value
	case state.failed:
		v.failed = true
		return value
	}
	result := *constant.Value
	result.At = value.At
	if v.same(constant.Type, t) {
		v.count(value.At, state.size-1, depth+state.depth-1)
	} else if scalar(result.Kind) {
		if result.Kind == definition.ValueEnum {
			result = definition.Value{Kind: definition.ValueInt, Int: result.Int, At: value.At}
		}
		result = *v.convert(&result, t, depth)
	} else {
		v.fail(value.At, "expected %s, found the constant %s, which is %s", v.describe(t), constant.Name, v.describe(constant.Type))
	}
	result.Named = &definition.Ref{Path: in.Path, Name: constant.Name}
	return &result
}

func scalar(kind definition.ValueKind) bool {
	return kind != definition.ValueList && kind != definition.ValueMap
}

// enumValue returns what a name stands for that ends with the name of an enum, or of a typedef of one, and that of its value.
func (v *conversion) enumValue(name string) (*definition.Enum, *definition.EnumValue) {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return nil, nil
	}
	var enum *definition.Enum
	var found *definition.EnumValue
	v.file.lookup(name[:dot], func(in *file, enumName string) bool {
		enum = in.enums[enumName]
		if typedef := in.typedefs[enumName]; typedef != nil {
			if t := v.trueType(typedef.Type); t.Kind == definition.KindEnum {
				enum = v.enumOf(t)
			}
		}
		if enum != nil {
			found = v.byName(enum)[name[dot+1:]]
		}
		return found != nil
	})
	return enum, found
}

func enumResult(ref *definition.Ref, value *definition.EnumValue, at definition.Position) *definition.Value {
	return &definition.Value{Kind: definition.ValueEnum, Int: int64(value.Number), Text: value.Name, Ref: &definition.Ref{Path: ref.Path, Name: ref.Name}, At: at}
}
