package harness

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"testing"

	"github.com/tagwire/tagwire"
)

// Main runs a package's tests for its TestMain and then looks at the whole run: a suite that was meant to run natively
// and silently ran on reflection has failed, and so has one in which native code refused what reflection took.
func Main(m *testing.M) (exitCode int) {
	exitCode = m.Run()
	problem := ""
	if HasNative() {
		problem = verdict(tagwire.Stats(), partial())
	} else if meantNative(runtime.GOOS, runtime.GOARCH, os.Getenv("TAGWIRE_ENGINE")) {
		problem = "nothing could run natively: " + tagwire.EngineOf(reflect.TypeFor[struct{}](), tagwire.WithEngine(tagwire.Native)).Reason
	}
	if problem != "" {
		fmt.Println("FAIL:", problem)
		return max(exitCode, 1)
	}
	return exitCode
}

// meantNative reports whether tests are to run natively on a platform, for a value of TAGWIRE_ENGINE.
func meantNative(system, architecture, engine string) bool {
	return system == "linux" && (architecture == "amd64" || architecture == "arm64") && engine != "reflect"
}

// verdict says what is wrong with a run on a host with native code; "" for nothing. A partial run may have had no use for it.
func verdict(stats tagwire.Statistics, partial bool) string {
	switch {
	case stats.Refusals != 0:
		return fmt.Sprintf("native code refused %d calls that reflection took", stats.Refusals)
	case stats.NativeCalls == 0 && !partial:
		return "nothing ran natively"
	}
	return ""
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
