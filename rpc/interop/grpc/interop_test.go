package grpcinterop

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
	"github.com/tagwire/tagwire/rpc/interop/grpc/testservice"
)

// grpcVersion is the release of grpc-go whose programs are used, and that of go.mod.
const grpcVersion = "v1.85.0"

var (
	interopClient = &program{path: "google.golang.org/grpc/interop/client", version: grpcVersion}
	interopServer = &program{path: "google.golang.org/grpc/interop/server", version: grpcVersion}
)

// startInteropServer starts grpc-go's program.
func startInteropServer(t *testing.T, tls *security) (address string) {
	arguments := []string{"-port", "0"}
	if tls != nil {
		arguments = append(arguments, "-use_tls", "-tls_cert_file", tls.certFile, "-tls_key_file", tls.keyFile)
	}
	port := background(t, func(line string) (string, bool) {
		_, port, found := strings.Cut(line, "interop server listening on [::]:")
		return strings.TrimSpace(port), found
	}, []string{"GRPC_GO_LOG_SEVERITY_LEVEL=info"}, interopServer.command(t), arguments...)
	return net.JoinHostPort("127.0.0.1", port)
}

// runInteropClient runs all cases of grpc-go's program.
func runInteropClient(t *testing.T, address string, tls *security, named bool) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{"-server_host", host, "-server_port", port}
	if tls != nil {
		arguments = append(arguments, "-use_tls", "-use_test_ca", "-ca_file", tls.certFile, "-server_host_override", "localhost")
	}
	binary := interopClient.command(t)
	for _, c := range testservice.Cases {
		if c.Name == "pick_first_unary" && !named {
			continue // grpc-go's server does not tell its name
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			run(t, nil, binary, append(arguments[:len(arguments):len(arguments)], "-test_case", c.Name)...)
		})
	}
}

// runCases runs all cases of a framework's client.
func runCases(t *testing.T, f framework.Framework, address string, tls *security, named bool) {
	caller := &testservice.Caller{Framework: f, Named: named}
	dial(t, f, address, tls.clientOptions(), caller.Contract())
	dial(t, f, address, tls.clientOptions(), caller.SameService.Contract(testservice.Name))
	dial(t, f, address, tls.clientOptions(), caller.OtherService.Contract(testservice.UnimplementedName))
	for _, c := range testservice.Cases {
		t.Run(c.Name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), runTime)
			defer cancel()
			if err := c.Run(caller, ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestInteropControl: grpc-go's programs pass with each other.
func TestInteropControl(t *testing.T) {
	modes(t, func(t *testing.T, tls *security) { runInteropClient(t, startInteropServer(t, tls), tls, false) })
}

// TestInteropServer: grpc-go's client calls the server.
func TestInteropServer(t *testing.T) {
	for _, f := range frameworks {
		t.Run(f.name, func(t *testing.T) {
			modes(t, func(t *testing.T, tls *security) {
				runInteropClient(t, serve(t, f, tls.serverOptions(), testservice.New(f)), tls, true)
			})
		})
	}
}

// TestInteropClient: the client calls grpc-go's server.
func TestInteropClient(t *testing.T) {
	for _, f := range frameworks {
		t.Run(f.name, func(t *testing.T) {
			modes(t, func(t *testing.T, tls *security) { runCases(t, f, startInteropServer(t, tls), tls, false) })
		})
	}
}

// TestInteropItself: the client calls the server of the same framework.
func TestInteropItself(t *testing.T) {
	for _, f := range frameworks {
		t.Run(f.name, func(t *testing.T) {
			modes(t, func(t *testing.T, tls *security) {
				runCases(t, f, serve(t, f, tls.serverOptions(), testservice.New(f)), tls, true)
			})
		})
	}
}
