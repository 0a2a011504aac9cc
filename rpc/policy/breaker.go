package policy

import (
	"context"
	"sync"
	"time"

	"github.com/bytedance/gopkg/cloud/circuitbreaker"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// Breaker says when calls are not made, because too many have failed. It looks at those of the last ten seconds. When the circuit has
// been open for a while, single calls are made, and it is closed again when two of them in a row have succeeded.
//
// What counts as failed are calls without an answer and those that the server could not handle. Exceptions that the method declares,
// and business errors, are answers. Calls that the caller cancelled, or that have no wire form, do not count at all.
type Breaker struct {
	// ErrorRate is the part of the calls that must have failed to open the circuit. It is a half if this is not more than 0.
	ErrorRate float64
	// MinSamples is how many calls there must have been. 200 if it is 0 or less.
	MinSamples int
	// Cooling is for how long a circuit is open before a call is made again: 5 seconds if it is 0 or less, at most 10.
	Cooling time.Duration
}

const (
	standardErrorRate  = 0.5
	standardMinSamples = 200
	standardCooling    = 5 * time.Second
	longestCooling     = 10 * time.Second // after which the panel forgets
)

// now is the time. Tests change it.
var now = time.Now

// keepTicking makes the ticker that all panels have in common go on when the last one is closed. Ending it may deadlock with the
// making of the next panel.
var keepTicking = sync.OnceValue(func() error {
	_, err := circuitbreaker.NewPanel(nil, circuitbreaker.Options{})
	return err
})

// circuits are those of one Breaker.
type circuits struct{ panel circuitbreaker.Panel }

func newCircuits(b *Breaker, changed func(key, state string)) (*circuits, error) {
	if b == nil {
		return nil, nil
	}
	rate, samples, cooling := b.ErrorRate, b.MinSamples, b.Cooling
	if !(rate > 0) { // nor a number
		rate = standardErrorRate
	}
	if samples <= 0 {
		samples = standardMinSamples
	}
	if cooling <= 0 {
		cooling = standardCooling
	}
	if err := keepTicking(); err != nil {
		return nil, err
	}
	panel, err := circuitbreaker.NewPanel(func(key string, _, state circuitbreaker.State, _ circuitbreaker.Metricer) {
		changed(key, state.String())
	}, circuitbreaker.Options{
		CoolingTimeout: min(cooling, longestCooling), Now: now, ShouldTrip: circuitbreaker.RateTripFunc(rate, int64(samples)),
	})
	return &circuits{panel}, err
}

// settle counts the outcome of a call that was made.
func (c *circuits) settle(key string, outcome error) {
	e, failed := outcome.(*message.Error)
	if !failed {
		if outcome != transport.ErrNotReturned {
			c.panel.Succeed(key)
		}
		return
	}
	switch e.Code {
	case message.CodeTimeout:
		c.panel.Timeout(key)
	case message.CodeUnknown, message.CodeInternal, message.CodeOverloaded, message.CodeConnect, message.CodeResolve,
		message.CodeClosed, message.CodeInvalidReply, message.CodeBadSequence, message.CodeWrongMethodName:
		c.panel.Fail(key)
	}
}

// open returns the error of a call that is not made.
func open(call *transport.Call, text string) error {
	return &message.Error{Code: message.CodeCircuitOpen, Method: call.Method, Message: text, Retryable: true}
}

// Breakers are the circuits of a client. Any goroutine may call their methods.
type Breakers struct {
	methods, endpoints *circuits // nil for none
	close              func()
}

// NewBreakers returns circuits that are closed: one for each method, and one for each endpoint, where these are not nil. changed is
// told, in a goroutine of its own, of each that opens or closes.
func NewBreakers(byMethod, byEndpoint *Breaker, changed func(key, state string)) (b *Breakers, err error) {
	b = &Breakers{}
	if b.methods, err = newCircuits(byMethod, changed); err == nil {
		b.endpoints, err = newCircuits(byEndpoint, changed)
	}
	b.close = sync.OnceFunc(func() {
		for _, c := range []*circuits{b.methods, b.endpoints} {
			if c != nil {
				c.panel.Close()
			}
		}
	})
	return b, err
}

// Close gives back what the circuits need.
func (b *Breakers) Close() { b.close() }

// Exchanger returns an Exchanger that makes the attempts that the circuit of their method allows.
func (b *Breakers) Exchanger(next transport.Exchanger) transport.Exchanger {
	if b.methods == nil {
		return next
	}
	return &methodBreaker{b.methods, next}
}

type methodBreaker struct {
	circuits *circuits
	next     transport.Exchanger
}

// Exchange makes the attempt, or returns CodeCircuitOpen.
func (m *methodBreaker) Exchange(ctx context.Context, call *transport.Call) error {
	if !m.circuits.panel.IsAllowed(call.Method) {
		return open(call, "too many calls of the method have failed")
	}
	err := transport.ErrNotReturned
	defer func() { m.circuits.settle(call.Method, err) }()
	err = m.next.Exchange(ctx, call)
	return err
}

// Balance returns what makes balancers that pass over the endpoints whose circuit is open. balance makes what decides between the
// others; nil stands for NewRotation.
func (b *Breakers) Balance(balance func([]endpoint.Endpoint) endpoint.Balancer) func([]endpoint.Endpoint) endpoint.Balancer {
	if b.endpoints == nil {
		return balance
	}
	return func(endpoints []endpoint.Endpoint) endpoint.Balancer {
		n := len(endpoints)
		var next endpoint.Balancer
		if balance != nil {
			next = balance(endpoints)
		}
		if next == nil {
			next = endpoint.NewRotation(endpoints)
		}
		return &endpointBreaker{b.endpoints, next, n}
	}
}

type endpointBreaker struct {
	circuits *circuits
	next     endpoint.Balancer
	count    int // of endpoints
}

// Pick returns an endpoint whose circuit allows calls, and the zero Endpoint where there is none.
func (p *endpointBreaker) Pick(call *transport.Call) (endpoint.Endpoint, func(error)) {
	for range p.count {
		e, done := p.next.Pick(call)
		if e == (endpoint.Endpoint{}) {
			return e, done
		}
		key := e.Network + " " + e.Address
		if p.circuits.panel.IsAllowed(key) {
			return e, func(outcome error) {
				p.circuits.settle(key, outcome)
				if done != nil {
					done(outcome)
				}
			}
		}
		if done != nil {
			done(open(call, "the endpoint is passed over"))
		}
		call.Tried++
	}
	return endpoint.Endpoint{}, nil
}
