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
func (c *codecs) read(ctx context.Context, p thrift.TProtocol, v any) error {
	if limit := straightLimit(p); limit > 0 {
		format, _ := formatOf(p)
		s := source{c, format, limit, v}
		switch t := p.Transport().(type) {
		case *thrift.TMemoryBuffer:
			return s.readBuffer(t.Buffer)
		case *thrift.TFramedTransport:
			// At the end of a frame only the transport can get the next one.
			if rest, found := frames.in(t); found && rest != nil && rest.Len() > 0 {
				return s.readBuffer(rest)
			}
		case *thrift.TBufferedTransport:
			return s.readStream(ctx, t.ReadWriter.Reader)
		}
	}
	data, err := c.readFields(ctx, p)
	if err != nil {
		return err
	}
	if _, err := c.binary.Decode(data, v); err != nil {
		return exception(err)
	}
	return nil
}

// straightLimit returns how many bytes a struct may have that is read as one piece, by the configuration of p; 0 if structs are to be
// read field by field. A limit for the elements of a container is left to the protocol, which counts them.
func straightLimit(p thrift.TProtocol) int {
	var limits *thrift.TConfiguration
	var found bool
	switch p := p.(type) {
	case *thrift.TBinaryProtocol:
		limits, found = binaryLimits.in(p)
	case *thrift.TCompactProtocol:
		limits, found = compactLimits.in(p)
	}
	if !found || limits.GetMaxContainerSize() != math.MaxInt32 {
		return 0
	}
	return int(limits.GetMaxMessageSize())
}

// source is a struct that is to be read as one piece.
type source struct {
	codecs *codecs
	format tagwire.Format
	limit  int // in bytes
	value  any
}

// decode reads the struct from the start of data, which is memory of the transport.
func (s *source) decode(data []byte) (int, error) {
	if s.codecs.aliases {
		data = bytes.Clone(data)
	}
	return s.codecs.of(s.format).Decode(data, s.value)
}

// readBuffer reads the struct from a buffer that has all of it.
func (s *source) readBuffer(b *bytes.Buffer) error {
	data := b.Bytes()
	exceeded := len(data) > s.limit
	if exceeded {
		data = data[:s.limit]
	}
	n, err := s.decode(data)
	if err == nil {
		b.Next(n)
		return nil
	}
	if exceeded && mayBeCut(err) {
		return thrift.NewTProtocolExceptionWithType(thrift.SIZE_LIMIT, err)
	}
	return exception(err)
}

// readStream reads the struct from what r has in its buffer, if that is all of it. If not, it is put together from the pieces that
// arrive. What follows the struct stays in r.
func (s *source) readStream(ctx context.Context, r *bufio.Reader) error {
	data, _ := r.Peek(min(r.Buffered(), s.limit))
	if len(data) > 0 {
		n, err := s.decode(data)
		if err == nil {
			_, err = r.Discard(n)
			return err
		}
		if !mayBeCut(err) {
			return exception(err)
		}
	}
	data, err := s.collect(ctx, r)
	if err != nil {
		return err
	}
	if _, err := s.codecs.of(s.format).Decode(data, s.value); err != nil {
		return exception(err)
	}
	return nil
}

// collect takes the bytes of the struct from r.
func (s *source) collect(ctx context.Context, r *bufio.Reader) (collected []byte, err error) {
	skipper := tagwire.NewSkipper(tagwire.WithFormat(s.format), tagwire.WithMaxSize(s.limit))
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
		if _, err := r.Discard(n); err != nil {
			return nil, thrift.NewTProtocolException(err)
		}
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
