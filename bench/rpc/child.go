package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"
)

// usage is what a process has used so far.
type usage struct {
	Objects uint64 // that were allocated
	Busy    time.Duration
}

func used() usage {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return usage{Objects: memory.Mallocs, Busy: processorTime()}
}

// since returns what was used since an earlier time.
func (u usage) since(earlier usage) usage {
	return usage{Objects: u.Objects - earlier.Objects, Busy: u.Busy - earlier.Busy}
}

// A question to a server.
type question string

const (
	begin question = "begin" // a round
	end   question = "end"   // and tell what it took
	codec question = "codec" // measure it
)

// service is what a server answers with.
type service struct {
	usage               // of the round that has ended
	Codec time.Duration // what decoding a message and encoding one takes; 0 if that is not known
}

// serveChild is the process of a server: it prints its address, answers the questions of its input, and ends with its input. All are
// JSON.
func serveChild(name string, input io.Reader, output io.Writer) error {
	r, err := rowOf(name)
	if err != nil {
		return err
	}
	address, err := r.serve()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var before usage
	return converse(input, output, address, func(asked question) (s service, err error) {
		switch {
		case asked == begin:
			before = used()
		case asked == end:
			s.usage = used().since(before)
		case asked == codec && r.codec != nil:
			s.Codec, err = r.codec()
		}
		return s, err
	})
}

// outcome is what the process of the callers answers a load with.
type outcome struct {
	usage
	Calls          int
	Took           time.Duration
	P50, P99, P999 time.Duration
}

// callChild is the process of the callers: it prints their number, and makes calls for each load of its input.
func callChild(name string, count int, address string, input io.Reader, output io.Writer) error {
	r, err := rowOf(name)
	if err != nil {
		return err
	}
	run, err := r.connect(address, count)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return converse(input, output, count, func(l load) (o outcome, err error) {
		times := new(histogram)
		before, started := used(), time.Now()
		o.Calls, err = run(l, times)
		o.Took = time.Since(started)
		if err != nil {
			return o, fmt.Errorf("%s: %w", name, err)
		}
		o.usage = used().since(before)
		p := times.percentiles(0.5, 0.99, 0.999)
		o.P50, o.P99, o.P999 = p[0], p[1], p[2]
		return o, nil
	})
}

// converse prints a greeting, and an answer to each question.
func converse[Q, A any](input io.Reader, output io.Writer, greeting any, answer func(Q) (A, error)) error {
	questions, answers := json.NewDecoder(input), json.NewEncoder(output)
	if err := answers.Encode(greeting); err != nil {
		return err
	}
	for {
		var question Q
		if err := questions.Decode(&question); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		reply, err := answer(question)
		if err != nil {
			return err
		}
		if err := answers.Encode(reply); err != nil {
			return err
		}
	}
}
