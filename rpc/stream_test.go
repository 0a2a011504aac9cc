package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// Sums is the contract of most tests of streams.
type Sums struct {
	Count func(ctx context.Context, req *Request) iter.Seq2[*Reply, error]                    `rpc:"count" throws:"1=NotFound"`
	Add   func(ctx context.Context, reqs iter.Seq2[*Request, error]) (*Reply, error)          `rpc:"add"`
	Echo  func(ctx context.Context, reqs iter.Seq2[*Request, error]) iter.Seq2[*Reply, error] `rpc:"echo"`
	Plain func(ctx context.Context, req *Request) (*Reply, error)                             `rpc:"plain"`
}

// sums implements it. hook, if it is not nil, is called with the text of each request.
type sums struct {
	hook func(ctx context.Context, text string) error
}

func (s *sums) at(ctx context.Context, req *Request) error {
	if s.hook == nil {
		return nil
	}
	return s.hook(ctx, req.Text)
}

// Count counts up to the number of the request; its text is what goes wrong then.
func (s *sums) Count(ctx context.Context, req *Request) iter.Seq2[*Reply, error] {
	return func(yield func(*Reply, error) bool) {
		for i := range req.Number {
			if !yield(&Reply{Text: req.Text, Number: i}, nil) {
				return
			}
		}
		switch err := s.at(ctx, req); {
		case err != nil:
			yield(nil, err)
		case req.Text == "missing":
			yield(nil, &NotFound{req.Text})
		case req.Text == "biz":
			yield(nil, &rpc.BizError{Status: 42, Message: "no", Extra: map[string]string{"a": "b"}})
		case req.Text != "":
			yield(nil, errors.New(req.Text))
		}
	}
}

// Add adds the numbers.
func (s *sums) Add(ctx context.Context, reqs iter.Seq2[*Request, error]) (*Reply, error) {
	sum := &Reply{}
	for req, err := range reqs {
		if err != nil {
			return nil, err
		}
		if err := s.at(ctx, req); err != nil {
			return nil, err
		}
		sum.Number += req.Number
		sum.Text += req.Text
	}
	return sum, nil
}

