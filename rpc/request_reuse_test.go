package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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

// TestRequestReuse: replies, exceptions and errors may refer to the request, also by strings that are sent without being copied.
func TestRequestReuse(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport.String(), func(t *testing.T) {
			noLeaks(t)
			server := serve(t, reflector(), rpc.WithRequestReuse())
			client := connect(t, server.address, rpc.WithWay(transport), rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))
			var group sync.WaitGroup
			for caller := range 6 {
				group.Add(1)
				go func() {
					defer group.Done()
					for i := range 60 {
						length := []int{0, 10, 5000, 300_000}[(caller+i)%4]
						if err := callReflector(context.Background(), client, transport.Headers(), 100*caller+i, length); err != nil {
							t.Error(err)
							return
						}
					}
				}()
			}
			group.Wait()
		})
	}
}

// poisoned runs in a process in which memory that is taken back is overwritten: it shows what is used too late.
func poisoned() error {
	var kept *Load
	svc := reflector()
	rpc.Handle(svc[0], "Keep", func(_ context.Context, req *Load) (*rpc.Void, error) {
		kept = req
		return nil, req.check()
	})
	var keptPage *Page
	keepPage := rpc.NewMethod[Page, Page]("KeepPage", rpc.ProtobufMessages())
	keepPage.Handle(svc[0], func(_ context.Context, page *Page) (*Page, error) {
		keptPage = page
		return page, nil
	})
	server, address, done, err := start(svc, rpc.WithRequestReuse())
	if err != nil {
		return err
	}
	client, err := rpc.NewClient(rpc.WithAddresses(address), rpc.WithTransport(rpc.TTHeader), rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))
	if err != nil {
		return err
	}
	for i := range 200 {
		if err := callReflector(context.Background(), client, true, i, 100*i); err != nil {
			return err
		}
	}
	if _, err := rpc.Call[Load, rpc.Void](context.Background(), client, "Keep", loadOf(7, 3)); err != nil {
		return err
	}
	page := pageOf(5, 3)
	if reply, err := keepPage.Call(context.Background(), client, page); err != nil || !reflect.DeepEqual(page, reply) {
		return fmt.Errorf("the page is %v, %w", reply, err)
	}
	if err := errors.Join(client.Close(), server.Close(), <-done); err != nil {
		return err
	}
	for runtime.NumGoroutine() > 3 { // the connection's has taken the request back when it ends
		time.Sleep(time.Millisecond)
	}
	if kept.Number != 0 || kept.Text != "" || kept.Parts != nil || !reflect.DeepEqual(keptPage, new(Page)) {
		return errors.New("what is kept was not overwritten")
	}
	return nil
}

func TestRequestReusePoisoned(t *testing.T) {
	t.Parallel() // it is a process of its own
	runChild(t, "poisoned", "TAGWIRE_DEBUG=arena")
}

// keeper is a service whose handlers keep their requests.
type keeper struct {
	lock sync.Mutex
	kept []*Load
}

func (k *keeper) keep(_ context.Context, req *Load) (*rpc.Void, error) {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.kept = append(k.kept, req)
	return nil, req.check()
}

// TestKeptRequests: a request that is kept is wrong later, and that is all. Without the option, and by other methods, it may be kept.
func TestKeptRequests(t *testing.T) {
	for name, c := range map[string]struct {
		options []rpc.ServerOption
		method  []rpc.MethodOption
		changes bool
	}{
		"server":        {options: []rpc.ServerOption{rpc.WithRequestReuse()}, changes: true},
		"method":        {method: []rpc.MethodOption{rpc.RequestReuse()}, changes: true},
		"other methods": {},
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			var k keeper
			svc := rpc.NewService("Keeper")
			rpc.Handle(svc, "Keep", k.keep, c.method...)
			rpc.Handle(svc, "KeepSpread", k.keep, append(c.method, rpc.Spread())...)
			rpc.Handle(svc, "Other", func(_ context.Context, req *Load) (*Load, error) { return req, req.check() }, rpc.RequestReuse())
			server := serve(t, []*rpc.Service{svc}, c.options...)
			client := connect(t, server.address)
			spread := rpc.NewMethod[Load, rpc.Void]("KeepSpread", rpc.Spread())
			for i := range 300 {
				_, err := rpc.Call[Load, rpc.Void](context.Background(), client, "Keep", loadOf(i, 10*(i%30)))
				require.NoError(t, err)
				_, err = spread.Call(context.Background(), client, loadOf(i, 10*(i%30)))
				require.NoError(t, err)
				reply, err := rpc.Call[Load, Load](context.Background(), client, "Other", loadOf(1000+i, 20))
				require.NoError(t, err)
				require.NoError(t, reply.check())
			}
			require.NoError(t, server.Shutdown(context.Background()))
			changed := 0
			for range 2 {
				runtime.GC()
				for i, req := range k.kept {
					if req.Number != int64(i/2) || req.check() != nil {
						changed++
					}
					// Whatever it is, it is a value.
					data, err := tagwire.Marshal(req)
					require.NoError(t, err)
					require.NoError(t, tagwire.Unmarshal(data, new(Load)))
				}
			}
			if c.changes && !effort.RaceDetector {
				require.Greater(t, changed, 500)
			} else if !c.changes {
				require.Zero(t, changed)
			}
		})
	}
}

