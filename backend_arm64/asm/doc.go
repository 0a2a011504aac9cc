// Package asm is the assembler for arm64: registers, operands, the table of instructions, their text and their encoding. It
// knows no IR and no native contract, and builds and tests on every host.
//
// All that is known of an instruction is one row of table.go: its operands with their roles (read, written, both), flags read
// and written, its text and its encoding. Lowering, allocation and encoding read the row, so none can disagree with another.
// The text is what GNU as reads, so a dump of a function can be assembled by another assembler, which the tests do. All
// instructions of the table belong to the first version of the architecture, so there are no processor features. Labels, the
// sizes of branches and the link of functions are in package ir/lower; branch.go says what they are like here.
//
// An instruction that cannot be encoded (a virtual register, a constant or a displacement without an encoding) or a label
// without a place is an error of Assemble, never a panic and never other bytes.
//
// Package arm64 imports this one with a dot, and so do tests: a line that emits an instruction names four or five things of
// this package, and nothing else has such names.
//
// # Distances
//
// A branch with a condition reaches 1 MiB, one that tests a bit 32 KiB. Beyond, it becomes the opposite branch around a B, which
// reaches 128 MiB. ADR reaches 1 MiB; beyond, two ADDs follow it, which together reach 16 MiB. A load from a label beyond 1 MiB
// goes by its address in [AssemblerReg]. So a function may have 16 MiB, and a segment in which functions call each other 128 MiB:
// more is an error. There is no ADRP, which counts in pages, for code may lie at any multiple of [FunctionAlign].
//
// # Adding an instruction
//
//  1. A name and a row in table.go. If no encoding function fits, one in encode_integer.go, encode_memory.go or encode_vector.go.
//  2. go test -update -run TestForms$, which asks GNU as for the machine code, and a look at the difference.
//  3. go test: GNU as is asked again about all registers, memory operands and constants, so is golang-asm, and the processor what
//     the instruction reads and writes. If golang-asm has another name for the instruction: golangNames in
//     golangasm_names_test.go; if it has none: notInGolang in golangasm_test.go.
package asm
