package interop

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/apache/thrift/lib/go/thrift" // the modules have definitions, beside these packages
	_ "github.com/gogo/googleapis/google/api"
	_ "github.com/gogo/protobuf/gogoproto"
	_ "github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
)

var long = flag.Bool("long", false, "run the long forms of tests")

// requirePeers is the environment variable that makes a missing peer a failure.
const requirePeers = "TAGWIRE_REQUIRE_PEERS"

// present reports whether a peer is there.
func present(t *testing.T, peer, needs string, err error) bool {
	t.Helper()
	const format = "%s is missing; it needs %s: %v"
	if err != nil && os.Getenv(requirePeers) != "" {
		t.Fatalf(format, peer, needs, err)
	}
	if err != nil {
		t.Logf(format, peer, needs, err)
	}
	return err == nil
}

// moduleFolder returns where the files of a module are.
func moduleFolder(t *testing.T, module string) string {
	t.Helper()
	if output, err := exec.Command("go", "mod", "download", module).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	output, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(output))
}

// filesBelow returns the files in a folder that have an extension, relative to it, with slashes.
func filesBelow(t *testing.T, folder, extension string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == extension && !entry.IsDir() {
			relative, _ := filepath.Rel(folder, path)
			names = append(names, filepath.ToSlash(relative))
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(names), err)
	}
	return names
}
