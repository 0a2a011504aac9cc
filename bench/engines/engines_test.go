package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
)

func TestRun(t *testing.T) {
	var out, errors bytes.Buffer
	if code := run([]string{"-count", "1", "-all"}, &out, &errors); code != 0 {
		t.Fatalf("exit %d: %s%s", code, &out, &errors)
	}
	for _, want := range []string{"  0 to  12 bytes", " 13 to  64 bytes", " 65 to 512 bytes", "Choice ", "Auto "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if code := run([]string{"-count", "0"}, &out, &errors); code != 2 {
		t.Errorf("exit %d for wrong arguments", code)
	}
}

// TestSubjects: all lengths are there, and each engine serves what it is measured for.
func TestSubjects(t *testing.T) {
	list, err := subjects()
	if err != nil {
		t.Fatal(err)
	}
	before := tagwire.Stats()
	for _, s := range list {
		if err := s.round(make([]any, 1)); err != nil {
			t.Fatal(err)
		}
	}
	after := tagwire.Stats()
	n := uint64(len(list))
	native, reflection := after.NativeCalls-before.NativeCalls, after.ReflectCalls-before.ReflectCalls
	if native+reflection != 3*n || native <= n || reflection <= n {
		t.Errorf("%d messages: %d native calls and %d by reflection; Auto should use both", n, native, reflection)
	}
}

// TestAnEngineThatIsChosenWrongly falls short.
func TestAnEngineThatIsChosenWrongly(t *testing.T) {
	slow := &subject{message: make([]byte, 5), rounds: [3][]float64{{20}, {20}, {10}}}
	var out bytes.Buffer
	if summary(&out, []*subject{slow}, 0, 12) || !strings.Contains(out.String(), "SHORT") {
		t.Error(out.String())
	}
	fast := &subject{message: make([]byte, 5), rounds: [3][]float64{{10}, {20}, {10}}}
	if !summary(&out, []*subject{fast}, 0, 12) || !summary(&out, []*subject{slow}, 13, 64) {
		t.Error(out.String())
	}
}
