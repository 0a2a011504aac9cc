package grpcinterop

import (
	"context"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
	"github.com/tagwire/tagwire/rpc/interop/grpc/talk"
)

// talkOptions allow the longest message of the conversations.
func talkOptions(options framework.Options) framework.Options {
	options.MaxReceive = 4 << 20
	return options
}

// startPeer starts a peer's server.
func startPeer(t *testing.T, p programs, tls *security) (address string) {
	arguments := p.server[1:len(p.server):len(p.server)]
	if tls != nil {
		arguments = append(arguments, tls.certFile, tls.keyFile)
	}
	port := background(t, func(line string) (string, bool) {
		line = strings.TrimSpace(line)
		_, err := strconv.Atoi(line)
		return line, err == nil
	}, p.environment, p.server[0], arguments...)
	return net.JoinHostPort("127.0.0.1", port)
}

// TestForeignClients: clients in other languages call the server.
func TestForeignClients(t *testing.T) {
	for _, p := range peers {
		t.Run(p.name, func(t *testing.T) {
			programs := p.programs(t)
			for _, f := range frameworks {
				t.Run(f.name, func(t *testing.T) {
					modes(t, func(t *testing.T, tls *security) {
						address := serve(t, f, talkOptions(tls.serverOptions()), talk.New(f))
						arguments := append(programs.client[1:len(programs.client):len(programs.client)], address)
						if tls != nil {
							arguments = append(arguments, tls.certFile)
						}
						run(t, programs.environment, programs.client[0], arguments...)
					})
				})
			}
		})
	}
}

// TestForeignServers: the client calls servers in other languages.
func TestForeignServers(t *testing.T) {
	for _, p := range peers {
		t.Run(p.name, func(t *testing.T) {
			programs := p.programs(t)
			for _, f := range frameworks {
				t.Run(f.name, func(t *testing.T) {
					modes(t, func(t *testing.T, tls *security) {
						converse(t, f, startPeer(t, programs, tls), tls)
					})
				})
			}
		})
	}
}

// converse makes the calls of all checks.
func converse(t *testing.T, f framework.Framework, address string, tls *security) {
	caller := &talk.Caller{Framework: f}
	dial(t, f, address, talkOptions(tls.clientOptions()), caller.Contract())
	for _, c := range talk.Checks {
		ctx, cancel := context.WithTimeout(t.Context(), runTime)
		if err := c.Run(caller, ctx); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		cancel()
	}
}
