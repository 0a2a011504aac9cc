package reflectcodec

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// Input is what decoding and skipping read from.
type Input struct {
	Data []byte
	Pos  int // bytes of Data used
}

// Left returns how many bytes have not been used.
func (in *Input) Left() int { return len(in.Data) - in.Pos }

// Fail returns an error at the given position.
func Fail(code codec.Code, at int) *codec.Error {
	return &codec.Error{Code: code, Offset: at}
}

// FailType returns the error for a type's number that is not one, or not the one wanted (if want is not zero).
func FailType(at int, got, want uint8) *codec.Error {
	err := Fail(codec.InvalidData, at)
	if want != 0 {
		err.Err = fmt.Errorf("wire type %d where %d is expected", got, want)
	} else {
		err.Err = fmt.Errorf("%d is not a wire type", got)
	}
	return err
}

// Decoder reads a message into Go values.
type Decoder struct {
	Input
	// Last is the id of the field before in the struct that is open, 0 before the first, and Flag the value that came with
	// a field's header: a Format that has a use for them sets them.
	Last int32
	Flag bool
	// Dry: the message is checked and nothing is made; what is to be stored has the address nil.
	Dry    bool
	format Format
	// levels counts the structs and containers that may still be opened.
	levels          int
	zeroCopy, owned bool
	// arena is what all memory is taken from, nil for memory of the value's own.
	arena *codec.Arena
	// alloc is how many more bytes may be allocated under Limits.Alloc.
	alloc int
	// unknown holds skipped fields of the structs being read, those of inner structs last; see
	// maxSpans.
	unknown []span
	// open is the memory, in bytes, of the lists being read that were made before their elements came.
	open int
	// prealloc is what is left of preallocBytes.
	prealloc int
	// chunk has used bytes handed out; what is left serves the next calls that get this decoder.
	chunk []byte
	used  int
}

var decoders = sync.Pool{New: func() any { return new(Decoder) }}

// Decode reads one struct from the start of data into the struct at p and returns the bytes used. The error
// is a *codec.Error. Unless something is decoded without copying, data is not referenced afterwards.
func (c *Codec) Decode(data []byte, p unsafe.Pointer, o *codec.Settings) (int, error) {
	n, _, err := c.decode(data, p, o, false)
	return n, err
}

// DecodeCounting is Decode, and returns besides the bytes that it charged to Limits.Alloc.
func (c *Codec) DecodeCounting(data []byte, p unsafe.Pointer, o *codec.Settings) (n, charged int, err error) {
	return c.decode(data, p, o, false)
}

// Check returns what Decode would, and the bytes that it would charge to Limits.Alloc. It makes nothing: no value, and no call of
// InitDefault.
func (c *Codec) Check(data []byte, o *codec.Settings) (n, charged int, err error) {
	return c.decode(data, nil, o, true)
}

func (c *Codec) decode(data []byte, p unsafe.Pointer, o *codec.Settings, dry bool) (int, int, error) {
	d := decoders.Get().(*Decoder)
	limits := o.Resolved()
	d.start(data[:min(len(data), limits.Size)], o, limits)
	d.format, d.Dry = c.root.format, dry
	err := d.structValue(c.root, p)
	n, charged := d.Pos, limits.Alloc-d.alloc
	d.Input, d.arena = Input{}, nil
	decoders.Put(d)
	if err == nil {
		return n, charged, nil
	}
	if len(data) > limits.Size && (err.Code == codec.ShortBuffer || err.Code == codec.SizeLimit) {
		err.Code = codec.SizeLimit
	}
	return 0, charged, err.SetRoot(c.root.schema.Name)
}

// start makes d ready for another input.
func (d *Decoder) start(data []byte, o *codec.Settings, limits codec.Limits) {
	d.Input, d.Last = Input{Data: data}, 0
	d.levels, d.alloc = limits.Depth, limits.Alloc
	d.zeroCopy, d.owned, d.arena = o.ZeroCopy, o.OwnedStrings, o.Arena
	d.open, d.prealloc = 0, preallocBytes
	d.unknown = d.unknown[:0]
}

// FailValue returns an error that names the type of plan v.
func FailValue(code codec.Code, at int, v *Value, detail error) *codec.Error {
	return &codec.Error{Code: code, Offset: at, Type: v.GoType, Err: detail}
}

