package island

import "unsafe"

// A keeper keeps what the exits of a call make until the call ends (M1), for a word each: there may be as many as bytes in
// the input.
type callRoots struct {
	blocks [][]unsafe.Pointer
}

// keptBlock is how many objects a block of a keeper has room for.
const keptBlock = 512

// add keeps an object.
func (k *callRoots) add(object unsafe.Pointer) {
	last := len(k.blocks) - 1
	if last < 0 || len(k.blocks[last]) == keptBlock {
		k.blocks = append(k.blocks, make([]unsafe.Pointer, 0, keptBlock))
		last++
	}
	k.blocks[last] = append(k.blocks[last], object)
}

// release lets go of all objects, and of all blocks but the first.
func (k *callRoots) release() {
	if len(k.blocks) == 0 {
		return
	}
	clear(k.blocks[0])
	k.blocks[0] = k.blocks[0][:0]
	clear(k.blocks[1:])
	k.blocks = k.blocks[:1]
}
