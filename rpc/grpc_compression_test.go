package rpc_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc"
)

// inverting is a compressor that inverts each byte, and counts what it does.
type inverting struct {
	name                     string
	compressed, decompressed atomic.Int64
}

func (c *inverting) Name() string { return c.name }

func (c *inverting) Compress(w io.Writer) (io.WriteCloser, error) {
	c.compressed.Add(1)
	return inverter{to: w}, nil
}

func (c *inverting) Decompress(r io.Reader) (io.Reader, error) {
	c.decompressed.Add(1)
	return inverter{from: r}, nil
}

type inverter struct {
	to   io.Writer
	from io.Reader
}

func inverted(p []byte) []byte {
	other := make([]byte, len(p))
	for i, b := range p {
		other[i] = ^b
	}
	return other
}

func (v inverter) Write(p []byte) (int, error) { return v.to.Write(inverted(p)) }
func (v inverter) Close() error                { return nil }
func (v inverter) Read(p []byte) (int, error) {
	n, err := v.from.Read(p)
	copy(p, inverted(p[:n]))
	return n, err
}

// TestCompression: messages are compressed both ways, those of streams as well, by gzip and by a compressor of one's own.
func TestCompression(t *testing.T) {
	own := &inverting{name: "inverting"}
	require.NoError(t, grpc.RegisterCompressor(own))
	for _, name := range []string{"gzip", "inverting"} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			var stats rpc.Stats
			server := serveNotes(t, &notebook{}, rpc.WithInterceptors(stats.Interceptor()))
			client := noteClient(t, server.address, rpc.WithCompression(name), rpc.WithSharedConnections(1))
			ctx := within(t)
			text := strings.Repeat("tagwire ", 32<<10)
			got, err := client.Echo(ctx, &note{text})
			require.NoError(t, err)
			require.Equal(t, text, got.Text)
			if name == "gzip" {
				settle(t, func() string {
					c := only(t, &stats)
					if c.MessagesSent != 1 || c.BytesSent > 8<<10 || c.BytesReceived > 8<<10 {
						return fmt.Sprintf("%d bytes were sent, and %d received", c.BytesSent, c.BytesReceived)
					}
					return ""
				})
			} else {
				require.EqualValues(t, 2, own.compressed.Load())
				require.EqualValues(t, 2, own.decompressed.Load())
			}
			joined, err := client.Join(ctx, func(yield func(*note, error) bool) {
				_ = yield(&note{"a"}, nil) && yield(&note{""}, nil) && yield(&note{"b"}, nil)
			})
			require.NoError(t, err)
			require.Equal(t, "ab", joined.Text)
			require.NoError(t, countAll(client.Count(ctx, &note{"a"})))
			n := 0
			for m, err := range client.Turn(ctx, func(yield func(*note, error) bool) {
				for i := 0; i < 50 && yield(&note{fmt.Sprint(i)}, nil); i++ {
				}
			}) {
				require.NoError(t, err)
				require.Equal(t, fmt.Sprint(n), m.Text)
				n++
			}
			require.Equal(t, 50, n)
		})
	}
}

// TestUnknownCompression: a client that names no compressor that there is cannot be made.
func TestUnknownCompression(t *testing.T) {
	for _, name := range []string{"nosuch", "identity", "GZIP", "gzip "} {
		_, err := rpc.NewClient(rpc.WithAddresses("127.0.0.1:1"), rpc.WithTransport(rpc.GRPC), rpc.WithService("test.Notes"), rpc.WithCompression(name))
		require.ErrorContains(t, err, "no compressor")
		require.ErrorContains(t, err, name)
	}
}

// gzipped returns the message of a note as gzip compresses it, with its prefix.
func gzipped(t testing.TB, text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(packed(text)[5:])
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return prefixed(1, b.Bytes())
}

// body returns the only message of an answer, decompressed.
func (a *answer) body(t testing.TB) (compressed bool, text string) {
	t.Helper()
	require.GreaterOrEqual(t, len(a.data), 5)
	require.Len(t, a.data[5:], int(binary.BigEndian.Uint32(a.data[1:])))
	data := a.data[5:]
	if compressed = a.data[0] == 1; compressed {
		r, err := gzip.NewReader(bytes.NewReader(data))
		require.NoError(t, err)
		data, err = io.ReadAll(r)
		require.NoError(t, err)
	}
	require.Greater(t, len(data), 2)
	return compressed, string(data[2:])
}

