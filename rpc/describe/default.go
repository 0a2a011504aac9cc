package describe

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/schema"
)

// Bounds of the defaults of a file, which may refer to themselves.
const (
	deepest    = 32
	mostValues = 10_000
)

// defaultOf returns what InitDefault sets a field to; nil if it leaves it as it is in any new value.
func (f *file) defaultOf(plan *schema.StructType, field *schema.Field) (*definition.Value, error) {
	p := plan.Default()
	if p == nil {
		return nil, nil
	}
	// Default returns a plan.Go, which has the field there; the pointer made keeps it alive.
	v := reflect.NewAt(field.Type.Go, unsafe.Add(p, field.Offset)).Elem()
	if v.IsZero() {
		return nil, nil
	}
	made, err := f.value(field.Type, v, 0)
	if err != nil {
		return nil, fmt.Errorf("the default of %s.%s, which InitDefault sets, %w", plan.Name, field.Name, err)
	}
	return made, nil
}

// value returns a value of a type, which is that deep in a default. A nil pointer is the zero of what it points to.
func (f *file) value(t *schema.Type, v reflect.Value, depth int) (*definition.Value, error) {
	if f.values++; depth > deepest || f.values > mostValues {
		return nil, fmt.Errorf("is nested more than %d times, perhaps by a pointer to itself, or there are more than %d values in defaults",
			deepest, mostValues)
	}
	if t.Pointer {
		if v.IsNil() {
			return f.value(&schema.Type{Kind: t.Kind, Go: t.Base(), Struct: t.Struct}, reflect.Zero(t.Base()), depth)
		}
		v = v.Elem()
	}
	switch t.Kind {
	case schema.Bool:
		return &definition.Value{Kind: definition.ValueBool, Bool: v.Bool()}, nil
	case schema.Double:
		return &definition.Value{Kind: definition.ValueDouble, Double: v.Float()}, nil
	case schema.String:
		return &definition.Value{Kind: definition.ValueString, Text: v.String()}, nil
	case schema.Binary:
		return &definition.Value{Kind: definition.ValueString, Text: string(v.Bytes())}, nil
	case schema.Struct:
		return f.structValue(t.Struct, v, depth)
	case schema.List, schema.Set:
		made := &definition.Value{Kind: definition.ValueList}
		for i := range v.Len() {
			element, err := f.value(t.Elem, v.Index(i), depth+1)
			if err != nil {
				return nil, err
			}
			made.List = append(made.List, element)
		}
		return made, nil
	case schema.Map:
		return f.mapValue(t, v, depth)
	}
	return f.number(t, v.Int()), nil
}

// number returns a whole number, which may be one of an enum.
func (f *file) number(t *schema.Type, n int64) *definition.Value {
	e := f.enumOf(t)
	if e == nil {
		return &definition.Value{Kind: definition.ValueInt, Int: n}
	}
	made := &definition.Value{Kind: definition.ValueEnum, Int: n, Ref: &definition.Ref{Path: f.made.Path, Name: e.Name}}
	for _, named := range e.Values {
		if int64(named.Number) == n {
			made.Text = named.Name
		}
	}
	return made
}

// structValue returns the fields of a struct that a new one does not have by itself.
func (f *file) structValue(plan *schema.StructType, v reflect.Value, depth int) (*definition.Value, error) {
	made := &definition.Value{Kind: definition.ValueMap}
	for i := range plan.Fields {
		field := &plan.Fields[i]
		inside := v.FieldByName(field.Name)
		if k := inside.Kind(); inside.IsZero() && (!plan.HasInit || k == reflect.Pointer || k == reflect.Slice || k == reflect.Map) {
			continue
		}
		value, err := f.value(field.Type, inside, depth+1)
		if err != nil {
			return nil, err
		}
		key := &definition.Value{Kind: definition.ValueString, Text: f.structs[plan].fields[i].Name}
		made.Map = append(made.Map, definition.Entry{Key: key, Value: value})
	}
	return made, nil
}

func (f *file) mapValue(t *schema.Type, v reflect.Value, depth int) (*definition.Value, error) {
	made := &definition.Value{Kind: definition.ValueMap}
	for entries := v.MapRange(); entries.Next(); {
		key, err := f.value(t.Key, entries.Key(), depth+1)
		if err != nil {
			return nil, err
		}
		value, err := f.value(t.Elem, entries.Value(), depth+1)
		if err != nil {
			return nil, err
		}
		made.Map = append(made.Map, definition.Entry{Key: key, Value: value})
	}
	slices.SortFunc(made.Map, func(a, b definition.Entry) int { return compareValues(a.Key, b.Key) })
	return made, nil
}

// compareValues orders values of one type.
func compareValues(a, b *definition.Value) int {
	if a.Bool != b.Bool {
		return map[bool]int{false: -1, true: 1}[a.Bool]
	}
	return cmp.Or(
		cmp.Compare(a.Int, b.Int), cmp.Compare(a.Double, b.Double), cmp.Compare(a.Text, b.Text),
		slices.CompareFunc(a.List, b.List, compareValues),
		slices.CompareFunc(a.Map, b.Map, func(x, y definition.Entry) int {
			return cmp.Or(compareValues(x.Key, y.Key), compareValues(x.Value, y.Value))
		}),
	)
}
