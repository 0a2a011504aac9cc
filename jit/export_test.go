package jit

import "github.com/tagwire/tagwire/schema"

// Compile is CompileInSteps without pauses.
func Compile(s *schema.StructType, format Format) (*Codec, error) {
	return CompileInSteps(s, format, func() {})
}
