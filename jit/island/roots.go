package island

import "unsafe"

// callRoots keep the objects that the exits of a call allocate alive until the call ends (M1). Each takes only one word,
// because there may be as many as bytes in the input.
type callRoots struct {
	blocks [][]unsafe.Pointer
}

// keptBlock is the number of objects that fit a block of callRoots.
const keptBlock = 512

// add keeps an object alive until release.
func (k *callRoots) add(object unsafe.Pointer) {
	last := len(k.blocks) - 1
	if last < 0 || len(k.blocks[last]) == keptBlock {
		k.blocks = append(k.blocks, make([]unsafe.Pointer, 0, keptBlock))
		last++
	}
	k.blocks[last] = append(k.blocks[last], object)
}

// release drops all objects, and all blocks but the first.
func (k *callRoots) release() {
	if len(k.blocks) == 0 {
		return
	}
	clear(k.blocks[0])
	k.blocks[0] = k.blocks[0][:0]
	clear(k.blocks[1:])
	k.blocks = k.blocks[:1]
}
