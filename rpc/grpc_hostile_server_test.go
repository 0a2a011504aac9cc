package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/tagwire/tagwire/rpc"
)

// fakeHTTP2 is a server of HTTP/2 that does what a test says with each connection, after the settings.
func fakeHTTP2(t testing.TB, script func(p *rawHTTP2), settings ...http2.Setting) (address string, connections *atomic.Int64) {
	t.Helper()
	return fake(t, func(conn net.Conn) {
		if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		p := newRaw(t, conn)
		if p.WriteSettings(settings...) == nil {
			script(p)
		}
	})
}

// request waits for a request, all of it, and returns its stream's id; 0 if the client has gone.
func (p *rawHTTP2) request() (id uint32) {
	for {
		frame, err := p.ReadFrame()
		if err != nil {
			return 0
		}
		switch f := frame.(type) {
		case *http2.PingFrame:
			if !f.IsAck() {
				_ = p.WritePing(true, f.Data)
			}
		case *http2.MetaHeadersFrame:
			if f.StreamEnded() {
				return f.StreamID
			}
		case *http2.DataFrame:
			if f.StreamEnded() {
				return f.StreamID
			}
		}
	}
}

// drain reads until the client has gone.
func (p *rawHTTP2) drain() {
	for {
		if _, err := p.ReadFrame(); err != nil {
			return
		}
	}
}

// hangUp ends the sending, and waits until the client has gone, or for a while: to close before it has read all would reset the connection.
func (p *rawHTTP2) hangUp(drained <-chan struct{}) {
	if half, ok := p.conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		select {
		case <-drained:
		case <-time.After(time.Second):
		}
	}
}

var replyFields = []string{":status", "200", "content-type", "application/grpc"}

// reply answers a call.
func (p *rawHTTP2) reply(id uint32, text string) {
	_ = p.headers(id, false, replyFields...)
	_ = p.WriteData(id, false, packed(text))
	_ = p.headers(id, true, "grpc-status", "0")
}

