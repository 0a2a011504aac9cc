// Package peer has functions of grpc-go that it keeps to itself, for tests that compare with them.
package peer

import (
	"time"
	_ "unsafe" // for go:linkname

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	_ "google.golang.org/grpc" // whose functions these are
)

// EncodeMessage makes the value of grpc-message.
//
//go:linkname EncodeMessage google.golang.org/grpc/internal/transport.encodeGrpcMessage
func EncodeMessage(text string) string

// DecodeMessage reads the value of grpc-message.
//
//go:linkname DecodeMessage google.golang.org/grpc/internal/transport.decodeGrpcMessage
func DecodeMessage(value string) string

// EncodeTimeout makes the value of grpc-timeout.
//
//go:linkname EncodeTimeout google.golang.org/grpc/internal/grpcutil.EncodeDuration
func EncodeTimeout(d time.Duration) string

// DecodeTimeout reads the value of grpc-timeout.
//
//go:linkname DecodeTimeout google.golang.org/grpc/internal/transport.decodeTimeout
func DecodeTimeout(value string) (time.Duration, error)

// DecodeMetadata reads the value of a key of metadata.
//
//go:linkname DecodeMetadata google.golang.org/grpc/internal/transport.decodeMetadataHeader
func DecodeMetadata(key, value string) (string, error)

// ContentSubtype reads a content type.
//
//go:linkname ContentSubtype google.golang.org/grpc/internal/grpcutil.ContentSubtype
func ContentSubtype(contentType string) (string, bool)

// NewStatus makes a status of grpc-status, grpc-message and the decoded values of grpc-status-details-bin.
//
//go:linkname NewStatus google.golang.org/grpc/internal/status.NewWithProto
func NewStatus(code codes.Code, message string, details []string) *status.Status
