package exchange

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// letters is a protocol of messages that are a type, a sequence id and a name, of a byte each.
type letters struct{}

func (letters) Name() string                         { return "letters" }
func (letters) Headers() bool                        { return false }
func (letters) Detect([8]byte, *message.Limits) bool { return true }

func (letters) Read(r message.Reader, m *message.Message, _ *message.Limits) error {
	data, err := r.Next(3)
	if err == nil {
		m.Type, m.Sequence, m.Method = message.MessageType(data[0]), int32(data[1]), data[2:]
	}
	return err
}

func (letters) Write(w message.Writer, m *message.Message, _ message.Body, _ *message.Limits) error {
	if len(m.Method) != 1 {
		return errors.New("not a letter")
	}
	buf, err := w.Malloc(3)
	if err == nil {
		buf[0], buf[1], buf[2] = byte(m.Type), byte(m.Sequence), m.Method[0]
	}
	return err
}

type nothing struct{}

func (nothing) Size() (total, direct int, err error)                   { return 0, 0, nil }
func (nothing) Encode([]byte, tagwire.DirectWriter) (n int, err error) { return 0, nil }

// receiver is a function that receives.
type receiver func() (transport.Receipt, error)

func (r receiver) Receive(context.Context, *message.Message) (transport.Receipt, error) { return r() }

func received(err error) receiver {
	return func() (transport.Receipt, error) { return transport.Receipt{Answered: true}, err }
}

// picker is a balancer that goes through its endpoints, and notes how attempts end.
type picker struct {
	endpoints []endpoint.Endpoint

	lock     sync.Mutex
	outcomes []error
}

func (p *picker) Pick(call *transport.Call) (endpoint.Endpoint, func(error)) {
	if call.Tried >= len(p.endpoints) {
		return endpoint.Endpoint{}, nil
	}
	return p.endpoints[call.Tried], func(outcome error) {
		p.lock.Lock()
		defer p.lock.Unlock()
		p.outcomes = append(p.outcomes, outcome)
	}
}

// taken returns the outcomes since it was called last.
func (p *picker) taken() []error {
	p.lock.Lock()
	defer p.lock.Unlock()
	defer func() { p.outcomes = nil }()
	return p.outcomes
}

// world has an exchanger over connections in memory, whose other ends answer each message with a reply. Endpoint "down:1" does not answer.
type world struct {
	*Exchanger
	picker picker
	lock   sync.Mutex
	closed int
	dials  int
	delay  time.Duration // of dials
}

func newWorld(t *testing.T, reply func([]byte) []byte) *world {
	w := &world{}
	w.Exchanger = New(Config{
		Protocol: letters{}, Limits: &message.Limits{},
		Endpoints: endpoint.Config{
			MaxConnections: 10, MaxIdle: 10, WatchAfter: time.Hour,
			Balance: func(endpoints []endpoint.Endpoint) endpoint.Balancer {
				w.picker.endpoints = endpoints
				return &w.picker
			},
			Dial: func(_ context.Context, _, address string) (net.Conn, error) {
				if address == "down:1" {
					return nil, errors.New("down")
				}
				time.Sleep(w.delay)
				ours, theirs := net.Pipe()
				go func() {
					defer func() { _ = theirs.Close() }()
					buf := make([]byte, 3)
					for {
						if _, err := theirs.Read(buf); err != nil {
							return
						}
						if _, err := theirs.Write(reply(buf)); err != nil {
							return
						}
					}
				}()
				return ours, nil
			},
			Event: func(kind endpoint.EventKind, _ *endpoint.Conn, _ net.Addr, _ time.Duration, _ error) {
				w.lock.Lock()
				defer w.lock.Unlock()
				switch kind {
				case endpoint.Opened:
					w.dials++
				case endpoint.Closed:
					w.closed++
				}
			},
			Panicked: func(string, any) {},
		},
		Static: []endpoint.Endpoint{{Address: "down:1"}, {Address: "up:1"}},
	})
	t.Cleanup(w.Close)
	return w
}

func (w *world) counts() (dials, closed int) {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.dials, w.closed
}

// call makes a call of x, to the endpoint that answers unless tried is 0.
func call(tried int, r transport.Receiver) *transport.Call {
	return &transport.Call{
		Method: "x", Request: message.Message{Type: message.MessageCall, Method: []byte("x")}, Arguments: nothing{}, Reply: r, Tried: tried,
		Deadline: time.Now().Add(10 * time.Second),
	}
}

func echo(b []byte) []byte { return []byte{byte(message.MessageReply), b[1], b[2]} }

