package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tagwire/tagwire/definition/compilertest"
	"github.com/tagwire/tagwire/rpc"
)

// asServer is the environment variable that makes a process of the tests the program.
const asServer = "TAGWIRE_EXAMPLE_GRPC"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run(context.Background(), &out, ""); err != nil {
		t.Fatal(err)
	}
	const want = `recorded: 3 readings, 5.0 in the mean, at most Oslo 7.0
latest: Oslo 4.5
history: Oslo 3.5
history: Oslo 7.0
history: Oslo 4.5
so far: 1 readings, 21.0 in the mean, at most Rome 21.0
so far: 2 readings, 22.5 in the mean, at most Rome 24.0
Rome: no reading of Rome
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestRunRefuses(t *testing.T) {
	for _, address := range []string{"nowhere", "127.0.0.1:99999"} {
		if err := run(context.Background(), new(bytes.Buffer), address); err == nil {
			t.Errorf("serves on %q", address)
		}
	}
}

// start starts the program as a server, and returns it with its address.
func start(t *testing.T) (server *exec.Cmd, address string) {
	t.Helper()
	if os.Getenv("TAGWIRE_EMULATOR") != "" {
		t.Skip("an emulator cannot start other processes of its kind")
	}
	server = exec.Command(os.Args[0], "-listen", "127.0.0.1:0")
	server.Env = append(os.Environ(), asServer+"=1")
	server.Stderr = os.Stderr
	output, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill() })
	line, err := bufio.NewReader(output).ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) == 0 {
		t.Fatalf("it prints %q, %v", line, err)
	}
	return server, words[len(words)-1]
}

// TestServes: the program serves on the address that it prints. When it is interrupted or terminated, it lets a call end that is under way,
// and ends well.
func TestServes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("processes cannot be interrupted")
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		server, address := start(t)
		if err := call(new(bytes.Buffer), address); err != nil {
			t.Error(err)
		}
		if err := interruptWithin(address, func() error { return server.Process.Signal(signal) }); err != nil {
			t.Errorf("%v: %v", signal, err)
		}
		if err := server.Wait(); err != nil {
			t.Errorf("%v: it ends with %v", signal, err)
		}
	}
}

// interruptWithin begins a call, interrupts the server, and ends the call.
func interruptWithin(address string, interrupt func() error) error {
	var stations Stations
	client, err := rpc.NewClient(rpc.WithAddresses(address), rpc.WithTransport(rpc.GRPC), rpc.WithService(serviceName),
		rpc.WithContract(&stations, rpc.Protobuf()))
	if err != nil {
		return err
	}
	defer client.Close()
	answered := make(chan struct{})
	requests := func(yield func(*Reading, error) bool) {
		if yield(&Reading{"Oslo", 1}, nil) {
			<-answered
			yield(&Reading{"Oslo", 2}, nil)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	count := int32(0)
	for summary, err := range stations.Follow(ctx, requests) {
		if err != nil {
			return err
		}
		if count = summary.Count; count > 1 {
			continue
		}
		if err := interrupt(); err != nil {
			return err
		}
		for { // until it takes no connections any more
			conn, err := net.Dial("tcp", address)
			if err != nil {
				break
			}
			conn.Close()
			time.Sleep(time.Millisecond)
		}
		close(answered)
	}
	if count != 2 {
		return fmt.Errorf("%d readings were answered, not 2", count)
	}
	return nil
}

// A command is one that README.md shows, with what it prints.
type command struct{ line, output string }

// documented returns the commands of a document whose lines begin with a dollar, and what stands below them.
func documented(document string) (all []command) {
	for _, block := range regexp.MustCompile("(?ms)^```text\n(.*?)^```$").FindAllStringSubmatch(document, -1) {
		for _, part := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			line, output, _ := strings.Cut(part, "\n")
			all = append(all, command{line, strings.TrimSpace(output)})
		}
	}
	return all
}

// missing returns what this host lacks to run the commands.
func missing() (what []string) {
	for thing, try := range map[string][]string{
		"sh":                  {"sh", "-c", "true"},
		"grpcurl in the path": {"grpcurl", "-version"},
		"Debian's python3-grpcio and python3-protobuf":      {"/usr/bin/python3", "-c", "import grpc, google.protobuf"},
		"protoc, which Debian's protobuf-compiler contains": {"protoc", "--version"},
	} {
		if exec.Command(try[0], try[1:]...).Run() != nil {
			what = append(what, thing)
		}
	}
	return what
}

// TestReadme runs the commands of README.md, one after the other, against one server.
func TestReadme(t *testing.T) {
	document, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := documented(string(document))
	if len(commands) == 0 {
		t.Fatal("README.md shows no command")
	}
	if lacks := missing(); lacks != nil {
		if os.Getenv("TAGWIRE_REQUIRE_PEERS") != "" {
			t.Fatalf("missing: %q", lacks)
		}
		t.Skipf("missing: %q", lacks)
	}
	_, address := start(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir() // for the files that they make
	if err := os.Symlink(filepath.Join(root, "examples"), filepath.Join(folder, "examples")); err != nil {
		t.Fatal(err)
	}
	for _, c := range commands {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		sh := exec.CommandContext(ctx, "sh", "-c", strings.ReplaceAll(c.line, "127.0.0.1:9090", address))
		sh.Dir = folder
		printed, err := sh.CombinedOutput()
		cancel()
		if fails := strings.HasPrefix(c.output, "ERROR:"); fails != (err != nil) || err != nil && !errors.As(err, new(*exec.ExitError)) {
			t.Errorf("%s: %v", c.line, err)
		}
		if got := strings.TrimSpace(string(printed)); got != c.output {
			t.Errorf("%s prints\n%s", c.line, got)
		}
	}
}

// TestDefinition: protoc reads the definition of the contract.
func TestDefinition(t *testing.T) {
	d, err := rpc.DescribeContract[Stations](serviceName, rpc.Protobuf())
	if err != nil {
		t.Fatal(err)
	}
	compilertest.Check(t, d)
}
