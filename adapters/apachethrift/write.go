package apachethrift

import (
	"bytes"
	"context"
	"sync"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire"
)

// write writes the struct that v points to.
func write(ctx context.Context, p thrift.TProtocol, v any) error {
	c, err := codecsFor(v)
	if err != nil {
		return err
	}
	return c.write(ctx, p, v)
}

// write writes a struct of the type that c serves.
func (c *codecs) write(ctx context.Context, p thrift.TProtocol, v any) error {
	if format, straight := formatOf(p); straight {
		// The bytes are made where they stay, if there is room for them.
		switch t := p.Transport().(type) {
		case *thrift.TMemoryBuffer:
			return c.writeBuffer(t.Buffer, format, v)
		case *thrift.TFramedTransport:
			if frame, found := framesWritten.in(t); found && frame != nil {
				return c.writeBuffer(frame, format, v)
			}
		case *thrift.TBufferedTransport:
			if w := t.ReadWriter.Writer; w.Available() >= int(c.longest.Load()) {
				return c.writeStream(t, format, v)
			}
		}
	}
	if _, straight := formatOf(p); !straight { // a protocol of others may keep what it gets
		data, err := c.encode(nil, p, v)
		if err == nil {
			err = c.send(ctx, p, data)
		}
		return err
	}
	scratch := scratches.Get().(*[]byte)
	data, err := c.encode((*scratch)[:0], p, v)
	if err == nil {
		err = c.send(ctx, p, data)
	}
	if cap(data) <= maxScratch {
		*scratch = data
		scratches.Put(scratch)
	}
	return err
}

func (c *codecs) writeBuffer(b *bytes.Buffer, format tagwire.Format, v any) error {
	data, err := c.of(format).Append(b.AvailableBuffer(), v)
	if err != nil {
		return exception(err)
	}
	b.Write(data) // which does not fail
	return nil
}

func (c *codecs) writeStream(t *thrift.TBufferedTransport, format tagwire.Format, v any) error {
	data, err := c.of(format).Append(t.ReadWriter.Writer.AvailableBuffer(), v)
	if err != nil {
		return exception(err)
	}
	c.note(len(data))
	if _, err := t.Write(data); err != nil {
		return thrift.NewTProtocolException(err)
	}
	return nil
}

// note keeps the length of the longest struct. Buffers that have no room for that one are not tried.
func (c *codecs) note(n int) {
	for longest := c.longest.Load(); int64(n) > longest; longest = c.longest.Load() {
		c.longest.CompareAndSwap(longest, int64(n))
	}
}

// encode appends the struct that v points to, as send takes it for p, to dst.
func (c *codecs) encode(dst []byte, p thrift.TProtocol, v any) ([]byte, error) {
	format, _ := formatOf(p)
	data, err := c.of(format).Append(dst, v)
	if err != nil {
		return data, exception(err)
	}
	c.note(len(data) - len(dst))
	return data, nil
}

// send writes a struct that encode has encoded to p. Nothing refers to data afterwards.
func (c *codecs) send(ctx context.Context, p thrift.TProtocol, data []byte) error {
	if _, straight := formatOf(p); !straight {
		return c.writeFields(ctx, p, data)
	}
	if _, err := p.Transport().Write(data); err != nil {
		return thrift.NewTProtocolException(err)
	}
	return nil
}

// formatOf returns the format of the bytes that p writes and reads. Protocols that wrap others may do more than that with each field,
// and those that are neither Binary nor Compact have other bytes; for them it is the format that fields are taken from.
func formatOf(p thrift.TProtocol) (f tagwire.Format, straight bool) {
	switch p.(type) {
	case *thrift.TBinaryProtocol:
		return tagwire.ThriftBinary, true
	case *thrift.TCompactProtocol:
		// Its state is that of the struct around this one, which Write and Read of a struct leave as it is.
		return tagwire.ThriftCompact, true
	}
	return tagwire.ThriftBinary, false
}

// maxScratch is the size in bytes of the largest buffer that is kept for the next struct.
const maxScratch = 64 << 10

// scratches have buffers that nothing refers to any more.
var scratches = sync.Pool{New: func() any { return new([]byte) }}
