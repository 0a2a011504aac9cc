package rpc_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

// zipped returns data as gzip has it.
func zipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// TestGRPCMalformed: whatever a client sends as the messages of a call, the call ends with a status that says so, and the connection goes on.
func TestGRPCMalformed(t *testing.T) {
	parallel(t)
	body := packed("x")[5:]
	bomb := zipped(append([]byte{0x0a, 0x80, 0x80, 0x80, 0x20}, make([]byte, 64<<20)...))
	zip := []string{"grpc-encoding", "gzip"}
	for name, c := range map[string]struct {
		fields []string
		data   []byte
		status string
	}{
		"well":                          {nil, packed("x"), "0"},
		"empty":                         {nil, prefixed(0, nil), "0"},
		"no message":                    {nil, nil, "12"},
		"two messages":                  {nil, append(packed("x"), packed("y")...), "12"},
		"half a prefix":                 {nil, packed("x")[:4], "13"},
		"a prefix":                      {nil, packed("x")[:5], "13"},
		"half a message":                {nil, packed("x")[:7], "13"},
		"4 GiB":                         {nil, []byte{0, 0xff, 0xff, 0xff, 0xff}, "8"},
		"17 MiB":                        {nil, []byte{0, 1, 0x10, 0, 0}, "8"},
		"flag 1":                        {nil, prefixed(1, body), "13"},
		"flag 2":                        {nil, prefixed(2, body), "13"},
		"flag 255":                      {nil, prefixed(255, body), "13"},
		"identity, and compressed":      {[]string{"grpc-encoding", "identity"}, prefixed(1, body), "13"},
		"unknown encoding":              {[]string{"grpc-encoding", "snappy"}, packed("x"), "12"},
		"gzip":                          {zip, prefixed(1, zipped(body)), "0"},
		"gzip, not compressed":          {zip, packed("x"), "0"},
		"gzip of nothing":               {zip, prefixed(1, nil), "13"},
		"half a gzip":                   {zip, prefixed(1, zipped(body)[:15]), "13"},
		"no gzip":                       {zip, prefixed(1, body), "13"},
		"gzip bomb":                     {zip, prefixed(1, bomb), "8"},
		"gzip, wrong sum":               {zip, prefixed(1, append(zipped(body)[:len(zipped(body))-6], 1, 2, 3, 4, 5, 6)), "13"},
		"garbage":                       {nil, prefixed(0, []byte("\xff\xff\xff\xff\xff")), "13"},
		"a string beyond the end":       {nil, prefixed(0, []byte{0x0a, 0x7f, 'x'}), "13"},
		"timeout of nine digits":        {[]string{"grpc-timeout", "123456789S"}, packed("x"), "13"},
		"timeout without a unit":        {[]string{"grpc-timeout", "10"}, packed("x"), "13"},
		"timeout of another unit":       {[]string{"grpc-timeout", "10x"}, packed("x"), "13"},
		"a negative timeout":            {[]string{"grpc-timeout", "-1S"}, packed("x"), "13"},
		"an empty timeout":              {[]string{"grpc-timeout", ""}, packed("x"), "13"},
		"the longest timeout":           {[]string{"grpc-timeout", "99999999H"}, packed("x"), "0"},
		"binary metadata in no base64":  {[]string{"x-bin", "!!!"}, packed("x"), "13"},
		"binary metadata, padded wrong": {[]string{"x-bin", "YQ="}, packed("x"), "13"},
		"binary metadata":               {[]string{"x-bin", "YQ,YQ=="}, packed("x"), "0"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &notebook{}
			attacked(t, b, func(t *testing.T, server *running) {
				p := dialHTTP2(t, server.address)
				p.must(p.open(1, "Echo", c.fields...))
				for data := c.data; ; {
					n := min(len(data), 1<<14)
					p.must(p.WriteData(1, n == len(data), data[:n]))
					if data = data[n:]; len(data) == 0 {
						break
					}
				}
				require.Equal(t, c.status, p.status(1))
				if c.status != "0" {
					require.Zero(t, b.started.Load())
				}
				p.must(p.open(3, "Echo")) // byte by byte
				for i := range packed("y") {
					p.must(p.WriteData(3, false, packed("y")[i:i+1]))
				}
				p.must(p.WriteData(3, true, nil))
				require.Equal(t, "0", p.status(3))
			})
		})
	}
}

