// Package island runs native code inside a Go process. It depends neither on how the code was generated nor on what it
// computes.
//
// A [Program] is sealed code with the tables of its exits. Its run method enters the code through launch (one nosplit
// function: write barrier, then the jump) and serves its exits in a loop with a safe point in each iteration: memory, the
// entries of maps, the user's InitDefault. Go and native code exchange all values through a frame (package abi). A state,
// which is pooled, owns the native stack, the current chunk, the shading cells, the batches of open maps and the objects that
// are kept alive. Calls that may need none of this are tried without a state first; see fastCall.
//
// docs/native.md explains why this is safe in an ordinary Go process, rule by rule. The tests run programs that are
// assembled by hand, modules in the interpreter with the exits of this package behind them, and compiled types.
package island
