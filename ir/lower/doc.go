// Package lower is what lowering has in common on all processors: everything that knows blocks, values, registers to
// allocate and the Frame, and no instruction.
//
// A backend lowers one function in three steps.
//
//	Reset, Select  goes through the blocks in layout order and hands each IR instruction to the backend's Selector, which
//	               adds machine instructions to View and keeps, under the same numbers, what they are
//	Allocate       puts values into registers and spill slots
//	Write          goes through the allocated steps and hands them to the backend's Writer, which emits code
//
// In the first, Needed says which values need no register, because all their users take them into
// themselves, and Define, Alias and Register keep where the others are. Convention lists the operands of entries, calls and
// returns. In the last, FrameOf is the layout of the stack frame, Ways how to end a block with two successors.
//
// Lower finds the rule of an op among a backend's Rules. Those that are the same for all processors are methods of Selection: calls,
// bulk ops and the ends of blocks, whose instructions the backend's Finisher writes out. BulkRows tells which routine does which
// bulk op.
//
// The machine code of a function is a Body: a list of the backend's instructions, with labels and tables. Steps hold what
// Select has chosen until the registers are known. An Encoder takes the bytes of one instruction after the other, and finds
// the sizes of branches and the distances to labels; what it makes is Code, which Link puts into a Segment. How a distance is
// put into an instruction, and what a branch looks like, they are told by the backend's Target.
package lower
