package thrifttext

import "github.com/tagwire/tagwire/definition"

var kindNames = map[definition.Kind]string{
	definition.KindBool: "bool", definition.KindI8: "i8", definition.KindI16: "i16", definition.KindI32: "i32", definition.KindI64: "i64",
	definition.KindDouble: "double", definition.KindString: "string", definition.KindBinary: "binary", definition.KindUUID: "uuid",
}

// typeText returns a type, which is that deep inside of another one.
func (w *writer) typeText(t *definition.Type, depth int) string {
	if t == nil || depth > deepest {
		w.Fault("a type is missing, or nested more than %d times", deepest)
		return ""
	}
	text := kindNames[t.Kind]
	switch t.Kind {
	case definition.KindList, definition.KindSet:
		text = map[definition.Kind]string{definition.KindList: "list<", definition.KindSet: "set<"}[t.Kind] + w.typeText(t.Elem, depth+1) + ">"
	case definition.KindMap:
		text = "map<" + w.typeText(t.Key, depth+1) + ", " + w.typeText(t.Elem, depth+1) + ">"
	case definition.KindEnum, definition.KindStruct, definition.KindTypedef:
		if len(t.Annotations) > 0 {
			w.Fault("%s has annotations at its use, where only types without a name have them", w.reference(t.Ref))
		}
		return w.reference(t.Ref)
	}
	if text == "" {
		w.Fault("a type has the kind %d, which Thrift does not have", t.Kind)
	}
	return text + w.annotations(t.Annotations)
}
