package apachethrift

import (
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/schema"
)

// codecs serve one struct type.
type codecs struct {
	address         uintptr // of the type of pointers to the struct
	binary, compact *tagwire.TypeCodec
	plan            *schema.StructType
	aliases         bool         // decoded values refer to the input
	keeps           bool         // decoded values keep unknown fields
	longest         atomic.Int64 // encoding, in bytes
}

// known has the *codecs of struct types, by the type of pointers to them. recent has some of them, at a place that the type's address gives: a
// sync.Map takes as long as encoding a small struct.
var (
	known  sync.Map
	recent [1 << recentBits]atomic.Pointer[codecs]
)

const recentBits = 8

// codecsFor returns what serves the struct that v points to.
func codecsFor(v any) (*codecs, error) {
	// An interface is two words, type and data. The address of a type is read, not kept, and codecs keep their type alive.
	address := (*[2]uintptr)(unsafe.Pointer(&v))[0]
	// Multiplying by an odd number close to 2^64 divided by the golden ratio spreads the bits to the top.
	place := &recent[uint64(address)*0x9e3779b97f4a7c15>>(64-recentBits)]
	if c := place.Load(); c != nil && c.address == address {
		return c, nil
	}
	c, err := codecsOf(reflect.TypeOf(v))
	if err != nil {
		return nil, err
	}
	place.Store(c)
	return c, nil
}

// codecsOf returns what serves the structs that a pointer type leads to.
func codecsOf(pointer reflect.Type) (*codecs, error) {
	found, ok := known.Load(pointer)
	if !ok {
		c, err := newCodecs(pointer)
		if err != nil {
			return nil, exception(err)
		}
		found, _ = known.LoadOrStore(pointer, c)
	}
	return found.(*codecs), nil
}

func newCodecs(pointer reflect.Type) (*codecs, error) {
	t := pointer.Elem()
	binary, err := tagwire.CodecOf(t)
	if err != nil {
		return nil, err
	}
	compact, err := tagwire.CodecOf(t, tagwire.WithFormat(tagwire.ThriftCompact))
	if err != nil {
		return nil, err
	}
	plan, err := schema.Thrift.Of(t)
	if err != nil {
		return nil, err
	}
	return &codecs{
		address: reflect.ValueOf(pointer).Pointer(),
		binary:  binary, compact: compact, plan: plan, aliases: binary.Aliases(), keeps: keepsUnknown(plan),
	}, nil
}

// keepsUnknown reports whether a struct, or one that it may hold, keeps unknown fields.
func keepsUnknown(s *schema.StructType) bool {
	seen := map[*schema.StructType]bool{}
	var inStruct func(s *schema.StructType) bool
	var inType func(t *schema.Type) bool
	inStruct = func(s *schema.StructType) bool {
		if s == nil || seen[s] {
			return false
		}
		seen[s] = true
		return s.HasUnknown || slices.ContainsFunc(s.Fields, func(f schema.Field) bool { return inType(f.Type) })
	}
	inType = func(t *schema.Type) bool {
		return t != nil && (inStruct(t.Struct) || inType(t.Key) || inType(t.Elem))
	}
	return inStruct(s)
}

// of returns the codec of a format.
func (c *codecs) of(f tagwire.Format) *tagwire.TypeCodec {
	if f == tagwire.ThriftCompact {
		return c.compact
	}
	return c.binary
}
