package fuzz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/guard"
)

// textPlaces has texts in each place that a text may be in.
type textPlaces struct {
	Text   string           `protobuf:"1"`
	Maybe  *string          `protobuf:"2,optional"`
	List   []string         `protobuf:"3"`
	Keys   map[string]int32 `protobuf:"4"`
	Values map[int32]string `protobuf:"5"`
	Choice *string          `protobuf:"6,oneof=choice"`
	Loose  string           `protobuf:"7,bytes"`
	Inner  map[int32]*named `protobuf:"8"`
	Number int32            `protobuf:"9"`
}

type named struct {
	Name string `protobuf:"1"`
}

// textField is the field with a text; an entry of a map if there is one of it.
func textField(number uint64, text string) []byte {
	part := func(number uint64, b []byte) []byte {
		out := binary.AppendUvarint(nil, number<<3|2)
		return append(binary.AppendUvarint(out, uint64(len(b))), b...)
	}
	switch number {
	case 4:
		return part(4, append(part(1, []byte(text)), 0x10, 1))
	case 5:
		return part(5, append([]byte{0x08, 1}, part(2, []byte(text))...))
	case 8:
		return part(8, append([]byte{0x08, 1}, part(2, part(1, []byte(text)))...))
	}
	return part(number, []byte(text))
}

// eachText calls test with ASCII of many lengths, and with characters in it that are not ASCII, or no characters.
func eachText(test func(text string)) {
	lengths := []int{127, 128, 255, 256, 257, 511, 512, 513, 514, 1023, 1024, 1025, 4095, 4096, 4097}
	for n := range 70 {
		lengths = append(lengths, n)
	}
	for _, length := range lengths {
		plain := strings.Repeat("The quick brown fox. ", length/21+1)[:length]
		test(plain)
		for _, odd := range []string{"é", "語", "🦊", "\xff", "\xc3", "\xed\xa0\x80", "\x80"} {
			if len(odd) > length {
				continue
			}
			for _, at := range []int{0, 1, (length - len(odd)) / 2, length - len(odd) - 1, length - len(odd)} {
				if at >= 0 && at+len(odd) <= length {
					test(plain[:at] + odd + plain[at+len(odd):])
				}
			}
		}
	}
}

// TestTextsAreChecked: a text in each place, at the end of the memory, is decoded and encoded as it is, or refused if it must be UTF-8
// and is not, by both engines alike.
func TestTextsAreChecked(t *testing.T) {
	pages := guard.New(t, 32<<10)
	verdicts := map[string]string{} // of the engine that comes first
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		agree := func(key string, err error) {
			t.Helper()
			verdict, seen := verdicts[key]
			if !seen {
				verdicts[key] = fmt.Sprint(err)
				return
			}
			require.Equal(t, verdict, fmt.Sprint(err), key)
		}
		eachText(func(text string) {
			for number := uint64(1); number <= 8; number++ {
				if len(text) > 300 && number > 3 {
					continue // once is enough for what is long
				}
				data := pages.AtEnd(textField(number, text))
				for _, zeroCopy := range []bool{false, true} {
					options := options
					if zeroCopy {
						options = append(options[:len(options):len(options)], tagwire.WithZeroCopy())
					}
					v := &textPlaces{}
					err := tagwire.Unmarshal(data, v, options...)
					agree(fmt.Sprint("decode ", number, zeroCopy, text), err)
					require.Equal(t, number == 7 || utf8.ValidString(text), err == nil, "%d %q: %v", number, text, err)
					if err != nil {
						require.ErrorIs(t, err, tagwire.ErrInvalidData)
						continue
					}
					require.Equal(t, text, textOf(v, number))
				}
				v := textIn(number, text)
				out, err := tagwire.Append(nil, v, options...)
				agree(fmt.Sprint("encode ", number, text), err)
				buffers, buffersErr := tagwire.AppendBuffers(nil, v, options...)
				require.Equal(t, fmt.Sprint(err), fmt.Sprint(buffersErr))
				require.Equal(t, number == 7 || utf8.ValidString(text), err == nil, "%d %q: %v", number, text, err)
				if err == nil && (text != "" || number > 1 && number < 7) {
					require.Truef(t, bytes.Equal(data, out), "%d %q\n%x\n%x", number, text, data, out)
					require.True(t, bytes.Equal(out, bytes.Join(buffers, nil)))
				}
			}
		})
	})
}

// textIn is a value with a text in the field of that number; the entry of a map has 1 as the other part.
func textIn(number uint64, text string) *textPlaces {
	switch number {
	case 1:
		return &textPlaces{Text: text}
	case 2:
		return &textPlaces{Maybe: &text}
	case 3:
		return &textPlaces{List: []string{text}}
	case 4:
		return &textPlaces{Keys: map[string]int32{text: 1}}
	case 5:
		return &textPlaces{Values: map[int32]string{1: text}}
	case 6:
		return &textPlaces{Choice: &text}
	case 7:
		return &textPlaces{Loose: text}
	}
	return &textPlaces{Inner: map[int32]*named{1: {Name: text}}}
}

// textOf is the text that textIn has put in.
func textOf(v *textPlaces, number uint64) string {
	switch number {
	case 1:
		return v.Text
	case 2:
		return *v.Maybe
	case 3:
		return v.List[0]
	case 4:
		for key := range v.Keys {
			return key
		}
	case 5:
		return v.Values[1]
	case 6:
		return *v.Choice
	case 7:
		return v.Loose
	}
	return v.Inner[1].Name
}
