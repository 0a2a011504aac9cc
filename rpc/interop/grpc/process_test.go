package grpcinterop

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// requirePeers is the environment variable that makes a missing peer a failure.
const requirePeers = "TAGWIRE_REQUIRE_PEERS"

// Times that are much longer than anything takes, so that what hangs fails its test.
const (
	buildTime = 10 * time.Minute
	runTime   = 2 * time.Minute
	startTime = 20 * time.Second
	stopTime  = 5 * time.Second
)

// scratch is the folder for everything that is built.
var scratch string

// missing ends a test whose peer cannot be had.
func missing(t *testing.T, name, needs string, err error) {
	t.Helper()
	const format = "%s cannot run here; it needs %s: %v"
	if os.Getenv(requirePeers) != "" {
		t.Fatalf(format, name, needs, err)
	}
	t.Skipf(format, name, needs, err)
}

// execute runs a command, and returns what it prints.
func execute(ctx context.Context, environment []string, name string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, name, arguments...)
	command.Env = append(os.Environ(), environment...)
	command.WaitDelay = stopTime
	output, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %.400s: %w\n%.8000s", name, strings.Join(arguments, " "), err, output)
	}
	return string(output), err
}

// run is execute for a command that has to succeed.
func run(t *testing.T, environment []string, name string, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), runTime)
	defer cancel()
	output, err := execute(ctx, environment, name, arguments...)
	if err != nil {
		t.Error(err)
	}
	return output
}

// A program is a command of another module, which is built from that module's own list of what it requires.
type program struct {
	path, version string

	once   sync.Once
	binary string
	err    error
}

// command returns the program's file.
func (p *program) command(t *testing.T) string {
	t.Helper()
	p.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), buildTime)
		defer cancel()
		folder, err := os.MkdirTemp(scratch, "program")
		if err == nil {
			_, err = execute(ctx, []string{"GOBIN=" + folder}, "go", "install", p.path+"@"+p.version)
		}
		p.binary, p.err = filepath.Join(folder, filepath.Base(p.path)), err
	})
	if p.err != nil {
		missing(t, p.path, "the Go command, and its module of version "+p.version, p.err)
	}
	return p.binary
}

// log is what a process writes, which the test shows if it fails.
type log struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (l *log) add(line string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.buffer.WriteString(line)
}

func (l *log) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.String()
}

// background starts a command that runs until the test ends, and returns what found returns for the first line that it accepts.
func background(t *testing.T, found func(line string) (string, bool), environment []string, name string, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, name, arguments...)
	command.Env = append(os.Environ(), environment...)
	command.WaitDelay = stopTime
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = writer, writer
	// A peer's server ends when its input does, also if this process ends in a way that leaves no time to stop it.
	if _, err := command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	said := &log{}
	result, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		lines := bufio.NewReader(reader)
		for waiting := true; ; {
			line, err := lines.ReadString('\n')
			said.add(line)
			if value, ok := found(line); ok && waiting {
				result <- value
				waiting = false
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		_ = command.Wait()
		<-ended
		_ = reader.Close()
		if t.Failed() {
			t.Logf("%s said:\n%.8000s", name, said)
		}
	})
	select {
	case value := <-result:
		return value
	case <-ended:
		t.Fatalf("%s ended:\n%.8000s", name, said)
	case <-time.After(startTime):
		t.Fatalf("%s did not say where it listens:\n%.8000s", name, said)
	}
	return ""
}
