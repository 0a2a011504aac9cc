// Package nativetest runs machine code in tests: of instructions and of routines, which no part of the native engine is
// around. Only tests import it.
package nativetest
