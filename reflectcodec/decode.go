package reflectcodec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// decoder reads a message into Go values.
type decoder struct {
	input
	// levels counts the structs and containers that may still be opened.
	levels          int
	zeroCopy, owned bool
	// dry: the message is checked and nothing is made; what is to be stored has the address nil.
	dry bool
	// alloc is how many more bytes may be allocated under Limits.Alloc.
	alloc int
	// unknown holds skipped fields of the structs being read, those of inner structs last; see
	// maxSpans.
	unknown []span
	// open is the memory, in bytes, of the lists being read that were made whole before their elements came.
	open int
	// spare is what is left of spareSize.
	spare int
	// chunk has used bytes handed out; what is left serves the next calls that get this decoder.
	chunk []byte
	used  int
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// Decode reads one struct from the start of data into the struct at p and returns the bytes used. The error
// is a *codec.Error. Unless something is decoded without copying, data is not referenced afterwards.
func (c *Codec) Decode(data []byte, p unsafe.Pointer, o *Options) (int, error) {
	n, _, err := c.decode(data, p, o, false)
	return n, err
}

// DecodeCounting is Decode, and returns besides the bytes that it charged to Limits.Alloc.
func (c *Codec) DecodeCounting(data []byte, p unsafe.Pointer, o *Options) (n, charged int, err error) {
	return c.decode(data, p, o, false)
}

// Check returns what Decode would, and the bytes that it would charge to Limits.Alloc. It makes nothing: no value, and no call of
// InitDefault.
func (c *Codec) Check(data []byte, o *Options) (n, charged int, err error) {
	return c.decode(data, nil, o, true)
}

func (c *Codec) decode(data []byte, p unsafe.Pointer, o *Options, dry bool) (int, int, error) {
	d := decoders.Get().(*decoder)
	limit := orNone(o.Size)
	d.start(data[:min(len(data), limit)], o, o.Levels())
	d.dry = dry
	err := d.structValue(c.root, p)
	n, charged := d.pos, orNone(o.Alloc)-d.alloc
	d.input = input{}
	decoders.Put(d)
	if err == nil {
		return n, charged, nil
	}
	if len(data) > limit && (err.Code == codec.ShortBuffer || err.Code == codec.SizeLimit) {
		err.Code = codec.SizeLimit
	}
	return 0, charged, err.SetRoot(c.root.schema.Name)
}

// start makes d ready for another input.
func (d *decoder) start(data []byte, o *Options, levels int) {
	d.input = input{data: data}
	d.levels, d.alloc = levels, orNone(o.Alloc)
	d.zeroCopy, d.owned = o.ZeroCopy, o.OwnedStrings
	d.open, d.spare, d.dry = 0, spareSize, false
	d.unknown = d.unknown[:0]
}

// failValue returns an error that names the type of plan v.
func failValue(code codec.Code, at int, v *valuePlan, detail error) *codec.Error {
	return &codec.Error{Code: code, Offset: at, Type: v.goType, Err: detail}
}

// charge counts the memory of n objects of the given size in bytes, about to be allocated for the wire item at
// position at.
func (d *decoder) charge(n, size, at int) *codec.Error {
	if size > 0 && n > d.alloc/size {
		err := fail(codec.SizeLimit, at)
		err.Err = errAllocLimit
		return err
	}
	d.alloc -= n * size
	return nil
}

var errAllocLimit = errors.New("the value needs more memory than the limit allows")

// value reads a value of plan v into the memory at p. noCopy: a string or binary aliases the input.
func (d *decoder) value(v *valuePlan, p unsafe.Pointer, noCopy bool) *codec.Error {
	if v.pointer {
		return d.pointer(v, p, noCopy)
	}
	return d.plain(v, p, noCopy)
}

// plain is value for what is not a pointer.
func (d *decoder) plain(v *valuePlan, p unsafe.Pointer, noCopy bool) *codec.Error {
	switch v.op {
	case opString:
		b, err := d.bytes(noCopy)
		if err != nil {
			return d.typed(err, v)
		}
		if !d.dry {
			*(*string)(p) = unsafe.String(unsafe.SliceData(b), len(b))
		}
		return nil
	case opBinary:
		b, err := d.bytes(noCopy)
		if err != nil {
			return d.typed(err, v)
		}
		if b == nil {
			b = []byte{}
		}
		if !d.dry {
			*(*[]byte)(p) = b
		}
		return nil
	case opStruct:
		return d.structValue(v.body, p)
	case opList:
		return d.list(v, p)
	case opMap:
		return d.mapValue(v, p)
	}
	return d.scalar(v, p)
}

// typed names the Go type in an error that has none.
func (d *decoder) typed(err *codec.Error, v *valuePlan) *codec.Error {
	if err.Type == nil {
		err.Type = v.goType
	}
	return err
}

// scalar reads a value of fixed size.
func (d *decoder) scalar(v *valuePlan, p unsafe.Pointer) *codec.Error {
	width := v.wire.MinSize()
	if d.left() < width {
		return failValue(codec.ShortBuffer, d.pos, v, nil)
	}
	var err *codec.Error
	switch b := d.data[d.pos : d.pos+width]; {
	case !d.dry:
		err = storeScalars(v, p, b, 1)
	case v.op == opInt:
		err = storeInts(v, make([]int, 1), b)
	}
	if err != nil {
		err.Offset = d.pos
		return err
	}
	d.pos += width
	return nil
}

// storeScalars stores n values of plan v, whose wire form is b, into the array at p.
func storeScalars(v *valuePlan, p unsafe.Pointer, b []byte, n int) *codec.Error {
	switch v.op {
	case opBool:
		for i, x := range b {
			*(*bool)(unsafe.Add(p, i)) = x == 1 // a raw copy could make a Go bool that is neither
		}
	case opI8:
		copy(unsafe.Slice((*byte)(p), n), b)
	case opI16:
		for i := range unsafe.Slice((*uint16)(p), n) {
			*(*uint16)(unsafe.Add(p, 2*i)) = binary.BigEndian.Uint16(b[2*i:])
		}
	case opI32:
		for i := range unsafe.Slice((*uint32)(p), n) {
			*(*uint32)(unsafe.Add(p, 4*i)) = binary.BigEndian.Uint32(b[4*i:])
		}
	case opI64, opDouble:
		for i := range unsafe.Slice((*uint64)(p), n) {
			*(*uint64)(unsafe.Add(p, 8*i)) = binary.BigEndian.Uint64(b[8*i:])
		}
	case opEnum:
		for i := range unsafe.Slice((*int64)(p), n) {
			*(*int64)(unsafe.Add(p, 8*i)) = int64(int32(binary.BigEndian.Uint32(b[4*i:])))
		}
	case opInt:
		return storeInts(v, unsafe.Slice((*int)(p), n), b)
	}
	return nil
}

// storeInts stores 64-bit values as ints of 32 bits.
func storeInts(v *valuePlan, out []int, b []byte) *codec.Error {
	for i := range out {
		x := int64(binary.BigEndian.Uint64(b[8*i:]))
		if x != int64(int(x)) {
			return failValue(codec.InvalidData, 8*i, v, fmt.Errorf("%d does not fit an int of this platform", x))
		}
		out[i] = int(x)
	}
	return nil
}

// bytes reads a length and as many bytes: a copy with an address of its own, or the input itself. It returns
// nil for none, so that nothing points behind the input.
func (d *decoder) bytes(noCopy bool) ([]byte, *codec.Error) {
	n, err := d.length()
	if err != nil || n == 0 {
		return nil, err
	}
	from := d.pos
	b := d.data[from : from+n : from+n]
	if !noCopy && !d.zeroCopy {
		if err := d.charge(n, 1, from-thriftbinary.CountSize); err != nil {
			return nil, err
		}
		if !d.dry {
			own := d.bump(n, 1)
			copy(own, b)
			b = own
		}
	}
	d.pos = from + n
	return b, nil
}

// pointer reads a value into fresh memory and stores its address at p. Structs are stored before they are
// filled, all else after it has been read.
func (d *decoder) pointer(v *valuePlan, p unsafe.Pointer, noCopy bool) *codec.Error {
	if v.op == opStruct {
		q, err := d.newStruct(v.body)
		if err != nil {
			return err
		}
		if !d.dry {
			*(*unsafe.Pointer)(p) = q
		}
		return d.structValue(v.body, q)
	}
	if err := d.charge(1, int(v.typ.Size()), d.pos); err != nil {
		return d.typed(err, v)
	}
	if d.dry {
		return d.plain(v, nil, noCopy)
	}
	var q unsafe.Pointer
	switch v.op {
	case opString:
		q = unsafe.Pointer(new(string))
	case opBinary:
		q = unsafe.Pointer(new([]byte))
	case opBool, opI8:
		q = unsafe.Pointer(new(uint8))
	case opI16:
		q = unsafe.Pointer(new(uint16))
	case opI32:
		q = unsafe.Pointer(new(uint32))
	default:
		q = unsafe.Pointer(new(uint64))
	}
	if err := d.plain(v, q, noCopy); err != nil {
		return err
	}
	*(*unsafe.Pointer)(p) = q
	return nil
}

// newStruct returns a fresh struct with its defaults.
func (d *decoder) newStruct(s *structPlan) (unsafe.Pointer, *codec.Error) {
	if err := d.charge(1, s.size, d.pos); err != nil {
		err.Type = s.typ
		return nil, err
	}
	if d.dry {
		return nil, nil
	}
	p := s.make(1)
	s.initialize(p)
	return p, nil
}

// initialize sets the defaults of a zeroed struct.
func (s *structPlan) initialize(p unsafe.Pointer) {
	if s.schema.HasInit {
		schema.Initialize(s.schema, p)
	}
}