// Echo answers each request.
func (s *sums) Echo(ctx context.Context, reqs iter.Seq2[*Request, error]) iter.Seq2[*Reply, error] {
	return func(yield func(*Reply, error) bool) {
		for req, err := range reqs {
			if err == nil {
				err = s.at(ctx, req)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(&Reply{req.Text, req.Number}, nil) {
				return
			}
		}
	}
}

func (s *sums) Plain(_ context.Context, req *Request) (*Reply, error) {
	return &Reply{req.Text, req.Number}, nil
}

// streamWorld is a server with a client, and what carries streams between them.
type streamWorld struct {
	client *rpc.Client
	pipe   *rpc.Pipe // nil for TTHeader
	server *running  // nil for a Pipe
	log    *quiet
	sums   Sums
}

// piped returns a world in which streams go over a Pipe, and checks at the end that each ended once.
func piped(t *testing.T, svc *rpc.Service, options ...rpc.Option) *streamWorld {
	t.Helper()
	w := &streamWorld{log: &quiet{}}
	serverOptions := []rpc.ServerOption{rpc.WithLogger(w.log.logger())}
	clientOptions := []rpc.ClientOption{rpc.WithLogger(w.log.logger()), rpc.WithAddresses("127.0.0.1:1"), rpc.WithTransport(rpc.TTHeader),
		rpc.WithConnections(rpc.Multiplexed)}
	for _, o := range options {
		serverOptions, clientOptions = append(serverOptions, o), append(clientOptions, o)
	}
	w.pipe = &rpc.Pipe{Server: rpc.NewServer(serverOptions...), Window: 4}
	require.NoError(t, w.pipe.Server.Register(svc))
	var err error
	w.client, err = rpc.NewClient(clientOptions...)
	require.NoError(t, err)
	rpc.UsePipe(w.client, w.pipe)
	require.NoError(t, w.client.Fill(&w.sums, rpc.Exceptions(NotFound{})))
	t.Cleanup(func() {
		settle(t, func() string {
			if n := w.pipe.Streams.Load(); n != 0 {
				return fmt.Sprintf("%d streams are left", n)
			}
			if w.pipe.Finished.Load() != w.pipe.Closed.Load() {
				return fmt.Sprintf("%d were finished and %d closed", w.pipe.Finished.Load(), w.pipe.Closed.Load())
			}
			return ""
		})
		if n := w.pipe.Misused.Load(); n != 0 {
			t.Errorf("the transport was misused %d times", n)
		}
		_ = w.client.Close()
		_ = w.pipe.Server.Close()
	})
	return w
}

// framed returns a world in which streams are frames of TTHeader.
func framed(t *testing.T, svc *rpc.Service, options ...rpc.Option) *streamWorld {
	t.Helper()
	return framedWith(t, svc, rpc.Multiplexed, options...)
}

// framedAlone is framed for streams that have a connection each.
func framedAlone(t *testing.T, svc *rpc.Service, options ...rpc.Option) *streamWorld {
	t.Helper()
	return framedWith(t, svc, rpc.Pooled, options...)
}

func framedWith(t *testing.T, svc *rpc.Service, kind rpc.ConnectionKind, options ...rpc.Option) *streamWorld {
	t.Helper()
	var serverOptions []rpc.ServerOption
	for _, o := range options {
		serverOptions = append(serverOptions, o)
	}
	server := serve(t, []*rpc.Service{svc}, serverOptions...)
	w := &streamWorld{log: server.log, server: server}
	clientOptions := []rpc.ClientOption{rpc.WithLogger(w.log.logger()), rpc.WithAddresses(server.address), rpc.WithTransport(rpc.TTHeader),
		rpc.WithConnections(kind)}
	for _, o := range options {
		clientOptions = append(clientOptions, o)
	}
	var err error
	w.client, err = rpc.NewClient(clientOptions...)
	require.NoError(t, err)
	require.NoError(t, w.client.Fill(&w.sums, rpc.Exceptions(NotFound{})))
	t.Cleanup(func() { _ = w.client.Close() })
	return w
}

// eachWorld runs a test with each transport of streams.
func eachWorld(t *testing.T, test func(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld)) {
	for name, world := range map[string]func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld{
		"pipe": piped, "ttheader": framed, "ttheader alone": framedAlone,
	} {
		t.Run(name, func(t *testing.T) { test(t, world) })
	}
}

func sumsService(s *sums) *rpc.Service {
	svc := rpc.NewService("Sums")
	rpc.Implement[Sums](svc, s, rpc.Exceptions(NotFound{}))
	return svc
}

// collect returns what a stream yields, and its error.
func collect(seq iter.Seq2[*Reply, error]) (numbers []int64, err error) {
	for reply, failure := range seq {
		if failure != nil {
			if err != nil || reply != nil {
				return nil, errors.New("an error and a reply, or two errors")
			}
			err = failure
			continue
		}
		numbers = append(numbers, reply.Number)
	}
	return numbers, err
}

// numbers yields requests with numbers below n.
func numbers(n int64) iter.Seq2[*Request, error] {
	return func(yield func(*Request, error) bool) {
		for i := range n {
			if !yield(&Request{Number: i}, nil) {
				return
			}
		}
	}
}

func TestStreamShapes(t *testing.T) {
	noLeaks(t)
	eachWorld(t, streamShapes)
}

func streamShapes(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	w := world(t, sumsService(&sums{}))
	ctx := context.Background()
	for _, n := range []int64{0, 1, 3, 100} {
		got, err := collect(w.sums.Count(ctx, &Request{Number: n}))
		require.NoError(t, err)
		require.Len(t, got, int(n))
		sum, err := w.sums.Add(ctx, numbers(n))
		require.NoError(t, err)
		require.Equal(t, n*(n-1)/2, sum.Number)
		got, err = collect(w.sums.Echo(ctx, numbers(n)))
		require.NoError(t, err)
		require.Len(t, got, int(n))
	}
	// The same iterator makes another call each time.
	again := w.sums.Count(ctx, &Request{Number: 2})
	for range 3 {
		got, err := collect(again)
		require.NoError(t, err)
		require.Equal(t, []int64{0, 1}, got)
	}
	sum, err := w.sums.Add(ctx, nil)
	require.NoError(t, err)
	require.Zero(t, sum.Number)
	var none context.Context
	_, err = collect(w.sums.Echo(none, numbers(3)))
	require.NoError(t, err)
}

func TestStreamErrors(t *testing.T) {
	noLeaks(t)
	eachWorld(t, streamErrors)
}

func streamErrors(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	w := world(t, sumsService(&sums{}))
	ctx := context.Background()
	got, err := collect(w.sums.Count(ctx, &Request{Number: 3, Text: "missing"}))
	require.Len(t, got, 3)
	var missing *NotFound
	if w.pipe != nil {
		require.ErrorAs(t, err, &missing)
		require.Equal(t, "missing", missing.Key)
	} else { // TTHeader has no place for it
		require.ErrorIs(t, err, rpc.CodeInternal)
		require.Contains(t, err.Error(), "not found: missing")
	}
	_, err = collect(w.sums.Count(ctx, &Request{Text: "biz"}))
	var business *rpc.BizError
	require.ErrorAs(t, err, &business)
	require.Equal(t, rpc.BizError{Status: 42, Message: "no", Extra: map[string]string{"a": "b"}}, *business)
	got, err = collect(w.sums.Count(ctx, &Request{Number: 1, Text: "other"}))
	require.Len(t, got, 1)
	require.ErrorIs(t, err, rpc.CodeInternal)
	require.Contains(t, err.Error(), "other")

	own := errors.New("own")
	_, err = w.sums.Add(ctx, func(yield func(*Request, error) bool) {
		_ = yield(&Request{Number: 1}, nil) && yield(nil, own)
		if yield(&Request{Number: 2}, nil) {
			t.Error("it shall go on after an error")
		}
	})
	require.ErrorIs(t, err, own)
	require.ErrorIs(t, err, rpc.CodeCanceled)
	_, err = collect(w.sums.Echo(ctx, func(yield func(*Request, error) bool) { yield(nil, own) }))
	require.ErrorIs(t, err, own)
	_, err = w.sums.Add(ctx, func(yield func(*Request, error) bool) { yield(nil, nil) })
	require.ErrorIs(t, err, rpc.CodeCanceled)
	_, err = collect(w.sums.Count(ctx, nil))
	require.ErrorIs(t, err, rpc.CodeEncode)

	svc := rpc.NewService("Sums")
	rpc.HandleServerStream(svc, "count", func(context.Context, *Request) iter.Seq2[*Reply, error] { return nil })
	rpc.HandleClientStream(svc, "add", func(context.Context, iter.Seq2[*Request, error]) (*Reply, error) { return nil, nil })
	rpc.HandleStream(svc, "echo", func(context.Context, iter.Seq2[*Request, error]) iter.Seq2[*Reply, error] {
		return func(yield func(*Reply, error) bool) { yield(nil, nil) }
	})
	w = world(t, svc)
	got, err = collect(w.sums.Count(ctx, &Request{}))
	require.NoError(t, err)
	require.Empty(t, got)
	_, err = w.sums.Add(ctx, numbers(2))
	require.ErrorIs(t, err, rpc.CodeMissingResult)
	_, err = collect(w.sums.Echo(ctx, numbers(2)))
	require.ErrorIs(t, err, rpc.CodeMissingResult)
}

var (
	echoStream  = rpc.NewStreamMethod[Request, Reply]("echo", rpc.ClientStreams|rpc.ServerStreams)
	countStream = rpc.NewStreamMethod[Request, Reply]("count", rpc.ServerStreams)
	addStream   = rpc.NewStreamMethod[Request, Reply]("add", rpc.ClientStreams)
)

// TestStreamMethods: both sides do all that there is to do, with interceptors and without.
func TestStreamMethods(t *testing.T) {
	noLeaks(t)
	eachWorld(t, streamMethods)
}

func streamMethods(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	through := rpc.Interceptor{
		Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error { return next(ctx) },
	}
	for name, options := range map[string][]rpc.Option{"bare": nil, "intercepted": {rpc.WithInterceptors(through)}} {
		t.Run(name, func(t *testing.T) {
			svc := rpc.NewService("Sums")
			echoStream.Handle(svc, func(ctx context.Context, s *rpc.ServerStream[Request, Reply]) error {
				if err := s.SendHeader(map[string]string{"head": "er"}); err != nil {
					return err
				}
				if s.SendHeader(nil) == nil {
					t.Error("the header is sent twice")
				}
				metainfo.SendBackwardValue(ctx, "trail", "er")
				for {
					req, err := s.Receive()
					if err == io.EOF {
						return nil
					}
					if err != nil {
						return err
					}
					if err := s.Send(&Reply{req.Text, req.Number}); err != nil {
						return err
					}
				}
			})
			w := world(t, svc, options...)
			ctx := metainfo.WithBackwardValues(context.Background())
			s, err := echoStream.Open(ctx, w.client)
			require.NoError(t, err)
			header, err := s.Header()
			require.NoError(t, err)
			require.Equal(t, map[string]string{"head": "er"}, header)
			require.ErrorIs(t, s.Send(nil), rpc.CodeEncode)
			for i := range int64(10) {
				require.NoError(t, s.Send(&Request{Number: i}))
				reply, err := s.Receive()
				require.NoError(t, err)
				require.Equal(t, i, reply.Number)
			}
			require.NoError(t, s.CloseSend())
			for range 2 {
				_, err = s.Receive()
				require.Equal(t, io.EOF, err)
			}
			require.Equal(t, "er", s.Trailer()["trail"])
			require.Equal(t, io.EOF, s.Send(&Request{}))
			header, err = s.Header()
			require.NoError(t, err)
			require.Equal(t, map[string]string{"head": "er"}, header)
			trail, _ := metainfo.RecvBackwardValue(ctx, "trail")
			require.Equal(t, "er", trail)
			s.Close()
			s.Close()

			s, err = echoStream.Open(context.Background(), w.client)
			require.NoError(t, err)
			require.NoError(t, s.Send(&Request{}))
			s.Close()
			_, err = s.Receive()
			require.ErrorIs(t, err, rpc.CodeCanceled)
			require.Equal(t, io.EOF, s.Send(&Request{}))

			ctx, cancel := context.WithCancel(context.Background())
			s, err = echoStream.Open(ctx, w.client)
			require.NoError(t, err)
			time.AfterFunc(time.Millisecond, cancel)
			_, err = s.Receive()
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, err, rpc.CodeCanceled)

			ctx, cancel = context.WithTimeout(context.Background(), 10*time.Millisecond)
			s, err = echoStream.Open(ctx, w.client)
			require.NoError(t, err)
			_, err = s.Receive()
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorIs(t, err, rpc.CodeTimeout)
			cancel()
		})
	}
}

