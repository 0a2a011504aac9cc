package apachethrift

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"math"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire"
)

// read reads the struct that v points to.
func read(ctx context.Context, p thrift.TProtocol, v any) error {
	c, err := codecsFor(v)
	if err != nil {
		return err
	}
	return c.read(ctx, p, v)
}

// read reads a struct of the type that c serves.
func (c *codecs) read(ctx context.Context, p thrift.TProtocol, v any) error {
	if codec, limit := c.straight(p); limit > 0 {
		switch t := p.Transport().(type) {
		case *thrift.TMemoryBuffer:
			return c.readBuffer(t.Buffer, codec, limit, v)
		case *thrift.TFramedTransport:
			// At the end of a frame only the transport can get the next one.
			if rest, found := framesRead.in(t); found && rest != nil && rest.Len() > 0 {
				err := c.readBuffer(rest, codec, limit, v)
				if rest.Len() == 0 {
					_, _ = t.Read(nil) // which gives the frame's memory back
				}
				return err
			}
		case *thrift.TBufferedTransport:
			return c.readStream(ctx, t.ReadWriter.Reader, codec, limit, v)
		}
	}
	data, err := c.readFields(ctx, p)
	if err != nil {
		return err
	}
	codec := c.binary
	if format, _ := formatOf(p); format == tagwire.ThriftCompact && c.keeps {
		// Unknown fields are kept in the format that they came in, so that they can be written in it again.
		if data, err = c.inCompact(ctx, data); err != nil {
			return err
		}
		codec = c.compact
	}
	if _, err := codec.Decode(data, v); err != nil {
		return exception(err)
	}
	return nil
}

// inCompact returns a struct, which is given in Thrift Binary, in Thrift Compact.
func (c *codecs) inCompact(ctx context.Context, data []byte) ([]byte, error) {
	b := thrift.NewTMemoryBuffer()
	if err := c.writeFields(ctx, thrift.NewTCompactProtocolConf(b, nil), data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// straight returns how many bytes a struct may have that is read from p as one piece, by the configuration of p, and the codec for it;
// 0 if structs are to be read field by field. A limit for the elements of a container is left to the protocol, which counts them.
func (c *codecs) straight(p thrift.TProtocol) (codec *tagwire.TypeCodec, limit int) {
	var limits *thrift.TConfiguration
	var found bool
	switch p := p.(type) {
	case *thrift.TBinaryProtocol:
		codec = c.binary
		limits, found = binaryLimits.in(p)
	case *thrift.TCompactProtocol:
		codec = c.compact
		limits, found = compactLimits.in(p)
	}
	if !found || limits.GetMaxContainerSize() != math.MaxInt32 {
		return nil, 0
	}
	return codec, int(limits.GetMaxMessageSize())
}

// readBuffer reads the struct from a buffer that has all of it.
func (c *codecs) readBuffer(b *bytes.Buffer, codec *tagwire.TypeCodec, limit int, v any) error {
	data := b.Bytes()
	exceeded := len(data) > limit
	if exceeded {
		data = data[:limit]
	}
	data = c.own(codec, data)
	n, err := c.decode(codec, data, v)
	if err == nil {
		b.Next(n)
		return nil
	}
	if exceeded && mayBeCut(err) {
		return thrift.NewTProtocolExceptionWithType(thrift.SIZE_LIMIT, err)
	}
	return exception(err)
}

// decode decodes a struct by one of the codecs of c.
func (c *codecs) decode(codec *tagwire.TypeCodec, data []byte, v any) (int, error) {
	if codec == c.binary {
		return tagwire.Decode(data, v) // which looks at the type once, and a TypeCodec once more
	}
	return codec.Decode(data, v)
}

// own returns the struct at the start of data, which is memory of a transport, as memory that a value may refer to, if it will.
func (c *codecs) own(codec *tagwire.TypeCodec, data []byte) []byte {
	if !c.aliases {
		return data
	}
	if n, whole, err := c.skipper(codec, len(data)).Next(data); err == nil && whole {
		data = data[:n] // structs that follow are not copied for each
	}
	return bytes.Clone(data)
}

// skipper returns what finds the end of a struct.
func (c *codecs) skipper(codec *tagwire.TypeCodec, limit int) *tagwire.Skipper {
	format := tagwire.ThriftBinary
	if codec == c.compact {
		format = tagwire.ThriftCompact
	}
	return tagwire.NewSkipper(tagwire.WithFormat(format), tagwire.WithMaxSize(limit))
}

// readStream reads the struct from what r has in its buffer, if that is all of it. If not, it is put together from the pieces that
// arrive. What follows the struct stays in r.
func (c *codecs) readStream(ctx context.Context, r *bufio.Reader, codec *tagwire.TypeCodec, limit int, v any) error {
	if r.Buffered() == 0 {
		if err := await(ctx, r); err != nil {
			return thrift.NewTProtocolException(err)
		}
	}
	data, _ := r.Peek(min(r.Buffered(), limit))
	n, err := c.decode(codec, c.own(codec, data), v)
	if err == nil {
		r.Discard(n) // which it has
		return nil
	}
	if !mayBeCut(err) {
		return exception(err)
	}
	if data, err = collect(ctx, r, c.skipper(codec, limit)); err != nil {
		return err
	}
	if _, err := codec.Decode(data, v); err != nil {
		return exception(err)
	}
	return nil
}

// collect takes the bytes of a struct from r.
func collect(ctx context.Context, r *bufio.Reader, skipper *tagwire.Skipper) (collected []byte, err error) {
	for {
		if r.Buffered() == 0 {
			if err := await(ctx, r); err != nil {
				return nil, thrift.NewTProtocolException(err)
			}
		}
		data, _ := r.Peek(r.Buffered())
		n, done, err := skipper.Next(data)
		if err != nil {
			return nil, exception(err)
		}
		collected = append(collected, data[:n]...)
		r.Discard(n) // which it has
		if done {
			return collected, nil
		}
	}
}

// await waits for r to have at least one byte. Like the protocols, it goes on after a timeout of the socket while ctx has a deadline
// that has not passed.
func await(ctx context.Context, r *bufio.Reader) error {
	_, deadline := ctx.Deadline()
	for {
		_, err := r.Peek(1)
		var timeout interface{ Timeout() bool }
		if !deadline || ctx.Err() != nil || !errors.As(err, &timeout) || !timeout.Timeout() {
			return err
		}
	}
}
