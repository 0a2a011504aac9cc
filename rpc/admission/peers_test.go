package admission

import (
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// named is an address of a user's own.
type named struct{ network, text string }

func (n named) Network() string { return n.network }
func (n named) String() string  { return n.text }

func tcp(text string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(text)) }

// TestPeersAreToldApart: addresses of one host are one peer, those of different hosts are not.
func TestPeersAreToldApart(t *testing.T) {
	for name, addresses := range map[string][]net.Addr{
		"192.0.2.1":         {tcp("192.0.2.1:1"), tcp("192.0.2.1:2"), tcp("[::ffff:192.0.2.1]:3"), named{"vpn", "192.0.2.1:4"}},
		"192.0.2.2":         {tcp("192.0.2.2:1")},
		"2001:db8::/64":     {tcp("[2001:db8::1]:1"), tcp("[2001:db8::ffff:1:2:3]:1"), tcp("[2001:db8::1%eth0]:1")},
		"2001:db8:0:1::/64": {tcp("[2001:db8:0:1::1]:1")},
		"fe80::1%eth0":      {tcp("[fe80::1%eth0]:1"), tcp("[fe80::1%eth0]:2")},
		"fe80::1%eth1":      {tcp("[fe80::1%eth1]:1")},
		"fe80::2%eth0":      {tcp("[fe80::2%eth0]:1")},
		"fe80::1":           {tcp("[fe80::1]:1")},
		"unix":              {&net.UnixAddr{Net: "unix"}, &net.UnixAddr{Net: "unix", Name: "@"}, &net.UnixAddr{Net: "unix", Name: "/a:1"}},
		"pipe":              {named{"pipe", "pipe"}, named{"pipe", "192.0.2.1"}, named{"pipe", ""}},
		"tcp":               {(*net.TCPAddr)(nil), &net.TCPAddr{Port: 1}},
		"":                  {nil},
	} {
		for _, address := range addresses {
			require.Equal(t, name, PeerOf(address).String())
			require.Equal(t, PeerOf(addresses[0]), PeerOf(address), name)
		}
	}
}

// TestPeers: a peer has as many connections as it may, others do not count, and who has none leaves no trace.
func TestPeers(t *testing.T) {
	peers := Peers{}
	a, b := PeerOf(tcp("192.0.2.1:1")), PeerOf(tcp("192.0.2.2:1"))
	for range 3 {
		require.True(t, peers.Enter(a, 2))
		require.True(t, peers.Enter(a, 2))
		require.False(t, peers.Enter(a, 2))
		require.True(t, peers.Enter(b, 2))
		peers.Leave(a)
		require.True(t, peers.Enter(a, 2))
		require.False(t, peers.Enter(a, 2))
		peers.Leave(a)
		peers.Leave(b)
		peers.Leave(a)
		require.Empty(t, peers)
	}
}
