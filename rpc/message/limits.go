package message

import "math"

// Limits bounds what peers can make this process do. A field that is zero or negative stands for its default, and
// one that is larger than what the formats can carry for that.
type Limits struct {
	// MaxFrame is the largest frame, in bytes: what a framed or a TTHeader message may claim to be. For gRPC it is the largest message that is
	// received, as it comes and decompressed. 16 MiB.
	MaxFrame int
	// MaxMessage is the largest message that comes without a length before it, in bytes. 64 MiB.
	MaxMessage int
	// MaxMethodName is the longest name of a method, in bytes, that of a service before it included. 256.
	MaxMethodName int
	// MaxHeader is the largest TTHeader, in bytes, and for gRPC the largest list of header fields that is received. 64 KiB. No more than
	// 240 KiB are sent.
	MaxHeader int
	// MaxHeaderEntries is the most entries that a TTHeader may hold. 256.
	MaxHeaderEntries int
	// MaxAlloc is the most memory, in bytes, that decoding one message may allocate. 64 MiB.
	MaxAlloc int
	// MaxDepth is how deeply structs and containers may nest. 1,000.
	MaxDepth int
	// MaxConnections is the most connections that a server accepts at once, and the most that a client opens
	// per address; it may open as many again for streams over TTHeader. 10,000.
	MaxConnections int
	// MaxConnectionsPerPeer is the most connections that a server accepts at once from one address: an IPv4 address, or the
	// first 64 bits of an IPv6 address, of which a host may use any; all unix sockets of a server count as one address. A proxy
	// or an address translator is one address for all that are behind it, so there is no limit of its own by default: it is
	// MaxConnections, which it cannot exceed.
	MaxConnectionsPerPeer int
	// MaxPending is the most bytes of further calls that a server reads on one connection while it works on an earlier
	// one, or of all the calls that it works on, if the peer multiplexes. Over TTHeader it is, on either side, also the most bytes of
	// messages of streams that have come on one connection and were not received. What comes beyond stays with the peer, by TCP's
	// flow control. 16 MiB.
	MaxPending int
	// MaxInFlight is the most calls of one connection that are in progress at the same time, where they multiplex: a server reads no
	// further ones until then, and a client's further calls wait. For gRPC a server refuses further ones, and a client makes further
	// calls over another connection. Streams over TTHeader count apart; a server refuses further ones. 1,024.
	MaxInFlight int
	// MaxMemory is the most memory, in bytes, that all connections of a server hold together: for messages that arrive or
	// wait, the values made from them while their handlers run, and replies until the kernel has them. When it is used up, the
	// connections that hold most for messages that are not complete, or that the peer does not take, are closed first, and
	// others wait. The default is a quarter of GOMEMLIMIT, else of the limit of the process's control group, else of the
	// machine's memory.
	MaxMemory int
}

const (
	// largestMessage keeps lengths, and what is added to them, below the 31 bits that Thrift has for sizes.
	largestMessage = math.MaxInt32 - 1<<20
	// largestHeader is what the size in a TTHeader can say: 16 bits, in words.
	largestHeader = 4 * math.MaxUint16
)

// WithDefaults returns the limits that l stands for, where memory is the default of MaxMemory, in bytes.
func (l Limits) WithDefaults(memory int64) Limits {
	for _, limit := range []struct {
		value          *int
		standard, most int
	}{
		{&l.MaxFrame, 16 << 20, largestMessage},
		{&l.MaxMessage, 64 << 20, largestMessage},
		{&l.MaxMethodName, 256, 1 << 20},
		{&l.MaxHeader, 64 << 10, largestHeader},
		{&l.MaxHeaderEntries, 256, largestHeader},
		{&l.MaxAlloc, 64 << 20, math.MaxInt / 2},
		{&l.MaxDepth, 1000, 100_000},
		{&l.MaxConnections, 10_000, math.MaxInt32},
		{&l.MaxPending, 16 << 20, largestMessage},
		{&l.MaxInFlight, 1024, math.MaxInt32},
		{&l.MaxMemory, int(min(memory, math.MaxInt/2)), math.MaxInt / 2},
	} {
		if *limit.value <= 0 {
			*limit.value = limit.standard
		}
		*limit.value = min(*limit.value, limit.most)
	}
	if l.MaxConnectionsPerPeer <= 0 || l.MaxConnectionsPerPeer > l.MaxConnections {
		l.MaxConnectionsPerPeer = l.MaxConnections
	}
	return l
}
