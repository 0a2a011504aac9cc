// Package amd64 lowers IR to amd64 machine code. It builds and tests on every host.
//
// It is empty for now; it arrives with the native engine.
package amd64
