package rpc_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// toy is a protocol from outside the package: "TOY!", a digit for the type, the lengths of name and body as four hex digits
// each, the sequence id as two letters, then name and body.
type toy struct{}

const toyMagic = "TOY!"

func (toy) Name() string  { return "toy" }
func (toy) Headers() bool { return false }

func (toy) Detect(head [8]byte, _ *rpc.Limits) bool { return string(head[:4]) == toyMagic }

func hexDigits(text []byte) (n int, err error) {
	for _, c := range text {
		digit := strings.IndexByte("0123456789abcdef", c)
		if digit < 0 {
			return 0, errors.New("not a hex digit")
		}
		n = n<<4 | digit
	}
	return n, nil
}

func (toy) Read(r rpc.Reader, m *rpc.Message, limits *rpc.Limits) error {
	head, err := r.Next(21)
	if err != nil {
		return err
	}
	if string(head[:4]) != toyMagic {
		return errors.New("not a toy")
	}
	name, err1 := hexDigits(head[5:9])
	body, err2 := hexDigits(head[9:13])
	sequence, err3 := hexDigits(head[13:21])
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	m.Type, m.Sequence = rpc.MessageType(head[4]-'0'), int32(uint32(sequence))
	if m.Method, err = r.Next(name); err == nil || name == 0 {
		m.Body, err = r.Next(body)
	}
	return err
}

func hexText(n uint32, digits int) string {
	text := make([]byte, digits)
	for i := range text {
		text[i] = "0123456789abcdef"[n>>(4*(digits-1-i))&15]
	}
	return string(text)
}

func (toy) Write(w rpc.Writer, m *rpc.Message, body rpc.Body, _ *rpc.Limits) error {
	size, _, err := body.Size()
	if err != nil {
		return err
	}
	if size > 0xffff {
		return errors.New("too large for a toy")
	}
	head := toyMagic + string(rune('0'+m.Type)) + hexText(uint32(len(m.Method)), 4) + hexText(uint32(size), 4) + hexText(uint32(m.Sequence), 8)
	buf, err := w.Malloc(len(head))
	if err != nil {
		return err
	}
	copy(buf, head)
	// Asking for memory in several pieces is allowed.
	if buf, err = w.Malloc(len(m.Method) + size); err != nil {
		return err
	}
	copy(buf, m.Method)
	_, err = body.Encode(buf[len(m.Method):], nil)
	return err
}

// TestProtocolFromOutside: a server speaks a protocol that it was given beside its own, and so does a client.
func TestProtocolFromOutside(t *testing.T) {
	noLeaks(t)
	server := serve(t, []*rpc.Service{failing()}, rpc.WithProtocol(toy{}))
	client := connect(t, server.address, rpc.WithTransport(toy{}))
	for range 3 {
		reply, err := find.Call(context.Background(), client, &Request{Text: "over toy"})
		require.NoError(t, err)
		require.Equal(t, "over toy", reply.Text)
		_, err = find.Call(context.Background(), client, &Request{Text: "not found"})
		require.Equal(t, &NotFound{"k"}, err)
		_, err = find.Call(context.Background(), client, &Request{Text: strings.Repeat("x", 5000)})
		require.NoError(t, err)
	}
	_, err := find.Call(context.Background(), client, &Request{Text: strings.Repeat("x", 70_000)})
	require.Equal(t, rpc.CodeEncode, codeOf(t, err))
	reply, err := find.Call(context.Background(), connect(t, server.address), &Request{Text: "framed"})
	require.NoError(t, err)
	require.Equal(t, "framed", reply.Text)
	conn := dial(t, server.address)
	send(t, conn, []byte("TOY!1zzzzzzzzzzzzzzzz"))
	mustClose(t, conn)
}
