package main

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestMain is the server where demonstrate has started this test as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "-serve=") {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestDemonstrate(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "plan9" {
		t.Skip("no descriptor can be inherited here")
	}
	if os.Getenv("TAGWIRE_EMULATOR") != "" {
		t.Skip("a process that starts itself again would not be emulated")
	}
	var out bytes.Buffer
	if err := demonstrate(&out, 2); err != nil {
		t.Fatal(err)
	}
	if want := "2 times another process took over; 0 calls failed\n"; out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}
