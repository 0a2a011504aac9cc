package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// store is a method with exceptions.
var find = rpc.NewMethod[Request, Reply]("Find", rpc.Throws(1, NotFound{}), rpc.Throws(2, (*Denied)(nil)))

// failing is a service whose method fails in the way that the request asks for.
func failing() *rpc.Service {
	svc := rpc.NewService("Failing")
	find.Handle(svc, func(_ context.Context, req *Request) (*Reply, error) {
		switch req.Text {
		case "not found":
			return nil, &NotFound{Key: "k"}
		case "wrapped":
			return nil, fmt.Errorf("around: %w", &NotFound{Key: "w"})
		case "joined":
			return nil, errors.Join(&NotFound{Key: "j"}, errors.New("other"))
		case "denied":
			return nil, Denied{Reason: "no", Level: 3}
		case "error":
			return nil, errors.New("broken inside")
		case "panic":
			panic("secret")
		case "nothing":
			return nil, nil
		case "business":
			return nil, &rpc.BizError{Status: 42, Message: "sold out", Extra: map[string]string{"sku": "A-1"}}
		}
		return &Reply{Text: req.Text}, nil
	})
	return svc
}

// TestFailures: what a handler returns, or does, reaches the caller as what it is, over each transport, and the
// connection is used again.
func TestFailures(t *testing.T) {
	parallel(t)
	noLeaks(t)
	server := serve(t, []*rpc.Service{failing()})
	for _, transport := range transports {
		t.Run(transport.String(), func(t *testing.T) {
			opened := server.opened.Load()
			client := connect(t, server.address, rpc.WithWay(transport))
			fail := func(text string) error {
				reply, err := find.Call(context.Background(), client, &Request{Text: text})
				require.Error(t, err)
				require.Nil(t, reply)
				return err
			}
			require.Equal(t, &NotFound{Key: "k"}, fail("not found"))
			require.Equal(t, &NotFound{Key: "w"}, fail("wrapped"))
			require.Equal(t, &NotFound{Key: "j"}, fail("joined"))
			require.Equal(t, &Denied{Reason: "no", Level: 3}, fail("denied"))

			err := fail("error")
			require.Equal(t, rpc.CodeInternal, codeOf(t, err))
			require.ErrorContains(t, err, "broken inside")
			err = fail("panic")
			require.Equal(t, rpc.CodeInternal, codeOf(t, err))
			require.NotContains(t, err.Error(), "secret")
			require.Contains(t, server.log.String(), "secret")
			require.Contains(t, server.log.String(), "service_test.go")
			reply, err := find.Call(context.Background(), client, &Request{Text: "nothing"})
			require.NoError(t, err)
			require.Nil(t, reply)

			err = fail("business")
			if transport.Headers() {
				require.Equal(t, &rpc.BizError{Status: 42, Message: "sold out", Extra: map[string]string{"sku": "A-1"}}, err)
			} else {
				require.Equal(t, rpc.CodeInternal, codeOf(t, err))
				require.ErrorContains(t, err, "sold out")
			}

			_, err = rpc.Call[Request, Reply](context.Background(), client, "Nowhere", &Request{})
			require.Equal(t, rpc.CodeUnknownMethod, codeOf(t, err))
			time.Sleep(doubt) // other servers close the connection after that
			reply, err = find.Call(context.Background(), client, &Request{Text: "fine"})
			require.NoError(t, err)
			require.Equal(t, "fine", reply.Text)
			require.Equal(t, opened+1, server.opened.Load(), "one connection serves all of this")
		})
	}
}

// Color is an enum: values beyond 32 bits cannot be sent.
type Color int64

type Paint struct {
	Color Color  `frugal:"1,default,Color"`
	Name  string `frugal:"2"`
}

// TestUnsendable: what has no wire form is an error of the side that has it, and spoils nothing.
func TestUnsendable(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Paints")
	rpc.Handle(svc, "Mix", func(_ context.Context, p *Paint) (*Paint, error) {
		return &Paint{Color: p.Color << 32, Name: p.Name}, nil
	})
	server := serve(t, []*rpc.Service{svc})
	for _, transport := range transports {
		client := connect(t, server.address, rpc.WithWay(transport))
		mix := func(c Color, name string) error {
			_, err := rpc.Call[Paint, Paint](context.Background(), client, "Mix", &Paint{c, name})
			return err
		}
		require.NoError(t, mix(0, "a"))
		require.Equal(t, rpc.CodeInternal, codeOf(t, mix(1, "b")))
		require.NoError(t, mix(0, "c"))
		require.Equal(t, rpc.CodeEncode, codeOf(t, mix(1<<40, "d")))
		require.NoError(t, mix(0, "e"))
	}
}

