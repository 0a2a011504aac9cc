package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/tagwire/tagwire"
)

// The variables that tell a process that it is one to be measured: what it compiles, and how many types.
const (
	shapeVariable = "TAGWIRE_COMPILE_SHAPE"
	countVariable = "TAGWIRE_COMPILE_COUNT"
)

// sample is what one process measured.
type sample struct {
	// Took is how long each compilation took, in the order in which they were made.
	Took []time.Duration
	// All is how long they took together, the making of the types included.
	All time.Duration
	// Bytes and Allocations are what they allocated.
	Bytes, Allocations uint64
	// Code is the size of each type's code, Mapped the memory that all of it takes, in whole pages.
	Code   []int
	Mapped int
	// Refused is why the first type that was not compiled has no native code, "" if all have.
	Refused string

	// cpu is the processor time of the process, its start included.
	cpu time.Duration
}

// compileShape is the process that is measured: it compiles fresh types and writes a sample as JSON.
func compileShape(name, count string, out io.Writer) error {
	s, ok := shapeNamed(name)
	n, err := strconv.Atoi(count)
	if !ok || err != nil {
		return fmt.Errorf("no %q types of shape %q", count, name)
	}
	var measured sample
	var before, after runtime.MemStats
	started := time.Now()
	for i := range n {
		t := s.make(i)
		runtime.ReadMemStats(&before)
		start := time.Now()
		err := tagwire.Compile(t)
		measured.Took = append(measured.Took, time.Since(start))
		runtime.ReadMemStats(&after)
		if err != nil {
			return err
		}
		measured.Bytes += after.TotalAlloc - before.TotalAlloc
		measured.Allocations += after.Mallocs - before.Mallocs
		info := tagwire.EngineOf(t)
		measured.Code = append(measured.Code, info.CodeBytes)
		if info.Engine != tagwire.Native && measured.Refused == "" {
			measured.Refused = fmt.Sprintf("%s type %d: %s", name, i+1, info.Reason)
		}
	}
	measured.All = time.Since(started)
	measured.Mapped = tagwire.Stats().MappedBytes
	return json.NewEncoder(out).Encode(measured)
}

// runChild measures a fresh process.
func runChild(s shape, count int) (sample, error) {
	var measured sample
	executable, err := os.Executable()
	if err != nil {
		return measured, err
	}
	command := exec.Command(executable)
	command.Env = append(os.Environ(), shapeVariable+"="+s.name, countVariable+"="+strconv.Itoa(count), "GOMAXPROCS=2")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return measured, fmt.Errorf("%s: %w", s.name, err)
	}
	err = json.Unmarshal(output, &measured)
	measured.cpu = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	return measured, err
}

// median is the middle of some durations or sizes.
func median[T time.Duration | int](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// each returns a figure of each sample.
func each[T any](samples []sample, figure func(s *sample) T) []T {
	var figures []T
	for i := range samples {
		figures = append(figures, figure(&samples[i]))
	}
	return figures
}
