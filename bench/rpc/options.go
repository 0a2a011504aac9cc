package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options are the arguments of the command.
type options struct {
	count   int
	quick   bool
	bounds  []bound // nil: none are demanded
	rate    float64
	callers []int // nil: those of the workloads
	rows    *regexp.Regexp

	// What the command starts itself as.
	serve, call, address string
}

// parseOptions prints what is wrong with them.
func parseOptions(arguments []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("rpc", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.count, "count", 5, "number of `rounds`; the figures are the medians over them")
	flags.BoolVar(&o.quick, "quick", false, "measure what the checks are about, for a shorter time: a whole run stays under 90 s")
	flags.Float64Var(&o.rate, "rate", 0, "measure latency in an open loop: the `calls` that are due in each second, answered or not")
	flags.StringVar(&o.serve, "serve", "", "be the server of a `row`: what the command starts itself as")
	flags.StringVar(&o.call, "call", "", "be the callers of a `row`, whose address is the argument: what the command starts itself as")
	flags.Func("check", "fail unless the checks of a `list` hold: "+checkNames()+", or ROW[.MEASURE][/PEER]>=LIMIT, or <=, and | between bounds of which one must hold; repeatable",
		func(text string) error {
			bounds, err := parseChecks(text)
			o.bounds = append(o.bounds, bounds...)
			return err
		})
	flags.Func("run", "measure only the rows whose names match the `regexp`", func(text string) (err error) {
		o.rows, err = regexp.Compile(text)
		return err
	})
	flags.Func("callers", "measure with these `numbers` of callers, separated by commas", func(text string) error {
		for _, item := range strings.Split(text, ",") {
			n, err := strconv.Atoi(item)
			if err != nil || n < 1 || n > mostCallers {
				return fmt.Errorf("want numbers of 1 to %d", mostCallers)
			}
			o.callers = append(o.callers, n)
		}
		return nil
	})
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	if err := o.validate(flags.Args()); err != nil {
		fmt.Fprintln(stderr, "rpc:", err)
		return nil, err
	}
	return o, nil
}

// mostCallers is what the usual limits of connections and calls allow.
const mostCallers = 1000

// validate also takes the arguments that are no flags.
func (o *options) validate(rest []string) error {
	switch {
	case o.call != "":
		if len(rest) != 1 || len(o.callers) != 1 {
			return errors.New("-call needs an address and -callers with one number")
		}
		o.address = rest[0]
	case len(rest) > 0:
		return fmt.Errorf("what is %q? Names of checks belong to -check, separated by commas", strings.Join(rest, " "))
	case o.count < 1:
		return errors.New("-count must be positive")
	case o.rate != 0 && !(o.rate >= leastRate && o.rate <= mostRate): // also if it is no number
		return fmt.Errorf("-rate must be from %g to %g", leastRate, mostRate)
	case o.bounds != nil && (o.rate > 0 || o.callers != nil || o.rows != nil):
		return fmt.Errorf("-check says what is measured: a closed loop of %d callers, without -rate, -callers and -run", checkedCallers)
	}
	return nil
}

const (
	leastRate = 100.0 // so that some calls are due in the shortest round
	mostRate  = 1e7   // more than any system can do
)

// roundTime is how long each row is measured in each round.
func (o *options) roundTime() time.Duration {
	if o.quick {
		return 300 * time.Millisecond
	}
	return time.Second
}

// plan returns the tables to be measured.
func plan(o *options) []*table {
	var tables []*table
	for _, w := range workloads {
		if o.quick && !w.quick && o.bounds == nil && o.rows == nil {
			continue
		}
		selected := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.workload != w.name || !o.selects(r) })
		counts := w.callers
		if o.callers != nil {
			counts = o.callers
		} else if o.quick || o.bounds != nil || o.rate > 0 {
			counts = []int{checkedCallers}
		}
		for _, count := range counts {
			if len(selected) > 0 {
				tables = append(tables, &table{workload: w, callers: count, rate: o.rate, rows: selected})
			}
		}
	}
	return tables
}

// selects reports whether a row is measured.
func (o *options) selects(r row) bool {
	switch {
	case o.bounds != nil:
		return slices.ContainsFunc(o.bounds, func(b bound) bool { return b.concerns(r) })
	case o.rows != nil && !o.rows.MatchString(r.name()), o.rate > 0 && r.system == "ceiling":
		return false
	}
	return !o.quick || !r.slow || o.rows != nil
}
