package parquet

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

// newerFields are those that the library's structs do not have.
var newerFields = []string{
	"Statistics.IsMaxValueExact", "Statistics.IsMinValueExact", "Statistics.NaNCount",
	"ColumnOrder.IEEE754TotalOrder", "ColumnOrder.Int96TimestampOrder",
}

// difference compares a value of ours with one of the library's, field by field, and says where they differ first.
//
// The library has most optional fields as values, and does not tell an absent one from a zero. That they are present where
// they should be is seen by encoding.
func difference(path string, ours, theirs reflect.Value) error {
	if isNull(theirs) {
		if ours.IsNil() == theirs.FieldByName("Valid").Bool() {
			return fmt.Errorf("%s: nil is %v, and Valid %v", path, ours.IsNil(), theirs.FieldByName("Valid"))
		}
		theirs = theirs.FieldByName("V")
	}
	if ours.Kind() == reflect.Pointer {
		if ours.IsNil() {
			if !theirs.IsZero() {
				return fmt.Errorf("%s: nil, and the library has %+v", path, theirs)
			}
			return nil
		}
		ours = ours.Elem()
	}
	switch ours.Kind() {
	case reflect.Struct:
		if members, ok := reflect.New(theirs.Type()).Interface().(thrift.Union); ok {
			return differentUnion(path, ours, theirs.Field(0), members.UnionMembers())
		}
		return differentStruct(path, ours, theirs)
	case reflect.Slice:
		if ours.Len() != theirs.Len() || ours.IsNil() != theirs.IsNil() {
			return fmt.Errorf("%s: %d elements, nil %v; the library has %d, %v", path, ours.Len(), ours.IsNil(), theirs.Len(), theirs.IsNil())
		}
		if ours.Type().Elem().Kind() == reflect.Uint8 {
			if !bytes.Equal(ours.Bytes(), theirs.Bytes()) {
				return fmt.Errorf("%s: %x, and the library has %x", path, ours, theirs)
			}
			return nil
		}
		for i := range ours.Len() {
			if err := difference(fmt.Sprintf("%s[%d]", path, i), ours.Index(i), theirs.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
	if number(ours) != number(theirs) {
		return fmt.Errorf("%s: %v, and the library has %v", path, ours, theirs)
	}
	return nil
}

// number is a scalar or string by its value alone.
func number(v reflect.Value) any {
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanFloat():
		return math.Float64bits(v.Float())
	case v.Kind() == reflect.Bool:
		return v.Bool()
	}
	return v.String()
}

// isNull tells whether v is a thrift.Null.
func isNull(v reflect.Value) bool {
	return v.Kind() == reflect.Struct && strings.HasPrefix(v.Type().Name(), "Null[")
}

// fieldsByID are the fields of a struct type that travel.
func fieldsByID(t reflect.Type, language string) map[int16]reflect.StructField {
	fields := make(map[int16]reflect.StructField)
	for i := range t.NumField() {
		tag, _, _ := strings.Cut(t.Field(i).Tag.Get(language), ",")
		if id, err := strconv.ParseInt(tag, 10, 16); err == nil {
			fields[int16(id)] = t.Field(i)
		}
	}
	return fields
}

func differentStruct(path string, ours, theirs reflect.Value) error {
	fields, peers := fieldsByID(ours.Type(), "frugal"), fieldsByID(theirs.Type(), "thrift")
	for id, field := range fields {
		peer, known := peers[id]
		if !known {
			if name := ours.Type().Name() + "." + field.Name; !slices.Contains(newerFields, name) {
				return fmt.Errorf("%s: the library has no field %d", path, id)
			}
			continue
		}
		if err := difference(path+"."+field.Name, ours.FieldByIndex(field.Index), theirs.FieldByIndex(peer.Index)); err != nil {
			return err
		}
	}
	for id, peer := range peers {
		if _, known := fields[id]; !known {
			return fmt.Errorf("%s: we have no field %d, %s", path, id, peer.Name)
		}
	}
	return nil
}

// differentUnion compares a union with the member that the library has.
func differentUnion(path string, ours, theirs reflect.Value, members []thrift.UnionMember) error {
	fields := fieldsByID(ours.Type(), "frugal")
	for _, member := range members {
		if _, known := fields[member.FieldID()]; !known {
			return fmt.Errorf("%s: we have no member %d, %T", path, member.FieldID(), member)
		}
	}
	for id, field := range fields {
		member := ours.FieldByIndex(field.Index)
		if theirs.IsNil() || theirs.Interface().(thrift.UnionMember).FieldID() != id {
			if !member.IsNil() {
				return fmt.Errorf("%s: %s is set, and the library has %v", path, field.Name, theirs)
			}
			continue
		}
		if member.IsNil() {
			return fmt.Errorf("%s: %s is not set", path, field.Name)
		}
		if err := difference(path+"."+field.Name, member.Elem(), theirs.Elem().Elem()); err != nil {
			return err
		}
	}
	return nil
}

// fill sets all fields, lists to n elements. Numbers differ from each other, and unions have their members in turn.
func fill(v reflect.Value, n int, next *int) {
	*next++
	if isNull(v) {
		fill(v.FieldByName("V"), n, next)
		v.FieldByName("Valid").SetBool(true)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if union, ok := v.Addr().Interface().(thrift.Union); ok {
			members := union.UnionMembers()
			member := reflect.New(reflect.TypeOf(members[*next%len(members)]).Elem())
			fill(member.Elem(), n, next)
			v.Field(0).Set(member)
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), n, next)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n, next)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(fmt.Append(nil, "bytes ", *next))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(v.Index(i), n, next)
		}
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *next))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(float64(*next) / 7)
	default:
		value := int64(*next) * 0x9e3779b97f4a7c1
		bits := v.Type().Bits()
		if v.Type().PkgPath() != "" {
			bits = 32 // an enum
		}
		v.SetInt(value << (64 - bits) >> (64 - bits))
	}
}