// hostileServers are what a server does when it has read a request. codes are those that the call may end with; none is a success.
var hostileServers = map[string]struct {
	does  func(p *rawHTTP2, id uint32)
	codes []rpc.Code
}{
	"trailers twice": {func(p *rawHTTP2, id uint32) {
		p.reply(id, "x")
		_ = p.headers(id, true, "grpc-status", "13")
		_ = p.headers(id, true, "grpc-status", "13")
	}, nil},
	"headers behind headers": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, replyFields...)
		_ = p.headers(id, false, replyFields...)
	}, []rpc.Code{rpc.CodeInternal}},
	"no :status": {func(p *rawHTTP2, id uint32) { _ = p.headers(id, false, "content-type", "application/grpc") }, []rpc.Code{rpc.CodeInternal}},
	"another :status": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, ":status", "2x0", "content-type", "application/grpc")
	}, []rpc.Code{rpc.CodeInternal}},
	"fields of a request": {func(p *rawHTTP2, id uint32) { _ = p.headers(id, true, callFields("Echo")...) }, []rpc.Code{rpc.CodeInternal}},
	"no grpc-status": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, replyFields...)
		_ = p.WriteData(id, false, packed("x"))
		_ = p.headers(id, true, "x", "y")
	}, []rpc.Code{rpc.CodeUnknown}},
	"no trailers": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, replyFields...)
		_ = p.WriteData(id, true, packed("x"))
	}, []rpc.Code{rpc.CodeInternal}},
	"DATA first": {func(p *rawHTTP2, id uint32) { _ = p.WriteData(id, false, packed("x")) }, []rpc.Code{rpc.CodeInternal}},
	"DATA alone": {func(p *rawHTTP2, id uint32) { _ = p.WriteData(id, true, nil) }, []rpc.Code{rpc.CodeInternal}},
	"text": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, ":status", "200", "content-type", "text/html")
		_ = p.WriteData(id, true, []byte("<html>"))
	}, []rpc.Code{rpc.CodeUnknown}},
	"busy": {func(p *rawHTTP2, id uint32) { _ = p.headers(id, true, ":status", "503") }, []rpc.Code{rpc.CodeClosed}},
	"too much data": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, slices.Concat(replyFields, []string{"content-length", "3"})...)
		_ = p.WriteData(id, false, packed("x"))
	}, []rpc.Code{rpc.CodeInternal}},
	"1xx": {func(p *rawHTTP2, id uint32) {
		for range 20_000 {
			if p.headers(id, false, ":status", "100") != nil {
				return
			}
		}
	}, []rpc.Code{rpc.CodeClosed}},
	"a few 1xx": {func(p *rawHTTP2, id uint32) {
		for range 100 {
			_ = p.headers(id, false, ":status", "103", "link", "x")
		}
		p.reply(id, "x")
	}, nil},
	"long headers": {func(p *rawHTTP2, id uint32) {
		block := p.fields(append([]string{"x", strings.Repeat("v", 40_000), "y", strings.Repeat("v", 40_000)}, replyFields[2:]...)...)
		block = append(append([]byte{}, 0x88), block...)
		_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block[:1<<14]})
		for block = block[1<<14:]; ; block = block[1<<14:] {
			if len(block) <= 1<<14 {
				_ = p.WriteContinuation(id, true, block)
				return
			}
			_ = p.WriteContinuation(id, false, block[:1<<14])
		}
	}, []rpc.Code{rpc.CodeLimit}},
	"endless headers": {func(p *rawHTTP2, id uint32) {
		_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: p.fields(replyFields...)})
		for range 1000 {
			if p.WriteContinuation(id, false, p.fields("x", strings.Repeat("v", 1000))) != nil {
				return
			}
		}
	}, []rpc.Code{rpc.CodeClosed}},
	"garbage for headers": {func(p *rawHTTP2, id uint32) {
		_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: []byte("\xff\xff\xff\xff\xff\xff\xff"), EndHeaders: true})
	}, []rpc.Code{rpc.CodeClosed}},
	"a push": {func(p *rawHTTP2, id uint32) {
		_ = p.WritePushPromise(http2.PushPromiseParam{StreamID: id, PromiseID: 2, BlockFragment: p.fields(callFields("Echo")...), EndHeaders: true})
	}, []rpc.Code{rpc.CodeClosed}},
	"a stream of its own":       {func(p *rawHTTP2, id uint32) { _ = p.headers(2, false, callFields("Echo")...) }, []rpc.Code{rpc.CodeClosed}},
	"streams that are not open": {func(p *rawHTTP2, id uint32) { p.reply(id+1000, "x") }, []rpc.Code{rpc.CodeClosed}},
	"a reset that is not open":  {func(p *rawHTTP2, id uint32) { _ = p.WriteRSTStream(id+1000, 0) }, []rpc.Code{rpc.CodeClosed}},
	"GOAWAY":                    {func(p *rawHTTP2, id uint32) { _ = p.WriteGoAway(0, http2.ErrCodeNo, nil) }, []rpc.Code{rpc.CodeClosed}},
	"GOAWAY of a strange id": {func(p *rawHTTP2, id uint32) {
		_ = p.WriteGoAway(2, http2.ErrCodeNo, nil)
		_ = p.WriteGoAway(1<<31-1, http2.ErrCodeInternal, []byte("debug"))
		_ = p.WriteGoAway(7, http2.ErrCodeNo, nil)
		p.reply(id, "x")
	}, nil},
	"a late GOAWAY": {func(p *rawHTTP2, id uint32) {
		_ = p.WriteGoAway(id, http2.ErrCodeNo, nil)
		p.reply(id, "x")
	}, nil},
	"RST_STREAM":         {func(p *rawHTTP2, id uint32) { _ = p.WriteRSTStream(id, http2.ErrCodeNo) }, []rpc.Code{rpc.CodeInternal}},
	"RST_STREAM, cancel": {func(p *rawHTTP2, id uint32) { _ = p.WriteRSTStream(id, http2.ErrCodeCancel) }, []rpc.Code{rpc.CodeCanceled}},
	"RST_STREAM, refused": {func(p *rawHTTP2, id uint32) {
		_ = p.WriteRSTStream(id, http2.ErrCodeRefusedStream)
	}, []rpc.Code{rpc.CodeClosed}},
	"two replies": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, replyFields...)
		_ = p.WriteData(id, false, append(packed("x"), packed("y")...))
		_ = p.headers(id, true, "grpc-status", "0")
	}, []rpc.Code{rpc.CodeProtocolError, rpc.CodeInternal, rpc.CodeUnknownMethod}},
	"half a reply": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, replyFields...)
		_ = p.WriteData(id, false, packed("x")[:6])
		_ = p.headers(id, true, "grpc-status", "0")
	}, []rpc.Code{rpc.CodeProtocolError, rpc.CodeInternal}},
	"half a prefix": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, replyFields...)
		_ = p.WriteData(id, false, packed("x")[:3])
		_ = p.headers(id, true, "grpc-status", "0")
	}, []rpc.Code{rpc.CodeProtocolError, rpc.CodeInternal}},
	"a reply of 4 GiB": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, replyFields...)
		_ = p.WriteData(id, false, []byte{0, 0xff, 0xff, 0xff, 0xff, 1})
	}, []rpc.Code{rpc.CodeLimit}},
	"compressed, and not how": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, replyFields...)
		_ = p.WriteData(id, false, prefixed(1, []byte{10, 1, 'x'}))
		_ = p.headers(id, true, "grpc-status", "0")
	}, []rpc.Code{rpc.CodeInternal}},
	"garbage for a reply": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, replyFields...)
		_ = p.WriteData(id, false, prefixed(0, []byte{0xff, 0xff, 0xff}))
		_ = p.headers(id, true, "grpc-status", "0")
	}, []rpc.Code{rpc.CodeInvalidReply}},
	"a strange status": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, true, slices.Concat(replyFields, []string{"grpc-status", "99999999999999999999", "grpc-message", "%zz%"})...)
	}, []rpc.Code{rpc.CodeUnknown}},
	"strange details": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "3", "grpc-status-details-bin", "!!!")
	}, []rpc.Code{rpc.CodeInternal}},
	"the end":      {func(p *rawHTTP2, id uint32) { _ = p.conn.Close() }, []rpc.Code{rpc.CodeClosed}},
	"garbage":      {func(p *rawHTTP2, id uint32) { _, _ = io.WriteString(p.conn, strings.Repeat("garbage!", 100)) }, []rpc.Code{rpc.CodeClosed}},
	"half a frame": {func(p *rawHTTP2, id uint32) { _, _ = p.conn.Write(make([]byte, 5)); _ = p.conn.Close() }, []rpc.Code{rpc.CodeClosed}},
	"more than the window": {func(p *rawHTTP2, id uint32) {
		_ = p.headers(id, false, replyFields...)
		_ = p.WriteData(id, false, []byte{0, 0, 0x7f, 0, 0})
		for range 2000 {
			if p.WriteData(id, false, make([]byte, 1<<14)) != nil {
				return
			}
		}
	}, []rpc.Code{rpc.CodeLimit, rpc.CodeProtocolError, rpc.CodeInternal, rpc.CodeClosed}},
	"a window that overflows": {func(p *rawHTTP2, id uint32) { _ = p.WriteWindowUpdate(0, 1<<31-1) }, []rpc.Code{rpc.CodeClosed}},
	"PING": {func(p *rawHTTP2, id uint32) {
		for range 20_000 {
			if p.WritePing(false, [8]byte{1}) != nil {
				return
			}
		}
	}, []rpc.Code{rpc.CodeClosed}},
	"SETTINGS": {func(p *rawHTTP2, id uint32) {
		for range 20_000 {
			if p.WriteSettings() != nil {
				return
			}
		}
	}, []rpc.Code{rpc.CodeClosed}},
	"wrong settings": {func(p *rawHTTP2, id uint32) {
		_ = p.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1})
	}, []rpc.Code{rpc.CodeClosed}},
}

