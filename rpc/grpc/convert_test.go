package grpc_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/message"
)

// TestExceptions: a declared exception has an equal one at the caller, and details for peers without the contract.
func TestExceptions(t *testing.T) {
	for _, protobuf := range []bool{false, true} {
		m := method(t, protobuf)
		for name, row := range map[string]struct {
			err  error
			code grpc.Code
			text string
			more int // details before those of the exception
		}{
			"alone":         {&taken{"k"}, grpc.Unknown, "taken: k", 0},
			"wrapped":       {fmt.Errorf("x: %w", &taken{"k"}), grpc.Unknown, "x: taken: k", 0},
			"with a status": {&withStatus{&taken{"k"}, &grpc.Status{Code: grpc.AlreadyExists, Message: "there", Details: []grpc.Any{{TypeURL: "a/b"}}}}, grpc.AlreadyExists, "there", 1},
			"with a code":   {fmt.Errorf("x: %w", &withStatus{&taken{"k"}, &grpc.Status{Code: grpc.Aborted}}), grpc.Aborted, "x: taken: k", 0},
			"with OK":       {&withStatus{&taken{"k"}, nil}, grpc.Internal, "the handler has returned an error whose status is OK", 0},
		} {
			s, trailer := grpc.StatusOf(row.err, m, "shop.Store")
			require.Nil(t, trailer, name)
			require.Equal(t, row.code, s.Code, name)
			require.Equal(t, row.text, s.Message, name)
			require.Len(t, s.Details, row.more+2, name)
			info := s.Details[row.more]
			require.Equal(t, "type.googleapis.com/google.rpc.ErrorInfo", info.TypeURL)
			require.Equal(t, "\n\x05taken\x12\nshop.Store", string(info.Value))
			last := s.Details[row.more+1]
			if protobuf {
				require.Equal(t, grpc.Any{TypeURL: "type.googleapis.com/shop.taken", Value: []byte("\n\x01k")}, last)
			} else {
				require.Equal(t, "type.googleapis.com/google.protobuf.BytesValue", last.TypeURL)
			}
			require.Equal(t, &taken{"k"}, overGRPC(s, trailer, m), name)
			require.Equal(t, row.code, codeOfStatus(t, overGRPC(s, trailer, method(t, !protobuf))), "a contract that has another form")
		}
		s, _ := grpc.StatusOf(&taken{"\xff"}, m, "shop.Store")
		if protobuf {
			require.Equal(t, grpc.Internal, s.Code, "it has no encoding")
		} else {
			require.Equal(t, &taken{"\xff"}, overGRPC(s, nil, m))
		}
		s, _ = grpc.StatusOf(&taken{"k"}, nil, "")
		require.Equal(t, &grpc.Status{Code: grpc.Unknown, Message: "taken: k"}, s, "without a method nothing is declared")
	}
}

// codeOfStatus returns the code of the status in an error.
func codeOfStatus(t *testing.T, err error) grpc.Code {
	t.Helper()
	var s *grpc.Status
	require.ErrorAs(t, err, &s)
	return s.Code
}

// withStatus is an error with a status that it has chosen.
type withStatus struct {
	error
	status *grpc.Status
}

func (w *withStatus) GRPCStatus() *grpc.Status { return w.status }
func (w *withStatus) Unwrap() error            { return w.error }

// TestHostileDetails: details that are no exception of the method are none, and the status is what it is.
func TestHostileDetails(t *testing.T) {
	for _, protobuf := range []bool{false, true} {
		m := method(t, protobuf)
		for _, d := range []grpc.Any{
			{}, {TypeURL: "taken", Value: []byte{0xff}}, {TypeURL: "type.googleapis.com/shop.taken", Value: []byte{0x0a}}, {TypeURL: "/", Value: []byte("x")},
			{TypeURL: "a/google.protobuf.BytesValue"}, {TypeURL: "a/google.protobuf.BytesValue", Value: []byte{0x0a, 1, 0}}, {TypeURL: "a/google.protobuf.BytesValue", Value: []byte{0x0a, 5, 0}},
			{TypeURL: "a/google.protobuf.BytesValue", Value: []byte{0x0a, 8, 12, 0, 1, 11, 0, 1, 0x7f, 0xff}}, {TypeURL: "a/google.protobuf.BytesValue", Value: []byte{8, 1}},
		} {
			s := &grpc.Status{Code: grpc.NotFound, Message: "m", Details: []grpc.Any{d, d}}
			err := s.Err(m, "shop.Store", nil)
			require.Equal(t, grpc.NotFound, codeOfStatus(t, err), "%v", d)
			require.ErrorIs(t, err, message.CodeUnknown)
		}
	}
}

