//go:build !linux

package main

import (
	"errors"
	"os/exec"
)

var errLinux = errors.New("the ceiling and the choice of processors need Linux")

func serveCeiling() (string, error) { return "", errLinux }

func connectCeiling(string) (runner, error) { return nil, errLinux }

func serverProcessor() int { return 0 }

func callerProcessor() int { return 0 }

func startOn(int, *exec.Cmd) error { return errLinux }
