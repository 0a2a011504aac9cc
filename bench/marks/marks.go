// Package marks is what a process whose instructions are counted writes for the one that reads the counts.
package marks

import (
	"fmt"
	"strings"
)

// File is the number of no file. A system call with it as the first argument is a mark: the emulator writes a line with the count of
// instructions to the process's standard output.
const File = 1_000_000_007

// After each Operation line it runs Repetitions times: a mark, nothing, a mark, the operation Count times, and a mark.
const Repetitions = 5

// An Operation is a direction of a case of which the marks follow.
type Operation struct {
	Case, Direction  string
	Count, CodeBytes int
}

func (o Operation) String() string {
	return fmt.Sprintf("operation %s %s %d %d\n", o.Case, o.Direction, o.Count, o.CodeBytes)
}

// ParseOperation reads an Operation line.
func ParseOperation(line string) (o Operation, ok bool) {
	n, err := fmt.Sscanf(line, "operation %s %s %d %d", &o.Case, &o.Direction, &o.Count, &o.CodeBytes)
	return o, n == 4 && err == nil && o.Count > 0
}

const absent = "absent: "

// Absent is the line for an operation that native code does not do: the first line of the reason.
func Absent(reason string) string {
	line, _, _ := strings.Cut(reason, "\n")
	return absent + line + "\n"
}

// ParseAbsent reads such a line.
func ParseAbsent(line string) (reason string, ok bool) { return strings.CutPrefix(line, absent) }

// A Count is what a mark counts: the instructions of the thread so far, and those of them in native code.
type Count struct{ All, Native float64 }

// ParseCount reads the line of a mark.
func ParseCount(line string) (c Count, ok bool) {
	n, err := fmt.Sscanf(line, "counted %g %g", &c.All, &c.Native)
	return c, n == 2 && err == nil
}
