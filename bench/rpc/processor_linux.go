package main

import (
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// processors are those that this program may run on.
func processors() []int {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return []int{0}
	}
	var found []int
	for processor := 0; len(found) < set.Count(); processor++ {
		if set.IsSet(processor) {
			found = append(found, processor)
		}
	}
	return found
}

// available is taken before anything is bound to one of them.
var available = processors()

func serverProcessor() int { return available[0] }

// callerProcessor is the server's if there is no other.
func callerProcessor() int { return available[min(1, len(available)-1)] }

// startOn starts a command on one processor. A process begins with the processors of the thread that starts it.
func startOn(processor int, command *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, bound unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	bound.Set(processor)
	if err := unix.SchedSetaffinity(0, &bound); err != nil {
		return err
	}
	defer unix.SchedSetaffinity(0, &before)
	return command.Start()
}

// processorTime returns the processor time that this process has taken.
func processorTime() time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
