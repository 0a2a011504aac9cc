package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/bench/figures"
)

// A table holds the rounds of each system, in the order in which they were measured.
type table struct {
	rounds map[string][]round
}

// of returns a figure of each round of a system.
func (t *table) of(name string, figure func(round) float64) []float64 {
	var values []float64
	for _, r := range t.rounds[name] {
		values = append(values, figure(r))
	}
	return values
}

func (t *table) perSecond(name string) []float64 {
	return t.of(name, func(r round) float64 { return r.perSecond })
}

// ratio tells how many times as many calls a system makes as a peer.
func (t *table) ratio(name, peer string) (float64, bool) {
	own, other := t.perSecond(name), t.perSecond(peer)
	if len(own) == 0 || len(own) != len(other) {
		return 0, false
	}
	return figures.Ratio(own, other), true
}

const rowFormat = "%-18s %9s %9s %7s %9s %8s %8s %14s %14s %10s\n"

func (t *table) print(out io.Writer) {
	fmt.Fprintf(out, "echo of %d bytes, and of %d in a complex struct, %d callers\n", messageSize, len(complexBytes), callerCount)
	fmt.Fprintf(out, rowFormat, "system", "calls/s", "us/call", "spread", "/ceiling", "/grpc", "/apache", "caller allocs", "server allocs", "server us")
	for _, s := range systems {
		calls := t.perSecond(s.name)
		columns := []any{
			s.name,
			fmt.Sprintf("%.0f", figures.Median(calls)),
			fmt.Sprintf("%.2f", 1e6/figures.Median(calls)),
			fmt.Sprintf("%.0f%%", 100*figures.Spread(calls)),
		}
		for _, peer := range s.peers() {
			text := "-"
			if ratio, ok := t.ratio(s.name, peer); ok && peer != s.name {
				text = fmt.Sprintf("%.2f", ratio)
			}
			columns = append(columns, text)
		}
		for _, figure := range []func(round) float64{
			func(r round) float64 { return r.callerAllocs },
			func(r round) float64 { return r.serverAllocs },
		} {
			columns = append(columns, fmt.Sprintf("%.1f", figures.Median(t.of(s.name, figure))))
		}
		busy := func(r round) float64 { return r.serverMicroseconds }
		columns = append(columns, fmt.Sprintf("%.2f", figures.Median(t.of(s.name, busy))))
		fmt.Fprintf(out, rowFormat, columns...)
	}
}

// peers are what a system is compared with: the ceiling, and what makes the same calls otherwise, if anything does.
func (s system) peers() []string {
	switch {
	case s.ceiling != "":
		return []string{s.ceiling, "", ""}
	case s.name == complexCeiling:
		return []string{"", "", ""}
	}
	return []string{ceiling, "grpc", "apache"}
}

// parseCheck reads [system:]call/peer>=ratio.
func parseCheck(text string) (figures.Demand, error) {
	demand, err := figures.ParseDemand(text)
	if err != nil {
		return demand, fmt.Errorf("%w, such as call/ceiling>=0.5", err)
	}
	if demand.Direction != "call" || demand.Cases != nil {
		return demand, fmt.Errorf("only calls are measured, and no cases: want [system:]call/peer>=ratio")
	}
	var names []string
	for _, s := range systems {
		names = append(names, s.name)
	}
	for _, name := range []string{demand.Engine, demand.Peer} {
		if name != "" && !slices.Contains(names, name) {
			return demand, fmt.Errorf("no system %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	return demand, nil
}

// judge prints how the checks came out and reports whether all hold. Without a system the fastest of ours is judged.
func (t *table) judge(checks []figures.Demand, out io.Writer) bool {
	passed := true
	for _, check := range checks {
		name := check.Engine
		if name == "" {
			name = t.bestOwn()
		}
		ratio, measured := t.ratio(name, check.Peer)
		holds := measured && ratio >= check.Least
		fmt.Fprintf(out, "check %s: %s %.3f %s\n", check.Text, name, ratio, figures.Verdict(holds))
		passed = passed && holds
	}
	return passed
}

// bestOwn is the fastest system of ours.
func (t *table) bestOwn() string {
	best, most := "", 0.0
	for _, s := range systems {
		if calls := t.perSecond(s.name); s.own && len(calls) > 0 && figures.Median(calls) > most {
			best, most = s.name, figures.Median(calls)
		}
	}
	return best
}
