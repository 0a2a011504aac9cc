package grpc_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/grpc"
)

// TestAllocations: what is done in every call allocates nothing for common input.
func TestAllocations(t *testing.T) {
	var timeout [16]byte
	head := make([]byte, grpc.PrefixSize)
	var m grpc.Metadata
	for name, f := range map[string]func(){
		"ParseTimeout":     func() { _, _ = grpc.ParseTimeout("100m") },
		"AppendTimeout":    func() { _ = grpc.AppendTimeout(timeout[:0], time.Second) },
		"ParseCode":        func() { _, _ = grpc.ParseCode("16") },
		"Decimal":          func() { _ = grpc.NotFound.Decimal() },
		"ParseStatus":      func() { _ = grpc.ParseStatus("0", "", "") },
		"EncodeMessage":    func() { _ = grpc.EncodeMessage("no such item") },
		"DecodeMessage":    func() { _ = grpc.DecodeMessage("no such item") },
		"ParseContentType": func() { _, _ = grpc.ParseContentType("application/grpc+proto") },
		"ContentType":      func() { _ = grpc.ContentType("thrift") },
		"ParsePath":        func() { _, _, _ = grpc.ParsePath("/shop.v1.Store/Get") },
		"AcceptEncoding":   func() { _ = grpc.AcceptEncoding() },
		"CanCompress":      func() { _ = grpc.CanCompress("gzip") },
		"Accepts":          func() { _ = grpc.Accepts("identity, deflate, gzip", "gzip") },
		"Reserved":         func() { _ = grpc.Reserved("user-agent") },
		"IsInfo":           func() { _ = grpc.IsInfo("x-user") },
		"AddField":         func() { _ = m.AddField("grpc-accept-encoding", "gzip") },
		"prefixes": func() {
			grpc.PutPrefix(head, false, 10)
			_, _, _ = grpc.ParsePrefix(head, 10)
		},
	} {
		require.Zero(t, testing.AllocsPerRun(100, f), name)
	}
}
