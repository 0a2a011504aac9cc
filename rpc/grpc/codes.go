package grpc

import "strconv"

// Code is the code of a [Status]. A Code is itself an error, so that errors.Is(err, grpc.NotFound) works on every error with a status, and
// so that a handler may return one.
type Code uint32

// The codes of gRPC.
const (
	// OK: the call has succeeded.
	OK Code = 0
	// Canceled: the caller has cancelled the call.
	Canceled Code = 1
	// Unknown: no better code is known, as for an error without one.
	Unknown Code = 2
	// InvalidArgument: the request is wrong, whatever the state of the system.
	InvalidArgument Code = 3
	// DeadlineExceeded: the call's time ran out.
	DeadlineExceeded Code = 4
	// NotFound: what the request names does not exist.
	NotFound Code = 5
	// AlreadyExists: what the request would create exists.
	AlreadyExists Code = 6
	// PermissionDenied: the caller is known, and may not do this.
	PermissionDenied Code = 7
	// ResourceExhausted: a limit or a quota is exceeded.
	ResourceExhausted Code = 8
	// FailedPrecondition: the system is not in the state that the request needs.
	FailedPrecondition Code = 9
	// Aborted: another operation got in the way, such as a concurrent transaction.
	Aborted Code = 10
	// OutOfRange: the request goes past the end of what there is.
	OutOfRange Code = 11
	// Unimplemented: the server has no such method.
	Unimplemented Code = 12
	// Internal: something that should always hold does not.
	Internal Code = 13
	// Unavailable: the service cannot be reached at the moment.
	Unavailable Code = 14
	// DataLoss: data is lost or corrupt.
	DataLoss Code = 15
	// Unauthenticated: the caller is not known.
	Unauthenticated Code = 16
)

// codeNames has the names of the codes, as grpc-go spells them.
var codeNames = [...]string{"OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists",
	"PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable",
	"DataLoss", "Unauthenticated"}

// String returns the name of the code, such as "NotFound".
func (c Code) String() string {
	if int64(c) < int64(len(codeNames)) {
		return codeNames[c]
	}
	return "Code(" + strconv.FormatUint(uint64(c), 10) + ")"
}

// Error returns the name of the code.
func (c Code) Error() string { return c.String() }

// GRPCStatus returns a status with this code.
func (c Code) GRPCStatus() *Status { return &Status{Code: c} }

// decimals has the texts of the codes.
var decimals = [...]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"}

// Decimal returns the value of the header field grpc-status. For the codes of gRPC it does not allocate.
func (c Code) Decimal() string {
	if int64(c) < int64(len(decimals)) {
		return decimals[c]
	}
	return strconv.FormatUint(uint64(c), 10)
}

// ParseCode reads the value of the header field grpc-status: digits alone, of any number below 1<<31. It does not allocate.
func ParseCode(value string) (code Code, ok bool) {
	if value == "" || len(value) > len("2147483647") {
		return 0, false
	}
	n := uint64(0)
	for i := range len(value) {
		if value[i] < '0' || value[i] > '9' {
			return 0, false
		}
		n = 10*n + uint64(value[i]-'0')
	}
	return Code(n), n < 1<<31
}
