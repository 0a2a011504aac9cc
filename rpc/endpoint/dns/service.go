package dns

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
)

const (
	// maxServices bounds the SRV records of a priority that are used, and maxEndpoints the endpoints that they stand for.
	maxServices  = 1024
	maxEndpoints = 4096
	// lookups is how many targets are looked up at a time.
	lookups = 8
	// maxShares bounds the parts that a weight of 1 is divided into.
	maxShares = 720
)

var errNotOffered = errors.New("the SRV record says that the service is not offered")

// resolveService returns the endpoints of the SRV records of the lowest priority, or those of the next where no target of the lowest has
// an address. It is an error if that cannot be found out.
func resolveService(ctx context.Context, from source, name string) ([]endpoint.Endpoint, time.Duration, error) {
	all, valid, err := from.services(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	all = slices.DeleteFunc(all, func(s service) bool { return s.target == "." || s.port == 0 })
	slices.SortStableFunc(all, func(a, b service) int { return cmp.Compare(a.priority, b.priority) })
	err = errNotOffered
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].priority == all[0].priority {
			n++
		}
		targets, held, failure := lookUp(ctx, from, all[:min(n, maxServices)])
		if failure == nil {
			return expand(all[:min(n, maxServices)], targets), min(valid, held), nil
		}
		if !absent(failure) {
			return nil, 0, failure
		}
		all, err = all[n:], failure
	}
	return nil, 0, err
}

// lookUp returns the addresses of the targets, at least one. Targets without an address are left out, and so are those that fail where
// another has an address; the answer does not hold long then.
func lookUp(ctx context.Context, from source, all []service) (targets map[string][]netip.Addr, valid time.Duration, err error) {
	var group sync.WaitGroup
	var lock sync.Mutex
	targets, valid, err = map[string][]netip.Addr{}, maxValid, errNoRecord
	slots := make(chan struct{}, lookups)
	for _, s := range all {
		lock.Lock()
		_, seen := targets[s.target]
		if !seen {
			targets[s.target] = s.known
		}
		lock.Unlock()
		if seen || len(s.known) > 0 {
			continue
		}
		slots <- struct{}{}
		group.Add(1)
		go func() {
			defer group.Done()
			found, held, failure := from.addresses(ctx, s.target)
			lock.Lock()
			defer lock.Unlock()
			switch {
			case failure == nil:
				targets[s.target], valid = found, min(valid, held)
			case !absent(failure):
				err, valid = failure, min(valid, minValid)
			}
			<-slots
		}()
	}
	group.Wait()
	for _, addresses := range targets {
		if len(addresses) > 0 {
			return targets, valid, nil
		}
	}
	return nil, 0, err
}

// expand returns an endpoint for each address of each target. Addresses of a target share its weight.
func expand(all []service, targets map[string][]netip.Addr) (endpoints []endpoint.Endpoint) {
	shares := 1 // so many that each target's can be divided evenly
	for _, addresses := range targets {
		if n := len(addresses); n > 0 {
			shares = min(maxShares, shares/divisor(shares, n)*n)
		}
	}
	for _, s := range all {
		addresses := targets[s.target]
		for _, a := range addresses[:min(len(addresses), maxEndpoints-len(endpoints))] {
			e := numeric(a, strconv.Itoa(int(s.port)))
			e.Weight = max(1, max(1, int(s.weight))*shares/len(addresses))
			endpoints = append(endpoints, e)
		}
	}
	return endpoints
}

// divisor returns the greatest common divisor.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