// TestAnswersInKind: a server compresses its replies as the caller does, if the caller says that it takes that.
func TestAnswersInKind(t *testing.T) {
	attacked(t, &notebook{}, func(t *testing.T, server *running) {
		p := dialHTTP2(t, server.address)
		id := uint32(1)
		ask := func(message []byte, more ...string) answer {
			p.must(p.open(id, "Echo", more...))
			p.must(p.WriteData(id, true, message))
			a, err := p.await(id)
			p.must(err)
			id += 2
			return a
		}
		for accepts, want := range map[string]bool{"gzip": true, "identity,deflate, gzip": true, "identity": false, "": false, "gzi": false} {
			fields := []string{"grpc-encoding", "gzip"}
			if accepts != "" {
				fields = append(fields, "grpc-accept-encoding", accepts)
			}
			a := ask(gzipped(t, "text"), fields...)
			require.Equal(t, "0", a.headers["grpc-status"])
			compressed, text := a.body(t)
			require.Equal(t, want, compressed, "accepts %q", accepts)
			require.Equal(t, "text", text)
			require.Equal(t, want, a.headers["grpc-encoding"] == "gzip")
		}
		plain := ask(packed("text"), "grpc-accept-encoding", "gzip")
		compressed, text := plain.body(t)
		require.False(t, compressed, "the caller does not compress")
		require.Equal(t, "text", text)
		unmarked := ask(packed("text"), "grpc-encoding", "gzip", "grpc-accept-encoding", "gzip")
		_, text = unmarked.body(t)
		require.Equal(t, "text", text, "a message need not be compressed")
		unknown := ask(gzipped(t, "text"), "grpc-encoding", "nosuch")
		require.Equal(t, "12", unknown.headers["grpc-status"])
		require.Contains(t, strings.Split(unknown.headers["grpc-accept-encoding"], ","), "gzip")
		unsaid := ask(gzipped(t, "text"))
		require.Equal(t, "13", unsaid.headers["grpc-status"])
		garbage := ask(prefixed(1, []byte("no gzip")), "grpc-encoding", "gzip")
		require.Equal(t, "13", garbage.headers["grpc-status"])
	})
}

// TestCompressedReplies: a client says what it takes, compresses what it sends, and refuses replies that are compressed in another way.
func TestCompressedReplies(t *testing.T) {
	noLeaks(t)
	requests := make(chan map[string]string, 10)
	address := scripted(t, func(p *rawHTTP2) {
		for {
			frame, err := p.ReadFrame()
			if err != nil {
				return
			}
			headers, ok := frame.(*http2.MetaHeadersFrame)
			if !ok {
				continue
			}
			id, fields := headers.StreamID, map[string]string{}
			for _, f := range headers.Fields {
				fields[f.Name] = f.Value
			}
			a, err := p.await(id)
			if err != nil {
				return
			}
			compressed, text := a.body(t)
			fields["compressed"], fields["text"] = fmt.Sprint(compressed), text
			requests <- fields
			encoding, reply := "gzip", gzipped(t, "reply")
			switch text {
			case "nosuch":
				encoding = "nosuch"
			case "unsaid":
				encoding = ""
			case "garbage":
				reply = prefixed(1, []byte("no gzip"))
			case "plain":
				reply = packed("reply")
			}
			header := []string{":status", "200", "content-type", "application/grpc"}
			if encoding != "" {
				header = append(header, "grpc-encoding", encoding)
			}
			_ = p.headers(id, false, header...)
			_ = p.WriteData(id, false, reply)
			_ = p.headers(id, true, "grpc-status", "0")
		}
	})
	ctx := context.Background()
	compressing := noteClient(t, address, rpc.WithCompression("gzip"), rpc.WithSharedConnections(1))
	for text, fault := range map[string]string{"gzip": "", "plain": "", "nosuch": "nosuch", "unsaid": "does not say how", "garbage": "gzip"} {
		got, err := compressing.Echo(ctx, &note{text})
		sent := <-requests
		require.Equal(t, []string{"gzip", "true", text}, []string{sent["grpc-encoding"], sent["compressed"], sent["text"]})
		require.Contains(t, strings.Split(sent["grpc-accept-encoding"], ","), "gzip")
		if fault == "" {
			require.NoError(t, err)
			require.Equal(t, "reply", got.Text)
			continue
		}
		require.ErrorContains(t, err, fault)
		require.Equal(t, rpc.CodeInternal, codeOf(t, err))
		require.ErrorIs(t, err, grpc.Internal)
	}
}
