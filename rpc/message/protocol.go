package message

import (
	"time"

	"github.com/tagwire/tagwire"
)

// MessageType says what a message is.
type MessageType uint8

// The types of Thrift messages, with the numbers they have on the wire.
const (
	// MessageCall asks for a reply.
	MessageCall MessageType = 1
	// MessageReply answers a call, with a result or a declared exception.
	MessageReply MessageType = 2
	// MessageException answers a call that failed otherwise.
	MessageException MessageType = 3
	// MessageOneway asks for no reply.
	MessageOneway MessageType = 4
)

// FrameKind says which frame of a stream a message is, with the numbers that TTHeader has for them.
type FrameKind uint8

const (
	// FrameMeta is about the connection, and for no stream.
	FrameMeta FrameKind = 1 + iota
	// FrameHeader begins a stream, or what the server sends on it.
	FrameHeader
	// FrameData is a message of the stream, in Body.
	FrameData
	// FrameTrailer ends what its sender sends, and from a server the stream. If Type is MessageException, Body is the exception.
	FrameTrailer
	// FrameReset ends the stream at once. If Type is MessageException, Body is the exception.
	FrameReset
)

// Message is one message as a [Protocol] reads and writes it.
//
// The byte slices of a message that was read alias the connection's input and are valid until the protocol is
// asked for the next one.
type Message struct {
	// Type is what the message says it is.
	Type MessageType
	// Method is the name of the method, without that of a service.
	Method []byte
	// Service names the service that is called; it may be empty.
	Service []byte
	// Hinted says that Service is a hint: where there is no such service, the name of the method decides.
	Hinted bool
	// Caller names the calling service; it may be empty.
	Caller []byte
	// Sequence pairs a reply with its call: it is echoed.
	Sequence int32
	// FrameSequence is a second such number, of protocols that put a header around the message; it is echoed as well. A client
	// takes a reply only if it is that of the call, or 0.
	FrameSequence int32
	// Timeout is how long the caller waits for the reply; 0 if it does not say.
	Timeout time.Duration
	// Metadata is sent beside the arguments or the result: in a call under the keys that
	// github.com/bytedance/gopkg/cloud/metainfo has for it on the wire, in a reply also under keys of the handler's own.
	// It is nil if there is nothing.
	Metadata map[string]string
	// Business is the business error that a reply stands for, nil if none.
	Business *BizError
	// Format is the wire format of the arguments or the result. A reply has that of its call.
	Format tagwire.Format
	// Body is the encoding of the arguments or of the result, in a message that was read.
	Body []byte
	// Closing says, in a reply, that the server closes the connection after this message.
	Closing bool
	// OutOfOrder says, in a call, that its caller multiplexes: the reply may come before those to earlier calls. Then FrameSequence
	// is not 0, and pairs the two. A reply has what its call had.
	OutOfOrder bool
	// Frame is not 0 for a frame of a stream, whose id is FrameSequence. Then there is no Type, except for an exception.
	Frame FrameKind
	// Note is the protocol's own: how a call was put, for the reply to it, which has the same note.
	Note uint32
}

// Body is the arguments or the result of a message to be written.
type Body interface {
	// Size returns how many bytes the body has, and how many of them Encode hands to its DirectWriter, if it
	// is given one, instead of copying them.
	Size() (total, direct int, err error)
	// Encode writes the body into buf and returns how many bytes of buf it took. w may be nil.
	Encode(buf []byte, w tagwire.DirectWriter) (int, error)
}

// FlatBody is a body of which all is copied.
type FlatBody struct{ Body }

// Size returns that nothing is handed to a DirectWriter.
func (b FlatBody) Size() (total, direct int, err error) {
	total, _, err = b.Body.Size()
	return total, 0, err
}

// Encode encodes without a DirectWriter.
func (b FlatBody) Encode(buf []byte, _ tagwire.DirectWriter) (int, error) {
	return b.Body.Encode(buf, nil)
}

// Reader is the input of a connection, as a Protocol sees it.
type Reader interface {
	// Len returns how many bytes have arrived and were not taken yet.
	Len() int
	// Peek returns the next n bytes without taking them; it waits for them, for as long as the server or the
	// call permits. They are valid until the next call of Peek or Next.
	Peek(n int) ([]byte, error)
	// Next returns the next n bytes and takes them. They are valid until the message has been handled.
	Next(n int) ([]byte, error)
}

// Writer is the output of a connection, as a Protocol sees it. What is written goes out when the protocol has
// returned without an error.
type Writer interface {
	// Malloc returns memory for the next n bytes.
	Malloc(n int) ([]byte, error)
	// WriteDirect puts b, without copying it, into the output at the place where remainCap bytes of what
	// Malloc returned last are left.
	WriteDirect(b []byte, remainCap int) error
}

// Protocol is a way to put messages on a connection: what stands before the arguments, and how the end of a
// message is known. The four that Thrift peers speak are [Buffered], [Framed], [TTHeader] and
// [TTHeaderFramed]; a server knows them all, and others by WithProtocol. A client speaks the one that
// WithTransport names.
//
// The arguments may be in any format that Message.Format names, so it is for the protocol to say in its messages which, or
// to know.
//
// A Protocol is used by many connections at once, each by one goroutine at a time. A panic in one of its methods costs
// the connection.
type Protocol interface {
	// Name names the protocol in errors and to interceptors.
	Name() string
	// Detect reports whether a message that begins with these eight bytes is one of this protocol.
	Detect(head [8]byte, limits *Limits) bool
	// Read reads one message. After an error the connection is closed, because its input cannot be trusted any
	// more; if m has the type of a call and a method, the caller is told before. m is empty at first.
	Read(r Reader, m *Message, limits *Limits) error
	// Write writes one message with its body. After an error nothing of it is sent.
	Write(w Writer, m *Message, body Body, limits *Limits) error
	// Headers reports whether a message carries Service, Caller, Timeout, Metadata and Business.
	Headers() bool
}
