package protofile

import (
	"github.com/bufbuild/protocompile/protoutil"
	"github.com/tagwire/tagwire/definition"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// kinds are those of scalars.
var kinds = map[protoreflect.Kind]definition.Kind{
	protoreflect.BoolKind:     definition.KindBool,
	protoreflect.Int32Kind:    definition.KindI32,
	protoreflect.Int64Kind:    definition.KindI64,
	protoreflect.Uint32Kind:   definition.KindUint32,
	protoreflect.Uint64Kind:   definition.KindUint64,
	protoreflect.Sint32Kind:   definition.KindSint32,
	protoreflect.Sint64Kind:   definition.KindSint64,
	protoreflect.Fixed32Kind:  definition.KindFixed32,
	protoreflect.Fixed64Kind:  definition.KindFixed64,
	protoreflect.Sfixed32Kind: definition.KindSfixed32,
	protoreflect.Sfixed64Kind: definition.KindSfixed64,
	protoreflect.FloatKind:    definition.KindFloat,
	protoreflect.DoubleKind:   definition.KindDouble,
	protoreflect.StringKind:   definition.KindString,
	protoreflect.BytesKind:    definition.KindBinary,
}

func (c *converter) field(from protoreflect.FieldDescriptor) *definition.Field {
	to := &definition.Field{
		Name:        string(from.Name()),
		ID:          int32(from.Number()),
		Type:        fieldType(from),
		JSONName:    from.JSONName(),
		Packed:      from.IsPacked(),
		Delimited:   from.Kind() == protoreflect.GroupKind,
		AnyUTF8:     anyUTF8(from),
		Doc:         c.doc(from),
		Annotations: c.options(from),
		At:          c.at(from),
	}
	switch {
	case from.Cardinality() == protoreflect.Required:
		to.Requiredness = definition.Required
	case from.HasPresence():
		to.Requiredness = definition.Optional
	}
	if o := from.ContainingOneof(); o != nil && !o.IsSynthetic() {
		index := int32(o.Index())
		to.Oneof = &index
	}
	if from.HasDefault() {
		to.Default = defaultOf(from)
	}
	return to
}

func fieldType(from protoreflect.FieldDescriptor) *definition.Type {
	if from.IsMap() {
		return &definition.Type{Kind: definition.KindMap, Key: singular(from.MapKey()), Elem: singular(from.MapValue())}
	}
	if from.IsList() {
		return &definition.Type{Kind: definition.KindList, Elem: singular(from)}
	}
	return singular(from)
}

// singular returns the type of one value of a field.
func singular(from protoreflect.FieldDescriptor) *definition.Type {
	switch from.Kind() {
	case protoreflect.EnumKind:
		return &definition.Type{Kind: definition.KindEnum, Ref: ref(from.Enum())}
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return &definition.Type{Kind: definition.KindStruct, Ref: ref(from.Message())}
	}
	return &definition.Type{Kind: kinds[from.Kind()]}
}

// utf8Feature is the field of descriptorpb.FeatureSet that says whether strings are checked.
var utf8Feature = (*descriptorpb.FeatureSet)(nil).ProtoReflect().Descriptor().Fields().ByName("utf8_validation")

// anyUTF8 reports whether a field has strings, which may be any bytes.
func anyUTF8(from protoreflect.FieldDescriptor) bool {
	isString := from.Kind() == protoreflect.StringKind
	if from.IsMap() {
		isString = from.MapKey().Kind() == protoreflect.StringKind || from.MapValue().Kind() == protoreflect.StringKind
	}
	if !isString {
		return false
	}
	feature, err := protoutil.ResolveFeature(from, utf8Feature)
	return err == nil && feature.Enum() == descriptorpb.FeatureSet_NONE.Number()
}

// defaultOf returns the default of a field.
func defaultOf(from protoreflect.FieldDescriptor) *definition.Value {
	value := from.Default()
	switch from.Kind() {
	case protoreflect.BoolKind:
		return &definition.Value{Kind: definition.ValueBool, Bool: value.Bool()}
	case protoreflect.EnumKind:
		v := from.DefaultEnumValue()
		return &definition.Value{Kind: definition.ValueEnum, Int: int64(v.Number()), Text: string(v.Name()), Ref: ref(from.Enum())}
	case protoreflect.StringKind:
		return &definition.Value{Kind: definition.ValueString, Text: value.String()}
	case protoreflect.BytesKind:
		return &definition.Value{Kind: definition.ValueString, Text: string(value.Bytes())}
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return &definition.Value{Kind: definition.ValueDouble, Double: value.Float()}
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return &definition.Value{Kind: definition.ValueInt, Int: int64(value.Uint())}
	}
	return &definition.Value{Kind: definition.ValueInt, Int: value.Int()}
}
