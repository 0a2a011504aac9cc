// Command pauses measures how long stopping the world takes while all processors decode messages of 64 MiB, natively and
// by reflection. See README.md of the folder above.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"time"

	"github.com/tagwire/tagwire"
)

// What -check demands of the native engine: its 99th percentile is at most longest, or at most mostTimes that of the
// reflect engine in the same run.
const (
	longest   = 300 * time.Microsecond
	mostTimes = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// settings are the flags.
type settings struct {
	bytes    int
	rounds   int
	duration time.Duration
	kinds    *regexp.Regexp
}

// run is the command: 0 if all is well, 1 if the check falls short or something fails, 2 if the arguments are wrong.
func run(arguments []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("pauses", flag.ContinueOnError)
	flags.SetOutput(stderr)
	check := flags.Bool("check", false, fmt.Sprintf("fail unless the native engine's p99 is at most %v or %d times the reflect engine's", longest, mostTimes))
	quick := flags.Bool("quick", false, "measure for a shorter time")
	pattern := flags.String("run", "", "limit the run to the kinds of messages that `regexp` matches")
	mebibytes := flags.Int("mib", 64, "size of the messages")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	kinds, err := regexp.Compile(*pattern)
	if err != nil || *mebibytes < 1 || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "pauses: need a valid -run, a positive -mib, and no other arguments:", err)
		return 2
	}
	s := settings{bytes: *mebibytes << 20, rounds: 3, duration: 4 * time.Second, kinds: kinds}
	if *quick {
		s.rounds, s.duration = 1, time.Second
	}
	total, err := s.measure(stdout)
	if err != nil {
		fmt.Fprintln(stderr, "pauses:", err)
		return 1
	}
	fmt.Fprintf(stdout, "%s %s/%s, %d processors\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	if *check && !judge(total, stdout) {
		return 1
	}
	return 0
}

// engines in the order of the table; a round measures them one after the other.
var engines = []tagwire.Engine{tagwire.Native, tagwire.Reflect}

// measure prints a line for each kind of message and engine, and returns what came together by engine.
func (s *settings) measure(out io.Writer) (total map[tagwire.Engine]*stops, err error) {
	total = map[tagwire.Engine]*stops{}
	fmt.Fprintf(out, "%-8s %-8s %8s %8s %10s %10s %10s\n", "message", "engine", "decodes", "stops", "p50", "p99", "longest")
	for _, k := range kinds {
		if !s.kinds.MatchString(k.name) {
			continue
		}
		byEngine, decodes := map[tagwire.Engine]*stops{}, map[tagwire.Engine]int{}
		l, err := k.load(s.bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.name, err)
		}
		for range s.rounds {
			for _, e := range engines {
				measured, n, err := l.run(e, s.duration)
				if err != nil {
					return nil, fmt.Errorf("%s, %v: %w", k.name, e, err)
				}
				byEngine[e] = byEngine[e].plus(measured)
				decodes[e] += n
			}
		}
		for _, e := range engines {
			printLine(out, k.name, e, decodes[e], byEngine[e])
			total[e] = total[e].plus(byEngine[e])
		}
	}
	for _, e := range engines {
		printLine(out, "all", e, 0, total[e])
	}
	return total, nil
}

func printLine(out io.Writer, name string, e tagwire.Engine, decodes int, s *stops) {
	text := fmt.Sprint(decodes)
	if decodes == 0 {
		text = ""
	}
	fmt.Fprintf(out, "%-8s %-8v %8s %8d %10v %10v %10v\n", name, e, text, s.count(), s.quantile(0.5), s.quantile(0.99), s.quantile(1))
}

// judge reports whether the native engine stops the world fast enough.
func judge(total map[tagwire.Engine]*stops, out io.Writer) bool {
	native, reflection := total[tagwire.Native].quantile(0.99), total[tagwire.Reflect].quantile(0.99)
	holds := total[tagwire.Native].count() > 0 && (native <= longest || native <= mostTimes*reflection)
	verdict := "ok"
	if !holds {
		verdict = "FAIL"
	}
	fmt.Fprintf(out, "check p99: native %v <= %v, or <= %d x reflect %v: %s\n", native, longest, mostTimes, reflection, verdict)
	return holds
}
