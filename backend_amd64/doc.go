// Package amd64 makes machine code for amd64. It builds and tests on every host.
//
// It has two halves. The lower one is here: registers, operands, the table of instructions, their text, their
// encoding, labels, the link of functions that call each other, and copies in bulk (lower_bulk.go). It knows no IR.
// The upper one, lowering, turns IR into a [Function] (lower.go and its sisters). What it has in common with other
// processors is in package ir/lower, which goes through the blocks and calls back here.
//
// # From instructions to bytes
//
//	lowering         -> Function with virtual registers     Inst, Emit
//	ir/regalloc      -> Function with physical registers    Inst.Registers, Clobbers, Allocatable
//	Assembler        -> Code of one function                labels bound, branches as short as they can be
//	Link             -> Segment                             calls between functions
//	loader           -> memory that runs
//
// All that is known of an instruction is one row of table.go: its operands with their roles (read, written, both,
// and a register that is fixed), flags read and written, the processor features it needs, its text and its
// encoding. Every step above reads the row, so none can disagree with another. The text is what GNU as reads
// (Intel syntax), so a dump of a function can be assembled by somebody else's assembler, and tests do that.
//
// An instruction that cannot be encoded (a virtual register, a constant that does not fit, a missing processor
// feature) or a label without a place is an error of Assemble, never a panic and never other bytes.
//
// # Registers in native code
//
//	r15              the Frame (jit/abi), set at each entry
//	rsp              the native stack: return addresses and spill slots; never Go's stack
//	rbp              zero, as the entry leaves it: whoever walks along frame pointers stops here
//	all others       free; arguments and results as jit/abi says
//	xmm0 to xmm15    free; at 256 and 512 bits they are ymm and zmm. Code that wrote more than 128 bits runs
//	                 vzeroupper at once, as bulk copies do, so calls and exits need none
//	k1 to k7         free; k0 in an instruction means that there is no mask
//
// No register but the first three survives a call or an exit: all are saved by the caller, in its spill slots.
//
// # The frame of a function
//
//	  higher addresses
//	┌──────────────────────┐
//	│ the caller's slots   │
//	├──────────────────────┤
//	│ return address       │  [rsp+8*slots]
//	├──────────────────────┤
//	│ spill slots, 8 bytes │  [rsp] to [rsp+8*slots-8]
//	└──────────────────────┘  <- rsp; it moves only in the function's first and last instructions
//	  lower addresses: [r15+abi.FrameStackLow] is the lowest value that rsp may have
//
// Nothing points into the native stack, since it moves when it grows; so slots are found from rsp alone.
//
// # Lowering
//
// One method per group of ops, under a banner that shows the code it makes. Constants and constant distances that an
// instruction can take into itself are no instructions of their own (foldsConstant, distanceFrom). What is written out
// only after allocation, because it has registers of its own or is more than one instruction at the end of a block,
// is a sequence. A lowering uses no instruction that needs more than the available features: Assemble, which is
// given the same set, refuses what does. Jump tables stand behind the code:
//
//	lea table, [rip+.L0]
//	movsxd target, dword ptr [table+index*4]
//	add target, table
//	jmp target
//	.L0: .long .L1-.L0 ...
//
// # Adding an instruction
//
//  1. A name and a row in table.go. If no encoding function fits, one in encode_integer.go or encode_vector.go.
//  2. If it cannot run on every amd64 processor: the feature in its row; if new, also in feature.go.
//  3. go test -update -run TestForms$, which asks GNU as for the machine code, and a look at the difference.
//  4. go test: GNU as is asked again about all registers, memory operands and constants.
package amd64
