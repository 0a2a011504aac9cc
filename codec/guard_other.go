//go:build !amd64 || race

package codec

import "sync/atomic"

// release frees the guard.
func (g *guard) release() { atomic.StoreUint32(&g.taken, 0) }
