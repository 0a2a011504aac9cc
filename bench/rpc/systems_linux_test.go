package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire/bench/kitexgen/shapes"
)

// TestSystems lets each server and its callers speak with each other as their processes do.
func TestSystems(t *testing.T) {
	for _, s := range systems {
		t.Run(s.name, func(t *testing.T) {
			address, err := s.serve()
			if err != nil {
				t.Fatal(err)
			}
			var output bytes.Buffer
			if err := callChild(s.name, address, strings.NewReader("20ms\n10ms\n"), &output); err != nil {
				t.Fatal(err)
			}
			for i := range 2 {
				var calls, nanoseconds, allocs int64
				if _, err := fmt.Fscan(&output, &calls, &nanoseconds, &allocs); err != nil {
					t.Fatal(err)
				}
				if calls < 1 || nanoseconds < int64(10*time.Millisecond) {
					t.Errorf("run %d: %d calls in %d ns", i, calls, nanoseconds)
				}
			}
		})
	}
}

func TestServerChildCounts(t *testing.T) {
	output, printed := io.Pipe()
	go func() { printed.CloseWithError(serveChild("apache", strings.NewReader("\n\n"), printed)) }()
	var address string
	var before, after, busyBefore, busyAfter uint64
	if _, err := fmt.Fscan(output, &address, &before, &busyBefore, &after, &busyAfter); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(address, "127.0.0.1:") || before == 0 || after < before || busyBefore == 0 || busyAfter < busyBefore {
		t.Errorf("printed %s, %d, %d, %d, %d", address, before, busyBefore, after, busyAfter)
	}
	if err := serveChild("nobody", nil, nil); err == nil {
		t.Error("a system that does not exist serves")
	}
}

// TestComplexRepliesAreCompared: an answer that lacks something is a fault.
func TestComplexRepliesAreCompared(t *testing.T) {
	value := complexValue()
	if err := compareComplex(value, complexValue()); err != nil {
		t.Error(err)
	}
	for _, spoil := range []func(*shapes.Complex){
		func(v *shapes.Complex) { v.Number++ },
		func(v *shapes.Complex) { v.Parts = v.Parts[1:] },
		func(v *shapes.Complex) { delete(v.PartByName, "part-3") },
		func(v *shapes.Complex) { v.Main = nil },
	} {
		reply := complexValue()
		spoil(reply)
		if compareComplex(value, reply) == nil {
			t.Errorf("passes: %+v", reply)
		}
	}
}

// TestCallersFindFaults: neither an error nor another text counts as a call.
func TestCallersFindFaults(t *testing.T) {
	fault := errors.New("fault")
	for name, call := range map[string]func(string) (string, error){
		"an error":     func(string) (string, error) { return "", fault },
		"another text": func(text string) (string, error) { return text + "x", nil },
		"a shorter text": func(text string) (string, error) {
			return text[1:], nil
		},
	} {
		run, err := textCallers(message, func() (func(string) (string, error), error) { return call, nil })
		if err != nil {
			t.Fatal(err)
		}
		if calls, err := run(time.Minute); err == nil {
			t.Errorf("%s passes for %d calls", name, calls)
		}
	}
	if _, err := textCallers(message, func() (func(string) (string, error), error) { return nil, fault }); err != fault {
		t.Errorf("a caller without a connection: %v", err)
	}
}