// TestStreamsAbandoned: a stream whose caller does nothing with it ends with its context.
func TestStreamsAbandoned(t *testing.T) {
	noLeaks(t)
	eachWorld(t, streamsAbandoned)
}

func streamsAbandoned(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	ended := make(chan error, 1)
	svc := rpc.NewService("Sums")
	echoStream.Handle(svc, func(ctx context.Context, s *rpc.ServerStream[Request, Reply]) error {
		_, err := s.Receive()
		ended <- err
		return nil
	})
	w := world(t, svc)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := echoStream.Open(ctx, w.client)
	require.NoError(t, err)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}

// TestBreakingOut: a caller that leaves its loop cancels the call, whatever the way.
func TestBreakingOut(t *testing.T) {
	noLeaks(t)
	eachWorld(t, breakingOut)
}

func breakingOut(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	var gone atomic.Int64
	svc := rpc.NewService("Sums")
	rpc.HandleServerStream(svc, "count", func(ctx context.Context, req *Request) iter.Seq2[*Reply, error] {
		return func(yield func(*Reply, error) bool) {
			for yield(&Reply{}, nil) {
			}
			<-ctx.Done()
			gone.Add(1)
		}
	})
	stats := &rpc.Stats{}
	for name, options := range map[string][]rpc.Option{"bare": nil, "intercepted": {rpc.WithInterceptors(stats.Interceptor())}} {
		t.Run(name, func(t *testing.T) {
			w := world(t, svc, options...)
			gone.Store(0)
			ctx := context.Background()
			for range w.sums.Count(ctx, &Request{}) {
				break
			}
			func() {
				for range w.sums.Count(ctx, &Request{}) {
					return
				}
			}()
			require.PanicsWithValue(t, "the caller's", func() {
				for range w.sums.Count(ctx, &Request{}) {
					panic("the caller's")
				}
			})
			var group sync.WaitGroup
			group.Add(1)
			go func() {
				defer group.Done()
				for range w.sums.Count(ctx, &Request{}) {
					runtime.Goexit()
				}
			}()
			group.Wait()
			next, stop := iter.Pull2(w.sums.Count(ctx, &Request{}))
			_, err, _ := next()
			require.NoError(t, err)
			stop()
			settle(t, func() string {
				if n := gone.Load(); n != 5 {
					return fmt.Sprintf("%d handlers have noticed", n)
				}
				return ""
			})
			require.NotContains(t, w.log.String(), "panicked")
		})
	}
	require.EqualValues(t, 0, stats.Snapshot().Running)
}

