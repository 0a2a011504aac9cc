package island

// pieceBytes is the maximum that is copied at once. A goroutine cannot be stopped while it copies, which takes milliseconds
// for very long strings; but the runtime copies pieces that are smaller than this more slowly.
const pieceBytes = 1 << 20

// copyInPieces copies source to memory, which has the same length. The goroutine can be stopped between the pieces, even
// without asynchronous preemption: copyPiece is not a leaf, so calling it includes a stack check.
func copyInPieces(memory, source []byte) {
	for len(source) > pieceBytes {
		copyPiece(memory, source[:pieceBytes])
		memory, source = memory[pieceBytes:], source[pieceBytes:]
	}
	copy(memory, source)
}

//go:noinline
func copyPiece(memory, source []byte) { copy(memory, source) }
