package tagwire

import (
	"errors"
	"net"
	"sync/atomic"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit"
	"github.com/tagwire/tagwire/reflectcodec"
)

// DirectWriter takes large strings and binaries from [EncodeDirect] instead of having them copied.
// WriteDirect is told that b belongs into the output at the place where remainCap bytes of the buffer are
// left. b is the value's own memory: it must not be changed, and only be kept while the value is unchanged.
// What comes behind that place in the buffer may have been written before the call, or not. WriteDirect may use
// this package, for the same value too.
type DirectWriter = reflectcodec.DirectWriter

// directCode is the native code of a type for encodings that refer to large strings and binaries. Most types never need
// it, so it is made when a call could use it.
type directCode struct {
	code  atomic.Pointer[jit.Direct]
	asked atomic.Bool // of the background
	err   error       // why there will be none; guarded by the lock of compiled
}

// compileDirect makes the code of directCode; concurrent callers share one compilation. The error says why there is none.
func (e *typeCodec) compileDirect(pause func()) error {
	n, d := &e.native, &e.native.direct
	n.lock.Lock()
	defer n.lock.Unlock()
	if d.code.Load() != nil || d.err != nil {
		return d.err
	}
	code, err := jit.CompileDirect(e.schema, formats[e.format].native, pause)
	if errors.Is(err, jit.ErrNoDefaultYet) {
		d.asked.Store(false) // to be asked for again
		return err
	}
	if err != nil {
		d.err = err
		return err
	}
	countCode(code.Info())
	d.code.Store(code)
	return nil
}

// direct returns the native code for calls that refer to large strings and binaries: nil while reflection has to serve
// them, and an error if it must not.
func (e *typeCodec) direct(c *config) (*jit.Direct, error) {
	d := &e.native.direct
	if code := d.code.Load(); code != nil && c.allowNative {
		return code, nil
	}
	switch {
	case !c.allowNative || e.native.codec.Load() == nil:
		return nil, nil
	case !c.requireNative:
		if !d.asked.Load() && !d.asked.Swap(true) {
			background.ask(e)
		}
		return nil, nil
	}
	waiters.Add(1)
	defer waiters.Add(-1)
	err := e.unmetRequirement(e.compileDirect(func() {}))
	return d.code.Load(), err
}

// refer encodes the struct at p natively, without the large strings and binaries that it returns. It reports false where
// native code refuses, or writes more than it may.
func (e *typeCodec) refer(code *jit.Direct, buf []byte, p unsafe.Pointer, c *config) (n int, references []jit.Reference, ok bool) {
	room := buf[:min(len(buf), c.Size)]
	if comparing {
		e.compareDirect(code, len(room), p, c)
	}
	n, references, ok = code.Encode(room, p, &c.Settings)
	left := c.Size - n
	for i := range references {
		if left -= len(references[i].Bytes); left < 0 {
			return 0, nil, false
		}
	}
	return n, references, ok
}

// hasNoTexts reports that native code knows that values of the type have no strings or binaries.
func (e *typeCodec) hasNoTexts(c *config) bool {
	native := e.native.codec.Load()
	return native != nil && c.allowNative && !native.HasTexts()
}

// encodeDirect is encode with large strings and binaries handed to w, if that is not nil. Native code collects them, and
// they are handed over when it is done: so no user code runs while it works on the value, and a call that it refuses has
// handed nothing over and can be repeated.
func (e *typeCodec) encodeDirect(buf []byte, p unsafe.Pointer, w DirectWriter, c *config) (int, error) {
	if w == nil || e.hasNoTexts(c) {
		return e.encode(buf, p, c)
	}
	code, err := e.direct(c)
	if err != nil {
		return 0, err
	}
	if code != nil {
		if n, references, ok := e.refer(code, buf, p, c); ok {
			return e.handOver(n, len(buf), references, p, w, c)
		}
	}
	n, err := e.plain.Encode(buf, p, &c.Settings, w)
	e.countReflectCall(code != nil, c, n, err)
	return n, err
}

// handOver gives w what an encoding of the struct at p refers to, and returns n: the bytes written to a buffer that has
// size bytes.
func (e *typeCodec) handOver(n, size int, references []jit.Reference, p unsafe.Pointer, w DirectWriter, c *config) (int, error) {
	for i := range references {
		r := &references[i]
		if err := w.WriteDirect(r.Bytes, size-r.At); err != nil {
			return 0, e.notTaken(p, c, n, references[:i+1], err)
		}
	}
	return n, nil
}

