// Package compilertest has tests ask Apache's compiler and protoc whether they read the text of definitions, and damage definitions.
package compilertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/prototext"
	"github.com/tagwire/tagwire/definition/thrifttext"
)

// requirePeers is the environment variable that makes a missing compiler a failure.
const requirePeers = "TAGWIRE_REQUIRE_PEERS"

// Available reports whether a program is there. If it is not, that fails the test where peers are required, and is logged elsewhere.
func Available(t testing.TB, program, source string) bool {
	t.Helper()
	_, err := exec.LookPath(program)
	if err == nil {
		return true
	}
	const format = "%s is not there; install %s"
	if os.Getenv(requirePeers) != "" && runtime.GOOS != "windows" { // where programs of the host are not to be had
		t.Fatalf(format, program, source)
	}
	t.Logf(format, program, source)
	return false
}

// Run runs a program that is there in a folder, and returns what it writes.
func Run(t testing.TB, folder, program string, arguments ...string) (output string, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, arguments...)
	command.Dir = folder
	written, err := command.CombinedOutput()
	return string(written), err
}

// Texts returns the text of each file of d by path.
func Texts(t testing.TB, d *definition.Definitions) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, f := range d.Files {
		write := thrifttext.Text
		if f.Language == definition.Protobuf {
			write = prototext.Text
		}
		text, err := write(d, f)
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Path] = text
	}
	return texts
}

// Write writes the text of each file of d into a folder, and returns it by path.
func Write(t testing.TB, folder string, d *definition.Definitions) map[string]string {
	t.Helper()
	texts := Texts(t, d)
	for path, text := range texts {
		name := filepath.Join(folder, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// Check has the compilers read the text of each file of d, and returns the texts by path. On Windows nothing reads them.
func Check(t testing.TB, d *definition.Definitions) map[string]string {
	t.Helper()
	if runtime.GOOS == "windows" {
		return Texts(t, d)
	}
	folder := t.TempDir()
	texts := Write(t, folder, d)
	for _, f := range d.Files {
		var output string
		var err error
		switch {
		case f.Language == definition.Thrift && Available(t, "thrift", "Debian's thrift-compiler"):
			output, err = Run(t, folder, "thrift", "--allow-neg-keys", "--gen", "json", "-out", folder, f.Path)
			if warning := warned(output); warning != "" {
				t.Errorf("thrift warns about %s: %s\n%s", f.Path, warning, texts[f.Path])
			}
		case f.Language == definition.Protobuf && f.Edition != "2023" && Available(t, "protoc", "Debian's protobuf-compiler"):
			output, err = Run(t, folder, "protoc", "-I.", "--descriptor_set_out="+os.DevNull, f.Path)
		}
		if err != nil {
			t.Errorf("%s: %v\n%s\n%s", f.Path, err, output, texts[f.Path])
		}
	}
	return texts
}

// expected are warnings about what definitions may say.
var expected = regexp.MustCompile(`Nonpositive field key \(-?\d+\) differs|No field key specified|64-bit constant`)

// warned returns the first line with another warning of Apache's compiler, "" if there is none.
func warned(output string) string {
	for _, line := range strings.Split(output, "\n") {
		if strings.Contains(line, "[WARNING") && !expected.MatchString(line) {
			return line
		}
	}
	return ""
}
