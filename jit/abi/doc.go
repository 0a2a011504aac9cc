// Package abi is the contract between native code and the Go driver, as constants: the layout of the Frame,
// the exits and the registers. It is a leaf, so that backends, interpreter and driver share one definition.
//
// Native code is a leaf island: the Go runtime does not know its addresses. It never calls Go; it leaves. An
// exit stores its code and arguments in the Frame, puts live registers on the native stack, stores the address
// and the stack pointer to resume at, restores Go's stack pointer and frame pointer, and returns. The driver
// serves the exit and enters again. No register but the Frame register and the stack pointer has a meaning
// after an entry. Memory behind an exit obeys the rules M1 to M10 (type Rule).
package abi
