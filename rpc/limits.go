package rpc

// Limits bounds what one peer can make this process do. A field that is zero stands for its default.
type Limits struct {
	// MaxFrame is the largest frame, in bytes: what a framed or a TTHeader message may claim to be. 16 MiB.
	MaxFrame int
	// MaxMessage is the largest message that comes without a length before it, in bytes. 64 MiB.
	MaxMessage int
	// MaxMethodName is the longest name of a method, in bytes, that of a service before it included. 256.
	MaxMethodName int
	// MaxHeader is the largest TTHeader, in bytes. 64 KiB, which is also all that can be sent.
	MaxHeader int
	// MaxHeaderEntries is the most entries that a TTHeader may hold. 256.
	MaxHeaderEntries int
	// MaxAlloc is the most memory, in bytes, that decoding one message may allocate. 64 MiB.
	MaxAlloc int
	// MaxDepth is how deeply structs and containers may nest. 1,000.
	MaxDepth int
	// MaxConnections is the most connections that a server accepts at once, and the most that a client opens
	// per address. 10,000.
	MaxConnections int
	// MaxPending is the most bytes of further calls that a server holds for one connection while it works on
	// an earlier one. 16 MiB.
	MaxPending int
}

func (l Limits) withDefaults() Limits {
	for _, limit := range []struct {
		value    *int
		standard int
	}{
		{&l.MaxFrame, 16 << 20},
		{&l.MaxMessage, 64 << 20},
		{&l.MaxMethodName, 256},
		{&l.MaxHeader, 64 << 10},
		{&l.MaxHeaderEntries, 256},
		{&l.MaxAlloc, 64 << 20},
		{&l.MaxDepth, 1000},
		{&l.MaxConnections, 10_000},
		{&l.MaxPending, 16 << 20},
	} {
		if *limit.value == 0 {
			*limit.value = limit.standard
		}
	}
	return l
}
