package http2

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/tagwire/tagwire/rpc/transport"
)

// patience is how long something may take that must happen: only a hang exceeds it.
const patience = time.Minute

// end is one end of a connection under test.
type end struct {
	*Conn
	budget  *transport.Budget
	workers *transport.Workers
	over    chan error
}

// begin serves one end of a connection until that ends.
func begin(t testing.TB, raw net.Conn, config Config) *end {
	t.Helper()
	e := &end{workers: new(transport.Workers), budget: transport.NewBudget(1 << 30), over: make(chan error, 1)}
	config.Workers = e.workers
	if config.MaxHeaderList == 0 {
		config.MaxHeaderList = 64 << 10
	}
	c := transport.NewConn(raw, e.budget)
	e.Conn = New(c, &config)
	go func() {
		var err error
		for err == nil {
			if err = c.Await(); err == nil {
				err = e.Serve()
			}
		}
		e.End(err)
		c.Abort()
		e.Wait()
		c.Close()
		e.workers.Close()
		e.over <- err
	}()
	return e
}

// sockets returns both ends of a connection.
func sockets(t testing.TB) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	a, err = net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	b, err = l.Accept()
	require.NoError(t, err)
	return a, b
}

// pair is a client and a server that echoes.
func pair(t testing.TB, streams int) (client, server *end) {
	t.Helper()
	a, b := sockets(t)
	server = begin(t, b, Config{MaxStreams: streams, Begin: func(s *Stream) Receiver { return &echo{stream: s} }})
	client = begin(t, a, Config{Client: true})
	t.Cleanup(func() {
		_ = a.Close()
		for _, e := range []*end{client, server} {
			select {
			case <-e.over:
			case <-time.After(patience):
				t.Error("a connection does not end")
			}
			require.Zero(t, e.pending.Load())
			require.Zero(t, e.Streams())
		}
	})
	return client, server
}

// echo sends back what came on a stream, when all has come.
type echo struct {
	stream *Stream
	fields []hpack.HeaderField
	data   []byte
}

func (e *echo) Headers(f *Fields, end bool) {
	e.fields = append(e.fields, f.Others...)
	if end {
		e.Data(nil, true)
	}
}

func (e *echo) Data(p []byte, end bool) {
	e.data = append(e.data, p...)
	e.stream.Consumed(len(p))
	if end {
		e.stream.Conn().Go(e)
	}
}

func (e *echo) Closed(error) {}

func (e *echo) Run() {
	m := e.stream.Conn().NewMessage(len(e.data))
	copy(m.Bytes(), e.data)
	_ = e.stream.Send(append([]hpack.HeaderField{{Name: ":status", Value: "200"}}, e.fields...), m, []hpack.HeaderField{{Name: "end", Value: "yes"}}, true)
	e.stream.Close()
}

// asker is the client's side of a stream.
type asker struct {
	stream  *Stream
	fields  []hpack.HeaderField
	data    []byte
	trailer string
	err     error
	done    chan struct{}
}

func (a *asker) Opened(s *Stream) { a.stream = s }

func (a *asker) Headers(f *Fields, end bool) {
	if end {
		a.trailer = f.Get("end")
		close(a.done)
		return
	}
	a.fields = append(a.fields, f.Others...)
}

func (a *asker) Data(p []byte, end bool) {
	a.data = append(a.data, p...)
	a.stream.Consumed(len(p))
	if end {
		close(a.done)
	}
}

func (a *asker) Closed(err error) {
	a.err = err
	close(a.done)
}

