package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/bench/marks"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestCounted: each operation is named once, and the emulator, which is not there, would count after its line.
func TestCounted(t *testing.T) {
	var out, problems bytes.Buffer
	if code := run([]string{"-counted", "-format", "compact", "-run", "^(small|reuse|varints-i32/encode|list-i32/decode)$"}, &out, &problems); code != 0 {
		t.Fatalf("exit %d: %s", code, &problems)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		if reason, ok := marks.ParseAbsent(line); ok && !harness.HasNative() && reason != "" {
			continue
		}
		o, ok := marks.ParseOperation(line)
		if !ok || o.Count < 100 || o.Count > countedOperations || o.CodeBytes == 0 {
			t.Errorf("%q: %+v", line, o)
		}
		got = append(got, o.Case+"/"+o.Direction)
	}
	const want = "small/encode small/decode list-i32/decode varints-i32/encode reuse/decode"
	if harness.HasNative() && strings.Join(got, " ") != want {
		t.Errorf("counted: %s", got)
	}
}

func TestCountedInProtobuf(t *testing.T) {
	var out, problems bytes.Buffer
	if code := run([]string{"-counted", "-format", "protobuf", "-run", "^(small|object/encode|reuse)$"}, &out, &problems); code != 0 {
		t.Fatalf("exit %d: %s", code, &problems)
	}
	if n := strings.Count(out.String(), "operation "); n != 4 && harness.HasNative() {
		t.Errorf("%d operations are counted, want 4:\n%s", n, &out)
	}
}

func TestCountedOperationsAreFewerWhereTheyAreLong(t *testing.T) {
	if !harness.HasNative() {
		t.Skip("native code cannot run here")
	}
	var out bytes.Buffer
	if err := counted(binaryFormat, regexp.MustCompile("^large/encode$"), &out); err != nil {
		t.Fatal(err)
	}
	if o, ok := marks.ParseOperation(out.String()); !ok || o.Count >= countedOperations || o.Count < 10 {
		t.Errorf("%q", &out)
	}
}
