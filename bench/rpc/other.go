//go:build !linux

package main

import (
	"errors"
	"os/exec"
)

var errLinux = errors.New("the ceiling and the choice of processors need Linux")

func serveCeiling(int) func() (string, error) {
	return func() (string, error) { return "", errLinux }
}

func connectCeiling(string) func(string) (runner, error) {
	return func(string) (runner, error) { return nil, errLinux }
}

func serverProcessor() int { return 0 }

func callerProcessor() int { return 0 }

func startOn(int, *exec.Cmd) error { return errLinux }

func processorTime() int64 { return 0 }
