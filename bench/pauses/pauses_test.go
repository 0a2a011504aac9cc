package main

import (
	"bytes"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire"
)

func TestQuantiles(t *testing.T) {
	s := &stops{counts: []uint64{0, 90, 9, 1}, bounds: []float64{0, 1e-6, 2e-6, 5e-6, math.Inf(1)}}
	for q, want := range map[float64]time.Duration{
		0.5: 2 * time.Microsecond, 0.9: 2 * time.Microsecond, 0.99: 5 * time.Microsecond, 1: 5 * time.Microsecond, 0: 0,
	} {
		if got := s.quantile(q); got != want {
			t.Errorf("%g: %v, want %v", q, got, want)
		}
	}
	var none *stops
	if none.count() != 0 || none.quantile(0.99) != 0 || none.plus(s) != s || s.plus(none) != s {
		t.Error("nothing is something")
	}
	if twice := s.plus(s); twice.count() != 200 || s.count() != 100 || twice.minus(s).count() != 100 {
		t.Error("sums and differences are wrong")
	}
}

// The figures are those of the runtime: each collection stops the world.
func TestStopsAreSeen(t *testing.T) {
	before := readStops()
	runtime.GC()
	if n := readStops().minus(before).count(); n == 0 {
		t.Error("a collection did not stop the world")
	}
}

func TestJudge(t *testing.T) {
	of := func(seconds float64, count uint64) *stops {
		return &stops{counts: []uint64{count}, bounds: []float64{0, seconds}}
	}
	for name, c := range map[string]struct {
		native, reflection *stops
		want               bool
	}{
		"fast":               {of(200e-6, 10), of(1e-6, 10), true},
		"slow":               {of(700e-6, 10), of(300e-6, 10), false},
		"slow like the rest": {of(700e-6, 10), of(350e-6, 10), true},
		"nothing measured":   {nil, of(1, 1), false},
	} {
		var out bytes.Buffer
		total := map[tagwire.Engine]*stops{tagwire.Native: c.native, tagwire.Reflect: c.reflection}
		if got := judge(total, &out); got != c.want {
			t.Errorf("%s: %v, %s", name, got, &out)
		}
	}
}

// TestRun measures small messages for a moment.
func TestRun(t *testing.T) {
	var out, errors bytes.Buffer
	if code := run([]string{"-quick", "-mib", "1", "-run", "^(string|structs)$"}, &out, &errors); code != 0 {
		t.Fatalf("exit %d: %s%s", code, &out, &errors)
	}
	for _, want := range []string{"string   native", "structs  reflect", "all      native"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "i32s") {
		t.Errorf("more than asked for in\n%s", &out)
	}
	if code := run([]string{"-run", "("}, &out, &errors); code != 2 {
		t.Errorf("exit %d for wrong arguments", code)
	}
}
