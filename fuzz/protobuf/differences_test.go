package protobuf_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/codec"
	wire "github.com/tagwire/tagwire/wire/protobuf"
)

// Where google.golang.org/protobuf is not what the format, or its own other half, says.

// withoutExtensions reads extensions as unknown fields. Those that the program has registered are fields to them, and to no codec of
// structs.
var withoutExtensions = proto.UnmarshalOptions{Resolver: new(protoregistry.Types)}

// onlyTheyTake reports that we refuse the number of a field which they take: in a group that is skipped they check only that it has 31
// bits. It has 29.
func onlyTheyTake(data []byte, err, theirErr error) bool {
	var refused *tagwire.Error
	if theirErr != nil || !errors.As(err, &refused) || refused.Code != codec.InvalidData || refused.Offset < 0 || refused.Offset >= len(data) {
		return false
	}
	tag, size := binary.Uvarint(data[refused.Offset:])
	number := tag >> wire.TypeBits
	return size > 0 && number > wire.MaxNumber && number <= math.MaxInt32
}

// sameBytes reports that their encoding is ours. A signalling NaN in a map becomes a quiet one on its way through their float64.
func sameBytes(got, want []byte) bool {
	if len(got) != len(want) {
		return false
	}
	for i, b := range got {
		quieted := b&0xc0 == 0x80 && want[i] == b|0x40 && i+1 < len(got) && got[i+1]&0x7f == 0x7f
		if b != want[i] && !quieted {
			return false
		}
	}
	return true
}

// TestDifferences: the exceptions are just these.
func TestDifferences(t *testing.T) {
	eachEngine(t, func(t *testing.T, options []tagwire.Option) {
		for _, c := range []struct {
			data   []byte
			theirs bool // they take it, and we do not
		}{
			{[]byte{0xc3, 0x3e, 0x80, 0x80, 0x80, 0x80, 0x10, 1, 0xc4, 0x3e}, true},           // 2^29 in the group 1000
			{[]byte{0xc3, 0x3e, 0xf8, 0xff, 0xff, 0xff, 0x3f, 1, 0xc4, 0x3e}, true},           // 2^31-1
			{[]byte{0xc3, 0x3e, 0x80, 0x80, 0x80, 0x80, 0x40, 1, 0xc4, 0x3e}, false},          // 2^31
			{[]byte{0xc3, 0x3e, 0xf8, 0xff, 0xff, 0xff, 0x0f, 1, 0xc4, 0x3e}, false},          // 2^29-1
			{[]byte{0x80, 0x80, 0x80, 0x80, 0x10, 1}, false},                                  // 2^29, in no group
			{[]byte{0xc3, 0x3e, 0x80, 0x80, 0x80, 0x80, 0x10, 1, 0xcc, 0x3e, 0, 0, 0}, false}, // in a group that ends as another
		} {
			ours, theirs := newOf(officialTypes[0]), newOf(officialTypes[0])
			err, theirErr := tagwire.Unmarshal(c.data, ours, options...), proto.Unmarshal(c.data, theirs)
			if got := onlyTheyTake(c.data, err, theirErr); got != c.theirs || (err == nil) != (theirErr == nil) && !c.theirs {
				t.Errorf("%x: we %v, they %v", c.data, err, theirErr)
			}
		}
	})
	for _, c := range []struct {
		got, want string
		same      bool
	}{
		{"\x4b\x76\xb1\xff", "\x4b\x76\xf1\xff", true},
		{"\x4b\x76\xb1\x7f", "\x4b\x76\xf1\x7f", true},
		{"\x4b\x76\xf1\xff", "\x4b\x76\xb1\xff", false},
		{"\x4b\x76\xb1\x7e", "\x4b\x76\xf1\x7e", false},
		{"\x4b\x76\x31\xff", "\x4b\x76\x71\xff", false},
		{"\x4b\x76\xb1", "\x4b\x76\xf1", false},
		{"\x4b", "\x4b\x00", false},
	} {
		if sameBytes([]byte(c.got), []byte(c.want)) != c.same {
			t.Errorf("%x and %x", c.got, c.want)
		}
	}
}