// charge counts the memory of n objects of the given size in bytes, about to be allocated for the wire item at
// position at.
func (d *Decoder) charge(n, size, at int) *codec.Error {
	if size > 0 && n > d.alloc/size {
		err := Fail(codec.SizeLimit, at)
		err.Err = errAllocLimit
		return err
	}
	d.alloc -= n * size
	return nil
}

var errAllocLimit = errors.New("the value needs more memory than the limit allows")

// value reads an element, a key or a value of a map, of plan v, into the memory at p.
func (d *Decoder) value(v *Value, p unsafe.Pointer) *codec.Error {
	switch {
	case v.leaf():
		return d.format.DecodeLeaf(d, v, p)
	case v.Pointer:
		return d.newStruct(v, p)
	}
	return d.composite(v, p)
}

// composite reads a struct, list or map into the memory at p.
func (d *Decoder) composite(v *Value, p unsafe.Pointer) *codec.Error {
	switch v.Op {
	case OpStruct:
		return d.structValue(v.body, p)
	case OpList:
		return d.list(v, p)
	}
	return d.mapValue(v, p)
}

// Typed names the Go type in an error that has none.
func (d *Decoder) Typed(err *codec.Error, v *Value) *codec.Error {
	if err.Type == nil {
		err.Type = v.GoType
	}
	return err
}

// Store stores the n bytes at the cursor as a string or binary of plan v, and passes over them: a copy with an address of
// its own, or the input itself. They are there, and at is where their number is. None are stored as nil or a slice of no bytes,
// so that nothing points behind the input. noCopy: the input is good enough.
func (d *Decoder) Store(v *Value, p unsafe.Pointer, n, at int, noCopy bool) *codec.Error {
	var b []byte
	if n > 0 {
		b = d.Data[d.Pos : d.Pos+n : d.Pos+n]
		if !noCopy && !d.zeroCopy {
			if err := d.charge(n, 1, at); err != nil {
				return d.Typed(err, v)
			}
			if !d.Dry {
				own := d.bump(n, 1)
				copy(own, b)
				b = own
			}
		}
		d.Pos += n
	}
	switch {
	case d.Dry:
	case v.Op == OpString:
		*(*string)(p) = unsafe.String(unsafe.SliceData(b), len(b))
	case b == nil:
		*(*[]byte)(p) = []byte{}
	default:
		*(*[]byte)(p) = b
	}
	return nil
}

// FailInt is the error for a number at position at that an int of this platform cannot hold.
func FailInt(v *Value, at int, n int64) *codec.Error {
	return FailValue(codec.InvalidData, at, v, fmt.Errorf("%d does not fit an int of this platform", n))
}

// leafPointer reads the leaf of a field into fresh memory, and then stores its address at p.
func (d *Decoder) leafPointer(f *Field, p unsafe.Pointer) *codec.Error {
	if err := d.charge(1, int(f.typ.Size()), d.Pos); err != nil {
		return d.Typed(err, &f.Value)
	}
	if d.Dry {
		return d.format.DecodeField(d, f, nil)
	}
	q := d.makeLeaf(f)
	if err := d.format.DecodeField(d, f, q); err != nil {
		return err
	}
	*(*unsafe.Pointer)(p) = q
	return nil
}

// makeLeaf returns zeroed memory for what a field points to.
func (d *Decoder) makeLeaf(f *Field) unsafe.Pointer {
	if d.arena != nil {
		return d.arena.Objects(f.typ).Take(1)
	}
	switch f.Op {
	case OpString:
		return unsafe.Pointer(new(string))
	case OpBinary:
		return unsafe.Pointer(new([]byte))
	case OpBool, OpI8:
		return unsafe.Pointer(new(uint8))
	case OpI16:
		return unsafe.Pointer(new(uint16))
	case OpI32:
		return unsafe.Pointer(new(uint32))
	}
	return unsafe.Pointer(new(uint64))
}

// newStruct reads a struct into fresh memory, whose address is stored at p before that is filled.
func (d *Decoder) newStruct(v *Value, p unsafe.Pointer) *codec.Error {
	s := v.body
	if err := d.charge(1, s.size, d.Pos); err != nil {
		err.Type = s.typ
		return err
	}
	var q unsafe.Pointer
	if !d.Dry {
		q = d.makeStructs(s, 1)
		s.initialize(q)
		*(*unsafe.Pointer)(p) = q
	}
	return d.structValue(s, q)
}

// initialize sets the defaults of a zeroed struct.
func (s *structPlan) initialize(p unsafe.Pointer) {
	s.schema.Initialize(p)
}