var requestFields = []hpack.HeaderField{{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/"}}

// ask sends data and returns the stream when all of the answer has come.
func ask(c *Conn, data []byte, fields ...hpack.HeaderField) (*asker, error) {
	a := &asker{done: make(chan struct{})}
	m := c.NewMessage(len(data))
	copy(m.Bytes(), data)
	s, err := c.Open(a, Patience{}, append(requestFields[:len(requestFields):len(requestFields)], fields...), m, true)
	if s == nil {
		m.Free()
		return nil, err
	}
	select {
	case <-a.done:
	case <-time.After(patience):
		return nil, errors.New("no answer")
	}
	if a.err != nil {
		return nil, a.err
	}
	if !bytes.Equal(a.data, data) || a.trailer != "yes" {
		return nil, fmt.Errorf("%d bytes of %d came back, and the trailer %q", len(a.data), len(data), a.trailer)
	}
	return a, nil
}

// whole reports whether all windows are whole again: what the peer may send is what was announced, and this side may send all that.
func whole(from, to *end) string {
	from.lock.Lock()
	window, streams, waiting := from.window, len(from.streams), len(from.waiting)
	from.lock.Unlock()
	to.lock.Lock()
	defer to.lock.Unlock()
	switch f := &to.received; {
	case f.open+f.owed != f.size || f.lent != 0:
		return fmt.Sprintf("of the connection's window %d bytes are open, and %d owed, of %d", f.open, f.owed, f.size)
	case window != f.open:
		return fmt.Sprintf("the sender's window is %d, the receiver's %d", window, f.open)
	case streams != 0 || waiting != 0:
		return fmt.Sprintf("%d streams are open, and %d wait", streams, waiting)
	}
	return ""
}

// settle waits until check returns "".
func settle(t testing.TB, check func() string) {
	t.Helper()
	fault := ""
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(time.Millisecond) {
		if fault = check(); fault == "" {
			return
		}
	}
	t.Error(fault)
}

// TestTraffic: a thousand streams at once, large and small, carry what they should, and the windows are whole again afterwards.
func TestTraffic(t *testing.T) {
	client, server := pair(t, 1000)
	var group sync.WaitGroup
	var failed atomic.Pointer[error]
	for i := range 1000 {
		group.Add(1)
		go func() {
			defer group.Done()
			size := 10 * i
			if i%100 == 0 {
				size = 1 << 20
			}
			if _, err := ask(client.Conn, bytes.Repeat([]byte{byte(i)}, size)); err != nil {
				failed.Store(&err)
			}
		}()
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		t.Fatal(*err)
	}
	settle(t, func() string { return whole(client, server) + whole(server, client) })
}

// TestLargeStreamsHoldUpNoOthers: small messages go beside a large one that the peer does not take.
func TestLargeStreamsHoldUpNoOthers(t *testing.T) {
	client, _ := pair(t, 100)
	large := &asker{done: make(chan struct{})}
	s, err := client.Open(large, Patience{}, requestFields, nil, false)
	require.NoError(t, err)
	sent := make(chan error, 1)
	go func() {
		for range 100 {
			if err := s.Send(nil, client.NewMessage(1<<20), nil, false); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	for range 200 {
		_, err := ask(client.Conn, []byte("small"))
		require.NoError(t, err)
	}
	s.Reset(Cancel)
	require.Error(t, <-sent)
}

// TestHeaderLists: lists that take CONTINUATION frames go both ways, and those that the peer does not take are refused, before anything is
// sent.
func TestHeaderLists(t *testing.T) {
	client, _ := pair(t, 10)
	var long []hpack.HeaderField
	for i := range 20 {
		long = append(long, hpack.HeaderField{Name: fmt.Sprint("x-", i), Value: strings.Repeat(fmt.Sprint(i), 1200), Sensitive: i%2 == 0})
	}
	for range 3 {
		a, err := ask(client.Conn, []byte("x"), long...)
		require.NoError(t, err)
		require.Len(t, a.fields, len(long))
		for i, f := range a.fields {
			require.Equal(t, long[i].Value, f.Value)
		}
		_, err = ask(client.Conn, nil, hpack.HeaderField{Name: "x", Value: strings.Repeat("y", 70_000)})
		require.ErrorContains(t, err, "header list")
	}
	_, err := ask(client.Conn, []byte("x"))
	require.NoError(t, err)
}

// TestShrinkingWindows: settings that make windows smaller than what is under way, also below zero, and larger again, lose nothing.
func TestShrinkingWindows(t *testing.T) {
	a, b := net.Pipe()
	client := begin(t, a, Config{Client: true})
	peer := http2.NewFramer(b, b)
	received := make(chan int, 100)
	var reading sync.WaitGroup
	reading.Add(1)
	go func() {
		defer reading.Done()
		_, _ = io.ReadFull(b, make([]byte, len(http2.ClientPreface)))
		for {
			frame, err := peer.ReadFrame()
			if err != nil {
				close(received)
				return
			}
			if f, ok := frame.(*http2.DataFrame); ok {
				received <- len(f.Data())
			}
		}
	}()
	total := 0
	take := func(until int) {
		for total < until {
			total += <-received
		}
		require.Equal(t, until, total)
	}
	set := func(size uint32) {
		require.NoError(t, peer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: size}))
	}
	set(1000)
	settle(t, func() string {
		client.lock.Lock()
		defer client.lock.Unlock()
		if client.peer.window != 1000 {
			return "the settings have not come"
		}
		return ""
	})
	s, err := client.Open(&asker{done: make(chan struct{})}, Patience{}, requestFields, nil, false)
	require.NoError(t, err)
	sent := make(chan error, 1)
	go func() { sent <- s.Send(nil, client.NewMessage(10_000), nil, true) }()
	take(1000)
	set(100) // -900 is left
	require.NoError(t, peer.WriteWindowUpdate(1, 900))
	require.NoError(t, peer.WriteWindowUpdate(1, 500))
	take(1500)
	set(0)
	set(100)
	set(8600)
	take(10_000)
	require.NoError(t, <-sent)
	_ = b.Close()
	reading.Wait()
	<-client.over
}

// TestStreamsAllowed: no more streams are opened than the peer allows, and when it allows more that is told.
func TestStreamsAllowed(t *testing.T) {
	a, b := net.Pipe()
	room := make(chan struct{}, 10)
	client := begin(t, a, Config{Client: true, Room: func() { room <- struct{}{} }})
	var reading sync.WaitGroup
	reading.Add(1)
	go func() {
		defer reading.Done()
		_, _ = io.Copy(io.Discard, b)
	}()
	peer := http2.NewFramer(b, nil)
	for i, n := range []uint32{0, 1, 1, 0, 2} {
		require.NoError(t, peer.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: n}))
		settle(t, func() string {
			if client.Allowed() != int(n) {
				return "the settings have not come"
			}
			return ""
		})
		if i == 1 || i == 4 {
			<-room
		}
		require.Empty(t, room)
		var open []*Stream
		for range n {
			s, err := client.Open(&asker{done: make(chan struct{})}, Patience{}, requestFields, nil, false)
			require.NoError(t, err)
			open = append(open, s)
		}
		_, err := client.Open(&asker{done: make(chan struct{})}, Patience{}, requestFields, nil, false)
		require.Equal(t, ErrFull, err)
		for _, s := range open {
			s.Reset(Cancel)
		}
	}
	_ = b.Close()
	reading.Wait()
	<-client.over
}

