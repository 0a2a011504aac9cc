package descriptor

import (
	"reflect"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/rpc/naming"
	"github.com/tagwire/tagwire/schema"
)

// mayBeEnum reports whether t is a named type of numbers that are written as an enum is.
func mayBeEnum(t *schema.Type) bool {
	return (t.Kind == schema.I32 || t.Kind == schema.I64) && t.Form == schema.Plain && t.Base().PkgPath() != ""
}

// walkEnum notes that a field refers to an enum, as its tag calls it, unless a file of generated types has it.
func (n *namespace) walkEnum(t reflect.Type, said *schema.Said) {
	if name := n.library.names[t]; name != "" {
		n.needs2 = n.needs2 || n.library.files[n.symbols[name].path].file.Syntax != proto3
		return
	}
	if _, known := n.enums[t]; known {
		return
	}
	n.enums[t] = nil
	short := naming.Identifier(t.Name())
	if said != nil && isFullName(said.Enum) {
		_, short = splitName(said.Enum)
	}
	n.enumUses = append(n.enumUses, enumUse{t, short})
}

// enumUse is a type that may be an enum of that name.
type enumUse struct {
	of    reflect.Type
	short string
}

// nameEnums names all enums and their values, once all messages have names.
func (n *namespace) nameEnums() {
	for _, use := range n.enumUses {
		if names := n.namesOf(use.of); names != nil {
			n.nameEnum(use.of, use.short, names)
		}
	}
}

func (n *namespace) nameEnum(t reflect.Type, short string, names []naming.EnumValue) {
	short = n.take(short, symbolEnum)
	made := &EnumDescriptorProto{Name: short}
	n.enums[t] = made
	n.enumOrder = append(n.enumOrder, made)
	// The names of values are beside that of the enum, and all have the same prefix.
	prefixes := naming.Scope{"": true}
	for prefix := ""; ; prefix = prefixes.Take(short) + "_" {
		taken := slices.ContainsFunc(names, func(v naming.EnumValue) bool { return !n.isFree(joinName(n.name, prefix+v.Name)) })
		if taken {
			continue
		}
		for _, v := range names {
			made.Value = append(made.Value, &EnumValueDescriptorProto{Name: n.take(prefix+v.Name, symbolOther), Number: &v.Number})
		}
		return
	}
}

// enumName returns the name of the enum that the values of type t are of, as files refer to it; "" if they are numbers.
func (n *namespace) enumName(t *schema.Type, inMap bool) string {
	if !mayBeEnum(t) {
		return ""
	}
	if name := n.library.names[t.Base()]; name != "" {
		at := n.symbols[name]
		if inMap && !n.library.startsWithZero(at.path, name) {
			return "" // an element that is absent is zero
		}
		return n.referenceIn(at.path, name)
	}
	if made := n.enums[t.Base()]; made != nil {
		return "." + joinName(n.name, made.Name)
	}
	return ""
}

// startsWithZero reports whether the first value of an enum is zero.
func (l *library) startsWithZero(path, name string) (zero bool) {
	file := l.files[path].file
	check := func(scope string, enums []*EnumDescriptorProto) {
		for _, e := range enums {
			if joinName(scope, e.Name) == name {
				zero = len(e.Value) > 0 && (e.Value[0].Number == nil || *e.Value[0].Number == 0)
			}
		}
	}
	var visit func(scope string, messages []*DescriptorProto)
	visit = func(scope string, messages []*DescriptorProto) {
		for _, m := range messages {
			inner := joinName(scope, m.Name)
			check(inner, m.EnumType)
			visit(inner, m.NestedType)
		}
	}
	check(file.Package, file.EnumType)
	visit(file.Package, file.MessageType)
	return zero
}

// namesOf returns the names of numbers of type t: zero first, which gets a name if it has none. It returns nil if there are not several names:
// then the numbers are no enum.
func (b *builder) namesOf(t reflect.Type) []naming.EnumValue {
	if known, found := b.named[t]; found {
		return known
	}
	values := naming.EnumValues(t)
	if len(values) < 2 || len(values) > naming.MostNamed {
		values = nil
	} else if values[0].Number != 0 {
		values = slices.Insert(values, 0, naming.EnumValue{Name: zeroOf(naming.Identifier(t.Name()), values)})
	}
	b.named[t] = values
	return values
}

// zeroOf makes a name for the zero of an enum.
func zeroOf(enum string, values []naming.EnumValue) string {
	zero := "UNSPECIFIED"
	for slices.ContainsFunc(values, func(v naming.EnumValue) bool {
		return strings.TrimPrefix(naming.Plain(v.Name), naming.Plain(enum)) == naming.Plain(zero)
	}) {
		zero += "_0"
	}
	return strings.ToUpper(enum) + "_" + zero
}
