// Package jit makes native encoders and decoders of struct types, for one wire format each, and keeps them as a [Codec] or a
// [Direct]. It is what the root package sees of the native engine, and knows neither instruction sets nor how native code is
// run. A type goes through
//
//	build     makes a module of it: IR, with the tables of its exits; a folder below has what knows a format
//	compile   runs the passes over the IR, and the backend, and seals the machine code
//	island    enters the code, and serves its exits
//
// No package of these knows a later one. Package abi has the numbers that all of them use. docs/native.md explains why native
// code is safe in an ordinary Go process, rule by rule.
package jit
