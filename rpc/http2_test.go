package rpc

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
)

type pingMessage struct {
	Text string `protobuf:"1"`
}

type pingContract struct {
	Ping func(ctx context.Context, m *pingMessage) (*pingMessage, error)
}

func TestHTTP2Ping(t *testing.T) {
	svc := NewService("test.Ping")
	Implement[pingContract](svc, &pingContract{Ping: func(_ context.Context, m *pingMessage) (*pingMessage, error) {
		return &pingMessage{m.Text + "!"}, nil
	}}, Protobuf())
	s := NewServer()
	require.NoError(t, s.Register(svc))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go s.Serve(l)
	defer s.Close()
	client := &http.Client{Transport: &http2.Transport{AllowHTTP: true, DialTLSContext: func(ctx context.Context, network, addr string, cfg *tls.Config) (net.Conn, error) {
		return net.Dial(network, addr)
	}}}
	for range 3 {
		req, _ := http.NewRequest("POST", "http://"+l.Addr().String()+"/test.Ping/Ping", bytes.NewReader([]byte("\x00\x00\x00\x00\x03\x0a\x01x")))
		req.Header.Set("content-type", "application/grpc")
		req.Header.Set("te", "trailers")
		res, err := client.Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, "\x00\x00\x00\x00\x04\x0a\x02x!", string(body))
		require.Equal(t, "0", res.Trailer.Get("grpc-status"))
	}
	res, err := client.Get("http://" + l.Addr().String() + "/")
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "405", res.Status[:3])
	t.Log(string(body))
}
