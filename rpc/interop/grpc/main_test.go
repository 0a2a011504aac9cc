package grpcinterop

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "tagwire-grpc-interop")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = folder
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
}
