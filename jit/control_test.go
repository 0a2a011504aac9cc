package jit

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// long asks for the long forms of tests; .ci/run long does.
var long = flag.Bool("long", false, "run the long forms of tests")

// controls are functions that break one rule of the contract, by name. They run in a process of their own, which
// must come to harm: it crashes, or harmed ends it. One that returns has proved that the test of the rule proves
// nothing.
var controls = map[string]func(){}

// controlVariable names the control that a test binary runs in place of the tests.
const controlVariable = "TAGWIRE_CONTROL"

func TestMain(m *testing.M) {
	flag.Parse()
	if name := os.Getenv(controlVariable); name != "" {
		controls[name]()
		fmt.Println("unharmed")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// harmed ends a control that has seen wrong memory.
func harmed(format string, arguments ...any) {
	fmt.Printf("harmed: "+format+"\n", arguments...)
	os.Exit(3)
}

// controlSeconds is how long a control that needs luck may try.
const controlSeconds = 20

// keepFor is how long a test whose control needs luck keeps its rule.
func keepFor() time.Duration {
	if *long {
		return time.Minute
	}
	return time.Second
}

// tryFor calls attempt again and again until the time of a control is over.
func tryFor(attempt func()) {
	for end := time.Now().Add(controlSeconds * time.Second); time.Now().Before(end); {
		attempt()
	}
}

// runControl runs a control under the runtime's settings that make misuse of memory visible.
func runControl(t *testing.T, name string, environment ...string) (output string, err error) {
	t.Helper()
	require.Contains(t, controls, name)
	executable, err := os.Executable()
	require.NoError(t, err)
	environment = append([]string{controlVariable + "=" + name, "GODEBUG=clobberfree=1", "GOGC=50", "GOTRACEBACK=single"}, environment...)
	return runProcess(t, environment, executable, fmt.Sprintf("-long=%t", *long))
}

// runProcess runs a command, which does not outlive the test's deadline.
func runProcess(t *testing.T, environment []string, name string, arguments ...string) (string, error) {
	ctx := context.Background()
	if deadline, limited := t.Deadline(); limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-time.Second))
		defer cancel()
	}
	command := exec.CommandContext(ctx, name, arguments...)
	command.Env = append(os.Environ(), environment...)
	out, err := command.CombinedOutput()
	require.NoError(t, ctx.Err(), environment)
	return string(out), err
}

// emulated reports that another instruction set than the machine's is being emulated for this process. Processes
// of many threads cannot rely on starting others then, so rules are kept in this process, and controls are for
// real machines.
func emulated() bool {
	machine, err := os.ReadFile("/proc/sys/kernel/arch")
	names := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}
	return err == nil && strings.TrimSpace(string(machine)) != names[runtime.GOARCH]
}

// requireHarm runs a control and wants it to end in one of the ways that pattern describes.
func requireHarm(t *testing.T, name, pattern string) {
	t.Helper()
	if emulated() {
		t.Log("not under an emulator: the control", name)
		return
	}
	output, err := runControl(t, name)
	require.Error(t, err, "the control came to no harm, so the test of its rule proves nothing: %s", output)
	require.Regexp(t, pattern, output)
}

// requireUnharmed runs a function that keeps the rules under the same settings.
func requireUnharmed(t *testing.T, name string, environment ...string) (output string) {
	t.Helper()
	if emulated() {
		controls[name]()
		return ""
	}
	if settings := os.Getenv("GODEBUG"); settings != "" { // of the run as a whole
		environment = append([]string{"GODEBUG=clobberfree=1," + settings}, environment...)
	}
	if percent := os.Getenv("GOGC"); percent != "" {
		environment = append(environment, "GOGC="+percent)
	}
	output, err := runControl(t, name, environment...)
	require.NoError(t, err, output)
	require.Contains(t, output, "unharmed")
	return output
}
