package rpc_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

// mallocs returns the objects that the process has allocated so far.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// perCall returns how many objects each of many runs of call allocates, in the whole process.
func perCall(t *testing.T, call func()) float64 {
	t.Helper()
	for range 100 {
		call()
	}
	best := 1e9
	for range 3 {
		const runs = 300
		before := mallocs()
		for range runs {
			call()
		}
		best = min(best, float64(mallocs()-before)/runs)
	}
	return best
}

// allowed is the most objects that an empty call may allocate on one side, and a half for what else goes on in the
// process. The race detector makes pools forget objects at random, and the compiler's checks of unsafe pointers
// allocate what plain builds do not.
var allowed = map[bool]float64{false: 3.5, true: 20}[effort.RaceDetector || checksPointers()]

var sink int

// checksPointers reports whether the compiler has put in checks of unsafe pointers, by what they allocate.
func checksPointers() bool {
	return testing.AllocsPerRun(10, func() {
		local := 1
		sink = *(*int)(unsafe.Pointer(&local))
	}) > 0
}

// TestServerAllocations: a server allocates few objects for an empty call. The client here is bytes on a connection,
// which allocates nothing.
func TestServerAllocations(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Empty")
	type nothing struct{}
	rpc.Handle(svc, "Void", func(context.Context, *rpc.Void) (*rpc.Void, error) { return nil, nil })
	rpc.Handle(svc, "Struct", func(context.Context, *nothing) (*nothing, error) { return &nothing{}, nil })
	server := serve(t, []*rpc.Service{svc})
	for _, method := range []string{"Void", "Struct"} {
		plain := envelope(typeCall, method, 1, []byte{0})
		for name, request := range map[string][]byte{
			"buffered": plain, "framed": frame(plain), "ttheader": header(1, intBlock(12, "5000"), plain),
		} {
			t.Run(method+"/"+name, func(t *testing.T) {
				conn := dial(t, server.address)
				exchange := func(reply []byte) {
					if _, err := conn.Write(request); err != nil {
						t.Fatal(err)
					}
					if _, err := io.ReadFull(conn, reply); err != nil {
						t.Fatal(err)
					}
				}
				send(t, conn, request)
				first := make([]byte, 4096)
				n, err := conn.Read(first)
				require.NoError(t, err)
				reply := make([]byte, n)
				got := perCall(t, func() { exchange(reply) })
				require.True(t, bytes.Equal(first[:n], reply))
				t.Logf("%.2f objects", got)
				if got > allowed {
					t.Errorf("%.2f objects for an empty call; %v are allowed", got, allowed)
				}
			})
		}
	}
}

// TestClientAllocations: so does a client. The server here echoes what it was sent as a reply.
func TestClientAllocations(t *testing.T) {
	noLeaks(t)
	for _, transport := range transports[:4] { // whose types are easily found
		typeAt := map[string]int{"buffered": 3, "framed": 7}[transport.Name()]
		address, _ := fake(t, func(conn net.Conn) {
			buf := make([]byte, 4096)
			for {
				n, err := conn.Read(buf)
				if err != nil {
					return
				}
				at := typeAt
				if at == 0 {
					at = bytes.Index(buf[:n], []byte{0x80, 1, 0, 1}) + 3
				}
				buf[at] = typeReply
				if _, err := conn.Write(buf[:n]); err != nil {
					return
				}
			}
		})
		client := connect(t, address, rpc.WithWay(transport))
		withDeadline, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		for name, ctx := range map[string]context.Context{"no deadline": context.Background(), "deadline": withDeadline} {
			t.Run(transport.String()+"/"+name, func(t *testing.T) {
				got := perCall(t, func() {
					if _, err := rpc.Call[rpc.Void, rpc.Void](ctx, client, "Void", nil); err != nil {
						t.Fatal(err)
					}
				})
				t.Logf("%.2f objects", got)
				if got > allowed {
					t.Errorf("%.2f objects for an empty call; %v are allowed", got, allowed)
				}
			})
		}
	}
}