// TestEstimate: the windows of streams grow with what is under way, for those that are open, too, up to a limit, and shrink never.
func TestEstimate(t *testing.T) {
	client, server := pair(t, 10)
	s, err := client.Open(&asker{done: make(chan struct{})}, Patience{}, requestFields, nil, false)
	require.NoError(t, err)
	settle(t, func() string {
		if server.Streams() != 1 {
			return "the stream has not come"
		}
		return ""
	})
	for _, step := range []struct{ came, window int64 }{{10, startWindow}, {60_000, 120_000}, {70_000, 120_000}, {1 << 30, largestStreamWindow}} {
		server.lock.Lock()
		server.estimate = estimate{running: true, bytes: step.came}
		server.lock.Unlock()
		client.lock.Lock()
		p := client.begin()
		_ = client.writer.WritePing(true, estimatePing)
		client.put(p)
		client.lock.Unlock()
		settle(t, func() string {
			server.lock.Lock()
			open := server.streams[1].received.open
			server.lock.Unlock()
			if open != step.window {
				return fmt.Sprintf("the server lets %d bytes come of %d", open, step.window)
			}
			client.lock.Lock()
			defer client.lock.Unlock()
			if s.window != step.window {
				return fmt.Sprintf("the client may send %d bytes of %d", s.window, step.window)
			}
			return ""
		})
	}
	s.Reset(Cancel)
	_, err = ask(client.Conn, make([]byte, 1<<20))
	require.NoError(t, err)
	settle(t, func() string { return whole(client, server) + whole(server, client) })
}

// TestExpect: a message that is larger than the window comes all the same, and the window is as large as before then.
func TestExpect(t *testing.T) {
	for _, size := range []int64{1, 100, 4096, 100_000, 1 << 22} {
		var f flow
		f.begin(1000)
		for range 3 {
			peer := f.open // what the peer may send
			require.True(t, f.take(min(size, 5)))
			peer -= min(size, 5)
			peer += f.lend(size - min(size, 5))
			require.GreaterOrEqual(t, peer, size-min(size, 5))
			require.True(t, f.take(size-min(size, 5)))
			require.False(t, f.take(f.open+f.owed+1))
			f.give(size)
			f.settle()
			require.Equal(t, flow{size: 1000, open: 1000}, f)
		}
	}
}
