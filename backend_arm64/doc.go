// Package arm64 lowers IR to arm64 machine code. It builds and tests on every host.
//
// The assembler is in package asm; the lowering comes after that of amd64.
package arm64
