package island

// pieceBytes is the most that is copied at once. The goroutine cannot be stopped while it copies, which takes milliseconds
// for very long strings; but the runtime copies pieces of less than this in a slower way.
const pieceBytes = 1 << 20

// copyInPieces copies all of source to memory, which is as long. Between the pieces the goroutine can be stopped, also
// where signals must not do so: copyPiece is a call with a stack check, since it calls on.
func copyInPieces(memory, source []byte) {
	for len(source) > pieceBytes {
		copyPiece(memory, source[:pieceBytes])
		memory, source = memory[pieceBytes:], source[pieceBytes:]
	}
	copy(memory, source)
}

//go:noinline
func copyPiece(memory, source []byte) { copy(memory, source) }
