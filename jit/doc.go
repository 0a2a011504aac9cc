// Package jit turns a schema into native encoders and decoders: it builds IR for each direction, runs the
// passes, hands the result to a backend, places the code in executable memory and drives it.
//
// It is empty for now: every call runs on reflectcodec.
package jit
