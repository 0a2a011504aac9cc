// Package arm64 lowers IR to arm64 machine code. It builds and tests on every host.
//
// It is empty for now; it arrives after the amd64 backend.
package arm64
