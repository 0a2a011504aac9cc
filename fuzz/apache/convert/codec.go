package convert

import (
	"bytes"
	"context"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/tagwire/tagwire"
)

// protocol returns Apache's protocol for a format.
func protocol(format tagwire.Format, buffer thrift.TTransport) thrift.TProtocol {
	switch format {
	case tagwire.ThriftBinary:
		return thrift.NewTBinaryProtocolConf(buffer, nil)
	case tagwire.ThriftCompact:
		return thrift.NewTCompactProtocolConf(buffer, nil)
	}
	panic("convert: Apache Thrift has no " + format.String())
}

// Marshal encodes a value of a generated type in Thrift Binary.
func Marshal(v any) ([]byte, error) { return MarshalIn(tagwire.ThriftBinary, v) }

// MarshalIn encodes a value of a generated type.
func MarshalIn(format tagwire.Format, v any) ([]byte, error) {
	buffer := thrift.NewTMemoryBuffer()
	protocol := protocol(format, buffer)
	if err := v.(thrift.TStruct).Write(context.Background(), protocol); err != nil {
		return nil, err
	}
	if err := protocol.Flush(context.Background()); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// Unmarshal decodes Thrift Binary into a value of a generated type and returns the bytes used.
func Unmarshal(data []byte, v any) (int, error) { return UnmarshalIn(tagwire.ThriftBinary, data, v) }

// UnmarshalIn decodes into a value of a generated type and returns the bytes used.
func UnmarshalIn(format tagwire.Format, data []byte, v any) (int, error) {
	buffer := &thrift.TMemoryBuffer{Buffer: bytes.NewBuffer(data)}
	err := v.(thrift.TStruct).Read(context.Background(), protocol(format, buffer))
	return len(data) - buffer.Len(), err
}
