package descriptor

import "cmp"

// Values of features.
const (
	presenceExplicit, presenceImplicit, presenceRequired = 1, 2, 3
	enumOpen, enumClosed                                 = 1, 2
	repeatedPacked, repeatedExpanded                     = 1, 2
	utf8Verified, utf8Any                                = 2, 3
	messagePrefixed, messageDelimited                    = 1, 2
)

// syntaxFeatures are what a syntax, or an edition, says where nothing else is said.
var syntaxFeatures = map[string]FeatureSet{
	proto2: {FieldPresence: presenceExplicit, EnumType: enumClosed, RepeatedFields: repeatedExpanded, UTF8Validation: utf8Any,
		MessageEncoding: messagePrefixed},
	proto3: {FieldPresence: presenceImplicit, EnumType: enumOpen, RepeatedFields: repeatedPacked, UTF8Validation: utf8Verified,
		MessageEncoding: messagePrefixed},
	editions: {FieldPresence: presenceExplicit, EnumType: enumOpen, RepeatedFields: repeatedPacked, UTF8Validation: utf8Verified,
		MessageEncoding: messagePrefixed},
}

// with returns the features of something inside that says these of its own; nil for none.
func (f FeatureSet) with(own *FeatureSet) FeatureSet {
	if own == nil {
		return f
	}
	return FeatureSet{
		FieldPresence: cmp.Or(own.FieldPresence, f.FieldPresence), EnumType: cmp.Or(own.EnumType, f.EnumType),
		RepeatedFields: cmp.Or(own.RepeatedFields, f.RepeatedFields), UTF8Validation: cmp.Or(own.UTF8Validation, f.UTF8Validation),
		MessageEncoding: cmp.Or(own.MessageEncoding, f.MessageEncoding),
	}
}

func (f *FileDescriptorProto) features() FeatureSet {
	of := syntaxFeatures[cmp.Or(f.Syntax, proto2)]
	if f.Options != nil {
		of = of.with(f.Options.Features)
	}
	return of
}

func (m *DescriptorProto) features(around FeatureSet) FeatureSet {
	if m.Options != nil {
		return around.with(m.Options.Features)
	}
	return around
}

func (e *EnumDescriptorProto) features(around FeatureSet) FeatureSet {
	if e.Options != nil {
		return around.with(e.Options.Features)
	}
	return around
}

// features returns those of a field, which older syntaxes say in other ways.
func (x *FieldDescriptorProto) features(around FeatureSet) FeatureSet {
	if x.Options != nil {
		if packed := x.Options.Packed; packed != nil {
			around.RepeatedFields = map[bool]int32{true: repeatedPacked, false: repeatedExpanded}[*packed]
		}
		around = around.with(x.Options.Features)
	}
	if x.Label == labelRequired {
		around.FieldPresence = presenceRequired
	}
	if x.Proto3Optional {
		around.FieldPresence = presenceExplicit
	}
	if x.Type == typeGroup {
		around.MessageEncoding = messageDelimited
	}
	return around
}
