// Package compare has Frugal and the drop-in for it in one program: tests that both read and write the same, and benchmarks.
package compare
