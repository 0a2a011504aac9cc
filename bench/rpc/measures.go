package main

import (
	"math"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/bench/figures"
)

// A measure is a figure of a row, for columns and checks.
type measure struct {
	name string
	of   func(round) float64
	// least: the smallest of all rounds counts instead of the median, to a tenth, since what else goes on in a process only adds to it.
	least bool
}

// callsPerSecond is what a check is about that names no measure.
var callsPerSecond = measure{name: "calls", of: func(r round) float64 { return r.perSecond }}

// codecShare is in percent.
var codecShare = measure{name: "codec", of: func(r round) float64 { return 100 * r.codec }}

var measures = []measure{
	callsPerSecond,
	{name: "p50", of: func(r round) float64 { return r.p50 }},
	{name: "p99", of: func(r round) float64 { return r.p99 }},
	{name: "p99.9", of: func(r round) float64 { return r.p999 }},
	{name: "server-us", of: func(r round) float64 { return r.server.microseconds }},
	{name: "caller-us", of: func(r round) float64 { return r.callers.microseconds }},
	{name: "server-allocs", of: func(r round) float64 { return r.server.allocs }, least: true},
	{name: "caller-allocs", of: func(r round) float64 { return r.callers.allocs }, least: true},
	codecShare,
}

func measureOf(name string) (m measure, found bool) {
	i := slices.IndexFunc(measures, func(m measure) bool { return m.name == name })
	if i < 0 {
		return measure{}, false
	}
	return measures[i], true
}

func measureNames() string {
	var names []string
	for _, m := range measures {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ")
}

// summary is what the rounds give for the measure.
func (m measure) summary(values []float64) float64 {
	if m.least {
		return math.Round(10*slices.Min(values)) / 10
	}
	return figures.Median(values)
}