func TestBusinessErrors(t *testing.T) {
	m := method(t, false)
	for _, want := range []*message.BizError{
		{Status: -7, Message: "no money"}, {Status: math.MaxInt32}, {Status: 1, Message: "ü\n", Extra: map[string]string{"a": "ü😈\n\x00\x7f\"\\<", "": ""}},
	} {
		s, trailer := grpc.StatusOf(fmt.Errorf("x: %w", want), m, "shop.Store")
		require.Equal(t, grpc.Internal, s.Code)
		require.Equal(t, want, overGRPC(s, travel(t, trailer), m))
	}
	// A status of a business error is not 0.
	s, trailer := grpc.StatusOf(&message.BizError{Message: "zero"}, m, "shop.Store")
	require.Equal(t, grpc.Unknown, s.Code)
	require.Nil(t, trailer)
	for _, trailer := range []grpc.Metadata{
		{"biz-status": {"0"}}, {"biz-status": {""}}, {"biz-status": {"x"}}, {"biz-status": {"2147483648"}}, {"biz-status": {"-2147483649"}}, {"biz-status": nil}, {"biz-extra": {"{}"}},
	} {
		require.Equal(t, grpc.Aborted, codeOfStatus(t, (&grpc.Status{Code: grpc.Aborted}).Err(m, "", trailer)))
	}
	for _, extra := range []string{"", "{", "[]", `{"a":1}`, "null", `{"a":{}}`, strings.Repeat(`{"a":`, 100_000)} {
		err := s.Err(m, "", grpc.Metadata{"biz-status": {"5"}, "biz-extra": {extra}})
		require.Equal(t, &message.BizError{Status: 5, Message: s.Message}, err, extra)
	}
}

// TestCodesOfServers: a caller takes a code of package rpc from a trailer only if it is that of a server and fits the status.
func TestCodesOfServers(t *testing.T) {
	m := method(t, false)
	for text, want := range map[string]message.Code{
		"429": message.CodeOverloaded, "1006": message.CodeLimit, "": message.CodeLimit, "20": message.CodeLimit, "-1": message.CodeLimit, "x": message.CodeLimit,
		"4294967725": message.CodeLimit, "0": message.CodeLimit,
	} {
		err := (&grpc.Status{Code: grpc.ResourceExhausted}).Err(m, "", grpc.Metadata{"tagwire-code": {text}})
		require.ErrorIs(t, err, want, text)
		require.Equal(t, text == "429", err.(*message.Error).Retryable)
	}
}

// TestTextOfErrors: the caller sees the text that the handler wrote, and no address that the handler called.
func TestTextOfErrors(t *testing.T) {
	for want, err := range map[string]error{
		"busy":                               &message.Error{Code: message.CodeOverloaded, Method: "Get", Message: "busy"},
		"overloaded":                         &message.Error{Code: message.CodeOverloaded, Method: "Get"},
		"x: rpc: busy:":                      fmt.Errorf("x: rpc: busy:%w", errorText("")),
		"rpc: protocol error: m: cause":      &message.Error{Code: message.CodeProtocolError, Message: "m", Err: errorText("cause")},
		"rpc: timeout: no answer":            &message.Error{Code: message.CodeTimeout, Message: "no answer"},
		"x: rpc: overloaded: busy":           fmt.Errorf("x: %w", &message.Error{Code: message.CodeOverloaded, Message: "busy"}),
		"grpc status NotFound":               fmt.Errorf("%w", grpc.NotFound.GRPCStatus()),
		"x: grpc status NotFound: no item 7": fmt.Errorf("x: %w", &grpc.Status{Code: grpc.NotFound, Message: "no item 7"}),
	} {
		s, _ := grpc.StatusOf(err, nil, "")
		require.Equal(t, want, s.Message)
	}
	s, trailer := grpc.StatusOf(nil, nil, "")
	require.Nil(t, s)
	require.Nil(t, trailer)
	require.NoError(t, s.Err(nil, "", nil))
}