// TestHandlersThatDoNotReturn: a request is not used again while its handler runs, although its call is over, nor after a handler
// has panicked or ended its goroutine, when a log or a recovering function may have it.
func TestHandlersThatDoNotReturn(t *testing.T) {
	noLeaks(t)
	release, entered := make(chan struct{}), make(chan struct{})
	var unreturned sync.WaitGroup
	faults := make(chan error, 100)
	var lock sync.Mutex
	kept := map[*Load]int64{} // their numbers
	service := func() []*rpc.Service {
		svc := rpc.NewService("Lost")
		rpc.Handle(svc, "Call", func(_ context.Context, req *Load) (*Load, error) {
			kind := req.Number % 10
			switch kind {
			case 0:
				defer unreturned.Done()
				number := req.Number
				entered <- struct{}{}
				<-release
				if faults <- req.changing(); req.Number != number {
					faults <- errors.New("it is another request")
				}
			case 1, 2:
				lock.Lock()
				kept[req] = req.Number
				lock.Unlock()
				if kind == 1 {
					panic(req)
				}
				runtime.Goexit()
			}
			return req, req.check()
		}, rpc.Spread())
		return []*rpc.Service{svc}
	}
	impatient := rpc.Interceptor{Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
		done := make(chan error, 1)
		go func() {
			ended := false
			defer func() {
				if value := recover(); value != nil || !ended {
					done <- errors.New("lost")
				}
			}()
			err := next(ctx)
			ended = true
			done <- err
		}()
		select {
		case err := <-done:
			return err
		case <-entered:
			return errors.New("gave up")
		}
	}}
	call := rpc.NewMethod[Load, Load]("Call", rpc.Spread())
	type tested struct {
		*running
		impatient bool
	}
	servers := []tested{
		{serve(t, service(), rpc.WithRequestReuse(), rpc.WithInterceptors(impatient)), true},
		{serve(t, service(), rpc.WithRequestReuse()), false},
	}
	for _, server := range servers {
		client := connect(t, server.address, rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))
		for i := range 300 {
			lost := i%10 <= 2
			if i%10 == 0 {
				if !server.impatient || i > 100 {
					continue
				}
				unreturned.Add(1)
			}
			reply, err := call.Call(context.Background(), client, loadOf(i, i))
			if lost {
				require.ErrorIs(t, err, rpc.CodeInternal)
				continue
			}
			require.NoError(t, err)
			require.NoError(t, reply.check())
		}
	}
	close(release)
	unreturned.Wait()
	close(faults)
	for err := range faults {
		require.NoError(t, err)
	}
	require.Greater(t, len(kept), 100)
	for req, number := range kept {
		require.Equal(t, number, req.Number)
		require.NoError(t, req.check())
	}
}

// TestHandlersPastTheirDeadline: the caller has given up, the handler has not, and its request stays as it is.
func TestHandlersPastTheirDeadline(t *testing.T) {
	parallel(t)
	noLeaks(t)
	var arrived, late, wrong atomic.Int64
	svc := rpc.NewService("Late")
	rpc.Handle(svc, "Call", func(ctx context.Context, req *Load) (*Load, error) {
		if req.Number%2 == 0 {
			arrived.Add(1)
			number := req.Number
			<-ctx.Done()
			if req.changing() != nil || req.Number != number {
				wrong.Add(1)
			}
			late.Add(1)
		}
		return req, nil
	})
	server := serve(t, []*rpc.Service{svc}, rpc.WithRequestReuse())
	client := connect(t, server.address, rpc.WithTransport(rpc.TTHeader), rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))
	var group sync.WaitGroup
	for caller := range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range 20 {
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
				_, err := rpc.Call[Load, Load](ctx, client, "Call", loadOf(2*(100*caller+i), 50))
				cancel()
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				reply, err := rpc.Call[Load, Load](context.Background(), client, "Call", loadOf(2*(100*caller+i)+1, 50))
				if err == nil {
					err = reply.check()
				}
				if err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
	settle(t, func() string {
		if late.Load() != arrived.Load() {
			return fmt.Sprint(late.Load(), " handlers of ", arrived.Load())
		}
		return ""
	})
	require.Positive(t, arrived.Load())
	require.Zero(t, wrong.Load())
}

