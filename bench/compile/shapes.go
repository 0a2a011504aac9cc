package main

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/tagwire/tagwire/fuzz/cases"
)

// A shape makes struct types that no process has seen before. Those of one shape differ in the name of a field, so each is
// as much work as the others; only random ones are all different.
type shape struct {
	name string
	make func(n int) reflect.Type
	// most is what -check allows for the median compilation; 0: it is not judged.
	most time.Duration
}

// shapes are what a run measures, in the order of the table.
var shapes = []shape{
	{"medium", medium, 5 * time.Millisecond},
	{"scalars-100", numberedShape(100, scalars), 10 * time.Millisecond},
	{"mixed-100", numberedShape(100, mixed), 10 * time.Millisecond},
	{"random", func(n int) reflect.Type { return cases.RandomType(1<<40 + uint64(n)) }, 0},
}

// growing are shapes of more and more fields: what a field costs must stay much the same.
var growing = [][]shape{grow("scalars", scalars), grow("mixed", mixed), growBy("structs", structs, 100, 500, 1500), growBy("containers", containers, 100, 300, 900)}

func grow(name string, kinds []field) []shape {
	return growBy(name, func(n, count int) reflect.Type { return numbered(n, count, kinds) }, 100, 1000, 3000)
}

func growBy(name string, make func(n, count int) reflect.Type, counts ...int) (shapes []shape) {
	for _, count := range counts {
		shapes = append(shapes, shape{name: name + "-" + strconv.Itoa(count), make: func(n int) reflect.Type { return make(n, count) }})
	}
	return shapes
}

// structs makes a struct whose fields have types of their own, of the same name, each with a field.
func structs(n, count int) reflect.Type {
	fields := make([]field, count)
	for i := range fields {
		inner := structOf(n*count+i, []field{fieldOf[int64]("i64")})
		fields[i] = field{reflect.PointerTo(inner), "default", "Inner"}
	}
	return structOf(n, fields)
}

// many is the shape of the types of a large program: one in ten has a hundred fields, the others are mediums, ten of which
// share a small.
var many = shape{name: "many", make: func(n int) reflect.Type {
	if n%10 == 0 {
		return numbered(n, 100, mixed)
	}
	return mediumOf(n, small(n/10))
}}

// shapeNamed returns the shape of that name.
func shapeNamed(name string) (shape, bool) {
	all := append([]shape{many}, shapes...)
	for _, g := range growing {
		all = append(all, g...)
	}
	n := slices.IndexFunc(all, func(s shape) bool { return s.name == name })
	if n < 0 {
		return shape{}, false
	}
	return all[n], true
}

// A field is a Go type and how a tag spells it.
type field struct {
	typ         reflect.Type
	requirement string
	text        string
}

func fieldOf[T any](text string) field { return field{reflect.TypeFor[T](), "default", text} }

// enum is i32 on the wire.
type enum int64

var scalars = []field{
	fieldOf[bool]("bool"), fieldOf[int16]("i16"), fieldOf[int32]("i32"), fieldOf[int64]("i64"), fieldOf[float64]("double"),
}

// mixed is what a message of an application has, nested structs aside: those are types of their own.
var mixed = []field{
	fieldOf[int64]("i64"), fieldOf[string]("string"), fieldOf[bool]("bool"), fieldOf[int32]("i32"),
	{reflect.TypeFor[*string](), "optional", "string"}, fieldOf[float64]("double"), fieldOf[[]byte]("binary"),
	{reflect.TypeFor[*int32](), "optional", "i32"}, fieldOf[[]string]("list<string>"), fieldOf[enum]("enum"),
}

// structOf makes the n-th struct with these fields, which have the ids 1 and up.
func structOf(n int, fields []field) reflect.Type {
	made := make([]reflect.StructField, len(fields))
	for i, f := range fields {
		made[i] = reflect.StructField{
			Name: fmt.Sprintf("Field%d", i+1),
			Type: f.typ,
			Tag:  reflect.StructTag(fmt.Sprintf(`frugal:"%d,%s,%s"`, i+1, f.requirement, f.text)),
		}
	}
	made[0].Name = fmt.Sprintf("Type%d", n)
	return reflect.StructOf(made)
}

func numberedShape(count int, kinds []field) func(n int) reflect.Type {
	return func(n int) reflect.Type { return numbered(n, count, kinds) }
}

// numbered makes a struct with n fields of the given kinds in turn.
func numbered(n, count int, kinds []field) reflect.Type {
	fields := make([]field, count)
	for i := range fields {
		fields[i] = kinds[i%len(kinds)]
	}
	return structOf(n, fields)
}

// containers makes a struct whose fields are lists and maps of types of their own.
func containers(n, count int) reflect.Type {
	fields := make([]field, count)
	for i := range fields {
		inner := structOf(n*count+i, []field{fieldOf[string]("string")})
		if i%2 == 0 {
			fields[i] = field{reflect.SliceOf(inner), "default", "list<Inner>"}
		} else {
			fields[i] = field{reflect.MapOf(reflect.TypeFor[int32](), inner), "default", "map<i32:Inner>"}
		}
	}
	return structOf(n, fields)
}

// small is the struct Small of the message table.
func small(n int) reflect.Type {
	return structOf(n, []field{
		fieldOf[int8]("i8"), fieldOf[int64]("i64"), fieldOf[float64]("double"), fieldOf[int32]("i32"),
		fieldOf[string]("string"), fieldOf[[]byte]("binary"), fieldOf[enum]("enum"),
	})
}

// medium is the struct Medium of the message table, with a small of its own.
func medium(n int) reflect.Type { return mediumOf(n, small(n)) }

func mediumOf(n int, small reflect.Type) reflect.Type {
	inner := reflect.PointerTo(small)
	return structOf(n, []field{
		fieldOf[string]("string"),
		{reflect.SliceOf(inner), "default", "list<Small>"},
		fieldOf[float64]("double"),
		fieldOf[int32]("i32"),
		fieldOf[[]int32]("list<i32>"),
		fieldOf[int64]("i64"),
		fieldOf[map[string]string]("map<string:string>"),
		{inner, "default", "Small"},
		fieldOf[map[int32]int64]("map<i32:i64>"),
		fieldOf[[]string]("list<string>"),
		fieldOf[[]byte]("binary"),
		fieldOf[map[int64]string]("map<i64:string>"),
		fieldOf[[]int64]("list<i64>"),
		fieldOf[int8]("i8"),
		{reflect.MapOf(reflect.TypeFor[string](), inner), "default", "map<string:Small>"},
	})
}
