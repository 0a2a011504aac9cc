package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/tagwire/tagwire/rpc/endpoint"
)

// texts returns endpoints as "address weight", sorted.
func texts(endpoints []endpoint.Endpoint) (all []string) {
	for _, e := range endpoints {
		all = append(all, fmt.Sprint(e.Address, " ", e.Weight))
	}
	slices.Sort(all)
	return all
}

// resolve returns what a resolver of a name finds with a server.
func resolve(t *testing.T, name string, p *Peer) ([]endpoint.Endpoint, time.Duration, error) {
	t.Helper()
	return New(name, p.Address).ResolveTimed(context.Background(), "ignored")
}

// TestHost: each address of a name is an endpoint, once, aliases are followed, and the answer is used as long as its record with the
// shortest life, or a little less.
func TestHost(t *testing.T) {
	p := NewPeer(t, Zone(
		Alias("store.test.", 60, "Other.test."), Alias("other.test.", 20, "third.test."),
		Address("third.test.", 100, "10.0.0.1"), Address("third.test.", 100, "10.0.0.2"), Address("third.test.", 100, "10.0.0.1"),
		Address("third.test.", 40, "fd00::1"), Address("third.test.", 40, "::ffff:10.0.0.2"),
		Address("third.test.", 100, "0.0.0.0"), Address("third.test.", 100, "224.0.0.1"), Address("third.test.", 100, "::"),
		Address("elsewhere.test.", 1, "10.9.9.9"),
	))
	for _, name := range []string{"store.test:80", "STORE.test.:80"} {
		endpoints, valid, err := resolve(t, name, p)
		require.NoError(t, err)
		require.Equal(t, []string{"10.0.0.1:80 1", "10.0.0.2:80 1", "[fd00::1]:80 1"}, texts(endpoints))
		require.LessOrEqual(t, valid, 20*time.Second)
		require.GreaterOrEqual(t, valid, 18*time.Second)
		for _, e := range endpoints {
			require.Equal(t, "tcp", e.Network)
			require.True(t, strings.EqualFold("store.test", e.Name))
		}
	}
	asked := p.Asked.Load()
	endpoints, valid, err := resolve(t, "[fd00::1]:80", p)
	require.NoError(t, err)
	require.Equal(t, []endpoint.Endpoint{{Network: "tcp", Address: "[fd00::1]:80", Weight: 1}}, endpoints)
	require.Positive(t, valid)
	require.Equal(t, asked, p.Asked.Load())
}

// TestValidity: an answer is used for no less and no more than the bounds, whatever its records say, and not by all clients for the same
// time.
func TestValidity(t *testing.T) {
	for ttl, want := range map[uint32]time.Duration{
		0: minValid, 1: time.Second, 60: time.Minute, 300: maxValid, 301: maxValid, 1<<31 - 1: maxValid, 1 << 31: minValid, 1<<32 - 1: minValid,
	} {
		p := NewPeer(t, Zone(Address("store.test.", ttl, "10.0.0.1")))
		_, valid, err := resolve(t, "store.test:80", p)
		require.NoError(t, err)
		require.LessOrEqual(t, valid, want)
		require.GreaterOrEqual(t, valid, want*9/10)
	}
	different := map[time.Duration]bool{}
	for range 100 {
		different[early(time.Minute)] = true
	}
	require.Greater(t, len(different), 50)
	require.Zero(t, early(0))
	require.Positive(t, early(1))
}

// TestAbsent: what is not there is an error that says so.
func TestAbsent(t *testing.T) {
	var chain []dnsmessage.Resource
	for i := range maxChain + 1 {
		chain = append(chain, Alias(fmt.Sprintf("%d.chain.test.", i), 60, fmt.Sprintf("%d.chain.test.", i+1)))
	}
	chain = append(chain, Address(fmt.Sprintf("%d.chain.test.", maxChain+1), 60, "10.0.0.1"))
	p := NewPeer(t, Zone(append(chain,
		Service("store.test.", 1, 1, 1, "x."), Alias("dangling.test.", 60, "store.test."), Address("useless.test.", 60, "0.0.0.0"),
		Alias("loop.test.", 60, "pool.test."), Alias("pool.test.", 60, "loop.test."), Alias("self.test.", 60, "self.test."),
		Service("_none._tcp.test.", 0, 0, 0, "."), Service("_port._tcp.test.", 0, 0, 0, "x."), Service("_gone._tcp.test.", 0, 0, 1, "gone.test."),
	)...))
	for name, want := range map[string]error{
		"no.test:80": errNoName, "store.test:80": errNoRecord, "dangling.test:80": errNoRecord, "useless.test:80": errNoRecord,
		"loop.test:80": errChain, "self.test:80": errChain, "0.chain.test:80": errChain,
		"_no._tcp.test": errNoName, "_none._tcp.test": errNotOffered, "_port._tcp.test": errNotOffered, "_gone._tcp.test": errNoRecord,
	} {
		endpoints, valid, err := resolve(t, name, p)
		require.ErrorIs(t, err, want, name)
		require.Empty(t, endpoints)
		require.Zero(t, valid)
		host, _, _ := strings.Cut(name, ":")
		require.ErrorContains(t, err, "the name "+host+": ")
	}
	endpoints, _, err := resolve(t, "1.chain.test:80", p)
	require.NoError(t, err)
	require.Len(t, endpoints, 1)
	_, _, err = resolve(t, "no.test:80", p)
	require.EqualError(t, err, "the name no.test: no such name in the DNS (NXDOMAIN)")
}

