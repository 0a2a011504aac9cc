package rpc

// The protocols of Thrift peers.
var (
	// Buffered is the message alone; its end is where decoding ends. Apache calls it TBufferedTransport.
	Buffered Protocol
	// Framed has the length of the message before it, in four bytes. Apache calls it TFramedTransport.
	Framed Protocol
	// TTHeader has a header with length, metadata and timeout before the message. It is Kitex's.
	TTHeader Protocol
	// TTHeaderFramed is TTHeader with a framed message inside.
	TTHeaderFramed Protocol
)
