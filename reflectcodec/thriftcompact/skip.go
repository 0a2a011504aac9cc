package thriftcompact

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/thriftcompact"
)

// skip passes over an element of type t. Its own struct or container is the first of at most levels.
func skip(in *reflectcodec.Input, t wire.Type, levels int) *codec.Error {
	if t.Fixed() {
		if in.Left() < t.MinSize() {
			return reflectcodec.Fail(codec.ShortBuffer, in.Pos)
		}
		in.Pos += t.MinSize()
		return nil
	}
	if largest, ok := t.Varint(); ok {
		_, err := readVarint(in, largest)
		return err
	}
	if t == wire.Binary {
		n, err := length(in)
		in.Pos += n
		return err
	}
	if levels == 0 {
		return reflectcodec.Fail(codec.DepthLimit, in.Pos)
	}
	levels--
	switch t {
	case wire.Struct:
		return skipStruct(in, levels)
	case wire.Map:
		key, elem, n, err := mapHeader(in, 0, 0)
		if err != nil {
			return err
		}
		return reflectcodec.SkipEntries(in, key, elem, n, levels, skip)
	default: // wire.List, wire.Set
		elem, n, _, err := listHeader(in, 0)
		if err != nil {
			return err
		}
		return reflectcodec.SkipElements(in, elem, n, levels, skip)
	}
}

func skipStruct(in *reflectcodec.Input, levels int) *codec.Error {
	for {
		t, _, err := fieldHeader(in, 0) // ids do not matter
		if err != nil || t == wire.Stop {
			return err
		}
		if err := skipField(in, t, levels); err != nil {
			return err
		}
	}
}

// skipField passes over the value of a field: that of a bool is in its header.
func skipField(in *reflectcodec.Input, t wire.Type, levels int) *codec.Error {
	if t.Plain() == wire.True {
		return nil
	}
	return skip(in, t, levels)
}
