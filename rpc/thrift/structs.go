package thrift

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/tagwire/tagwire"
)

// Parameter is a field of a struct of arguments.
type Parameter struct {
	// ID is the field's, see ValidID.
	ID int
	// Type is the field's type.
	Type reflect.Type
	// Wire is the type in the tag, "" if it follows from Type.
	Wire string
}

// Exceptional is a field of a result for an exception that the method declares.
type Exceptional struct {
	// ID is the field's, see ValidID.
	ID int
	// Type is a struct, and the field a pointer to it.
	Type reflect.Type
}

// successID is the field of a result that holds what the method returns.
const successID = 0

// ArgumentsOf returns the struct type whose fields are the parameters, in their order.
func ArgumentsOf(parameters []Parameter) reflect.Type {
	fields := make([]reflect.StructField, len(parameters))
	for i, p := range parameters {
		requiredness := "default"
		if p.Type.Kind() == reflect.Pointer && p.Type.Elem().Kind() != reflect.Struct {
			requiredness = "optional"
		}
		fields[i] = field("Parameter"+wireID(p.ID), p.ID, p.Type, requiredness, p.Wire)
	}
	return reflect.StructOf(fields)
}

// ResultOf returns the struct type of a result: the success first, of a type that can be nil, unless success is nil; and then a
// pointer for each exception, in their order. wire is the success's type in a tag, "" if it follows from the Go type.
func ResultOf(success reflect.Type, wire string, exceptions []Exceptional) (reflect.Type, error) {
	var fields []reflect.StructField
	if success != nil {
		fields = append(fields, field("Result", successID, success, "optional", wire))
	}
	seen := map[int]bool{}
	for _, e := range exceptions {
		if !ValidID(e.ID) || seen[e.ID] {
			return nil, fmt.Errorf("the exception %s has the id %d; write one from 1 to 32767, or below 0, that no other has",
				e.Type.Name(), e.ID)
		}
		seen[e.ID] = true
		fields = append(fields, field("Exception"+wireID(e.ID), e.ID, reflect.PointerTo(e.Type), "optional", ""))
	}
	return reflect.StructOf(fields), nil
}

// field returns a field of a struct made here; errors of the codec show its name.
func field(name string, id int, t reflect.Type, requiredness, wire string) reflect.StructField {
	tag := wireID(id) + "," + requiredness
	if wire != "" {
		tag += "," + wire
	}
	return reflect.StructField{Name: name, Type: t, Tag: reflect.StructTag("frugal:" + strconv.Quote(tag))}
}

// wireID spells an id as tags do: the wire has 16 bits for it, and old interface definitions have negative ones.
func wireID(id int) string { return strconv.Itoa(int(uint16(id))) }

// ValidID reports whether a parameter or an exception may have an id.
func ValidID(id int) bool { return id != successID && id == int(int16(id)) }

// IsEmpty reports whether the encoding of a struct holds no field.
func IsEmpty(body []byte) bool { return len(body) == 1 } // the byte that ends it

// CheckTagged refuses a struct without tags, or a pointer to one, whose fields would all stay behind unseen.
func CheckTagged(t reflect.Type) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	untagged, ofProtobuf := "", false
	for i := range t.NumField() {
		f := t.Field(i)
		_, frugal := f.Tag.Lookup("frugal")
		_, thrift := f.Tag.Lookup("thrift")
		if frugal || thrift {
			return nil
		}
		_, protobuf := f.Tag.Lookup("protobuf")
		_, oneof := f.Tag.Lookup("protobuf_oneof")
		ofProtobuf = ofProtobuf || protobuf || oneof
		if f.IsExported() && untagged == "" {
			untagged = f.Name
		}
	}
	switch {
	case untagged == "":
		return nil
	case ofProtobuf:
		return fmt.Errorf("%v has tags of Protobuf only; add the option rpc.Protobuf() of contracts, or rpc.ProtobufMessages() of methods", t)
	}
	return fmt.Errorf("no field of %v has a tag, so none would be sent; write `frugal:\"1\"` behind %s", t, untagged)
}

// Choice is the error for a Go type that has two meanings on the wire, of which a tag has to name one.
type Choice struct {
	// First and Second are how a tag spells the two; of Second what differs.
	First, Second string

	typ  reflect.Type
	what string
}

// Error names the type and the two.
func (c *Choice) Error() string { return fmt.Sprintf("%v can be %s", c.typ, c.what) }

// Undecided returns what a type may be that wire, the type in a tag, does not say; nil if wire is not empty, or there is no
// choice.
func Undecided(t reflect.Type, wire string) *Choice {
	base := t
	if base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	switch {
	case wire != "":
		return nil
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		return &Choice{"list<" + wireName(t.Elem()) + ">", "set", t, "a list or a set"}
	case isEnum(base):
		return &Choice{base.Name(), "i64", t, "an enum or a number"}
	}
	return nil
}

// isEnum reports whether a type looks like an enum: a named int64 that has a text.
func isEnum(t reflect.Type) bool {
	return t.Kind() == reflect.Int64 && t.PkgPath() != "" &&
		(t.Implements(stringerType) || reflect.PointerTo(t).Implements(stringerType))
}

var stringerType = reflect.TypeFor[fmt.Stringer]()

// wireName spells a Go type as a tag does, for advice.
func wireName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return wireName(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "binary"
		}
		return "list<" + wireName(t.Elem()) + ">"
	case reflect.Map:
		return "map<" + wireName(t.Key()) + ":" + wireName(t.Elem()) + ">"
	case reflect.Struct:
		return t.Name()
	case reflect.Float64:
		return "double"
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if isEnum(t) {
			return t.Name()
		}
		return "i" + strconv.Itoa(t.Bits())
	case reflect.Int:
		return "i64"
	}
	return t.Kind().String()
}

// EmptyStruct is the body of a message without arguments, in each format.
type EmptyStruct struct{}

// Size is that of the byte that ends the struct.
func (EmptyStruct) Size() (total, direct int, err error) { return 1, 0, nil }

// Encode writes the byte.
func (EmptyStruct) Encode(buf []byte, _ tagwire.DirectWriter) (int, error) {
	buf[0] = 0
	return 1, nil
}
