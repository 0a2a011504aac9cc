package interop_test

import (
	"net/http"
	"testing"

	"connectrpc.com/connect"
	connect2 "connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/adapters/connect/connectv2"
	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/streamtest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// codecs2 has the codecs of version 2, by format.
var codecs2 = map[string]connecthttp.Option{
	"thrift":   connecthttp.WithCodecs(connectv2.NewCodec()),
	"protobuf": connecthttp.WithCodecs(connectv2.NewProtoCodec()),
}

// TestStreamsOfGRPCToConnect has grpc-go call the streams of contracts at connect.
func TestStreamsOfGRPCToConnect(t *testing.T) {
	for _, version := range []string{"v1", "v2"} {
		t.Run(version, func(t *testing.T) {
			streamtest.Run(t, func(t *testing.T, format string, svc *rpc.Service) *streamtest.Market {
				var handler http.Handler
				if version == "v1" {
					var err error
					if _, handler, err = connectadapter.NewHandler(svc); err != nil {
						t.Fatal(err)
					}
				} else {
					methods, err := connectv2.Methods(svc)
					if err != nil {
						t.Fatal(err)
					}
					mux, server := http.NewServeMux(), connect2.NewServer()
					server.Register(methods...)
					connecthttp.Mount(mux, server, codecs2[format])
					handler = mux
				}
				listener := listen(t)
				server := &http.Server{Handler: handler, Protocols: new(http.Protocols)}
				server.Protocols.SetUnencryptedHTTP2(true)
				done := make(chan error, 1)
				go func() { done <- server.Serve(listener) }()
				t.Cleanup(func() {
					server.Close()
					<-done
				})
				conn, err := grpc.NewClient("passthrough:///"+listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { conn.Close() })
				filled := new(streamtest.Market)
				if err := grpcadapter.Fill(conn, "shop.Store", filled, streamtest.Formats[format]...); err != nil {
					t.Fatal(err)
				}
				return filled
			})
		})
	}
}

// TestStreamsOfConnectToGRPC has connect call the streams of contracts at grpc-go.
func TestStreamsOfConnectToGRPC(t *testing.T) {
	for _, version := range []string{"v1", "v2"} {
		t.Run(version, func(t *testing.T) {
			streamtest.Run(t, func(t *testing.T, format string, svc *rpc.Service) *streamtest.Market {
				desc, err := grpcadapter.ServiceDesc(svc)
				if err != nil {
					t.Fatal(err)
				}
				var options []grpc.ServerOption
				if format == "protobuf" {
					options = append(options, grpc.ForceServerCodecV2(grpcadapter.NewProtoCodec()))
				}
				listener, server := listen(t), grpc.NewServer(options...)
				server.RegisterService(desc, nil)
				done := make(chan error, 1)
				go func() { done <- server.Serve(listener) }()
				t.Cleanup(func() {
					server.Stop()
					<-done
				})
				transport := &http.Transport{Protocols: new(http.Protocols)}
				transport.Protocols.SetUnencryptedHTTP2(true)
				t.Cleanup(transport.CloseIdleConnections)
				client, url, filled := &http.Client{Transport: transport}, "http://"+listener.Addr().String(), new(streamtest.Market)
				if version == "v1" {
					err = connectadapter.Fill(client, url, "shop.Store", filled, streamtest.Formats[format], connect.WithGRPC())
				} else {
					over := connecthttp.NewTransport(connectv2.HTTPClient(client), url, codecs2[format], connecthttp.WithGRPC())
					err = connectv2.Fill(connect2.NewClient(over), "shop.Store", filled, streamtest.Formats[format]...)
				}
				if err != nil {
					t.Fatal(err)
				}
				return filled
			})
		})
	}
}