// notTaken returns the error for the last of the references, which a DirectWriter has refused with err. The offset is known;
// the plain codec finds the path, in another buffer of n bytes.
func (e *typeCodec) notTaken(p unsafe.Pointer, c *config, n int, references []jit.Reference, err error) error {
	last := len(references) - 1
	finder := finder{wanted: references[last].Bytes, err: err}
	offset := references[last].At
	for _, r := range references[:last] {
		offset += len(r.Bytes)
		if finder.is(r.Bytes) {
			finder.earlier++
		}
	}
	_, found := e.plain.Encode(make([]byte, n), p, &c.Settings, &finder)
	if located, ok := found.(*Error); ok && finder.found { // else the writer has changed the value
		located.Offset = offset
		return located
	}
	return &Error{Code: codec.WriteFailed, Offset: offset, Path: e.schema.Name, Type: e.typ, Err: err}
}

// A finder is a DirectWriter that refuses certain bytes, by where they are in memory: maps may come in another order than
// they did before. Of the places that the same memory belongs to it passes some by.
type finder struct {
	wanted  []byte
	earlier int
	err     error
	found   bool
}

func (f *finder) is(b []byte) bool {
	return unsafe.SliceData(b) == unsafe.SliceData(f.wanted) && len(b) == len(f.wanted)
}

func (f *finder) WriteDirect(b []byte, _ int) error {
	if !f.is(b) {
		return nil
	}
	if f.earlier--; f.earlier >= 0 {
		return nil
	}
	f.found = true
	return f.err
}

// sizes returns the size of the encoding of the struct at p, and how much of that is in large strings and binaries. Where
// maps are sorted it says none, since the entries of some are copied whole.
func (e *typeCodec) sizes(p unsafe.Pointer, c *config) (total, direct int, err error) {
	if e.native.codec.Load() == nil || !c.allowNative {
		total, direct, err = e.plain.Size(p, &c.Settings)
		e.countReflectCall(false, c, total, err)
		if c.Deterministic {
			direct = 0
		}
		return total, direct, err
	}
	total, err = e.size(p, c)
	if err != nil || total < codec.DirectThreshold || c.Deterministic || e.hasNoTexts(c) {
		return total, 0, err
	}
	code, err := e.direct(c)
	if err != nil {
		return 0, 0, err
	}
	if code != nil {
		if buffered, ok := code.Size(p, &c.Settings); ok && buffered <= total {
			return total, total - buffered, nil
		}
	}
	total, direct, err = e.plain.Size(p, &c.Settings)
	e.countReflectCall(code != nil, c, total, err)
	return total, direct, err
}

// cuts is a DirectWriter that notes references into a buffer of size bytes.
type cuts struct {
	size       int
	references []jit.Reference
}

func (c *cuts) WriteDirect(b []byte, remainCap int) error {
	c.references = append(c.references, jit.Reference{At: c.size - remainCap, Bytes: b})
	return nil
}

func (e *typeCodec) appendBuffers(dst net.Buffers, p unsafe.Pointer, c *config) (net.Buffers, error) {
	total, direct, err := e.sizes(p, c)
	if err != nil {
		return dst, err
	}
	buf := make([]byte, total-direct)
	n, references, err := e.encodeReferring(buf, p, c, direct > 0 || c.Deterministic && total >= codec.DirectThreshold)
	if err != nil {
		return dst, err
	}
	from := 0
	for _, r := range references {
		dst = append(dst, buf[from:r.At:r.At], r.Bytes)
		from = r.At
	}
	return append(dst, buf[from:n:n]), nil
}

// encodeReferring is encode that returns large strings and binaries instead of copying them. large says whether there may
// be any.
func (e *typeCodec) encodeReferring(buf []byte, p unsafe.Pointer, c *config, large bool) (int, []jit.Reference, error) {
	if !large || e.hasNoTexts(c) {
		n, err := e.encode(buf, p, c)
		return n, nil, err
	}
	code, err := e.direct(c)
	if err != nil {
		return 0, nil, err
	}
	if code != nil {
		if n, references, ok := e.refer(code, buf, p, c); ok {
			return n, references, nil
		}
	}
	plain := cuts{size: len(buf)}
	n, err := e.plain.Encode(buf, p, &c.Settings, &plain)
	e.countReflectCall(code != nil, c, n, err)
	return n, plain.references, err
}
