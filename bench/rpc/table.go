package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/tagwire/tagwire/bench/figures"
)

// A table holds what was measured of a workload with a number of callers.
type table struct {
	workload workload
	callers  int
	rate     float64            // of an open loop; 0 for a closed one
	rows     []row              // in the order of the lines
	rounds   map[string][]round // by system, in the order in which they were measured
}

// measure takes the rounds of all rows.
func (t *table) measure(count int, l load, stderr io.Writer) error {
	together := max(1, len(t.rows))
	if apart := t.workload.apart; apart > 0 && t.callers >= apart {
		together = 1
	}
	t.rounds = map[string][]round{}
	for rows := range slices.Chunk(t.rows, together) {
		if err := t.measureTogether(rows, count, l, stderr); err != nil {
			return err
		}
	}
	return nil
}

// measureTogether takes the rounds of rows in turn.
func (t *table) measureTogether(rows []row, count int, l load, stderr io.Writer) error {
	pairs, err := startPairs(rows, t.callers, stderr)
	defer stopPairs(pairs)
	if err != nil {
		return err
	}
	rounds, err := measurePairs(pairs, count, l)
	maps.Copy(t.rounds, rounds)
	return err
}

// values returns a figure of each round of a system, or its ratios to those of a peer in the same rounds; none if they were not
// measured.
func (t *table) values(system, peer string, m measure) []float64 {
	var values []float64
	for i, r := range t.rounds[system] {
		value := m.of(r)
		if peer != "" {
			if i >= len(t.rounds[peer]) {
				return nil
			}
			value /= m.of(t.rounds[peer][i])
		}
		values = append(values, value)
	}
	return values
}

// columns are those behind the calls and their ratios.
var columns = []struct{ title, measure, format string }{
	{"p50 us", "p50", "%.0f"},
	{"p99 us", "p99", "%.0f"},
	{"p99.9 us", "p99.9", "%.0f"},
	{"server us", "server-us", "%.2f"},
	{"caller us", "caller-us", "%.2f"},
	{"server allocs", "server-allocs", "%.1f"},
	{"caller allocs", "caller-allocs", "%.1f"},
	{"codec %", "codec", "%.1f"},
}

// print prints a line for each row.
func (t *table) print(out io.Writer) {
	fmt.Fprintf(out, "%s, %d callers", t.workload.title, t.callers)
	if t.rate > 0 {
		fmt.Fprintf(out, ", %g calls due per second", t.rate)
	}
	fmt.Fprintln(out)
	titles := []any{"row", "calls/s", "spread", "/ceiling", "/grpc", "/apache"}
	for _, c := range columns {
		titles = append(titles, c.title)
	}
	printLine(out, titles)
	for _, r := range t.rows {
		calls := t.values(r.system, "", callsPerSecond)
		line := []any{r.name(), fmt.Sprintf("%.0f", figures.Median(calls)), fmt.Sprintf("%.0f%%", 100*figures.Spread(calls))}
		for _, peer := range r.peers() {
			line = append(line, t.ratio(r, peer))
		}
		for _, c := range columns {
			line = append(line, t.figure(r, c.measure, c.format))
		}
		printLine(out, line)
	}
	fmt.Fprintln(out)
}

func printLine(out io.Writer, texts []any) {
	fmt.Fprintf(out, "%-18s %9s %7s %9s %7s %8s %8s %8s %9s %10s %10s %14s %14s %8s\n", texts...)
}

// ratio formats how many times as many calls a row makes as a peer.
func (t *table) ratio(r row, peer string) string {
	ratios := t.values(r.system, peer, callsPerSecond)
	if peer == "" || t.rate > 0 || len(ratios) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", figures.Median(ratios))
}

// figure formats what the rounds of a row give for a measure.
func (t *table) figure(r row, name, format string) string {
	m, _ := measureOf(name)
	if !r.has(m) {
		return "-"
	}
	return fmt.Sprintf(format, m.summary(t.values(r.system, "", m)))
}
