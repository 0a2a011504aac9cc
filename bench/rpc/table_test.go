package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

// sampleTables have three rounds of each row, the second at half speed.
func sampleTables() []*table {
	rounds := func(perSecond float64, change ...func(*round)) []round {
		r := round{perSecond: perSecond, p50: 100, p99: 200, p999: 300, server: side{allocs: 4.26, microseconds: 7.5},
			callers: side{allocs: 2.96, microseconds: 8.25}}
		for _, f := range change {
			f(&r)
		}
		slow := r
		slow.perSecond, slow.server.allocs = r.perSecond/2, r.server.allocs+1
		return []round{r, slow, r}
	}
	with := func(name string, rounds map[string][]round) *table {
		t := &table{workload: workloads[slices.IndexFunc(workloads, func(w workload) bool { return w.name == name })],
			callers: checkedCallers, rounds: rounds}
		for _, r := range rows {
			if r.workload == name && rounds[r.system] != nil {
				t.rows = append(t.rows, r)
			}
		}
		return t
	}
	return []*table{
		with("echo", map[string][]round{
			"ceiling": rounds(1000), "grpc": rounds(200, func(r *round) { r.p99 = 1000 }), "grpc-tls": rounds(100), "apache": rounds(250),
			"call": rounds(600), "mux": rounds(2200), "unix": rounds(500), "tls": rounds(150),
			"http2": rounds(500, func(r *round) { r.server.allocs, r.server.microseconds = 10, 3 }),
		}),
		with("complex", map[string][]round{
			"ceiling": rounds(800), "call": rounds(400, func(r *round) { r.codec = 0.25 }), "reuse": rounds(440, func(r *round) { r.codec = 0.1 }),
			"mux": rounds(1000), "grpc": rounds(160), "apache": rounds(200), "grpc-tls": rounds(80), "tls": rounds(120),
		}),
		with("empty", map[string][]round{
			"call": rounds(900, func(r *round) { r.server.allocs, r.callers.allocs = 3.02, 1.06 }),
		}),
	}
}

func TestJudge(t *testing.T) {
	for _, row := range []struct {
		check   string
		holds   bool
		printed string
	}{
		{"call/ceiling>=0.6", true, "check call/ceiling>=0.6: 0.600 (0.600 to 0.600) ok\n"},
		{"call/ceiling>=0.61", false, "check call/ceiling>=0.61: 0.600 (0.600 to 0.600) FAIL\n"},
		{"mux", true, "check mux.p99/grpc<=1: 0.200 (0.200 to 0.200) ok\n"},
		{"mux.p99/grpc<=0.1", false, "FAIL"},
		{"mux,call", false, "check call/ceiling>=0.85: 0.600 (0.600 to 0.600) FAIL\n"}, // one of them fails
		{"call,mux", false, "check mux/grpc>=3: 11.000 (11.000 to 11.000) ok\n"},
		{"unix", false, "check unix/call>=1: 0.833 (0.833 to 0.833) FAIL\n"},
		{"unix.calls>=500", true, "check unix.calls>=500: 500.000 (250.000 to 500.000) ok\n"},
		{"tls", true, "check tls/grpc-tls>=1: 1.500 (1.500 to 1.500) ok\n"},
		{"complex", false, "check complex/ceiling>=0.6: 0.500 (0.500 to 0.500) FAIL\n"},
		{"complex/grpc>=2.5,complex/apache>=2", true, "check complex/apache>=2: 2.000 (2.000 to 2.000) ok\n"},
		{"complex-tls/grpc-tls>=1.6", false, "check complex-tls/grpc-tls>=1.6: 1.500 (1.500 to 1.500) FAIL\n"},
		{"complex-mux", true, "check complex-mux/ceiling>=1.2: 1.250 (1.250 to 1.250) ok\n"},
		{"codec", true, "check complex.codec<=25: 25.000 (25.000 to 25.000) ok\n"},
		{"complex.codec<=24.9", false, "FAIL"},
		{"empty.server-allocs<=3", true, "check empty.server-allocs<=3: 3.000 (3.020 to 4.020) ok\n"},
		{"allocs", false, "check empty.caller-allocs<=1: 1.100 (1.060 to 1.060) FAIL\n"},
		{"empty-mux.caller-allocs<=9", false, "check empty-mux.caller-allocs<=9: not measured FAIL\n"},
		{"http2", false, "check http2.caller-us/grpc<=0.5: 1.000 (1.000 to 1.000) FAIL\n"},
		{"http2", false, "check http2.server-us/grpc<=0.5: 0.400 (0.400 to 0.400) ok\n"},
		{"http2-allocs", true, "check http2.server-allocs<=12: 10.000 (10.000 to 11.000) ok\n"},
		{"http2/grpc>=3|http2/ceiling>=0.5", true, "check http2/grpc>=3: 2.500 (2.500 to 2.500) or http2/ceiling>=0.5: 0.500 (0.500 to 0.500) ok\n"},
		{"http2/grpc>=2|http2/ceiling>=0.6", true, "ok\n"},
		{"http2/grpc>=3|http2/ceiling>=0.6", false, "FAIL\n"},
		{"http2/grpc>=3|1m-http2/ceiling>=0.8", false, " or 1m-http2/ceiling>=0.8: not measured FAIL\n"},
		{"1m-http2/ceiling>=0.8|http2/grpc>=2", true, "check 1m-http2/ceiling>=0.8: not measured or http2/grpc>=2: "},
		{"http2-large", false, "not measured FAIL"},
		{"contract/call>=0", false, "not measured FAIL"},
		{"call/ttheader>=0", false, "not measured FAIL"},
		{"64k/ceiling>=0", false, "not measured FAIL"},
	} {
		bounds, err := parseChecks(row.check)
		if err != nil {
			t.Errorf("%s: %v", row.check, err)
			continue
		}
		var out strings.Builder
		if holds := judge(bounds, sampleTables(), &out); holds != row.holds || !strings.Contains(out.String(), row.printed) {
			t.Errorf("%s: holds %v, printed %s", row.check, holds, &out)
		}
	}
}

