//go:build linux && amd64

package regress

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestRegressionsOfLesserProcessors runs all entries again, each time in a process whose native code uses no more than a
// level of the architecture. A level that the host does not reach is the one below it.
func TestRegressionsOfLesserProcessors(t *testing.T) {
	for _, level := range []string{"v1", "v2", "v3"} {
		command := exec.Command(os.Args[0], "-test.run=^TestRegressions$", "-test.v")
		command.Env = append(os.Environ(), "TAGWIRE_DEBUG="+level)
		output, err := command.CombinedOutput()
		if err != nil || strings.Contains(string(output), "tagwire: ") || !strings.Contains(string(output), "--- PASS: TestRegressions ") {
			t.Errorf("%s: %v\n%s", level, err, output)
		}
	}
}
