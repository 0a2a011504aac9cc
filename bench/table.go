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

// ratios collects the ratios of the cases that filter lets pass, in the order of the table. With families, those of a family make
// one: their geometric mean.
func (r results) ratios(f *format, d direction, engineName, peer string, families bool, filter func(definition) bool) (names []string, values []float64) {
	var family []float64 // the ratios that the last value is the mean of
	for _, definition := range f.definitions() {
		if !filter(definition) {
			continue
		}
		value, ok := r.ratio(definition.name, d, engineName, peer)
		if !ok {
			continue
		}
		name := definition.name
		if families {
			name = definition.counted()
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names, values, family = append(names, name), append(values, 0), nil
		}
		family = append(family, value)
		values[len(values)-1] = figures.GeometricMean(family)
	}
	return names, values
}

const (
	rowFormat  = "%-16s %-16s %-16s %11s %9s %10s %11s %7s %8s"
	peerFormat = " %*s"
)

// peerColumn is the head of the column with the ratios to a peer.
func peerColumn(peer string) string { return "/" + peer }

func printHeader(out io.Writer, f *format) {
	fmt.Fprintf(out, rowFormat, "case", "direction", "engine", "ns/op", "MB/s", "allocs/op", "B/op", "spread", "ns/elem")
	for _, peer := range f.peers {
		fmt.Fprintf(out, peerFormat, max(9, len(peerColumn(peer))), peerColumn(peer))
	}
	fmt.Fprintln(out)
}

// printCase prints the rows of a case.
func (r results) printCase(out io.Writer, f *format, d definition, size int, rows []*row) {
	fmt.Fprintf(out, "%s, %d bytes\n", d.name, size)
	for _, row := range rows {
		perElement := "-"
		if d.elements > 0 {
			perElement = fmt.Sprintf("%.2f", row.nanoseconds()/float64(d.elements))
		}
		fmt.Fprintf(out, rowFormat,
			d.name, row.direction, row.engine,
			fmt.Sprintf("%.1f", row.nanoseconds()),
			fmt.Sprintf("%.0f", float64(row.size)/row.nanoseconds()*1e3),
			fmt.Sprintf("%.0f", row.allocs),
			fmt.Sprintf("%.0f", row.bytes),
			fmt.Sprintf("%.0f%%", 100*row.spread()),
			perElement,
		)
		for _, peer := range f.peers {
			text := "n/a"
			if ratio, ok := r.ratio(d.name, row.direction, row.engine, peer); ok {
				text = fmt.Sprintf("%.2f", ratio)
			}
			if peer == row.engine {
				text = "-"
			}
			fmt.Fprintf(out, peerFormat, max(9, len(peerColumn(peer))), text)
		}
		fmt.Fprintln(out)
	}
}

// printAbsences says which engines had no part in which cases, and why.
func (s *session) printAbsences(out io.Writer) {
	for _, reason := range slices.Sorted(maps.Keys(s.absences)) {
		fmt.Fprintf(out, "\nno rows of %s (%s)\n", reason, strings.Join(s.absences[reason], ", "))
	}
}

// printMeans prints the geometric means over the cases measured of each group.
func (r results) printMeans(out io.Writer, f *format) {
	for _, g := range groups {
		title := fmt.Sprintf("\ngeometric means over the %s cases: how many times faster than\n", g)
		for _, d := range directions {
			for _, engineName := range f.engineNames() {
				var text strings.Builder
				for _, peer := range f.peers {
					names, values := r.ratios(f, d, engineName, peer, true, func(d definition) bool { return d.group == g })
					if len(values) > 0 && peer != engineName {
						fmt.Fprintf(&text, "  %s %.2f (%d cases)", peer, figures.GeometricMean(values), len(names))
					}
				}
				if text.Len() > 0 {
					fmt.Fprintf(out, "%s  %-16s %-16s%s\n", title, d, engineName, text.String())
					title = ""
				}
			}
		}
	}
}
