package tagwire

import (
	"github.com/tagwire/tagwire/codec"
)

// Error is the type of every error this package returns: a code, the offset and the path of the item that was
// refused, its Go type and a detail. All engines return the same for the same input.
type Error = codec.Error

// The sentinels for errors.Is; each is the code of an [Error].
var (
	// ErrShortBuffer: the input ends before a header or a fixed-size value does.
	ErrShortBuffer error = codec.ShortBuffer
	// ErrInvalidData: the input, or the value to encode, holds something that the format or the type forbids.
	ErrInvalidData error = codec.InvalidData
	// ErrNegativeSize: a length or count in the input is below zero.
	ErrNegativeSize error = codec.NegativeSize
	// ErrSizeLimit: a length or count is larger than the bytes left allow, or a limit set by an option is
	// exceeded.
	ErrSizeLimit error = codec.SizeLimit
	// ErrDepthLimit: structs and containers are nested too deeply.
	ErrDepthLimit error = codec.DepthLimit
	// ErrRequired: a required field is missing from the input, or would be missing from the output because nil stands for its
	// struct. Such an error is ErrInvalidData, too.
	ErrRequired error = codec.Required
	// ErrTrailingData: Unmarshal found bytes behind the value.
	ErrTrailingData error = codec.TrailingData
	// ErrBufferTooSmall: the encoding does not fit the output buffer.
	ErrBufferTooSmall error = codec.BufferTooSmall
	// ErrUnsupportedType: the Go type has no wire form, or the engine asked for cannot serve it.
	ErrUnsupportedType error = codec.UnsupportedType
	// ErrInvalidTag: a struct tag is not valid, or does not fit its field.
	ErrInvalidTag error = codec.InvalidTag
	// ErrWriteFailed: the caller's DirectWriter failed; errors.Is also finds its own error.
	ErrWriteFailed error = codec.WriteFailed
)
