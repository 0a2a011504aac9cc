package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/tagwire/tagwire/bench/figures"
)

// A timing says how long is measured.
type timing struct {
	rounds  int
	sample  time.Duration // wanted time of one batch of operations
	encodes time.Duration // least time of an encoder in a round
	decodes time.Duration // least time of a decoder in a round
	turns   int           // least number of operations of a decoder in a round
}

// newTiming plans rounds. A quick run takes about the same time for any number of them up to five.
//
// A decoder is to pay for its garbage in every round. The collector runs about as often as all kept values have been
// replaced, so each round replaces them.
func newTiming(rounds int, quick bool) timing {
	if quick {
		n := time.Duration(rounds)
		return timing{rounds, time.Millisecond, 30 * time.Millisecond / n, 80 * time.Millisecond / n, len(keep) * 5 / 4}
	}
	return timing{rounds, 2 * time.Millisecond, 40 * time.Millisecond, 250 * time.Millisecond, 3 * len(keep)}
}

// leastSamples keeps a sample in which something else had the processor from being the only one of a round.
const leastSamples = 5

// A row is what is measured of one operation.
type row struct {
	engine    string
	size      int // bytes of the message
	direction direction
	operation operation
	batch     int       // operations in one sample
	rounds    []float64 // nanoseconds of one operation, by round
	allocs    float64   // allocations of one operation
	bytes     float64   // allocated by one operation
}

func (r *row) nanoseconds() float64 { return figures.Median(r.rounds) }

// spread is the distance of the slowest round from the fastest, as a part of the median.
func (r *row) spread() float64 { return figures.Spread(r.rounds) }

// calibrate finds the batch and counts allocations. It also warms the operation up.
func (r *row) calibrate(sample time.Duration) error {
	for r.batch = 1; ; {
		took, err := r.time()
		if err != nil {
			return err
		}
		if took >= sample || r.batch >= 1<<24 {
			break
		}
		// At most ten times as many in the next step: the first ones are slow.
		perOperation := max(float64(took)/float64(r.batch), 0.1)
		r.batch = min(int(1.1*float64(sample)/perOperation)+1, 10*r.batch)
	}
	return r.count()
}

// allocationBatches are counted, and the least of them stands: the counters are those of the whole process, and the runtime
// allocates now and then, too.
const allocationBatches = 5

// count counts the allocations of an operation.
func (r *row) count() error {
	r.allocs, r.bytes = math.Inf(1), math.Inf(1)
	for range allocationBatches {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := r.operation(r.batch); err != nil {
			return err
		}
		runtime.ReadMemStats(&after)
		r.allocs = min(r.allocs, float64(after.Mallocs-before.Mallocs)/float64(r.batch))
		r.bytes = min(r.bytes, float64(after.TotalAlloc-before.TotalAlloc)/float64(r.batch))
	}
	return nil
}

// time runs a batch.
func (r *row) time() (time.Duration, error) {
	start := time.Now()
	err := r.operation(r.batch)
	return time.Since(start), err
}

// round measures the row for a while. Encoders allocate nothing but new messages, of the same size with each engine and without
// pointers, so what makes one sample slower than another is other work on the machine, or a collection that the process would
// have with any engine: the median of the samples leaves that out. A decoder pays for its garbage now and then, in a few of its
// samples: their mean is what decoding costs.
func (r *row) round(duration time.Duration, operations int) error {
	var samples []float64
	var total time.Duration
	for total < duration || len(samples)*r.batch < operations || len(samples) < leastSamples {
		took, err := r.time()
		if err != nil {
			return err
		}
		total += took
		samples = append(samples, float64(took)/float64(r.batch))
	}
	if r.direction.base() != decode {
		r.rounds = append(r.rounds, figures.Median(samples))
	} else {
		r.rounds = append(r.rounds, float64(total)/float64(len(samples)*r.batch))
	}
	return nil
}

// A session is a run of the command.
type session struct {
	format   *format
	timing   timing
	results  results
	absences map[string][]string // reason, with the engine's name: the cases that the engine has no part in
}

// runCase verifies, measures and prints the wanted operations of a case.
func (s *session) runCase(d definition, wanted func(engineName string, d direction) bool, out io.Writer) error {
	if !slices.ContainsFunc(directions, func(d2 direction) bool {
		return slices.ContainsFunc(s.format.engineNames(), func(name string) bool { return wanted(name, d2) })
	}) {
		return nil
	}
	b, err := d.make(d.name, s.format)
	if err != nil {
		return err
	}
	if err := b.verify(); err != nil {
		return err
	}
	var rows []*row
	for _, direction := range directions {
		for _, engine := range b.engines {
			if operation := engine.operations[direction]; operation != nil && wanted(engine.name, direction) {
				rows = append(rows, &row{engine: engine.name, size: len(engine.message), direction: direction, operation: operation})
			}
		}
	}
	for _, engine := range b.engines {
		if engine.absent != "" {
			reason := engine.name + ": " + engine.absent
			s.absences[reason] = append(s.absences[reason], d.name)
		}
	}
	for _, base := range bases {
		if err := s.measure(rows, base); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
	}
	for _, r := range rows {
		s.results[resultKey{d.name, r.direction, r.engine}] = r.rounds
	}
	s.results.printCase(out, s.format, d, len(b.message), rows)
	return nil
}

// measure times the rows of a direction and of those compared with it, round by round, in an order that changes with every
// round.
func (s *session) measure(rows []*row, base direction) error {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r *row) bool { return r.direction.base() != base })
	duration, operations := s.timing.encodes, 1
	if base == decode {
		duration, operations = s.timing.decodes, s.timing.turns
	}
	clear(keep[:])
	runtime.GC()
	for _, r := range rows {
		if err := r.calibrate(s.timing.sample); err != nil {
			return fmt.Errorf("%s %s: %w", r.engine, r.direction, err)
		}
	}
	if err := fillKeep(rows); err != nil {
		return err
	}
	for range s.timing.rounds {
		rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for _, r := range rows {
			if err := r.round(duration, operations); err != nil {
				return fmt.Errorf("%s %s: %w", r.engine, r.direction, err)
			}
		}
	}
	return nil
}

// fillKeep decodes until as many values are kept as will be throughout: the first round is to cost what the others do.
func fillKeep(rows []*row) error {
	for len(rows) > 0 && keep[len(keep)-1] == nil {
		before := keepNext
		for _, r := range rows {
			if err := r.operation(10); err != nil {
				return err
			}
		}
		if keepNext == before {
			break // these rows keep nothing, or they have filled it to the very place
		}
	}
	return nil
}
