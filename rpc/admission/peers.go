package admission

import (
	"net"
	"net/netip"
)

// Peer is where connections come from, as far as they are counted together: an IPv4 address; for IPv6 a network of 64 bits,
// because a host may use any address of its own, but a link-local address by itself, because all hosts of a link share
// that network; and all that have no IP address, such as those of unix sockets, by the name of their network.
type Peer struct {
	prefix netip.Prefix // invalid if there is no IP address
	name   string       // the zone of a link-local address, or the name of the network
}

// networkBits is the length of the IPv6 prefix that a host, or a customer, is given at least (RFC 6177, RFC 4291).
const networkBits = 64

// PeerOf returns the peer at the far end of a connection, whose address may be nil. The methods of addr may be users' code.
func PeerOf(addr net.Addr) Peer {
	if addr == nil {
		return Peer{}
	}
	ip := addressOf(addr).Unmap()
	switch {
	case !ip.IsValid():
		return Peer{name: addr.Network()}
	case ip.Is6() && !ip.IsLinkLocalUnicast():
		return Peer{prefix: netip.PrefixFrom(ip.WithZone(""), networkBits).Masked()}
	}
	return Peer{prefix: netip.PrefixFrom(ip.WithZone(""), ip.BitLen()), name: ip.Zone()}
}

func addressOf(addr net.Addr) netip.Addr {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr()
	}
	parsed, _ := netip.ParseAddrPort(addr.String()) // the zero value has no IP address
	return parsed.Addr()
}

// String names the peer, such as 192.0.2.1, 2001:db8::/64 or unix.
func (p Peer) String() string {
	switch {
	case !p.prefix.IsValid():
		return p.name
	case p.prefix.IsSingleIP():
		return p.prefix.Addr().WithZone(p.name).String()
	}
	return p.prefix.String()
}

// Peers holds how many connections each peer has. Peers without connections are not in it.
type Peers map[Peer]int

// Enter counts a connection, unless the peer has limit of them already, and reports whether it did.
func (p Peers) Enter(peer Peer, limit int) bool {
	if p[peer] >= limit {
		return false
	}
	p[peer]++
	return true
}

// Leave counts a connection no more.
func (p Peers) Leave(peer Peer) {
	if p[peer]--; p[peer] <= 0 {
		delete(p, peer)
	}
}
