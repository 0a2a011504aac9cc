package descriptor

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

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
	short := identifierOf(t.Name())
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

func (n *namespace) nameEnum(t reflect.Type, short string, names []enumValue) {
	short = n.take(short, symbolEnum)
	made := &EnumDescriptorProto{Name: short}
	n.enums[t] = made
	n.enumOrder = append(n.enumOrder, made)
	// The names of values are beside that of the enum, and all have the same prefix.
	prefixes := scope{"": true}
	for prefix := ""; ; prefix = prefixes.take(short) + "_" {
		taken := slices.ContainsFunc(names, func(v enumValue) bool { return !n.isFree(joinName(n.name, prefix+v.name)) })
		if taken {
			continue
		}
		for _, v := range names {
			made.Value = append(made.Value, &EnumValueDescriptorProto{Name: n.take(prefix+v.name, symbolOther), Number: &v.number})
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

// Numbers whose names are asked for: from 0 to mostNamed, and from -1 down to -mostNegative.
const (
	mostNamed    = 1023
	mostNegative = 64
	// unnamed is a number that no enum names. What its String returns is how an unknown number looks.
	unnamed = 1_000_003_917
)

// enumValue is a number that has a name.
type enumValue struct {
	name   string
	number int32
}

// namesOf returns the names that the method String gives to numbers of type t: zero first, which gets a name if it has none, then from 1 up,
// and from -1 down. It returns nil if there are not several: then the numbers are no enum.
func (b *builder) namesOf(t reflect.Type) []enumValue {
	if known, found := b.named[t]; found {
		return known
	}
	b.named[t] = nil
	v := reflect.New(t)
	stringer, has := v.Interface().(fmt.Stringer)
	if !has {
		return nil
	}
	var values []enumValue
	seen := map[string]bool{}
	prefix := plainName(identifierOf(t.Name()))
	above, below := textOf(stringer, v.Elem(), unnamed), textOf(stringer, v.Elem(), -unnamed)
	add := func(number int, unknown, digits string) {
		text := textOf(stringer, v.Elem(), number)
		// A text for all numbers without a name may be the name of zero.
		if text == strings.ReplaceAll(unknown, digits, strconv.Itoa(number)) && (number != 0 || strings.Contains(unknown, digits)) {
			return
		}
		name := strings.NewReplacer(" ", "_", "-", "_", ".", "_", "/", "_").Replace(text)
		plain := plainName(name)
		short := strings.TrimPrefix(plain, prefix)
		if !isIdentifier(name) || seen[plain] || seen[short] {
			return
		}
		seen[plain], seen[short] = true, true
		values = append(values, enumValue{name, int32(number)})
	}
	for i := range mostNamed + 1 {
		add(i, above, fmt.Sprint(unnamed))
	}
	for i := -1; i >= -mostNegative; i-- {
		add(i, below, fmt.Sprint(-unnamed))
	}
	if len(values) < 2 || len(values) > mostNamed {
		return nil
	}
	if values[0].number != 0 {
		zero := "UNSPECIFIED"
		for seen[plainName(zero)] {
			zero += "_0"
		}
		values = slices.Insert(values, 0, enumValue{strings.ToUpper(identifierOf(t.Name())) + "_" + zero, 0})
	}
	b.named[t] = values
	return values
}

// textOf returns what the method String returns for a number in place of that of v, to which text refers; "" if it panics.
func textOf(text fmt.Stringer, v reflect.Value, number int) (name string) {
	defer func() {
		if recover() != nil {
			name = ""
		}
	}()
	v.SetInt(int64(number))
	return text.String()
}
