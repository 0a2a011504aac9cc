package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// stopTime is how long a child may take to end once its input has ended.
const stopTime = 5 * time.Second

// A child is a process of this program that answers questions. See child.go for its side.
type child struct {
	command *exec.Cmd
	input   io.WriteCloser
	answers chan json.RawMessage // closed when the child's output ends
	cancel  context.CancelFunc
}

// startChild starts this program on a processor of its own.
func startChild(processor int, stderr io.Writer, arguments ...string) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &child{command: exec.CommandContext(ctx, program, arguments...), answers: make(chan json.RawMessage), cancel: cancel}
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
		defer close(c.answers)
		for decoder := json.NewDecoder(output); ; {
			var answer json.RawMessage
			if decoder.Decode(&answer) != nil {
				return
			}
			c.answers <- answer
		}
	}()
	return c, nil
}

// read waits for the child's next answer.
func (c *child) read(limit time.Duration, answer any) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case text, open := <-c.answers:
		if !open {
			return fmt.Errorf("%s ended", strings.Join(c.command.Args[1:], " "))
		}
		return json.Unmarshal(text, answer)
	case <-timer.C:
		return fmt.Errorf("%s gave no answer within %v", strings.Join(c.command.Args[1:], " "), limit)
	}
}

// ask sends a question and reads the answer.
func (c *child) ask(question any, limit time.Duration, answer any) error {
	if err := json.NewEncoder(c.input).Encode(question); err != nil {
		return err
	}
	return c.read(limit, answer)
}

// stop ends the child's input and thereby the child, or kills it.
func (c *child) stop() {
	c.input.Close()
	timer := time.AfterFunc(stopTime, c.cancel)
	defer timer.Stop()
	for range c.answers { // Wait closes the pipe, so the reader must be done.
	}
	c.command.Wait()
	c.cancel()
}
