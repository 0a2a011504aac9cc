package h2spec

import (
	"io"
	"net"
	"net/http"
	"testing"
)

// startReference starts the server of net/http without TLS.
func startReference(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(w, "a body that is not empty")
		}),
		Protocols: new(http.Protocols),
	}
	server.Protocols.SetUnencryptedHTTP2(true)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return listener.Addr().String()
}

// TestControl: another server passes nearly all cases, and not all, so that this judge can tell servers apart.
func TestControl(t *testing.T) {
	t.Parallel()
	result := judge(t, startReference(t), false)
	for id, why := range result.failed {
		t.Logf("%s: %s", id, why)
	}
	t.Logf("%d passed, %d skipped, %d failed", result.passed, len(result.skipped), len(result.failed))
	if len(result.failed) == 0 {
		t.Error("net/http is known to fail some cases, and has failed none")
	}
	if result.passed < allCases-10 {
		t.Errorf("only %d cases passed", result.passed)
	}
}
