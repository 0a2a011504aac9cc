package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// These tests hold clients and servers to what Kitex does on the wire.

// TestBackwardValues: values that a server sends back are under their own keys, which is what Kitex reads and writes, or have
// a prefix; either is read, by callers that ask for them. A key that means something to peers gets the prefix.
func TestBackwardValues(t *testing.T) {
	noLeaks(t)
	address, _ := fake(t, func(conn net.Conn) {
		for {
			message, ok := readTTHeaderCall(conn)
			if !ok {
				return
			}
			blocks := stringBlock("plain", "1", "RPC_BACKWARD_PREFIXED", "2")
			_, _ = conn.Write(header(message.sequence, blocks, envelope(typeReply, "Echo", message.sequence, arguments(t, 0, &Reply{}))))
		}
	})
	client := connect(t, address, rpc.WithTransport(rpc.TTHeader))
	ctx := metainfo.WithBackwardValues(context.Background())
	_, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"plain": "1", "PREFIXED": "2"}, metainfo.RecvAllBackwardValues(ctx))
	_, err = callEcho(client, "without asking")
	require.NoError(t, err)

	svc := rpc.NewService("Echo")
	rpc.Handle(svc, "Echo", func(ctx context.Context, req *Request) (*Reply, error) {
		metainfo.SendBackwardValues(ctx, "plain", "1", "crrst", "2", "biz-status", "3", "RPC_TRANSIT_X", "4")
		return &Reply{}, nil
	})
	server := serve(t, []*rpc.Service{svc})
	conn := dial(t, server.address)
	send(t, conn, header(1, nil, call(t, 1, "x")))
	reply := string(readFrame(t, conn))
	require.Contains(t, reply, "\x00\x05plain\x00\x011")
	require.Contains(t, reply, "\x00\x12RPC_BACKWARD_crrst\x00\x012")
	require.Contains(t, reply, "\x00\x17RPC_BACKWARD_biz-status\x00\x013")
	client = connect(t, server.address, rpc.WithTransport(rpc.TTHeader))
	for range 2 {
		ctx = metainfo.WithBackwardValues(context.Background())
		_, err = rpc.Call[Request, Reply](ctx, client, "Echo", &Request{})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"plain": "1", "crrst": "2", "biz-status": "3", "RPC_TRANSIT_X": "4"},
			metainfo.RecvAllBackwardValues(ctx))
	}
	require.Equal(t, int64(2), server.opened.Load(), "the connection is kept")
}

// readTTHeaderCall reads a call with a header.
func readTTHeaderCall(conn net.Conn) (message parsed, ok bool) {
	data, ok := readCall(conn)
	if !ok {
		return parsed{}, false
	}
	payload := data[10+4*(int(data[8])<<8|int(data[9])):]
	length := int(payload[7])
	rest := payload[8+length:]
	return parsed{payload[3], string(payload[8 : 8+length]), int32(rest[0])<<24 | int32(rest[1])<<16 | int32(rest[2])<<8 | int32(rest[3]), rest[4:]}, true
}

// nothings is a service whose handlers return nothing.
type nothings struct {
	Struct func(ctx context.Context) (*Item, error)
	List   func(ctx context.Context) ([]string, error) `returns:"list<string>"`
	Set    func(ctx context.Context) ([]int32, error)  `returns:"set<i32>"`
	Map    func(ctx context.Context) (map[string]int64, error)
	Binary func(ctx context.Context) ([]byte, error)
	Text   func(ctx context.Context) (*string, error)
}

type nothing struct{}

func (nothing) Struct(context.Context) (*Item, error)         { return nil, nil }
func (nothing) List(context.Context) ([]string, error)        { return nil, nil }
func (nothing) Set(context.Context) ([]int32, error)          { return nil, nil }
func (nothing) Map(context.Context) (map[string]int64, error) { return nil, nil }
func (nothing) Binary(context.Context) ([]byte, error)        { return nil, nil }
func (nothing) Text(context.Context) (*string, error)         { return nil, nil }

// empties returns what is empty, but not nil.
type empties struct{ nothing }

