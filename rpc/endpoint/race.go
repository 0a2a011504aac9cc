package endpoint

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"
)

const (
	// attemptDelay is how long one address of a name is tried alone before the next is tried as well (RFC 8305, section 5).
	attemptDelay = 250 * time.Millisecond
	// maxAddresses bounds the addresses of a name that are tried.
	maxAddresses = 32
)

// Dial makes a connection as the DialContext of a net.Dialer does, but tries the addresses of a name as RFC 8305 says: the families
// alternate, each address has a short time alone and goes on while the next is tried, and the first connection that is made ends the
// other attempts. So one address that does not answer costs that short time, whatever family it is of.
func Dial(ctx context.Context, network, address string) (net.Conn, error) {
	r := racer{
		lookup: func(ctx context.Context, network, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, network, host)
		},
		connect: new(net.Dialer).DialContext, delay: attemptDelay,
	}
	return r.dial(ctx, network, address)
}

// racer makes connections to names.
type racer struct {
	lookup  func(ctx context.Context, network, host string) ([]netip.Addr, error)
	connect DialFunc // to an address without a name; it returns when its context ends
	delay   time.Duration
}

func (r *racer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	_, notNumeric := netip.ParseAddr(host)
	if !strings.HasPrefix(network, "tcp") || err != nil || host == "" || notNumeric == nil {
		return r.connect(ctx, network, address)
	}
	found, err := r.lookup(ctx, "ip"+strings.TrimPrefix(network, "tcp"), host)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	var targets []string
	for _, a := range alternate(found) {
		targets = append(targets, net.JoinHostPort(a.String(), port))
	}
	conn, err := r.race(ctx, network, targets[:min(len(targets), maxAddresses)])
	if err == errNotTried || err != nil && err == ctx.Err() {
		err = &net.OpError{Op: "dial", Net: network, Addr: Endpoint{Network: network, Address: address}.Addr(), Err: err}
	}
	return conn, err
}

// alternate orders addresses so that the families take turns, beginning with that of the first.
func alternate(found []netip.Addr) []netip.Addr {
	var first, second, all []netip.Addr
	for _, a := range found {
		a = a.Unmap()
		if len(first) == 0 || a.Is4() == first[0].Is4() {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	for i := range max(len(first), len(second)) {
		all = append(all, first[min(i, len(first)):min(i+1, len(first))]...)
		all = append(all, second[min(i, len(second)):min(i+1, len(second))]...)
	}
	return all
}

// errNotTried is the error for a name without an address.
var errNotTried = errors.New("the name has no address")

// attempt is how an attempt ended.
type attempt struct {
	conn net.Conn
	err  error
}

// race returns the first connection that is made to one of the targets, or the error of the first attempt that failed, or that of the
// context when it ends. An attempt that
// is still under way then ends with the context, and closes what it has made.
func (r *racer) race(ctx context.Context, network string, targets []string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan attempt)
	start := func(target string) {
		conn, err := r.connect(ctx, network, target)
		select {
		case ended <- attempt{conn, err}:
		case <-ctx.Done():
			if err == nil {
				_ = conn.Close()
			}
		}
	}
	failure := errNotTried
	turn := time.NewTimer(0) // of the next target
	defer turn.Stop()
	for running := 0; running > 0 || len(targets) > 0; {
		select {
		case <-turn.C:
			if len(targets) > 0 {
				go start(targets[0])
				targets = targets[1:]
				running++
				turn.Reset(r.delay)
			}
		case a := <-ended:
			if a.err == nil {
				return a.conn, nil
			}
			if failure == errNotTried {
				failure = a.err
			}
			running--
			turn.Reset(0)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, failure
}
