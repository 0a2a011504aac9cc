package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/bench/marks"
)

// guestOutput is what a guest writes that has n operations, each of which executes some instructions, those of Go and of native code.
// Others are executed between the repetitions, and at each mark.
func guestOutput(name string, n, inGo, native int) string {
	var text strings.Builder
	text.WriteString(marks.Operation{Case: name, Direction: "encode", Count: n, CodeBytes: 1000}.String())
	all, made := 5_000_000, 70_000
	for i := range marks.Repetitions {
		for _, operations := range []int{0, 0, n} {
			all += 271 + operations*(inGo+native)
			made += operations * native
			fmt.Fprintf(&text, "counted %d %d\n", all, made)
		}
		all += 1_000_000 * (i + 1)
	}
	return text.String()
}

func parsed(t *testing.T, architecture, output string) *counts {
	t.Helper()
	c, err := parse(architecture, output)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParse(t *testing.T) {
	c := parsed(t, "amd64", guestOutput("small", 100, 155, 167)+marks.Absent("no memory")+marks.Absent("no memory")+guestOutput("medium", 10, 6000, 4000))
	if got := *c.rows[key{"small", "encode"}]; got != (row{322, 167, 1000}) {
		t.Errorf("small: %+v", got)
	}
	if got := *c.rows[key{"medium", "encode"}]; got != (row{10000, 4000, 1000}) {
		t.Errorf("medium: %+v", got)
	}
	if len(c.order) != 2 || c.order[0].name != "small" || len(c.absences) != 1 || c.absences[0] != "no memory" {
		t.Errorf("%+v", c)
	}
	whole := guestOutput("small", 100, 155, 167)
	for _, text := range []string{
		"unknown\n" + whole, whole[:strings.LastIndex(whole, "counted")], "counted 1 1\n", whole + "counted 1 1\n",
		strings.Replace(whole, "counted", "operation small encode 1 1\ncounted", 2),
	} {
		if c, err := parse("amd64", text); err == nil {
			t.Errorf("%q passes as %+v", text, c)
		}
	}
}

func TestMedians(t *testing.T) {
	var processes []*counts
	for _, inGo := range []int{500, 100, 300} {
		processes = append(processes, parsed(t, "amd64", guestOutput("small", 100, inGo, inGo/100)))
	}
	c, err := medians(processes)
	if err != nil {
		t.Fatal(err)
	}
	if got := *c.rows[key{"small", "encode"}]; got != (row{303, 3, 1000}) {
		t.Errorf("%+v", got)
	}
	if _, err := medians(append(processes, parsed(t, "amd64", guestOutput("large", 100, 1, 1)))); err == nil {
		t.Error("different operations have medians")
	}
}

func TestReport(t *testing.T) {
	amd64 := parsed(t, "amd64", guestOutput("small", 100, 50, 50)+guestOutput("medium", 100, 500, 500))
	for name, c := range map[string]struct {
		arm64 string
		code  int
		holds bool
		want  string
	}{
		"same":    {guestOutput("small", 100, 50, 50) + guestOutput("medium", 100, 500, 500), 1000, true, "mean of encode: 1.00, of its native code 1.00\n"},
		"one":     {guestOutput("small", 100, 50, 105) + guestOutput("medium", 100, 500, 500), 1500, true, "in each operation: 1.55 <= 1.6: ok\n"},
		"any":     {guestOutput("small", 100, 50, 115) + guestOutput("medium", 100, 500, 500), 1000, false, "in each operation: 1.65 <= 1.6: FAIL\n"},
		"mean":    {guestOutput("small", 100, 50, 95) + guestOutput("medium", 100, 500, 950), 1000, false, "in the mean: 1.45 <= 1.3: FAIL\n"},
		"code":    {guestOutput("small", 100, 50, 50) + guestOutput("medium", 100, 500, 500), 1600, false, "code of each type: 1.60 <= 1.5: FAIL\n"},
		"partial": {guestOutput("small", 100, 50, 50) + marks.Absent("no room"), 1000, false, "arm64 has no native code: no room\n"},
		"none":    {marks.Absent("no backend"), 1000, false, "arm64 has no native code: no backend\ncheck: nothing to compare: FAIL\n"},
	} {
		arm64 := parsed(t, "arm64", c.arm64)
		for _, r := range arm64.rows {
			r.code = c.code
		}
		var out bytes.Buffer
		if holds := report(&out, amd64, arm64); holds != c.holds || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: %v\n%s", name, holds, &out)
		}
	}
}

func TestArguments(t *testing.T) {
	var out bytes.Buffer
	for _, arguments := range [][]string{{"-count", "0"}, {"more"}, {"-none"}} {
		if code := run(arguments, &out, &out); code != 2 {
			t.Errorf("%q: exit %d", arguments, code)
		}
	}
}

// TestRun counts one case twice. Native code executes the same instructions each time.
func TestRun(t *testing.T) {
	for _, name := range []string{"gcc", "qemu-x86_64", "qemu-aarch64"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(err)
		}
	}
	if runtime.GOOS != "linux" {
		t.Skip("the emulators are for Linux")
	}
	folder := t.TempDir()
	plugin, err := buildPlugin(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range machines {
		guest, err := m.build(folder)
		if err != nil {
			t.Fatal(err)
		}
		var runs [2]*counts
		for i := range runs {
			if runs[i], err = m.run(plugin, guest, []string{"-run", "^small$"}); err != nil {
				t.Fatal(err)
			}
		}
		for _, k := range runs[0].order {
			first, second := runs[0].rows[k], runs[1].rows[k]
			if second == nil || first.native != second.native || first.native <= 0 || first.all <= first.native || first.code == 0 {
				t.Errorf("%s: %+v and %+v", m.architecture, first, second)
			}
		}
		if len(runs[0].order) != 2 || len(runs[0].absences) != 0 {
			t.Errorf("%s: %+v", m.architecture, runs[0])
		}
		if _, err := m.run(plugin, guest, []string{"-run", "("}); err == nil {
			t.Error("a failed guest was counted")
		}
	}
}
