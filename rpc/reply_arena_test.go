package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

// TestReplyArena: replies are what they are without an arena, message after message, and lie in its memory, whether they are called
// by name, by a Method or a contract.
func TestReplyArena(t *testing.T) {
	for _, transport := range transports {
		for name, options := range map[string][]rpc.ClientOption{
			"plain":        nil,
			"interceptors": {rpc.WithInterceptors(rpc.Logging((&quiet{}).logger(), 0), new(rpc.Stats).Interceptor())},
		} {
			t.Run(transport.String()+"/"+name, func(t *testing.T) {
				noLeaks(t)
				server := serve(t, reflector(), rpc.WithRequestReuse())
				var contract struct {
					Same func(ctx context.Context, load *Load) (*Load, error)
				}
				client := connect(t, server.address, append(options, rpc.WithWay(transport), rpc.WithContract(&contract), rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))...)
				same := rpc.NewMethod[Load, Load]("Same")
				var arena tagwire.Arena
				ctx := rpc.WithReplyArena(context.Background(), &arena)
				seen := map[*Load]bool{}
				for i := range 200 {
					request := loadOf(i, 10*i)
					for _, call := range []func() (*Load, error){
						func() (*Load, error) { return rpc.Call[Load, Load](ctx, client, "Same", request) },
						func() (*Load, error) { return same.Call(ctx, client, request) },
						func() (*Load, error) { return contract.Same(ctx, request) },
					} {
						reply, err := call()
						require.NoError(t, err)
						require.Equal(t, request, reply)
						seen[reply] = true
					}
					require.NoError(t, callReflector(ctx, client, transport.Headers(), i, i))
					arena.Reset()
				}
				require.Less(t, len(seen), 100, "of 600 replies")
			})
		}
	}
}

// TestReplyArenaAllocations: a reply costs no objects but those that the call has anyway.
func TestReplyArenaAllocations(t *testing.T) {
	if effort.RaceDetector || checksPointers() {
		t.Skip("pools forget objects, or more is allocated")
	}
	noLeaks(t)
	require.NoError(t, tagwire.Compile(reflect.TypeFor[Load]()))
	fields, err := tagwire.Marshal(loadOf(6, 100))
	require.NoError(t, err)
	reply := frame(envelope(typeReply, "Get", 0, append([]byte{12, 0, 0}, append(fields, 0)...)))
	sequenceAt := 4 + 8 + len("Get")
	address, _ := fake(t, func(conn net.Conn) {
		buf, own := make([]byte, 4096), append([]byte(nil), reply...)
		for {
			n, err := conn.Read(buf)
			if err != nil || n < sequenceAt+4 {
				return
			}
			copy(own[sequenceAt:], buf[sequenceAt:sequenceAt+4])
			if _, err := conn.Write(own); err != nil {
				return
			}
		}
	})
	client := connect(t, address)
	var arena tagwire.Arena
	plain := context.Background()
	in := rpc.WithReplyArena(plain, &arena)
	objects := func(ctx context.Context) float64 {
		return perCall(t, func() {
			if _, err := rpc.Call[rpc.Void, Load](ctx, client, "Get", nil); err != nil {
				t.Fatal(err)
			}
			arena.Reset()
		})
	}
	before, got := objects(plain), objects(in)
	t.Logf("%.2f objects, %.2f without the arena", got, before)
	if got > allowed || before < got+10 {
		t.Errorf("%.2f objects for a call, %.2f without the arena; %v are allowed", got, before, allowed)
	}
}

