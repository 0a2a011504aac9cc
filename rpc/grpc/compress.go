package grpc

import (
	"fmt"
	"io"
	"maps"
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tagwire/tagwire/rpc/message"
)

// Identity is the name of no compression.
const Identity = "identity"

// Compressor compresses messages. What is registered with grpc-go as an encoding.Compressor is one. It is used by many goroutines at once.
type Compressor interface {
	// Name is what grpc-encoding says, in lower case.
	Name() string
	// Compress returns a writer that compresses what is written to it into w. Closing it writes the rest, and does not close w.
	Compress(w io.Writer) (io.WriteCloser, error)
	// Decompress returns a reader of what the compressed data of r stands for. It is read until io.EOF, unless there is an error or a limit is
	// exceeded.
	Decompress(r io.Reader) (io.Reader, error)
}

// registry is the compressors that there are, which does not change: it is replaced.
type registry struct {
	compressors map[string]Compressor
	accept      string // the value of grpc-accept-encoding
}

var (
	registered   atomic.Pointer[registry]
	registration sync.Mutex
)

func init() {
	register("gzip", new(gzipCompressor))
}

// RegisterCompressor makes a compressor known to all clients and servers of the process, which can then read what it has compressed. Another
// one with the same name takes its place. gzip is there from the start. The error is about the name.
func RegisterCompressor(c Compressor) error {
	name := c.Name()
	if !isToken(name) || name == Identity {
		return message.ContractError("", "a compressor has a name in lower case such as gzip, which is not identity, and not %q", name)
	}
	register(name, c)
	return nil
}

func register(name string, c Compressor) {
	registration.Lock()
	defer registration.Unlock()
	next := &registry{compressors: map[string]Compressor{}}
	if now := registered.Load(); now != nil {
		maps.Copy(next.compressors, now.compressors)
	}
	next.compressors[name] = c
	next.accept = strings.Join(slices.Sorted(maps.Keys(next.compressors)), ",")
	registered.Store(next)
}

// AcceptEncoding returns the value of the header field grpc-accept-encoding: the names of all compressors. It does not allocate.
func AcceptEncoding() string { return registered.Load().accept }

// CanCompress reports whether there is a compressor of that name, of which the empty one and identity are none.
func CanCompress(name string) bool { return registered.Load().compressors[name] != nil }

// Accepts reports whether the value of a header field grpc-accept-encoding has a name. It does not allocate.
func Accepts(value, name string) bool {
	for value != "" {
		var one string
		one, value, _ = strings.Cut(value, ",")
		if strings.Trim(one, " \t") == name {
			return true
		}
	}
	return false
}

// AppendCompressed appends what a compressor makes of a message. The error has a status: Unimplemented if there is no compressor of that
// name, else Internal.
func AppendCompressed(dst, data []byte, name string) (out []byte, err error) {
	c := registered.Load().compressors[name]
	if c == nil {
		return dst, noCompressor(name)
	}
	defer guard(name, dst, &out, &err)
	w := appender{dst}
	compressing, err := c.Compress(&w)
	if err == nil {
		var n int
		if n, err = compressing.Write(data); err == nil && n != len(data) {
			err = io.ErrShortWrite
		}
	}
	if err == nil {
		err = compressing.Close()
	}
	if err != nil {
		return dst, failed(name, err)
	}
	return w.data, nil
}

// AppendDecompressed appends the message that data, which a peer has compressed, stands for, if it has at most limit bytes. Memory grows with what has
// been decompressed, whatever data claims, and nothing is read beyond the limit. The error has a status: Unimplemented if there is no compressor
// of that name, Internal for one that is "" or identity, since the peer says that the message is compressed, and for data that is not
// what it should be; ResourceExhausted beyond the limit.
func AppendDecompressed(dst, data []byte, name string, limit int) (out []byte, err error) {
	if name == "" || name == Identity {
		return dst, &Status{Code: Internal, Message: "a message is compressed, and grpc-encoding does not say how"}
	}
	c := registered.Load().compressors[name]
	if c == nil {
		return dst, noCompressor(name)
	}
	defer guard(name, dst, &out, &err)
	source := &source{data}
	defer func() { source.rest = nil }() // the compressor may keep its reader, and the memory of data serves again
	plain, err := c.Decompress(source)
	if err != nil {
		return dst, failed(name, err)
	}
	start := len(dst)
	limit = min(max(limit, 0), math.MaxInt-start-1)
	out = slices.Grow(dst, min(2*len(data), limit)+1) // one more, to read the end into
	for idle := 0; ; {
		if len(out) == cap(out) {
			out = slices.Grow(out, min(len(out)-start, limit-(len(out)-start))+1)
		}
		room := out[len(out):min(cap(out), start+limit+1)]
		n, err := plain.Read(room)
		if n < 0 || n > len(room) {
			return dst, failed(name, fmt.Errorf("it reads %d bytes into %d", n, len(room)))
		}
		out = out[:len(out)+n]
		switch {
		case len(out)-start > limit:
			return dst, tooLarge(limit)
		case err == io.EOF:
			return out, nil
		case err != nil:
			return dst, failed(name, err)
		}
		if idle++; n > 0 {
			idle = 0
		}
		if idle == mostIdle {
			return dst, failed(name, io.ErrNoProgress)
		}
	}
}

// mostIdle is how often in a row a reader may return nothing.
const mostIdle = 100

// guard turns a panic of a compressor into an error.
func guard(name string, dst []byte, out *[]byte, err *error) {
	if value := recover(); value != nil {
		*out, *err = dst, &compressorPanic{&Status{Code: Internal, Message: "compressor " + name + " panicked"}, value, debug.Stack()}
	}
}

// compressorPanic is the error for a panic of a compressor. Its text is for a log, and its status, which does not show the value, for the peer.
type compressorPanic struct {
	*Status
	value any
	stack []byte
}

// Error returns the text with the value and the stack.
func (p *compressorPanic) Error() string {
	return fmt.Sprintf("%v: %v\n%s", p.Status, p.value, p.stack)
}

// Unwrap returns the status.
func (p *compressorPanic) Unwrap() error { return p.Status }

func failed(name string, err error) *Status {
	return &Status{Code: Internal, Message: "compressor " + name + ": " + err.Error()}
}

func noCompressor(name string) *Status {
	const shown = 64
	return &Status{Code: Unimplemented, Message: fmt.Sprintf("there is no compressor %q", name[:min(len(name), shown)])}
}

// appender is a writer into memory.
type appender struct{ data []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.data = append(a.data, p...)
	return len(p), nil
}

// source is a reader of memory. It is a io.ByteReader, so that readers like those of gzip need no buffer.
type source struct{ rest []byte }

func (s *source) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *source) ReadByte() (byte, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	c := s.rest[0]
	s.rest = s.rest[1:]
	return c, nil
}
