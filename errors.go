package tagwire

import "github.com/tagwire/tagwire/schema"

// Error is the type of every error this package returns: a code, the offset and the path of the item that was
// refused, its Go type and a detail. All engines return the same for the same input.
type Error = schema.Error

// The sentinels for errors.Is; each is the code of an [Error].
var (
	// ErrShortBuffer: the input ends before a header or a fixed-size value does.
	ErrShortBuffer error = schema.ShortBuffer
	// ErrInvalidData: the input, or the value to encode, holds something that the format or the type forbids.
	ErrInvalidData error = schema.InvalidData
	// ErrNegativeSize: a length or count in the input is below zero.
	ErrNegativeSize error = schema.NegativeSize
	// ErrSizeLimit: a length or count is larger than the bytes left allow, or a limit set by an option is
	// exceeded.
	ErrSizeLimit error = schema.SizeLimit
	// ErrDepthLimit: structs and containers are nested too deeply.
	ErrDepthLimit error = schema.DepthLimit
	// ErrRequired: a required field is missing from the input, or would be missing from the output because nil stands for its
	// struct. Such an error is ErrInvalidData, too.
	ErrRequired error = schema.Required
	// ErrTrailingData: Unmarshal found bytes behind the value.
	ErrTrailingData error = schema.TrailingData
	// ErrBufferTooSmall: the encoding does not fit the output buffer.
	ErrBufferTooSmall error = schema.BufferTooSmall
	// ErrUnsupportedType: the Go type has no wire form, or the engine asked for cannot serve it.
	ErrUnsupportedType error = schema.UnsupportedType
	// ErrInvalidTag: a struct tag is not valid, or does not fit its field.
	ErrInvalidTag error = schema.InvalidTag
	// ErrWriteFailed: the caller's DirectWriter failed; errors.Is also finds its own error.
	ErrWriteFailed error = schema.WriteFailed
)
