package rpc_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// mischief is what users' code does at one place, once, after a test has asked for it.
type mischief struct {
	place string
	once  atomic.Pointer[func()]
	done  chan struct{}
}

// at does the mischief if it was asked for at a place.
func (m *mischief) at(place string) {
	if m.place != place {
		return
	}
	if do := m.once.Swap(nil); do != nil {
		close(m.done)
		(*do)()
	}
}

func (m *mischief) ask(do func()) {
	m.done = make(chan struct{})
	m.once.Store(&do)
}

// modes are the ways in which users' code may fail to return. release ends those that block.
func modes(again func(), release chan struct{}) map[string]func() {
	return map[string]func(){
		"panic":                func() { panic("mischief") },
		"panic with nil error": func() { panic(error(nil)) },
		"exit":                 runtime.Goexit,
		"block":                func() { <-release },
		"call":                 again,
	}
}

// Touchy is a request to a server, or a reply to a client, that runs code when it is decoded; Plain is the same without.
type Touchy struct {
	Text  string  `frugal:"1"`
	Inner *Tender `frugal:"2"`
}

type Plain struct {
	Text  string     `frugal:"1"`
	Inner *PlainPart `frugal:"2"`
}

type PlainPart struct {
	Number int32 `frugal:"1"`
}

// Tender has an InitDefault that misbehaves when the test says so.
type Tender struct {
	Number int32 `frugal:"1"`
	own    *int
}

var tender atomic.Pointer[mischief]

func (t *Tender) InitDefault() {
	t.own = new(int) // which is why it is called for each value
	if m := tender.Load(); m != nil {
		m.at("InitDefault")
	}
}

// touchyError is an error whose methods misbehave.
type touchyError struct{ m *mischief }

func (e *touchyError) Error() string { e.m.at("Error"); return "touchy" }
func (e *touchyError) Unwrap() error { e.m.at("Unwrap"); return nil }

// touchyProtocol is another with code around it.
type touchyProtocol struct {
	rpc.Protocol
	m *mischief
}

func (p touchyProtocol) Name() string { p.m.at("Name"); return "touchy" }
func (p touchyProtocol) Detect(head [8]byte, l *rpc.Limits) bool {
	p.m.at("Detect")
	return head[0] == 'T'
}

func (p touchyProtocol) Read(r rpc.Reader, m *rpc.Message, l *rpc.Limits) error {
	p.m.at("Read")
	if _, err := r.Next(1); err != nil {
		return err
	}
	return p.Protocol.Read(r, m, l)
}

func (p touchyProtocol) Write(w rpc.Writer, m *rpc.Message, b rpc.Body, l *rpc.Limits) error {
	p.m.at("Write")
	buf, err := w.Malloc(1)
	if err != nil {
		return err
	}
	buf[0] = 'T'
	return p.Protocol.Write(w, m, b, l)
}

func (p touchyProtocol) Headers() bool { p.m.at("Headers"); return p.Protocol.Headers() }

// touchyHandler is a handler of log/slog.
type touchyHandler struct {
	slog.Handler
	m *mischief
}

func (h touchyHandler) Enabled(context.Context, slog.Level) bool { h.m.at("Enabled"); return true }
func (h touchyHandler) Handle(ctx context.Context, r slog.Record) error {
	h.m.at("Handle")
	return h.Handler.Handle(ctx, r)
}

// touchyConn is a connection of the user's.
type touchyConn struct {
	net.Conn
	m *mischief
}

func (c touchyConn) Read(p []byte) (int, error)  { c.m.at("conn.Read"); return c.Conn.Read(p) }
func (c touchyConn) Write(p []byte) (int, error) { c.m.at("conn.Write"); return c.Conn.Write(p) }
func (c touchyConn) Close() error                { defer c.m.at("conn.Close"); return c.Conn.Close() }

// touchyListener accepts such connections.
type touchyListener struct {
	net.Listener
	m *mischief
}

func (l touchyListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return touchyConn{conn, l.m}, nil
}