func (q *quiet) contains(text string) bool { return strings.Contains(q.String(), text) }

// TestOneMessage: where a method has one message in a direction, neither side sends a second one, or takes none for one.
func TestOneMessage(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Sums")
	addStream.Handle(svc, func(_ context.Context, s *rpc.ServerStream[Request, Reply]) error {
		for _, err := s.Receive(); err != io.EOF; _, err = s.Receive() {
		}
		if err := s.Send(&Reply{Number: 1}); err != nil {
			return err
		}
		if err := s.Send(&Reply{Number: 2}); !errors.Is(err, rpc.CodeContract) {
			t.Error(err)
		}
		return nil
	})
	countStream.Handle(svc, func(_ context.Context, s *rpc.ServerStream[Request, Reply]) error {
		_, err := s.Receive()
		return err
	})
	rpc.HandleServerStream(svc, "double", func(context.Context, *Request) iter.Seq2[*Reply, error] { return nil })
	w := piped(t, svc)
	ctx := context.Background()
	s, err := addStream.Open(ctx, w.client)
	require.NoError(t, err)
	require.NoError(t, s.CloseSend())
	reply, err := s.Receive()
	require.NoError(t, err)
	require.EqualValues(t, 1, reply.Number)
	_, err = s.Receive()
	require.Equal(t, io.EOF, err)
	s, err = countStream.Open(ctx, w.client)
	require.NoError(t, err)
	require.NoError(t, s.Send(&Request{}))
	if err := s.Send(&Request{}); err != io.EOF { // unless the handler has returned
		require.ErrorIs(t, err, rpc.CodeContract)
	}
	s.Close()
	// A caller that takes the method for another kind sends two requests, or none.
	double := rpc.NewStreamMethod[Request, Reply]("double", rpc.ClientStreams|rpc.ServerStreams)
	for _, n := range []int{0, 2} {
		s, err := double.Open(ctx, w.client)
		require.NoError(t, err)
		for range n {
			require.NoError(t, s.Send(&Request{}))
		}
		require.NoError(t, s.CloseSend())
		_, err = s.Receive()
		require.ErrorIs(t, err, rpc.CodeProtocolError)
	}
}
