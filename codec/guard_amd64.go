//go:build amd64 && !race

package codec

// release frees the guard. This processor shows the stores of a goroutine to others in their order, and the compiler keeps that order,
// so whoever acquires the guard next sees all that was done before. An atomic store would, besides, wait until they are shown, which
// takes as long as decoding a few fields.
func (g *guard) release() { g.taken = 0 }
