package dns

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"
)

// source answers questions. Where the error is nil there is at least one record. The time is how long these hold, 0 if that is not
// known.
type source interface {
	addresses(ctx context.Context, host string) ([]netip.Addr, time.Duration, error)
	services(ctx context.Context, name string) ([]service, time.Duration, error)
}

// service is an SRV record.
type service struct {
	target                 string
	port, priority, weight uint16
	known                  []netip.Addr // addresses of the target that came with it
}

var (
	errNoName   = errors.New("no such name in the DNS (NXDOMAIN)")
	errNoRecord = errors.New("the name has no records of the kind that is needed")
)

// absent reports whether an error says that there is nothing, and not that it could not be found out.
func absent(err error) bool { return errors.Is(err, errNoName) || errors.Is(err, errNoRecord) }

// source returns what answers now. Files are read each time, because they change.
func (r *Resolver) source() source {
	if len(r.servers) > 0 {
		return &client{servers: r.servers, try: r.try}
	}
	host := strings.TrimSuffix(r.host, ".")
	if strings.EqualFold(host, "localhost") || r.paths.inHosts(host) {
		return system{r.system}
	}
	if c := r.paths.configured(); c != nil {
		c.try = r.try
		return c
	}
	return system{r.system}
}

// system is the system's resolver.
type system struct{ resolver *net.Resolver }

func (s system) addresses(ctx context.Context, host string) ([]netip.Addr, time.Duration, error) {
	found, err := s.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, 0, ofSystem(err)
	}
	found = usable(found)
	if len(found) == 0 {
		return nil, 0, errNoRecord
	}
	return found, 0, nil
}

func (s system) services(ctx context.Context, name string) (all []service, valid time.Duration, err error) {
	_, found, err := s.resolver.LookupSRV(ctx, "", "", name)
	for _, f := range found {
		all = append(all, service{target: f.Target, port: f.Port, priority: f.Priority, weight: f.Weight})
	}
	if err != nil && len(all) == 0 {
		return nil, 0, ofSystem(err)
	}
	return all, 0, nil
}

// ofSystem returns the error of a source for one of package net.
func ofSystem(err error) error {
	var e *net.DNSError
	if errors.As(err, &e) && e.IsNotFound {
		return errNoName
	}
	return err
}

// usable returns the addresses that can be connected to, each once.
func usable(found []netip.Addr) (all []netip.Addr) {
	seen := map[netip.Addr]bool{}
	for _, a := range found {
		a = a.Unmap()
		if !seen[a] && !a.IsUnspecified() && !a.IsMulticast() {
			seen[a] = true
			all = append(all, a)
		}
	}
	return all
}
