package interop

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/idl/source"
	"github.com/tagwire/tagwire/idl/thriftfile"
)

// broken are files of Apache Thrift that are not definitions, on purpose or by their folder.
var broken = []string{"test/BrokenConstants.thrift"}

// TestThriftFiles parses the definitions of real systems, and compares each with what thrift-compiler says of it, if that accepts it:
// an older one knows less of the language.
func TestThriftFiles(t *testing.T) {
	_, missing := exec.LookPath("thrift")
	judged := present(t, "thrift-compiler", "the command thrift", missing)
	apache := moduleFolder(t, "github.com/apache/thrift")
	jaeger := moduleFolder(t, "github.com/jaegertracing/jaeger-idl")
	compared := 0
	for _, from := range []struct{ root, folder string }{
		{apache, "test"}, {apache, "contrib/fb303/if"}, {apache, "lib/netstd/Tests"}, {apache, "tutorial"}, {jaeger, "thrift"},
	} {
		for _, name := range filesBelow(t, filepath.Join(from.root, from.folder), ".thrift") {
			name = path.Join(from.folder, name)
			t.Run(name, func(t *testing.T) {
				definitions, err := thriftfile.Parse(source.Folders(from.root), name)
				if slices.Contains(broken, name) {
					if err == nil {
						t.Error("there is no error")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if judged && compareThrift(t, filepath.Join(from.root, name), parsed{definitions, definitions.File(name)}) {
					compared++
				}
			})
		}
	}
	if judged && compared < 100 {
		t.Errorf("thrift-compiler accepts only %d files", compared)
	}
}

// compareThrift compares a parsed file with what thrift-compiler says of it, and reports whether it says anything.
func compareThrift(t *testing.T, name string, file parsed) (accepted bool) {
	t.Helper()
	folder := t.TempDir()
	if err := exec.Command("thrift", "-nowarn", "--allow-neg-keys", "--allow-64bit-consts", "--gen", "json", "-out", folder, name).Run(); err != nil {
		return false
	}
	data, err := os.ReadFile(filepath.Join(folder, strings.TrimSuffix(filepath.Base(name), ".thrift")+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var judge jsonFile
	if err := json.Unmarshal(data, &judge); err != nil {
		t.Logf("thrift-compiler's JSON is malformed: %v", err)
		return false
	}
	compareLines(t, file.lines(), judge.lines())
	return true
}

// compareLines compares what was parsed with what the judge says.
func compareLines(t *testing.T, got, want []string) {
	t.Helper()
	faults := 0
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("line %d\ngot  %q\nwant %q", i, got[min(i, len(got)):min(i+1, len(got))], want[min(i, len(want)):min(i+1, len(want))])
			if faults++; faults == 3 {
				return
			}
		}
	}
}