type errorText string

func (e errorText) Error() string { return string(e) }

// incomparable is an error that must not be compared.
type incomparable []string

func (incomparable) Error() string { return "incomparable" }

// TestUnusualErrors: errors of handlers may be anything.
func TestUnusualErrors(t *testing.T) {
	m := method(t, false)
	for name, row := range map[string]struct {
		err  error
		want grpc.Code
	}{
		"incomparable":          {incomparable{"a"}, grpc.Unknown},
		"joined":                {errors.Join(errors.New("a"), grpc.Aborted), grpc.Aborted},
		"nil status":            {(*grpc.Status)(nil), grpc.Internal},
		"wrapped nil status":    {fmt.Errorf("x: %w", (*grpc.Status)(nil)), grpc.Internal},
		"OK":                    {grpc.OK, grpc.Internal},
		"nil business error":    {fmt.Errorf("x: %w", errorOrNil((*message.BizError)(nil))), grpc.Unknown},
		"code gRPC has not":     {grpc.Code(math.MaxUint32), math.MaxUint32},
		"status of a context":   {&grpc.Status{Code: grpc.Canceled}, grpc.Canceled},
		"context in rpc.Error":  {&message.Error{Code: message.CodeInternal, Err: context.Canceled}, grpc.Internal},
		"context around a code": {fmt.Errorf("%w %w", context.Canceled, grpc.DataLoss), grpc.DataLoss},
	} {
		s, _ := grpc.StatusOf(row.err, m, "shop.Store")
		require.Equal(t, row.want, s.Code, name)
	}
}

func errorOrNil(b *message.BizError) error { return nilError{b} }

// nilError wraps a nil pointer to an error, on which it does not call a method.
type nilError struct{ err error }

func (nilError) Error() string   { return "nil" }
func (e nilError) Unwrap() error { return e.err }

// TestStatus: the methods of a status, also of nil.
func TestStatus(t *testing.T) {
	var none *grpc.Status
	require.Equal(t, "grpc status OK", none.Error())
	require.False(t, none.Is(grpc.OK))
	require.False(t, none.Detail("a", &item{}))
	s := &grpc.Status{Code: grpc.DeadlineExceeded, Message: "late"}
	require.Equal(t, "grpc status DeadlineExceeded: late", s.Error())
	require.ErrorIs(t, s, context.DeadlineExceeded)
	require.NotErrorIs(t, s, context.Canceled)
	require.ErrorIs(t, fmt.Errorf("x: %w", s), grpc.DeadlineExceeded)

	detail, err := grpc.NewAny("shop.item", &item{"pen"})
	require.NoError(t, err)
	require.Equal(t, grpc.Any{TypeURL: "type.googleapis.com/shop.item", Value: []byte("\n\x03pen")}, detail)
	s.Details = []grpc.Any{{TypeURL: "x/shop.item", Value: []byte{0xff}}, {TypeURL: "shop.other"}, detail}
	var got item
	require.True(t, s.Detail("shop.item", &got))
	require.Equal(t, item{"pen"}, got)
	require.False(t, s.Detail("shop.missing", &got))
	require.False(t, s.Detail("", &got), "its type has no name of its own")
	require.False(t, s.Detail("shop.item", nil))
	_, err = grpc.NewAny("x", &item{"\xff"})
	require.Error(t, err)
	_, err = grpc.NewAny("x", nil)
	require.Error(t, err)
}

// TestShortStatus: what is left has the code, and no part of a character.
func TestShortStatus(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "short ☺": "short ☺", strings.Repeat("x", 512): strings.Repeat("x", 512), strings.Repeat("x", 513): strings.Repeat("x", 512),
		strings.Repeat("☺", 300): strings.Repeat("☺", 170), strings.Repeat("x", 511) + "é": strings.Repeat("x", 511), strings.Repeat("\x80", 600): strings.Repeat("\x80", 508),
	} {
		s := &grpc.Status{Code: grpc.NotFound, Message: text, Details: []grpc.Any{{}}}
		require.Equal(t, &grpc.Status{Code: grpc.NotFound, Message: want}, s.Short())
	}
}

