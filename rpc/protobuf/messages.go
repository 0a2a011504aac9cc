// Package protobuf says which Go types are messages of Protobuf, for package rpc and for the adapters of other frameworks.
package protobuf

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/schema"
)

// CheckTagged refuses a struct without tags, or a pointer to one, whose fields would all stay behind unseen. A generated one may have
// none but what generators put into all structs.
func CheckTagged(t reflect.Type) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || isGenerated(t) {
		return nil
	}
	untagged := ""
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("protobuf")
		_, oneof := f.Tag.Lookup("protobuf_oneof")
		if tagged && tag != "-" || oneof {
			return nil
		}
		if (f.IsExported() || f.Anonymous) && untagged == "" {
			untagged = f.Name
		}
	}
	if untagged == "" {
		return nil
	}
	return fmt.Errorf("no field of %v has a tag of Protobuf, so none would be sent; write `protobuf:\"1\"` behind %s", t, untagged)
}

// Check refuses a struct that is no message.
func Check(t reflect.Type) error {
	if err := CheckTagged(t); err != nil {
		return err
	}
	_, err := tagwire.CodecOf(t, tagwire.WithFormat(tagwire.Protobuf))
	return err
}

// HasReflection reports whether t, a struct, or what it embeds, is a message of google.golang.org/protobuf, of whatever kind.
func HasReflection(t reflect.Type) bool {
	_, found := reflect.PointerTo(t).MethodByName("ProtoReflect")
	return found
}

// isGenerated reports whether a generator has made the struct type t, and its tags say what is sent.
func isGenerated(t reflect.Type) bool {
	s, err := schema.Protobuf.Of(t)
	return err == nil && s.Generated
}

// Name returns the full name of the message that the struct type t is: what generated code says, or else the name of the type in the
// package of a service, as in shop.NotFound for the service shop.Store.
func Name(service string, t reflect.Type) string {
	if isGenerated(t) {
		v := reflect.New(t)
		if named, ok := v.Interface().(interface{ XXX_MessageName() string }); ok {
			return named.XXX_MessageName()
		}
		if HasReflection(t) {
			return call(call(call(v, "ProtoReflect"), "Descriptor"), "FullName").String()
		}
	}
	return service[:strings.LastIndexByte(service, '.')+1] + t.Name()
}

// call calls a method without parameters, with one result.
func call(v reflect.Value, name string) reflect.Value { return v.MethodByName(name).Call(nil)[0] }