// TestGRPCHostileServers: whatever a server does, a call ends with a success where that was possible, or an error that says something, in time; and
// so does a stream. The client goes on with another connection.
func TestGRPCHostileServers(t *testing.T) {
	parallel(t)
	for name, c := range hostileServers {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			var healed atomic.Bool
			address, connections := fakeHTTP2(t, func(p *rawHTTP2) {
				for id := p.request(); id != 0; id = p.request() {
					if healed.Load() {
						p.reply(id, "healed")
						continue
					}
					drained := make(chan struct{})
					go func() {
						defer close(drained)
						p.drain()
					}()
					c.does(p, id)
					p.hangUp(drained)
					return
				}
			})
			client, log := new(notes), &quiet{}
			made := connect(t, address, rpc.WithTransport(rpc.GRPC), rpc.WithService("test.Notes"), rpc.WithContract(client, rpc.Protobuf()),
				rpc.WithTimeout(patience), rpc.WithLogger(log.logger()), rpc.WithoutEjection())
			got, err := client.Echo(within(t), &note{"request"})
			if c.codes == nil {
				require.NoError(t, err)
				require.Equal(t, "x", got.Text)
			} else {
				require.Contains(t, c.codes, codeOf(t, err), "%v", err)
			}
			for range 2 {
				last := error(nil)
				for n, err := range client.Count(within(t), &note{"request"}) {
					if last = err; err == nil {
						require.Contains(t, []string{"x", "y"}, n.Text)
					}
				}
				if last != nil {
					codeOf(t, last)
				}
			}
			healed.Store(true)
			settle(t, func() string {
				got, err := client.Echo(within(t), &note{"request"})
				if err != nil || got.Text != "healed" {
					return fmt.Sprint("the client does not go on: ", err)
				}
				return ""
			})
			require.NotContains(t, log.String(), "panic")
			require.Less(t, connections.Load(), int64(100))
			require.NoError(t, made.Close())
		})
	}
}

