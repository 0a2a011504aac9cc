package descriptor

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tagwire/tagwire/rpc/naming"
	"github.com/tagwire/tagwire/schema"
)

// A draft is a message while it is described.
type draft struct {
	*namespace
	made  *DescriptorProto
	full  string // its full name
	plan  *schema.StructType
	names naming.Scope // in the message
	plain naming.Scope // the names of fields, as JSON might confuse them
}

// describe describes a message under a full name.
func (n *namespace) describe(plan *schema.StructType, full string) *DescriptorProto {
	_, short := splitName(full)
	d := &draft{namespace: n, made: &DescriptorProto{Name: short}, full: full, plan: plan, names: naming.Scope{}, plain: naming.Scope{}}
	order := inOrder(plan)
	fields := make([]*FieldDescriptorProto, len(order))
	// All fields have their names before there are others, which can give way.
	for i, f := range order {
		fields[i] = &FieldDescriptorProto{Number: f.ID, Label: labelOptional}
		d.name(fields[i], f)
	}
	for _, o := range plan.Oneofs {
		d.made.OneofDecl = append(d.made.OneofDecl, &OneofDescriptorProto{Name: d.names.Take(naming.Identifier(o.Name))})
	}
	for i, f := range order {
		d.fill(fields[i], f)
	}
	d.made.Field = fields
	return d.made
}

// inOrder returns the fields in the order of their numbers, but the members of a oneof beside each other, as they are in a file.
func inOrder(plan *schema.StructType) []*schema.Field {
	var order []*schema.Field
	done := make([]bool, len(plan.Oneofs))
	for i := range plan.Fields {
		f := &plan.Fields[i]
		if f.Oneof == 0 {
			order = append(order, f)
			continue
		}
		if done[f.Oneof-1] {
			continue
		}
		done[f.Oneof-1] = true
		for _, member := range plan.Oneofs[f.Oneof-1].Members {
			order = append(order, &plan.Fields[member])
		}
	}
	return order
}

// name gives a field its names, and takes those of the messages that belong to it alone.
func (d *draft) name(made *FieldDescriptorProto, f *schema.Field) {
	base := naming.SnakeCase(naming.Identifier(f.Name))
	if f.Said != nil && naming.IsIdentifier(f.Said.Name) {
		base = f.Said.Name
	}
	if f.Type.Kind == schema.Map && !naming.IsIdentifier(camelCase(base)) {
		base = "x" + base
	}
	isGroup := valueOf(f).Form == schema.Group
	for name := base; ; name = fmt.Sprintf("%s_%d", name, f.ID) {
		message := ""
		switch {
		case isGroup:
			message = strings.ToUpper(name[:1]) + name[1:] // the field has the name of its message in small letters
			if !isUpper(message[0]) {
				message = "X" + message
			}
			name = strings.ToLower(message)
		case f.Type.Kind == schema.Map:
			message = camelCase(name) + "Entry"
		}
		if d.names[name] || d.plain[naming.Plain(name)] || message != "" && (d.names[message] || message == name) {
			continue
		}
		made.Name, made.JSONName = name, jsonName(name)
		if isGroup {
			made.TypeName = message
		}
		d.names[name], d.plain[naming.Plain(name)] = true, true
		if message != "" {
			d.names[message] = true
		}
		break
	}
	if f.Said == nil || f.Said.JSON == "" || made.Name != f.Said.Name || strings.ContainsRune(f.Said.JSON, 0) || !utf8.ValidString(f.Said.JSON) {
		return
	}
	if plain := naming.Plain(f.Said.JSON); plain == naming.Plain(made.Name) || !d.plain[plain] {
		made.JSONName, d.plain[plain] = f.Said.JSON, true
	}
}

// valueOf returns the type of the value of a field, or of its elements.
func valueOf(f *schema.Field) *schema.Type {
	if f.Type.Elem != nil {
		return f.Type.Elem
	}
	return f.Type
}

// fill completes a field that has its names.
func (d *draft) fill(made *FieldDescriptorProto, f *schema.Field) {
	switch f.Type.Kind {
	case schema.List:
		made.Label = labelRepeated
		if elem := f.Type.Elem; elem.Kind != schema.String && elem.Kind != schema.Binary && elem.Kind != schema.Struct && f.Packed == d.needs2 {
			packed := f.Packed
			made.Options = &FieldOptions{Packed: &packed} // the other form is what the syntax has without the option
		}
	case schema.Map:
		d.fillMap(made, f)
		return
	}
	d.fillType(made, valueOf(f), f)
	switch {
	case f.Oneof > 0:
		place := int32(f.Oneof - 1)
		made.OneofIndex = &place
	case f.Requiredness == schema.RequiredField:
		made.Label = labelRequired
	case f.Requiredness == schema.Optional && !d.needs2 && made.Label != labelRepeated && f.Type.Kind != schema.Struct:
		made.Proto3Optional = true
		place := int32(len(d.made.OneofDecl))
		made.OneofIndex = &place
		d.made.OneofDecl = append(d.made.OneofDecl, &OneofDescriptorProto{Name: d.names.Take("_" + made.Name)})
	}
	if d.needs2 && f.Said != nil && f.Said.Default != nil && made.Label == labelOptional {
		made.DefaultValue = d.defaultOf(made, f)
	}
}

