// Command instructions counts the instructions that an operation executes on amd64 and on arm64, under qemu-user. See README.md of
// the folder above.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/tagwire/tagwire/bench/figures"
)

// What -check demands of arm64, relative to amd64: instructions in the geometric mean over all operations and in each, and bytes of
// code for each type.
const (
	mostInMean = 1.3
	mostInAny  = 1.6
	mostCode   = 1.5
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the command: 0 if all is well, 1 if the check falls short or something fails, 2 if the arguments are wrong.
func run(arguments []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("instructions", flag.ContinueOnError)
	flags.SetOutput(stderr)
	check := flags.Bool("check", false, fmt.Sprintf("fail unless arm64 executes at most %g times the instructions of amd64 in the mean and %g times in each operation, in %g times the code",
		mostInMean, mostInAny, mostCode))
	count := flags.Int("count", 3, "number of `processes` of each architecture; the figures are the medians over them")
	pattern := flags.String("run", "", "limit the run to cases that `regexp` matches, as that of the command above does")
	format := flags.String("format", "binary", "the wire format: `binary, compact or protobuf`")
	if err := flags.Parse(arguments); err != nil || *count < 1 || flags.NArg() > 0 {
		return 2
	}
	amd64, arm64, err := measure(*count, []string{"-format", *format, "-run", *pattern})
	if err != nil {
		fmt.Fprintln(stderr, "instructions:", err)
		return 1
	}
	if holds := report(stdout, amd64, arm64); *check && !holds {
		return 1
	}
	return 0
}

// measure counts on both architectures.
func measure(count int, arguments []string) (amd64, arm64 *counts, err error) {
	folder, err := os.MkdirTemp("", "instructions")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(folder)
	plugin, err := buildPlugin(folder)
	if err != nil {
		return nil, nil, err
	}
	var both [2]*counts
	for i, machine := range machines {
		guest, err := machine.build(folder)
		if err != nil {
			return nil, nil, err
		}
		var processes []*counts
		for range count {
			c, err := machine.run(plugin, guest, arguments)
			if err != nil {
				return nil, nil, err
			}
			processes = append(processes, c)
		}
		if both[i], err = medians(processes); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", machine.architecture, err)
		}
	}
	return both[0], both[1], nil
}

// report prints the table and reports whether arm64 is what -check demands.
func report(out io.Writer, amd64, arm64 *counts) (holds bool) {
	holds = true
	judge := func(holdsHere bool, format string, arguments ...any) {
		holds = holds && holdsHere
		fmt.Fprintf(out, format+": %s\n", append(arguments, figures.Verdict(holdsHere))...)
	}
	fmt.Fprintf(out, "%-14s %-7s %10s %10s %10s %10s %6s %8s %8s %6s\n",
		"case", "", "amd64", "native", "arm64", "native", "ratio", "code", "code", "ratio")
	var all []float64
	byDirection, nativeByDirection := map[string][]float64{}, map[string][]float64{}
	worst, worstCode := 0.0, 0.0
	for _, key := range amd64.order {
		a, b := amd64.rows[key], arm64.rows[key]
		fmt.Fprintf(out, "%-14s %-7s %10.0f %10.0f ", key.name, key.direction, a.all, a.native)
		if b == nil {
			fmt.Fprintf(out, "%10s %10s %6s %8d %8s %6s\n", "-", "-", "-", a.code, "-", "-")
			continue
		}
		ratio, code := b.all/a.all, float64(b.code)/float64(a.code)
		fmt.Fprintf(out, "%10.0f %10.0f %6.2f %8d %8d %6.2f\n", b.all, b.native, ratio, a.code, b.code, code)
		all, byDirection[key.direction] = append(all, ratio), append(byDirection[key.direction], ratio)
		nativeByDirection[key.direction] = append(nativeByDirection[key.direction], b.native/a.native)
		worst, worstCode = max(worst, ratio), max(worstCode, code)
	}
	fmt.Fprintln(out)
	for _, machine := range []*counts{amd64, arm64} {
		for _, reason := range machine.absences {
			fmt.Fprintf(out, "%s has no native code: %s\n", machine.architecture, reason)
			holds = false
		}
	}
	if len(all) == 0 {
		judge(false, "check: nothing to compare")
		return false
	}
	for _, direction := range directions {
		if ratios := byDirection[direction]; ratios != nil {
			fmt.Fprintf(out, "geometric mean of %s: %.2f, of its native code %.2f\n", direction,
				figures.GeometricMean(ratios), figures.GeometricMean(nativeByDirection[direction]))
		}
	}
	mean := figures.GeometricMean(all)
	judge(mean <= mostInMean, "check instructions in the mean: %.2f <= %g", mean, mostInMean)
	judge(worst <= mostInAny, "check instructions in each operation: %.2f <= %g", worst, mostInAny)
	judge(worstCode <= mostCode, "check code of each type: %.2f <= %g", worstCode, mostCode)
	return holds
}