// touchyInterceptor is one for all that an interceptor is told.
func touchyInterceptor(m *mischief) rpc.Interceptor {
	return rpc.Interceptor{
		Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
			m.at("before next")
			err := next(ctx)
			m.at("after next")
			return err
		},
		Connection: func(e rpc.ConnectionEvent) { m.at(e.Kind.String()) },
		Rejected:   func(context.Context, *rpc.CallInfo, *rpc.Error) { m.at("rejected") },
	}
}

// touchy is the service of these tests.
func touchy(m *mischief) *rpc.Service {
	svc := rpc.NewService("Touchy")
	rpc.Handle(svc, "Touch", func(_ context.Context, req *Touchy) (*Plain, error) {
		m.at("handler")
		if req.Text == "fail" {
			return nil, &touchyError{m}
		}
		return &Plain{Text: req.Text}, nil
	})
	rpc.Handle(svc, "Plain", func(_ context.Context, req *Plain) (*Plain, error) { return req, nil })
	rpc.HandleOneway(svc, "Hint", func(context.Context, *Touchy) error {
		m.at("oneway handler")
		return nil
	})
	return svc
}

// TestMischiefOnServer: whatever users' code on a server does, wherever it runs, and on whatever connection: the process
// lives, the peer gets an answer or loses its connection, others are served, nothing is left behind, and the log says so.
func TestMischiefOnServer(t *testing.T) {
	places := map[string]struct {
		text     string // of the request
		silent   bool   // no answer and no line of the log are needed
		unlogged bool
	}{
		"handler": {}, "oneway handler": {silent: true}, "InitDefault": {}, "before next": {}, "after next": {},
		"Error": {text: "fail"}, "Unwrap": {text: "fail"},
		"opened": {silent: true}, "closed": {silent: true}, "broken": {text: "garbage", silent: true},
		"rejected": {text: "unknown"}, "Handle": {text: "garbage", silent: true, unlogged: true},
		"Enabled": {text: "garbage", silent: true, unlogged: true},
		"Name":    {}, "Detect": {}, "Read": {}, "Write": {}, "Headers": {},
		"conn.Read": {silent: true}, "conn.Write": {}, "conn.Close": {silent: true},
	}
	for place, c := range places {
		t.Run(place, func(t *testing.T) {
			noLeaks(t)
			m := &mischief{place: place}
			tender.Store(m)
			defer tender.Store(nil)
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			if place[:1] == "c" && place != "closed" { // conn
				listener = touchyListener{listener, m}
			}
			server := serveOn(t, listener, append(echo(), touchy(m)), rpc.WithInterceptors(touchyInterceptor(m)),
				rpc.WithProtocol(touchyProtocol{rpc.Framed, m}))
			// The logger of serveOn is replaced by one that does mischief, and writes to the same place.
			if c.unlogged {
				server = serveOn(t, listen(t), append(echo(), touchy(m)),
					rpc.WithLogger(slog.New(touchyHandler{slog.NewTextHandler(&quiet{}, nil), m})))
			}
			other := connect(t, server.address)
			release := make(chan struct{})
			for mode, do := range modes(func() { _, _ = callEcho(other, "again") }, release) {
				m.ask(do)
				done := m.done
				ended := make(chan error, 1)
				go func() { ended <- provoke(server.address, m, c.text, place == "oneway handler") }()
				<-done
				// Others are served, also while the code blocks.
				reply, err := callEcho(other, mode)
				if err != nil && strings.HasPrefix(place, "conn.") {
					reply, err = callEcho(other, mode) // it was this connection that did it
				}
				require.NoError(t, err, mode)
				require.Equal(t, mode, reply.Text)
				if mode == "block" {
					close(release)
				}
				select {
				case err := <-ended:
					if !c.silent {
						require.NotErrorIs(t, err, errSilence, mode)
					}
				case <-time.After(patience):
					t.Fatalf("%s: the peer got neither an answer nor the end", mode)
				}
				if mode == "panic" && !c.unlogged {
					settle(t, func() string {
						if place != "conn.Close" && !strings.Contains(server.log.String(), "mischief") {
							return "the panic was not logged"
						}
						return ""
					})
				}
			}
			require.NoError(t, server.Close())
		})
	}
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

// errSilence is what provoke returns when nothing comes back.
var errSilence = errors.New("neither an answer nor the end")

// provoke makes a call that meets the mischief, on a connection of its own.
func provoke(address string, m *mischief, text string, oneway bool) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience / 2))
	method := "Touch"
	if text == "unknown" {
		method = "Nowhere"
	}
	request := struct {
		Request *Touchy `frugal:"1"`
	}{&Touchy{Text: text, Inner: &Tender{}}}
	body, err := tagwire.Marshal(&request)
	if err != nil {
		return err
	}
	message := frame(envelope(typeCall, method, 1, body))
	switch {
	case text == "garbage":
		message = []byte("garbage, garbage")
	case oneway:
		message = frame(envelope(typeOneway, "Hint", 1, body))
	case protocolPlaces[m.place]:
		message = append([]byte("T"), message...)
	}
	if _, err := conn.Write(message); err != nil {
		return err
	}
	if oneway {
		return nil
	}
	var one [1]byte
	_, err = conn.Read(one[:])
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return errSilence
	}
	return nil
}