// TestErrorsOutliveReplies: errors are the caller's own, and so are replies to the calls of interceptors.
func TestErrorsOutliveReplies(t *testing.T) {
	noLeaks(t)
	server := serve(t, reflector())
	tokens := connect(t, server.address)
	var kept []*Load
	client := connect(t, server.address, rpc.WithInterceptors(rpc.Interceptor{
		Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
			token, err := rpc.Call[Load, Load](ctx, tokens, "Same", loadOf(3, 40))
			if err != nil {
				return err
			}
			kept = append(kept, token)
			return next(ctx)
		},
	}))
	var arena tagwire.Arena
	ctx := rpc.WithReplyArena(context.Background(), &arena)
	exception := rpc.NewMethod[Load, rpc.Void]("Exception", rpc.Throws(1, NotFound{}))
	var exceptions []*NotFound
	for i := range 100 {
		_, err := exception.Call(ctx, client, loadOf(i, 20))
		var thrown *NotFound
		require.ErrorAs(t, err, &thrown)
		exceptions = append(exceptions, thrown)
		_, err = rpc.Call[Load, Load](ctx, client, "Same", loadOf(i, 30))
		require.NoError(t, err)
		arena.Reset()
	}
	for i, thrown := range exceptions {
		require.Equal(t, loadOf(i, 20).Text, thrown.Key)
	}
	require.Len(t, kept, 200)
	for _, token := range kept {
		require.Equal(t, int64(3), token.Number)
		require.NoError(t, token.check())
	}
	// A context whose arena is taken away.
	first, err := rpc.Call[Load, Load](rpc.WithReplyArena(ctx, nil), client, "Same", loadOf(1, 30))
	require.NoError(t, err)
	_, err = rpc.Call[Load, Load](ctx, client, "Same", loadOf(2, 30))
	require.NoError(t, err)
	arena.Reset()
	require.NoError(t, first.check())
}

// TestLateRepliesAndArenas: attempts that go on when their call has returned, and then get their reply, leave the arena to the caller,
// who resets it, makes further calls, and decodes into it.
func TestLateRepliesAndArenas(t *testing.T) {
	noLeaks(t)
	release := make(chan struct{})
	var arrived, late atomic.Int64
	svc := rpc.NewService("Slow")
	rpc.Handle(svc, "Get", func(_ context.Context, req *Load) (*Load, error) {
		if arrived.Add(1)%2 == 1 {
			select {
			case <-release:
			case <-time.After(time.Duration(req.Number%5) * time.Millisecond):
			}
		}
		return req, req.check()
	})
	server := serve(t, []*rpc.Service{svc})
	hedge := rpc.Interceptor{Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
		done := make(chan error, 2)
		for range 2 {
			go func() {
				done <- next(ctx)
				late.Add(1)
			}()
		}
		return <-done
	}}
	data, err := tagwire.Marshal(loadOf(77, 500))
	require.NoError(t, err)
	client := connect(t, server.address, rpc.WithInterceptors(hedge), rpc.WithPool(100, time.Minute), rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))
	var group sync.WaitGroup
	for caller := range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			var arena tagwire.Arena
			ctx := rpc.WithReplyArena(context.Background(), &arena)
			for i := range 100 {
				number := 1000*caller + i
				reply, err := rpc.Call[Load, Load](ctx, client, "Get", loadOf(number, 100*(i%7)))
				if err == nil && reply.Number != int64(number) {
					err = errors.New("it is another reply")
				}
				if err == nil {
					err = reply.changing()
				}
				own := tagwire.NewIn[Load](&arena)
				if _, failed := tagwire.DecodeIn(&arena, data, own); failed != nil {
					err = failed
				}
				if err = errors.Join(err, own.changing()); err != nil {
					t.Error(caller, i, err)
					return
				}
				arena.Reset()
			}
		}()
	}
	group.Wait()
	close(release)
	settle(t, func() string {
		if late.Load() != 800 {
			return "attempts do not end"
		}
		return ""
	})
}

