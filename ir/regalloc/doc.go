// Package regalloc gives registers and spill slots to the virtual registers of a machine function. It knows no
// instruction set: a Target lists registers, an Instruction says what it reads, writes and clobbers.
//
// # Use
//
// A backend that has lowered a function to instructions over virtual registers describes it by a Function (Reset,
// StartBlock, Add, AddEdge), calls Allocator.Allocate, and walks the Result block by block: it emits each Original step
// with the registers of Result.Operands put in, and a native move, exchange, store, load or repeated constant for
// the others. It reserves Result.SlotWords words of stack. Tests and debugging call Verify before and Check after.
//
// Arguments of a function are definitions in fixed registers by the first instruction; results are fixed uses of the
// last. A call or an exit clobbers every allocatable register, so what lives across it is in spill slots. Registers
// with a role of their own (stack, frame) are in no class and in no operand.
//
// An instruction can be allocated if its class has a register for each of these at once: each use that must be in one,
// each tied definition whose use is needed later, each early definition, and each other register that it clobbers or
// defines by name.
//
// # Rules
//
// Allocate relies on these, and Verify checks them:
//
//	R1  A target has 1 to 4 classes, whose registers are distinct and below 64; a slot has 1 to 8 words.
//	R2  Every block can be reached and ends in a terminator. The entry, block 0, has no parameters and no edge leads
//	    to it. An edge brings an argument of the right class for each parameter of its target.
//	R3  Each value is defined once, by a parameter or an instruction, and before its uses on every path.
//	R4  Operands make sense. A fixed register is allocatable and of the value's class, is wanted by uses for one value
//	    only and defined once. A tie leads from a definition to a use that is in any register of its class, one tie
//	    to a use. An early definition has no constraint.
//	R5  A value that can be rematerialised is defined by an instruction without other operands, constraints and clobbers.
//	R6  The terminator of a block with one edge has no operands and no clobbers: moves are put before it.
//	R7  An edge from a block with several edges to a block with several has nothing to carry: its target has no
//	    parameters, and nothing is live there. Other such edges are split by the backend. The common block to which every
//	    failing check branches needs no splitting.
//
// # The algorithm
//
// First the facts (flow.go, liveness.go): blocks in reverse postorder, hot ways first; loops; for each block the
// values live at its start and how far away their next uses are; behind each operand how far away the next use is. A
// distance grows by much where a call lies between, where the way turns cold, and where a loop ends.
//
// Then one scan over the blocks in that order (alloc.go, site.go, spill.go). It keeps the exact state: each
// live value has a register (its home), or is saved in its slot, or both. An instruction's uses are brought to registers,
// values that outlive what it destroys are moved or saved, its definitions get registers. When there is none, the value
// whose next use is farthest gives up its own; one that is saved already, sooner.
//
// Where paths meet (entry.go), the state is that at the end of the most likely path. At a loop header it is changed in
// favour of the loop: values that the loop does not read give up registers that it needs, and values that no
// register carries through it, for there is a call, are saved before it. The other edges then have to bring values where
// this state wants them (moves.go): moves that happen all at once, put in an order, cycles broken by way of a free
// register, an exchange or a slot. Parameters get the registers of their arguments, and arguments to come are told to
// prefer those of their parameters.
//
// Values are never saved where they are defined, only where they lose their register, and never counted as saved behind
// a meeting of paths unless they are so on all of them. So what lives across an exit on a cold path is saved and loaded
// on the cold path, and the hot path holds nothing but its own instructions as long as there are registers.
//
// Constants that can be rematerialised are not made where they stand, but where a register is first asked for:
// before a loop, or only on the cold path that needs them.
//
// Last (spill.go), slots are numbered; two values share a slot if no block needs both.
//
// # Invariants of the scan
//
//	S1  A live value has a home or is saved. A dead one has no home.
//	S2  home and occupant are inverse; a register is free if it has no occupant and is no temporary copy.
//	S3  Until an instruction is emitted, the registers that it reads (site.pinned) keep their contents.
//	S4  The slot of a value is written only with that value and is noted (slotMap) for every block in which it holds it.
//	S5  Correctness does not depend on distances, loops, coldness and preferences, except that unused means dead.
//
// # The checker
//
// Check follows the allocated code over all paths, tracking which values each register and slot holds, and
// demands that each operand is where the code says. It shares nothing with the allocator. Tests also execute both
// forms of every function, and damage results to see that the checker objects.
package regalloc
