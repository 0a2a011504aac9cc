// Command rpc compares Tagwire's RPC runtime with others, and with the least that a call can cost. See ../README.md.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/tagwire/tagwire/bench/figures"
)

//go:generate idl/generate.sh

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command: 0 if all is well, 1 if a call fails or a check falls short, 2 if the arguments are wrong.
func run(arguments []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("rpc", flag.ContinueOnError)
	flags.SetOutput(stderr)
	count := flags.Int("count", 5, "number of `rounds`; the figures are the medians over them")
	quick := flags.Bool("quick", false, "measure for a shorter time: a whole run stays under 30 s")
	serve := flags.String("serve", "", "be the server of a `system`: what the command starts itself as")
	call := flags.String("call", "", "be the callers of a `system`, whose address is the argument: what the command starts itself as")
	var checks []figures.Demand
	flags.Func("check", "fail unless `[system:]call/peer>=ratio` holds; repeatable", func(text string) error {
		check, err := parseCheck(text)
		checks = append(checks, check)
		return err
	})
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	var err error
	switch {
	case *serve != "":
		err = serveChild(*serve, os.Stdin, stdout)
	case *call != "" && flags.NArg() == 1:
		err = callChild(*call, flags.Arg(0), os.Stdin, stdout)
	case *count < 1 || flags.NArg() > 0:
		fmt.Fprintln(stderr, "rpc: need a positive -count and no other arguments")
		return 2
	default:
		var holds bool
		if holds, err = compare(*count, roundTime(*quick), checks, stdout, stderr); err == nil && !holds {
			return 1
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "rpc:", err)
		return 1
	}
	return 0
}

// roundTime is how long each system is measured in each round.
func roundTime(quick bool) time.Duration {
	if quick {
		return 300 * time.Millisecond
	}
	return 3 * time.Second
}

// compare measures all systems, prints the table and reports whether the checks hold.
func compare(rounds int, duration time.Duration, checks []figures.Demand, stdout, stderr io.Writer) (bool, error) {
	started := time.Now()
	pairs, err := startPairs(stderr)
	defer stopPairs(pairs)
	if err != nil {
		return false, err
	}
	table, err := measure(pairs, rounds, duration)
	if err != nil {
		return false, err
	}
	table.print(stdout)
	fmt.Fprintf(stdout, "\n%d rounds of %v, %.0f s, %s %s/%s, %d processors; server on processor %d, callers on %d\n", rounds,
		duration, time.Since(started).Seconds(), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		serverProcessor(), callerProcessor())
	return table.judge(checks, stdout), nil
}
