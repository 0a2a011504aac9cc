package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire"
)

// TestMain lets the test binary be the process that is measured.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	var out, errors bytes.Buffer
	if code := run([]string{"-count", "1"}, &out, &errors); code != 0 {
		t.Fatalf("exit %d: %s%s", code, &out, &errors)
	}
	for _, want := range []string{"default    first call", "reflection first call", "ratio "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if code := run([]string{"-count", "0"}, &out, &errors); code != 2 {
		t.Errorf("exit %d for wrong arguments", code)
	}
}

// TestNothingIsCompiledForOneCall is what the figures rest on.
func TestNothingIsCompiledForOneCall(t *testing.T) {
	before := tagwire.Stats()
	var out bytes.Buffer
	if err := callEachOnce(&out); err != nil {
		t.Fatal(err)
	}
	var took []int64
	if err := json.Unmarshal(out.Bytes(), &took); err != nil || len(took) != typeCount {
		t.Errorf("%v, %d figures", err, len(took))
	}
	if os.Getenv("TAGWIRE_ENGINE") != "native" && tagwire.Stats().NativeTypes != before.NativeTypes {
		t.Error("a type was compiled")
	}
}

func TestMedians(t *testing.T) {
	got := medians([]sample{{3, 10}, {1, 30}, {2, 20}})
	if want := (sample{2, 20}); got != want || !strings.Contains(got.String(), (2*time.Nanosecond).String()) {
		t.Errorf("got %v, want %v", got, want)
	}
}
