package policy

import (
	"crypto/tls"
	"net"
	"time"
)

// Attempt tells of one attempt of a call.
type Attempt struct {
	// Number is 1 for the first.
	Number int
	// Reason is why it was made: "call" for the first, "error" and "result" after an attempt that failed, or had a result that
	// Retry.IfResult does not want, and "backup" where one took long.
	Reason string
	// Remote is the server's address, nil if there was no connection.
	Remote net.Addr
	// TLS is the state of the connection's TLS, nil for a connection without.
	TLS *tls.ConnectionState
	// Sequence is the request's sequence id.
	Sequence int32
	// Took is how long it took.
	Took time.Duration
	// Err is its error. It is nil also if the attempt was repeated because of its result.
	Err error
}

// Reasons of attempts.
const (
	reasonCall   = "call"
	reasonError  = "error"
	reasonResult = "result"
	reasonBackup = "backup"
)
