package harness

import (
	"encoding/binary"
	"reflect"
	"sync"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
)

// typedCodec is one case's codec under one engine: the typed API behind an interface. Only the methods that
// name the stack place anything there.
type typedCodec interface {
	untyped() *tagwire.TypeCodec
	append(dst []byte, value any) ([]byte, error)
	size(value any) (int, error)
	encode(buffer []byte, value any) (int, error)
	decode(data []byte, target any) (int, error)
	decodeIn(arena *tagwire.Arena, data []byte, target any) (int, error)
	encodeOnStack(value any, size int) ([]byte, error)
	decodeOnStack(data []byte) (value any, used int, err error)
	decodeWhileGrowing(data []byte) (value any, used int, err error)
}

// stackSize is the longest message that fits the stack arrays.
const stackSize = 4096

// typed is the codec of T.
type typed[T any] struct {
	codec  *tagwire.Codec[T]
	grown  *tagwire.Codec[growth[T]]
	anyOne *tagwire.TypeCodec
	fresh  func() any
}

// growth puts T behind a struct whose default needs a deep stack: by the time T's bytes are read, the
// stack that held input and target at the call has moved.
type growth[T any] struct {
	Before *grower `frugal:"1,optional" protobuf:"1"`
	Value  *T      `frugal:"2,optional" protobuf:"2"`
}

// growthPrefixes return what stands before T's bytes, of which there are n, in a growth[T], in each format. In Protobuf, where nothing
// has a default, it takes the depth of a message to grow the stacks.
var growthPrefixes = map[tagwire.Format]func(n int) []byte{
	tagwire.ThriftBinary:  func(int) []byte { return []byte{12, 0, 1, 0, 12, 0, 2} },
	tagwire.ThriftCompact: func(int) []byte { return []byte{0x1c, 0, 0x1c} },
	tagwire.Protobuf: func(n int) []byte {
		return binary.AppendUvarint(append(append([]byte{0x0a}, deepGrower...), 0x12), uint64(n))
	},
}

// deepGrower is a grower of Protobuf with many inside, behind its length.
var deepGrower = func() []byte {
	message := []byte{0}
	for range 300 {
		inner := append([]byte{0x12}, message...)
		message = append(binary.AppendUvarint(nil, uint64(len(inner))), inner...)
	}
	return message
}()

type grower struct {
	Depth int32 `frugal:"1,default"`
	own   *int32
	Inner *grower `protobuf:"2"`
}

// InitDefault grows the goroutine's stack. It is called for each value, since each has an object of its own.
func (g *grower) InitDefault() { g.Depth, g.own = growStack(100), new(int32) }

//go:noinline
func growStack(calls int) int32 {
	var frame [512]byte
	frame[calls] = 1
	if calls == 0 {
		return 0
	}
	return growStack(calls-1) + int32(frame[calls])
}

func newTyped[T any](c cases.Case, options []tagwire.Option) (typedCodec, error) {
	plain, err := tagwire.For[T](options...)
	if err != nil {
		return nil, err
	}
	deeper := append(options[:len(options):len(options)], tagwire.WithMaxDepth(codec.DefaultDepth+1))
	grown, err := tagwire.For[growth[T]](deeper...)
	if err != nil {
		return nil, err
	}
	anyOne, err := tagwire.CodecOf(reflect.TypeFor[T](), options...)
	return &typed[T]{codec: plain, grown: grown, anyOne: anyOne, fresh: c.New}, err
}

func (c *typed[T]) untyped() *tagwire.TypeCodec { return c.anyOne }

func (c *typed[T]) append(dst []byte, value any) ([]byte, error) {
	return c.codec.Append(dst, value.(*T))
}

func (c *typed[T]) size(value any) (int, error) { return c.codec.Size(value.(*T)) }

func (c *typed[T]) encode(buffer []byte, value any) (int, error) {
	return c.codec.Encode(buffer, value.(*T))
}

func (c *typed[T]) decode(data []byte, target any) (int, error) {
	return c.codec.Decode(data, target.(*T))
}

func (c *typed[T]) decodeIn(arena *tagwire.Arena, data []byte, target any) (int, error) {
	return c.codec.DecodeIn(arena, data, target.(*T))
}

func (c *typed[T]) encodeOnStack(value any, size int) ([]byte, error) {
	var buffer [stackSize]byte
	copied := *value.(*T)
	n, err := c.codec.Encode(buffer[:size], &copied)
	return append([]byte(nil), buffer[:n]...), err
}

func (c *typed[T]) decodeOnStack(data []byte) (any, int, error) {
	var input [stackSize]byte
	target := *c.fresh().(*T)
	used, err := c.codec.Decode(input[:copy(input[:], data)], &target)
	result := new(T)
	*result = target
	return result, used, err
}

// decodeWhileGrowing returns a nil value if the decode did not get as far.
func (c *typed[T]) decodeWhileGrowing(data []byte) (any, int, error) {
	var input [stackSize]byte
	var target growth[T]
	used, err := c.grown.Decode(input[:copy(input[:], data)], &target)
	if target.Value == nil {
		return nil, used, err
	}
	return target.Value, used, err
}

type codecKey struct {
	name, engine  string
	deterministic bool
}

var codecCache sync.Map // codecKey -> codec

// codecOf returns the codec of a case, made once.
func codecOf(t testing.TB, e Engine, c cases.Case, deterministic bool) typedCodec {
	t.Helper()
	key := codecKey{c.Name, e.Name, deterministic}
	if known, ok := codecCache.Load(key); ok {
		return known.(typedCodec)
	}
	construct := constructors[c.Name]
	if construct == nil {
		t.Fatalf("harness: no constructor for case %s; add it to the table", c.Name)
	}
	options := e.Options()
	if deterministic {
		options = e.Options(tagwire.WithDeterministic())
	}
	made, err := construct(c, options)
	if err != nil {
		t.Fatalf("%s, %s: %v", e.Name, c.Name, err)
	}
	codecCache.Store(key, made)
	return made
}

// onFreshStack runs f on a goroutine of its own, whose stack is small.
func onFreshStack(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}