func (empties) List(context.Context) ([]string, error)        { return []string{}, nil }
func (empties) Map(context.Context) (map[string]int64, error) { return map[string]int64{}, nil }
func (empties) Binary(context.Context) ([]byte, error)        { return []byte{}, nil }

// TestNilResults: nil travels as a result without a field 0, and arrives as nil where the type can be nil; what is empty
// arrives empty; and an option makes nil an error.
func TestNilResults(t *testing.T) {
	noLeaks(t)
	serveNothing := func(implementation any, options ...rpc.ServerOption) *running {
		svc := rpc.NewService("Nothing")
		rpc.Implement[nothings](svc, implementation)
		return serve(t, []*rpc.Service{svc}, options...)
	}
	server := serveNothing(nothing{})
	conn := dial(t, server.address)
	for _, method := range []string{"Struct", "List", "Set", "Map", "Binary", "Text"} {
		send(t, conn, frame(envelope(typeCall, method, 1, []byte{0})))
		reply := parse(t, readFrame(t, conn))
		require.Equal(t, byte(typeReply), reply.kind, method)
		require.Equal(t, []byte{0}, reply.body, method)
	}
	calls := func(n *nothings) map[string]func() (any, error) {
		ctx := context.Background()
		return map[string]func() (any, error){
			"Struct": func() (any, error) { v, err := n.Struct(ctx); return v == nil, err },
			"List":   func() (any, error) { v, err := n.List(ctx); return v == nil, err },
			"Set":    func() (any, error) { v, err := n.Set(ctx); return v == nil, err },
			"Map":    func() (any, error) { v, err := n.Map(ctx); return v == nil, err },
			"Binary": func() (any, error) { v, err := n.Binary(ctx); return v == nil, err },
			"Text":   func() (any, error) { v, err := n.Text(ctx); return v == nil, err },
		}
	}
	for _, transport := range transports {
		var n nothings
		connect(t, server.address, rpc.WithWay(transport), rpc.WithContract(&n))
		for method, call := range calls(&n) {
			isNil, err := call()
			require.NoError(t, err, method)
			require.Equal(t, true, isNil, method)
		}
	}
	var n nothings
	connect(t, serveNothing(empties{}).address, rpc.WithContract(&n))
	for _, method := range []string{"List", "Map", "Binary"} {
		isNil, err := calls(&n)[method]()
		require.NoError(t, err, method)
		require.Equal(t, false, isNil, method)
	}
	var strict nothings
	connect(t, server.address, rpc.WithContract(&strict), rpc.WithStrictResults())
	connect(t, serveNothing(nothing{}, rpc.WithStrictResults()).address, rpc.WithContract(&n))
	for _, contract := range []*nothings{&strict, &n} {
		for method, call := range calls(contract) {
			_, err := call()
			require.Equal(t, rpc.CodeMissingResult, codeOf(t, err), method)
		}
	}
	// A result that cannot be nil must be there.
	var scalar struct {
		Struct func(ctx context.Context) (int64, error)
	}
	connect(t, server.address, rpc.WithContract(&scalar))
	_, err := scalar.Struct(context.Background())
	require.Equal(t, rpc.CodeMissingResult, codeOf(t, err))
}

// TestConnectionsThatGo: a server may close a connection after it has answered, saying so in the header or not at all; no later call
// is lost to that.
func TestConnectionsThatGo(t *testing.T) {
	noLeaks(t)
	body := arguments(t, 0, &Reply{})
	for name, c := range map[string]struct {
		transport rpc.Protocol
		reply     func(sequence int32, method string) []byte
		pause     time.Duration
	}{
		"announced": {rpc.TTHeader, func(n int32, method string) []byte {
			return header(n, stringBlock("crrst", "1"), envelope(typeReply, method, n, body))
		}, 2 * time.Millisecond},
		"after an exception": {rpc.Framed, func(n int32, method string) []byte {
			return frame(envelope(typeException, method, n, unhex(t, "08 0002 00000001 00")))
		}, 0},
		"late after an exception": {rpc.TTHeader, func(n int32, method string) []byte {
			return header(n, nil, envelope(typeException, method, n, unhex(t, "08 0002 00000007 00")))
		}, 5 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			var late atomic.Int64 // connections that a busy machine kept open for longer than clients expect it
			address, connections := fake(t, func(conn net.Conn) {
				var message parsed
				var ok bool
				if c.transport == rpc.Framed {
					var data []byte
					if data, ok = readCall(conn); ok {
						message = parse(t, data)
					}
				} else {
					message, ok = readTTHeaderCall(conn)
				}
				if ok {
					begin := time.Now()
					_, _ = conn.Write(c.reply(message.sequence, message.name))
					time.Sleep(c.pause)
					_ = conn.Close()
					if time.Since(begin) > 25*time.Millisecond {
						late.Add(1)
					}
				}
			})
			client := connect(t, address, rpc.WithTransport(c.transport))
			var lost int64
			for range 300 {
				if _, err := callEcho(client, "x"); errors.Is(err, rpc.CodeClosed) {
					lost++
				}
			}
			require.NoError(t, client.Close())
			settle(t, func() string {
				if lost > late.Load() || connections.Load() < 300-late.Load() {
					return fmt.Sprintf("%d calls were lost, %d connections made, %d closed late", lost, connections.Load(), late.Load())
				}
				return ""
			})
		})
	}
}

