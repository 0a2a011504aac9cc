package main

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestMain lets the test binary be the process that is measured.
func TestMain(m *testing.M) {
	if os.Getenv(shapeVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestRun measures few types in few processes.
func TestRun(t *testing.T) {
	var out, errors bytes.Buffer
	if code := run([]string{"-quick", "-types", "2"}, &out, &errors); code != 0 {
		t.Fatalf("exit %d: %s%s", code, &out, &errors)
	}
	for _, want := range []string{"medium ", "mixed-100 ", "check medium: ", "scalars-3000 ", "3 processes of 2 types"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if code := run([]string{"-types", "0"}, &out, &errors); code != 2 {
		t.Errorf("exit %d for wrong arguments", code)
	}
}

// TestTypesAreFresh: what is compiled has not been compiled before, so each compilation is a whole one.
func TestTypesAreFresh(t *testing.T) {
	for _, s := range append([]shape{many}, shapes...) {
		seen := map[reflect.Type]bool{}
		for n := range 30 {
			typ := s.make(n)
			if seen[typ] && s.name != "random" { // where some have no fields
				t.Errorf("%s: the type made for %d was there before", s.name, n)
			}
			seen[typ] = true
		}
	}
	if medium(1).Field(7).Type == medium(2).Field(7).Type {
		t.Error("mediums share their smalls")
	}
	if many.make(11).Field(7).Type != many.make(19).Field(7).Type {
		t.Error("the types of a program do not share their smalls")
	}
}

// TestSample: a process compiles all that it is asked for, and says what came of it.
func TestSample(t *testing.T) {
	measured, err := runChild(shapes[0], 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(measured.Took) != 3 || len(measured.Code) != 3 || measured.All <= 0 || measured.cpu <= 0 || measured.Bytes == 0 || measured.Allocations == 0 {
		t.Errorf("%+v", measured)
	}
	if native := measured.Refused == ""; native != harness.HasNative() || native != (measured.Mapped > 0) || native != (measured.Code[0] > 0) {
		t.Errorf("%+v", measured)
	}
	if _, err := runChild(shape{name: "none"}, 1); err == nil {
		t.Error("a shape that does not exist was measured")
	}
}

func TestJudge(t *testing.T) {
	good := sample{Took: []time.Duration{time.Millisecond}, Code: []int{100}, All: time.Second}
	slow, large, refused := good, good, good
	slow.Took, slow.All = []time.Duration{time.Minute}, 2*time.Minute
	large.Code = []int{100, mostCode + 1}
	large.Took = []time.Duration{time.Millisecond, time.Millisecond}
	refused.Refused = "no room"
	for name, c := range map[string]struct {
		measured             sample
		shapeFails, allFails bool
	}{
		"good": {good, false, false}, "slow": {slow, true, true}, "large": {large, false, true}, "refused": {refused, true, true},
	} {
		var out bytes.Buffer
		r := report{out: &out}
		r.judgeShape(shapes[0], []sample{good, c.measured, c.measured})
		if r.failed != c.shapeFails {
			t.Errorf("%s: %v, %s", name, r.failed, &out)
		}
		r.failed = false
		r.judgeMany(&c.measured)
		if r.failed != c.allFails {
			t.Errorf("%s: %v, %s", name, r.failed, &out)
		}
	}
	r := report{out: new(bytes.Buffer)}
	r.judgeShape(shapes[3], []sample{slow})
	if r.failed {
		t.Error("random types were judged by their time")
	}
}

// TestMappedMemory: what Stats says is what the types take, in whole pages.
func TestMappedMemory(t *testing.T) {
	before := tagwire.Stats()
	typ := medium(1 << 20)
	if err := tagwire.Compile(typ); err != nil {
		t.Fatal(err)
	}
	after := tagwire.Stats()
	pages := after.MappedBytes - before.MappedBytes
	if code := after.CodeBytes - before.CodeBytes; pages < code || pages%os.Getpagesize() != 0 || pages > code+code/4+os.Getpagesize() {
		t.Errorf("%d bytes of code take %d", code, pages)
	}
}
