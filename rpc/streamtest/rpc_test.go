package streamtest_test

import (
	"testing"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/streamtest"
)

// TestGRPC has package rpc pass the tests.
func TestGRPC(t *testing.T) {
	streamtest.Run(t, func(t *testing.T, format string, svc *rpc.Service) *streamtest.Market {
		return streamtest.Fill(t, streamtest.Serve(t, svc), format)
	})
}
