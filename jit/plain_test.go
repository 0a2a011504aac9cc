package jit

import (
	"github.com/tagwire/tagwire/reflectcodec"
	"github.com/tagwire/tagwire/reflectcodec/thriftbinary"
	"github.com/tagwire/tagwire/schema"
)

// plainOf returns the plain codec that native code is compared with.
func plainOf(s *schema.StructType) *reflectcodec.Codec {
	return reflectcodec.New(s, thriftbinary.Format)
}
