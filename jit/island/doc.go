// Package island runs native code inside a Go process. It knows neither how that code was made nor what it means.
//
// A [Program] is sealed code with the tables of its exits. Its run method enters the code through launch (one nosplit
// function: write barrier, then the jump), and serves what it leaves for in a loop with a safe point at each turn: memory, the
// entries of maps, the user's InitDefault. A frame (package abi) carries everything across; a state, pooled, owns the native
// stack, the current chunk, the shading cells, the batches of open maps and the objects that are kept. Calls that need none
// of this are tried without a state first; see fastCall.
//
// docs/native.md explains why this is safe in an ordinary Go process, rule by rule. The tests run programs that are
// assembled by hand, modules in the interpreter with the exits of this package behind them, and compiled types.
package island
