package memory

import (
	"math"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire"
)

const (
	// largestPooled is the most memory, in bytes, of an arena that is used again, as of the buffers of connections.
	largestPooled = 1 << 20
	// longestBody is the length of messages that need no arena, because theirs would hardly be used again: values take more
	// memory than their bytes.
	longestBody = largestPooled / 2
	// lookAfter is how many bytes are decoded into an arena before it is found out what it has become.
	lookAfter = 64 << 10

	// unlimited leaves the memory of a value to the limit of its codec.
	unlimited = math.MaxInt
)

// RequestArenas are the arenas for the requests of one method.
type RequestArenas struct{ pool sync.Pool }

// A RequestArena is memory for a request. It is used by one goroutine.
type RequestArena struct {
	tagwire.Arena
	retained int // the memory it has, in bytes, when that was found out last
	decoded  int // the memory of the values since then
}

// Get returns an arena for a body of n bytes; nil if it should have none, or r is nil.
func (r *RequestArenas) Get(n int) *RequestArena {
	if r == nil || n > longestBody {
		return nil
	}
	if a, ok := r.pool.Get().(*RequestArena); ok {
		return a
	}
	return new(RequestArena)
}

// Put takes an arena back. Nothing may refer to its values any more.
func (r *RequestArenas) Put(a *RequestArena) {
	a.Reset()
	if a.decoded > lookAfter {
		a.retained, a.decoded = a.Retained(), 0
		if a.retained > largestPooled {
			return
		}
	}
	r.pool.Put(a)
}

// Decode reads a value in a format, of at most memory bytes, from the start of body into the zero value of s at p, and returns how many
// bytes of body and of memory it took. a may be nil, for memory of the value's own.
func (a *RequestArena) Decode(s *Structs, f tagwire.Format, memory int, body []byte, p unsafe.Pointer) (n, size int, err error) {
	codec := s.Codecs[f]
	if a == nil {
		p, own := s.target(nil, p)
		n, size, err = codec.DecodeWithin(memory, body, p)
		return n, size + own, err
	}
	p, own := s.target(&a.Arena, p)
	n, size, err = codec.DecodeAtIn(&a.Arena, memory, body, p)
	size += own
	a.decoded += size
	return n, size, err
}

// Held returns how many bytes of memory are in use for a value that took size.
func (a *RequestArena) Held(size int) int {
	if a == nil {
		return size
	}
	return max(size, a.retained)
}

// A ReplyArena is the caller's arena for the replies to one call. Its methods may be called by several goroutines: attempts of the
// call may be under way at once, and go on when it is over.
type ReplyArena struct {
	arena *tagwire.Arena
	lock  sync.Mutex // held while a reply is decoded into arena
	over  bool
}

// NewReplyArena returns nil if a is.
func NewReplyArena(a *tagwire.Arena) *ReplyArena {
	if a == nil {
		return nil
	}
	return &ReplyArena{arena: a}
}

// Decode reads a value in a format from the start of body into the zero value of s at p, and returns how many bytes it used. The value
// has memory of its own where r is nil, another attempt is decoding, or the call is over.
func (r *ReplyArena) Decode(s *Structs, f tagwire.Format, body []byte, p unsafe.Pointer) (int, error) {
	codec := s.Codecs[f]
	if r != nil && r.lock.TryLock() {
		defer r.lock.Unlock()
		if !r.over {
			p, _ := s.target(r.arena, p)
			n, _, err := codec.DecodeAtIn(r.arena, unlimited, body, p)
			return n, err
		}
	}
	p, _ = s.target(nil, p)
	n, _, err := codec.DecodeAt(body, p)
	return n, err
}

// Close is called when the call is over. It waits for an attempt that is decoding; the arena is the caller's alone afterwards.
func (r *ReplyArena) Close() {
	if r != nil {
		r.lock.Lock()
		r.over = true
		r.lock.Unlock()
	}
}
