package rpc

import (
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/tagwire/tagwire"
)

// applicationException is the body of a message of type MessageException.
type applicationException struct {
	Message string `frugal:"1"`
	Type    int32  `frugal:"2"`
}

var exceptionCodec = func() *tagwire.Codec[applicationException] {
	codec, err := tagwire.For[applicationException](tagwire.WithEngine(tagwire.Reflect))
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return codec
}()

// exceptionText is the longest text that is sent, in bytes.
const exceptionText = 512

// newException returns the exception with a text that peers can read: valid UTF-8, and not too long.
func newException(code Code, text string) *applicationException {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > exceptionText {
		end := exceptionText
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return &applicationException{text, int32(code)}
}

// Size is that of the encoding, for Body.
func (e *applicationException) Size() (total, direct int, err error) {
	total, err = exceptionCodec.Size(e)
	return total, 0, err
}

// Encode writes the encoding, for Body.
func (e *applicationException) Encode(buf []byte, _ tagwire.DirectWriter) (int, error) {
	return exceptionCodec.Encode(buf, e)
}

// firstWord reports whether the first word of the struct at p is not zero. A result's first field is the success,
// whose first word is a pointer, and so tells whether there is one.
func firstWord(p unsafe.Pointer) bool { return *(*unsafe.Pointer)(p) != nil }
