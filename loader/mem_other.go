//go:build !linux && !darwin

package loader

import (
	"errors"
	"runtime"
)

var errNoMapping = errors.New("no executable memory on " + runtime.GOOS)

func mapWritable(int) ([]byte, error) { return nil, errNoMapping }

func makeExecutable([]byte) error { return errNoMapping }

func unmap([]byte) error { return errNoMapping }
