package thrift

import (
	"fmt"

	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/wire/thriftcompact"
)

// The protocols of Thrift peers.
var (
	// Buffered is the message alone; its end is where decoding ends. Apache calls it TBufferedTransport.
	Buffered message.Protocol = buffered{}
	// Framed has the length of the message before it, in four bytes. Apache calls it TFramedTransport. With messages of Protobuf it is
	// Kitex-Protobuf.
	Framed message.Protocol = framed{}
	// TTHeader has a header with length, metadata and timeout before the message. It is Kitex's. Messages of Protobuf are framed inside
	// of it, always.
	TTHeader message.Protocol = ttheader{}
	// TTHeaderFramed is TTHeader with a framed message inside.
	TTHeaderFramed message.Protocol = ttheader{framed: true}
)

// BuiltIn is what a server asks, in this order: the first bytes of a buffered message are no length that any limit allows,
// and what follows on them may be anything. One ttheader reads both kinds and answers each in kind.
var BuiltIn = []message.Protocol{Buffered, TTHeader, Framed}

// HeadSize returns how many bytes of a message there are to be, at least, when the protocols are asked for it, by its first
// two: a buffered message in Thrift Compact may have no more than 5.
func HeadSize(first, second byte) int {
	if beginsCompact(first, second) {
		return shortestCompact
	}
	return 8
}

// Undetected returns the error for a message that begins like none of these, nor like one of another protocol that is known.
func Undetected(head [8]byte) error {
	switch {
	case beginsTLS(head):
		return fmt.Errorf("the peer speaks TLS, which this server does not; give the server rpc.WithTLS, or let the peer call without TLS")
	case head[4] == theaderMagic>>8 && head[5] == theaderMagic&0xff:
		return fmt.Errorf("the peer speaks Apache's THeader, which is not supported; let it use a framed transport")
	case head[0] == thriftcompact.Protocol && head[1]&thriftcompact.VersionMask != thriftcompact.Version:
		return fmt.Errorf("the peer speaks version %d of Thrift Compact; only %d is known", head[1]&thriftcompact.VersionMask, thriftcompact.Version)
	case string(head[:4]) == "PRI ":
		return fmt.Errorf("the peer speaks HTTP/2 on a connection that began otherwise; let it make another one for that")
	}
	return fmt.Errorf("the peer sends % x, which no protocol here begins with", head)
}

// beginsTLS reports whether bytes are the first of a TLS client, which are those of a record with a handshake message: ClientHello
// (RFC 8446, section 5.1).
func beginsTLS(head [8]byte) bool {
	return head[0] == 0x16 && head[1] == 3 && head[2] <= 4 && head[5] == 1
}
