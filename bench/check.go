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

// A check is a demand on the geometric mean of a ratio or on that of each case, or on the time that an element of a list takes.
type check struct {
	text      string
	engine    string // empty: the best tier of ours that has rows
	direction direction
	peer      string // empty: the time of an element is judged
	least     float64
	each      bool           // not the mean is judged, but each case, where a family is one
	alone     bool           // not the mean is judged, but each case, those of families too
	most      float64        // nanoseconds of an element
	cases     *regexp.Regexp // by the names of cases, families and groups; nil: the basic cases
}

// elementSyntax is that of a demand on the time of an element.
var elementSyntax = regexp.MustCompile(`^(?:([a-z-]+):)?([a-z-]+)/element<=([0-9.]+)(?:@(.+))?$`)

// modeSyntax is that of a demand on the ratio of each case instead of their mean.
var modeSyntax = regexp.MustCompile(`^([^>]*):(each|case)(>=.*)$`)

func (f *format) parseChecks(texts []string) ([]check, error) {
	var checks []check
	for _, text := range texts {
		parsed, err := f.parseCheck(text)
		if err != nil {
			return nil, err
		}
		checks = append(checks, parsed)
	}
	return checks, nil
}

// parseCheck reads [engine:]direction/peer[:each|:case]>=ratio[@regexp] or [engine:]direction/element<=nanoseconds[@regexp]. The short
// engine name reflect stands for tagwire-reflect.
func (f *format) parseCheck(text string) (check, error) {
	result, err := parseElementCheck(text)
	if err != nil {
		return check{}, err
	}
	if result.text == "" {
		plain, mode := text, ""
		if parts := modeSyntax.FindStringSubmatch(text); parts != nil {
			plain, mode = parts[1]+parts[3], parts[2]
		}
		demand, err := figures.ParseDemand(plain)
		if err != nil {
			return check{}, fmt.Errorf("%w, such as encode/fastcodec>=1.5, or [engine:]direction/element<=nanoseconds[@regexp]", err)
		}
		result = check{text: text, engine: demand.Engine, direction: direction(demand.Direction), peer: demand.Peer,
			least: demand.Least, each: mode == "each", alone: mode == "case", cases: demand.Cases}
		if !slices.Contains(f.engineNames(), result.peer) {
			return check{}, fmt.Errorf("no peer %q in format %s; there are %s", result.peer, f.name, strings.Join(f.engineNames(), ", "))
		}
	}
	if result.engine == "reflect" {
		result.engine = ownReflect
	}
	if result.engine != "" && !slices.Contains(f.engineNames(), result.engine) {
		return check{}, fmt.Errorf("no engine %q in format %s; there are %s", result.engine, f.name, strings.Join(f.engineNames(), ", "))
	}
	if !slices.Contains(directions, result.direction) {
		return check{}, fmt.Errorf("no direction %q; there are %v", result.direction, directions)
	}
	return result, nil
}

// parseElementCheck reads a demand on the time of an element; a check without a text if it is none.
func parseElementCheck(text string) (check, error) {
	parts := elementSyntax.FindStringSubmatch(text)
	if parts == nil {
		return check{}, nil
	}
	result := check{text: text, engine: parts[1], direction: direction(parts[2])}
	var err error
	if result.most, err = strconv.ParseFloat(parts[3], 64); err != nil {
		return check{}, err
	}
	if parts[4] != "" {
		result.cases, err = regexp.Compile(parts[4])
	}
	return result, err
}

// judge prints how the checks came out, with the control before them, and reports whether all hold. Without checks the
// control is printed as far as it was measured, and decides nothing.
func (r results) judge(f *format, checks []check, out io.Writer) bool {
	passed := true
	for _, c := range f.controls {
		ratio, measured := r.ratio(c.caseName, c.direction, c.engine, c.peer)
		if !measured && len(checks) == 0 {
			continue
		}
		holds := measured && ratio >= c.least
		fmt.Fprintf(out, "control %s/%s %s/%s>=%.1f: %.2f %s\n", c.caseName, c.direction, c.engine, c.peer, c.least,
			ratio, figures.Verdict(holds))
		passed = passed && holds
	}
	for _, c := range checks {
		engineName := c.engine
		if engineName == "" {
			engineName = r.bestOwn()
		}
		if c.peer == "" {
			passed = r.judgeElements(f, c, engineName, out) && passed
		} else {
			passed = r.judgeRatios(f, c, engineName, out) && passed
		}
	}
	return passed || len(checks) == 0
}

// matches reports whether a check is about a case.
func (c check) matches(d definition) bool {
	if c.cases == nil {
		return d.group == basic
	}
	return slices.ContainsFunc(d.names(), c.cases.MatchString)
}

func (r results) judgeRatios(f *format, c check, engineName string, out io.Writer) bool {
	names, values := r.ratios(f, c.direction, engineName, c.peer, !c.alone, c.matches)
	if len(values) == 0 {
		fmt.Fprintf(out, "check %s: no case has both %s and %s FAIL\n", c.text, engineName, c.peer)
		return false
	}
	printValues(out, c, engineName, names, values)
	name, judged := "geometric mean", figures.GeometricMean(values)
	if c.each || c.alone {
		name, judged = "least", slices.Min(values)
	}
	holds := judged >= c.least
	fmt.Fprintf(out, "; %s %.3f %s\n", name, judged, figures.Verdict(holds))
	return holds
}

// judgeElements holds each case to the time of an element. A regexp selects by the names of cases alone: maps count by size.
func (r results) judgeElements(f *format, c check, engineName string, out io.Writer) bool {
	var names []string
	var values []float64
	for _, definition := range f.definitions() {
		rounds := r[resultKey{definition.name, c.direction, engineName}]
		if definition.elements > 0 && rounds != nil && (c.cases == nil && definition.group == basic || c.cases != nil && c.cases.MatchString(definition.name)) {
			names, values = append(names, definition.name), append(values, figures.Median(rounds)/float64(definition.elements))
		}
	}
	if len(values) == 0 {
		fmt.Fprintf(out, "check %s: no case of numbers has %s FAIL\n", c.text, engineName)
		return false
	}
	printValues(out, c, engineName, names, values)
	holds := slices.Max(values) <= c.most
	fmt.Fprintf(out, " ns %s\n", figures.Verdict(holds))
	return holds
}

func printValues(out io.Writer, c check, engineName string, names []string, values []float64) {
	fmt.Fprintf(out, "check %s: %s,", c.text, engineName)
	for i, name := range names {
		fmt.Fprintf(out, " %s %.2f", name, values[i])
	}
}

// bestOwn is the best tier of ours that was measured.
func (r results) bestOwn() string {
	for _, name := range ownNames {
		for key := range r {
			if key.engine == name {
				return name
			}
		}
	}
	return ownNames[0]
}
