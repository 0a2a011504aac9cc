// Package arm64 makes machine code for arm64. It builds and tests on every host.
//
// It turns IR into functions of the assembler (lower*.go), and has the routines that functions share: the way
// in and out, copies in bulk and lists of varints (routine.go, lower_bulk*.go). What it has in common with other
// processors is in package ir/lower, which goes through the blocks and calls back here; the assembler is package asm below.
// Its files have the names of those of package amd64, and the way from instructions to bytes is the same.
//
// # Registers in native code
//
//	x19              the Frame (jit/abi), set at each entry
//	sp               the native stack: return addresses and spill slots; never Go's stack. Always a multiple of 16
//	x29              zero, as the entry leaves it: walks along frame pointers stop here
//	x30              where a call returns to
//	x16, x17         free where something is written after allocation: never allocated
//	x18, x27, x28    the platform's, the Go assembler's, and g: untouched
//	x0 to x15, x20 to x26    free; arguments and results as jit/abi says
//	v0 to v31        free
//
// No register but those with a role survives a call or an exit: all are saved by the caller, in its spill slots.
//
// # The frame of a function
//
//	  higher addresses
//	┌──────────────────────┐
//	│ the caller's frame   │
//	├──────────────────────┤
//	│ spill slots, 8 bytes │  [sp+8] and up, then up to 8 bytes of nothing
//	├──────────────────────┤
//	│ return address       │  [sp], if the function calls or exits; else slots begin here
//	└──────────────────────┘  <- sp; it moves only in the function's first and last instructions
//	  lower addresses: [x19+abi.FrameStackLow] is the lowest value that sp may have
//
// Nothing points into the native stack, since it moves when it grows; so slots are found from sp alone. A function that calls
// nothing but routines for bulk ops saves its return address in the slack below that limit, without a look at it.
//
// # Lowering
//
// One method per group of ops, under a banner that shows the code it makes. What an instruction can take into itself is no
// instruction of its own (folds): constants, constant distances, shifts by a constant, inversion, the test of a bit. What is
// written out only after allocation, because it has registers of its own or is more than one instruction, is a sequence; so are
// constants. Loads and stores of two words beside each other become one (finisher.pair). A function fails by a branch to its own
// end, so that a check is one branch: conditional branches to another function would be two. Jump tables stand behind the code:
//
//	adr   x16, .L0
//	ldrsw x17, [x16, index, uxtw #2]
//	add   x16, x16, x17
//	br    x16
//	.L0: .long .L1-.L0 ...
//
// # Landing pads and signed addresses
//
// Native code lands nowhere by BTI and signs no return address. A processor checks indirect branches only into pages that are
// mapped with PROT_BTI, which the loader never asks for, and Go's own text is not mapped so either; nothing authenticates an address that
// was not signed. So both extensions may be on in a process: they have nothing to look at here.
//
// # Adding a bulk op
//
// A row of bulkRows with a routine; its plain form in package ir/lower/lowertest, whose checks run all routines on the processor, between guard
// pages, and in package simulator, which sees every byte that is touched.
package arm64
