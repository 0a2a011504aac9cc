package thrift

import (
	"github.com/tagwire/tagwire/rpc/message"
)

// The protocols of Thrift peers.
var (
	// Buffered is the message alone; its end is where decoding ends. Apache calls it TBufferedTransport.
	Buffered message.Protocol = buffered{}
	// Framed has the length of the message before it, in four bytes. Apache calls it TFramedTransport.
	Framed message.Protocol = framed{}
	// TTHeader has a header with length, metadata and timeout before the message. It is Kitex's.
	TTHeader message.Protocol = ttheader{}
	// TTHeaderFramed is TTHeader with a framed message inside.
	TTHeaderFramed message.Protocol = ttheader{framed: true}
)

// BuiltIn is what a server asks, in this order. One ttheader reads both kinds and answers each in kind.
var BuiltIn = []message.Protocol{TTHeader, Buffered, Framed}