// TestLimitsOfSender: a message that the peer would refuse is not sent.
func TestLimitsOfSender(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo(), rpc.WithLimits(rpc.Limits{MaxFrame: 2000, MaxMessage: 2000}))
	for _, transport := range transports {
		client := connect(t, server.address, rpc.WithWay(transport), rpc.WithLimits(rpc.Limits{MaxFrame: 1000, MaxMessage: 1000}))
		_, err := callEcho(client, string(make([]byte, 1000)))
		require.Equal(t, rpc.CodeLimit, codeOf(t, err))
		_, err = callEcho(client, string(make([]byte, 800)))
		require.NoError(t, err)
	}
}

// TestOneway: a oneway call is done, with both types of messages, and never answered.
func TestOneway(t *testing.T) {
	noLeaks(t)
	svc := echo()[0]
	got := make(chan string, 10)
	rpc.HandleOneway(svc, "Tell", func(ctx context.Context, req *Request) error {
		time.Sleep(5 * time.Millisecond)
		if ctx.Err() != nil {
			got <- "cancelled"
		}
		got <- req.Text
		return errors.New("nobody hears this")
	})
	server := serve(t, []*rpc.Service{svc})
	for _, transport := range transports {
		client := connect(t, server.address, rpc.WithWay(transport))
		require.NoError(t, rpc.Send(context.Background(), client, "Tell", &Request{Text: "hear"}))
		_, err := callEcho(client, "after")
		require.NoError(t, err)
		require.Equal(t, "hear", <-got)
		require.NoError(t, rpc.Send(context.Background(), client, "Nowhere", &Request{}))
		_, err = callEcho(client, "after")
		require.NoError(t, err)
	}
	conn := dial(t, server.address)
	tell := arguments(t, 1, &Request{Text: "raw"})
	send(t, conn, frame(envelope(typeCall, "Tell", 1, tell)), frame(envelope(typeOneway, "Tell", 2, tell)),
		frame(envelope(typeOneway, "Tell", 3, []byte{0x55})), frame(envelope(typeOneway, "Nowhere", 4, tell)), frame(call(t, 5, "end")))
	requireEcho(t, readFrame(t, conn), 5, "end")
	require.Equal(t, "raw", <-got)
	require.Equal(t, "raw", <-got)

	// A call arrives even if its sender closes the connection at once.
	conn = dial(t, server.address)
	send(t, conn, frame(envelope(typeOneway, "Tell", 1, tell)))
	require.NoError(t, conn.Close())
	require.Equal(t, "raw", <-got)
}

// TestCloseIsQuiet: calls that are under way when Close is called are no failures, and leave no line in the log.
func TestCloseIsQuiet(t *testing.T) {
	noLeaks(t)
	for range 300 {
		server := serve(t, echo())
		client := connect(t, server.address)
		for range 3 {
			go func() { _ = rpc.Send(context.Background(), client, "Echo", &Request{Text: "x"}) }()
		}
		_, _ = callEcho(client, "x")
		require.NoError(t, server.Close())
		require.NoError(t, client.Close())
		require.NotContains(t, server.log.String(), "call rejected")
	}
}

// TestEnvelopes: old envelopes are understood where the length of the message is known, wrong types are refused.
func TestEnvelopes(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	conn := dial(t, server.address)
	body := arguments(t, 1, &Request{Text: "old"})
	send(t, conn, frame(oldEnvelope(typeCall, "Echo", 9, body)))
	requireEcho(t, readFrame(t, conn), 9, "old")
	send(t, conn, frame(envelope(typeReply, "Echo", 3, body)))
	requireException(t, readFrame(t, conn), "Echo", 3, 2)
	send(t, conn, frame(envelope(77, "Echo", 4, body)))
	requireException(t, readFrame(t, conn), "Echo", 4, 2)
	send(t, conn, frame(envelope(typeCall, "", 5, body)))
	requireException(t, readFrame(t, conn), "", 5, 1)
	send(t, conn, frame(call(t, 0, "sequence 0")))
	requireEcho(t, readFrame(t, conn), 0, "sequence 0")
}

