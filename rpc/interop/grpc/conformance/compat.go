package conformance

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
)

// Credentials are a certificate and its key, in PEM.
type Credentials struct {
	Cert []byte `protobuf:"1"`
	Key  []byte `protobuf:"2"`
}

// ServerRequest says what server to start.
type ServerRequest struct {
	Protocol            int32        `protobuf:"1"`
	HTTPVersion         int32        `protobuf:"2"`
	UseTLS              bool         `protobuf:"4"`
	ClientTLSCert       []byte       `protobuf:"5"`
	MessageReceiveLimit uint32       `protobuf:"6"`
	ServerCreds         *Credentials `protobuf:"7"`
}

// ServerResponse says where the server is.
type ServerResponse struct {
	Host    string `protobuf:"1"`
	Port    uint32 `protobuf:"2"`
	PEMCert []byte `protobuf:"3"`
}

// The values of enums that matter here.
const (
	compressionGzip    = 2
	fullDuplexStream   = 5
	maxMessage         = 64 << 20
	methodUnary        = "Unary"
	methodServerStream = "ServerStream"
	methodClientStream = "ClientStream"
	methodBidiStream   = "BidiStream"
	methodMissing      = "Unimplemented"
)

// Cancel says when a client shall cancel a call: at once behind the last request, unless a field is set.
type Cancel struct {
	BeforeCloseSend   *Empty  `protobuf:"1,oneof=cancel_timing"`
	AfterCloseSendMS  *uint32 `protobuf:"2,oneof=cancel_timing"`
	AfterNumResponses *uint32 `protobuf:"3,oneof=cancel_timing"`
}

// ClientRequest says what to call.
type ClientRequest struct {
	TestName            string           `protobuf:"1"`
	HTTPVersion         int32            `protobuf:"2"`
	Protocol            int32            `protobuf:"3"`
	Codec               int32            `protobuf:"4"`
	Compression         int32            `protobuf:"5"`
	Host                string           `protobuf:"6"`
	Port                uint32           `protobuf:"7"`
	ServerTLSCert       []byte           `protobuf:"8"`
	ClientTLSCreds      *Credentials     `protobuf:"9"`
	MessageReceiveLimit uint32           `protobuf:"10"`
	Service             *string          `protobuf:"11"`
	Method              *string          `protobuf:"12"`
	StreamType          int32            `protobuf:"13"`
	RequestHeaders      []*Header        `protobuf:"15"`
	RequestMessages     []*framework.Any `protobuf:"16"`
	TimeoutMS           *uint32          `protobuf:"17"`
	RequestDelayMS      uint32           `protobuf:"18"`
	Cancel              *Cancel          `protobuf:"19"`
}

// ClientResponse says how the call went, or why there was none.
type ClientResponse struct {
	TestName string        `protobuf:"1"`
	Response *ClientResult `protobuf:"2,oneof=result"`
	Error    *ClientError  `protobuf:"3,oneof=result"`
}

// ClientResult is how a call went.
type ClientResult struct {
	ResponseHeaders   []*Header  `protobuf:"1"`
	Payloads          []*Payload `protobuf:"2"`
	Error             *Error     `protobuf:"3"`
	ResponseTrailers  []*Header  `protobuf:"4"`
	NumUnsentRequests int32      `protobuf:"5"`
}

// ClientError says why there was no call.
type ClientError struct {
	Message string `protobuf:"1"`
}

var asProtobuf = tagwire.WithFormat(tagwire.Protobuf)

// read reads a message with its length before it. The error is io.EOF if there is none.
func read(r io.Reader, v any) error {
	var prefix [4]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(prefix[:])
	if size > maxMessage {
		return fmt.Errorf("a message of %d bytes", size)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(r, data); err != nil {
		return fmt.Errorf("a message that is cut off: %w", err)
	}
	return tagwire.Unmarshal(data, v, asProtobuf)
}

// write writes what read reads.
func write(w io.Writer, v any) error {
	data, err := tagwire.Marshal(v, asProtobuf)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...))
	return err
}

// toAny packs a message of this package's service.
func toAny(name string, v any) (*framework.Any, error) {
	data, err := tagwire.Marshal(v, asProtobuf)
	return &framework.Any{TypeURL: typePrefix + name, Value: data}, err
}

// fromHeaders and toHeaders are between the two ways to write metadata. The suite's has bytes in base64, and no case sends any.
func fromHeaders(headers []*Header) framework.Metadata {
	m := framework.Metadata{}
	for _, h := range headers {
		name := strings.ToLower(h.Name)
		m[name] = append(m[name], h.Value...)
	}
	return m
}

func toHeaders(m framework.Metadata) []*Header {
	var headers []*Header
	for name, values := range m {
		h := &Header{Name: name}
		for _, value := range values {
			if strings.HasSuffix(name, "-bin") {
				value = base64.RawStdEncoding.EncodeToString([]byte(value))
			}
			h.Value = append(h.Value, value)
		}
		headers = append(headers, h)
	}
	return headers
}

// toError is nil for a call that has succeeded.
func toError(f framework.Framework, err error) *Error {
	if err == nil {
		return nil
	}
	s := f.StatusOf(err)
	return &Error{Code: s.Code, Message: &s.Message, Details: s.Details}
}

// fromError returns what a handler returns, with details behind those of the request.
func fromError(f framework.Framework, e *Error, details ...*framework.Any) error {
	s := framework.Status{Code: e.Code, Details: append(e.Details[:len(e.Details):len(e.Details)], details...)}
	if e.Message != nil {
		s.Message = *e.Message
	}
	return f.Error(s)
}