// TestOnewayRequestReuse: the requests of oneway calls are used again as well, and their errors are logged.
func TestOnewayRequestReuse(t *testing.T) {
	noLeaks(t)
	var arrived, wrong atomic.Int64
	svc := rpc.NewService("Oneway")
	rpc.HandleOneway(svc, "Send", func(_ context.Context, req *Load) error {
		if req.changing() != nil {
			wrong.Add(1)
		}
		if arrived.Add(1)%50 == 7 {
			return errors.New(req.Tags["0"])
		}
		return nil
	})
	server := serve(t, []*rpc.Service{svc}, rpc.WithRequestReuse())
	client := connect(t, server.address, rpc.WithPool(1, time.Minute))
	for i := range 200 {
		require.NoError(t, rpc.Send(context.Background(), client, "Send", loadOf(i, i)))
	}
	settle(t, func() string {
		if arrived.Load() != 200 {
			return "calls are missing"
		}
		return ""
	})
	require.Zero(t, wrong.Load())
	server.says(t, "tag ")
}

// TestUndecodableRequestsReuse: messages that are no requests leave nothing in those to come.
func TestUndecodableRequestsReuse(t *testing.T) {
	noLeaks(t)
	server := serve(t, reflector(), rpc.WithRequestReuse(), rpc.WithLimits(rpc.Limits{MaxAlloc: 1 << 20}))
	conn := dial(t, server.address)
	fields, err := tagwire.Marshal(loadOf(5, 100))
	require.NoError(t, err)
	parameters := append([]byte{12, 0, 1}, append(fields, 0)...) // a struct with id 1
	huge, err := tagwire.Marshal(&Load{Rows: make([][]string, 200_000)})
	require.NoError(t, err)
	for _, method := range []string{"Same", "Spread"} {
		good := parameters
		if method == "Spread" {
			good = fields
		}
		for i := range len(good) {
			send(t, conn, frame(envelope(typeCall, method, 1, good[:i])))
			requireException(t, readFrame(t, conn), method, 1, 7)
			if i%50 == 0 {
				send(t, conn, frame(envelope(typeCall, method, 2, good)))
				reply := readFrame(t, conn)
				require.Contains(t, string(reply), "tag 5")
				send(t, conn, frame(envelope(typeCall, method, 3, append([]byte{}, append(good, 1, 2, 3)...))))
				requireException(t, readFrame(t, conn), method, 3, 7)
			}
		}
	}
	// More memory than the limit allows.
	send(t, conn, frame(envelope(typeCall, "Spread", 4, huge)))
	requireException(t, readFrame(t, conn), "Spread", 4, 7)
	client := connect(t, server.address)
	for i := range 20 {
		require.NoError(t, callReflector(context.Background(), client, false, i, 10))
	}
}

// TestRequestReuseInContracts: parameters of any type may be sent back.
func TestRequestReuseInContracts(t *testing.T) {
	noLeaks(t)
	type contract struct {
		Text   func(ctx context.Context, text string) (string, error)
		Texts  func(ctx context.Context, texts []string, n int64) ([]string, error) `params:"1=list<string>,2" returns:"list<string>"`
		Names  func(ctx context.Context, names map[string]string) (map[string]string, error)
		Load   func(ctx context.Context, load *Load) (*Load, error)
		Value  func(ctx context.Context, load Load) (Load, error)
		Choose func(ctx context.Context, first *Load, second *Load) (*Load, error)
	}
	svc := rpc.NewService("Contract")
	rpc.Implement[contract](svc, contract{
		Text:   func(_ context.Context, text string) (string, error) { return text, nil },
		Texts:  func(_ context.Context, texts []string, n int64) ([]string, error) { return texts[n:], nil },
		Names:  func(_ context.Context, names map[string]string) (map[string]string, error) { return names, nil },
		Load:   func(_ context.Context, load *Load) (*Load, error) { return load, load.check() },
		Value:  func(_ context.Context, load Load) (Load, error) { return load, load.check() },
		Choose: func(_ context.Context, first, second *Load) (*Load, error) { return second, first.check() },
	})
	server := serve(t, []*rpc.Service{svc}, rpc.WithRequestReuse())
	var calls contract
	connect(t, server.address, rpc.WithContract(&calls))
	ctx := context.Background()
	for i := range 200 {
		value := loadOf(i, 40*i)
		text, err := calls.Text(ctx, value.Text)
		require.NoError(t, err)
		require.Equal(t, value.Text, text)
		texts, err := calls.Texts(ctx, []string{"a", value.Text, "c"}, 1)
		require.NoError(t, err)
		require.Equal(t, []string{value.Text, "c"}, texts)
		names, err := calls.Names(ctx, value.Tags)
		require.NoError(t, err)
		require.Equal(t, value.Tags, names)
		for _, call := range []func() (*Load, error){
			func() (*Load, error) { return calls.Load(ctx, value) },
			func() (*Load, error) { l, err := calls.Value(ctx, *value); return &l, err },
			func() (*Load, error) { return calls.Choose(ctx, loadOf(i+1, 3), value) },
		} {
			got, err := call()
			require.NoError(t, err)
			require.Equal(t, value, got)
		}
	}
}

