// Package jit turns a schema into native encoders and decoders: it builds IR for each direction, runs the
// passes, hands the result to a backend, places the code in executable memory and drives it.
//
// The upper half: a translator turns a schema into a module, IR functions with the tables of their exits, by one builder
// for each direction (build_*.go; wire_thrift_binary.go has the format). A pipeline runs the passes of passes.go on
// them. What native code cannot do itself it asks Go for, in exits: memory, the entries of maps, the user's InitDefault.
//
// The lower half: a program is sealed code with the tables of its exits. Its run method enters it through
// launch (one nosplit function: write barrier, then the jump), and serves what native code leaves for, in a loop
// with a safe point at each turn. A frame (package jit/abi) carries everything across; a state, pooled, owns the
// native stack, the current chunk, the shading cells, the batches of open maps and the objects that are kept.
// docs/native.md explains
// why this is safe in an ordinary Go process, rule by rule.
package jit
