package convert

import (
	"bytes"
	"context"

	"github.com/apache/thrift/lib/go/thrift"
)

// Marshal encodes a value of a generated type.
func Marshal(v any) ([]byte, error) {
	buffer := thrift.NewTMemoryBuffer()
	protocol := thrift.NewTBinaryProtocolConf(buffer, nil)
	if err := v.(thrift.TStruct).Write(context.Background(), protocol); err != nil {
		return nil, err
	}
	if err := protocol.Flush(context.Background()); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// Unmarshal decodes into a value of a generated type and returns the bytes used.
func Unmarshal(data []byte, v any) (int, error) {
	buffer := &thrift.TMemoryBuffer{Buffer: bytes.NewBuffer(data)}
	protocol := thrift.NewTBinaryProtocolConf(buffer, nil)
	err := v.(thrift.TStruct).Read(context.Background(), protocol)
	return len(data) - buffer.Len(), err
}
