package apachethrift

import (
	"slices"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/schema"
)

var errTooDeep = refusal(thrift.DEPTH_LIMIT, "more than %d structs and containers inside each other", maxDepth)

// kinds are the types of Thrift that values of a schema.Kind have.
var kinds = map[schema.Kind]thrift.TType{
	schema.Bool: thrift.BOOL, schema.I8: thrift.BYTE, schema.I16: thrift.I16, schema.I32: thrift.I32, schema.I64: thrift.I64,
	schema.Double: thrift.DOUBLE, schema.Enum: thrift.I32, schema.String: thrift.STRING, schema.Binary: thrift.STRING,
	schema.Struct: thrift.STRUCT, schema.List: thrift.LIST, schema.Set: thrift.SET, schema.Map: thrift.MAP,
}

// fieldOf returns the name and the type of a field; nil if the struct has none with this id that holds the kind.
func fieldOf(plan *schema.StructType, id uint16, kind thrift.TType) (name string, t *schema.Type) {
	if plan == nil {
		return "", nil
	}
	i, found := slices.BinarySearchFunc(plan.Fields, int32(id), func(f schema.Field, id int32) int { return int(f.ID - id) })
	if !found {
		return "", nil
	}
	f := &plan.Fields[i]
	return f.WireName, ofKind(f.Type, kind)
}

// ofKind returns t, if it is a type of the kind.
func ofKind(t *schema.Type, kind thrift.TType) *schema.Type {
	if t == nil || kinds[t.Kind] != kind {
		return nil
	}
	return t
}

// structOf returns the plan of a struct.
func structOf(t *schema.Type) *schema.StructType {
	if t == nil {
		return nil
	}
	return t.Struct
}

// partsOf returns the types of what a container holds.
func partsOf(t *schema.Type, keyKind, elemKind thrift.TType) (key, elem *schema.Type) {
	if t == nil {
		return nil, nil
	}
	return ofKind(t.Key, keyKind), ofKind(t.Elem, elemKind)
}
