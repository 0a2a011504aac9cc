package cases

import "reflect"

// Populate fills a fresh value with what a later decode must not mix up with its own: pointers, slices with
// capacity, maps, and unknown fields of an earlier message.
func Populate(target any) {
	Fill(target, populated[:])
	if kept := keptFields(target); kept.IsValid() {
		kept.SetBytes(populatedKept(reflect.TypeOf(target).Elem()))
	}
}

// populatedKept returns unknown fields of an earlier message, in the format that the type's tags are for.
func populatedKept(t reflect.Type) []byte {
	switch {
	case !isProtobuf(t):
		return []byte{2, 0x7f, 0x7f, 1}
	case keptName(t) == unknownFields:
		return []byte{protobufMark, 0xf8, 0xff, 0x07, 1}
	}
	return []byte{0xf8, 0xff, 0x07, 1}
}

// populated is what Populate fills values from.
var populated = func() (bytes [1024]byte) {
	for i := range bytes {
		bytes[i] = byte(i*i*37 + i*11 + 3)
	}
	return bytes
}()

// FieldTexts returns the Text of each field of the struct that v points to, by field name.
func FieldTexts(v any) map[string]string {
	value := reflect.ValueOf(v).Elem()
	texts := map[string]string{}
	for _, field := range fieldsByName(value.Type()) {
		texts[field.name] = string(appendText(nil, value.Field(field.index)))
	}
	return texts
}

// UnknownField is the name of the field that keeps unknown fields, as FieldTexts gives it.
const UnknownField = unknownFields
