//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tagwire/tagwire/jit/abi"
)

// goCommand runs the go command for an architecture, without the instrumentation that this test may run under.
func goCommand(t *testing.T, architecture string, arguments ...string) string {
	t.Helper()
	command := exec.Command("go", arguments...)
	command.Env = append(os.Environ(), "GOOS="+runtime.GOOS, "GOARCH="+architecture, "CGO_ENABLED=0", "GODEBUG=", "GOGC=")
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return string(output)
}

// disassembled returns the lines of each function of this package in an optimised test binary.
func disassembled(t *testing.T, architecture string) map[string][]string {
	binary := filepath.Join(t.TempDir(), "island.test")
	goCommand(t, architecture, "test", "-c", "-o", binary, ".")
	functions := map[string][]string{}
	name := ""
	for _, line := range strings.Split(goCommand(t, architecture, "tool", "objdump", "-s", `tagwire/jit/island\.`, binary), "\n") {
		if title, ok := strings.CutPrefix(line, "TEXT "); ok {
			name, _, _ = strings.Cut(title, "(SB)")
			name = name[strings.LastIndex(name, "/island.")+len("/island."):]
		} else if line != "" {
			functions[name] = append(functions[name], line)
		}
	}
	return functions
}

var callTarget = regexp.MustCompile(`\bCALL (\S+)\(SB\)`)

// callsOf returns the functions that the lines call, in their order.
func callsOf(lines []string) (calls []string) {
	for _, line := range lines {
		if match := callTarget.FindStringSubmatch(line); match != nil {
			calls = append(calls, match[1])
		}
	}
	return calls
}

func hasStackCheck(lines []string) bool {
	return strings.Contains(strings.Join(callsOf(lines), " "), "runtime.morestack")
}

// checkLaunch returns an error unless the code of a launch function is correct for a number of cells: it must have no stack
// check, call nothing but the write barrier and then enter, and pass the barrier two pointers for each cell, the old and the
// new.
func checkLaunch(lines []string, cells int) error {
	if len(lines) == 0 {
		return errors.New("the function is not there")
	}
	if hasStackCheck(lines) {
		return errors.New("the function can be preempted at its stack check")
	}
	const barrier = "runtime.gcWriteBarrier"
	buffered, entered := 0, false
	for _, callee := range callsOf(lines) {
		number, isBarrier := strings.CutPrefix(callee, barrier)
		switch {
		case isBarrier && entered:
			return errors.New("a write barrier stands after enter")
		case isBarrier:
			n, err := strconv.Atoi(strings.TrimSuffix(number, ".abi0"))
			if err != nil {
				return fmt.Errorf("no number in %s", callee)
			}
			buffered += n
		case strings.Contains(callee, "island.enter") && !entered:
			entered = true
		default:
			return fmt.Errorf("the function calls %s", callee)
		}
	}
	if !entered {
		return errors.New("the function does not call enter")
	}
	if buffered != 2*cells {
		return fmt.Errorf("the write barrier gets %d pointers instead of %d", buffered, 2*cells)
	}
	return nil
}

// architecturesToInspect are those whose code the go command makes here.
func architecturesToInspect() []string {
	if *long {
		return []string{"amd64", "arm64"}
	}
	return []string{runtime.GOARCH}
}

func TestM4LaunchIsOneUnsafePoint(t *testing.T) {
	for _, architecture := range architecturesToInspect() {
		t.Run(architecture, func(t *testing.T) { inspectLaunch(t, disassembled(t, architecture)) })
	}
}

func inspectLaunch(t *testing.T, functions map[string][]string) {
	const cells = 2 + abi.NativeSlabs
	require.NoError(t, checkLaunch(functions["launch"], cells), strings.Join(functions["launch"], "\n"))
	run := functions["(*Program).run"]
	require.Contains(t, strings.Join(callsOf(run), " "), "island.launch", "launch is called, not inlined")
	require.NotContains(t, strings.Join(callsOf(run), " "), "island.enter")

	require.Len(t, launchForms, 5)
	for form, fault := range map[string]string{
		"launchUnshaded":   "the write barrier gets 0 pointers",
		"launchCleared":    "the write barrier gets",
		"launchFromCells":  "the write barrier gets 0 pointers",
		"launchOnStack":    "the write barrier gets 0 pointers",
		"launchSplittable": "preempted",
		"launchCaller":     "preempted",
	} {
		require.ErrorContains(t, checkLaunch(functions[form], cells), fault, form)
	}
	require.Contains(t, strings.Join(callsOf(functions["launchCaller"]), " "), "island.enter", "nosplit alone is inlined")

	turn := strings.Join(append(callsOf(run), callsOf(functions["(*state).serveCommon"])...), " ")
	require.Contains(t, turn, "island.(*state).serve", "serve is called, not inlined")
	require.True(t, hasStackCheck(functions["(*state).serve"]), "serve is the safe point of each turn")
	for _, service := range []string{"newStruct", "newSlab", "readMap", "fillMap"} {
		require.Contains(t, turn, "island.(*state)."+service, "or one of these, not inlined")
		require.True(t, hasStackCheck(functions["(*state)."+service]), "%s then is the safe point", service)
	}
	require.False(t, hasStackCheck(functions["safePointless"]), "a leaf function is none")
}

func TestM7EscapeAnalysisSendsArgumentsToTheHeap(t *testing.T) {
	if len(architecturesToInspect()) == 0 {
		return // it is the same for all of them
	}
	// The -m output names the line of each function's first line.
	output := goCommand(t, runtime.GOARCH, "build", "-gcflags=-m", ".")
	for _, want := range []string{"Process:value", "Process:data", "Size:value",
		"EncodeDirect:value", "EncodeDirect:output"} {
		function, parameter, _ := strings.Cut(want, ":")
		require.Regexp(t, escapeLine(t, function, "leaking param: "+parameter), output, want)
	}
	require.Regexp(t, escapeLine(t, "run", "leaking param content: c"), output)
	require.NotRegexp(t, `driver\.go:\d+:\d+: moved to heap`, output, "frames and calls stay on the stack")
	require.NotRegexp(t, escapeLine(t, "run", "leaking param: c\n"), output)
	require.Regexp(t, `launch\.go:\d+:\d+: cells does not escape`, output, "control: not everything leaks")
}

// escapeLine is the pattern of a message about a parameter of a function in driver.go.
func escapeLine(t *testing.T, function, message string) string {
	source, err := os.ReadFile("driver.go")
	require.NoError(t, err)
	for i, line := range strings.Split(string(source), "\n") {
		if strings.HasPrefix(line, "func ") && strings.Contains(line, ") "+function+"(") {
			return fmt.Sprintf(`driver\.go:%d:\d+: %s`, i+1, regexp.QuoteMeta(message))
		}
	}
	t.Fatalf("driver.go has no function %s", function)
	return ""
}
