// Command bench compares Tagwire with other Thrift codecs for Go. See README.md.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"time"
)

// ballastSize is the memory of a process with something to do: it keeps the collector from running all the time.
const ballastSize = 64 << 20

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command: 0 if all is well, 1 if an engine is wrong or a check falls short, 2 if the arguments are.
func run(arguments []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	pattern := flags.String("run", "", "limit the run to cases that `regexp` matches, by the name of the case, its family or its group, alone (small) or with a direction (small/decode)")
	count := flags.Int("count", 5, "number of `rounds`; the figures are the medians over them")
	quick := flags.Bool("quick", false, "measure for a shorter time: a whole run stays under a minute")
	floor := flags.Bool("floor", false, "measure also what is left when nothing is encoded or decoded: "+byHand)
	countedOnly := flags.Bool("counted", false, "run encode and decode of native code between marks, for ./instructions, and measure nothing")
	f := binaryFormat
	flags.Func("format", "the wire format: `binary, compact or protobuf` (binary)", func(name string) error {
		i := slices.IndexFunc(formats, func(f *format) bool { return f.name == name })
		if i < 0 {
			return errors.New("there is no such format")
		}
		f = formats[i]
		return nil
	})
	var demands []string
	flags.Func("check", "fail unless `[engine:]direction/peer[:each|:case]>=ratio[@regexp]` or [engine:]direction/element<=nanoseconds[@regexp] holds; repeatable",
		func(text string) error {
			demands = append(demands, text)
			return nil
		})
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	checks, err := f.parseChecks(demands)
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 2
	}
	selected, err := regexp.Compile(*pattern)
	if err != nil || *count < 1 || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "bench: need a valid -run, a positive -count, and no other arguments:", err)
		return 2
	}
	if *countedOnly {
		if err := counted(f, selected, stdout); err != nil {
			fmt.Fprintln(stderr, "bench:", err)
			return 1
		}
		return 0
	}

	if *floor && !slices.Contains(f.others, byHand) {
		fmt.Fprintf(stderr, "bench: format %s has no %s, which -floor asks for\n", f.name, byHand)
		return 2
	}

	ballast := make([]byte, ballastSize)
	defer runtime.KeepAlive(ballast)
	started := time.Now()
	suite := session{format: f, timing: newTiming(*count, *quick), results: make(results), absences: make(map[string][]string)}
	printHeader(stdout, f)
	for _, definition := range f.definitions() {
		if definition.long && *quick {
			continue
		}
		wanted := func(engineName string, d direction) bool {
			if engineName == byHand && !*floor {
				return false
			}
			return matches(selected, definition, d) || len(checks) > 0 && f.isControl(definition.name, engineName, d)
		}
		if err := suite.runCase(definition, wanted, stdout); err != nil {
			fmt.Fprintln(stderr, "bench:", err)
			return 1
		}
	}
	suite.printAbsences(stdout)
	suite.results.printMeans(stdout, f)
	fmt.Fprintf(stdout, "\n%d rounds, %.0f s, %s %s/%s, %d processors\n", *count, time.Since(started).Seconds(),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	if !suite.results.judge(f, checks, stdout) {
		return 1
	}
	return 0
}

// matches reports whether the -run pattern selects a direction of a case. Peers are always measured in the base direction
// of what is selected.
func matches(selected *regexp.Regexp, of definition, d direction) bool {
	return slices.ContainsFunc(of.names(), func(name string) bool {
		if selected.MatchString(name) || selected.MatchString(name+"/"+string(d)) {
			return true
		}
		return slices.ContainsFunc(directions, func(other direction) bool {
			return other.base() == d && selected.MatchString(name+"/"+string(other))
		})
	})
}
