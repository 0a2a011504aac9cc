// Command engines measures whether the default, Auto, decodes by the faster engine: over samples of many types it times native
// code, reflection and Auto. See README.md of the folder above.
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/bench/figures"
	"github.com/tagwire/tagwire/fuzz/cases"
)

// What -check demands of Auto, over the messages of each length: how fast it is in the mean, relative to the faster engine for each
// message.
const leastOfBest = 0.93

// mostBytes is the longest message that is measured; classes are the lengths up to which messages are taken together.
const mostBytes = 512

var classes = []int{12, 64, mostBytes}

// batch is how many decodes are timed together, each into a new struct.
const batch = 1000

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// A subject is one message with its decoders, by engine.
type subject struct {
	name     string
	goType   reflect.Type
	message  []byte
	decoders [3]*tagwire.TypeCodec
	rounds   [3][]float64 // nanoseconds of one decode
}

var engines = [3]tagwire.Engine{tagwire.Auto, tagwire.Native, tagwire.Reflect}

// subjects returns samples of all types that native code serves.
func subjects() (list []*subject, err error) {
	for _, c := range cases.All() {
		if tagwire.EngineOf(c.Type).Engine != tagwire.Native {
			continue
		}
		lengths := map[int]bool{}
		for _, sample := range c.Samples() {
			s := &subject{name: c.Name, goType: c.Type}
			for i, engine := range engines {
				if s.decoders[i], err = tagwire.CodecOf(c.Type, tagwire.WithEngine(engine)); err != nil {
					return nil, err
				}
			}
			if s.message, err = s.decoders[0].Append(nil, sample); err != nil || len(s.message) > mostBytes || lengths[len(s.message)] {
				continue // not every sample has an encoding
			}
			lengths[len(s.message)] = true
			list = append(list, s)
		}
	}
	return list, nil
}

// round times one batch of each engine, in an order that changes from round to round: the first finds the caches cold.
func (s *subject) round(targets []any) error {
	first := len(s.rounds[0])
	for turn := range s.decoders {
		i := (first + turn) % len(s.decoders)
		decoder := s.decoders[i]
		for n := range targets {
			targets[n] = reflect.New(s.goType).Interface()
		}
		start := time.Now()
		for _, target := range targets {
			if _, err := decoder.Decode(s.message, target); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		s.rounds[i] = append(s.rounds[i], float64(time.Since(start).Nanoseconds())/float64(len(targets)))
	}
	return nil
}

// nanoseconds returns the medians of the engines.
func (s *subject) nanoseconds() (auto, native, reflection float64) {
	return figures.Median(s.rounds[0]), figures.Median(s.rounds[1]), figures.Median(s.rounds[2])
}

// run is the command: 0 if all is well, 1 if the check falls short or something fails, 2 if the arguments are wrong.
func run(arguments []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("engines", flag.ContinueOnError)
	flags.SetOutput(stderr)
	check := flags.Bool("check", false, fmt.Sprintf("fail unless Auto is at least %g times as fast as the faster engine", leastOfBest))
	all := flags.Bool("all", false, "print each message")
	count := flags.Int("count", 31, "number of `rounds`; the figures are the medians over them")
	if err := flags.Parse(arguments); err != nil || *count < 1 || flags.NArg() > 0 {
		return 2
	}
	list, err := subjects()
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("native code cannot run here")
	}
	targets := make([]any, batch)
	for n := 0; err == nil && n < *count*len(list); n++ {
		err = list[n%len(list)].round(targets)
	}
	if err != nil {
		fmt.Fprintln(stderr, "engines:", err)
		return 1
	}
	if *all {
		for _, s := range list {
			auto, native, reflection := s.nanoseconds()
			fmt.Fprintf(stdout, "%-20s %4d bytes: auto %6.0f ns, native %6.0f, reflection %6.0f\n", s.name, len(s.message), auto, native, reflection)
		}
	}
	short := 0
	for i, most := range classes {
		least := 0
		if i > 0 {
			least = classes[i-1] + 1
		}
		if !summary(stdout, list, least, most) {
			short++
		}
	}
	if *check && short > 0 {
		return 1
	}
	return 0
}

// summary prints the means over the messages of some lengths, and reports whether Auto is fast enough.
func summary(out io.Writer, list []*subject, least, most int) bool {
	var ofBest, nativeGain float64
	n := 0
	for _, s := range list {
		if len(s.message) < least || len(s.message) > most {
			continue
		}
		auto, native, reflection := s.nanoseconds()
		ofBest += math.Log(min(native, reflection) / auto)
		nativeGain += math.Log(reflection / native)
		n++
	}
	if n == 0 {
		return true
	}
	mean := math.Exp(ofBest / float64(n))
	verdict := "ok"
	if mean < leastOfBest {
		verdict = "SHORT"
	}
	fmt.Fprintf(out, "%3d to %3d bytes, %2d messages: native code is %.2f times as fast as reflection, Auto %.2f times as fast as the faster of them: %s\n",
		least, most, n, math.Exp(nativeGain/float64(n)), mean, verdict)
	return mean >= leastOfBest
}
