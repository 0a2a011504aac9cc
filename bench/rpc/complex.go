package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tagwire/tagwire/bench/kitexgen/shapes"
)

// The complex call sends a struct as generated code has them, with lists, maps, enums and optional fields, and gets it back.

// complexValue has 20 items in a list and 8 in a map.
func complexValue() *shapes.Complex {
	part := func(i int) *shapes.Part {
		p := &shapes.Part{Name: fmt.Sprintf("part %d", 1000*i), Count: int64(i) << 30}
		if i%2 == 0 {
			grade := shapes.Grade_FINE
			p.Grade = &grade
		}
		if i%3 == 0 {
			weight := float64(i) / 7
			p.Weight = &weight
		}
		return p
	}
	note, limit := "a note of some length", int32(500)
	value := &shapes.Complex{
		Name: "the name of a complex struct", Number: 1 << 40, Grade: shapes.Grade_FINE,
		PartByName:    map[string]*shapes.Part{},
		CountsByGrade: map[shapes.Grade][]int64{shapes.Grade_PLAIN: {1, 2, 3}, shapes.Grade_FINE: {4, 5, 6, 7}},
		Blob:          []byte(strings.Repeat("blob", 16)), Note: &note, Limit: &limit, Active: true, Main: part(99),
	}
	for i := range 20 {
		value.Parts = append(value.Parts, part(i))
	}
	for i := range 8 {
		value.PartByName[fmt.Sprintf("part-%d", i)] = part(20 + i)
		value.Tags = append(value.Tags, fmt.Sprintf("tag %d", 1000*i))
	}
	return value
}

// complexStruct is the struct of the complex call as generators of code have it, with pointers to parts.
type complexStruct[P complexPart] interface {
	GetNumber() int64
	GetParts() []P
	GetPartByName() map[string]P
	GetMain() P
}

type complexPart interface {
	comparable
	GetCount() int64
}

var errOtherValue = errors.New("the answer is another value")

// compareComplex compares what takes little time to compare.
func compareComplex[P complexPart](value, reply complexStruct[P]) error {
	var none P
	if reply.GetNumber() != value.GetNumber() || len(reply.GetParts()) != len(value.GetParts()) ||
		len(reply.GetPartByName()) != len(value.GetPartByName()) ||
		reply.GetMain() == none || reply.GetMain().GetCount() != value.GetMain().GetCount() {
		return errOtherValue
	}
	return nil
}
