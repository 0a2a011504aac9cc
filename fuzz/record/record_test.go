package record

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutput: what is the same has the same line, and what differs in anything has another.
func TestOutput(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lines")
	t.Setenv(Variable, name)
	for _, call := range [][3]string{{"a", "1", "2"}, {"a", "1", "2"}, {"a", "1", "3"}, {"a", "2", "2"}, {"b", "1", "2"}} {
		Output(t, call[0], []byte(call[1]), []byte(call[2]))
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines, different := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n"), map[string]bool{}
	for _, line := range lines {
		different[line] = true
	}
	if len(lines) != 5 || len(different) != 4 || lines[0] != lines[1] {
		t.Errorf("%q", lines)
	}
}
