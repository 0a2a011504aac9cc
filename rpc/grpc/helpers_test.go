package grpc_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/contract"
)

type item struct {
	Name string `frugal:"1" protobuf:"1"`
}

// taken is an exception.
type taken struct {
	Item string `frugal:"1" protobuf:"1"`
}

func (e *taken) Error() string { return "taken: " + e.Item }

type store struct {
	Get func(context.Context, *item) (*item, error) `throws:"1=taken"`
}

// method returns a method that declares an exception.
func method(t testing.TB, protobuf bool) *contract.Method {
	t.Helper()
	options := []func(*contract.Reader){func(r *contract.Reader) { r.AddExceptions([]any{taken{}}) }}
	if protobuf {
		options = append(options, (*contract.Reader).UseProtobuf)
	}
	var made *contract.Method
	require.NoError(t, contract.NewReader(options).Fill(new(store), func(f *contract.Field) (contract.Body, error) {
		made = f.Method
		return nil, nil
	}))
	return made
}
