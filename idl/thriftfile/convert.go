package thriftfile

import (
	"fmt"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// convert returns a value as one of a type, nested in depth-1 others. If it does not fit, that is an error, and the result is of no use.
func (v *conversion) convert(value *definition.Value, t *definition.Type, depth int) *definition.Value {
	if v.failed || !v.count(value.At, 1, depth) {
		return value
	}
	if value.Kind == valueNamed {
		return v.named(value, t, depth)
	}
	wanted := v.trueType(t)
	result := *value
	if value.Kind == definition.ValueBool && wanted.Kind != definition.KindBool { // true and false are 1 and 0
		result.Kind, result.Bool = definition.ValueInt, false
		if value.Bool {
			result.Int = 1
		}
	}
	switch wanted.Kind {
	case definition.KindBool, definition.KindI8, definition.KindI16, definition.KindI32, definition.KindI64, definition.KindDouble:
		v.convertNumber(&result, wanted, t)
	case definition.KindString, definition.KindBinary:
		v.want(&result, definition.ValueString, t)
	case definition.KindUUID:
		v.convertUUID(&result, t)
	case definition.KindEnum:
		return v.convertEnum(&result, wanted, t)
	case definition.KindList, definition.KindSet:
		v.convertList(&result, wanted, t, depth)
	case definition.KindMap:
		v.convertMap(&result, wanted, t, depth)
	case definition.KindStruct:
		v.convertStruct(&result, wanted, t, depth)
	}
	return &result
}

// want reports a value that is of another kind than its type.
func (v *conversion) want(value *definition.Value, kind definition.ValueKind, t *definition.Type) (ok bool) {
	if value.Kind != kind {
		v.fail(value.At, "expected %s, found %s", v.describe(t), describeValue(value))
	}
	return value.Kind == kind
}

// describeValue returns what a value is, for errors.
func describeValue(value *definition.Value) string {
	switch value.Kind {
	case definition.ValueBool:
		return fmt.Sprint(value.Bool)
	case definition.ValueInt:
		return fmt.Sprint(value.Int)
	case definition.ValueDouble:
		return "a double"
	case definition.ValueString:
		return "a string"
	case definition.ValueList:
		return "a list"
	}
	return "a map"
}

// bits are how wide integers are.
var bits = map[definition.Kind]int{definition.KindI8: 8, definition.KindI16: 16, definition.KindI32: 32, definition.KindI64: 64}

func (v *conversion) convertNumber(value *definition.Value, wanted, t *definition.Type) {
	switch {
	case wanted.Kind == definition.KindBool && value.Kind == definition.ValueBool:
	case wanted.Kind == definition.KindDouble && value.Kind == definition.ValueDouble:
	case !v.want(value, definition.ValueInt, t):
	case wanted.Kind == definition.KindDouble:
		*value = definition.Value{Kind: definition.ValueDouble, Double: float64(value.Int), At: value.At}
	case wanted.Kind == definition.KindBool:
		if value.Int != 0 && value.Int != 1 {
			v.fail(value.At, "expected %s, found %d", v.describe(t), value.Int)
		}
		*value = definition.Value{Kind: definition.ValueBool, Bool: value.Int == 1, At: value.At}
	default:
		if shift := 64 - bits[wanted.Kind]; value.Int<<shift>>shift != value.Int {
			v.fail(value.At, "%d does not fit into %s", value.Int, v.describe(t))
		}
	}
}

// convertUUID checks the text of a uuid, which may be in braces, and makes its letters small.
func (v *conversion) convertUUID(value *definition.Value, t *definition.Type) {
	if !v.want(value, definition.ValueString, t) {
		return
	}
	text := strings.ToLower(value.Text)
	if len(text) == 38 && text[0] == '{' && text[37] == '}' {
		text = text[1:37]
	}
	valid := len(text) == 36
	for i := 0; valid && i < len(text); i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			valid = text[i] == '-'
		} else {
			valid = isDigit(text[i]) || text[i] >= 'a' && text[i] <= 'f'
		}
	}
	if !valid {
		v.fail(value.At, "malformed uuid: it must be like 00112233-4455-6677-8899-aabbccddeeff")
	}
	value.Text = text
}

