package protobuf

import (
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
)

func buildDecode(d *build.Translator, s *schema.StructType) *ir.Func {
	e := build.NewEncodeBody(d, s)
	e.Fail()
	return e.Finish()
}