// TestNames: what cannot be resolved is found at once.
func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"store": "write host:port, or _service._tcp.host", "store:http": "not a number from 1 to 65535", "store:0": "1 to 65535",
		"store:65536": "1 to 65535", "_a._tcp.store:80": "leave out the port", ":80": "not a name", "a..b:80": "not a name",
		"_a._tcp..b": "not a name", strings.Repeat("a", 64) + ":80": "not a name", strings.Repeat("a.", 127) + "a:80": "not a name",
		"sto re:80": "not a name", "störe:80": "not a name", ".:80": "not a name", "": "write host:port",
	} {
		r := New(name)
		require.ErrorContains(t, r.Check(), want, name)
		_, err := r.Resolve(context.Background(), "")
		require.Equal(t, r.Check(), err)
	}
	require.ErrorContains(t, New("store:80", "ns.test").Check(), `the DNS server "ns.test" is not an address`)
	for _, name := range []string{"store:1", "a-b.c_d:65535", strings.Repeat("a.", 126) + "a:80", "store.:80", "127.0.0.1:80", "[fe80::1%lo]:80"} {
		require.NoError(t, New(name, "10.0.0.1", "fd00::1", "10.0.0.1:53", "[fd00::1]:53").Check(), name)
	}
	require.Equal(t, []string{"10.0.0.1:53", "[fd00::1]:53"}, New("a:1", "10.0.0.1", "fd00::1").servers)
	for name, want := range map[string]string{"_a._tcp.store.test": "store.test", "_a._tcp.store.": "store", "store:80": "store", "_a": ""} {
		require.Equal(t, want, New(name).serverName)
	}
}

// TestService: of SRV records those of the lowest priority are used, in proportion to their weights.
func TestService(t *testing.T) {
	p := NewPeer(t, Zone(
		Service("_a._tcp.test.", 1, 30, 8001, "one.test."), Service("_a._tcp.test.", 1, 0, 8002, "one.test."),
		Service("_a._tcp.test.", 1, 65535, 8003, "two.test."), Service("_a._tcp.test.", 2, 10, 8004, "one.test."),
		Service("_a._tcp.test.", 0, 10, 8005, "gone.test."), Service("_a._tcp.test.", 1, 10, 8006, "gone.test."),
		Address("one.test.", 60, "10.0.0.1"),
		Address("two.test.", 60, "10.0.0.2"), Address("two.test.", 60, "10.0.0.3"), Address("two.test.", 60, "fd00::2"),
	))
	endpoints, valid, err := resolve(t, "_a._tcp.test", p)
	require.NoError(t, err)
	require.Equal(t, []string{
		"10.0.0.1:8001 90", "10.0.0.1:8002 3", "10.0.0.2:8003 65535", "10.0.0.3:8003 65535", "[fd00::2]:8003 65535",
	}, texts(endpoints))
	require.LessOrEqual(t, valid, time.Minute)
	require.Equal(t, "test", endpoints[0].Name)
	require.Equal(t, int64(1+2+3*2), p.Asked.Load(), "each target of a priority is looked up once, for both families")
}

// TestServiceWithAddresses: addresses that come with the records are used.
func TestServiceWithAddresses(t *testing.T) {
	p := NewPeer(t, func(_ string, query dnsmessage.Message) [][]byte {
		return [][]byte{Reply(query, 0, []dnsmessage.Resource{Service("_a._tcp.test.", 1, 5, 8001, "One.test.")},
			[]dnsmessage.Resource{Address("one.test.", 7, "10.0.0.1"), Address("one.test.", 60, "10.0.0.2"), Address("x.test.", 60, "10.0.0.9")})}
	})
	endpoints, valid, err := resolve(t, "_a._tcp.test", p)
	require.NoError(t, err)
	require.Equal(t, []string{"10.0.0.1:8001 5", "10.0.0.2:8001 5"}, texts(endpoints))
	require.LessOrEqual(t, valid, 7*time.Second)
	require.Equal(t, int64(1), p.Asked.Load())
}