// convertEnum finds the value of an enum that has a number.
func (v *conversion) convertEnum(value *definition.Value, wanted, t *definition.Type) *definition.Value {
	if !v.want(value, definition.ValueInt, t) {
		return value
	}
	if one := v.byNumber(v.enumOf(wanted))[value.Int]; one != nil {
		return enumResult(wanted.Ref, one, value.At)
	}
	v.fail(value.At, "the enum %s has no value with the number %d", wanted.Ref.Name, value.Int)
	return value
}

func (v *conversion) convertList(value *definition.Value, wanted, t *definition.Type, depth int) {
	if value.Kind == definition.ValueMap && len(value.Map) == 0 { // {} is empty, whatever it is
		value.Kind = definition.ValueList
	}
	if !v.want(value, definition.ValueList, t) {
		return
	}
	for i, element := range value.List {
		value.List[i] = v.convert(element, wanted.Elem, depth+1)
	}
}

func (v *conversion) convertMap(value *definition.Value, wanted, t *definition.Type, depth int) {
	if value.Kind == definition.ValueList && len(value.List) == 0 {
		value.Kind = definition.ValueMap
	}
	if !v.want(value, definition.ValueMap, t) {
		return
	}
	for i, entry := range value.Map {
		value.Map[i] = definition.Entry{Key: v.convert(entry.Key, wanted.Key, depth+1), Value: v.convert(entry.Value, wanted.Elem, depth+1)}
	}
}

// convertStruct converts a map from the names of fields.
func (v *conversion) convertStruct(value *definition.Value, wanted, t *definition.Type, depth int) {
	if !v.want(value, definition.ValueMap, t) {
		return
	}
	declared := v.structOf(wanted)
	fields := v.fieldsOf(declared)
	seen := map[string]bool{}
	for i, entry := range value.Map {
		if entry.Key.Kind != definition.ValueString {
			v.fail(entry.Key.At, "expected the name of a field of %s in quotes", declared.Name)
			return
		}
		name := entry.Key.Text
		field := fields[name]
		switch {
		case field == nil:
			v.fail(entry.Key.At, "%s has no field %s", declared.Name, name)
			return
		case seen[name]:
			v.fail(entry.Key.At, "the field %s has two values", name)
			return
		case declared.Form == definition.FormUnion && i > 0:
			v.fail(entry.Key.At, "%s is a union, so that only one field can have a value", declared.Name)
			return
		}
		seen[name] = true
		value.Map[i].Value = v.convert(entry.Value, field.Type, depth+1)
	}
}

// fieldsOf returns the fields of a struct by their names.
func (c *compiler) fieldsOf(s *definition.Struct) map[string]*definition.Field {
	fields := c.fieldsByName[s]
	if fields == nil {
		fields = make(map[string]*definition.Field, len(s.Fields))
		for _, f := range s.Fields {
			fields[f.Name] = f
		}
		c.fieldsByName[s] = fields
	}
	return fields
}

// byName returns the values of an enum by their names.
func (c *compiler) byName(e *definition.Enum) map[string]*definition.EnumValue {
	values := c.valuesByName[e]
	if values == nil {
		values = make(map[string]*definition.EnumValue, len(e.Values))
		for _, v := range e.Values {
			values[v.Name] = v
		}
		c.valuesByName[e] = values
	}
	return values
}

// byNumber returns the first value of an enum for each number.
func (c *compiler) byNumber(e *definition.Enum) map[int64]*definition.EnumValue {
	values := c.valuesByNumber[e]
	if values == nil {
		values = make(map[int64]*definition.EnumValue, len(e.Values))
		for _, v := range e.Values {
			if number := int64(v.Number); values[number] == nil {
				values[number] = v
			}
		}
		c.valuesByNumber[e] = values
	}
	return values
}