// TestSeveralServices: a call finds its service by the header, by Apache's name, or because only one has the method.
func TestSeveralServices(t *testing.T) {
	noLeaks(t)
	answer := func(name string, methods ...string) *rpc.Service {
		svc := rpc.NewService(name)
		for _, method := range methods {
			rpc.Handle(svc, method, func(context.Context, *rpc.Void) (*Reply, error) { return &Reply{Text: svc.Name()}, nil })
		}
		return svc
	}
	server := serve(t, []*rpc.Service{answer("One", "get", "only"), answer("Two", "get")})
	get := func(method string, options ...rpc.ClientOption) (string, error) {
		reply, err := rpc.Call[rpc.Void, Reply](context.Background(), connect(t, server.address, options...), method, nil)
		if err != nil {
			return "", err
		}
		return reply.Text, nil
	}
	for _, name := range []string{"One", "Two"} {
		text, err := get("get", rpc.WithService(name), rpc.WithTransport(rpc.TTHeader))
		require.NoError(t, err)
		require.Equal(t, name, text)
		for _, transport := range transports {
			text, err = get("get", rpc.WithService(name), rpc.WithMultiplexedNames(), rpc.WithWay(transport))
			require.NoError(t, err)
			require.Equal(t, name, text)
		}
	}
	text, err := get("only")
	require.NoError(t, err)
	require.Equal(t, "One", text)
	_, err = get("get")
	require.Equal(t, rpc.CodeNoService, codeOf(t, err))
	_, err = get("nowhere")
	require.Equal(t, rpc.CodeUnknownMethod, codeOf(t, err))
	_, err = get("get", rpc.WithService("Three"), rpc.WithTransport(rpc.TTHeader))
	require.Equal(t, rpc.CodeUnknownService, codeOf(t, err))
	_, err = get("get", rpc.WithService("Three"), rpc.WithMultiplexedNames())
	require.Equal(t, rpc.CodeUnknownService, codeOf(t, err))
	_, err = get("only", rpc.WithService("Two"), rpc.WithMultiplexedNames())
	require.Equal(t, rpc.CodeUnknownMethod, codeOf(t, err))

	// Apache's servers answer with the bare name of the method.
	conn := dial(t, server.address)
	send(t, conn, frame(envelope(typeCall, "Two:get", 1, []byte{0})))
	require.Equal(t, "get", parse(t, readFrame(t, conn)).name)
	send(t, conn, frame(envelope(typeCall, "Two:nowhere", 1, []byte{0})))
	requireException(t, readFrame(t, conn), "nowhere", 1, 1)
}

// TestMetadata: what the context carries goes to the handler, and what the handler sends back comes to the caller;
// values for one hop go one hop.
func TestMetadata(t *testing.T) {
	noLeaks(t)
	last := rpc.NewService("Last")
	rpc.Handle(last, "Get", func(ctx context.Context, _ *rpc.Void) (*Reply, error) {
		one, _ := metainfo.GetValue(ctx, "ONE")
		all, _ := metainfo.GetPersistentValue(ctx, "ALL")
		metainfo.SendBackwardValue(ctx, "BACK", "from last")
		return &Reply{Text: one + "/" + all + "/" + rpc.CallOf(ctx).Caller}, nil
	})
	lastServer := serve(t, []*rpc.Service{last})
	onward := connect(t, lastServer.address, rpc.WithTransport(rpc.TTHeader), rpc.WithCaller("middle"))
	middle := rpc.NewService("Middle")
	rpc.Handle(middle, "Get", func(ctx context.Context, _ *rpc.Void) (*Reply, error) {
		one, _ := metainfo.GetValue(ctx, "ONE")
		reply, err := rpc.Call[rpc.Void, Reply](ctx, onward, "Get", nil)
		if err != nil {
			return nil, err
		}
		return &Reply{Text: one + "," + reply.Text}, nil
	})
	middleServer := serve(t, []*rpc.Service{middle})
	client := connect(t, middleServer.address, rpc.WithTransport(rpc.TTHeaderFramed), rpc.WithCaller("first"))
	ctx := metainfo.WithPersistentValue(metainfo.WithValue(context.Background(), "ONE", "1"), "ALL", "*")
	reply, err := rpc.Call[rpc.Void, Reply](ctx, client, "Get", nil)
	require.NoError(t, err)
	require.Equal(t, "1,/*/middle", reply.Text)

	ctx = metainfo.WithBackwardValues(context.Background())
	_, err = rpc.Call[rpc.Void, Reply](ctx, onward, "Get", nil)
	require.NoError(t, err)
	back, _ := metainfo.RecvBackwardValue(ctx, "BACK")
	require.Equal(t, "from last", back)
}