// TestJudgeOtherCallers: a check is about checkedCallers, not about another table of the same workload.
func TestJudgeOtherCallers(t *testing.T) {
	tables := sampleTables()[:1]
	tables[0].callers = 10
	bounds, err := parseChecks("call/ceiling>=0")
	if err != nil {
		t.Fatal(err)
	}
	if judge(bounds, tables, io.Discard) {
		t.Error("a check holds for 10 callers")
	}
	if got := measuredBounds(tables); len(got) != 0 {
		t.Errorf("%v are measured with 10 callers", got)
	}
	tables = append(tables, sampleTables()[0])
	if !judge(bounds, tables, io.Discard) {
		t.Error("the table that the check is about is not found")
	}
	if got := len(measuredBounds(tables)); got != 13 {
		t.Errorf("%d bounds of the echo are measured, not 13", got)
	}
}

func TestParseChecksRefuses(t *testing.T) {
	for text, fault := range map[string]string{
		"":                     "want a name of all, call, mux",
		"cal":                  `"cal" is no check; want a name of all, call, mux`,
		"call,":                `"" is no check`,
		"call mux":             "is no check",
		"all,nothing":          `"nothing" is no check`,
		"nobody/grpc>=1":       `no row "nobody"; there are ceiling, grpc`,
		"call/nobody>=1":       `no "nobody" to compare call with`,
		"complex/unix>=1":      `no "unix" to compare complex with`,
		"call.beauty>=1":       `no measure "beauty"; there are calls, p50`,
		"call.codec<=1":        "codec is not measured of call",
		"call/grpc>1":          "is no check",
		"call/grpc>=1.2.3":     "invalid syntax",
		"call/grpc>=1@x":       "is no check",
		"call/grpc>=1|":        `"" is no check`,
		"|call/grpc>=1":        `"" is no check`,
		"call>=1|nobody>=1":    `no row "nobody"`,
		"complex/complex>=0.1": `no "complex" to compare complex with`,
	} {
		if bounds, err := parseChecks(text); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%q: %d bounds, %v", text, len(bounds), err)
		}
	}
}

