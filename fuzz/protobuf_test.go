package fuzz

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// protoEngines are those that this host can run.
func protoEngines(t *testing.T, test func(t *testing.T, options ...tagwire.Option)) {
	t.Helper()
	for _, engine := range []tagwire.Engine{tagwire.Reflect, tagwire.Native} {
		if engine == tagwire.Native && !harness.HasNative() {
			continue
		}
		t.Run(engine.String(), func(t *testing.T) {
			defer callsNative(t, engine == tagwire.Native)()
			test(t, tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(engine))
		})
	}
}

// message has a field of each kind that the cases need.
type message struct {
	Number  int32              `protobuf:"1"`
	Text    string             `protobuf:"2"`
	Child   *message           `protobuf:"3"`
	Packed  []int32            `protobuf:"4"`
	Fixed   []uint32           `protobuf:"5,fixed"`
	Map     map[string]int32   `protobuf:"6"`
	Named   map[int32]*message `protobuf:"7"`
	One     *int32             `protobuf:"8,oneof=choice"`
	Other   *message           `protobuf:"9,oneof=choice"`
	Flag    bool               `protobuf:"10"`
	Real    float64            `protobuf:"11"`
	Texts   []string           `protobuf:"16"`
	Blob    []byte             `protobuf:"2047"`
	Last    uint64             `protobuf:"536870911"`
	Strict  *strict            `protobuf:"17"`
	Small   uint32             `protobuf:"18"`
	Signed  int64              `protobuf:"19,zigzag"`
	Anyhow  string             `protobuf:"20,bytes"`
	Present []byte             `protobuf:"21,optional"`

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

type strict struct {
	Name *string `protobuf:"1,required"`
	ID   int32   `protobuf:"2,required"`
}

// TestProtobufRefuses: each fault has its code, and the place of the first byte of what is wrong.
func TestProtobufRefuses(t *testing.T) {
	cases := []struct {
		name, data string
		code       error
		offset     int
		path       string
	}{
		{"a cut varint", "08ff", tagwire.ErrShortBuffer, 1, "message.Number"},
		{"nothing behind a tag", "08", tagwire.ErrShortBuffer, 1, "message.Number"},
		{"a cut tag", "80", tagwire.ErrShortBuffer, 0, "message"},
		{"a varint of eleven bytes", "08ffffffffffffffffffff01", tagwire.ErrInvalidData, 1, "message.Number"},
		{"a varint whose tenth byte is 2", "08ffffffffffffffffff02", tagwire.ErrInvalidData, 1, "message.Number"},
		{"the number 0", "0001", tagwire.ErrInvalidData, 0, "message"},
		{"a number of 2^29", "808080801001", tagwire.ErrInvalidData, 0, "message"},
		{"a tag of more than 32 bits", "888080808001", tagwire.ErrInvalidData, 0, "message"},
		{"the type 6", "0e00", tagwire.ErrInvalidData, 0, "message"},
		{"the type 7", "0f00", tagwire.ErrInvalidData, 0, "message"},
		{"the end of a group", "0c00", tagwire.ErrInvalidData, 0, "message"},
		{"a length beyond the input", "120541", tagwire.ErrSizeLimit, 1, "message.Text"},
		{"a length of 2^63", "1280808080808080808001", tagwire.ErrSizeLimit, 1, "message.Text"},
		{"a length beyond the message around", "1a041205416f6f", tagwire.ErrSizeLimit, 3, "message.Child.Text"},
		{"a cut double", "5900000000000000", tagwire.ErrShortBuffer, 1, "message.Real"},
		{"not UTF-8", "1202c328", tagwire.ErrInvalidData, 2, "message.Text"},
		{"a surrogate", "1203eda080", tagwire.ErrInvalidData, 2, "message.Text"},
		{"a padded slash", "1202c0af", tagwire.ErrInvalidData, 2, "message.Text"},
		{"beyond Unicode", "1204f4908080", tagwire.ErrInvalidData, 2, "message.Text"},
		{"a packed list cut in an element", "2202ff80", tagwire.ErrShortBuffer, 2, "message.Packed[0]"},
		{"a packed list of fixed numbers cut", "2a060100000002ff", tagwire.ErrShortBuffer, 6, "message.Fixed[1]"},
		{"an unknown group that does not end", "ab0608ff01", tagwire.ErrShortBuffer, 5, "message.#101"},
		{"an unknown group that ends otherwise", "ab06b406", tagwire.ErrInvalidData, 2, "message.#101"},
		{"a map's entry cut", "3204100a0a05", tagwire.ErrSizeLimit, 5, "message.Map"},
		{"a required text that is missing", "8a01021001", tagwire.ErrRequired, 5, "message.Strict.Name"},
		{"a required number that is missing", "8a01030a0141", tagwire.ErrRequired, 6, "message.Strict.ID"},
	}
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		for _, c := range cases {
			data, err := hex.DecodeString(c.data)
			require.NoError(t, err, c.name)
			err = tagwire.Unmarshal(data, &message{}, options...)
			var wrong *tagwire.Error
			require.True(t, errors.As(err, &wrong), "%s: %v", c.name, err)
			require.ErrorIs(t, err, c.code, c.name)
			require.Equal(t, c.offset, wrong.Offset, "%s: %v", c.name, err)
			require.Equal(t, c.path, wrong.Path, "%s: %v", c.name, err)
		}
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "0801"), &message{}, options...), "nothing wrong")
	})
}

