package tagwire

import (
	"slices"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/jit"
)

// append appends the encoding of the struct at p to dst. Where native code can, it writes without asking for the size first.
func (e *typeCodec) append(dst []byte, p unsafe.Pointer, c *config) ([]byte, error) {
	if native := e.native.codec.Load(); native != nil && c.allowNative && !comparing {
		if longer, ok := e.appendUnsized(native, dst, p, c); ok {
			return longer, nil
		}
	}
	n, err := e.size(p, c)
	if err != nil {
		return dst, err
	}
	e.expect(n)
	longer := withRoom(dst, n)
	n, err = e.encode(longer[len(dst):len(dst)+n], p, c)
	if err != nil {
		return dst, err
	}
	return longer[:len(dst)+n], nil
}

// Room for an encoding of unknown size: surplusBytes more than twice what encodings of the type have taken, so that few calls are
// made twice. Encodings of more than half of scratchBytes are not copied from scratch memory, nor are those of types whose size takes
// less to find than copying them.
const (
	surplusBytes = 256
	scratchBytes = 8 << 10
)

// scratches hold memory for encodings that are then copied, as *[scratchBytes]byte.
var scratches = sync.Pool{New: func() any { return new([scratchBytes]byte) }}

// appendUnsized is append in one pass: into dst if it has room, else into scratch memory. It reports false if the encoding may
// need more room than was tried, or cannot be made; then dst is as before up to its length.
func (e *typeCodec) appendUnsized(native *jit.Codec, dst []byte, p unsafe.Pointer, c *config) ([]byte, bool) {
	expected := int(e.expected.Load())
	wanted := min(2*expected+surplusBytes, c.Size)
	if room := dst[len(dst):cap(dst)]; len(room) >= min(wanted, expected+1) {
		n, ok := native.Encode(room[:min(len(room), wanted)], p, &c.Settings)
		if !ok {
			return dst, false
		}
		e.expect(n)
		return dst[:len(dst)+n], true
	}
	if wanted > scratchBytes || native.SizesQuickly() {
		return dst, false
	}
	scratch := scratches.Get().(*[scratchBytes]byte)
	n, ok := native.Encode(scratch[:wanted], p, &c.Settings)
	if ok {
		e.expect(n)
		longer := withRoom(dst, n)
		copy(longer[len(dst):len(dst)+n], scratch[:])
		dst = longer[:len(dst)+n]
	}
	scratches.Put(scratch)
	return dst, ok
}

// expect notes that an encoding has taken n bytes. Further ones are expected to take as many, unless it is far less.
func (e *typeCodec) expect(n int) {
	if expected := int(e.expected.Load()); n > expected || n < expected/4 {
		e.expected.Store(int64(n))
	}
}

// withRoom returns dst with room for n more bytes, whose contents are whatever was there.
func withRoom(dst []byte, n int) []byte {
	if len(dst) == 0 && cap(dst) < n {
		return make([]byte, 0, n)
	}
	return slices.Grow(dst, n)
}
