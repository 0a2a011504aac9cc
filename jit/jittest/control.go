package jittest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire/fuzz/effort"
)

// Controls are functions that break one rule of the contract, by name. They run in a process of their own, which
// must fail visibly: it crashes, or calls Harmed. If it returns normally, the test of the rule proves
// nothing.
var Controls = map[string]func(){}

// controlVariable names the control that a test binary runs instead of the tests.
const controlVariable = "TAGWIRE_CONTROL"

// unharmed is what a control that returns prints.
const unharmed = "unharmed"

// Main is the TestMain of packages with controls.
func Main(m *testing.M) {
	flag.Parse()
	if name := os.Getenv(controlVariable); name != "" {
		Controls[name]()
		fmt.Println(unharmed)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Long reports that the long forms of tests are asked for, by the flag that each package with such tests defines.
func Long() bool { return flag.Lookup("long").Value.String() == "true" }

// Harmed ends a control that has seen wrong memory.
func Harmed(format string, arguments ...any) {
	fmt.Printf("harmed: "+format+"\n", arguments...)
	os.Exit(3)
}

// ControlSeconds is how long a control that depends on timing may try.
const ControlSeconds = 20

// A control that does harm has controlLimit to end. It may hang instead: where two threads find wrong memory at once, each holds one
// of the two locks that the runtime takes to report it, and waits for the other. So a control is tried controlAttempts times.
const (
	controlLimit    = 4 * ControlSeconds * time.Second
	controlAttempts = 3
)

// KeepFor is how long a test runs whose control depends on timing.
func KeepFor() time.Duration {
	if Long() {
		return time.Minute
	}
	return time.Second
}

// TryFor calls attempt repeatedly until the time of a control is over.
func TryFor(attempt func()) {
	for end := time.Now().Add(ControlSeconds * time.Second); time.Now().Before(end); {
		attempt()
	}
}

// runControl runs a control under the runtime's settings that make misuse of memory visible.
func runControl(t *testing.T, ctx context.Context, name string, environment ...string) (output string, err error) {
	t.Helper()
	if Controls[name] == nil {
		t.Fatal("there is no control", name)
	}
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	environment = append([]string{controlVariable + "=" + name, "GODEBUG=clobberfree=1", "GOGC=50", "GOTRACEBACK=single"}, environment...)
	command := []string{executable, fmt.Sprintf("-long=%t", Long())}
	if emulator := os.Getenv(effort.Emulator); emulator != "" {
		command = append([]string{emulator}, command...)
	}
	return runProcess(t, ctx, environment, command)
}

// runProcess runs a command, which outlives neither ctx nor the test's deadline.
func runProcess(t *testing.T, ctx context.Context, environment, words []string) (string, error) {
	t.Helper()
	whole := context.Background()
	if deadline, limited := t.Deadline(); limited {
		var cancel context.CancelFunc
		whole, cancel = context.WithDeadline(whole, deadline.Add(-time.Second))
		defer cancel()
	}
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(whole, cancel)()
	command := exec.CommandContext(limited, words[0], words[1:]...)
	command.Env = append(os.Environ(), environment...)
	out, err := command.CombinedOutput()
	if whole.Err() != nil {
		t.Fatalf("%v: %v", environment, whole.Err())
	}
	return string(out), err
}

// RequireHarm runs a control and wants it to end in one of the ways that pattern describes.
func RequireHarm(t *testing.T, name, pattern string) {
	t.Helper()
	for attempt := 1; ; attempt++ {
		ctx, cancel := context.WithTimeout(context.Background(), controlLimit)
		output, err := runControl(t, ctx, name)
		hung := ctx.Err() != nil
		cancel()
		switch {
		case (hung || err == nil) && attempt < controlAttempts: // a busy host may keep what goes wrong from happening
			t.Logf("the control %s hung, or came to no harm: %s", name, output)
			continue
		case hung:
			t.Fatalf("the control hung, the last of %d times: %s", attempt, output)
		case err == nil:
			t.Fatalf("the control came to no harm, the last of %d times, so the test of its rule proves nothing: %s", attempt, output)
		case !regexp.MustCompile(pattern).MatchString(output):
			t.Fatalf("the control ended otherwise than by %q: %s", pattern, output)
		}
		return
	}
}

// RequireUnharmed runs a function that keeps the rules under the same settings.
func RequireUnharmed(t *testing.T, name string, environment ...string) (output string) {
	t.Helper()
	if settings := os.Getenv("GODEBUG"); settings != "" { // of the run as a whole
		environment = append([]string{"GODEBUG=clobberfree=1," + settings}, environment...)
	}
	if percent := os.Getenv("GOGC"); percent != "" {
		environment = append(environment, "GOGC="+percent)
	}
	output, err := runControl(t, context.Background(), name, environment...)
	if err != nil || !strings.Contains(output, unharmed) {
		t.Fatalf("%v: %s", err, output)
	}
	return output
}
