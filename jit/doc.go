// Package jit turns a schema into native encoders and decoders: it builds IR for each direction, runs the
// passes, hands the result to a backend, places the code in executable memory and drives it.
//
// The lower half is here. A program is sealed code with the tables of its exits. Its run method enters it through
// launch (one nosplit function: write barrier, then the jump), and serves what native code leaves for, in a loop
// with a safe point at each turn. A frame (package jit/abi) carries everything across; a state, pooled, owns the
// native stack, the current chunk, the shading cells and the objects held on the path. docs/native.md explains
// why this is safe in an ordinary Go process, rule by rule. The upper half, from schema to code, is not here yet.
package jit