// TestGRPCStrangeRequests: requests for what there is not are answered, however many names there are, and leave nothing behind.
func TestGRPCStrangeRequests(t *testing.T) {
	parallel(t)
	attacked(t, &notebook{}, func(t *testing.T, server *running) {
		p := dialHTTP2(t, server.address)
		id := uint32(1)
		ask := func(fields ...string) answer {
			p.must(p.headers(id, true, fields...))
			a, err := p.await(id)
			require.NoError(t, err)
			id += 2
			return a
		}
		path := func(path string) []string {
			fields := callFields("Echo")
			fields[slices.Index(fields, "/test.Notes/Echo")] = path
			return fields
		}
		for _, strange := range []string{"/", "//", "*", "Echo", "/test.Notes", "/test.Notes/", "//Echo", "/test.Notes/Echo/", "/test.Notes/Echo/x", "/../x/y",
			"/test.Notes/Echo?x", "/test.notes/echo", "/test%2eNotes/Echo", "/\xff/\xfe", "/test.Notes/" + strings.Repeat("E", 10_000)} {
			require.Equal(t, "12", ask(path(strange)...).headers["grpc-status"], "%q", strange)
		}
		for range effort.Of(10_000, 1_000) {
			require.Equal(t, "12", ask(path(fmt.Sprintf("/service%d/method%d", id, id))...).headers["grpc-status"])
		}
		for kind, status := range map[string]string{"text/plain": "415", "": "415", "application/grpcx": "415", "application/json": "415",
			"application/grpc+json": "200", "application/grpc;x": "200", "application/grpc+": "200"} {
			fields := callFields("Echo")
			fields[slices.Index(fields, "application/grpc")] = kind
			require.Equal(t, status, ask(fields...).headers[":status"], kind)
		}
		fields := callFields("Echo")
		fields[1] = "GET"
		require.Equal(t, "405", ask(fields...).headers[":status"])
		settle(t, func() string {
			if used := server.MemoryUsed(); used > 1<<20 {
				return fmt.Sprintf("the connections hold %d bytes", used)
			}
			return ""
		})
	})
}

// TestGRPCForeignRequests: a request that is none of gRPC is answered when it has ended, so that what is wrong with its end is said; but
// neither a large one nor one without an end is waited for.
func TestGRPCForeignRequests(t *testing.T) {
	parallel(t)
	attacked(t, &notebook{}, func(t *testing.T, server *running) {
		p := dialHTTP2(t, server.address)
		id := uint32(1)
		ask := func(length string, send func()) answer {
			fields := append(callFields("Echo"), "content-length", length)
			fields[slices.Index(fields, "application/grpc")] = "text/plain"
			p.must(p.headers(id, false, fields...))
			send()
			a, err := p.await(id)
			require.NoError(t, err)
			id += 2
			return a
		}
		two := func() {
			p.must(p.WriteData(id, false, []byte("test")))
			time.Sleep(time.Millisecond) // for an answer, if there is one
			p.must(p.WriteData(id, true, []byte("test")))
		}
		for range 20 {
			a := ask("7", two)
			require.NotNil(t, a.reset)
			require.Equal(t, http2.ErrCodeProtocol, a.reset.ErrCode)
			require.Equal(t, "415", ask("8", two).headers[":status"])
		}
		require.Equal(t, "415", ask("80", func() { p.must(p.WriteData(id, false, []byte("test"))) }).headers[":status"])
		require.Equal(t, "415", ask("8000000", func() {
			for range 9 {
				p.must(p.WriteData(id, false, make([]byte, 8<<10)))
			}
		}).headers[":status"])
		p.must(p.open(id, "Echo"))
		p.must(p.WriteData(id, true, packed("x")))
		require.Equal(t, "0", p.status(id))
	}, rpc.WithReadTimeout(200*time.Millisecond))
}

