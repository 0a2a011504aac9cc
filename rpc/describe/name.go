package describe

import (
	"reflect"
	"strings"

	"github.com/tagwire/tagwire/definition/thrifttext"
	"github.com/tagwire/tagwire/rpc/naming"
	"github.com/tagwire/tagwire/schema"
)

// avoided are words that Apache's compiler takes as names, and for which it then makes code in C++ or Python that is none.
var avoided = map[string]bool{}

func init() {
	for _, word := range strings.Fields(`
		EOF FALSE False NULL None TRUE True alignas alignof and_eq asm auto await bitand bitor char char16_t char32_t compl concept
		const_cast constexpr decltype dynamic_cast explicit export extern final friend int long mutable noexcept nonlocal not_eq nullptr
		operator or_eq reinterpret_cast requires short signed static_assert static_cast template thread_local typeid typename using
		wchar_t xor_eq`) {
		avoided[word] = true
	}
}

// take takes the name for what Go, or a tag, calls base.
func take(scope naming.Scope, base string) string {
	name := naming.Identifier(base)
	if avoided[name] || !thrifttext.IsName(name) {
		name += "_"
	}
	return scope.Take(name)
}

// takeType takes the name for a type that Go calls base. It begins with a capital letter, as those of Thrift do; and so there are few fields of
// the same name.
func takeType(scope naming.Scope, base string) string {
	name := naming.Identifier(base)
	return take(scope, strings.ToUpper(name[:1])+name[1:])
}

// splitName splits the name of a service into its package, which may be empty, and the rest.
func splitName(name string) (scope, last string) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return "", name
	}
	for _, part := range strings.Split(name, ".") {
		if !naming.IsIdentifier(part) {
			return "", name
		}
	}
	return name[:i], name[i+1:]
}

// nameOf returns the name that a tag gives a field, or else Go's in the form user_id.
func nameOf(t reflect.Type, f *schema.Field) string {
	field, _ := t.FieldByName(f.Name)
	if name, _, _ := strings.Cut(field.Tag.Get("thrift"), ","); f.WireName != f.Name || name == f.Name {
		return f.WireName
	}
	return naming.SnakeCase(naming.Identifier(f.Name))
}
