package abi

// Register is a general register under its number in the instruction set's encoding.
type Register uint8

// The register contract of amd64. Every register but RSP and AMD64Frame may change across a call of another
// native function and across an exit. DF, MXCSR and FS stay as they are; 256-bit code runs VZEROUPPER before
// it leaves.
const (
	// AMD64Frame (R15) is the address of the Frame, fresh at each entry.
	AMD64Frame Register = 15
	// AMD64StackPointer (RSP) points into the native stack.
	AMD64StackPointer Register = 4
)

// The register contract of arm64. R18 (the platform's) and R28 (Go's g) are never written, R27 is
// the assembler's, and every other register may change as on amd64.
const (
	// ARM64Frame (R19) is the address of the Frame, fresh at each entry.
	ARM64Frame Register = 19
	// ARM64Platform, ARM64Assembler and ARM64G are not for native code.
	ARM64Platform  Register = 18
	ARM64Assembler Register = 27
	ARM64G         Register = 28
	// ARM64FramePointer is zero in native code, ARM64Link the return address of a call.
	ARM64FramePointer Register = 29
	ARM64Link         Register = 30
	// ARM64StackPointer is RSP where an instruction takes it.
	ARM64StackPointer Register = 31
)

// AMD64Arguments are the registers of integer and pointer arguments: RAX, RBX, RCX, RDI, RSI, R8.
func AMD64Arguments() [6]Register { return [6]Register{0, 3, 1, 7, 6, 8} }

// AMD64Results are the registers of results: RAX, RBX.
func AMD64Results() [2]Register { return [2]Register{0, 3} }

// ARM64Arguments are the registers of integer and pointer arguments: R0 to R5.
func ARM64Arguments() [6]Register { return [6]Register{0, 1, 2, 3, 4, 5} }

// ARM64Results are the registers of results: R0, R1.
func ARM64Results() [2]Register { return [2]Register{0, 1} }