// TestTimeoutsAndArenas: a reply that comes after the deadline of its call is not seen in those of later ones.
func TestTimeoutsAndArenas(t *testing.T) {
	parallel(t)
	noLeaks(t)
	svc := rpc.NewService("Slow")
	rpc.Handle(svc, "Get", func(_ context.Context, req *Load) (*Load, error) {
		if req.Number%2 == 0 {
			time.Sleep(6 * time.Millisecond)
		}
		return req, nil
	})
	server := serve(t, []*rpc.Service{svc})
	giveUp := rpc.Interceptor{Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
		done := make(chan error, 1)
		go func() { done <- next(context.WithoutCancel(ctx)) }()
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
	for name, options := range map[string][]rpc.ClientOption{"plain": nil, "given up": {rpc.WithInterceptors(giveUp)}} {
		t.Run(name, func(t *testing.T) {
			client := connect(t, server.address, append(options, rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))...)
			var arena tagwire.Arena
			for i := range 100 {
				ctx, cancel := context.WithTimeout(rpc.WithReplyArena(context.Background(), &arena), 5*time.Millisecond)
				reply, err := rpc.Call[Load, Load](ctx, client, "Get", loadOf(2*i, 100))
				if err == nil { // the deadline is near
					require.NoError(t, reply.changing())
				}
				cancel()
				arena.Reset()
				ctx = rpc.WithReplyArena(context.Background(), &arena)
				reply, err = rpc.Call[Load, Load](ctx, client, "Get", loadOf(2*i+1, 100))
				require.NoError(t, err)
				time.Sleep(time.Duration(i%4) * time.Millisecond)
				require.NoError(t, reply.changing())
				require.Equal(t, int64(2*i+1), reply.Number)
				arena.Reset()
			}
		})
	}
}

// TestCallsThatShareAnArena: calls that are made at the same time may have the same arena.
func TestCallsThatShareAnArena(t *testing.T) {
	noLeaks(t)
	server := serve(t, reflector(), rpc.WithRequestReuse())
	client := connect(t, server.address, rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))
	var arena tagwire.Arena
	ctx := rpc.WithReplyArena(context.Background(), &arena)
	for round := range 40 {
		replies := make([]*Load, 8)
		var group sync.WaitGroup
		for i := range replies {
			group.Add(1)
			go func() {
				defer group.Done()
				var err error
				if replies[i], err = rpc.Call[Load, Load](ctx, client, "Same", loadOf(100*round+i, 3000)); err != nil {
					t.Error(err)
				}
			}()
		}
		group.Wait()
		runtime.GC()
		for i, reply := range replies {
			require.Equal(t, int64(100*round+i), reply.Number)
			require.NoError(t, reply.check())
		}
		arena.Reset()
	}
}

// Exploding has defaults that panic while explosion is set. It makes a map, so that it is called each time.
type Exploding struct {
	Text  string            `frugal:"1"`
	Names map[string]string `frugal:"2"`
}

var explosion atomic.Bool

func (e *Exploding) InitDefault() {
	if explosion.Load() {
		panic("explosion")
	}
	e.Names = map[string]string{"a": "b"}
}

// TestPanicsInArenas: a reply whose defaults panic leaves the arena usable.
func TestPanicsInArenas(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Exploding")
	rpc.Handle(svc, "Get", func(_ context.Context, req *Request) (*Reply, error) { return &Reply{Text: req.Text}, nil })
	server := serve(t, []*rpc.Service{svc}, rpc.WithRequestReuse())
	log := &quiet{}
	client := connect(t, server.address, rpc.WithLogger(log.logger()))
	var arena tagwire.Arena
	ctx := rpc.WithReplyArena(context.Background(), &arena)
	_, err := rpc.Call[Request, Exploding](ctx, client, "Get", &Request{Text: "first"})
	require.NoError(t, err)
	explosion.Store(true)
	_, err = rpc.Call[Request, Exploding](ctx, client, "Get", &Request{Text: "second"})
	explosion.Store(false)
	require.ErrorIs(t, err, rpc.CodePanic)
	for i := range 100 {
		reply, err := rpc.Call[Request, Exploding](ctx, client, "Get", &Request{Text: fmt.Sprint(i)})
		require.NoError(t, err)
		require.Equal(t, &Exploding{Text: fmt.Sprint(i), Names: map[string]string{"a": "b"}}, reply)
		arena.Reset()
	}
}
