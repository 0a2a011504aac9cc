package tagwire

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	"github.com/tagwire/tagwire/reflectcodec/protobuf"
	"github.com/tagwire/tagwire/schema"
)

// A plainCodec is the codec over reflection of one struct type in one format. One of its fields is set: an interface in place of them would
// have the settings of each call allocated.
type plainCodec struct {
	walked   *reflectcodec.Codec // for the formats of Thrift
	protobuf *protobuf.Codec
}

// walked returns what makes codecs of a format of Thrift.
func walked(f reflectcodec.Format) func(s *schema.StructType) plainCodec {
	return func(s *schema.StructType) plainCodec { return plainCodec{walked: reflectcodec.New(s, f)} }
}

func newProtobuf(s *schema.StructType) plainCodec { return plainCodec{protobuf: protobuf.New(s)} }

// Size returns how many bytes Encode writes for the struct at p, and how many of them would go to a DirectWriter.
func (c *plainCodec) Size(p unsafe.Pointer, o *codec.Settings) (total, direct int, err error) {
	if c.protobuf != nil {
		return c.protobuf.Size(p, o)
	}
	return c.walked.Size(p, o)
}

// Encode writes the struct at p into buf, but for what goes to direct if that is not nil.
func (c *plainCodec) Encode(buf []byte, p unsafe.Pointer, o *codec.Settings, direct DirectWriter) (int, error) {
	if c.protobuf != nil {
		return c.protobuf.Encode(buf, p, o, direct)
	}
	return c.walked.Encode(buf, p, o, direct)
}

// Decode reads data into the struct at p.
func (c *plainCodec) Decode(data []byte, p unsafe.Pointer, o *codec.Settings) (int, error) {
	n, _, err := c.DecodeCounting(data, p, o)
	return n, err
}

// DecodeCounting is Decode, and returns besides the bytes that it charged to the limit on memory.
func (c *plainCodec) DecodeCounting(data []byte, p unsafe.Pointer, o *codec.Settings) (n, charged int, err error) {
	if c.protobuf != nil {
		return c.protobuf.DecodeCounting(data, p, o)
	}
	return c.walked.DecodeCounting(data, p, o)
}

// Check returns what DecodeCounting would. It makes nothing.
func (c *plainCodec) Check(data []byte, o *codec.Settings) (n, charged int, err error) {
	if c.protobuf != nil {
		return c.protobuf.Check(data, o)
	}
	return c.walked.Check(data, o)
}

// CheckInto is Check for a message that is to be merged into the struct at p, or for any if that is nil. If exact is false, it may have
// charged more than a decode would, and the error may be another.
func (c *plainCodec) CheckInto(data []byte, p unsafe.Pointer, o *codec.Settings) (n, charged int, exact bool, err error) {
	if c.protobuf != nil {
		return c.protobuf.CheckInto(data, p, o)
	}
	n, charged, err = c.walked.Check(data, o)
	return n, charged, true, err
}

// reset does to the struct at p what Decode does to its target first.
func (c *plainCodec) reset(p unsafe.Pointer) {
	if c.protobuf != nil {
		c.protobuf.Reset(p)
	}
}