// protocolPlaces are those of touchyProtocol.
var protocolPlaces = map[string]bool{"Name": true, "Detect": true, "Read": true, "Write": true, "Headers": true}

// TestMischiefOnClient: whatever users' code on a client does, the call ends, in an error if the code panics; if it ends the goroutine,
// that is all; the next calls find their slots free, and nothing is left behind.
func TestMischiefOnClient(t *testing.T) {
	parallel(t)
	places := map[string]struct {
		harmless bool // the call succeeds all the same
		early    bool // at the first call only, when the connection is made
	}{
		"before next": {}, "after next": {}, "InitDefault": {}, "resolver": {early: true}, "dialer": {early: true},
		"opened": {harmless: true}, "closed": {harmless: true}, "Name": {}, "Read": {}, "Write": {}, "Headers": {},
		"conn.Read": {}, "conn.Write": {}, "conn.Close": {harmless: true},
	}
	for place, c := range places {
		overMischievous(t, place, func(t *testing.T, protocol rpc.Protocol, connections rpc.ConnectionKind) {
			noLeaks(t)
			server := serve(t, []*rpc.Service{touchy(&mischief{})}, rpc.WithProtocol(touchyProtocol{protocol, &mischief{}}))
			release := make(chan struct{})
			plain := connect(t, server.address)
			again := func() { _, _ = rpc.Call[Plain, Plain](context.Background(), plain, "Plain", &Plain{}) }
			for mode, do := range modes(again, release) {
				m := &mischief{place: place}
				tender.Store(m)
				client := mischievousClient(t, server.address, m, protocol, connections)
				if !c.early {
					_, err := touch(client)
					require.NoError(t, err)
				}
				m.ask(do)
				if place == "conn.Read" && connections == rpc.Multiplexed {
					_, _ = touch(client) // a Read is under way; the next one is when this call has its reply
				}
				if mode == "block" {
					time.AfterFunc(20*time.Millisecond, func() { close(release) })
				}
				var err error
				var returned atomic.Bool
				var group sync.WaitGroup
				group.Add(1)
				go func() {
					defer group.Done()
					_, err = touch(client)
					returned.Store(true)
				}()
				group.Wait()
				switch {
				case mode == "exit" && !returned.Load():
				case strings.HasPrefix(mode, "panic") && place == "conn.Read" && connections == rpc.Multiplexed: // between calls, or not
				case strings.HasPrefix(mode, "panic") && !c.harmless:
					require.Error(t, err, mode)
					if !c.early && place != "conn.Read" && place != "conn.Write" {
						require.ErrorIs(t, err, rpc.CodePanic, mode)
					}
				case mode == "block" || mode == "call" || c.harmless:
					require.NoError(t, err, mode)
				}
				// Both slots are free.
				var both sync.WaitGroup
				for range 2 {
					both.Add(1)
					go func() {
						defer both.Done()
						for range 3 {
							if _, err := touch(client); err != nil {
								t.Errorf("%s: a later call: %v", mode, err)
							}
						}
					}()
				}
				both.Wait()
				require.NoError(t, client.Close())
				tender.Store(nil)
			}
		})
	}
}

