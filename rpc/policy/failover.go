package policy

import (
	"context"

	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// Failover returns an Exchanger that goes on to another endpoint where one cannot be connected to, or ends the connection before it
// can have read the request, until each has been tried: nothing was done, so this is one attempt still.
func Failover(next transport.Exchanger) transport.Exchanger { return &failover{next} }

type failover struct{ next transport.Exchanger }

// Exchange returns the error of the endpoint that was tried last.
func (f *failover) Exchange(ctx context.Context, call *transport.Call) error {
	return tryAll(call, func() error { return f.next.Exchange(ctx, call) })
}

// tryAll makes attempts until one had an endpoint that can have read the request, or none is left.
func tryAll(call *transport.Call, attempt func() error) error {
	call.Tried = 0
	err := attempt()
	for call.Remote == nil && cannotConnect(err) || transport.Unsent(err) {
		call.Tried++
		call.Remote, call.TLS = nil, nil
		another := attempt()
		if another == transport.ErrNoneLeft {
			break
		}
		err = another
	}
	if err == transport.ErrNoneLeft {
		return open(call, "too many calls of each endpoint have failed")
	}
	return err
}

// cannotConnect does not ask errors.Is, because an error may be users' code.
func cannotConnect(err error) bool {
	e, ok := err.(*message.Error)
	return ok && e.Code == message.CodeConnect
}