// TestAllChecks: each has bounds, which a quick run measures.
func TestAllChecks(t *testing.T) {
	all, err := parseChecks("all")
	if err != nil {
		t.Fatal(err)
	}
	one := 0
	for _, c := range checks {
		bounds, err := parseChecks(c.name)
		if err != nil || len(bounds) == 0 {
			t.Errorf("%s: %d bounds, %v", c.name, len(bounds), err)
		}
		one += len(bounds)
	}
	if len(all) != one {
		t.Errorf("all are %d bounds, one by one %d", len(all), one)
	}
	for _, b := range all {
		for either := &b; either != nil; either = either.or {
			if !slices.ContainsFunc(plan(&options{quick: true}), func(t *table) bool {
				return t.callers == checkedCallers && slices.ContainsFunc(t.rows, func(r row) bool { return r.name() == either.row.name() }) &&
					(either.peer == "" || slices.ContainsFunc(t.rows, func(r row) bool { return r.system == either.peer }))
			}) {
				t.Errorf("%s: a quick run does not measure it", either.text)
			}
		}
	}
}

func TestPrint(t *testing.T) {
	var out strings.Builder
	for _, table := range sampleTables() {
		table.print(&out)
	}
	open := sampleTables()[0]
	open.rate = 5000
	open.rows = open.rows[5:6] // call
	var openOut strings.Builder
	open.print(&openOut)
	lines := map[string]string{}
	for _, line := range strings.Split(out.String(), "\n") {
		words := strings.Fields(line)
		if len(words) > 0 {
			lines[words[0]] = strings.Join(words[1:], " ")
		}
	}
	for name, want := range map[string]string{
		"call":            "600 50% 0.60 3.00 2.40 100 200 300 7.50 8.25 4.3 3.0 -",
		"tls":             "150 50% 0.15 1.50 0.60 100 200 300 7.50 8.25 4.3 3.0 -",
		"http2":           "500 50% 0.50 2.50 2.00 100 200 300 3.00 8.25 10.0 3.0 -",
		"grpc":            "200 50% 0.20 - 0.80 100 1000 300 7.50 8.25 4.3 3.0 -",
		"complex-ceiling": "800 50% - - - 100 200 300 7.50 8.25 4.3 3.0 -",
		"complex-grpc":    "160 50% 0.20 - 0.80 100 200 300 7.50 8.25 4.3 3.0 -",
		"complex-apache":  "200 50% 0.25 1.25 - 100 200 300 7.50 8.25 4.3 3.0 -",
		"complex-tls":     "120 50% 0.15 1.50 0.60 100 200 300 7.50 8.25 4.3 3.0 0.0",
		"complex":         "400 50% 0.50 2.50 2.00 100 200 300 7.50 8.25 4.3 3.0 25.0",
		"empty":           "900 50% - - - 100 200 300 7.50 8.25 3.0 1.1 -",
	} {
		if lines[name] != want {
			t.Errorf("%s: got  %s\nwant %s", name, lines[name], want)
		}
	}
	if got := openOut.String(); !strings.Contains(got, "5000 calls due per second") || strings.Contains(got, "3.00") {
		t.Errorf("an open loop compares calls, or does not name its rate:\n%s", got)
	}
	for _, c := range columns {
		if _, found := measureOf(c.measure); !found {
			t.Errorf("column %s has no measure", c.title)
		}
	}
}

func TestRoundOf(t *testing.T) {
	const ms = 1_000_000
	r := roundOf(usage{Objects: 3000, Busy: 8 * ms}, outcome{usage: usage{Objects: 1000, Busy: 12 * ms}, Calls: 1000, Took: 500 * ms,
		P50: ms, P99: 2 * ms, P999: 3 * ms}, 2500)
	want := round{perSecond: 2000, p50: 1000, p99: 2000, p999: 3000, server: side{allocs: 3, microseconds: 8},
		callers: side{allocs: 1, microseconds: 12}, codec: 0.25}
	if r != want {
		t.Errorf("got %+v\nwant %+v", r, want)
	}
}