// TestOutcomes: the balancer is told of each attempt once, whatever becomes of it, and the connection goes on after an answer only.
func TestOutcomes(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, echo)
	declared := errors.New("declared by the method")

	c := call(0, received(nil))
	err := w.Exchange(ctx, c)
	require.ErrorIs(t, err, message.CodeConnect)
	require.Nil(t, c.Remote)
	require.Equal(t, []error{err}, w.picker.taken())

	c = call(1, received(nil))
	require.NoError(t, w.Exchange(ctx, c))
	require.Equal(t, []error{nil}, w.picker.taken())
	require.NotNil(t, c.Remote)
	require.NotZero(t, c.Sequence)

	require.Equal(t, declared, w.Exchange(ctx, call(1, received(declared))))
	require.Equal(t, []error{declared}, w.picker.taken())
	dials, closed := w.counts()
	require.Equal(t, [2]int{1, 0}, [2]int{dials, closed}, "all on one connection")

	err = w.Exchange(ctx, call(1, receiver(func() (transport.Receipt, error) { return transport.Receipt{}, declared })))
	require.ErrorIs(t, err, message.CodeInvalidReply)
	require.Equal(t, []error{err}, w.picker.taken())
	require.Eventually(t, func() bool { _, closed := w.counts(); return closed == 1 }, 10*time.Second, time.Millisecond)

	require.Panics(t, func() { _ = w.Exchange(ctx, call(1, receiver(func() (transport.Receipt, error) { panic("no") }))) })
	require.Equal(t, []error{transport.ErrNotReturned}, w.picker.taken())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = w.Exchange(ctx, call(1, receiver(func() (transport.Receipt, error) { runtime.Goexit(); return transport.Receipt{}, nil })))
	}()
	<-ended
	require.Equal(t, []error{transport.ErrNotReturned}, w.picker.taken())
	require.Eventually(t, func() bool { dials, closed := w.counts(); return dials == 3 && closed == 3 }, 10*time.Second, time.Millisecond)

	require.Equal(t, transport.ErrNoneLeft, w.Exchange(ctx, call(2, received(nil))))
	require.Empty(t, w.picker.taken(), "there was no attempt")

	w.picker.endpoints = nil
	require.ErrorIs(t, w.Exchange(ctx, call(0, received(nil))), message.CodeResolve)
	w.Close()
	require.ErrorIs(t, w.Exchange(ctx, call(0, received(nil))), message.CodeShutdown)
}

// TestRepliesToOthers: what is not the reply to the call ends the connection, and is not received.
func TestRepliesToOthers(t *testing.T) {
	unexpected := receiver(func() (transport.Receipt, error) { panic("received") })
	for name, c := range map[string]struct {
		reply func([]byte) []byte
		want  message.Code
	}{
		"another name":     {func(b []byte) []byte { return []byte{byte(message.MessageReply), b[1], 'y'} }, message.CodeWrongMethodName},
		"another sequence": {func(b []byte) []byte { return []byte{byte(message.MessageReply), b[1] + 1, b[2]} }, message.CodeBadSequence},
		"a call":           {func(b []byte) []byte { return b }, message.CodeInvalidReply},
		"no type":          {func(b []byte) []byte { return []byte{77, b[1], b[2]} }, message.CodeInvalidReply},
		"half a reply":     {func(b []byte) []byte { return []byte{byte(message.MessageReply)} }, message.CodeTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.reply)
			x := call(1, unexpected)
			if c.want == message.CodeTimeout {
				x.Deadline = time.Now().Add(50 * time.Millisecond)
			}
			require.ErrorIs(t, w.Exchange(context.Background(), x), c.want)
			require.Eventually(t, func() bool { _, closed := w.counts(); return closed == 1 }, 10*time.Second, time.Millisecond)
		})
	}
}

// TestNothingSent: a request that cannot be written costs no connection.
func TestNothingSent(t *testing.T) {
	w := newWorld(t, echo)
	x := call(1, received(nil))
	x.Request.Method = []byte("word")
	require.ErrorIs(t, w.Exchange(context.Background(), x), message.CodeEncode)
	require.NoError(t, w.Exchange(context.Background(), call(1, received(nil))))
	dials, closed := w.counts()
	require.Equal(t, [2]int{1, 0}, [2]int{dials, closed})
}

// endsSoon is a context whose deadline passes after it was asked for its end once.
type endsSoon struct {
	context.Context
	asked int
}

func (c *endsSoon) Err() error {
	if c.asked++; c.asked == 1 {
		return nil
	}
	return context.DeadlineExceeded
}

// TestEndsMeanwhile: a call whose time runs out while its error is made is not said to be cancelled.
func TestEndsMeanwhile(t *testing.T) {
	e := &Exchanger{}
	a := &attempt{exchanger: e}
	ctx := &endsSoon{Context: context.Background()}
	require.Equal(t, message.CodeTimeout, a.classify(ctx, os.ErrDeadlineExceeded).Code)
	ctx = &endsSoon{Context: context.Background()}
	require.NotErrorIs(t, e.unsent(ctx, context.DeadlineExceeded, &transport.Call{}), message.CodeCanceled)
}
