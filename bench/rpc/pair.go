package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"time"
)

// stopTime is how long a child may take to end once its input has ended.
const stopTime = 5 * time.Second

// A child is a process of this program. It answers each line with one.
type child struct {
	command *exec.Cmd
	input   io.WriteCloser
	lines   chan string // closed when the child's output ends
	cancel  context.CancelFunc
}

// startChild starts this program on a processor of its own.
func startChild(processor int, stderr io.Writer, arguments ...string) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &child{command: exec.CommandContext(ctx, program, arguments...), lines: make(chan string), cancel: cancel}
	c.command.Env = append(os.Environ(), "GOMAXPROCS=1")
	c.command.Stderr = stderr
	c.command.WaitDelay = stopTime
	output, err := c.command.StdoutPipe()
	if err == nil {
		c.input, err = c.command.StdinPipe()
	}
	if err == nil {
		err = startOn(processor, c.command)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	go func() {
		defer close(c.lines)
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			c.lines <- scanner.Text()
		}
	}()
	return c, nil
}

// line waits for the child's next line.
func (c *child) line(limit time.Duration) (string, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case text, open := <-c.lines:
		if !open {
			return "", fmt.Errorf("%s ended", strings.Join(c.command.Args[1:], " "))
		}
		return text, nil
	case <-timer.C:
		return "", fmt.Errorf("%s gave no answer within %v", strings.Join(c.command.Args[1:], " "), limit)
	}
}

// ask sends a line and reads numbers from the answer.
func (c *child) ask(text string, limit time.Duration, numbers ...any) error {
	if _, err := io.WriteString(c.input, text+"\n"); err != nil {
		return err
	}
	answer, err := c.line(limit)
	if err == nil {
		_, err = fmt.Sscan(answer, numbers...)
	}
	return err
}

// stop ends the child's input and thereby the child, or kills it.
func (c *child) stop() {
	c.input.Close()
	timer := time.AfterFunc(stopTime, c.cancel)
	defer timer.Stop()
	for range c.lines { // Wait closes the pipe, so the reader must be done.
	}
	c.command.Wait()
	c.cancel()
}

// A pair is the server and the callers of a system.
type pair struct {
	system          system
	server, callers *child
}

// startPairs starts a server and its callers for each system. Those whose turn it is not wait for input.
func startPairs(stderr io.Writer) ([]*pair, error) {
	var pairs []*pair
	for _, s := range systems {
		p := &pair{system: s}
		pairs = append(pairs, p)
		var err error
		if p.server, err = startChild(serverProcessor(), stderr, "-serve", s.name); err != nil {
			return pairs, err
		}
		address, err := p.server.line(10 * time.Second)
		if err != nil {
			return pairs, err
		}
		if p.callers, err = startChild(callerProcessor(), stderr, "-call", s.name, address); err != nil {
			return pairs, err
		}
	}
	return pairs, nil
}

func stopPairs(pairs []*pair) {
	for _, p := range pairs {
		for _, c := range []*child{p.callers, p.server} {
			if c != nil {
				c.stop()
			}
		}
	}
}

// A round is what one measurement of a system gave.
type round struct {
	perSecond                  float64
	callerAllocs, serverAllocs float64 // objects per call
	serverMicroseconds         float64 // of processor time per call
}

// measure lets the pairs call in turn, in an order shuffled anew for each round, after a round that does not count.
func measure(pairs []*pair, rounds int, duration time.Duration) (*table, error) {
	result := &table{rounds: map[string][]round{}}
	for i := range rounds + 1 {
		rand.Shuffle(len(pairs), func(a, b int) { pairs[a], pairs[b] = pairs[b], pairs[a] })
		for _, p := range pairs {
			length := duration
			if i == 0 {
				length = duration / 4
			}
			r, err := p.round(length)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				result.rounds[p.system.name] = append(result.rounds[p.system.name], r)
			}
		}
	}
	return result, nil
}

func (p *pair) round(duration time.Duration) (round, error) {
	var before, after, allocs uint64
	var busyBefore, busyAfter int64
	var calls, nanoseconds float64
	if err := p.server.ask("", stopTime, &before, &busyBefore); err != nil {
		return round{}, err
	}
	if err := p.callers.ask(duration.String(), duration+20*time.Second, &calls, &nanoseconds, &allocs); err != nil {
		return round{}, err
	}
	if err := p.server.ask("", stopTime, &after, &busyAfter); err != nil {
		return round{}, err
	}
	if calls == 0 {
		return round{}, fmt.Errorf("%s: no call was answered", p.system.name)
	}
	return round{
		perSecond:    calls / nanoseconds * 1e9,
		callerAllocs: float64(allocs) / calls,
		serverAllocs: float64(after-before) / calls,

		serverMicroseconds: float64(busyAfter-busyBefore) / calls / 1e3,
	}, nil
}
