package rpc_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/tagwire/tagwire/rpc"
)

// note is the message of the tests of gRPC.
type note struct {
	Text string `protobuf:"1"`
}

// notes is the contract of the service test.Notes.
type notes struct {
	Echo  func(ctx context.Context, n *note) (*note, error)
	Count func(ctx context.Context, n *note) iter.Seq2[*note, error]
	Join  func(ctx context.Context, all iter.Seq2[*note, error]) (*note, error)
	Turn  func(ctx context.Context, all iter.Seq2[*note, error]) iter.Seq2[*note, error]
}

// notebook is what a server of notes has seen.
type notebook struct {
	started, running atomic.Int64 // handlers
	hook             func(ctx context.Context, text string) error
}

// enter is called by each handler, and what it returns when the handler ends.
func (b *notebook) enter() (leave func()) {
	b.started.Add(1)
	b.running.Add(1)
	return func() { b.running.Add(-1) }
}

func (b *notebook) at(ctx context.Context, text string) error {
	if b.hook == nil {
		return nil
	}
	return b.hook(ctx, text)
}

// service returns the service test.Notes.
func (b *notebook) service() []*rpc.Service {
	svc := rpc.NewService("test.Notes")
	rpc.Implement[notes](svc, &notes{
		Echo: func(ctx context.Context, n *note) (*note, error) {
			defer b.enter()()
			return n, b.at(ctx, n.Text)
		},
		Count: func(ctx context.Context, n *note) iter.Seq2[*note, error] {
			return func(yield func(*note, error) bool) {
				defer b.enter()()
				for i := 0; i < 1000 || strings.HasPrefix(n.Text, "endless"); i++ {
					if err := b.at(ctx, n.Text); err != nil {
						yield(nil, err)
						return
					}
					if !yield(n, nil) {
						return
					}
				}
			}
		},
		Join: func(ctx context.Context, all iter.Seq2[*note, error]) (*note, error) {
			defer b.enter()()
			joined := &note{}
			for n, err := range all {
				if err != nil {
					return nil, err
				}
				joined.Text += n.Text
			}
			return joined, b.at(ctx, joined.Text)
		},
		Turn: func(ctx context.Context, all iter.Seq2[*note, error]) iter.Seq2[*note, error] {
			return func(yield func(*note, error) bool) {
				defer b.enter()()
				for n, err := range all {
					if err == nil {
						err = b.at(ctx, n.Text)
					}
					if !yield(n, err) || err != nil {
						return
					}
				}
			}
		},
	}, rpc.Protobuf())
	return []*rpc.Service{svc}
}

// serveNotes runs a server of notes until the test ends, and checks then that no handler and no memory of connections is left.
func serveNotes(t testing.TB, b *notebook, options ...rpc.ServerOption) *running {
	t.Helper()
	server := serve(t, b.service(), options...)
	t.Cleanup(func() {
		_ = server.Close()
		settle(t, func() string {
			if n := b.running.Load(); n != 0 {
				return fmt.Sprintf("%d handlers are left", n)
			}
			if used := server.MemoryUsed(); used != 0 {
				return fmt.Sprintf("%d bytes of connections are left", used)
			}
			return ""
		})
	})
	return server
}

// noteClient returns a client of notes.
func noteClient(t testing.TB, address string, options ...rpc.ClientOption) *notes {
	t.Helper()
	_, client := noteClientOf(t, address, options...)
	return client
}

func noteClientOf(t testing.TB, address string, options ...rpc.ClientOption) (*rpc.Client, *notes) {
	t.Helper()
	client := new(notes)
	made := connect(t, address, append([]rpc.ClientOption{rpc.WithTransport(rpc.GRPC), rpc.WithService("test.Notes"),
		rpc.WithContract(client, rpc.Protobuf()), rpc.WithTimeout(patience)}, options...)...)
	return made, client
}

// mustServe checks that a server answers another client.
func mustServe(t testing.TB, address string) {
	t.Helper()
	got, err := noteClient(t, address).Echo(context.Background(), &note{"healthy"})
	if err != nil || got.Text != "healthy" {
		t.Errorf("the server does not serve others: %v %v", got, err)
	}
}

// packed returns a message with its prefix.
func packed(text string) []byte {
	body := append([]byte{0x0a}, binary.AppendUvarint(nil, uint64(len(text)))...)
	body = append(body, text...)
	return prefixed(0, body)
}

// prefixed returns a body with the prefix of gRPC.
func prefixed(compressed byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{compressed}, uint32(len(body))), body...)
}

// rawHTTP2 is one end of a connection of HTTP/2, for tests that write frames.
type rawHTTP2 struct {
	*http2.Framer
	t     testing.TB
	conn  net.Conn
	block bytes.Buffer
	*hpack.Encoder
}

func newRaw(t testing.TB, conn net.Conn) *rawHTTP2 {
	p := &rawHTTP2{t: t, conn: conn, Framer: http2.NewFramer(conn, conn)}
	p.AllowIllegalWrites = true
	p.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	p.Encoder = hpack.NewEncoder(&p.block)
	return p
}

