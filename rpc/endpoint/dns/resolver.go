package dns

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
)

// minValid and maxValid bound how long an answer is used, whatever the records say. Tests change the first.
var minValid = 5 * time.Second

const (
	maxValid = 5 * time.Minute
	// patience is how long all queries for an answer may take.
	patience = 15 * time.Second
)

// Resolver is an endpoint.TimedResolver of one name. It keeps nothing between questions, so several clients may have the same.
type Resolver struct {
	host       string
	port       string // "" for a service, whose records have the ports
	serverName string // that certificates are verified by
	servers    []string
	try        time.Duration // for a query in the first round
	system     *net.Resolver
	paths      paths
	fault      error
}

// New returns a resolver of "host:port", or of a service "_name._tcp.host", which has SRV records. It asks servers, "address" or
// "address:port", for the name as it is; without them the name is found as the system is configured to.
func New(name string, servers ...string) *Resolver {
	r := &Resolver{try: firstTry, system: net.DefaultResolver, paths: pathsOf(runtime.GOOS)}
	r.fault = r.set(name, servers)
	return r
}

// Check returns what is wrong with the arguments of New.
func (r *Resolver) Check() error { return r.fault }

func (r *Resolver) set(name string, servers []string) (err error) {
	if strings.HasPrefix(name, "_") {
		if strings.Contains(name, ":") {
			return fmt.Errorf("the name %q is that of a service, whose SRV records have the ports; leave out the port", name)
		}
		r.host = name
	} else if r.host, r.port, err = net.SplitHostPort(name); err != nil {
		return fmt.Errorf("the name %q is not valid (%v); write host:port, or _service._tcp.host for SRV records", name, err)
	} else if n, err := strconv.ParseUint(r.port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("the port of %q is not a number from 1 to 65535", name)
	}
	if _, err := netip.ParseAddr(r.host); err != nil && !validName(r.host) {
		return fmt.Errorf("%q is not a name in the DNS: labels have 1 to 63 ASCII characters, and a name 253", r.host)
	}
	r.serverName = strings.TrimSuffix(r.host, ".")
	for strings.HasPrefix(r.serverName, "_") {
		_, r.serverName, _ = strings.Cut(r.serverName, ".")
	}
	for _, s := range servers {
		if address, err := netip.ParseAddr(s); err == nil {
			s = netip.AddrPortFrom(address, 53).String()
		} else if _, err := netip.ParseAddrPort(s); err != nil {
			return fmt.Errorf("the DNS server %q is not an address; write 10.0.0.10, or 10.0.0.10:53", s)
		}
		r.servers = append(r.servers, s)
	}
	return nil
}

// validName reports whether a name can be asked for.
func validName(name string) bool {
	name = strings.TrimSuffix(name, ".")
	for label := range strings.SplitSeq(name, ".") {
		if len(label) == 0 || len(label) > 63 {
			return false
		}
	}
	strange := strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' })
	return len(name) <= 253 && !strange
}

// Resolve returns the endpoints.
func (r *Resolver) Resolve(ctx context.Context, service string) ([]endpoint.Endpoint, error) {
	endpoints, _, err := r.ResolveTimed(ctx, service)
	return endpoints, err
}

// ResolveTimed returns the endpoints, and how long they are used: as long as the records hold, within bounds, and a little less so that
// clients do not ask together; or 0 if the system does not say. The name of the client's service has no part in it.
func (r *Resolver) ResolveTimed(ctx context.Context, _ string) (endpoints []endpoint.Endpoint, valid time.Duration, err error) {
	if r.fault != nil {
		return nil, 0, r.fault
	}
	if address, err := netip.ParseAddr(r.host); err == nil {
		return []endpoint.Endpoint{numeric(address, r.port)}, maxValid, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	from := r.source()
	if r.port == "" {
		endpoints, valid, err = resolveService(ctx, from, r.host)
	} else {
		endpoints, valid, err = resolveHost(ctx, from, r.host, r.port)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("the name %s: %w", r.host, err)
	}
	for i := range endpoints {
		endpoints[i].Name = r.serverName
	}
	// Clients that have just started do not all begin with the same server.
	rand.Shuffle(len(endpoints), func(i, j int) { endpoints[i], endpoints[j] = endpoints[j], endpoints[i] })
	return endpoints, early(valid), nil
}

// early returns up to a tenth less.
func early(valid time.Duration) time.Duration {
	if valid <= 0 {
		return 0
	}
	return valid - rand.N(valid/10+1)
}

// bounded returns how long a record is used that has ttl seconds to live.
func bounded(ttl uint32) time.Duration {
	if ttl > 1<<31-1 {
		ttl = 0 // RFC 2181, section 8
	}
	return min(maxValid, max(minValid, time.Duration(ttl)*time.Second))
}

// numeric returns the endpoint of an address.
func numeric(address netip.Addr, port string) endpoint.Endpoint {
	return endpoint.Endpoint{Network: "tcp", Address: net.JoinHostPort(address.String(), port), Weight: 1}
}

// resolveHost returns an endpoint for each address of a host.
func resolveHost(ctx context.Context, from source, host, port string) (endpoints []endpoint.Endpoint, valid time.Duration, err error) {
	found, valid, err := from.addresses(ctx, host)
	for _, a := range found {
		endpoints = append(endpoints, numeric(a, port))
	}
	return endpoints, valid, err
}
