//go:build !linux

package main

import (
	"errors"
	"os/exec"
	"time"
)

var errLinux = errors.New("the ceiling and the choice of processors need Linux")

func serveCeiling(int) func() (string, error) {
	return func() (string, error) { return "", errLinux }
}

func connectCeiling(int) connector {
	return func(string, int) (runner, error) { return nil, errLinux }
}

func serverProcessor() int { return 0 }

func callerProcessor() int { return 0 }

func startOn(int, *exec.Cmd) error { return errLinux }

func processorTime() time.Duration { return 0 }

type alarm struct{}

func newAlarm() (*alarm, error) { return nil, errLinux }

func (*alarm) sleep(time.Duration) error { return errLinux }

func (*alarm) close() {}
