package thrift

import "errors"

// Kitex-Protobuf is a message of Protobuf behind an envelope like the strict one of Thrift Binary. The message does not tell where it
// ends, so that the length of both is before them, always, in a TTHeader too.

// protobufVersion is the version in the envelope.
const protobufVersion = 0x9001

var errUnframed = errors.New("a message of Protobuf does not tell where it ends, and has no length before it")
