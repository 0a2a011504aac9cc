package main

import (
	"fmt"
	"io"
	"regexp"
	"runtime"
	"syscall"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/bench/marks"
)

// Of each operation countedOperations are counted, or as many as handle countedBytes of messages: what the runtime does once in a
// while, as to get memory, has to be spread over many.
const (
	countedOperations = 1000
	countedBytes      = 8 << 20
)

// counted is what ./instructions runs under an emulator that counts instructions: encode and decode of native code for each selected
// case. A line says which, then come the marks. All of it runs on one thread, whose count is taken.
func counted(f *format, selected *regexp.Regexp, out io.Writer) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	runtime.MemProfileRate = 0 // which objects it samples is random
	for _, d := range f.definitions() {
		if d.long {
			continue
		}
		for _, direction := range []direction{encode, decode} {
			if !matches(selected, d, direction) {
				continue
			}
			if err := countedCase(f, d, direction, out); err != nil {
				return fmt.Errorf("%s: %w", d.name, err)
			}
		}
	}
	return nil
}

func countedCase(f *format, d definition, direction direction, out io.Writer) error {
	b, err := d.make(d.name, f)
	if err != nil {
		return err
	}
	native := b.engines[0]
	if native.absent != "" {
		_, err := io.WriteString(out, marks.Absent(native.absent))
		return err
	}
	b.engines = b.engines[:1]
	if err := b.verify(); err != nil {
		return err
	}
	operation := native.operations[direction]
	if operation == nil {
		return nil
	}
	before := tagwire.Stats().ReflectCalls
	n := max(1, min(countedOperations, countedBytes/len(b.message)))
	if err := operation(n); err != nil { // for pools to fill
		return err
	}
	if _, err := io.WriteString(out, marks.Operation{Case: d.name, Direction: string(direction), Count: n, CodeBytes: native.codeBytes}.String()); err != nil {
		return err
	}
	for range marks.Repetitions {
		runtime.GC() // and sweeps
		if err := operation(1); err != nil {
			return err
		}
		mark()
		mark()
		if err := operation(n); err != nil {
			return err
		}
		mark()
	}
	if calls := tagwire.Stats().ReflectCalls - before; calls != 0 {
		return fmt.Errorf("%s: reflection served %d calls", direction, calls)
	}
	return nil
}

// mark makes the system call that the emulator takes for a mark. There is no such file.
func mark() { _ = syscall.Close(marks.File) }
