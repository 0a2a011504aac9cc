package main

import (
	"github.com/tagwire/tagwire/bench/kitexgen/shapes"
	"github.com/tagwire/tagwire/bench/rpc/protogen"
)

// protoComplex makes a message of Protobuf with the fields of a struct.
func protoComplex(value *shapes.Complex) *protogen.Complex {
	message := &protogen.Complex{
		Name: value.Name, Number: value.Number, Grade: protogen.Grade(value.Grade),
		PartByName:    map[string]*protogen.Part{},
		CountsByGrade: map[int32]*protogen.Counts{},
		Tags:          value.Tags, Blob: value.Blob, Note: value.Note, Limit: value.Limit, Active: value.Active, Main: protoPart(value.Main),
	}
	for _, part := range value.Parts {
		message.Parts = append(message.Parts, protoPart(part))
	}
	for name, part := range value.PartByName {
		message.PartByName[name] = protoPart(part)
	}
	for grade, counts := range value.CountsByGrade {
		message.CountsByGrade[int32(grade)] = &protogen.Counts{Values: counts}
	}
	return message
}

func protoPart(part *shapes.Part) *protogen.Part {
	message := &protogen.Part{Name: part.Name, Count: part.Count, Weight: part.Weight}
	if part.Grade != nil {
		message.Grade = protogen.Grade(*part.Grade).Enum()
	}
	return message
}
