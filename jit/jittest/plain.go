package jittest

import (
	"github.com/tagwire/tagwire/reflectcodec"
	"github.com/tagwire/tagwire/reflectcodec/thriftbinary"
	"github.com/tagwire/tagwire/schema"
)

// Plain returns the plain codec that native code is compared with.
func Plain(s *schema.StructType) *reflectcodec.Codec {
	return reflectcodec.New(s, thriftbinary.Format)
}