// Presets is a request with defaults.
type Presets struct {
	Text  string            `frugal:"1"`
	Names map[string]string `frugal:"2"`
	Count int64             `frugal:"3"`
}

func (p *Presets) InitDefault() {
	*p = Presets{Text: "preset", Count: 7, Names: map[string]string{"a": "b"}}
}

// TestDefaultsOfReusedRequests: fields that are not sent have their defaults each time, in requests that are the only parameter and
// in those whose fields are the parameters.
func TestDefaultsOfReusedRequests(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Presets")
	preset := func(_ context.Context, req *Presets) (*Presets, error) {
		back := &Presets{Text: req.Text, Count: req.Count, Names: map[string]string{"a": req.Names["a"]}}
		req.Text, req.Count = "changed", -1
		req.Names["a"] = "changed"
		return back, nil
	}
	rpc.Handle(svc, "One", preset)
	rpc.Handle(svc, "Spread", preset, rpc.Spread())
	server := serve(t, []*rpc.Service{svc}, rpc.WithRequestReuse())
	conn := dial(t, server.address)
	names := []byte{13, 0, 2, 11, 11, 0, 0, 0, 1, 0, 0, 0, 1, 'a', 0, 0, 0, 1, 'b'}
	want := append(append(append([]byte{12, 0, 0, 11, 0, 1, 0, 0, 0, 6}, "preset"...), names...), 10, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0)
	for i := range 150 {
		for method, body := range map[string][]byte{"One": {12, 0, 1, 0, 0}, "Spread": {0}} {
			send(t, conn, frame(envelope(typeCall, method, int32(i), body)))
			reply := readFrame(t, conn)
			require.True(t, bytes.HasSuffix(reply, want), "%s %x", method, reply)
		}
		// Nothing at all, for which a request is made.
		send(t, conn, frame(envelope(typeCall, "One", int32(i), []byte{0})))
		require.True(t, bytes.HasSuffix(readFrame(t, conn), want))
	}
}

// TestReuseUnderMaxMemory: requests that are decoded twice, because there is less memory to spare than they take.
func TestReuseUnderMaxMemory(t *testing.T) {
	noLeaks(t)
	server := serve(t, reflector(), rpc.WithRequestReuse(), rpc.WithLimits(rpc.Limits{MaxMemory: 4 << 20}))
	client := connect(t, server.address, rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))
	for i := range 30 {
		require.NoError(t, callReflector(context.Background(), client, false, i, []int{200_000, 450_000, 600_000, 10}[i%4]))
	}
	settle(t, func() string {
		if used := server.MemoryUsed(); used > 300<<10 {
			return fmt.Sprint(used, " bytes are used")
		}
		return ""
	})
}

// TestReuseAllocations: a request that refers to memory costs no more objects than one without fields.
func TestReuseAllocations(t *testing.T) {
	if effort.RaceDetector || checksPointers() {
		t.Skip("pools forget objects, or more is allocated")
	}
	noLeaks(t)
	svc := rpc.NewService("Reflector")
	rpc.Handle(svc, "Same", func(_ context.Context, req *Load) (*Load, error) { return req, nil })
	rpc.Handle(svc, "Spread", func(_ context.Context, req *Load) (*Load, error) { return req, nil }, rpc.Spread())
	server := serve(t, []*rpc.Service{svc}, rpc.WithRequestReuse())
	require.NoError(t, tagwire.Compile(reflect.TypeFor[Load]()))
	fields, err := tagwire.Marshal(loadOf(6, 100))
	require.NoError(t, err)
	for method, body := range map[string][]byte{"Same": append([]byte{12, 0, 1}, append(fields, 0)...), "Spread": fields} {
		conn := dial(t, server.address)
		request := frame(envelope(typeCall, method, 1, body))
		send(t, conn, request)
		reply := make([]byte, 4+len(readFrame(t, conn)))
		got := perCall(t, func() { exchangeBytes(t, conn, request, reply) })
		t.Logf("%s: %.2f objects", method, got)
		if got > allowed {
			t.Errorf("%s: %.2f objects for a call; %v are allowed", method, got, allowed)
		}
	}
}

func exchangeBytes(t *testing.T, conn net.Conn, request, reply []byte) {
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, reply); err != nil {
		t.Fatal(err)
	}
}
