package main

import (
	"fmt"

	"github.com/tagwire/tagwire/bench/protogen"
)

// objectValue is a tree as of JSON: what a program gets of a list of orders, with numbers, texts, flags and nulls in objects and lists.
func objectValue() *protogen.Object {
	orders := new(protogen.List)
	for i := range 10 {
		orders.Values = append(orders.Values, ofObject(map[string]*protogen.Value{
			"number":   ofNumber(float64(1000 + i)),
			"customer": ofText(text(i, 12+i)),
			"paid":     ofFlag(i%3 == 0),
			"discount": {Kind: &protogen.Value_NullValue{}},
			"labels":   ofList(ofText("web"), ofText(text(i+100, 8)), ofNumber(double(i))),
			"address":  ofObject(map[string]*protogen.Value{"city": ofText(text(i+200, 10)), "zip": ofText(fmt.Sprint(10000 + i))}),
		}))
	}
	return &protogen.Object{Fields: map[string]*protogen.Value{
		"orders": {Kind: &protogen.Value_ListValue{ListValue: orders}},
		"total":  ofNumber(10),
		"more":   ofFlag(false),
		"next":   {Kind: &protogen.Value_NullValue{}},
	}}
}

func ofNumber(number float64) *protogen.Value {
	return &protogen.Value{Kind: &protogen.Value_NumberValue{NumberValue: number}}
}

func ofText(text string) *protogen.Value {
	return &protogen.Value{Kind: &protogen.Value_StringValue{StringValue: text}}
}

func ofFlag(flag bool) *protogen.Value {
	return &protogen.Value{Kind: &protogen.Value_BoolValue{BoolValue: flag}}
}

func ofList(values ...*protogen.Value) *protogen.Value {
	return &protogen.Value{Kind: &protogen.Value_ListValue{ListValue: &protogen.List{Values: values}}}
}

func ofObject(fields map[string]*protogen.Value) *protogen.Value {
	return &protogen.Value{Kind: &protogen.Value_ObjectValue{ObjectValue: &protogen.Object{Fields: fields}}}
}