// TestServerAnnouncesItsEnd: replies of a server that is shut down say that the connection will be closed, so that no call of
// a client that heeds this is lost.
func TestServerAnnouncesItsEnd(t *testing.T) {
	noLeaks(t)
	// A server that shuts down takes calls for 100 ms more. A round in which this process stood still for much of that tells nothing.
	const rounds, mostRounds, still = 10, 40, 30 * time.Millisecond
	for told, round := 0, 0; told < rounds; round++ {
		if round == mostRounds {
			t.Skipf("this host is too busy: %d of %d rounds told something", told, round)
		}
		errs, stood := shutDownUnderCalls(t)
		if len(errs) > 0 && stood > still {
			t.Logf("the process stood still for %v, so %v tells nothing", stood, errs)
			continue
		}
		require.Empty(t, errs)
		told++
	}
}

// shutDownUnderCalls shuts one of two servers down while a client calls both. It returns the errors of the calls, and the longest time
// for which a goroutine that wanted to run could not, or a call that succeeded was held up.
func shutDownUnderCalls(t *testing.T) (errs []error, stood time.Duration) {
	first, second := serve(t, slowEcho()), serve(t, slowEcho())
	client := connect(t, first.address, rpc.WithAddresses(second.address), rpc.WithTransport(rpc.TTHeader), rpc.WithPool(50, time.Minute))
	var group sync.WaitGroup
	var lock sync.Mutex
	stop := make(chan struct{})
	var calls atomic.Int64
	until := func(work func()) {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				work()
			}
		}()
	}
	for range 20 {
		until(func() {
			calls.Add(1)
			start := time.Now()
			_, err := callEcho(client, "x")
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				errs = append(errs, err)
			} else {
				stood = max(stood, time.Since(start)-slowEchoTime)
			}
		})
	}
	until(func() {
		start := time.Now()
		time.Sleep(time.Millisecond)
		lock.Lock()
		defer lock.Unlock()
		stood = max(stood, time.Since(start))
	})
	for calls.Load() < 200 {
		time.Sleep(time.Millisecond)
	}
	// All calls are being worked on for most of the time.
	require.NoError(t, first.Shutdown(context.Background()))
	close(stop)
	group.Wait()
	_ = client.Close()
	_ = second.Close()
	return errs, stood
}

// slowEchoTime is how long slowEcho works on a call: so long that no connection is idle for long.
const slowEchoTime = 3 * time.Millisecond

// slowEcho returns an echo that takes slowEchoTime.
func slowEcho() []*rpc.Service {
	svc := rpc.NewService("Echo")
	rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
		time.Sleep(slowEchoTime)
		return &Reply{Text: req.Text}, nil
	})
	return []*rpc.Service{svc}
}

