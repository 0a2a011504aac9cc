package grpcinterop

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/interop/grpc/testservice"
)

var (
	grpcurl = &program{path: "github.com/fullstorydev/grpcurl/cmd/grpcurl", version: "v1.9.4"}
	ghz     = &program{path: "github.com/bojand/ghz/cmd/ghz", version: "v0.93.0"}
)

// flags are grpcurl's for a mode.
func (s *security) flags() []string {
	if s == nil {
		return []string{"-plaintext"}
	}
	return []string{"-cacert", s.certFile, "-servername", "localhost"}
}

// TestGRPCurl: grpcurl finds out by reflection what the service is, and calls each kind of method. There is no .proto file.
func TestGRPCurl(t *testing.T) {
	for _, f := range frameworks {
		t.Run(f.name, func(t *testing.T) {
			binary := grpcurl.command(t)
			modes(t, func(t *testing.T, tls *security) {
				address := serve(t, f, tls.serverOptions(), testservice.New(f))
				curl := func(arguments ...string) string { return run(t, nil, binary, append(tls.flags(), arguments...)...) }
				call := func(method, data string) string { return curl("-d", data, address, testservice.Name+"/"+method) }
				if curl(address, "list"); t.Failed() {
					return // nothing else will do
				}
				for _, c := range []struct{ what, output, want string }{
					{"the services", curl(address, "list"), `(?m)^grpc\.testing\.TestService$`},
					{"reflection", curl(address, "list"), `(?m)^grpc\.reflection\.v1(alpha)?\.ServerReflection$`},
					{"the methods", curl(address, "list", testservice.Name), `(?m)^grpc\.testing\.TestService\.FullDuplexCall$`},
					{"a unary method", curl(address, "describe", testservice.Name), `rpc UnaryCall \( \.grpc\.testing\.SimpleRequest \) returns \( \.grpc\.testing\.SimpleResponse \)`},
					{"a stream", curl(address, "describe", testservice.Name), `rpc FullDuplexCall \( stream \.grpc\.testing\.\w+ \) returns \( stream \.grpc\.testing\.\w+ \)`},
					{"a message", curl(address, "describe", "grpc.testing.SimpleRequest"), `int32 response_size = 2`},
					{"a message in it", curl(address, "describe", "grpc.testing.Payload"), `bytes body = 2`},
					{"empty", call("EmptyCall", "{}"), `^\{\}\s*$`},
					{"unary", call("UnaryCall", `{"responseSize": 3}`), `"body": "AAAA"`},
					{"server stream", call("StreamingOutputCall", `{"responseParameters": [{"size": 1}, {"size": 2}]}`), `(?s)"AA==".*"AAA="`},
					{"client stream", call("StreamingInputCall", `{"payload": {"body": "AAAA"}} {"payload": {"body": "AAA="}}`), `"aggregatedPayloadSize": 5`},
					{"bidirectional", call("FullDuplexCall", `{"responseParameters": [{"size": 2}]} {"responseParameters": [{"size": 1}]}`), `(?s)"AAA=".*"AA=="`},
					{"health", curl(address, "grpc.health.v1.Health/Check"), `"status": "SERVING"`},
				} {
					if !regexp.MustCompile(c.want).MatchString(c.output) {
						t.Errorf("%s: %q does not match %s", c.what, c.output, c.want)
					}
				}
				output, err := execute(t.Context(), nil, binary, append(tls.flags(), "-d", `{"responseStatus": {"code": 5, "message": "no such thing"}}`,
					address, testservice.Name+"/UnaryCall")...)
				var exit *exec.ExitError
				if !errors.As(err, &exit) || exit.ExitCode() != 64+5 || !strings.Contains(output, "Code: NotFound") ||
					!strings.Contains(output, "Message: no such thing") {
					t.Errorf("a status: %q, %v", output, err)
				}
			})
		})
	}
}

// ghzReport is the part of ghz's report that matters.
type ghzReport struct {
	Count                  int
	ErrorDistribution      map[string]int
	StatusCodeDistribution map[string]int
}

// TestGHZ: a load of calls, on several connections, without an error.
func TestGHZ(t *testing.T) {
	for _, f := range frameworks {
		t.Run(f.name, func(t *testing.T) {
			binary := ghz.command(t)
			modes(t, func(t *testing.T, tls *security) {
				address := serve(t, f, tls.serverOptions(), testservice.New(f))
				load := func(method, data string, calls int, more ...string) {
					arguments := append([]string{"-O", "json", "-c", "40", "--connections", "4", "-n", fmt.Sprint(calls), "-d", data,
						"--call", testservice.Name + "/" + method}, more...)
					if tls == nil {
						arguments = append(arguments, "--insecure")
					} else {
						arguments = append(arguments, "--cacert", tls.certFile, "--cname", "localhost")
					}
					var report ghzReport
					output := run(t, nil, binary, append(arguments, address)...)
					if err := json.Unmarshal([]byte(output), &report); err != nil {
						t.Fatalf("%v:\n%.4000s", err, output)
					}
					if report.Count != calls || report.StatusCodeDistribution["OK"] != calls || len(report.ErrorDistribution) > 0 {
						t.Errorf("%s: %+v", method, report)
					}
				}
				load("UnaryCall", `{"responseSize": 1000}`, 10000)
				// This release of ghz now and then loses the end of a message of several frames, whichever server sends it.
				load("UnaryCall", `{"responseSize": 12000}`, 1000, "-e")
				load("StreamingOutputCall", `{"responseParameters": [{"size": 100}, {"size": 12000}, {"size": 1}]}`, 1000)
				load("StreamingInputCall", `[{"payload": {"body": "AAAA"}}, {"payload": {"body": "AAAA"}}]`, 1000)
				load("FullDuplexCall", `[{"responseParameters": [{"size": 1000}]}, {"responseParameters": [{"size": 1}, {"size": 1}]}]`, 1000)
			})
		})
	}
}

// h2loadSummary is what h2load prints of its requests.
var h2loadSummary = regexp.MustCompile(`requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout`)

// TestH2Load: nghttp2 makes calls on many connections with many streams. It judges HTTP/2 alone, and knows nothing of gRPC.
func TestH2Load(t *testing.T) {
	binary, err := exec.LookPath("h2load")
	if err != nil {
		missing(t, "h2load", "Debian's nghttp2-client", err)
	}
	message, err := tagwire.Marshal(&testservice.SimpleRequest{ResponseSize: 1000, Payload: &testservice.Payload{Body: make([]byte, 1000)}},
		tagwire.WithFormat(tagwire.Protobuf))
	if err != nil {
		t.Fatal(err)
	}
	body := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(body, append(prefix(len(message)), message...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, f := range frameworks {
		t.Run(f.name, func(t *testing.T) {
			modes(t, func(t *testing.T, tls *security) {
				scheme := "http"
				if tls != nil {
					scheme = "https"
				}
				url := scheme + "://" + serve(t, f, tls.serverOptions(), testservice.New(f)) + "/" + testservice.Name + "/UnaryCall"
				output := run(t, nil, binary, "-n", "20000", "-c", "20", "-m", "50", "-d", body,
					"-H", "content-type: application/grpc", "-H", "te: trailers", url)
				result := h2loadSummary.FindStringSubmatch(output)
				if result == nil || strings.Join(result[1:], " ") != "20000 20000 20000 0 0 0" {
					t.Errorf("not all requests have succeeded:\n%s", output)
				}
			})
		})
	}
}

// prefix is the prefix of a message that is not compressed.
func prefix(length int) []byte { return binary.BigEndian.AppendUint32([]byte{0}, uint32(length)) }