// TestProtobufReads: what is read, however it came, is written in the one form.
func TestProtobufReads(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"nothing":                       {"", ""},
		"zeros are left out":            {"080012001a005000", "1a00"},
		"the last of a scalar":          {"080108020803", "0803"},
		"any number but 0 is true":      {"50ffffffff0f", "5001"},
		"the low 32 bits":               {"08ffffffffffffffffff01", "08ffffffffffffffffff01"},
		"the low 32 bits of a larger":   {"900185808080f01f", "900105"},
		"packed, and not":               {"08012001220202032004", "0801220401020304"},
		"parts of a message":            {"1a0208011a0412024142", "1a06080112024142"},
		"another form is unknown":       {"0d01000000", "0d01000000"},
		"an unknown group":              {"ab060801ac06", "ab060801ac06"},
		"a padded tag, unknown":         {"ab868000ac06", "ab06ac06"},
		"the last of a oneof":           {"40014a020801", "4a020801"},
		"parts of a member of a oneof":  {"4a0208014a0412024142", "4a06080112024142"},
		"the other of a oneof":          {"4a0208014002", "4002"},
		"an entry without key or value": {"3200", "32040a001000"},
		"an entry in another order":     {"320510050a0161", "32050a01611005"},
		"the last of a key":             {"32050a0161100132050a01611002", "32050a01611002"},
		"unknown fields of an entry":    {"32090a01611001ab06ac06", "32050a01611001"},
		"an entry of messages":          {"3a0408011200", "3a0408011200"},
		"a field of two bytes":          {"8201014182010142", "8201014182010142"},
		"the largest number":            {"f8ffffff0f01", "f8ffffff0f01"},
		"the number 2047":               {"fa7f0141", "fa7f0141"},
		"-0.0":                          {"590000000000000080", "590000000000000080"},
		"bytes that are there":          {"aa0100", "aa0100"},
		"not UTF-8, and need not":       {"a20101ff", "a20101ff"},
	} {
		protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
			data, err := hex.DecodeString(c.data)
			require.NoError(t, err, name)
			v := &message{Number: 7, Texts: []string{"old"}}
			err = tagwire.Unmarshal(data, v, options...)
			require.NoError(t, err, name)
			got, err := tagwire.Marshal(v, options...)
			require.NoError(t, err, name)
			require.Equal(t, c.want, hex.EncodeToString(got), name)
		})
	}
}

// TestProtobufDepth: messages and groups count, for what is known and for what is not.
func TestProtobufDepth(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		nested := func(n int) (data []byte) {
			v := &message{}
			for range n - 1 {
				v = &message{Child: v}
			}
			data, err := tagwire.Marshal(v, append(options, tagwire.WithMaxDepth(n))...)
			require.NoError(t, err)
			return data
		}
		require.NoError(t, tagwire.Unmarshal(nested(1000), &message{}, options...))
		require.ErrorIs(t, tagwire.Unmarshal(nested(1001), &message{}, options...), tagwire.ErrDepthLimit)
		require.NoError(t, tagwire.Unmarshal(nested(20), &message{}, append(options, tagwire.WithMaxDepth(20))...))
		require.ErrorIs(t, tagwire.Unmarshal(nested(20), &message{}, append(options, tagwire.WithMaxDepth(19))...), tagwire.ErrDepthLimit)
		groups := func(n int) []byte { return []byte(strings.Repeat("\xab\x06", n) + strings.Repeat("\xac\x06", n)) }
		require.NoError(t, tagwire.Unmarshal(groups(100), &message{}, options...))
		require.ErrorIs(t, tagwire.Unmarshal(groups(101), &message{}, options...), tagwire.ErrDepthLimit)
		require.ErrorIs(t, tagwire.Unmarshal(groups(100_000), &message{}, options...), tagwire.ErrDepthLimit)
	})
}

// TestProtobufMoves: messages around the lengths at which their own length takes another byte, inside each other.
func TestProtobufMoves(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		for _, around := range []int{127, 128, 16383, 16384, 1 << 21} {
			for length := around - 40; length < around+5; length++ {
				v := &message{Text: strings.Repeat("x", length)}
				for range 30 {
					v = &message{Child: v, Number: 1}
				}
				data, err := tagwire.Marshal(v, options...)
				require.NoError(t, err)
				size, err := tagwire.Size(v, options...)
				require.NoError(t, err)
				require.Len(t, data, size)
				back := &message{}
				require.NoError(t, tagwire.Unmarshal(data, back, options...))
				require.Equal(t, v, back)
				for _, short := range []int{1, 2, 31, 60} {
					_, err = tagwire.Encode(make([]byte, size-short), v, options...)
					require.ErrorIs(t, err, tagwire.ErrBufferTooSmall)
				}
				if around > 1<<20 && length > around-38 && length < around {
					length = around // these are large
				}
			}
		}
	})
}
