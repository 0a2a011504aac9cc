package main

import (
	"reflect"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"

	"github.com/tagwire/tagwire/bench/gogogen"
	gogodescriptor "github.com/tagwire/tagwire/bench/gogogen/descriptor"
	"github.com/tagwire/tagwire/bench/protogen"
	"github.com/tagwire/tagwire/bench/protogen/descriptor"
)

// packed is the family of lists of numbers.
const packed = "packed"

// protobufDefinitions are the cases in Protobuf. Where the values are those of Thrift's cases, so are the names.
var protobufDefinitions = []definition{
	{name: "small", group: basic, make: defineProtobuf[gogogen.Small](as[protogen.Small](smallValue(1)))},
	{name: "medium", group: basic, make: defineProtobuf[gogogen.Medium](as[protogen.Medium](mediumValue(1)))},
	{name: "large", group: basic, make: defineProtobuf[gogogen.Large](protobufLarge())},
	{name: "wide", group: basic, make: defineProtobuf[gogogen.Wide](as[protogen.Wide](wideValue()))},
	{name: "strings", group: basic, make: defineProtobuf[gogogen.Strings](as[protogen.Strings](stringsValue()))},
	{name: "page-end", group: basic, make: defineProtobuf[gogogen.Strings](as[protogen.Strings](pageEndValue()))},
	{name: "deep", group: basic, make: defineProtobuf[gogogen.Deep](as[protogen.Deep](deepValue(32)))},
	{name: "structs", group: basic, make: defineProtobuf[gogogen.Structs](as[protogen.Structs](structsValue()))},
	{name: "packed-1", group: basic, family: packed, elements: listLength, make: defineProtobuf[gogogen.Packed](packedValue(1))},
	{name: "packed-2", group: basic, family: packed, elements: listLength, make: defineProtobuf[gogogen.Packed](packedValue(2))},
	{name: "packed-3", group: basic, family: packed, elements: listLength, make: defineProtobuf[gogogen.Packed](packedValue(3))},
	{name: "packed-4", group: basic, family: packed, elements: listLength, make: defineProtobuf[gogogen.Packed](packedValue(4))},
	{name: "packed-5", group: basic, family: packed, elements: listLength, make: defineProtobuf[gogogen.Packed](packedValue(5))},
	{name: "packed-mixed", group: basic, family: packed, elements: listLength, make: defineProtobuf[gogogen.PackedSigned](as[protogen.PackedSigned](varintI32s()))},
	{name: "doubles", group: basic, elements: listLength, make: defineProtobuf[gogogen.Doubles](as[protogen.Doubles](listDoubleValue()))},
	{name: "reuse", group: basic, make: decodeOnly(defineProtobuf[gogogen.Medium](as[protogen.Medium](mediumValue(1))))},
	{name: "object", group: real, make: defineProtobuf[gogogen.Object](objectValue)},
	{name: "descriptor", group: real, make: defineProtobuf[gogodescriptor.FileDescriptorProto](descriptorValue)},
}

// as makes a function that makes a message with the values of a struct's fields, by their names.
func as[T, S any](source *S) func() *T {
	return func() *T {
		target := new(T)
		convert(reflect.ValueOf(target).Elem(), reflect.ValueOf(source).Elem())
		return target
	}
}

// convert sets target to a value of a similar type.
func convert(target, source reflect.Value) {
	switch source.Kind() {
	case reflect.Pointer:
		if !source.IsNil() {
			target.Set(reflect.New(target.Type().Elem()))
			convert(target.Elem(), source.Elem())
		}
	case reflect.Struct:
		for i := range source.NumField() {
			convert(target.FieldByName(source.Type().Field(i).Name), source.Field(i))
		}
	case reflect.Slice:
		target.Set(reflect.MakeSlice(target.Type(), source.Len(), source.Len()))
		for i := range source.Len() {
			convert(target.Index(i), source.Index(i))
		}
	case reflect.Map:
		target.Set(reflect.MakeMap(target.Type()))
		for entries := source.MapRange(); entries.Next(); {
			key, value := reflect.New(target.Type().Key()).Elem(), reflect.New(target.Type().Elem()).Elem()
			convert(key, entries.Key())
			convert(value, entries.Value())
			target.SetMapIndex(key, value)
		}
	default:
		target.Set(source.Convert(target.Type()))
	}
}

// largeStruct is what Large has besides the map that cannot be in Protobuf.
type largeStruct struct {
	Pairs   []*pairStruct
	Mediums []*Medium
	Medium  *Medium
	Small   *Small
	Byte    int8
	Int     int32
	Long    int64
	Real    float64
}

type pairStruct struct {
	Small  *Small
	Medium *Medium
}

func protobufLarge() func() *protogen.Large {
	v := largeValue()
	large := &largeStruct{Mediums: v.Mediums, Medium: v.Medium, Small: v.Small, Byte: v.Byte, Int: v.Int, Long: v.Long, Real: v.Real}
	for i := range entries { // as in largeValue, in their order
		large.Pairs = append(large.Pairs, &pairStruct{smallValue(10 + i), mediumValue(20 + i)})
	}
	return as[protogen.Large](large)
}

// packedValue makes numbers whose varints have length bytes.
func packedValue(length int) func() *protogen.Packed {
	return func() *protogen.Packed {
		low, high := uint64(1)<<(7*(length-1)), min(uint64(1)<<(7*length), 1<<31)
		value := new(protogen.Packed)
		for i := range listLength {
			value.Values = append(value.Values, int32(low+uint64(long(i))>>8%(high-low)))
		}
		return value
	}
}

// descriptorValue is what protoc makes of descriptor.proto.
func descriptorValue() *descriptor.FileDescriptorProto {
	target := new(descriptor.FileDescriptorProto)
	message, err := proto.Marshal(protodesc.ToFileDescriptorProto(descriptor.File_idl_descriptor_proto))
	if err == nil {
		err = proto.Unmarshal(message, target)
	}
	if err != nil {
		panic(err) // the descriptor is part of the program
	}
	return target
}