// TestDeadline: the handler's context ends with the caller's time, with the caller's connection, and after the call.
func TestDeadline(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Slow")
	entered, ended := make(chan struct{}, 3), make(chan error, 1)
	rpc.Handle(svc, "Wait", func(ctx context.Context, req *Request) (*Reply, error) {
		entered <- struct{}{}
		deadline, limited := ctx.Deadline()
		if limited != (req.Number > 0) || limited && time.Until(deadline) > time.Duration(req.Number)*time.Millisecond {
			ended <- fmt.Errorf("the deadline is %v, %v", deadline, limited)
			return nil, nil
		}
		child, cancel := context.WithCancel(ctx)
		defer cancel()
		<-child.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})
	keeps := make(chan context.Context, 1)
	rpc.Handle(svc, "Keep", func(ctx context.Context, _ *rpc.Void) (*rpc.Void, error) {
		keeps <- ctx
		return nil, ctx.Err()
	})
	server := serve(t, []*rpc.Service{svc})
	// A client that says how long it waits, and waits longer.
	conn := dial(t, server.address)
	wait := envelope(typeCall, "Wait", 1, arguments(t, 1, &Request{Number: 40}))
	send(t, conn, header(1, intBlock(12, "40"), wait))
	<-entered
	require.ErrorIs(t, <-ended, context.DeadlineExceeded)

	// One that sends what time there is, with a call.
	client := connect(t, server.address, rpc.WithTransport(rpc.TTHeader), rpc.WithTimeout(time.Second))
	_, err := rpc.Call[Request, Reply](context.Background(), client, "Wait", &Request{Number: 1000})
	require.Error(t, err)
	<-entered
	require.Error(t, <-ended)

	ctx, cancel := context.WithCancel(context.Background())
	client = connect(t, server.address, rpc.WithTransport(rpc.Framed), rpc.WithTimeout(0))
	go func() {
		<-entered
		cancel()
	}()
	_, err = rpc.Call[Request, Reply](ctx, client, "Wait", &Request{})
	require.Equal(t, rpc.CodeCanceled, codeOf(t, err))
	require.ErrorIs(t, <-ended, context.Canceled)

	_, err = rpc.Call[rpc.Void, rpc.Void](context.Background(), client, "Keep", nil)
	require.NoError(t, err)
	kept := <-keeps
	<-kept.Done()
	require.ErrorIs(t, kept.Err(), context.Canceled)
	require.Equal(t, "Keep", rpc.CallOf(kept).Method)
	require.Nil(t, rpc.CallOf(context.Background()))
}

// TestShutdownDrains: calls that are being worked on end with their replies, idle connections and half messages do not
// hold it up.
func TestShutdownDrains(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Slow")
	started, release := make(chan struct{}), make(chan struct{})
	rpc.Handle(svc, "Wait", func(ctx context.Context, _ *rpc.Void) (*Reply, error) {
		started <- struct{}{}
		<-release
		return &Reply{Text: "done"}, ctx.Err()
	})
	server := serve(t, []*rpc.Service{svc})
	client := connect(t, server.address)
	half, idle := dial(t, server.address), dial(t, server.address)
	send(t, half, []byte{0, 0})
	replied := make(chan error, 1)
	go func() {
		reply, err := rpc.Call[rpc.Void, Reply](context.Background(), client, "Wait", nil)
		if err == nil && reply.Text != "done" {
			err = errors.New(reply.Text)
		}
		replied <- err
	}()
	<-started
	down := make(chan error, 1)
	go func() { down <- server.Shutdown(context.Background()) }()
	mustClose(t, idle)
	mustClose(t, half)
	_, err := net.Dial("tcp", server.address)
	require.Error(t, err)
	select {
	case err := <-down:
		t.Fatalf("Shutdown has returned %v before the call", err)
	default:
	}
	close(release)
	require.NoError(t, <-replied)
	require.NoError(t, <-down)
}