// overMischievous runs a test with what a mischievous client may have.
func overMischievous(t *testing.T, name string, test func(*testing.T, rpc.Protocol, rpc.ConnectionKind)) {
	t.Run(name, func(t *testing.T) { test(t, rpc.Framed, rpc.Short) })
	t.Run(name+", multiplexed", func(t *testing.T) { test(t, rpc.TTHeader, rpc.Multiplexed) })
}

// mischievousClient is a client with two slots and users' code everywhere.
func mischievousClient(t *testing.T, address string, m *mischief, protocol rpc.Protocol, connections rpc.ConnectionKind) *rpc.Client {
	client, err := rpc.NewClient(
		rpc.WithResolver(resolverFunc(func() []rpc.Endpoint {
			m.at("resolver")
			return []rpc.Endpoint{{Network: "tcp", Address: address}}
		}), time.Hour),
		rpc.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
			m.at("dialer")
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return touchyConn{conn, m}, nil
		}),
		rpc.WithLogger((&quiet{}).logger()), rpc.WithConnections(connections),
		rpc.WithLimits(rpc.Limits{MaxConnections: 2}), rpc.WithInterceptors(touchyInterceptor(m)),
		rpc.WithTransport(touchyProtocol{protocol, m}))
	require.NoError(t, err)
	return client
}

// touch makes a call with a touchy reply, and a deadline that only a hang exceeds.
func touch(client *rpc.Client) (*Touchy, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return rpc.Call[Plain, Touchy](ctx, client, "Plain", &Plain{Text: "x", Inner: &PlainPart{}})
}

// TestServerClosedByItsCode: code that runs on a server's connections may shut the server down, or close it.
func TestServerClosedByItsCode(t *testing.T) {
	for _, place := range []string{"handler", "oneway handler", "opened", "closed", "before next", "after next", "rejected", "broken"} {
		for name, end := range map[string]func(*rpc.Server){
			"Close": func(s *rpc.Server) { _ = s.Close() },
			"Shutdown": func(s *rpc.Server) {
				ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
				defer cancel()
				_ = s.Shutdown(ctx)
			},
		} {
			t.Run(place+"/"+name, func(t *testing.T) {
				noLeaks(t)
				m := &mischief{place: place}
				server := serve(t, []*rpc.Service{touchy(m)}, rpc.WithInterceptors(touchyInterceptor(m)))
				m.ask(func() { end(server.Server) })
				text := map[string]string{"rejected": "unknown", "broken": "garbage"}[place]
				require.NotErrorIs(t, provoke(server.address, m, text, place == "oneway handler"), errSilence)
				settle(t, func() string {
					conn, err := net.Dial("tcp", server.address)
					if err == nil {
						_ = conn.Close()
						return "the server still accepts connections"
					}
					return ""
				})
			})
		}
	}
}

// TestClientClosedByItsCode: code that runs with a client's calls may close the client.
func TestClientClosedByItsCode(t *testing.T) {
	for _, place := range []string{"before next", "after next", "resolver", "dialer", "opened", "closed", "Write", "Read", "InitDefault"} {
		overMischievous(t, place, func(t *testing.T, protocol rpc.Protocol, connections rpc.ConnectionKind) {
			noLeaks(t)
			server := serve(t, []*rpc.Service{touchy(&mischief{})}, rpc.WithProtocol(touchyProtocol{protocol, &mischief{}}))
			m := &mischief{place: place}
			tender.Store(m)
			defer tender.Store(nil)
			client := mischievousClient(t, server.address, m, protocol, connections)
			m.ask(func() { _ = client.Close() })
			_, err := touch(client)
			if err != nil {
				require.Equal(t, rpc.CodeShutdown, codeOf(t, err))
			}
			if place == "closed" && connections == rpc.Multiplexed {
				require.NoError(t, client.Close()) // nothing is closed before
			}
			settle(t, func() string { // a connection of the user's is closed beside the call
				if _, err := touch(client); !errors.Is(err, rpc.CodeShutdown) {
					return "the client is not closed"
				}
				return ""
			})
		})
	}
}
