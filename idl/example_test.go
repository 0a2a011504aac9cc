package idl_test

import (
	"fmt"

	"github.com/tagwire/tagwire/idl/protofile"
	"github.com/tagwire/tagwire/idl/source"
	"github.com/tagwire/tagwire/idl/thriftfile"
)

func Example_thrift() {
	definitions, err := thriftfile.Parse(source.Texts(map[string]string{
		"shop.thrift":   "include \"common.thrift\"\nstruct Item { 1: common.ID id, 2: string name = common.NAME }",
		"common.thrift": "typedef i64 ID\nconst string NAME = \"none\"",
	}), "shop.thrift")
	if err != nil {
		panic(err)
	}
	for _, file := range definitions.Files {
		fmt.Println(file.Path)
	}
	fields := definitions.File("shop.thrift").Structs[0].Fields
	fmt.Println(fields[0].Name, fields[0].Type.Ref.Name)
	fmt.Printf("%s %q\n", fields[1].Name, fields[1].Default.Text)
	// Output:
	// common.thrift
	// shop.thrift
	// id ID
	// name "none"
}

func Example_protobuf() {
	definitions, err := protofile.Parse(source.Texts(map[string]string{
		"shop.proto": "syntax = \"proto3\";\nmessage Item { int64 id = 1 [deprecated = true]; }",
	}), "shop.proto")
	if err != nil {
		panic(err)
	}
	field := definitions.Files[0].Structs[0].Fields[0]
	fmt.Println(field.Name, field.Annotations[0].Name, field.Annotations[0].Value)
	// Output: id deprecated true
}
