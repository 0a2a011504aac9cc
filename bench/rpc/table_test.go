package main

import (
	"io"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/bench/figures"
)

// sampleTable has two of ours, and a second round at half speed.
func sampleTable() *table {
	rounds := func(perSecond ...float64) []round {
		var made []round
		for _, value := range perSecond {
			made = append(made, round{perSecond: value, callerAllocs: 3, serverAllocs: 4.25, serverMicroseconds: 7.5})
		}
		return made
	}
	return &table{rounds: map[string][]round{
		ceiling:            rounds(1000, 500, 1000),
		"grpc":             rounds(200, 100, 200),
		"apache":           rounds(250, 125, 250),
		"tagwire-framed":   rounds(600, 300, 600),
		"tagwire-ttheader": rounds(500, 250, 500),
		"contract-framed":  rounds(600, 300, 600), "contract-ttheader": rounds(500, 250, 500),
		"mux":              rounds(900, 450, 900),
		complexCeiling:     rounds(800, 400, 800),
		"complex-framed":   rounds(400, 200, 400),
		"complex-ttheader": rounds(200, 100, 200),
		"reuse-framed":     rounds(440, 220, 440), "reuse-ttheader": rounds(220, 110, 220),
		"complex-mux": rounds(600, 300, 600),
		"text-framed": rounds(480, 240, 480), "text-ttheader": rounds(240, 120, 240),
	}}
}

func TestJudge(t *testing.T) {
	for _, row := range []struct {
		check   string
		holds   bool
		printed string
	}{
		{"call/ceiling>=0.6", true, "check call/ceiling>=0.6: tagwire-framed 0.600 ok"},
		{"call/ceiling>=0.61", false, "check call/ceiling>=0.61: tagwire-framed 0.600 FAIL"},
		{"tagwire-ttheader:call/grpc>=2.5", true, "check tagwire-ttheader:call/grpc>=2.5: tagwire-ttheader 2.500 ok"},
		{"tagwire-ttheader:call/grpc>=2.6", false, "FAIL"},
	} {
		check, err := parseCheck(row.check)
		if err != nil {
			t.Errorf("%s: %v", row.check, err)
			continue
		}
		var out strings.Builder
		if holds := sampleTable().judge([]figures.Demand{check}, &out); holds != row.holds || !strings.Contains(out.String(), row.printed) {
			t.Errorf("%s: holds %v, printed %s", row.check, holds, &out)
		}
	}
	unmeasured := sampleTable()
	delete(unmeasured.rounds, "grpc")
	check, err := parseCheck("call/grpc>=0")
	if err != nil {
		t.Fatal(err)
	}
	if unmeasured.judge([]figures.Demand{check}, io.Discard) {
		t.Error("a check holds against what was not measured")
	}
	if !sampleTable().judge(nil, nil) {
		t.Error("a run without checks fails")
	}
}

func TestParseCheckRefuses(t *testing.T) {
	for _, text := range []string{"", "call", "encode/grpc>=1", "call/nobody>=1", "nobody:call/grpc>=1", "call/grpc>=1@x"} {
		if check, err := parseCheck(text); err == nil {
			t.Errorf("%q passes as %+v", text, check)
		}
	}
}

func TestPrint(t *testing.T) {
	var out strings.Builder
	sampleTable().print(&out)
	rows := map[string]string{}
	for _, line := range strings.Split(out.String(), "\n") {
		words := strings.Fields(line)
		if len(words) > 0 {
			rows[words[0]] = strings.Join(words[1:], " ")
		}
	}
	for name, want := range map[string]string{
		"tagwire-framed":   "600 1666.67 50% 0.60 3.00 2.40 3.0 4.2 7.50",
		complexCeiling:     "800 1250.00 50% - - - 3.0 4.2 7.50",
		"complex-ttheader": "200 5000.00 50% 0.25 - - 3.0 4.2 7.50",
	} {
		if rows[name] != want {
			t.Errorf("%s: got  %s\nwant %s", name, rows[name], want)
		}
	}
}
