// Package iov has the name that older code uses for a NocopyWriter.
package iov

import "github.com/cloudwego/gopkg/protocol/thrift"

// BufferWriter takes large strings and binaries without a copy.
type BufferWriter = thrift.NocopyWriter
