package jit

import (
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// holds keeps the objects on the current path alive while user code may cut them loose (M1, M8), in the order
// of the path. Native code chains a node for each object on its stack; the driver copies the nodes it has not
// seen and marks the links to them, so that a deep path is walked once and not at every exit.
type holds []hold

type hold struct {
	// distance is where the node lies on the native stack, or zero for an object that has no node yet.
	distance uintptr
	object   unsafe.Pointer
}

// update holds every object on the path of f. Objects that have left the path are let go of.
func (h *holds) update(f *frame, stack nativeStack) {
	unseen := 0
	link := f.path
	for link != 0 && link&abi.PathHeld == 0 {
		unseen++
		link = *stack.word(link - abi.PathPrevious)
	}
	kept := h.position(link &^ abi.PathHeld)
	for len(*h) < kept+unseen {
		*h = append(*h, hold{})
	}
	next := &f.path
	for i := kept + unseen - 1; i >= kept; i-- {
		node := *next
		(*h)[i] = hold{distance: node, object: pointerIn(stack.word(node - abi.PathObject))}
		*next = node | abi.PathHeld
		next = stack.word(node - abi.PathPrevious)
	}
	h.truncate(kept + unseen)
}

// add holds an object that native code is about to put on the path.
func (h *holds) add(object unsafe.Pointer) { *h = append(*h, hold{object: object}) }

// position returns how many holds there are up to and with the node at distance.
func (h *holds) position(distance uintptr) int {
	if distance == 0 {
		return 0
	}
	for i := len(*h) - 1; i >= 0; i-- {
		if (*h)[i].distance == distance {
			return i + 1
		}
	}
	panic("BUG: jit: a path link is marked as held, but the driver does not hold its node")
}

// truncate lets go of all holds but the first n.
func (h *holds) truncate(n int) {
	clear((*h)[n:])
	*h = (*h)[:n]
}

// keptHolds is the longest list of holds that stays in the pool.
const keptHolds = 4 << 10

// release lets go of all holds, and of a list that has become long.
func (h *holds) release() {
	h.truncate(0)
	if cap(*h) > keptHolds {
		*h = nil
	}
}

// A keeper keeps what the exits of a call make until the call ends (M1), for a word each: there may be as many as bytes in
// the input.
type keeper struct {
	blocks [][]unsafe.Pointer
}

// keptBlock is how many objects a block of a keeper has room for.
const keptBlock = 512

// add keeps an object.
func (k *keeper) add(object unsafe.Pointer) {
	last := len(k.blocks) - 1
	if last < 0 || len(k.blocks[last]) == keptBlock {
		k.blocks = append(k.blocks, make([]unsafe.Pointer, 0, keptBlock))
		last++
	}
	k.blocks[last] = append(k.blocks[last], object)
}

// release lets go of all objects, and of all blocks but the first.
func (k *keeper) release() {
	if len(k.blocks) == 0 {
		return
	}
	clear(k.blocks[0])
	k.blocks[0] = k.blocks[0][:0]
	clear(k.blocks[1:])
	k.blocks = k.blocks[:1]
}
