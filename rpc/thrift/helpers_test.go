package thrift

import (
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
)

// unhex returns the bytes of hex digits with spaces between.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return data
}

// input is a Reader of bytes that arrive some at a time, and then end. It notes the most that was asked for.
type input struct {
	data    []byte
	arrived int
	step    int
	asked   int
}

func arriving(data []byte, step int) *input { return &input{data: data, step: step} }

func (i *input) Len() int { return i.arrived }

func (i *input) Peek(n int) ([]byte, error) {
	i.asked = max(i.asked, n)
	for i.arrived < n && i.arrived < len(i.data) {
		i.arrived = min(len(i.data), i.arrived+i.step)
	}
	if n > i.arrived {
		return nil, io.ErrUnexpectedEOF
	}
	return i.data[:n:n], nil
}

func (i *input) Next(n int) ([]byte, error) {
	data, err := i.Peek(n)
	if err == nil {
		i.data, i.arrived = i.data[n:], i.arrived-n
	}
	return data, err
}

// output is a Writer that keeps what is written, in pieces as a connection does.
type output struct{ pieces [][]byte }

func (o *output) Malloc(n int) ([]byte, error) {
	piece := make([]byte, n)
	for i := range piece {
		piece[i] = 0xee // memory is not zero
	}
	o.pieces = append(o.pieces, piece)
	return piece, nil
}

func (o *output) WriteDirect(b []byte, remainCap int) error {
	last := len(o.pieces) - 1
	piece := o.pieces[last]
	cut := len(piece) - remainCap
	o.pieces = append(o.pieces[:last], piece[:cut], b, piece[cut:])
	return nil
}

func (o *output) bytes() []byte { return slices.Concat(o.pieces...) }

// body is a Body of bytes.
type body []byte

func (b body) Size() (total, direct int, err error) { return len(b), 0, nil }

func (b body) Encode(buf []byte, _ tagwire.DirectWriter) (int, error) { return copy(buf, b), nil }

// written returns the bytes of a message.
func written(t testing.TB, p message.Protocol, m message.Message, b message.Body, limits message.Limits) []byte {
	t.Helper()
	var o output
	require.NoError(t, p.Write(&o, &m, b, &limits))
	return o.bytes()
}

// read reads one message that is all of data.
func read(p message.Protocol, data []byte, limits message.Limits) (m message.Message, rest int, err error) {
	r := arriving(data, len(data))
	err = p.Read(r, &m, &limits)
	return m, len(r.data), err
}

var standard = message.Limits{}.WithDefaults(1 << 30)
