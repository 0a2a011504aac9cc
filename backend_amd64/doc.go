// Package amd64 makes machine code for amd64. It builds and tests on every host.
//
// It turns IR into functions of the assembler (lower*.go), and has the routines that functions share: the way
// in and out, copies in bulk and lists of varints (routine.go, lower_bulk*.go). What it has in common with other
// processors is in package ir/lower, which goes through the blocks and calls back here; the assembler is package asm below.
//
// # From instructions to bytes
//
//	lowering         -> Function with virtual registers     asm.Inst, lower.Steps
//	ir/regalloc      -> Function with physical registers    asm.Inst.Registers
//	asm.Assembler    -> Code of one function                labels bound, branches as short as they can be
//	asm.Link         -> Segment                             calls between functions
//	loader           -> memory that runs
//
// # Registers in native code
//
//	r15              the Frame (jit/abi), set at each entry
//	rsp              the native stack: return addresses and spill slots; never Go's stack
//	rbp              zero, as the entry leaves it: walks along frame pointers stop here
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
// # Adding a bulk op
//
// A row of bulkRows, with a routine for each set of features that makes a difference; its plain form in the tests beside it,
// which run all forms on the processor, between guard pages, and in package simulator, which sees every byte that is touched.
package amd64
