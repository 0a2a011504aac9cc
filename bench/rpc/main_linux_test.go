package main

import (
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestMain is the command where it starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{"-serve", "-call"}, os.Args[1]) {
		main()
	}
	os.Exit(m.Run())
}

// TestRun: the exit status says whether checks hold.
func TestRun(t *testing.T) {
	for _, c := range []struct {
		arguments string
		status    int
		printed   string
	}{
		{"-quick -count 1 -check call.calls>=1,call.p99/ceiling>=0", 0, "check call.p99/ceiling>=0: "},
		{"-quick -count 1 -check complex.calls>=1 -check complex.calls>=1000000000", 1, "FAIL\n"},
		{"-quick -count 1 -check message-http2.calls>=1000000000|message-http2.calls>=1", 0, "check message-http2.calls>=1000000000: "},
		{"-quick -count 1 -callers 2 -rate 100 -run ^empty$", 0, "2 callers, 100 calls due per second"},
	} {
		var out, faults strings.Builder
		if status := run(strings.Fields(c.arguments), &out, &faults); status != c.status || !strings.Contains(out.String(), c.printed) {
			t.Errorf("%s: status %d, printed %s%s", c.arguments, status, &out, &faults)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	for arguments, want := range map[string]struct {
		status int
		fault  string
	}{
		"-check nothing":            {2, `"nothing" is no check; want a name of all, call, mux`},
		"-check":                    {2, "needs an argument"},
		"-check call mux":           {2, `what is "mux"? Names of checks belong to -check`},
		"-check call -rate 500":     {2, "-check says what is measured"},
		"-check call -callers 100":  {2, "-check says what is measured"},
		"-check call -run call":     {2, "-check says what is measured"},
		"-count 0":                  {2, "-count must be positive"},
		"-rate 99":                  {2, "-rate must be from 100"},
		"-rate -1":                  {2, "-rate must be"},
		"-rate NaN":                 {2, "-rate must be"},
		"-rate 1e300":               {2, "-rate must be"},
		"-callers 0":                {2, "want numbers of 1 to 1000"},
		"-callers 1,,2":             {2, "want numbers of 1 to 1000"},
		"-callers 1001":             {2, "want numbers of 1 to 1000"},
		"-run (":                    {2, "missing closing"},
		"-call call":                {2, "-call needs an address"},
		"-call call -callers 1,2 x": {2, "-call needs an address"},
		"-run nothing":              {1, "no row is selected"},
		"-serve nobody":             {1, `no row "nobody"`},
	} {
		var faults strings.Builder
		if status := run(strings.Fields(arguments), io.Discard, &faults); status != want.status || !strings.Contains(faults.String(), want.fault) {
			t.Errorf("%s: status %d, printed %s", arguments, status, &faults)
		}
	}
}

// TestChildThatEnds: what a child says of its end is shown, and nobody waits for it.
func TestChildThatEnds(t *testing.T) {
	var faults strings.Builder
	c, err := startChild(serverProcessor(), &faults, "-serve", "nobody")
	if err != nil {
		t.Fatal(err)
	}
	var address string
	if err := c.read(startTime, &address); err == nil || !strings.Contains(err.Error(), "-serve nobody ended") {
		t.Errorf("it answers with %q, %v", address, err)
	}
	c.stop()
	if !strings.Contains(faults.String(), `no row "nobody"`) {
		t.Errorf("it said %q", faults.String())
	}
}

func TestPlan(t *testing.T) {
	describe := func(o *options) (names []string, callers []int) {
		for _, table := range plan(o) {
			callers = append(callers, table.callers)
			for _, r := range table.rows {
				names = append(names, r.name())
			}
		}
		return names, callers
	}
	names, callers := describe(&options{})
	if want := []int{1, 10, 100, 1000, 1, 10, 100, 1000, 1, 10, 100, 1000, 1, 10, 100, 1000,
		1, 10, 100, 1000, 1, 10, 100, 1, 10, 100, 100}; !slices.Equal(callers, want) {
		t.Errorf("the complete series has %v callers", callers)
	}
	for _, r := range rows {
		if !slices.Contains(names, r.name()) {
			t.Errorf("the complete series lacks %s", r.name())
		}
	}
	names, callers = describe(&options{quick: true})
	if want := []string{"ceiling", "grpc", "http2", "grpc-tls", "apache", "call", "mux", "unix", "tls",
		"complex-ceiling", "complex-grpc", "complex-apache", "complex", "complex-reuse", "complex-mux",
		"64k-ceiling", "64k-grpc", "64k-http2", "1m-ceiling", "1m-grpc", "1m-http2",
		"message-grpc", "message-http2", "stream-grpc", "stream-http2", "empty", "empty-mux"}; !slices.Equal(names, want) ||
		!slices.Equal(callers, []int{100, 100, 100, 100, 100, 100, 100}) {
		t.Errorf("a quick run measures %v with %v callers", names, callers)
	}
	if names, _ = describe(&options{rate: 10}); slices.Contains(names, "ceiling") || !slices.Contains(names, "1m-mux") {
		t.Errorf("an open loop measures %v", names)
	}
	bounds, err := parseChecks("unix,complex-mux,complex-mux/grpc>=0.1,complex-mux/apache>=0.1,64k/ceiling>=0.1,64k-tls/grpc-tls>=1|1m-http2/ceiling>=0.8")
	if err != nil {
		t.Fatal(err)
	}
	names, callers = describe(&options{quick: true, bounds: bounds})
	if want := []string{"call", "unix", "complex-ceiling", "complex-grpc", "complex-apache", "complex-mux", "64k-ceiling", "64k-grpc-tls",
		"64k", "64k-tls", "1m-ceiling", "1m-http2"}; !slices.Equal(names, want) || !slices.Equal(callers, []int{100, 100, 100, 100}) {
		t.Errorf("for checks, %v are measured with %v callers", names, callers)
	}
}
