// Package arm64 lowers IR to arm64 machine code. It builds and tests on every host.
//
// Nothing is here yet: it comes after the amd64 backend.
package arm64
