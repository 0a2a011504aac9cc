// Command compile measures what compiling a type takes: time, memory, and code. See README.md of the folder above.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/tagwire/tagwire/bench/figures"
)

// What -check demands besides the medians of the shapes: a field of the largest struct costs at most mostGrowth times one of
// the smallest, manyTypes types take at most mostForAll, and each of them has at most mostCode bytes of code.
const (
	mostGrowth = 4
	mostForAll = 60 * time.Second
	mostCode   = 64 << 10
	manyTypes  = 3000
)

// leastFields is how many fields are compiled at least to find what one costs.
const leastFields = 5000

func main() {
	if name := os.Getenv(shapeVariable); name != "" {
		if err := compileShape(name, os.Getenv(countVariable), os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "compile:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// A report measures, prints, and judges.
type report struct {
	out              io.Writer
	processes, types int
	many             int
	failed           bool
}

// run is the command: 0 if all is well, 1 if the check falls short or something fails, 2 if the arguments are wrong.
func run(arguments []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("compile", flag.ContinueOnError)
	flags.SetOutput(stderr)
	check := flags.Bool("check", false, "fail unless each line that says so holds")
	quick := flags.Bool("quick", false, "measure fewer processes")
	long := flags.Bool("long", false, fmt.Sprintf("compile %d types in one process, too", manyTypes))
	types := flags.Int("types", 50, "number of `types` that a process compiles")
	if err := flags.Parse(arguments); err != nil || *types < 1 || flags.NArg() > 0 {
		return 2
	}
	r := &report{out: stdout, processes: 9, types: *types}
	if *quick {
		r.processes = 3
	}
	if *long {
		r.many = manyTypes
	}
	if err := r.measure(); err != nil {
		fmt.Fprintln(stderr, "compile:", err)
		return 1
	}
	fmt.Fprintf(stdout, "\n%d processes of %d types, %s %s/%s\n", r.processes, r.types, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if *check && r.failed {
		return 1
	}
	return 0
}

func (r *report) measure() error {
	fmt.Fprintf(r.out, "%-12s %9s %9s %9s %9s %9s %8s %8s %8s %8s %8s\n",
		"shape", "median", "fastest", "spread", "first", "cpu", "KB", "allocs", "code", "largest", "mapped")
	var limits []func()
	for _, s := range shapes {
		samples, err := r.sample(s)
		if err != nil {
			return err
		}
		r.line(s.name, samples)
		limits = append(limits, func() { r.judgeShape(s, samples) })
	}
	fmt.Fprintln(r.out)
	for _, judge := range limits {
		judge()
	}
	for _, shapes := range growing {
		if err := r.growth(shapes); err != nil {
			return err
		}
	}
	if r.many == 0 {
		return nil
	}
	all, err := runChild(many, r.many)
	if err != nil {
		return err
	}
	r.judgeMany(&all)
	return nil
}

// sample measures a shape in as many processes as are asked for.
func (r *report) sample(s shape) (samples []sample, err error) {
	for range r.processes {
		measured, err := runChild(s, r.types)
		if err != nil {
			return nil, err
		}
		samples = append(samples, measured)
	}
	return samples, nil
}

// typical is the median compilation of a process.
func typical(s *sample) time.Duration { return median(s.Took) }

// line prints the medians over the processes. fastest and largest are those of any type.
func (r *report) line(name string, samples []sample) {
	medians := each(samples, typical)
	per := func(total func(s *sample) int) int {
		return median(each(samples, func(s *sample) int { return total(s) / len(s.Took) }))
	}
	fmt.Fprintf(r.out, "%-12s %9v %9v %8.0f%% %9v %9v %8d %8d %8d %8d %8d\n", name,
		short(median(medians)),
		short(slices.Min(each(samples, func(s *sample) time.Duration { return slices.Min(s.Took) }))),
		100*float64(slices.Max(medians)-slices.Min(medians))/float64(median(medians)),
		short(median(each(samples, func(s *sample) time.Duration { return s.Took[0] }))),
		short(time.Duration(per(func(s *sample) int { return int(s.cpu) }))),
		per(func(s *sample) int { return int(s.Bytes) })>>10,
		per(func(s *sample) int { return int(s.Allocations) }),
		median(each(samples, func(s *sample) int { return median(s.Code) })),
		slices.Max(each(samples, func(s *sample) int { return slices.Max(s.Code) })),
		per(func(s *sample) int { return s.Mapped }),
	)
}

func short(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// judge prints a figure with its verdict.
func (r *report) judge(holds bool, format string, arguments ...any) {
	r.failed = r.failed || !holds
	fmt.Fprintf(r.out, format+": %s\n", append(arguments, figures.Verdict(holds))...)
}

func (r *report) judgeShape(s shape, samples []sample) {
	for i := range samples {
		if samples[i].Refused != "" {
			r.judge(false, "check %s: %s", s.name, samples[i].Refused)
			return
		}
	}
	if s.most > 0 {
		took := median(each(samples, typical))
		r.judge(took <= s.most, "check %s: %v <= %v", s.name, short(took), s.most)
	}
}

// growth compares the fastest compilations of structs of more and more fields, by field.
func (r *report) growth(shapes []shape) error {
	var perField []float64
	for _, s := range shapes {
		fields := s.make(0).NumField()
		measured, err := runChild(s, max(3, leastFields/fields)) // the first ones of a process are slow
		if err != nil {
			return err
		}
		perField = append(perField, float64(slices.Min(measured.Took))/float64(fields))
		fmt.Fprintf(r.out, "%-12s %9v, %6.1f us a field, %d bytes of code\n",
			s.name, short(slices.Min(measured.Took)), perField[len(perField)-1]/1e3, measured.Code[0])
	}
	ratio := perField[len(perField)-1] / perField[0]
	r.judge(ratio <= mostGrowth, "check %s: a field costs %.1f <= %d times one of %s", shapes[len(shapes)-1].name, ratio, mostGrowth, shapes[0].name)
	return nil
}

// judgeMany prints what very many types took.
func (r *report) judgeMany(all *sample) {
	largest := slices.Max(all.Code)
	fmt.Fprintf(r.out, "\n%d types: %v, the first hundred %v, the last hundred %v each, %d KB allocated each, %d MB mapped\n", len(all.Took), all.All.Round(time.Millisecond),
		short(median(all.Took[:min(100, len(all.Took))])), short(median(all.Took[max(0, len(all.Took)-100):])), all.Bytes/uint64(len(all.Took))>>10, all.Mapped>>20)
	if all.Refused != "" {
		r.judge(false, "check: %s", all.Refused)
	}
	r.judge(all.All <= mostForAll, "check: %v <= %v", all.All.Round(time.Millisecond), mostForAll)
	r.judge(largest <= mostCode, "check: %d <= %d bytes of code", largest, mostCode)
}
