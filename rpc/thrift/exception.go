package thrift

import (
	"strings"
	"unicode/utf8"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
)

// Exception is the body of a message of type MessageException.
type Exception struct {
	Message string `frugal:"1"`
	Type    int32  `frugal:"2"`
}

// ExceptionCodec encodes and decodes exceptions, by reflection: they are few, and the first one should not wait for a compiler.
var ExceptionCodec = func() *tagwire.Codec[Exception] {
	codec, err := tagwire.For[Exception](tagwire.WithEngine(tagwire.Reflect))
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return codec
}()

// exceptionText is the longest text that is sent, in bytes.
const exceptionText = 512

// NewException returns the exception with a text that peers can read: valid UTF-8, and not too long.
func NewException(code message.Code, text string) *Exception {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > exceptionText {
		end := exceptionText
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return &Exception{text, int32(code)}
}

// Size is that of the encoding, for Body.
func (e *Exception) Size() (total, direct int, err error) {
	total, err = ExceptionCodec.Size(e)
	return total, 0, err
}

// Encode writes the encoding, for Body.
func (e *Exception) Encode(buf []byte, _ tagwire.DirectWriter) (int, error) {
	return ExceptionCodec.Encode(buf, e)
}
