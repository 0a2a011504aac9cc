package main

import "github.com/cloudwego/gopkg/protocol/thrift"

// The fastcodec peer: what a code generator would write for these types, in the style of Kitex's FastCodec, by hand. BLength
// sizes the buffer, FastWriteNocopy writes straight lines into it with gopkg's primitives, FastRead is a switch over
// field ids. Where a rearrangement makes such code faster without changing its style, it has been made: one bounds check
// for a run of scalars or for the body of a scalar list, one slab for the structs of a list or map, strings written by
// the primitive that the compiler inlines (none of ours is long enough for the nocopy writer to matter).

var errListTooLong = thrift.NewProtocolException(thrift.INVALID_DATA, "the list is longer than the buffer")
