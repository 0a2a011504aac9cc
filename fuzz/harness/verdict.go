package harness

import (
	"flag"
	"fmt"
	"testing"

	"github.com/tagwire/tagwire"
)

// Main runs a package's tests for its TestMain and then looks at the whole run: a suite that was meant to run natively
// and silently ran on reflection has failed, and so has one in which native code refused what reflection took.
func Main(m *testing.M) (exitCode int) {
	exitCode = m.Run()
	if !HasNative() {
		return exitCode
	}
	stats := tagwire.Stats()
	if stats.Refusals != 0 {
		fmt.Printf("FAIL: native code refused %d calls that reflection took\n", stats.Refusals)
		return max(exitCode, 1)
	}
	if stats.Fallbacks != 0 {
		fmt.Printf("FAIL: native code left %d fields to reflection\n", stats.Fallbacks)
		return max(exitCode, 1)
	}
	if stats.NativeCalls == 0 && !partial() {
		fmt.Println("FAIL: nothing ran natively")
		return max(exitCode, 1)
	}
	return exitCode
}

// partial reports whether the command line asks for less than all tests, or for something else.
func partial() bool {
	for _, name := range []string{"run", "skip", "list", "fuzz", "bench"} {
		if f := flag.Lookup("test." + name); f != nil && f.Value.String() != "" {
			return true
		}
	}
	f := flag.Lookup("test.fuzzworker")
	return f != nil && f.Value.String() == "true"
}
