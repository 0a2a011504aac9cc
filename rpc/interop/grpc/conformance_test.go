package grpcinterop

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

var connectConformance = &program{path: "connectrpc.com/conformance/cmd/connectconformance", version: "v1.0.7"}

// summary is the last line that the suite prints. It goes on with those that have failed as expected.
var summary = regexp.MustCompile(`(?m)^(\d+) passed, (\d+) failed`)

// conform runs the suite, which starts this program.
func conform(t *testing.T, mode, framework string, arguments ...string) {
	t.Helper()
	binary := connectConformance.command(t)
	itself, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	arguments = append(arguments, "--conf", filepath.Join("conformance", "config.yaml"), "--mode", mode, "--", itself)
	output := run(t, []string{actAs + "=" + mode + " " + framework}, binary, arguments...)
	result := summary.FindStringSubmatch(output)
	if result == nil {
		t.Fatalf("the suite has said nothing of cases:\n%.4000s", output)
	}
	t.Log(result[0])
	// The suite says how many cases there were. It must not become green by running none.
	if passed, _ := strconv.Atoi(result[1]); passed < 500 {
		t.Errorf("only %d cases have passed:\n%.4000s", passed, output)
	}
}

// knownOfGRPCGo are the cases that grpc-go itself is known to fail, by the suite's own lists.
var knownOfGRPCGo = map[string][]string{
	"server": {"**/unary/multiple-requests", "**/unary/no-request", "**/server-stream/multiple-requests", "**/server-stream/no-request"},
	"client": {"**/unary/multiple-responses", "**/unary/ok-but-no-response", "**/client-stream/multiple-responses", "**/client-stream/ok-but-no-response"},
}

// TestConformance: the suite's reference client and that of grpc-go call the server, and the client calls the suite's reference servers.
func TestConformance(t *testing.T) {
	for _, f := range frameworks {
		for _, mode := range []string{"server", "client"} {
			t.Run(mode+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				var arguments []string
				if f.name == "grpc-go" {
					for _, pattern := range knownOfGRPCGo[mode] {
						arguments = append(arguments, "--known-failing", pattern)
					}
				}
				conform(t, mode, f.name, arguments...)
			})
		}
	}
}
