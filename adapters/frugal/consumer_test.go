package frugal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// An application with Frugal and the lines of README.md, and no other about Tagwire, encodes with Tagwire.
func TestConsumer(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	application := t.TempDir()
	goMod := []string{"module example.com/application", "go 1.24", "require github.com/cloudwego/frugal v0.3.1"}
	lines := replaceLines(t)
	if len(lines) != 2 {
		t.Fatalf("README.md has the lines %q", lines)
	}
	for _, line := range lines {
		goMod = append(goMod, strings.Replace(line, "/path/to/tagwire", root, 1))
	}
	write(t, filepath.Join(application, "go.mod"), []byte(strings.Join(goMod, "\n")+"\n"))
	write(t, filepath.Join(application, "go.sum"), read(t, "go.sum"))
	write(t, filepath.Join(application, "main.go"), read(t, "testdata/consumer/main.go"))

	command := exec.Command("go", "run", "-mod=mod", ".")
	command.Dir = application
	command.Env = append(os.Environ(), "GOWORK=off", "GOOS=", "GOARCH=")
	output, err := command.CombinedOutput()
	if err != nil || string(output) != "Hello 3\n" {
		t.Errorf("%v\n%s", err, output)
	}
	if got := string(read(t, filepath.Join(application, "go.mod"))); !strings.Contains(got, "github.com/tagwire/tagwire v0.0.0-") {
		t.Errorf("go.mod does not require Tagwire:\n%s", got)
	}
}

// replaceLines returns the replace directives that README.md tells to add.
func replaceLines(t *testing.T) (lines []string) {
	for line := range strings.Lines(string(read(t, "README.md"))) {
		if strings.HasPrefix(line, "replace ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