// TestNothingIsLostInShutdown: the reply to each call whose handler has run arrives, however the calls and Shutdown fall
// together.
func TestNothingIsLostInShutdown(t *testing.T) {
	overConnKinds(t, func(t *testing.T, l connKind) {
		noLeaks(t)
		for round := range 10 {
			var handled sync.Map
			svc := rpc.NewService("Echo")
			rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
				handled.Store(req.Number, true)
				if round%2 == 0 {
					time.Sleep(time.Millisecond)
				}
				return &Reply{Number: req.Number}, nil
			})
			server := l.serve(t, []*rpc.Service{svc})
			client := l.connect(t, server.address, rpc.WithPool(100, time.Minute))
			var group sync.WaitGroup
			var number atomic.Int64
			for range 20 {
				group.Add(1)
				go func() {
					defer group.Done()
					for {
						n := number.Add(1)
						ctx, cancel := context.WithTimeout(context.Background(), patience)
						reply, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Number: n})
						cancel()
						if err != nil {
							if _, ran := handled.Load(n); ran {
								t.Errorf("a call that was worked on has no reply: %v", err)
							}
							return
						}
						if reply.Number != n {
							t.Error("the reply is another call's")
						}
					}
				}()
			}
			for number.Load() < 50 {
				time.Sleep(100 * time.Microsecond)
			}
			require.NoError(t, server.Shutdown(context.Background()))
			group.Wait()
			_ = client.Close()
			handled.Clear() // what a test has made is kept until its end
		}
	})
}

// TestNoCopyInCalls: what a handler or a caller keeps of a message stays as it was, also strings that are tagged nocopy,
// whatever other calls do meanwhile.
func TestNoCopyInCalls(t *testing.T) {
	type Aliased struct {
		Text  string   `frugal:"1,default,string,nocopy"`
		Bytes []byte   `frugal:"2,default,binary,nocopy"`
		Inner *Aliased `frugal:"3"`
	}
	overConnKinds(t, func(t *testing.T, l connKind) {
		noLeaks(t)
		var lock sync.Mutex
		var kept []*Aliased
		svc := rpc.NewService("Keep")
		rpc.Handle(svc, "Keep", func(_ context.Context, req *Aliased) (*Aliased, error) {
			lock.Lock()
			kept = append(kept, req)
			lock.Unlock()
			return req, nil
		})
		server := l.serve(t, []*rpc.Service{svc})
		client := l.connect(t, server.address)
		var group sync.WaitGroup
		for caller := range 8 {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := range 30 {
					size := []int{1, 50, 3000, 9000, 100_000}[i%5]
					text := string(rune('a'+caller)) + string(make([]byte, size))
					request := &Aliased{Text: text, Bytes: []byte(text), Inner: &Aliased{Text: text}}
					reply, err := rpc.Call[Aliased, Aliased](context.Background(), client, "Keep", request)
					if err != nil {
						t.Error(err)
						return
					}
					lock.Lock()
					kept = append(kept, reply)
					lock.Unlock()
				}
			}()
		}
		group.Wait()
		require.Len(t, kept, 2*8*30)
		for _, k := range kept {
			want := k.Text[:1] + string(make([]byte, len(k.Text)-1))
			for _, got := range []string{k.Text, string(k.Bytes), k.Inner.Text} {
				if got != want {
					t.Fatal("what was kept has changed")
				}
			}
		}
		kept = nil
	})
}

// TestPlainTransportsSayWhatTheyDrop: a client whose calls carry what its transport has no place for says so, once; and so
// does a server.
func TestPlainTransportsSayWhatTheyDrop(t *testing.T) {
	noLeaks(t)
	server := serve(t, []*rpc.Service{failing()})
	for _, transport := range transports {
		for _, c := range []struct {
			caller string
			ctx    context.Context
			says   bool
		}{
			{"", context.Background(), false},
			{"me", context.Background(), true},
			{"", metainfo.WithValue(context.Background(), "KEY", "value"), true},
		} {
			log := &quiet{}
			client := connect(t, server.address, rpc.WithWay(transport), rpc.WithLogger(log.logger()), rpc.WithCaller(c.caller))
			for range 3 {
				_, err := find.Call(c.ctx, client, &Request{Text: "business"})
				require.Error(t, err)
			}
			want := 0
			if c.says && !transport.Headers() {
				want = 1
			}
			require.Equal(t, want, strings.Count(log.String(), "do not reach the server"))
		}
	}
	require.Equal(t, 1, strings.Count(server.log.String(), "BizError is sent as text"))
}
