package http2

import (
	"errors"
	"fmt"

	"golang.org/x/net/http2"
)

// Code is why a stream or a connection ends, with the numbers of RFC 9113, section 7.
type Code = http2.ErrCode

// The codes that others use.
const (
	NoError         = http2.ErrCodeNo
	ProtocolError   = http2.ErrCodeProtocol
	RefusedStream   = http2.ErrCodeRefusedStream
	Cancel          = http2.ErrCodeCancel
	EnhanceYourCalm = http2.ErrCodeEnhanceYourCalm
)

// ResetError is why a stream ended before its messages did.
type ResetError struct {
	// Code is what the peer said, or was told.
	Code Code
	// Remote says that the peer did.
	Remote bool
	// Unread says that the peer has not looked at the stream, so that it can be repeated.
	Unread bool
	// Reason says more, if it is known.
	Reason string
}

// Error names the code.
func (e *ResetError) Error() string {
	text := "the stream was reset: "
	if e.Remote {
		text = "the peer has reset the stream: "
	}
	text += e.Code.String()
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// ErrClosed is the error of streams whose connection has ended in order.
var ErrClosed = errors.New("the HTTP/2 connection has ended")

// GoneError is the error of streams whose connection the peer has ended because of a fault.
type GoneError struct {
	// Code and Reason are what the peer said.
	Code   Code
	Reason string
}

// Error says what the peer said.
func (e *GoneError) Error() string {
	text := "the peer has ended the HTTP/2 connection: " + e.Code.String()
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// Unwrap returns ErrClosed.
func (e *GoneError) Unwrap() error { return ErrClosed }

// ErrImpatient is the error of a sender whose patience has ended.
var ErrImpatient = errors.New("the peer takes nothing")

// ErrSilent is the error of a peer that does not answer pings.
var ErrSilent = fmt.Errorf("the peer does not answer pings: %w", ErrClosed)

// connectionError is a fault of the peer that ends the connection.
type connectionError struct {
	code   Code
	reason string
}

func (e *connectionError) Error() string {
	return fmt.Sprintf("the peer breaks the rules of HTTP/2 (%v): %s", e.code, e.reason)
}

// Unwrap returns ErrClosed: for streams it is the end of the connection.
func (e *connectionError) Unwrap() error { return ErrClosed }

// fault returns an error that ends the connection.
func fault(code Code, format string, arguments ...any) error {
	return &connectionError{code, fmt.Sprintf(format, arguments...)}
}

// calm returns an error that ends the connection of a peer which makes too much work.
func calm(format string, arguments ...any) error {
	return fault(EnhanceYourCalm, format, arguments...)
}
