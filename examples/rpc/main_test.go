package main

import (
	"bytes"
	"testing"
)

func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, ""); err != nil {
		t.Fatal(err)
	}
	const want = `added 1 write
added 2 read
open: 2 read
task 99 does not exist
the server heard level 1: done
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}
