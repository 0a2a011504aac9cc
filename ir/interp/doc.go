// Package interp runs functions in the IR plainly, one instruction after the other, over a simulated memory. It says what
// each op means; tests compare passes and backends with it. Nothing outside of tests imports it.
//
// It is strict where native code cannot be: an access outside of mapped memory, a write to read-only memory, a source
// load of a byte that the run has written, ranges of a copy that overlap, are faults, and end the run with an error.
package interp
