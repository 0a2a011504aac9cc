package thrift

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
)

// Exception is the body of a message of type MessageException. Kitex-Protobuf has the same fields under other numbers.
type Exception struct {
	Message string `frugal:"1" protobuf:"2"`
	Type    int32  `frugal:"2" protobuf:"1"`
}

// Formats are the wire formats that messages of Thrift are in, each at the index that is its number.
var Formats = [...]tagwire.Format{tagwire.ThriftBinary, tagwire.ThriftCompact}

// exceptionCodecs encode and decode exceptions, by reflection: they are few, and the first one should not wait for a compiler.
var exceptionCodecs = func() map[tagwire.Format]*tagwire.Codec[Exception] {
	codecs := map[tagwire.Format]*tagwire.Codec[Exception]{}
	for _, f := range append(Formats[:], tagwire.Protobuf) {
		codec, err := tagwire.For[Exception](tagwire.WithEngine(tagwire.Reflect), tagwire.WithFormat(f))
		if err != nil {
			panic("BUG: " + err.Error())
		}
		codecs[f] = codec
	}
	return codecs
}()

// ReadException reads the body of a message of type MessageException.
func ReadException(m *message.Message) (e Exception, err error) {
	codec := exceptionCodecs[m.Format]
	if codec == nil {
		return e, fmt.Errorf("it is in %v", m.Format)
	}
	n, err := codec.Decode(m.Body, &e)
	if err == nil && n != len(m.Body) {
		err = fmt.Errorf("%d bytes follow on it", len(m.Body)-n)
	}
	return e, err
}

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

// In returns the exception as the body of a message in a format. A format that is not known here has no message of this
// type, and gets Binary.
func (e *Exception) In(f tagwire.Format) message.Body {
	codec := exceptionCodecs[f]
	if codec == nil {
		codec = exceptionCodecs[tagwire.ThriftBinary]
	}
	return &exceptionBody{codec, e}
}

type exceptionBody struct {
	codec     *tagwire.Codec[Exception]
	exception *Exception
}

func (b *exceptionBody) Size() (total, direct int, err error) {
	total, err = b.codec.Size(b.exception)
	return total, 0, err
}

func (b *exceptionBody) Encode(buf []byte, _ tagwire.DirectWriter) (int, error) {
	return b.codec.Encode(buf, b.exception)
}
