package grpc

import (
	"context"
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/protobuf"
)

// Status is how a call has ended. It is an error: a handler returns one to choose what its caller receives, alone or wrapped, and a caller
// finds one in the errors of its calls by errors.As. A Status must not change while it is in use.
type Status struct {
	// Code is not OK in an error.
	Code Code
	// Message is for people.
	Message string
	// Details are messages of Protobuf that say more.
	Details []Any
}

// Error returns code and message.
func (s *Status) Error() string {
	if s == nil {
		return "grpc status " + OK.String()
	}
	if s.Message == "" {
		return "grpc status " + s.Code.String()
	}
	return "grpc status " + s.Code.String() + ": " + s.Message
}

// Is reports whether target is the code of the status, or the error of a context that belongs to the code.
func (s *Status) Is(target error) bool {
	switch {
	case s == nil:
		return false
	case target == context.DeadlineExceeded:
		return s.Code == DeadlineExceeded
	case target == context.Canceled:
		return s.Code == Canceled
	}
	code, ok := target.(Code)
	return ok && code == s.Code
}

// GRPCStatus returns s. An error of another type with this method has the status that it returns; a declared exception may so choose its code.
func (s *Status) GRPCStatus() *Status { return s }

// Detail decodes the first detail of a type into v, a pointer to a struct with tags, and reports whether there is one that can be decoded. name is the
// full name of the message, such as google.rpc.RetryInfo; it may be empty for generated types.
func (s *Status) Detail(name string, v any) bool {
	if s == nil {
		return false
	}
	name = nameOf(name, v)
	for i := range s.Details {
		if s.Details[i].Name() == name && s.Details[i].Decode(v) == nil {
			return true
		}
	}
	return false
}

// Short returns a status for peers that take only short headers: with the code of s, the beginning of its message, and no details.
func (s *Status) Short() *Status {
	const longest = 512
	text := s.Message
	if len(text) > longest {
		end := longest
		for !utf8.RuneStart(text[end]) && end > longest-utf8.UTFMax {
			end--
		}
		text = text[:end]
	}
	return &Status{Code: s.Code, Message: text}
}

// Any is a message of Protobuf with its type: google.protobuf.Any.
type Any struct {
	// TypeURL ends in a slash and the full name of the message.
	TypeURL string `protobuf:"1"`
	// Value is the encoded message.
	Value []byte `protobuf:"2"`
}

// typeURL is what the names of messages have before them in an Any.
const typeURL = "type.googleapis.com/"

// NewAny encodes v, a struct with tags or a pointer to one. name is the full name of the message, such as google.rpc.RetryInfo; it may be
// empty for generated types, which have theirs.
func NewAny(name string, v any) (Any, error) {
	data, err := tagwire.Marshal(v, tagwire.WithFormat(tagwire.Protobuf))
	return Any{typeURL + nameOf(name, v), data}, err
}

// Name returns the full name of the message.
func (a *Any) Name() string { return a.TypeURL[strings.LastIndexByte(a.TypeURL, '/')+1:] }

// Decode decodes the message into v, a pointer to a struct with tags.
func (a *Any) Decode(v any) error {
	return tagwire.Unmarshal(a.Value, v, tagwire.WithFormat(tagwire.Protobuf))
}

// nameOf returns the full name of the message that v is, unless it is given.
func nameOf(name string, v any) string {
	t := reflect.TypeOf(v)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name != "" || t == nil || t.Kind() != reflect.Struct {
		return name
	}
	return protobuf.Name("", t)
}

// wireStatus is google.rpc.Status.
type wireStatus struct {
	Code    int32  `protobuf:"1"`
	Message string `protobuf:"2"`
	Details []Any  `protobuf:"3"`
}

// statusMemory bounds what is decoded from the details of a status. Beyond it they are ignored.
const statusMemory = 1 << 20

// statusCodec encodes and decodes statuses by reflection: they are few, and the first one should not wait for a compiler.
var statusCodec = func() *tagwire.Codec[wireStatus] {
	codec, err := tagwire.For[wireStatus](tagwire.WithEngine(tagwire.Reflect), tagwire.WithFormat(tagwire.Protobuf), tagwire.WithMaxAlloc(statusMemory))
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return codec
}()

// EncodeDetails returns the value of the header field grpc-status-details-bin: the whole status, in base64 without padding; "" if it has no
// details. What is not UTF-8 in its texts is replaced by U+FFFD.
func (s *Status) EncodeDetails() string {
	if len(s.Details) == 0 {
		return ""
	}
	wire := wireStatus{int32(s.Code), replaceInvalid(s.Message), s.Details}
	for i := range s.Details {
		if url := s.Details[i].TypeURL; replaceInvalid(url) != url {
			wire.Details = replaceInvalidURLs(s.Details)
			break
		}
	}
	data, err := statusCodec.Append(nil, &wire)
	if err != nil {
		return "" // only memory limits its size
	}
	return base64.RawStdEncoding.EncodeToString(data)
}

func replaceInvalidURLs(details []Any) []Any {
	valid := make([]Any, len(details))
	for i, d := range details {
		valid[i] = Any{replaceInvalid(d.TypeURL), d.Value}
	}
	return valid
}

// ParseStatus returns the status that the header fields grpc-status, grpc-message and grpc-status-details-bin have, each "" if it is absent.
// nil stands for OK. For OK, and for a text that needs no decoding, it allocates no more than the status.
//
// It does what grpc-go does. Details that are no google.rpc.Status are ignored, and so should be several such fields: pass "". If
// details have another code than grpc-status, the call ends with Internal; else code, message and details are theirs. Details that are
// not in base64 are Internal. A missing or malformed grpc-status is Unknown.
func ParseStatus(code, text, details string) *Status {
	number, ok := ParseCode(code)
	switch {
	case code == "":
		return &Status{Code: Unknown, Message: strings.TrimSuffix("the trailers have no grpc-status: "+DecodeMessage(text), ": ")}
	case !ok:
		return &Status{Code: Unknown, Message: malformed("grpc-status", code).Message}
	case number == OK && details == "":
		return nil
	}
	s := &Status{Code: number, Message: DecodeMessage(text)}
	if details != "" {
		s = s.withDetails(details)
	}
	if s.Code == OK {
		return nil
	}
	return s
}

// withDetails returns the status with what a field grpc-status-details-bin says.
func (s *Status) withDetails(value string) *Status {
	data, err := decodeBinary(value)
	if err != nil {
		return malformed("grpc-status-details-bin", value)
	}
	var wire wireStatus
	switch n, err := statusCodec.Decode(data, &wire); {
	case err != nil || n != len(data):
		return s
	case Code(uint32(wire.Code)) != s.Code:
		return &Status{Code: Internal, Message: fmt.Sprintf("grpc-status-details-bin mismatch: grpc-status=%v, grpc-message=%q, but the details have %v, %q",
			s.Code, s.Message, Code(uint32(wire.Code)), wire.Message)}
	}
	return &Status{s.Code, wire.Message, wire.Details}
}