// dialHTTP2 makes a connection to a server, and sends what it begins with.
func dialHTTP2(t testing.TB, address string, settings ...http2.Setting) *rawHTTP2 {
	t.Helper()
	p := newRaw(t, dial(t, address))
	_, err := io.WriteString(p.conn, http2.ClientPreface)
	require.NoError(t, err)
	require.NoError(t, p.WriteSettings(settings...))
	return p
}

// fields compresses a header list of names and values.
func (p *rawHTTP2) fields(namesAndValues ...string) []byte {
	p.block.Reset()
	for i := 0; i < len(namesAndValues); i += 2 {
		_ = p.WriteField(hpack.HeaderField{Name: namesAndValues[i], Value: namesAndValues[i+1]})
	}
	return p.block.Bytes()
}

// headers sends a header list as one frame.
func (p *rawHTTP2) headers(id uint32, end bool, namesAndValues ...string) error {
	return p.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: p.fields(namesAndValues...), EndStream: end, EndHeaders: true})
}

// callFields are those of a call of a method of test.Notes.
func callFields(method string, more ...string) []string {
	return append([]string{":method", "POST", ":scheme", "http", ":path", "/test.Notes/" + method, ":authority", "test",
		"content-type", "application/grpc", "te", "trailers"}, more...)
}

// open begins a call.
func (p *rawHTTP2) open(id uint32, method string, more ...string) error {
	return p.headers(id, false, callFields(method, more...)...)
}

// must fails the test.
func (p *rawHTTP2) must(err error) {
	p.t.Helper()
	require.NoError(p.t, err)
}

// answer is what came on a stream.
type answer struct {
	headers  map[string]string // and trailers
	data     []byte
	reset    *http2.RSTStreamFrame
	complete bool // END_STREAM has come
}

// await reads until a stream has ended, and returns what came on it. failure is the error of a connection that ends, or its GOAWAY frame.
func (p *rawHTTP2) await(id uint32) (a answer, failure error) {
	a.headers = map[string]string{}
	for {
		frame, err := p.ReadFrame()
		if err != nil {
			return a, err
		}
		switch f := frame.(type) {
		case *http2.GoAwayFrame:
			if f.ErrCode != http2.ErrCodeNo {
				return a, http2.GoAwayError{LastStreamID: f.LastStreamID, ErrCode: f.ErrCode, DebugData: string(f.DebugData())}
			}
		case *http2.MetaHeadersFrame:
			if f.StreamID == id {
				for _, field := range f.Fields {
					a.headers[field.Name] = field.Value
				}
				a.complete = f.StreamEnded()
			}
		case *http2.DataFrame:
			if f.StreamID == id {
				a.data = append(a.data, f.Data()...)
				a.complete = f.StreamEnded()
			}
		case *http2.RSTStreamFrame:
			if f.StreamID == id {
				a.reset = f
				return a, nil
			}
		}
		if a.complete {
			return a, nil
		}
	}
}

// status waits for the end of a call, and returns its status.
func (p *rawHTTP2) status(id uint32) string {
	p.t.Helper()
	a, err := p.await(id)
	if err != nil {
		p.t.Errorf("stream %d: %v", id, err)
	}
	return a.headers["grpc-status"]
}

// ending is how a connection has ended.
type ending struct {
	code   http2.ErrCode // of GOAWAY
	said   bool          // there was one
	reason string
	frames map[http2.FrameType]int // that came
}

// flood sends what write writes, n times, while all that comes is read, and returns how the connection has ended. Where the peer does not
// end it, fin does, or else the test.
func (p *rawHTTP2) flood(n int, write func(i int) error) (e ending) {
	p.t.Helper()
	var group sync.WaitGroup
	group.Add(1)
	e.frames = map[http2.FrameType]int{}
	go func() {
		defer group.Done()
		for {
			frame, err := p.ReadFrame()
			if err != nil {
				return
			}
			e.frames[frame.Header().Type]++
			if f, ok := frame.(*http2.GoAwayFrame); ok {
				e.code, e.said, e.reason = f.ErrCode, true, string(f.DebugData())
			}
		}
	}()
	for i := range n {
		if err := write(i); err != nil {
			break
		}
	}
	if half, ok := p.conn.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
	group.Wait()
	return e
}

// attacked runs a server, has it attacked, and checks that it serves others meanwhile, and that nothing is left afterwards. The
// server's log must not tell of a panic.
func attacked(t *testing.T, b *notebook, attack func(t *testing.T, server *running), options ...rpc.ServerOption) {
	t.Helper()
	noLeaks(t)
	server := serveNotes(t, b, options...)
	attack(t, server)
	mustServe(t, server.address)
	if log := server.log.String(); strings.Contains(log, "panicked") {
		t.Error(log)
	}
}

// within returns a context that only a hang outlives.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}