// TestStatusOnTheWire: a status is read back as it was, whatever its texts.
func TestStatusOnTheWire(t *testing.T) {
	for _, s := range []*grpc.Status{
		{Code: grpc.NotFound, Message: "no item"}, {Code: 4711, Message: "ü\n%"}, {Code: math.MaxInt32},
		{Code: grpc.Aborted, Message: "m", Details: []grpc.Any{{TypeURL: "a/b", Value: []byte("c")}, {TypeURL: "d", Value: []byte{}}}},
	} {
		got := grpc.ParseStatus(s.Code.Decimal(), grpc.EncodeMessage(s.Message), s.EncodeDetails())
		require.Equal(t, s.Code, got.Code)
		require.Equal(t, s.Message, got.Message)
		require.Len(t, got.Details, len(s.Details))
		for i := range s.Details {
			require.Equal(t, s.Details[i].TypeURL, got.Details[i].TypeURL)
			require.Equal(t, string(s.Details[i].Value), string(got.Details[i].Value))
		}
	}
	s := &grpc.Status{Code: 5, Message: "\xff", Details: []grpc.Any{{TypeURL: "\xff/x", Value: []byte("v")}}}
	want := &grpc.Status{Code: 5, Message: "\uFFFD", Details: []grpc.Any{{TypeURL: "\uFFFD/x", Value: []byte("v")}}}
	require.Equal(t, want, grpc.ParseStatus("5", "ignored", s.EncodeDetails()))
	require.Equal(t, "\xff", s.Message)
	require.Equal(t, "\xff/x", s.Details[0].TypeURL)
	require.Equal(t, "CAUaBQoDYS9i", (&grpc.Status{Code: 5, Details: []grpc.Any{{TypeURL: "a/b"}}}).EncodeDetails())
}

// TestHostileStatuses: what no server should send is a status, too.
func TestHostileStatuses(t *testing.T) {
	for _, row := range []struct {
		code, text, details string
		want                *grpc.Status
	}{
		{"0", "ignored", "", nil},
		{"0", "", "!", &grpc.Status{Code: grpc.Internal, Message: `malformed grpc-status-details-bin: "!"`}},
		{"0", "", base64.StdEncoding.EncodeToString([]byte{18, 1, 'x'}), nil},
		{"5", "%41%", "", &grpc.Status{Code: grpc.NotFound, Message: "A%"}},
		{"5", "\xff", "", &grpc.Status{Code: grpc.NotFound, Message: "\xff"}},
		{"", "", "", &grpc.Status{Code: grpc.Unknown, Message: "the trailers have no grpc-status"}},
		{"", "text", "CAU", &grpc.Status{Code: grpc.Unknown, Message: "the trailers have no grpc-status: text"}},
		{"x", "text", "CAU", &grpc.Status{Code: grpc.Unknown, Message: `malformed grpc-status: "x"`}},
		{"-5", "", "", &grpc.Status{Code: grpc.Unknown, Message: `malformed grpc-status: "-5"`}},
		{"5", "text", "CAY", &grpc.Status{Code: grpc.Internal, Message: `grpc-status-details-bin mismatch: grpc-status=NotFound, grpc-message="text", but the details have AlreadyExists, ""`}},
	} {
		require.Equal(t, row.want, grpc.ParseStatus(row.code, row.text, row.details))
	}
	details := (&grpc.Status{Code: 5, Message: "of the details", Details: []grpc.Any{{TypeURL: "a/b", Value: []byte("c")}}}).EncodeDetails()
	for n := range len(details) {
		s := grpc.ParseStatus("5", "text", details[:n])
		require.Contains(t, []grpc.Code{grpc.NotFound, grpc.Internal}, s.Code)
	}
	// Details that take much more memory than they have bytes are ignored.
	tooMany := 40_000 * 40 / int(reflect.TypeFor[grpc.Any]().Size()) // 40 bytes each, or 20 where pointers have four
	for n, want := range map[int]int{10_000: 10_000, tooMany: 0} {
		many := base64.StdEncoding.EncodeToString(append([]byte{8, 5}, strings.Repeat("\x1a\x00", n)...))
		require.Len(t, grpc.ParseStatus("5", "", many).Details, want)
	}
}