// TestGRPCCancelAnywhere: a call that is cancelled, or whose time ends, at any moment ends once, with the reason, and leaves nothing behind.
func TestGRPCCancelAnywhere(t *testing.T) {
	parallel(t)
	noLeaks(t)
	b := &notebook{hook: func(ctx context.Context, text string) error {
		if strings.HasPrefix(text, "wait") {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}}
	server := serveNotes(t, b)
	client := noteClient(t, server.address)
	long := strings.Repeat("long", 100_000)
	calls := map[string]func(ctx context.Context) error{
		"waiting": func(ctx context.Context) error { _, err := client.Echo(ctx, &note{"wait"}); return err },
		"long":    func(ctx context.Context) error { _, err := client.Echo(ctx, &note{long}); return err },
		"count": func(ctx context.Context) (last error) {
			for _, err := range client.Count(ctx, &note{"endless"}) {
				last = err
			}
			return last
		},
		"join": func(ctx context.Context) error {
			_, err := client.Join(ctx, func(yield func(*note, error) bool) {
				for yield(&note{"x"}, nil) {
				}
			})
			return err
		},
		"turn": func(ctx context.Context) (last error) {
			for _, err := range client.Turn(ctx, func(yield func(*note, error) bool) {
				for yield(&note{"x"}, nil) {
				}
			}) {
				last = err
			}
			return last
		},
	}
	for name, call := range calls {
		for i := range effort.Of(150, 30) {
			after := time.Duration(i*i) * time.Microsecond
			ctx, cancel := context.WithCancel(context.Background())
			want := rpc.CodeCanceled
			if i%2 == 0 {
				cancel()
				ctx, cancel = context.WithTimeout(context.Background(), after)
				want = rpc.CodeTimeout
			} else {
				time.AfterFunc(after, cancel)
			}
			if err := call(ctx); err != nil || name != "long" {
				require.Equal(t, want, codeOf(t, err), "%s after %v: %v", name, after, err)
			}
			cancel()
		}
	}
	settle(t, func() string {
		if n := b.running.Load(); n > 0 {
			return fmt.Sprintf("%d handlers go on", n)
		}
		return ""
	})
	mustServe(t, server.address)
}

// TestGRPCStreamFaults: streams over connections that are cut at any byte end once, with what the server said as far as it came, and an error that
// says what happened.
func TestGRPCStreamFaults(t *testing.T) {
	noLeaks(t)
	server := serveNotes(t, &notebook{})
	proxy := newToxic(t, faultySeed, false)
	proxy.raw = true
	proxy.target.Store(&server.address)
	client := noteClient(t, proxy.listener.Addr().String(), plenty, rpc.WithoutEjection(), rpc.WithSharedConnections(2))
	total := effort.Of(4000, 500)
	if *long {
		total = 20_000
	}
	var next, well, failed atomic.Int64
	var group sync.WaitGroup
	for caller := range 32 {
		group.Add(1)
		go func() {
			defer group.Done()
			random := rand.New(rand.NewPCG(faultySeed, uint64(caller)))
			for number := next.Add(1); number <= int64(total); number = next.Add(1) {
				ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
				messages, n := random.IntN(30), 0
				var last error
				for got, err := range client.Turn(ctx, func(yield func(*note, error) bool) {
					for i := range messages {
						if !yield(&note{fmt.Sprint(number, "/", i)}, nil) {
							return
						}
					}
				}) {
					if last = err; err != nil {
						break
					}
					if got.Text != fmt.Sprint(number, "/", n) {
						t.Errorf("stream %d got %q as message %d", number, got.Text, n)
					}
					n++
				}
				cancel()
				var typed *rpc.Error
				switch {
				case last == nil && n != messages:
					t.Errorf("stream %d ended with %d of %d messages, and without an error", number, n, messages)
				case last == nil:
					well.Add(1)
				case !errors.As(last, &typed) || typed.Code != rpc.CodeClosed && typed.Code != rpc.CodeTimeout && typed.Code != rpc.CodeConnect:
					t.Errorf("stream %d: %v (%T)", number, last, last)
				default:
					failed.Add(1)
				}
			}
		}()
	}
	group.Wait()
	t.Logf("%d streams went well, %d failed, %d connections were cut", well.Load(), failed.Load(), proxy.cut.Load())
	require.Positive(t, min(well.Load(), failed.Load()))
}

// TestGRPCShutdownUnderLoad: a server that shuts down ends what it has begun, also where a client goes on with calls after GOAWAY, or never
// answers.
func TestGRPCShutdownUnderLoad(t *testing.T) {
	parallel(t)
	noLeaks(t)
	server := serveNotes(t, &notebook{})
	rude := dialHTTP2(t, server.address)
	rude.must(rude.open(1, "Echo"))
	rude.must(rude.WriteData(1, true, packed("x")))
	require.Equal(t, "0", rude.status(1))
	over := make(chan ending, 1)
	var stop atomic.Bool
	go func() {
		over <- rude.flood(1<<30, func(i int) error {
			time.Sleep(time.Millisecond)
			id := uint32(2*i + 3)
			_ = rude.open(id, "Echo")
			return rude.WriteData(id, true, packed("x"))
		})
	}()
	client := noteClient(t, server.address)
	var group sync.WaitGroup
	ctx := within(t)
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for !stop.Load() {
				_, err := client.Echo(ctx, &note{"x"})
				if err != nil && codeOf(t, err) != rpc.CodeConnect {
					t.Error(err)
				}
			}
		}()
	}
	time.Sleep(20 * time.Millisecond)
	require.NoError(t, server.Shutdown(within(t)))
	stop.Store(true)
	group.Wait()
	require.True(t, (<-over).said)
}
