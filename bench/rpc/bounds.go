package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/bench/figures"
)

// A check is a name for what must hold of a row.
type check struct {
	name   string
	bounds []string
}

// checks are what Tagwire is held to, with checkedCallers.
var checks = []check{
	{"call", []string{"call/ceiling>=0.85", "call/grpc>=1.5"}},
	{"mux", []string{"mux/ceiling>=2", "mux/grpc>=3", "mux.p99/grpc<=1"}},
	{"unix", []string{"unix/call>=1"}},
	{"tls", []string{"tls/grpc-tls>=1"}},
	{"complex", []string{"complex/ceiling>=0.6"}},
	{"complex-mux", []string{"complex-mux/ceiling>=1.2"}},
	{"allocs", []string{"empty.server-allocs<=3", "empty.caller-allocs<=1"}},
	{"codec", []string{"complex.codec<=25", "complex-reuse.codec<=15"}},
	{"http2", []string{"http2/grpc>=2", "http2.server-us/grpc<=0.5", "http2.caller-us/grpc<=0.5", "http2.p99/grpc<=1"}},
	{"http2-large", []string{"64k-http2/grpc>=1.2|64k-http2/ceiling>=0.8", "1m-http2/grpc>=1.2|1m-http2/ceiling>=0.8"}},
	{"http2-streams", []string{"message-http2/grpc>=2.5", "stream-http2/grpc>=2.5"}},
	{"http2-allocs", []string{"http2.server-allocs<=12", "http2.caller-allocs<=12"}},
}

// A bound is what must hold of a figure, or of its ratio to that of a peer.
type bound struct {
	text    string
	row     row
	measure measure
	peer    string // a system of the same workload, or none
	atMost  bool   // or at least
	limit   float64
	or      *bound // nil, or another bound that may hold in its place
}

// boundSyntax splits ROW[.MEASURE][/PEER]>=LIMIT, or <=. A | stands between bounds of which one must hold.
var boundSyntax = regexp.MustCompile(`^([a-z0-9-]+)(?:\.([a-z0-9.-]+))?(?:/([a-z0-9-]+))?([<>]=)([0-9.]+)$`)

func parseBound(text string) (bound, error) {
	first, others, several := strings.Cut(text, "|")
	b, err := parseSingleBound(first)
	if err == nil && several {
		var other bound
		other, err = parseBound(others)
		b.or = &other
	}
	return b, err
}

func parseSingleBound(text string) (bound, error) {
	parts := boundSyntax.FindStringSubmatch(text)
	if parts == nil {
		return bound{}, fmt.Errorf("%q is no check; want a name of %s, or ROW[.MEASURE][/PEER]>=LIMIT, or <=, and | between alternatives", text, checkNames())
	}
	b := bound{text: text, measure: callsPerSecond, peer: parts[3], atMost: parts[4] == "<="}
	var err error
	if b.row, err = rowOf(parts[1]); err != nil {
		return bound{}, err
	}
	if parts[2] != "" {
		var found bool
		if b.measure, found = measureOf(parts[2]); !found {
			return bound{}, fmt.Errorf("no measure %q; there are %s", parts[2], measureNames())
		}
	}
	if !b.row.has(b.measure) {
		return bound{}, fmt.Errorf("%s is not measured of %s", b.measure.name, b.row.name())
	}
	isPeer := func(r row) bool { return r.workload == b.row.workload && r.system == b.peer }
	if b.peer != "" && !slices.ContainsFunc(rows, isPeer) {
		return bound{}, fmt.Errorf("no %q to compare %s with", b.peer, b.row.name())
	}
	b.limit, err = strconv.ParseFloat(parts[5], 64)
	return b, err
}

func checkNames() string {
	names := []string{"all"}
	for _, c := range checks {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

// parseChecks reads a list of names of checks and of bounds, separated by commas.
func parseChecks(list string) ([]bound, error) {
	var bounds []bound
	for _, item := range strings.Split(list, ",") {
		for _, text := range boundsOf(item) {
			b, err := parseBound(text)
			if err != nil {
				return nil, err
			}
			bounds = append(bounds, b)
		}
	}
	return bounds, nil
}

// boundsOf returns the bounds of a check, or of all, and takes anything else for a bound.
func boundsOf(item string) []string {
	var texts []string
	for _, c := range checks {
		if item == c.name || item == "all" {
			texts = append(texts, c.bounds...)
		}
	}
	if texts == nil {
		return []string{item}
	}
	return texts
}

// measuredBounds are those of all checks whose rows were measured.
func measuredBounds(tables []*table) []bound {
	var measured []bound
	for _, text := range boundsOf("all") {
		if b, err := parseBound(text); err == nil && b.measured(tables) {
			measured = append(measured, b)
		}
	}
	return measured
}

// measured reports whether all that the bound is about was measured.
func (b bound) measured(tables []*table) bool {
	return len(b.values(tables)) > 0 && (b.or == nil || b.or.measured(tables))
}

// concerns reports whether the bound needs a row.
func (b bound) concerns(r row) bool {
	return r.workload == b.row.workload && (r.system == b.row.system || r.system == b.peer) || b.or != nil && b.or.concerns(r)
}

// judge prints how the bounds came out and reports whether all hold. What was not measured does not.
func judge(bounds []bound, tables []*table, out io.Writer) bool {
	passed := true
	for _, b := range bounds {
		fmt.Fprint(out, "check ")
		holds := b.judge(tables, out)
		fmt.Fprintf(out, " %s\n", figures.Verdict(holds))
		passed = passed && holds
	}
	return passed
}

// judge prints how the bound came out, without a verdict, and reports whether it holds.
func (b bound) judge(tables []*table, out io.Writer) bool {
	holds := false
	if values := b.values(tables); len(values) > 0 {
		figure := b.measure.summary(values)
		fmt.Fprintf(out, "%s: %.3f (%.3f to %.3f)", b.text, figure, slices.Min(values), slices.Max(values))
		holds = figure >= b.limit
		if b.atMost {
			holds = figure <= b.limit
		}
	} else {
		fmt.Fprintf(out, "%s: not measured", b.text)
	}
	if b.or != nil {
		fmt.Fprint(out, " or ")
		holds = b.or.judge(tables, out) || holds
	}
	return holds
}

// values are what the bound is about, of each round; none if that was not measured.
func (b bound) values(tables []*table) []float64 {
	for _, t := range tables {
		if t.workload.name == b.row.workload && t.callers == checkedCallers {
			return t.values(b.row.system, b.peer, b.measure)
		}
	}
	return nil
}