// TestGRPCSilentServers: a server that says nothing, or does not read, holds a call no longer than its deadline, and takes no more memory however
// many calls there are.
func TestGRPCSilentServers(t *testing.T) {
	parallel(t)
	for name, script := range map[string]func(p *rawHTTP2, stop <-chan struct{}){
		"reads":         func(p *rawHTTP2, _ <-chan struct{}) { p.drain() },
		"reads nothing": func(_ *rawHTTP2, stop <-chan struct{}) { <-stop },
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			stop := make(chan struct{})
			address, _ := fakeHTTP2(t, func(p *rawHTTP2) { script(p, stop) }, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
			t.Cleanup(func() { close(stop) })
			client := noteClient(t, address, rpc.WithoutEjection())
			for round := range 5 {
				require.NoError(t, errors.Join(together(100, func(int) error {
					ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
					defer cancel()
					_, err := client.Echo(ctx, &note{strings.Repeat("x", 5000)})
					if !errors.Is(err, context.DeadlineExceeded) {
						return fmt.Errorf("round %d: %w", round, err)
					}
					return nil
				})...))
			}
		})
	}
}

// TestGRPCRefusedThenGone: a call whose stream one server refuses as it goes, so that it cannot be connected to again, is made to another.
func TestGRPCRefusedThenGone(t *testing.T) {
	parallel(t)
	noLeaks(t)
	other := serveNotes(t, &notebook{})
	for range 20 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		served := make(chan struct{})
		go func() {
			defer close(served)
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = io.ReadFull(conn, make([]byte, len(http2.ClientPreface)))
			p := newRaw(t, conn)
			_ = p.WriteSettings()
			if id := p.request(); id != 0 {
				_ = listener.Close()
				_ = p.WriteGoAway(0, http2.ErrCodeNo, nil)
				p.drain()
			}
		}()
		client := noteClient(t, listener.Addr().String(), rpc.WithAddresses(other.address))
		for range 4 { // whichever comes first
			got, err := client.Echo(within(t), &note{"x"})
			require.NoError(t, err)
			require.Equal(t, "x", got.Text)
		}
		_ = listener.Close()
		<-served
	}
}

