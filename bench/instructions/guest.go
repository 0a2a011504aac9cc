package main

import (
	"bufio"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/bench/figures"
	"github.com/tagwire/tagwire/bench/marks"
)

// A machine is an architecture and the emulator of its user mode.
type machine struct {
	architecture string
	emulator     []string
	settings     string // of TAGWIRE_DEBUG
}

// machines are those that are compared. amd64's AVX2 level is v3.
var machines = [2]machine{
	{"amd64", []string{"qemu-x86_64", "-cpu", "max"}, "v3"},
	{"arm64", []string{"qemu-aarch64", "-cpu", "max"}, ""},
}

// directions are those of the guest.
var directions = []string{"encode", "decode"}

//go:embed plugin/count.c
var pluginSource []byte

// buildPlugin compiles the plugin of the emulators.
func buildPlugin(folder string) (path string, err error) {
	source, path := filepath.Join(folder, "count.c"), filepath.Join(folder, "count.so")
	if err := os.WriteFile(source, pluginSource, 0o600); err != nil {
		return "", err
	}
	return path, silently(exec.Command("gcc", "-Wall", "-Werror", "-O2", "-shared", "-fPIC", "-o", path, source))
}

// build makes the guest: the command of the folder above, without C.
func (m *machine) build(folder string) (path string, err error) {
	path = filepath.Join(folder, "bench-"+m.architecture)
	command := exec.Command("go", "build", "-buildvcs=false", "-o", path, "github.com/tagwire/tagwire/bench")
	command.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+m.architecture, "CGO_ENABLED=0")
	return path, silently(command)
}

// silently runs a command; its output is part of the error.
func silently(command *exec.Cmd) error {
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command.Args, " "), err, output)
	}
	return nil
}

// run counts in a fresh process. The collector runs between the counts alone, and no signal stops the thread.
func (m *machine) run(plugin, guest string, arguments []string) (*counts, error) {
	words := slices.Concat(m.emulator, []string{"-plugin", fmt.Sprintf("%s,mark=%d", plugin, marks.File), guest, "-counted"}, arguments)
	command := exec.Command(words[0], words[1:]...)
	command.Env = append(os.Environ(), "TAGWIRE_ENGINE=", "TAGWIRE_DEBUG="+m.settings, "GOGC=off", "GOMEMLIMIT=off", "GODEBUG=asyncpreemptoff=1", "GOMAXPROCS=1")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(words, " "), err)
	}
	return parse(m.architecture, string(output))
}

// counts are what one process counted, or the medians over some.
type counts struct {
	architecture string
	order        []key
	rows         map[key]*row
	absences     []string // reasons why there is no native code, each once
}

type key struct{ name, direction string }

// A row is of one operation: the instructions that it executes, those of them in native code, and the bytes of its type's code.
type row struct {
	all, native float64
	code        int
}

// parse reads what a guest and the plugin wrote.
func parse(architecture, output string) (*counts, error) {
	c := &counts{architecture: architecture, rows: map[key]*row{}}
	var operation marks.Operation
	var pending []marks.Count
	lines := bufio.NewScanner(strings.NewReader(output))
	for lines.Scan() {
		line := lines.Text()
		if o, ok := marks.ParseOperation(line); ok && len(pending) == 0 {
			operation = o
		} else if count, ok := marks.ParseCount(line); ok && operation.Count > 0 {
			if pending = append(pending, count); len(pending) == 3*marks.Repetitions {
				k := key{operation.Case, operation.Direction}
				c.order = append(c.order, k)
				c.rows[k] = perOperation(operation, pending)
				operation, pending = marks.Operation{}, nil
			}
		} else if reason, ok := marks.ParseAbsent(line); ok && len(pending) == 0 {
			if !slices.Contains(c.absences, reason) {
				c.absences = append(c.absences, reason)
			}
		} else {
			return nil, fmt.Errorf("%s: the guest wrote %q", architecture, line)
		}
	}
	if len(pending) > 0 || operation.Count > 0 {
		return nil, fmt.Errorf("%s: the counts end early", architecture)
	}
	return c, lines.Err()
}

// perOperation subtracts, in each repetition, what was counted while nothing ran from what was counted while the operations did.
func perOperation(o marks.Operation, list []marks.Count) *row {
	var all, native []float64
	for marks := range slices.Chunk(list, 3) {
		all = append(all, (marks[2].All-marks[1].All)-(marks[1].All-marks[0].All))
		native = append(native, (marks[2].Native-marks[1].Native)-(marks[1].Native-marks[0].Native))
	}
	n := float64(o.Count)
	return &row{all: figures.Median(all) / n, native: figures.Median(native) / n, code: o.CodeBytes}
}

// medians are those over processes that counted the same operations.
func medians(processes []*counts) (*counts, error) {
	first := processes[0]
	of := &counts{architecture: first.architecture, order: first.order, rows: map[key]*row{}, absences: first.absences}
	for _, c := range processes {
		if !slices.Equal(c.order, of.order) {
			return nil, fmt.Errorf("processes counted different operations")
		}
	}
	for _, k := range of.order {
		var all, native []float64
		for _, c := range processes {
			all, native = append(all, c.rows[k].all), append(native, c.rows[k].native)
		}
		of.rows[k] = &row{all: figures.Median(all), native: figures.Median(native), code: first.rows[k].code}
	}
	return of, nil
}
