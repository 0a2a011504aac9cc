// Command firstcall measures what the first call of a type costs, and a process that calls each of its types once, by
// default and on reflection alone. See README.md of the folder above.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
)

// What -check demands of the default, as multiples of reflection: of the median first call, and of the processor time of a
// process that calls each type once.
const (
	mostFirst = 1.5
	mostCPU   = 1.3
)

// typeCount is how many types a process calls; childVariable tells it that it is one to be measured.
const (
	typeCount     = 50
	childVariable = "TAGWIRE_FIRSTCALL"
)

func main() {
	if os.Getenv(childVariable) != "" {
		if err := callEachOnce(os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "firstcall:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// callEachOnce encodes and decodes one value of each type, and writes what each took, in nanoseconds, as JSON.
func callEachOnce(out io.Writer) error {
	types := make([]reflect.Type, typeCount)
	for n := range types {
		types[n] = cases.RandomType(uint64(n) + 1)
	}
	took := make([]int64, typeCount)
	source := make([]byte, 200)
	for n := range source {
		source[n] = byte(n * 7)
	}
	for n, t := range types {
		value := reflect.New(t).Interface()
		cases.Fill(value, source)
		start := time.Now()
		data, err := tagwire.Marshal(value)
		if err == nil {
			err = tagwire.Unmarshal(data, reflect.New(t).Interface())
		}
		if err != nil {
			return err
		}
		took[n] = time.Since(start).Nanoseconds()
	}
	return json.NewEncoder(out).Encode(took)
}

// sample is what one process took: the median of its first calls, and its processor time.
type sample struct{ first, cpu time.Duration }

func (s sample) String() string { return fmt.Sprintf("first call %10v, process %10v", s.first, s.cpu) }

// runChild measures a process under an engine, "" for the default.
func runChild(engine string) (sample, error) {
	executable, err := os.Executable()
	if err != nil {
		return sample{}, err
	}
	command := exec.Command(executable)
	command.Env = append(os.Environ(), childVariable+"=1", "TAGWIRE_ENGINE="+engine, "GOMAXPROCS=2")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return sample{}, err
	}
	var took []int64
	if err := json.Unmarshal(output, &took); err != nil {
		return sample{}, err
	}
	slices.Sort(took)
	state := command.ProcessState
	return sample{time.Duration(took[len(took)/2]), state.UserTime() + state.SystemTime()}, nil
}

// run is the command: 0 if all is well, 1 if the check falls short or something fails, 2 if the arguments are wrong.
func run(arguments []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("firstcall", flag.ContinueOnError)
	flags.SetOutput(stderr)
	check := flags.Bool("check", false, fmt.Sprintf("fail unless a first call takes at most %g and a process at most %g of what reflection takes", mostFirst, mostCPU))
	count := flags.Int("count", 11, "number of `processes` of each kind; the figures are the medians over them")
	if err := flags.Parse(arguments); err != nil || *count < 1 || flags.NArg() > 0 {
		return 2
	}
	var byDefault, reflection []sample
	for range *count {
		for engine, list := range map[string]*[]sample{"": &byDefault, "reflect": &reflection} {
			s, err := runChild(engine)
			if err != nil {
				fmt.Fprintln(stderr, "firstcall:", err)
				return 1
			}
			*list = append(*list, s)
		}
	}
	ours, theirs := medians(byDefault), medians(reflection)
	fmt.Fprintf(stdout, "%d types, each called once, %d processes\ndefault    %v\nreflection %v\n", typeCount, *count, ours, theirs)
	first, cpu := float64(ours.first)/float64(theirs.first), float64(ours.cpu)/float64(theirs.cpu)
	fmt.Fprintf(stdout, "ratio      first call %10.2f, process %10.2f\n", first, cpu)
	if *check && (first > mostFirst || cpu > mostCPU) {
		fmt.Fprintf(stdout, "check first call <= %g, process <= %g: FAIL\n", mostFirst, mostCPU)
		return 1
	}
	return 0
}

// medians are the medians of each figure.
func medians(samples []sample) sample {
	middle := func(figure func(sample) time.Duration) time.Duration {
		var list []time.Duration
		for _, s := range samples {
			list = append(list, figure(s))
		}
		slices.Sort(list)
		return list[len(list)/2]
	}
	return sample{middle(func(s sample) time.Duration { return s.first }), middle(func(s sample) time.Duration { return s.cpu })}
}
