// Package interop tests that grpc-go, with adapters/grpc, and connect-go, with adapters/connect, call each other's contracts.
package interop
