package main

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/tagwire/tagwire/bench/kitexgen/shapes"
	"github.com/tagwire/tagwire/bench/rpc/protogen"
)

// TestComplexRepliesAreCompared: an answer that lacks something is a fault, in the struct of each generator.
func TestComplexRepliesAreCompared(t *testing.T) {
	if err := compareComplex(complexValue(), complexValue()); err != nil {
		t.Error(err)
	}
	if err := compareComplex(apacheComplex(), apacheComplex()); err != nil {
		t.Error(err)
	}
	if err := compareComplex(protoComplex(complexValue()), protoComplex(complexValue())); err != nil {
		t.Error(err)
	}
	for _, spoil := range []func(*shapes.Complex){
		func(v *shapes.Complex) { v.Number++ },
		func(v *shapes.Complex) { v.Parts = v.Parts[1:] },
		func(v *shapes.Complex) { delete(v.PartByName, "part-3") },
		func(v *shapes.Complex) { v.Main.Count++ },
	} {
		reply := complexValue()
		spoil(reply)
		if compareComplex(complexValue(), reply) == nil || compareComplex(protoComplex(complexValue()), protoComplex(reply)) == nil {
			t.Errorf("passes: %+v", reply)
		}
	}
	ours, theirs, messages := complexValue(), apacheComplex(), protoComplex(complexValue())
	ours.Main, theirs.Main, messages.Main = nil, nil, nil
	if compareComplex(complexValue(), ours) == nil || compareComplex(apacheComplex(), theirs) == nil ||
		compareComplex(protoComplex(complexValue()), messages) == nil {
		t.Error("an answer without the last part passes")
	}
}

// TestPeersSendTheSame: the complex values of all systems have the same fields with the same values.
func TestPeersSendTheSame(t *testing.T) {
	for name, peer := range map[string]any{"apache": apacheComplex(), "grpc": protoComplex(complexValue())} {
		if fault := difference("value", reflect.ValueOf(complexValue()), reflect.ValueOf(peer)); fault != "" {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

// TestDifferencesAreFound: a value of another system that is changed anywhere is not the same.
func TestDifferencesAreFound(t *testing.T) {
	for _, c := range []struct {
		spoil func(*protogen.Complex)
		want  string
	}{
		{func(m *protogen.Complex) { m.Name = "" }, "value.Name"},
		{func(m *protogen.Complex) { m.Grade = protogen.Grade_PLAIN }, "value.Grade"},
		{func(m *protogen.Complex) { m.Parts = m.Parts[1:] }, "value.Parts"},
		{func(m *protogen.Complex) { m.Parts[3].Grade = protogen.Grade_NONE.Enum() }, "value.Parts[3].Grade"},
		{func(m *protogen.Complex) { m.Parts[3].Weight = nil }, "value.Parts[3].Weight"},
		{func(m *protogen.Complex) { delete(m.PartByName, "part-3") }, "value.PartByName"},
		{func(m *protogen.Complex) { m.PartByName["part-3"].Count++ }, "value.PartByName[part-3].Count"},
		{func(m *protogen.Complex) { m.CountsByGrade[3] = m.CountsByGrade[2]; delete(m.CountsByGrade, 2) }, "value.CountsByGrade[FINE]"},
		{func(m *protogen.Complex) { m.CountsByGrade[1].Values[2]++ }, "value.CountsByGrade[PLAIN][2]"},
		{func(m *protogen.Complex) { m.Tags[7] += "s" }, "value.Tags[7]"},
		{func(m *protogen.Complex) { m.Blob[63]++ }, "value.Blob[63]"},
		{func(m *protogen.Complex) { m.Active = false }, "value.Active"},
		{func(m *protogen.Complex) { m.Main = nil }, "value.Main"},
	} {
		message := protoComplex(complexValue())
		c.spoil(message)
		if fault := difference("value", reflect.ValueOf(complexValue()), reflect.ValueOf(message)); fault != c.want {
			t.Errorf("%q differs, not %s", fault, c.want)
		}
	}
}

// difference returns the path of the first part in which a value of another generator differs from ours, or "". Types of numbers may
// have other names and sizes, and a list may be the only exported field of a struct, as it has to be in a map of Protobuf.
func difference(path string, ours, theirs reflect.Value) string {
	if theirs.Kind() == reflect.Pointer && !theirs.IsNil() {
		theirs = theirs.Elem()
	}
	if ours.Kind() == reflect.Pointer && !ours.IsNil() {
		ours = ours.Elem()
	}
	if ours.Kind() == reflect.Slice && theirs.Kind() == reflect.Struct {
		theirs = theirs.FieldByName("Values")
	}
	if ours.CanInt() && theirs.CanInt() {
		ours, theirs = reflect.ValueOf(ours.Int()), reflect.ValueOf(theirs.Int())
	}
	if ours.Kind() != theirs.Kind() || hasLength(ours) && ours.Len() != theirs.Len() {
		return path
	}
	switch ours.Kind() {
	case reflect.Struct:
		for i := range ours.NumField() {
			name := ours.Type().Field(i).Name
			if fault := difference(path+"."+name, ours.Field(i), theirs.FieldByName(name)); fault != "" {
				return fault
			}
		}
	case reflect.Slice:
		for i := range ours.Len() {
			if fault := difference(fmt.Sprintf("%s[%d]", path, i), ours.Index(i), theirs.Index(i)); fault != "" {
				return fault
			}
		}
	case reflect.Map:
		for _, key := range ours.MapKeys() {
			at := fmt.Sprintf("%s[%v]", path, key)
			if fault := difference(at, ours.MapIndex(key), theirs.MapIndex(key.Convert(theirs.Type().Key()))); fault != "" {
				return fault
			}
		}
	case reflect.Pointer: // Both are nil.
	default:
		if !ours.Equal(theirs) {
			return path
		}
	}
	return ""
}

func hasLength(v reflect.Value) bool { return v.Kind() == reflect.Slice || v.Kind() == reflect.Map }
