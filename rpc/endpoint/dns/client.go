package dns

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// firstTry is how long a query may take in the first round. The next round has twice as long. Tests change it.
var firstTry = time.Second

const rounds = 2

// client is a source that makes queries.
type client struct {
	servers []string      // "address:port", in the order in which they are asked
	search  []string      // suffixes of names that are not absolute
	dots    int           // in a name that is tried without a suffix first
	try     time.Duration // for a query in the first round
}

// addresses returns those of both families. If one family cannot be found out the other counts, but not for long.
func (c *client) addresses(ctx context.Context, host string) (found []netip.Addr, valid time.Duration, err error) {
	return try(c, host, func(name string) ([]netip.Addr, time.Duration, error) {
		type family struct {
			found []netip.Addr
			valid time.Duration
			err   error
		}
		ask := func(kind dnsmessage.Type) (f family) {
			var a *answer
			if a, f.err = c.ask(ctx, name, kind); f.err == nil {
				f.found, f.valid = a.addresses()
			}
			return f
		}
		other := make(chan family, 1)
		go func() { other <- ask(dnsmessage.TypeAAAA) }()
		v4 := ask(dnsmessage.TypeA)
		v6 := <-other
		found := usable(append(v4.found, v6.found...))
		switch {
		case len(found) == 0 && !absent(v4.err): // which is nil where the addresses are of no use
			return nil, 0, orNoRecord(v4.err)
		case len(found) == 0:
			return nil, 0, orNoRecord(v6.err)
		}
		valid := maxValid
		for _, f := range []family{v4, v6} {
			switch {
			case f.err == nil:
				valid = min(valid, f.valid)
			case !absent(f.err):
				valid = minValid
			}
		}
		return found, valid, nil
	})
}

func orNoRecord(err error) error {
	if err == nil {
		return errNoRecord
	}
	return err
}

// services returns the SRV records of a name.
func (c *client) services(ctx context.Context, name string) ([]service, time.Duration, error) {
	return try(c, name, func(name string) ([]service, time.Duration, error) {
		a, err := c.ask(ctx, name, dnsmessage.TypeSRV)
		if err != nil {
			return nil, 0, err
		}
		all, valid := a.services()
		return all, valid, nil
	})
}

// try looks up the names that a name may stand for until one exists. A failure ends that: the next might be another's.
func try[T any](c *client, name string, lookUp func(name string) (T, time.Duration, error)) (found T, valid time.Duration, err error) {
	err = errNoName
	for _, full := range c.absolute(name) {
		found, valid, failure := lookUp(full)
		if !absent(failure) {
			return found, valid, failure
		}
		if errors.Is(failure, errNoRecord) {
			err = failure // it says more than that other names do not exist
		}
	}
	return found, 0, err
}

// ask asks the servers in turn. The answer has a record of that kind, at least one.
func (c *client) ask(ctx context.Context, name string, kind dnsmessage.Type) (a *answer, err error) {
	parsed, err := dnsmessage.NewName(name)
	if err != nil {
		return nil, err
	}
	q := dnsmessage.Question{Name: parsed, Type: kind, Class: dnsmessage.ClassINET}
	for round := range rounds {
		for _, server := range c.servers {
			// Some servers and firewalls do not like the extension.
			a, err = query(ctx, server, q, c.try<<round, round == 0)
			if err == nil || absent(err) {
				return a, err
			}
			if ctx.Err() != nil {
				return nil, fmt.Errorf("the DNS server %s: %w", server, ctx.Err())
			}
			err = fmt.Errorf("the DNS server %s: %w", server, err)
		}
	}
	return nil, err
}
