package interop

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/interop/gen/alltypes"
	"github.com/tagwire/tagwire/rpc/interop/plain"
)

// TestRefusedProtocols: a client that speaks what our server does not know is told so at once, by the end of its
// connection, and the log says what it was. The server goes on.
func TestRefusedProtocols(t *testing.T) {
	written := &log{}
	address := serve(t, plain.Services(), rpc.WithLogger(slog.New(slog.NewTextHandler(written, nil))))
	limits := &thrift.TConfiguration{ConnectTimeout: startTime, SocketTimeout: startTime}
	for _, c := range []struct {
		name, logged string
		protocol     func(thrift.TTransport) thrift.TProtocol
	}{
		{
			name: "Apache's THeader", logged: "THeader",
			protocol: func(transport thrift.TTransport) thrift.TProtocol {
				return thrift.NewTHeaderProtocolConf(transport, limits)
			},
		},
		{
			name:     "JSON",
			protocol: func(transport thrift.TTransport) thrift.TProtocol { return thrift.NewTJSONProtocol(transport) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), startTime)
			defer cancel()
			socket := thrift.NewTSocketConf(address, limits)
			if err := socket.Open(); err != nil {
				t.Fatal(err)
			}
			defer socket.Close()
			protocol := c.protocol(socket)
			err := alltypes.NewAllTypesClient(thrift.NewTStandardClient(protocol, protocol)).Ping(ctx)
			if err == nil || strings.Contains(err.Error(), "timeout") {
				t.Errorf("the call ends with %v; the connection should have ended", err)
			}
			// The line may come after the end of the connection.
			for i := 0; i < 500 && !strings.Contains(written.String(), c.logged); i++ {
				time.Sleep(10 * time.Millisecond)
			}
			if text := written.String(); text == "" || !strings.Contains(text, c.logged) {
				t.Errorf("the log says %q, not %q", text, c.logged)
			}
			callAll(t, address, settings[0], rpc.Pooled, "tagwire")
		})
	}
}
