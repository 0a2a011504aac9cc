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

// ErrImpatient is the error of a sender whose patience has ended.
var ErrImpatient = errors.New("the peer takes nothing")

// ErrSilent is the error of a peer that does not answer pings.
var ErrSilent = errors.New("the peer does not answer pings")

// connectionError is a fault of the peer that ends the connection.
type connectionError struct {
	code   Code
	reason string
}

func (e *connectionError) Error() string {
	return fmt.Sprintf("the peer breaks the rules of HTTP/2 (%v): %s", e.code, e.reason)
}

// fault returns an error that ends the connection.
func fault(code Code, format string, arguments ...any) error {
	return &connectionError{code, fmt.Sprintf(format, arguments...)}
}

// calm returns an error that ends the connection of a peer which makes too much work.
func calm(format string, arguments ...any) error {
	return fault(EnhanceYourCalm, format, arguments...)
}