// TestServiceFails: what cannot be found out is no reason to use a higher priority, but one target's failure does not count while others
// have addresses.
func TestServiceFails(t *testing.T) {
	zone := Zone(Service("_a._tcp.test.", 0, 0, 1, "failing.test."), Service("_a._tcp.test.", 1, 0, 2, "two.test."),
		Service("_b._tcp.test.", 0, 0, 1, "failing.test."), Service("_b._tcp.test.", 0, 0, 2, "two.test."), Address("two.test.", 60, "10.0.0.2"))
	p := NewPeer(t, func(over string, query dnsmessage.Message) [][]byte {
		if strings.HasPrefix(query.Questions[0].Name.String(), "failing") {
			return Failing(dnsmessage.RCodeServerFailure)(over, query)
		}
		return zone(over, query)
	})
	_, _, err := resolve(t, "_a._tcp.test", p)
	require.ErrorContains(t, err, "ServerFailure")
	endpoints, valid, err := resolve(t, "_b._tcp.test", p)
	require.NoError(t, err)
	require.Equal(t, []string{"10.0.0.2:2 1"}, texts(endpoints))
	require.LessOrEqual(t, valid, minValid)
}

// TestOneFamilyFails: the other counts, for a short time, and a failure is not taken for an absence.
func TestOneFamilyFails(t *testing.T) {
	for _, broken := range []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA} {
		zone := Zone(Address("store.test.", 60, "10.0.0.1"), Address("store.test.", 60, "fd00::1"), Alias("none.test.", 1, "x.test."))
		p := NewPeer(t, func(over string, query dnsmessage.Message) [][]byte {
			if query.Questions[0].Type == broken {
				return Failing(dnsmessage.RCodeRefused)(over, query)
			}
			return zone(over, query)
		})
		endpoints, valid, err := resolve(t, "store.test:80", p)
		require.NoError(t, err)
		require.Len(t, endpoints, 1)
		require.LessOrEqual(t, valid, minValid)
		_, _, err = resolve(t, "none.test:80", p)
		require.ErrorContains(t, err, "Refused")
		require.False(t, absent(err))
	}
}

// TestOrder: clients that ask at the same time do not all begin with the same endpoint.
func TestOrder(t *testing.T) {
	p := NewPeer(t, Zone(Address("store.test.", 60, "10.0.0.1"), Address("store.test.", 60, "10.0.0.2")))
	r := New("store.test:80", p.Address)
	first := map[string]bool{}
	var lock sync.Mutex
	var group sync.WaitGroup
	for range 64 {
		group.Add(1)
		go func() { // one resolver may serve many clients
			defer group.Done()
			endpoints, err := r.Resolve(context.Background(), "")
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			first[endpoints[0].Address] = true
		}()
	}
	group.Wait()
	require.Len(t, first, 2)
}

// TestEndsWithContext: the end of the client's context ends the queries.
func TestEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p := NewPeer(t, func(string, dnsmessage.Message) [][]byte { cancel(); return nil })
	_, err := New("store.test:80", p.Address).Resolve(ctx, "")
	require.ErrorIs(t, err, context.Canceled)
	require.LessOrEqual(t, p.Asked.Load(), int64(2))
}

// TestSystem: without a configuration of its own, and for names in the file of hosts, a resolver asks the system's, which does not say
// how long its answers hold.
func TestSystem(t *testing.T) {
	p := NewPeer(t, Zone(Address("store.test.", 60, "10.0.0.1"), Address("store.test.", 60, "10.0.0.1"), Address("useless.test.", 60, "0.0.0.0"),
		Service("_a._tcp.store.test.", 1, 3, 8001, "store.test."), Service("_none._tcp.test.", 0, 0, 0, ".")))
	through := func(name string) *Resolver {
		r := New(name)
		r.paths = paths{}
		r.system = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, p.Address)
		}}
		return r
	}
	for name, want := range map[string]string{"store.test.:80": "10.0.0.1:80 1", "_a._tcp.store.test.": "10.0.0.1:8001 3"} {
		endpoints, valid, err := through(name).ResolveTimed(context.Background(), "")
		require.NoError(t, err)
		require.Equal(t, []string{want}, texts(endpoints))
		require.Zero(t, valid)
		require.Equal(t, "store.test", endpoints[0].Name)
	}
	for name, want := range map[string]error{
		"no.test.:80": errNoName, "_no._tcp.test.": errNoName, "useless.test.:80": errNoRecord, "_none._tcp.test.": errNotOffered,
	} {
		_, err := through(name).Resolve(context.Background(), "")
		require.ErrorIs(t, err, want, name)
	}
	p.Set(Failing(dnsmessage.RCodeServerFailure))
	for _, name := range []string{"store.test.:80", "_a._tcp.store.test."} {
		_, err := through(name).Resolve(context.Background(), "")
		require.Error(t, err)
		require.False(t, absent(err))
	}
	require.False(t, absent(ofSystem(errors.New("other"))))

	endpoints, err := New("localhost:80").Resolve(context.Background(), "")
	require.NoError(t, err)
	require.Subset(t, []string{"127.0.0.1:80 1", "[::1]:80 1"}, texts(endpoints))
}
