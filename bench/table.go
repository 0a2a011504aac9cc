package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/bench/figures"
)

// results holds the nanoseconds of an operation, by round.
type results map[resultKey][]float64

type resultKey struct {
	caseName  string
	direction direction
	engine    string
}

// ratio tells how many times faster an engine is than a peer in a case; false if one of them has no part in it. It is the
// median of the ratios within each round: a machine that slows down for seconds slows both.
func (r results) ratio(caseName string, d direction, engineName, peer string) (float64, bool) {
	own := r[resultKey{caseName, d, engineName}]
	other := r[resultKey{caseName, d, peer}]
	if other == nil {
		other = r[resultKey{caseName, d.base(), peer}]
	}
	if own == nil || other == nil {
		return 0, false
	}
	return figures.Ratio(other, own), true
}

// ratios collects the ratios of the cases that filter lets pass, in the order of the table.
func (r results) ratios(d direction, engineName, peer string, filter func(caseName string) bool) (names []string, values []float64) {
	for _, definition := range definitions {
		if !filter(definition.name) {
			continue
		}
		if value, ok := r.ratio(definition.name, d, engineName, peer); ok {
			names, values = append(names, definition.name), append(values, value)
		}
	}
	return names, values
}

func engineNames() []string { return slices.Concat(ownNames, peerNames, []string{byHand}) }

const rowFormat = "%-12s %-16s %-16s %11s %9s %10s %11s %7s %9s %10s %10s\n"

func printHeader(out io.Writer) {
	fmt.Fprintf(out, rowFormat, "case", "direction", "engine", "ns/op", "MB/s", "allocs/op", "B/op", "spread",
		"/apache", "/fastcodec", "/segmentio")
}

// printCase prints the rows of a case.
func (r results) printCase(out io.Writer, b *benchmark, rows []*row) {
	fmt.Fprintf(out, "%s, %d bytes\n", b.name, b.size)
	for _, row := range rows {
		columns := []any{
			b.name, row.direction, row.engine,
			fmt.Sprintf("%.1f", row.nanoseconds()),
			fmt.Sprintf("%.0f", float64(b.size)/row.nanoseconds()*1e3),
			fmt.Sprintf("%.0f", row.allocs),
			fmt.Sprintf("%.0f", row.bytes),
			fmt.Sprintf("%.0f%%", 100*row.spread()),
		}
		for _, peer := range peerNames {
			text := "n/a"
			if ratio, ok := r.ratio(b.name, row.direction, row.engine, peer); ok {
				text = fmt.Sprintf("%.2f", ratio)
			}
			if peer == row.engine {
				text = "-"
			}
			columns = append(columns, text)
		}
		fmt.Fprintf(out, rowFormat, columns...)
	}
}

// printAbsences says which engines had no part in which cases, and why.
func (s *session) printAbsences(out io.Writer) {
	for _, reason := range slices.Sorted(maps.Keys(s.absences)) {
		fmt.Fprintf(out, "\nno rows of %s (%s)\n", reason, strings.Join(s.absences[reason], ", "))
	}
}

// printMeans prints the geometric means over all cases measured.
func (r results) printMeans(out io.Writer) {
	fmt.Fprintf(out, "\ngeometric means: how many times faster than\n")
	for _, d := range directions {
		for _, engineName := range engineNames() {
			var text strings.Builder
			for _, peer := range peerNames {
				names, values := r.ratios(d, engineName, peer, func(string) bool { return true })
				if len(values) > 0 && peer != engineName {
					fmt.Fprintf(&text, "  %s %.2f (%d cases)", peer, figures.GeometricMean(values), len(names))
				}
			}
			if text.Len() > 0 {
				fmt.Fprintf(out, "  %-16s %-16s%s\n", d, engineName, text.String())
			}
		}
	}
}
