package codec

import (
	"reflect"
	"strconv"
	"strings"
)

// Code classifies an [Error]. A Code is itself an error, so that errors.Is(err, codec.ShortBuffer) works
// on every error this module returns.
type Code uint8

// The codes. The root package exports each as an Err variable of the same name.
const (
	// ShortBuffer: the input ends before a header or a fixed-size value does.
	ShortBuffer Code = iota + 1
	// InvalidData: the input holds a type byte or a value that the format or the target type forbids, or
	// the value to encode has no wire form (an enum outside 32 bits).
	InvalidData
	// NegativeSize: a length or a count on the wire is below zero.
	NegativeSize
	// SizeLimit: a length or count is larger than the bytes left allow, or a configured limit on bytes is
	// exceeded.
	SizeLimit
	// DepthLimit: structs and containers are nested deeper than the limit.
	DepthLimit
	// Required: a required field is missing on the wire, or would be because nil stands for its struct. errors.Is also reports it
	// as InvalidData.
	Required
	// TrailingData: bytes follow the value where all of the input must be used.
	TrailingData
	// BufferTooSmall: the output buffer cannot hold the encoding.
	BufferTooSmall
	// UnsupportedType: a Go type has no wire form, or the engine that was asked for cannot serve it.
	UnsupportedType
	// InvalidTag: a struct tag does not follow the tag language or does not fit its field.
	InvalidTag
	// WriteFailed: the caller's DirectWriter returned an error; Error.Err holds it.
	WriteFailed
)

var codeText = [...]string{
	ShortBuffer:     "short buffer",
	InvalidData:     "invalid data",
	NegativeSize:    "negative size",
	SizeLimit:       "size limit exceeded",
	DepthLimit:      "depth limit exceeded",
	Required:        "required field missing",
	TrailingData:    "trailing data",
	BufferTooSmall:  "output buffer too small",
	UnsupportedType: "unsupported type",
	InvalidTag:      "invalid tag",
	WriteFailed:     "direct writer failed",
}

// Error returns the code's text, such as "short buffer".
func (c Code) Error() string {
	if c == 0 || int(c) >= len(codeText) {
		return "unknown error code " + strconv.Itoa(int(c))
	}
	return codeText[c]
}

// NoOffset is the Offset of an error that concerns a type, not bytes.
const NoOffset = -1

// Error is the one error type of the codec. All engines return the same Code, Offset and Path for the same
// input.
type Error struct {
	// Code classifies the error; errors.Is compares against it.
	Code Code
	// Offset counts bytes from the start of the input (decoding) or of what this call writes (encoding)
	// to the first byte of the smallest wire item that was refused. NoOffset where no bytes are involved.
	Offset int
	// Path leads from the top struct to the item by Go names, such as "Order.Items[3].Name".
	Path string
	// Type is the Go type at the end of Path; nil where the wire item has no Go type (a skipped field).
	Type reflect.Type
	// Err says more, or is the caller's own error (of a DirectWriter); it may be nil.
	Err error

	// trail holds the steps of Path while a codec unwinds; nil before the first and after SetRoot.
	trail *trail
}

// Error returns one line: code, offset, path, type and detail, as far as each is known.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("tagwire: ")
	b.WriteString(e.Code.Error())
	if e.Offset >= 0 {
		b.WriteString(" at offset ")
		b.WriteString(strconv.Itoa(e.Offset))
	}
	if e.Path != "" {
		b.WriteString(" in ")
		b.WriteString(e.Path)
	}
	if e.Type != nil {
		b.WriteString(" (")
		b.WriteString(TypeText(e.Type))
		b.WriteByte(')')
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is this error's code. A Required error is also InvalidData.
func (e *Error) Is(target error) bool {
	c, ok := target.(Code)
	return ok && (c == e.Code || c == InvalidData && e.Code == Required)
}