// fillMap describes the message of the entries of a map.
func (d *draft) fillMap(made *FieldDescriptorProto, f *schema.Field) {
	entry := &DescriptorProto{Name: camelCase(made.Name) + "Entry", Options: &MessageOptions{MapEntry: true}}
	made.Label, made.Type, made.TypeName = labelRepeated, typeMessage, "."+d.full+"."+entry.Name
	key := &FieldDescriptorProto{Name: "key", Number: 1, Label: labelOptional, JSONName: "key"}
	if key.Type = scalarType(f.Type.Key); key.Type == typeBytes {
		key.Type = typeString // no key is bytes
	}
	value := &FieldDescriptorProto{Name: "value", Number: 2, Label: labelOptional, JSONName: "value"}
	d.fillType(value, f.Type.Elem, f)
	entry.Field = []*FieldDescriptorProto{key, value}
	d.made.NestedType = append(d.made.NestedType, entry)
}

// fillType sets the type of a field from that of its value.
func (d *draft) fillType(made *FieldDescriptorProto, t *schema.Type, f *schema.Field) {
	switch {
	case t.Kind != schema.Struct:
		made.TypeName, made.Type = "", scalarType(t)
		if t.Kind == schema.String && f.Said != nil {
			made.Type = typeString // generators tell the two apart
		}
		if name := d.enumName(t, f.Type.Kind == schema.Map); name != "" {
			made.Type, made.TypeName = typeEnum, name
		}
		return
	case t.Struct.Held != schema.HeldFields:
		made.TypeName = d.wellKnown(t.Struct)
	case t.Form == schema.Group:
		short := made.TypeName
		made.Type, made.TypeName = typeGroup, "."+d.full+"."+short
		d.made.NestedType = append(d.made.NestedType, d.describe(t.Struct, d.full+"."+short))
		return
	case d.isInline(t):
		short := d.names.Take(camelOf(f))
		made.TypeName = "." + d.full + "." + short
		d.made.NestedType = append(d.made.NestedType, d.describe(t.Struct, d.full+"."+short))
	default:
		made.TypeName = d.reference(t.Struct.Go)
	}
	made.Type = typeMessage
}

// camelOf returns a name for the message of a field whose struct has none.
func camelOf(f *schema.Field) string {
	if name := camelCase(naming.SnakeCase(naming.Identifier(f.Name))); naming.IsIdentifier(name) {
		return name
	}
	return "X"
}

// scalarType returns the type of what is no message.
func scalarType(t *schema.Type) fieldType {
	types := map[schema.Kind][3]fieldType{ // by form
		schema.Bool:   {typeBool},
		schema.I32:    {typeInt32, typeSint32, typeSfixed32},
		schema.I64:    {typeInt64, typeSint64, typeSfixed64},
		schema.U32:    {typeUint32, 0, typeFixed32},
		schema.U64:    {typeUint64, 0, typeFixed64},
		schema.Float:  {0, 0, typeFloat},
		schema.Double: {0, 0, typeDouble},
		schema.String: {typeString},
		schema.Binary: {typeBytes},
	}
	if t.Kind == schema.String && !t.UTF8 {
		return typeBytes
	}
	return types[t.Kind][t.Form]
}

// mostGroups bounds groups in groups.
const mostGroups = 10_000

// checkInline refuses a group that contains itself, by groups alone, since each place of a group has a message of its own.
func checkInline(plan *schema.StructType) error {
	seen := map[*schema.StructType]bool{}
	groups := 0
	var visit func(s *schema.StructType, inside []*schema.StructType) error
	visit = func(s *schema.StructType, inside []*schema.StructType) error {
		if groups += len(inside); slices.Contains(inside, s) || groups > mostGroups {
			return fmt.Errorf("the group %s contains itself, or too many others, and there is no file that describes it", s.Name)
		}
		if inside == nil && seen[s] {
			return nil
		}
		seen[s] = true
		for i := range s.Fields {
			of := s.Fields[i].Type
			for _, t := range valuesOf(of) {
				if t.Struct == nil {
					continue
				}
				if t.Form == schema.Group && of.Kind == schema.Map {
					return fmt.Errorf("the elements of the map %s.%s are groups", s.Name, s.Fields[i].Name)
				}
				below := append(slices.Clip(inside), s)
				if t.Form != schema.Group {
					below = nil
				}
				if err := visit(t.Struct, below); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return visit(plan, nil)
}
