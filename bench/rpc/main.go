// Command rpc compares Tagwire's RPC runtime with others, and with the least that a call can cost. See ../README.md.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
)

//go:generate idl/generate.sh

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command: 0 if all is well, 1 if a call fails or a check falls short, 2 if the arguments are wrong.
func run(arguments []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(arguments, stderr)
	if err != nil {
		return 2
	}
	switch {
	case o.serve != "":
		err = serveChild(o.serve, os.Stdin, stdout)
	case o.call != "":
		err = callChild(o.call, o.callers[0], o.address, os.Stdin, stdout)
	default:
		var holds bool
		if holds, err = compare(o, stdout, stderr); err == nil && !holds {
			return 1
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "rpc:", err)
		return 1
	}
	return 0
}

// compare measures, prints the tables and reports whether the checks hold.
func compare(o *options, stdout, stderr io.Writer) (bool, error) {
	tables := plan(o)
	if len(tables) == 0 {
		return false, errors.New("no row is selected")
	}
	started := time.Now()
	l := load{Duration: o.roundTime(), Rate: o.rate}
	for _, t := range tables {
		if err := t.measure(o.count, l, stderr); err != nil {
			return false, err
		}
		t.print(stdout)
	}
	fmt.Fprintf(stdout, "%d rounds of %v, %.0f s, %s %s/%s, %d processors; server on processor %d, callers on %d\n", o.count,
		l.Duration, time.Since(started).Seconds(), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		serverProcessor(), callerProcessor())
	if o.bounds != nil {
		return judge(o.bounds, tables, stdout), nil
	}
	if o.rate == 0 {
		judge(measuredBounds(tables), tables, stdout) // for information
	}
	return true, nil
}
