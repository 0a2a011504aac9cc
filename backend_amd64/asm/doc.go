// Package asm is the assembler for amd64: registers, operands, the table of instructions, their text, their encoding, and what
// processors have. It knows no IR and no native contract, and builds and tests on every host.
//
// All that is known of an instruction is one row of table.go: its operands with their roles (read, written, both, and a
// register that is fixed), flags read and written, the processor features it needs, its text and its encoding. Lowering,
// allocation and encoding read the row, so none can disagree with another. The text is what GNU as reads (Intel syntax), so a
// dump of a function can be assembled by another assembler, which the tests do. Labels, the sizes of branches and the
// link of functions are in package ir/lower; branch.go says what they are like here.
//
// An instruction that cannot be encoded (a virtual register, a constant that does not fit, a missing processor feature) or a
// label without a place is an error of Assemble, never a panic and never other bytes.
//
// Package amd64 imports this one with a dot, and so do tests: a line that emits an instruction names four or five things of
// this package, and nothing else has such names.
//
// # Adding an instruction
//
//  1. A name and a row in table.go. If no encoding function fits, one in encode_integer.go or encode_vector.go.
//  2. If it cannot run on every amd64 processor: the feature in its row; if new, also in feature.go.
//  3. go test -update -run TestForms$, which asks GNU as for the machine code, and a look at the difference.
//  4. go test: GNU as is asked again about all registers, memory operands and constants, so is golang-asm, and the processor
//     what the instruction reads and writes. If golang-asm has another name for the instruction: golangNames in
//     golangasm_names_test.go; if it has none: notInGolang in golangasm_test.go.
package asm
