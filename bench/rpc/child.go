package main

import (
	"bufio"
	"fmt"
	"io"
	"runtime"
	"time"
)

// serveChild is the process of a server: it prints its address, answers each line of its input with the number of
// objects that were allocated so far and the processor time in nanoseconds, and ends with its input.
func serveChild(name string, input io.Reader, output io.Writer) error {
	s, err := systemOf(name)
	if err != nil {
		return err
	}
	address, err := s.serve()
	if err != nil {
		return err
	}
	fmt.Fprintln(output, address)
	for lines := bufio.NewScanner(input); lines.Scan(); {
		fmt.Fprintln(output, allocated(), processorTime())
	}
	return nil
}

// callChild is the process of the callers: for each line of its input, which is a duration, it makes calls for that
// long and prints how many, in how many nanoseconds, with how many allocations.
func callChild(name, address string, input io.Reader, output io.Writer) error {
	s, err := systemOf(name)
	if err != nil {
		return err
	}
	callFor, err := s.connect(address)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for lines := bufio.NewScanner(input); lines.Scan(); {
		duration, err := time.ParseDuration(lines.Text())
		if err != nil {
			return err
		}
		before, started := allocated(), time.Now()
		calls, err := callFor(duration)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		took := time.Since(started)
		fmt.Fprintln(output, calls, took.Nanoseconds(), allocated()-before)
	}
	return nil
}

// allocated is the number of objects that this process has allocated.
func allocated() uint64 {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.Mallocs
}
