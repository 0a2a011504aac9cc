package apachethrift

import (
	"context"
	"encoding/binary"
	"math"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/schema"
)

// readFields reads a struct by a call of p for each field, and returns it in Thrift Binary.
func (c *codecs) readFields(ctx context.Context, p thrift.TProtocol) ([]byte, error) {
	r := fieldReader{ctx: ctx, p: p}
	err := r.structure(c.plan, maxDepth)
	return r.data, err
}

// fieldReader calls a protocol and writes Thrift Binary.
type fieldReader struct {
	ctx  context.Context
	p    thrift.TProtocol
	data []byte
}

// structure reads a struct. plan is nil for one that no type describes.
func (r *fieldReader) structure(plan *schema.StructType, depth int) error {
	if depth == 0 {
		return errTooDeep
	}
	if _, err := r.p.ReadStructBegin(r.ctx); err != nil {
		return err
	}
	for {
		_, kind, id, err := r.p.ReadFieldBegin(r.ctx)
		if err != nil {
			return err
		}
		r.data = append(r.data, byte(kind))
		if kind == thrift.STOP {
			return r.p.ReadStructEnd(r.ctx)
		}
		r.data = binary.BigEndian.AppendUint16(r.data, uint16(id))
		_, t := fieldOf(plan, uint16(id), kind)
		if err := r.value(kind, t, depth-1); err != nil {
			return err
		}
		if err := r.p.ReadFieldEnd(r.ctx); err != nil {
			return err
		}
	}
}

// value reads a value of a kind. t is nil if no type describes it.
func (r *fieldReader) value(kind thrift.TType, t *schema.Type, depth int) error {
	switch kind {
	case thrift.STRUCT:
		return r.structure(structOf(t), depth)
	case thrift.LIST, thrift.SET, thrift.MAP:
		return r.container(kind, t, depth)
	case thrift.STRING:
		return r.text(t)
	case thrift.UUID:
		v, err := r.p.ReadUUID(r.ctx)
		r.data = append(r.data, v[:]...)
		return err
	}
	return r.scalar(kind)
}

// scalar reads a value of a fixed size.
func (r *fieldReader) scalar(kind thrift.TType) error {
	switch kind {
	case thrift.BOOL:
		v, err := r.p.ReadBool(r.ctx)
		if v {
			r.data = append(r.data, 1)
		} else {
			r.data = append(r.data, 0)
		}
		return err
	case thrift.BYTE:
		v, err := r.p.ReadByte(r.ctx)
		r.data = append(r.data, byte(v))
		return err
	case thrift.I16:
		v, err := r.p.ReadI16(r.ctx)
		r.data = binary.BigEndian.AppendUint16(r.data, uint16(v))
		return err
	case thrift.I32:
		v, err := r.p.ReadI32(r.ctx)
		r.data = binary.BigEndian.AppendUint32(r.data, uint32(v))
		return err
	case thrift.I64:
		v, err := r.p.ReadI64(r.ctx)
		r.data = binary.BigEndian.AppendUint64(r.data, uint64(v))
		return err
	case thrift.DOUBLE:
		v, err := r.p.ReadDouble(r.ctx)
		r.data = binary.BigEndian.AppendUint64(r.data, math.Float64bits(v))
		return err
	}
	return refusal(thrift.INVALID_DATA, "there is no type %d", kind)
}

// text reads a string or a binary, which differ in JSON.
func (r *fieldReader) text(t *schema.Type) error {
	if t != nil && t.Kind == schema.Binary {
		v, err := r.p.ReadBinary(r.ctx)
		r.data = append(binary.BigEndian.AppendUint32(r.data, uint32(len(v))), v...)
		return err
	}
	v, err := r.p.ReadString(r.ctx)
	r.data = append(binary.BigEndian.AppendUint32(r.data, uint32(len(v))), v...)
	return err
}

// container reads a list, a set or a map.
func (r *fieldReader) container(kind thrift.TType, t *schema.Type, depth int) (err error) {
	if depth == 0 {
		return errTooDeep
	}
	var keyKind, elemKind thrift.TType
	var count int
	var end func(context.Context) error
	switch kind {
	case thrift.LIST:
		elemKind, count, err = r.p.ReadListBegin(r.ctx)
		end = r.p.ReadListEnd
	case thrift.SET:
		elemKind, count, err = r.p.ReadSetBegin(r.ctx)
		end = r.p.ReadSetEnd
	default:
		keyKind, elemKind, count, err = r.p.ReadMapBegin(r.ctx)
		r.data = append(r.data, byte(keyKind))
		end = r.p.ReadMapEnd
	}
	if err != nil {
		return err
	}
	if count < 0 || count > math.MaxInt32 {
		return refusal(thrift.NEGATIVE_SIZE, "a container of %d elements", count)
	}
	r.data = binary.BigEndian.AppendUint32(append(r.data, byte(elemKind)), uint32(count))
	key, elem := partsOf(t, keyKind, elemKind)
	for range count {
		if kind == thrift.MAP {
			if err := r.value(keyKind, key, depth-1); err != nil {
				return err
			}
		}
		if err := r.value(elemKind, elem, depth-1); err != nil {
			return err
		}
	}
	return end(r.ctx)
}
