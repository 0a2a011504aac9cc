package interop

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Times that are much longer than anything takes, so that a peer that hangs fails its test.
const (
	startTime  = 20 * time.Second
	clientTime = time.Minute
	stopTime   = 5 * time.Second
)

// A setting is how a client and a server speak with each other.
type setting struct {
	transport string // framed or buffered
	services  string // plain, or multiplexed as Apache does it
	format    string // binary or compact
}

// String names all three.
func (s setting) String() string { return s.transport + " " + s.services + " " + s.format }

var settings = []setting{
	{"framed", "plain", "binary"}, {"framed", "multiplexed", "binary"}, {"buffered", "plain", "binary"}, {"buffered", "multiplexed", "binary"},
	{"framed", "plain", "compact"}, {"framed", "multiplexed", "compact"}, {"buffered", "plain", "compact"}, {"buffered", "multiplexed", "compact"},
}

// suits tells whether a kind of server can do a setting.
func (k serverKind) suits(s setting) bool { return s.transport == "framed" || !k.framedOnly }

// log is a process's standard error, which the test shows if it fails.
type log struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.Write(p)
}

func (l *log) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.String()
}

// startServer starts a peer's server and returns its address. The server ends with the test.
func startServer(t *testing.T, p programs, kind serverKind, s setting) (address string) {
	t.Helper()
	address, _ = startMortal(t, p, kind, s)
	return address
}

// startMortal is startServer for a test that kills the server.
func startMortal(t *testing.T, p programs, kind serverKind, s setting) (address string, kill func()) {
	t.Helper()
	arguments := append(p.server[1:len(p.server):len(p.server)], s.transport, s.services, s.format)
	if kind.argument != "" {
		arguments = append(arguments, kind.argument)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, p.server[0], arguments...)
	command.Env = append(os.Environ(), p.environment...)
	command.WaitDelay = stopTime
	stderr := &log{}
	command.Stderr = stderr
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	t.Cleanup(func() {
		input.Close() // It ends when its input does, or else is killed.
		timer := time.AfterFunc(stopTime, cancel)
		defer timer.Stop()
		if err := command.Wait(); err != nil && !killed {
			t.Errorf("the server %s did not end by itself: %v", kind.name, err)
		}
		if t.Failed() {
			t.Logf("the server %s said:\n%.4000s", kind.name, stderr)
		}
	})
	port := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(output).ReadString('\n')
		port <- strings.TrimSpace(line)
	}()
	select {
	case number := <-port:
		if number == "" {
			t.Fatalf("the server %s ended:\n%.4000s", kind.name, stderr)
		}
		return net.JoinHostPort("127.0.0.1", number), func() { killed = true; cancel() }
	case <-time.After(startTime):
		t.Fatalf("the server %s printed no port within %v:\n%.4000s", kind.name, startTime, stderr)
		return "", nil
	}
}

// runClient runs a peer's client against a server of "apache" or "tagwire".
func runClient(t *testing.T, p programs, address string, s setting, server string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), clientTime)
	defer cancel()
	arguments := append(p.client[1:len(p.client):len(p.client)], address, s.transport, s.services, s.format, server)
	command := exec.CommandContext(ctx, p.client[0], arguments...)
	command.Env = append(os.Environ(), p.environment...)
	command.WaitDelay = stopTime
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("the client found differences: %v\n%.8000s", err, output)
	}
}
