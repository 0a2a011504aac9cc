package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestWorkGrowsWithFields: what compiling a struct with three times as many fields does, it does at most about three times as
// often, statement by statement. A program built for coverage counts.
func TestWorkGrowsWithFields(t *testing.T) {
	program := filepath.Join(t.TempDir(), "compile")
	output, err := exec.Command("go", "build", "-cover", "-covermode=atomic", "-coverpkg=github.com/tagwire/tagwire/...", "-o", program, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for _, shapes := range growing {
		few, many := shapes[1], shapes[2]
		t.Run(few.name, func(t *testing.T) {
			growth := float64(many.make(0).NumField()) / float64(few.make(0).NumField())
			before, after := countWork(t, program, few), countWork(t, program, many)
			worked := false
			for statement, n := range after {
				most := 1.3*growth*float64(before[statement]) + 20000 // sorting, and what is done for each bit of a size
				if float64(n) > most {
					t.Errorf("%s: %d times for %s, %d for %s", statement, before[statement], few.name, n, many.name)
				}
				worked = worked || strings.Contains(statement, "/regalloc/") && n > 20000
			}
			if !worked {
				t.Errorf("nothing was allocated registers among %d statements", len(after))
			}
		})
	}
}

// countWork returns how often each statement runs when a process compiles one type.
func countWork(t *testing.T, program string, s shape) map[string]int {
	t.Helper()
	counters := t.TempDir()
	command := exec.Command(program)
	command.Env = append(os.Environ(), shapeVariable+"="+s.name, countVariable+"=1", "GOCOVERDIR="+counters)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", s.name, err, output)
	}
	list := filepath.Join(counters, "list")
	if output, err := exec.Command("go", "tool", "covdata", "textfmt", "-i="+counters, "-o="+list).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	work := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] { // file:from,to statements count
		words := strings.Fields(line)
		if len(words) != 3 {
			t.Fatalf("%q", line)
		}
		n, err := strconv.Atoi(words[2])
		if err != nil {
			t.Fatal(fmt.Errorf("%q: %w", line, err))
		}
		work[words[0]] += n
	}
	return work
}
