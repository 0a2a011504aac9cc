package cases

import (
	"reflect"
	"unsafe"
)

// compactKept has, for what samples keep of Thrift Binary, the same fields as they are kept of Thrift Compact.
var compactKept = map[string]string{
	"\x02\x00\x09\x01":              "\x82\x01\x12",
	"\x02\x00\x01\x01":              "\x82\x01\x02",
	"\x02\x00\x09\x00":              "\x82\x02\x12",
	"\x0b\x00\x09\x00\x00\x00\x01u": "\x82\x08\x12\x01u",
}

// compactMark begins what is kept of Thrift Compact.
const compactMark = 0x82

// CompactSamples is Samples for Thrift Compact: the fields that are kept are of that format.
func (c Case) CompactSamples() []any {
	samples := c.Samples()
	for _, value := range samples {
		if kept := keptFields(value); kept.IsValid() && kept.Len() > 0 && kept.Bytes()[0] != compactMark {
			compact, ok := compactKept[string(kept.Bytes())]
			if !ok {
				panic("cases: compactKept lacks what a sample of " + c.Name + " keeps")
			}
			kept.SetBytes([]byte(compact))
		}
	}
	return samples
}

// keptFields returns the field of the struct that value points to in which it keeps unknown fields, or the zero Value.
func keptFields(value any) reflect.Value {
	v := reflect.ValueOf(value).Elem()
	for i := range v.NumField() {
		if keepsUnknown(v.Type().Field(i)) {
			// The field may be unexported but is ours; its address is that of a live, typed variable.
			return reflect.NewAt(v.Field(i).Type(), unsafe.Pointer(v.Field(i).UnsafeAddr())).Elem()
		}
	}
	return reflect.Value{}
}

// SetKept sets the fields that the struct which value points to keeps, so that tests can have what no decode makes.
func SetKept(value any, kept []byte) { keptFields(value).SetBytes(kept) }