// The types of a status as grpc-go has them, as far as their methods are called.
type (
	theirError  struct{ status any }
	theirStatus struct {
		code  uint32
		proto *theirProto
	}
	theirProto struct{ details []*theirAny }
	theirAny   struct{ url string }
)

func (e *theirError) Error() string           { return "theirs" }
func (e *theirError) GRPCStatus() any         { return e.status }
func (s *theirStatus) Code() uint32           { return s.code }
func (s *theirStatus) Message() string        { return "text" }
func (s *theirStatus) Proto() *theirProto     { return s.proto }
func (p *theirProto) GetDetails() []*theirAny { return p.details }
func (a *theirAny) GetTypeUrl() string        { return a.url }
func (a *theirAny) GetValue() []byte          { return []byte(a.url) }

// typedError has a status behind a type of its own.
type typedError struct{ theirError }

func (e *typedError) GRPCStatus() *theirStatus { s, _ := e.status.(*theirStatus); return s }

// oddError has methods of these names that are others.
type oddError struct{}

func (oddError) Error() string               { return "odd" }
func (oddError) GRPCStatus(int) *oddStatus   { return nil }
func (oddStatus) Code() string               { return "" }
func (oddStatus) Message() string            { return "" }
func (oddStatus) Proto() *oddStatus          { return nil }
func (*oddPointer) Error() string            { return "odd" }
func (*oddPointer) GRPCStatus() *oddStatus   { return new(oddStatus) }
func (*oddDetails) Code() uint32             { return 5 }
func (*oddDetails) Message() string          { return "text" }
func (d *oddDetails) Proto() *oddDetails     { return d }
func (*oddDetails) GetDetails() []int        { return []int{1} }
func (*oddDetailed) Error() string           { return "odd" }
func (*oddDetailed) GRPCStatus() *oddDetails { return new(oddDetails) }

type (
	oddStatus   struct{}
	oddPointer  struct{}
	oddDetails  struct{}
	oddDetailed struct{}
)

// TestForeignStatuses: an error with a status as grpc-go has it keeps that, and methods that only look alike are none.
func TestForeignStatuses(t *testing.T) {
	details := &theirProto{[]*theirAny{{"a/b"}, {"c"}}}
	full := &typedError{theirError{&theirStatus{5, details}}}
	wantDetails := []grpc.Any{{TypeURL: "a/b", Value: []byte("a/b")}, {TypeURL: "c", Value: []byte("c")}}
	for name, row := range map[string]struct {
		err  error
		want *grpc.Status
	}{
		"direct":          {full, &grpc.Status{Code: 5, Message: "text", Details: wantDetails}},
		"wrapped":         {fmt.Errorf("x: %w", full), &grpc.Status{Code: 5, Message: "x: theirs", Details: wantDetails}},
		"joined":          {errors.Join(errorText("a"), full), &grpc.Status{Code: 5, Message: "a\ntheirs", Details: wantDetails}},
		"joined with one": {fmt.Errorf("%w, %w", errorText("a"), errorText("b")), &grpc.Status{Code: grpc.Unknown, Message: "a, b"}},
		"without details": {&typedError{theirError{&theirStatus{5, nil}}}, &grpc.Status{Code: 5, Message: "text"}},
		"OK":              {&typedError{theirError{&theirStatus{}}}, &grpc.Status{Code: grpc.Internal, Message: "the handler has returned an error whose status is OK"}},
		"nil":             {&typedError{}, &grpc.Status{Code: grpc.Unknown, Message: "theirs"}},
		"interface":       {&theirError{&theirStatus{5, nil}}, &grpc.Status{Code: grpc.Unknown, Message: "theirs"}},
		"parameters":      {oddError{}, &grpc.Status{Code: grpc.Unknown, Message: "odd"}},
		"other results":   {&oddPointer{}, &grpc.Status{Code: grpc.Unknown, Message: "odd"}},
		"other details":   {&oddDetailed{}, &grpc.Status{Code: 5, Message: "text"}},
		"own comes first": {fmt.Errorf("%w %w", full, grpc.Aborted), &grpc.Status{Code: grpc.Aborted, Message: "theirs Aborted"}},
	} {
		s, trailer := grpc.StatusOf(row.err, nil, "")
		require.Equal(t, row.want, s, name)
		require.Nil(t, trailer)
	}
}
