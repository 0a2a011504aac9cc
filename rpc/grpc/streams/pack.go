package streams

import (
	"errors"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// packer puts messages into the form in which they are sent, and takes them out of it.
type packer struct {
	received string // how messages that come are compressed if they say that they are, "" for not
	sends    string // how those that are sent are, "" for not
	accepts  string // how the peer takes messages
	unpacked []byte // the message that was received last, if it was compressed
}

// receives takes what the peer says of how its messages are compressed.
func (p *packer) receives(name string) error {
	if name == "identity" {
		name = ""
	}
	p.received = name
	return nil
}

// pack returns a message to be sent.
func (p *packer) pack(h *http2.Conn, body message.Body, limit int) (*http2.Message, error) {
	size, _, err := body.Size()
	switch {
	case err != nil:
		return nil, &message.Error{Code: message.CodeEncode, Err: err}
	case size > limit:
		return nil, message.LimitError("a message of %d bytes; %d are allowed", size, limit)
	}
	m := h.NewMessage(grpc.PrefixSize + size)
	buf := m.Bytes()
	n, err := body.Encode(buf[grpc.PrefixSize:], nil)
	if err == nil && n != size {
		err = errors.New("the value changed while it was written")
	}
	if err != nil {
		m.Free()
		return nil, &message.Error{Code: message.CodeEncode, Err: err}
	}
	grpc.PutPrefix(buf, false, size)
	return m, nil
}

// unpack returns what a message holds that has come.
func (p *packer) unpack(compressed bool, body []byte, limit int) ([]byte, error) {
	if !compressed {
		return body, nil
	}
	return nil, &message.Error{Code: message.CodeProtocolError, Message: "a message is compressed, and no grpc-encoding says how"}
}
