package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/bench/figures"
)

// A check is a demand on the geometric mean of a ratio.
type check struct {
	text      string
	engine    string // empty: the best tier of ours that has rows
	direction direction
	peer      string
	least     float64
	cases     *regexp.Regexp // nil: all
}

// parseCheck reads [engine:]direction/peer>=ratio[@regexp]. The short engine name reflect stands for tagwire-reflect.
func parseCheck(text string) (check, error) {
	demand, err := figures.ParseDemand(text)
	if err != nil {
		return check{}, fmt.Errorf("%w, such as encode/fastcodec>=1.5", err)
	}
	result := check{text, demand.Engine, direction(demand.Direction), demand.Peer, demand.Least, demand.Cases}
	if result.engine == "reflect" {
		result.engine = ownReflect
	}
	if result.engine != "" && !slices.Contains(engineNames(), result.engine) {
		return check{}, fmt.Errorf("no engine %q; there are %s", result.engine, strings.Join(engineNames(), ", "))
	}
	if !slices.Contains(directions, result.direction) {
		return check{}, fmt.Errorf("no direction %q; there are %v", result.direction, directions)
	}
	if !slices.Contains(engineNames(), result.peer) {
		return check{}, fmt.Errorf("no peer %q; there are %s", result.peer, strings.Join(engineNames(), ", "))
	}
	return result, nil
}

// The control: fastcodec is the bar that all is judged by, so it must itself stand as high as the code of a generator does.
// These are the least ratios to Apache.
var controls = []struct {
	caseName  string
	direction direction
	least     float64
}{
	{"small", encode, 5}, {"medium", encode, 2.4}, {"large", encode, 2.2},
	{"small", decode, 1.7}, {"medium", decode, 1.3}, {"large", decode, 1.3},
}

// isControl tells whether the control needs a measurement.
func isControl(caseName, engineName string, d direction) bool {
	if engineName != peerApache && engineName != peerFastCodec {
		return false
	}
	for _, control := range controls {
		if control.caseName == caseName && control.direction == d {
			return true
		}
	}
	return false
}

// judge prints how the checks came out, with the control before them, and tells whether all hold. Without checks the
// control is printed as far as it was measured, and decides nothing.
func (r results) judge(checks []check, out io.Writer) bool {
	passed := true
	for _, control := range controls {
		ratio, measured := r.ratio(control.caseName, control.direction, peerFastCodec, peerApache)
		if !measured && len(checks) == 0 {
			continue
		}
		holds := measured && ratio >= control.least
		fmt.Fprintf(out, "control %s/%s fastcodec/apache>=%.1f: %.2f %s\n", control.caseName, control.direction, control.least,
			ratio, figures.Verdict(holds))
		passed = passed && holds
	}
	for _, c := range checks {
		passed = r.judgeCheck(c, out) && passed
	}
	return passed || len(checks) == 0
}

func (r results) judgeCheck(c check, out io.Writer) bool {
	engineName := c.engine
	if engineName == "" {
		engineName = r.bestOwn()
	}
	names, values := r.ratios(c.direction, engineName, c.peer, func(caseName string) bool {
		return c.cases == nil || c.cases.MatchString(caseName)
	})
	if len(values) == 0 {
		fmt.Fprintf(out, "check %s: no case has both %s and %s FAIL\n", c.text, engineName, c.peer)
		return false
	}
	fmt.Fprintf(out, "check %s: %s,", c.text, engineName)
	for i, name := range names {
		fmt.Fprintf(out, " %s %.2f", name, values[i])
	}
	mean := figures.GeometricMean(values)
	holds := mean >= c.least
	fmt.Fprintf(out, "; geometric mean %.3f %s\n", mean, figures.Verdict(holds))
	return holds
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
