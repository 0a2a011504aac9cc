package tagwire_test

import (
	"os"
	"path/filepath"
	"testing"
)

// mostProgramBytes is what a small program may take that uses the library and is stripped: the compiler comes with it, and the
// linker keeps all methods of its types, since unions are known by one. Each wire format adds its engines.
const mostProgramBytes = 8_500_000

func TestProgramsStaySmall(t *testing.T) {
	program := filepath.Join(t.TempDir(), "quickstart")
	goCommand(t, []string{"GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"},
		"build", "-ldflags=-s -w", "-o", program, module+"/examples/quickstart")
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > mostProgramBytes {
		t.Errorf("quickstart is %d bytes, more than %d", info.Size(), mostProgramBytes)
	}
}
