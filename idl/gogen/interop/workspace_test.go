package interop

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/apache/thrift/lib/go/thrift"                // generated code needs it
	_ "github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger" // its module has definitions
	_ "github.com/tagwire/tagwire/rpc"                        // generated contracts need it
	_ "google.golang.org/protobuf/types/known/timestamppb"    // generated code needs it
)

// The long form compares all variants of the code of all definitions.
var long = flag.Bool("long", false, "run the long forms of tests")

// modulePath is that of the modules that tests make.
const modulePath = "example.com/made"

// newModule makes a module in a folder of its own, which may import what this one does, from the same places.
func newModule(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`(?m)^module .*`).ReplaceAllString(string(text), "module "+modulePath)
	made = regexp.MustCompile(`=> \.\./\.\./\.\.\n`).ReplaceAllLiteralString(made, "=> "+root+"\n")
	made = regexp.MustCompile(`=> \.\./\.\.\n`).ReplaceAllLiteralString(made, "=> "+filepath.Join(root, "idl")+"\n")
	write(t, filepath.Join(folder, "go.mod"), made)
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "go.sum"), string(sums))
	return folder
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// command runs a program in a folder, and returns what it prints on both outputs.
func command(folder, program string, arguments ...string) (string, error) {
	c := exec.Command(program, arguments...)
	c.Dir = folder
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod -buildvcs=false", "GOWORK=off")
	output, err := c.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", program, strings.Join(arguments, " "), err, output)
	}
	return string(output), err
}

// mustRun is command, whose failure is the test's.
func mustRun(t *testing.T, folder, program string, arguments ...string) string {
	t.Helper()
	output, err := command(folder, program, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return output
}

// moduleFolder returns where Go keeps the files of a module that this one requires.
func moduleFolder(t *testing.T, module string) string {
	t.Helper()
	c := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module)
	var failed bytes.Buffer
	c.Stderr = &failed
	output, err := c.Output()
	folder := strings.TrimSpace(string(output))
	if err != nil || folder == "" {
		t.Fatalf("go list -m %s: %v %s", module, err, failed.String())
	}
	return folder
}

// requirePeer ends a test, or skips it, if a program of Debian is not there.
func requirePeer(t *testing.T, program, debian string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("TAGWIRE_REQUIRE_PEERS") != "" {
		t.Fatalf("%s is missing; apt-get install %s", program, debian)
	}
	t.Skipf("%s is missing; apt-get install %s", program, debian)
}

// requireFile is requirePeer for a file of a package of Debian.
func requireFile(t *testing.T, name, debian string) {
	t.Helper()
	if _, err := os.Stat(name); err == nil {
		return
	}
	if os.Getenv("TAGWIRE_REQUIRE_PEERS") != "" {
		t.Fatalf("%s is missing; apt-get install %s", name, debian)
	}
	t.Skipf("%s is missing; apt-get install %s", name, debian)
}
