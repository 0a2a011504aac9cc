package interop

import (
	"math/rand/v2"
	"net"
	"testing"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/interop/plain"
)

// startProxy forwards connections to an address in pieces of random length, so that every message arrives in parts that
// end anywhere. It ends with the test.
func startProxy(t *testing.T, target string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for seed := uint64(1); ; seed += 2 {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				client.Close()
				continue
			}
			go forward(client, server, rand.New(rand.NewPCG(seed, 0)))
			go forward(server, client, rand.New(rand.NewPCG(seed+1, 0)))
		}
	}()
	return listener.Addr().String()
}

// forward copies until one of the connections ends, and ends both.
func forward(from, to net.Conn, random *rand.Rand) {
	defer from.Close()
	defer to.Close()
	buffer := make([]byte, 1<<16)
	for {
		// Mostly a few bytes, sometimes a packet, and sometimes much, without which long messages would take long.
		most := []int{3, 40, 1500, len(buffer)}[random.IntN(4)]
		n, err := from.Read(buffer[:1+random.IntN(most)])
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// TestPeersCallOurServerInPieces runs the peers' clients against our server through the proxy.
func TestPeersCallOurServerInPieces(t *testing.T) {
	address := startProxy(t, serve(t, plain.Services()))
	for _, p := range peers {
		foreign, available := p.program(t)
		if !available {
			continue
		}
		for _, s := range settings {
			t.Run(p.name+" "+s.String(), func(t *testing.T) { runClient(t, foreign, address, s, "tagwire") })
		}
	}
}

// TestOurClientCallsInPieces runs our client against Apache's server in Go and against our own, through the proxy.
func TestOurClientCallsInPieces(t *testing.T) {
	reference := peers[0]
	foreign, _ := reference.program(t)
	for _, s := range settings {
		t.Run("go "+s.String(), func(t *testing.T) {
			address := startProxy(t, startServer(t, foreign, reference.servers[0], s))
			callAll(t, address, s, rpc.Pooled, reference.name)
		})
	}
	address := startProxy(t, serve(t, plain.Services()))
	for _, transport := range []string{"ttheader", "ttheader framed"} {
		for format := range formats {
			s := setting{transport, "plain", format}
			t.Run(s.String(), func(t *testing.T) { callAll(t, address, s, rpc.Pooled, "tagwire") })
		}
	}
}
