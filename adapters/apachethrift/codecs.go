package apachethrift

import (
	"reflect"
	"sync"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/schema"
)

// codecs serve one struct type.
type codecs struct {
	binary, compact *tagwire.TypeCodec
	plan            *schema.StructType
	aliases         bool // decoded values refer to the input
}

// known has the *codecs of struct types, by their reflect.Type.
var known sync.Map

// codecsOf returns what serves a struct type.
func codecsOf(t reflect.Type) (*codecs, error) {
	found, ok := known.Load(t)
	if !ok {
		c, err := newCodecs(t)
		if err != nil {
			return nil, exception(err)
		}
		found, _ = known.LoadOrStore(t, c)
	}
	return found.(*codecs), nil
}

func newCodecs(t reflect.Type) (*codecs, error) {
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
	return &codecs{binary, compact, plan, binary.Aliases()}, nil
}

// of returns the codec of a format.
func (c *codecs) of(f tagwire.Format) *tagwire.TypeCodec {
	if f == tagwire.ThriftCompact {
		return c.compact
	}
	return c.binary
}
