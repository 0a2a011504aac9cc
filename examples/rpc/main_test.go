package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/definition/compilertest"
	"github.com/tagwire/tagwire/definition/thrifttext"
	"github.com/tagwire/tagwire/rpc"
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

// TestDefinition: the contract says what the definition beside it says. Apache's compiler reads neither, since list is a reserved word there.
func TestDefinition(t *testing.T) {
	d, err := rpc.DescribeContract[Tasks]("Tasks", rpc.Exceptions(NotFound{}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = thrifttext.Text(d, d.Files[0])
	if want := "services.thrift: Tasks.list: list is a reserved word of Thrift, which cannot be a name"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	byHand, err := os.ReadFile("tasks.thrift")
	if err != nil {
		t.Fatal(err)
	}
	d.Files[0].Services[0].Methods[2].Name = "list_"
	text := compilertest.Check(t, d)["services.thrift"]
	text = strings.Replace(text, "list_(", "list(", 1)
	for _, signature := range []string{" Task add(1: string ", " Task finish(1: i64 ", " list<Task> list(1: bool ", " oneway void log(1: string "} {
		if !strings.Contains(text, signature) || !strings.Contains(string(byHand), signature) {
			t.Errorf("%q is missing in\n%s", signature, text)
		}
	}
}
