package apachethrift

import (
	"context"
	"sync"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire"
)

// write writes the struct that v points to.
func (c *codecs) write(ctx context.Context, p thrift.TProtocol, v any) error {
	format, straight := formatOf(p)
	if !straight {
		data, err := c.binary.Append(nil, v)
		if err != nil {
			return exception(err)
		}
		return c.writeFields(ctx, p, data)
	}
	transport := p.Transport()
	if memory, ok := transport.(*thrift.TMemoryBuffer); ok {
		// The bytes are made where they stay; Write then copies nothing if there is room for them.
		data, err := c.of(format).Append(memory.AvailableBuffer(), v)
		if err != nil {
			return exception(err)
		}
		memory.Write(data) // it cannot fail
		return nil
	}
	scratch := scratches.Get().(*[]byte)
	data, err := c.of(format).Append((*scratch)[:0], v)
	if err != nil {
		scratches.Put(scratch)
		return exception(err)
	}
	_, err = transport.Write(data)
	if cap(data) <= maxScratch {
		*scratch = data
		scratches.Put(scratch)
	}
	if err != nil {
		return thrift.NewTProtocolException(err)
	}
	return nil
}

// formatOf returns the format of the bytes that p writes and reads. Protocols that wrap others, or that are made of others, may do
// more than that with each field, so they have none.
func formatOf(p thrift.TProtocol) (f tagwire.Format, straight bool) {
	switch p.(type) {
	case *thrift.TBinaryProtocol:
		return tagwire.ThriftBinary, true
	case *thrift.TCompactProtocol:
		// Its state is that of the struct around this one, which Write and Read of a struct leave as it is.
		return tagwire.ThriftCompact, true
	}
	return 0, false
}

// maxScratch is the size in bytes of the largest buffer that is kept for the next struct.
const maxScratch = 64 << 10

// scratches have buffers that nothing refers to any more.
var scratches = sync.Pool{New: func() any { return new([]byte) }}
