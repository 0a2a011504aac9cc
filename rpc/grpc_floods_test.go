package rpc_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/tagwire/tagwire/rpc"
)

const (
	// resets is how many streams are reset by a client that shall be told to calm down, and resetsInSecond how many it may reset.
	resets         = 6000
	resetsInSecond = 1000 + 1024
)

// floods are what a client sends over and over. Each is more than a server takes, which says so and ends the connection.
var floods = map[string]struct {
	frames int // how many are sent at most
	write  func(p *rawHTTP2, i int) error
	code   http2.ErrCode
	most   int64 // handlers that start
}{
	"rapid reset": {resets, func(p *rawHTTP2, i int) error {
		id := uint32(2*i + 1)
		_ = p.open(id, "Echo")
		_ = p.WriteData(id, true, packed("x"))
		return p.WriteRSTStream(id, http2.ErrCodeCancel)
	}, http2.ErrCodeEnhanceYourCalm, resets},
	"rapid reset of streams": {resets, func(p *rawHTTP2, i int) error {
		id := uint32(2*i + 1)
		_ = p.open(id, "Turn")
		return p.WriteRSTStream(id, http2.ErrCodeCancel)
	}, http2.ErrCodeEnhanceYourCalm, resets},
	"resets by the server": {resets, func(p *rawHTTP2, i int) error { // which a wrong frame makes it send
		id := uint32(2*i + 1)
		_ = p.open(id, "Turn")
		return p.WriteWindowUpdate(id, 0)
	}, http2.ErrCodeEnhanceYourCalm, resets},
	"windows that overflow": {resets, func(p *rawHTTP2, i int) error {
		id := uint32(2*i + 1)
		_ = p.open(id, "Turn")
		return p.WriteWindowUpdate(id, 1<<31-1)
	}, http2.ErrCodeEnhanceYourCalm, resets},
	"lengths that are wrong": {resets, func(p *rawHTTP2, i int) error {
		id := uint32(2*i + 1)
		_ = p.open(id, "Turn", "content-length", "1")
		return p.WriteData(id, false, []byte("ab"))
	}, http2.ErrCodeEnhanceYourCalm, resets},
	"SETTINGS": {20_000, func(p *rawHTTP2, i int) error {
		return p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: uint32(i)})
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"SETTINGS of tables": {20_000, func(p *rawHTTP2, i int) error {
		return p.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: uint32(i % 2 * 1 << 30)})
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"acknowledgements": {20_000, func(p *rawHTTP2, i int) error { return p.WriteSettingsAck() }, http2.ErrCodeEnhanceYourCalm, 0},
	"PING": {20_000, func(p *rawHTTP2, i int) error {
		return p.WritePing(false, [8]byte{byte(i)})
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"answers to no PING": {20_000, func(p *rawHTTP2, i int) error {
		return p.WritePing(true, [8]byte{byte(i)})
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"empty DATA": {20_000, func(p *rawHTTP2, i int) error {
		if i == 0 {
			_ = p.open(1, "Turn")
		}
		return p.WriteData(1, false, nil)
	}, http2.ErrCodeEnhanceYourCalm, 1},
	"padded DATA": {20_000, func(p *rawHTTP2, i int) error {
		if i == 0 {
			_ = p.open(1, "Turn")
		}
		return p.WriteDataPadded(1, false, nil, make([]byte, 255))
	}, http2.ErrCodeEnhanceYourCalm, 1},
	"DATA of ended streams": {20_000, func(p *rawHTTP2, i int) error {
		if i == 0 {
			_ = p.open(1, "Echo")
			_ = p.WriteData(1, true, packed("x"))
		}
		return p.WriteData(1, false, []byte("x"))
	}, http2.ErrCodeEnhanceYourCalm, 1},
	"PRIORITY": {20_000, func(p *rawHTTP2, i int) error {
		return p.WritePriority(uint32(2*i+1), http2.PriorityParam{StreamDep: uint32(2*i + 3)})
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"PRIORITY on itself": {20_000, func(p *rawHTTP2, i int) error {
		return p.WritePriority(uint32(2*i+1), http2.PriorityParam{StreamDep: uint32(2*i + 1)})
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"WINDOW_UPDATE": {20_000, func(p *rawHTTP2, i int) error { return p.WriteWindowUpdate(0, 1) }, http2.ErrCodeEnhanceYourCalm, 0},
	"WINDOW_UPDATE of a stream": {20_000, func(p *rawHTTP2, i int) error {
		if i == 0 {
			_ = p.open(1, "Turn")
		}
		return p.WriteWindowUpdate(1, 1)
	}, http2.ErrCodeEnhanceYourCalm, 1},
	"unknown frames": {20_000, func(p *rawHTTP2, i int) error {
		return p.WriteRawFrame(http2.FrameType(10+i%200), 0, uint32(i), nil)
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"GOAWAY": {20_000, func(p *rawHTTP2, i int) error {
		return p.WriteGoAway(0, http2.ErrCodeNo, nil)
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"streams over the limit": {20_000, func(p *rawHTTP2, i int) error { return p.open(uint32(2*i+1), "Turn") }, http2.ErrCodeEnhanceYourCalm, 1024},
	"CONTINUATION without end": {10_000, func(p *rawHTTP2, i int) error {
		if i == 0 {
			return p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: p.fields(callFields("Echo")...)})
		}
		return p.WriteContinuation(1, false, p.fields("x", "y"))
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"empty CONTINUATION": {10_000, func(p *rawHTTP2, i int) error {
		if i == 0 {
			return p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: p.fields(callFields("Echo")...)})
		}
		return p.WriteContinuation(1, false, nil)
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"large CONTINUATION": {10_000, func(p *rawHTTP2, i int) error {
		if i == 0 {
			return p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: p.fields(callFields("Echo")...)})
		}
		return p.WriteContinuation(1, false, bytes.Repeat(p.fields("x", strings.Repeat("y", 1000)), 10))
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"an HPACK bomb": {10_000, func(p *rawHTTP2, i int) error { // many references to one large field
		if i == 0 {
			block := append(p.fields(callFields("Echo")...), p.fields("bomb", strings.Repeat("b", 3900))...)
			return p.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block})
		}
		return p.WriteContinuation(1, false, bytes.Repeat([]byte{0x80 | 62}, 16<<10))
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"table sizes": {10_000, func(p *rawHTTP2, i int) error { // an update of the table's size in each block, and too large a one in the end
		size := uint64(i % 4096)
		if i == 5000 {
			size = 1 << 20
		}
		return p.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), EndHeaders: true,
			BlockFragment: append(tableSize(size), p.fields(callFields("Unknown")...)...)})
	}, http2.ErrCodeCompression, 0},
	"a window that overflows": {10, func(p *rawHTTP2, i int) error { return p.WriteWindowUpdate(0, 1<<31-1) }, http2.ErrCodeFlowControl, 0},
	"settings that overflow": {3, func(p *rawHTTP2, i int) error {
		if i == 0 {
			_ = p.open(1, "Turn")
			return p.WriteWindowUpdate(1, 1<<31-1-65535)
		}
		return p.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1})
	}, http2.ErrCodeFlowControl, 1},
	"more than the window": {10, func(p *rawHTTP2, i int) error {
		if i == 0 {
			_ = p.open(1, "Turn")
		}
		return p.WriteData(1, false, make([]byte, 1<<14))
	}, http2.ErrCodeNo, 1}, // the stream is reset, and the connection goes on
	"too many settings": {1, func(p *rawHTTP2, i int) error {
		return p.WriteSettings(make([]http2.Setting, 101)...)
	}, http2.ErrCodeEnhanceYourCalm, 0},
	"a large frame": {1, func(p *rawHTTP2, i int) error {
		return p.WriteRawFrame(http2.FrameData, 0, 1, make([]byte, 1<<14+1))
	}, http2.ErrCodeFrameSize, 0},
}

// tableSize returns an update of the size of the table of HPACK.
func tableSize(n uint64) []byte {
	if n < 31 {
		return []byte{0x20 | byte(n)}
	}
	return binary.AppendUvarint([]byte{0x3f}, n-31)
}

// TestGRPCFloods: a client that makes a server work without end is told to calm down, and gets no further. Meanwhile the connection holds little
// memory.
func TestGRPCFloods(t *testing.T) {
	parallel(t)
	for name, c := range floods {
		t.Run(name, func(t *testing.T) {
			b := &notebook{}
			attacked(t, b, func(t *testing.T, server *running) {
				p := dialHTTP2(t, server.address)
				most, start := int64(0), time.Now()
				e := p.flood(c.frames, func(i int) error {
					if i%500 == 0 {
						most = max(most, server.MemoryUsed())
					}
					return c.write(p, i)
				})
				// Streams that are reset are counted by the second, so that it is a matter of the host whether there are too many.
				slow := c.frames == resets && resets <= resetsInSecond*(2+int(time.Since(start)/time.Second))
				if !slow || e.said {
					require.Equal(t, c.code, e.code, "%+v", e)
					require.Equal(t, c.code != http2.ErrCodeNo, e.said, "%+v", e)
				}
				require.LessOrEqual(t, b.started.Load(), c.most)
				require.Less(t, most, int64(16<<20))
			})
		})
	}
}

// TestGRPCUnreadFloods: a client that reads no answers gets no further than a thousand of them, and takes no memory without end.
func TestGRPCUnreadFloods(t *testing.T) {
	parallel(t)
	for name, write := range map[string]func(p *rawHTTP2, i int) error{
		"PING":     func(p *rawHTTP2, i int) error { return p.WritePing(false, [8]byte{byte(i)}) },
		"SETTINGS": func(p *rawHTTP2, i int) error { return p.WriteSettings() },
		"refused":  func(p *rawHTTP2, i int) error { return p.open(uint32(2*i+1), "Unknown", "x", fmt.Sprint(i)) },
		"DATA": func(p *rawHTTP2, i int) error {
			if i == 0 {
				_ = p.open(1, "Unknown")
			}
			return p.WriteData(1, false, make([]byte, 100))
		},
	} {
		t.Run(name, func(t *testing.T) {
			attacked(t, &notebook{}, func(t *testing.T, server *running) {
				p := dialHTTP2(t, server.address)
				most := int64(0)
				for i := 0; i < 300_000; i++ {
					if i%1000 == 0 {
						most = max(most, server.MemoryUsed())
					}
					if write(p, i) != nil {
						break
					}
				}
				require.Less(t, most, int64(16<<20))
				_ = p.conn.Close()
			}, rpc.WithWriteTimeout(500*time.Millisecond))
		})
	}
}

// TestGRPCDribble: a preface, a frame, a header list that come a byte at a time take no longer than the server waits.
func TestGRPCDribble(t *testing.T) {
	parallel(t)
	var block bytes.Buffer
	f := http2.NewFramer(&block, nil)
	p := newRaw(t, nil)
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: p.fields(callFields("Echo")...), EndHeaders: true})
	begin := http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	for name, c := range map[string]struct{ first, rest string }{
		"preface": {"", begin},
		"frame":   {begin, "\x00\x00\x08\x06\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 8)},
		"headers": {begin, block.String()},
		"list":    {begin + "\x00\x00\x01\x01\x00\x00\x00\x00\x01\x83", strings.Repeat("\x00\x00\x00\x09\x00\x00\x00\x00\x01", 60)},
	} {
		t.Run(name, func(t *testing.T) {
			attacked(t, &notebook{}, func(t *testing.T, server *running) {
				conn := dial(t, server.address)
				_, err := io.WriteString(conn, c.first)
				require.NoError(t, err)
				go func() {
					for i := range c.rest {
						if _, err := conn.Write([]byte{c.rest[i]}); err != nil {
							return
						}
						time.Sleep(50 * time.Millisecond)
					}
				}()
				_, err = io.Copy(io.Discard, conn)
				require.False(t, isTimeout(err), "the server waits without end")
				require.Less(t, server.MemoryUsed(), int64(1<<20))
			}, rpc.WithReadTimeout(300*time.Millisecond))
		})
	}
}

// TestGRPCLongHeaders: a header list over the limit is answered with a status of HTTP, and the connection goes on; one that is much longer, or has
// a single field over the limit, ends it.
func TestGRPCLongHeaders(t *testing.T) {
	parallel(t)
	attacked(t, &notebook{}, func(t *testing.T, server *running) {
		p := dialHTTP2(t, server.address)
		var long []string
		for i := range 25 {
			long = append(long, fmt.Sprint("x-", i), strings.Repeat("v", 3000))
		}
		send := func(id uint32, fields []string) {
			block := bytes.Clone(p.fields(fields...))
			first := true
			for len(block) > 0 || first {
				n := min(len(block), 1<<14)
				if first {
					p.must(p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block[:n], EndHeaders: n == len(block)}))
				} else {
					p.must(p.WriteContinuation(id, n == len(block), block[:n]))
				}
				block, first = block[n:], false
			}
		}
		send(1, callFields("Echo", long...))
		a, err := p.await(1)
		require.NoError(t, err)
		require.Equal(t, "431", a.headers[":status"])
		p.must(p.open(3, "Echo"))
		p.must(p.WriteData(3, true, packed("x")))
		require.Equal(t, "0", p.status(3))
		send(5, callFields("Echo", "x", strings.Repeat("v", 70_000)))
		_, err = p.await(5)
		require.ErrorContains(t, err, "COMPRESSION_ERROR")
	})
}

// TestGRPCSmallWindows: a client that lets the server send nothing, or a byte at a time, holds a handler's reply no longer than the server
// waits, and no other call of the connection.
func TestGRPCSmallWindows(t *testing.T) {
	parallel(t)
	for _, method := range []string{"Echo", "Count", "Turn"} {
		for _, step := range []uint32{0, 1} {
			t.Run(fmt.Sprint(method, " ", step), func(t *testing.T) {
				attacked(t, &notebook{}, func(t *testing.T, server *running) {
					p := dialHTTP2(t, server.address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: step})
					p.must(p.open(1, method))
					text := strings.Repeat("long", 1000)
					if method == "Count" {
						text = "endless" + text
					}
					p.must(p.WriteData(1, method != "Turn", packed(text)))
					p.must(p.open(3, "Echo")) // whose reply is in the window
					p.must(p.WriteWindowUpdate(3, 100))
					p.must(p.WriteData(3, true, packed("x")))
					require.Equal(t, "0", p.status(3))
					done := make(chan struct{})
					go func() {
						defer close(done)
						for step > 0 && p.WriteWindowUpdate(1, step) == nil {
							time.Sleep(5 * time.Millisecond)
						}
					}()
					a, _ := p.await(1)
					require.False(t, a.complete)
					require.NotNil(t, a.reset)
					_ = p.conn.Close()
					<-done
				}, rpc.WithWriteTimeout(200*time.Millisecond))
			})
		}
	}
	t.Run("other requests", func(t *testing.T) {
		attacked(t, &notebook{}, func(t *testing.T, server *running) {
			p := dialHTTP2(t, server.address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
			for i := range 500 {
				p.must(p.headers(uint32(2*i+1), true, ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "x"))
			}
			for i := range 500 {
				if _, err := p.await(uint32(2*i + 999)); err != nil || i == 0 {
					break
				}
			}
			settle(t, func() string {
				if used := server.MemoryUsed(); used > 1<<20 {
					return fmt.Sprintf("%d bytes are held", used)
				}
				return ""
			})
		}, rpc.WithWriteTimeout(200*time.Millisecond))
	})
}

// TestGRPCHalfClosed: unary calls whose request does not end, and streams with a message that does not, end with a status, and take nothing from
// others.
func TestGRPCHalfClosed(t *testing.T) {
	parallel(t)
	const busy = 250 * time.Millisecond // so long may a busy machine take between two parts of a frame
	for _, method := range []string{"Echo", "Join", "Turn"} {
		for _, n := range []int{0, 1, 4, 5, len(packed("abc")) - 1} { // of a prefix of five bytes and a message
			t.Run(fmt.Sprint(method, n), func(t *testing.T) {
				if n == 0 && method != "Echo" {
					return // a stream may wait as long as it likes
				}
				attacked(t, &notebook{}, func(t *testing.T, server *running) {
					p := dialHTTP2(t, server.address)
					p.must(p.open(1, method))
					p.must(p.WriteData(1, false, packed("abc")[:n]))
					a, err := p.await(1)
					require.NoError(t, err)
					require.Equal(t, "4", a.headers["grpc-status"], "%v", a)
					p.must(p.open(3, "Echo"))
					p.must(p.WriteData(3, true, packed("x")))
					require.Equal(t, "0", p.status(3))
				}, rpc.WithReadTimeout(busy))
			})
		}
	}
	t.Run("idle stream", func(t *testing.T) {
		attacked(t, &notebook{}, func(t *testing.T, server *running) {
			p := dialHTTP2(t, server.address)
			p.must(p.open(1, "Turn"))
			for range 5 {
				time.Sleep(busy + busy/2)
				p.must(p.WriteData(1, false, packed("x")))
			}
			p.must(p.WriteData(1, true, nil))
			require.Equal(t, "0", p.status(1))
		}, rpc.WithReadTimeout(busy))
	})
}

// TestGRPCDeadlinesOfStreams: a handler that waits for a client, in either direction, ends when the client's time is over, although that does
// nothing.
func TestGRPCDeadlinesOfStreams(t *testing.T) {
	parallel(t)
	for _, method := range []string{"Count", "Join", "Turn"} {
		t.Run(method, func(t *testing.T) {
			b := &notebook{}
			attacked(t, b, func(t *testing.T, server *running) {
				p := dialHTTP2(t, server.address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
				p.must(p.open(1, method, "grpc-timeout", "100m"))
				p.must(p.WriteData(1, method == "Count", packed("endless")))
				a, err := p.await(1)
				require.NoError(t, err)
				require.Equal(t, "4", a.headers["grpc-status"], "%v", a)
				settle(t, func() string {
					if b.running.Load() > 0 {
						return "the handler goes on"
					}
					return ""
				})
			}, rpc.WithWriteTimeout(0), rpc.WithReadTimeout(0))
		})
	}
}

// TestGRPCMetadataMemory: what header lists expand to counts for what calls of a connection may hold.
func TestGRPCMetadataMemory(t *testing.T) {
	parallel(t)
	attacked(t, &notebook{}, func(t *testing.T, server *running) {
		p := dialHTTP2(t, server.address)
		refused := 0
		var large []byte
		large = append(large, p.fields(callFields("Turn")...)...)
		large = append(large, p.fields("bomb-bin", strings.Repeat("b", 2900))...)
		for i := range 500 {
			if i > 0 {
				large = append(bytes.Clone(p.fields(callFields("Turn")...)), bytes.Repeat([]byte{0x80 | 62}, 20)...)
			}
			p.must(p.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: large, EndHeaders: true}))
		}
		p.must(p.WritePing(false, [8]byte{1}))
		for {
			frame, err := p.ReadFrame()
			require.NoError(t, err)
			if f, ok := frame.(*http2.MetaHeadersFrame); ok && f.StreamEnded() {
				refused++
			}
			if f, ok := frame.(*http2.PingFrame); ok && f.IsAck() {
				break
			}
		}
		require.Greater(t, refused, 300)
		_ = p.conn.Close()
	}, rpc.WithLimits(rpc.Limits{MaxPending: 4 << 20}))
}
