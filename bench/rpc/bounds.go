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
}

// A bound is what must hold of a figure, or of its ratio to that of a peer.
type bound struct {
	text    string
	row     row
	measure measure
	peer    string // a system of the same workload, or none
	atMost  bool   // or at least
	limit   float64
}

// boundSyntax splits ROW[.MEASURE][/PEER]>=LIMIT, or <=.
var boundSyntax = regexp.MustCompile(`^([a-z0-9-]+)(?:\.([a-z0-9.-]+))?(?:/([a-z-]+))?([<>]=)([0-9.]+)$`)

func parseBound(text string) (bound, error) {
	parts := boundSyntax.FindStringSubmatch(text)
	if parts == nil {
		return bound{}, fmt.Errorf("%q is no check; want a name of %s, or ROW[.MEASURE][/PEER]>=LIMIT, or <=", text, checkNames())
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
		if b, err := parseBound(text); err == nil && len(b.values(tables)) > 0 {
			measured = append(measured, b)
		}
	}
	return measured
}

// concerns reports whether the bound needs a row.
func (b bound) concerns(r row) bool {
	return r.workload == b.row.workload && (r.system == b.row.system || r.system == b.peer)
}

// judge prints how the bounds came out and reports whether all hold. What was not measured does not.
func judge(bounds []bound, tables []*table, out io.Writer) bool {
	passed := true
	for _, b := range bounds {
		values := b.values(tables)
		if len(values) == 0 {
			fmt.Fprintf(out, "check %s: not measured %s\n", b.text, figures.Verdict(false))
			passed = false
			continue
		}
		figure := b.measure.summary(values)
		holds := figure >= b.limit
		if b.atMost {
			holds = figure <= b.limit
		}
		fmt.Fprintf(out, "check %s: %.3f (%.3f to %.3f) %s\n", b.text, figure, slices.Min(values), slices.Max(values), figures.Verdict(holds))
		passed = passed && holds
	}
	return passed
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
