package message

import (
	"net/http"
	"strings"

	"github.com/tagwire/tagwire/adapters/connect/internal/structcodec"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc"
)

// Failure is an error of connect, of whatever version.
type Failure struct {
	Code    uint32
	Name    string // of the code, set in what a client gets
	Message string
	Details []Detail
	// Metadata is what travels beside the error: in headers or in trailers, with keys as in an http.Header.
	Metadata http.Header
}

// Detail is a message of Protobuf in an error.
type Detail struct {
	Type  string
	Value []byte
}

// typeURL is what the names of messages have before them in statuses.
const typeURL = "type.googleapis.com/"

// FailureOf returns what is sent for an error of the handler. An exception has the code and the text of the connect error that wraps
// it: that is chosen, nil if there is none.
func (m *Method) FailureOf(err error, chosen *Failure) *Failure {
	if chosen != nil {
		err = &chosenError{err, &grpc.Status{Code: grpc.Code(chosen.Code), Message: chosen.Message}}
	}
	s, trailer := grpc.ConnectStatusOf(err, m.Method, m.service)
	f := &Failure{Code: uint32(s.Code), Message: s.Message}
	if len(s.Details) > 0 {
		f.Message = strings.ToValidUTF8(f.Message, "\uFFFD") // details cannot be sent beside another text
	}
	for i := range s.Details {
		f.Details = append(f.Details, Detail{s.Details[i].Name(), s.Details[i].Value})
	}
	for key, values := range trailer {
		if f.Metadata == nil {
			f.Metadata = http.Header{}
		}
		f.Metadata[http.CanonicalHeaderKey(key)] = values
	}
	return f
}

// chosenError is an error with the status that the handler has chosen.
type chosenError struct {
	error
	status *grpc.Status
}

// GRPCStatus is what package rpc/grpc looks for.
func (c *chosenError) GRPCStatus() *grpc.Status { return c.status }

// Unwrap returns the error, which may be a declared exception.
func (c *chosenError) Unwrap() error { return c.error }

// ErrorOf returns the error of a call from one of connect: cause, which f describes.
func (m *Method) ErrorOf(cause error, f *Failure) error {
	s := &grpc.Status{Code: grpc.Code(f.Code), Message: f.Message}
	if s.Code == grpc.OK { // as an interceptor may say
		s.Code = grpc.Unknown
	}
	for _, d := range f.Details {
		s.Details = append(s.Details, grpc.Any{TypeURL: typeURL + d.Type, Value: d.Value})
	}
	trailer := grpc.Metadata{}
	for key, values := range f.Metadata {
		trailer.Add(key, values...)
	}
	err := s.Err(m.Method, m.service, trailer)
	if failure, ok := err.(*rpc.Error); ok {
		failure.Err = &connectError{f.Name, cause, failure.Err}
	}
	return err
}

// connectError is the error of connect in an rpc.Error, which has the message already.
type connectError struct {
	code   string
	cause  error
	status error
}

func (e *connectError) Error() string { return "connect code " + e.code }

// Unwrap returns the error of connect, and the status that package rpc/grpc has for it.
func (e *connectError) Unwrap() []error { return []error{e.cause, e.status} }

// empty decodes messages of Protobuf that have no bytes.
var empty = structcodec.NewProto(nil)

// AcceptEmpty returns an error for a message of no bytes, about which connect does not ask the codec, unless v may be one. A struct of
// Thrift has bytes even without fields.
func (m *Method) AcceptEmpty(v any) error {
	if m.Protobuf {
		if err := empty.Decode(nil, v); err != nil {
			return &rpc.Error{Code: rpc.CodeProtocolError, Method: m.Name, Err: err}
		}
		return nil
	}
	return &rpc.Error{Code: rpc.CodeProtocolError, Method: m.Name, Message: "the message has no bytes; a struct without fields has one"}
}