// TestGRPCKeepAlive: a server that does not answer pings is left.
func TestGRPCKeepAlive(t *testing.T) {
	parallel(t)
	noLeaks(t)
	var pinged atomic.Bool
	address, _ := fakeHTTP2(t, func(p *rawHTTP2) {
		for {
			frame, err := p.ReadFrame()
			if err != nil {
				return
			}
			if f, ok := frame.(*http2.PingFrame); ok && !f.IsAck() {
				pinged.Store(true)
			}
		}
	})
	client := noteClient(t, address, rpc.WithKeepAlive(rpc.KeepAlive{Interval: 100 * time.Millisecond, Timeout: 100 * time.Millisecond}))
	_, err := client.Echo(within(t), &note{"x"})
	require.Equal(t, rpc.CodeClosed, codeOf(t, err), "%v", err)
	require.True(t, pinged.Load())
}

// TestGRPCEarlyStatus: a server that answers before it has read a request ends the call, although that cannot be sent.
func TestGRPCEarlyStatus(t *testing.T) {
	parallel(t)
	noLeaks(t)
	reset := make(chan http2.ErrCode, 1)
	address, _ := fakeHTTP2(t, func(p *rawHTTP2) {
		for {
			frame, err := p.ReadFrame()
			if err != nil {
				return
			}
			switch f := frame.(type) {
			case *http2.MetaHeadersFrame:
				_ = p.headers(f.StreamID, true, slices.Concat(replyFields, []string{"grpc-status", "8", "grpc-message", "too long"})...)
			case *http2.RSTStreamFrame:
				reset <- f.ErrCode
			}
		}
	}, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 10})
	client := noteClient(t, address)
	_, err := client.Echo(within(t), &note{strings.Repeat("x", 100_000)})
	require.ErrorContains(t, err, "too long")
	require.Equal(t, http2.ErrCodeCancel, <-reset)
	_, err = client.Join(within(t), func(yield func(*note, error) bool) {
		for range 1000 {
			if !yield(&note{strings.Repeat("x", 1000)}, nil) {
				return
			}
		}
	})
	require.ErrorContains(t, err, "too long")
}

// TestGRPCFewStreams: calls wait for room where a server allows few streams, or none at first, and make no connections beyond the limit.
func TestGRPCFewStreams(t *testing.T) {
	parallel(t)
	for name, first := range map[string]uint32{"none": 0, "one": 1, "three": 3} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			open, most := atomic.Int64{}, atomic.Int64{}
			address, connections := fakeHTTP2(t, func(p *rawHTTP2) {
				var lock sync.Mutex
				var group sync.WaitGroup
				defer group.Wait()
				if id := p.request(); id != 0 {
					p.reply(id, "x") // and the client knows the settings
				}
				if first == 0 {
					time.Sleep(50 * time.Millisecond)
					_ = p.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 2})
				}
				for id := p.request(); id != 0; id = p.request() {
					if n := open.Add(1); n > most.Load() {
						most.Store(n)
					}
					group.Add(1)
					go func() {
						defer group.Done()
						time.Sleep(time.Millisecond)
						lock.Lock()
						defer lock.Unlock()
						open.Add(-1)
						p.reply(id, "x")
					}()
				}
			}, http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: first})
			client := noteClient(t, address, rpc.WithLimits(rpc.Limits{MaxConnections: 1}))
			_, err := client.Echo(within(t), &note{"first"})
			require.NoError(t, err)
			require.NoError(t, errors.Join(together(50, func(int) error {
				_, err := client.Echo(within(t), &note{"request"})
				return err
			})...))
			require.LessOrEqual(t, most.Load(), int64(max(first, 2)))
			require.Equal(t, int64(1), connections.Load())
		})
	}
}