// TestShutdownDoesNotReset: a peer that has sent more than the server reads while it works on a call gets the replies to what it has
// sent, and then the end of the connection; a reset might take a reply with it.
func TestShutdownDoesNotReset(t *testing.T) {
	noLeaks(t)
	begun, release := make(chan struct{}, 2), make(chan struct{})
	svc := rpc.NewService("Echo")
	rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
		begun <- struct{}{}
		<-release
		return &Reply{Text: req.Text}, nil
	})
	server := serve(t, []*rpc.Service{svc}, rpc.WithLimits(rpc.Limits{MaxPending: 1}))
	idle, conn := dial(t, server.address), dial(t, server.address)
	send(t, idle, frame(envelope(typeCall, "Unknown", 1, nil)))
	_ = readFrame(t, idle) // so the server has accepted it
	send(t, conn, frame(call(t, 1, "a")))
	<-begun
	large := strings.Repeat("x", 100<<10)
	send(t, conn, frame(call(t, 2, large)))
	down := make(chan error, 1)
	go func() { down <- server.Shutdown(context.Background()) }()
	mustClose(t, idle) // from now on connections are closed
	close(release)
	requireEcho(t, readFrame(t, conn), 1, "a")
	requireEcho(t, readFrame(t, conn), 2, large)
	rest, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Empty(t, rest)
	require.NoError(t, conn.Close())
	require.NoError(t, <-down)
}

// TestShutdownGivesUp: when its context ends, Shutdown closes what is left.
func TestShutdownGivesUp(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Slow")
	started := make(chan struct{})
	rpc.Handle(svc, "Wait", func(ctx context.Context, _ *rpc.Void) (*Reply, error) {
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	server := serve(t, []*rpc.Service{svc})
	client := connect(t, server.address, rpc.WithTimeout(0))
	failed := make(chan error, 1)
	go func() {
		_, err := rpc.Call[rpc.Void, Reply](context.Background(), client, "Wait", nil)
		failed <- err
	}()
	<-started
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, server.Shutdown(ctx), context.DeadlineExceeded)
	require.Error(t, <-failed)
	require.NoError(t, server.ListenAndServe("tcp", "127.0.0.1:0"), "a server that has ended")
}

// TestShutdownAtOnce: a server that is told to end while it begins ends.
func TestShutdownAtOnce(t *testing.T) {
	noLeaks(t)
	for range 20 {
		server := rpc.NewServer()
		require.NoError(t, server.Register(echo()[0]))
		done := make(chan error, 1)
		go func() { done <- server.ListenAndServe("tcp", "127.0.0.1:0") }()
		require.NoError(t, server.Shutdown(context.Background()))
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatal("Serve does not return")
		}
	}
}

// TestUnixSocket: calls go over sockets of the file system.
func TestUnixSocket(t *testing.T) {
	noLeaks(t)
	server := serveOn(t, listenUnix(t), echo())
	for _, transport := range transports {
		reply, err := callEcho(connect(t, server.address, rpc.WithWay(transport)), "over unix")
		require.NoError(t, err)
		require.Equal(t, "over unix", reply.Text)
	}
}

// TestServiceMethods: other frameworks get the methods in the order of their names, and what is wrong with them.
func TestServiceMethods(t *testing.T) {
	svc := rpc.NewService("Sorted")
	for _, name := range []string{"b", "c", "a"} {
		rpc.Handle(svc, name, func(_ context.Context, req *Request) (*Reply, error) { return &Reply{Text: name}, nil })
	}
	methods, err := svc.Methods()
	require.NoError(t, err)
	var names string
	for _, m := range methods {
		names += m.Name
		require.NotNil(t, m.Invoke)
	}
	require.Equal(t, "abc", names)
	rpc.Handle(svc, "d", func(_ context.Context, req *Request) (*Reply, error) { return nil, nil })
	require.ErrorIs(t, svc.Err(), rpc.CodeContract, "a method was added after Methods")
	_, err = svc.Methods()
	require.ErrorIs(t, err, rpc.CodeContract)
	_, err = rpc.NewService("Empty").Methods()
	require.ErrorIs(t, err, rpc.CodeContract)
}
