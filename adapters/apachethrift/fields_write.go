package apachethrift

import (
	"context"
	"encoding/binary"
	"math"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/schema"
)

// maxDepth is how many structs and containers may be open at once, as tagwire.WithMaxDepth has it by default.
const maxDepth = 1000

// writeFields writes a struct, which is given in Thrift Binary, by a call of p for each field.
func (c *codecs) writeFields(ctx context.Context, p thrift.TProtocol, data []byte) error {
	w := fieldWriter{ctx: ctx, p: p, data: data}
	err := w.structure(c.plan, maxDepth)
	if err == nil && w.cut {
		err = errUnknownFields
	}
	return err
}

// The rest of the data is from the codec. Only what a value keeps in its unknown fields is the user's, and may be anything.
var errUnknownFields = refusal(thrift.INVALID_DATA, "the unknown fields of a value are not fields in Thrift Binary")

// fieldWriter reads Thrift Binary and calls a protocol.
type fieldWriter struct {
	ctx  context.Context
	p    thrift.TProtocol
	data []byte
	cut  bool // data ended too early, and zeros stand for the rest
}

// take returns the next n bytes.
func (w *fieldWriter) take(n int) []byte {
	if n < 0 || n > len(w.data) {
		w.cut, w.data = true, nil
		return make([]byte, min(max(n, 0), 8))
	}
	taken := w.data[:n]
	w.data = w.data[n:]
	return taken
}

func (w *fieldWriter) kind() thrift.TType { return thrift.TType(w.take(1)[0]) }
func (w *fieldWriter) count() int         { return int(int32(binary.BigEndian.Uint32(w.take(4)))) }

// structure writes a struct. plan is nil for one that no type describes.
func (w *fieldWriter) structure(plan *schema.StructType, depth int) error {
	if depth == 0 {
		return errTooDeep
	}
	name := ""
	if plan != nil {
		name = plan.Name
	}
	if err := w.p.WriteStructBegin(w.ctx, name); err != nil {
		return err
	}
	for kind := w.kind(); kind != thrift.STOP; kind = w.kind() {
		id := binary.BigEndian.Uint16(w.take(2))
		name, t := fieldOf(plan, id, kind)
		if err := w.p.WriteFieldBegin(w.ctx, name, kind, int16(id)); err != nil {
			return err
		}
		if err := w.value(kind, t, depth-1); err != nil {
			return err
		}
		if err := w.p.WriteFieldEnd(w.ctx); err != nil {
			return err
		}
	}
	if err := w.p.WriteFieldStop(w.ctx); err != nil {
		return err
	}
	return w.p.WriteStructEnd(w.ctx)
}

// value writes a value of a kind. t is nil if no type describes it.
func (w *fieldWriter) value(kind thrift.TType, t *schema.Type, depth int) error {
	switch kind {
	case thrift.BOOL:
		return w.p.WriteBool(w.ctx, w.take(1)[0] == 1)
	case thrift.BYTE:
		return w.p.WriteByte(w.ctx, int8(w.take(1)[0]))
	case thrift.I16:
		return w.p.WriteI16(w.ctx, int16(binary.BigEndian.Uint16(w.take(2))))
	case thrift.I32:
		return w.p.WriteI32(w.ctx, int32(binary.BigEndian.Uint32(w.take(4))))
	case thrift.I64:
		return w.p.WriteI64(w.ctx, int64(binary.BigEndian.Uint64(w.take(8))))
	case thrift.DOUBLE:
		return w.p.WriteDouble(w.ctx, math.Float64frombits(binary.BigEndian.Uint64(w.take(8))))
	case thrift.STRING:
		bytes := w.take(w.count())
		if t != nil && t.Kind == schema.Binary {
			return w.p.WriteBinary(w.ctx, bytes)
		}
		return w.p.WriteString(w.ctx, string(bytes))
	case thrift.UUID:
		var id thrift.Tuuid
		copy(id[:], w.take(len(id)))
		return w.p.WriteUUID(w.ctx, id)
	case thrift.STRUCT:
		return w.structure(structOf(t), depth)
	case thrift.LIST, thrift.SET, thrift.MAP:
		return w.container(kind, t, depth)
	}
	return errUnknownFields
}

// container writes a list, a set or a map.
func (w *fieldWriter) container(kind thrift.TType, t *schema.Type, depth int) error {
	if depth == 0 {
		return errTooDeep
	}
	var keyKind thrift.TType
	if kind == thrift.MAP {
		keyKind = w.kind()
	}
	elemKind, count := w.kind(), w.count()
	if count < 0 || w.cut {
		return errUnknownFields
	}
	var err error
	var end func(context.Context) error
	switch kind {
	case thrift.LIST:
		err, end = w.p.WriteListBegin(w.ctx, elemKind, count), w.p.WriteListEnd
	case thrift.SET:
		err, end = w.p.WriteSetBegin(w.ctx, elemKind, count), w.p.WriteSetEnd
	default:
		err, end = w.p.WriteMapBegin(w.ctx, keyKind, elemKind, count), w.p.WriteMapEnd
	}
	if err != nil {
		return err
	}
	key, elem := partsOf(t, keyKind, elemKind)
	for range count {
		if w.cut {
			return errUnknownFields
		}
		if kind == thrift.MAP {
			if err := w.value(keyKind, key, depth-1); err != nil {
				return err
			}
		}
		if err := w.value(elemKind, elem, depth-1); err != nil {
			return err
		}
	}
	return end(w.ctx)
}
