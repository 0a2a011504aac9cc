package transport

import "net"

// mostPieces is how many pieces one system call writes. Unix systems take 1,024, which package net knows; what emulates another system on
// one takes no more, and fails.
const mostPieces = 1024

// writeBuffers writes pieces to a connection, removes what was written, and returns how many bytes that is.
func writeBuffers(raw net.Conn, pieces *net.Buffers) (written int64, err error) {
	for len(*pieces) > 0 && err == nil {
		some := (*pieces)[:min(len(*pieces), mostPieces)]
		count, n := len(some), int64(0)
		n, err = some.WriteTo(raw)
		written += n
		if err == nil {
			some = nil // WriteTo leaves pieces there that are empty, where no others are behind them
		}
		*pieces = (*pieces)[count-len(some):]
	}
	return written, err
}
