package connectadapter_test

import (
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"
	connect2 "connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/adapters/connect/connectv2"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/streamtest"
)

// codecs2 has the codec of version 2 for each format.
var codecs2 = map[string]connecthttp.Option{
	"thrift":   connecthttp.WithCodecs(connectv2.NewCodec()),
	"protobuf": connecthttp.WithCodecs(connectv2.NewProtoCodec()),
}

// streamServers serve a service by a version of connect, and return the address.
var streamServers = map[string]func(t *testing.T, format string, svc *rpc.Service) string{
	"v1": func(t *testing.T, _ string, svc *rpc.Service) string {
		mux := http.NewServeMux()
		serve1(t, mux, svc)
		return listen(t, mux)
	},
	"v2": func(t *testing.T, format string, svc *rpc.Service) string {
		methods, err := connectv2.Methods(svc)
		if err != nil {
			t.Fatal(err)
		}
		mux, server := http.NewServeMux(), connect2.NewServer()
		server.Register(methods...)
		connecthttp.Mount(mux, server, codecs2[format])
		return listen(t, mux)
	},
}

// streamClients fill a contract with calls by a version of connect.
var streamClients = map[string]func(t *testing.T, url, protocol, format string, target any){
	"v1": func(t *testing.T, url, protocol, format string, target any) {
		err := connectadapter.Fill(httpClient(t), url, "shop.Store", target, streamtest.Formats[format], options1(protocol)...)
		if err != nil {
			t.Fatal(err)
		}
	},
	"v2": func(t *testing.T, url, protocol, format string, target any) {
		options := []connecthttp.Option{codecs2[format]}
		switch protocol {
		case connect.ProtocolGRPC:
			options = append(options, connecthttp.WithGRPC())
		case connect.ProtocolGRPCWeb:
			options = append(options, connecthttp.WithGRPCWeb())
		}
		client := connect2.NewClient(connecthttp.NewTransport(connectv2.HTTPClient(httpClient(t)), url, options...))
		if err := connectv2.Fill(client, "shop.Store", target, streamtest.Formats[format]...); err != nil {
			t.Fatal(err)
		}
	},
}

// TestStreams has the streams of contracts between both versions, in all protocols, and between them and package rpc.
func TestStreams(t *testing.T) {
	for server, serve := range streamServers {
		for client, fill := range streamClients {
			for _, protocol := range protocols {
				if client != server && protocol != connect.ProtocolConnect {
					continue // what is sent is the same as between equal versions
				}
				t.Run(client+" calls "+server+" by "+protocol, func(t *testing.T) {
					streamtest.Run(t, func(t *testing.T, format string, svc *rpc.Service) *streamtest.Market {
						filled := new(streamtest.Market)
						fill(t, serve(t, format, svc), protocol, format, filled)
						return filled
					})
				})
			}
		}
	}
	for client, fill := range streamClients {
		t.Run(client+" calls rpc", func(t *testing.T) {
			streamtest.Run(t, func(t *testing.T, format string, svc *rpc.Service) *streamtest.Market {
				filled := new(streamtest.Market)
				fill(t, "http://"+streamtest.Serve(t, svc), connect.ProtocolGRPC, format, filled)
				return filled
			})
		})
	}
	for server, serve := range streamServers {
		t.Run("rpc calls "+server, func(t *testing.T) {
			streamtest.Run(t, func(t *testing.T, format string, svc *rpc.Service) *streamtest.Market {
				return streamtest.Fill(t, strings.TrimPrefix(serve(t, format, svc), "http://"), format)
			})
		})
	}
}
