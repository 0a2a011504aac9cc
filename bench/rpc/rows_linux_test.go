package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRows lets each server and its callers speak with each other as their processes do, in a closed loop and in an open one. Where the
// host is so busy that no call is answered, they get ten times the time.
func TestRows(t *testing.T) {
	for _, r := range rows {
		t.Run(r.name(), func(t *testing.T) {
			address, err := r.serve()
			if err != nil {
				t.Fatal(err)
			}
			for duration := 5 * time.Millisecond; ; duration *= 10 {
				loads := []load{{Duration: duration}, {Duration: duration}, {Duration: duration, Rate: 1000}}
				if r.system == "ceiling" {
					loads = loads[:2]
				}
				outcomes := outcomesOf(t, r, address, loads)
				if duration < 10*time.Second && slices.ContainsFunc(outcomes, func(o outcome) bool { return o.Calls == 0 }) {
					continue
				}
				for i, o := range outcomes {
					if o.Calls < 1 || o.Took <= 0 || o.P50 <= 0 || o.P99 < o.P50 || o.P999 < o.P99 {
						t.Errorf("%+v: %+v", loads[i], o)
					}
				}
				return
			}
		})
	}
}

// outcomesOf returns what the callers of a row say of each load.
func outcomesOf(t *testing.T, r row, address string, loads []load) []outcome {
	var input, output strings.Builder
	for _, l := range loads {
		if err := json.NewEncoder(&input).Encode(l); err != nil {
			t.Fatal(err)
		}
	}
	const callers = 3
	if err := callChild(r.name(), callers, address, strings.NewReader(input.String()), &output); err != nil {
		t.Fatal(err)
	}
	answers := json.NewDecoder(strings.NewReader(output.String()))
	var count int
	if err := answers.Decode(&count); err != nil || count != callers {
		t.Fatalf("greets with %d, %v", count, err)
	}
	outcomes := make([]outcome, len(loads))
	for i := range outcomes {
		if err := answers.Decode(&outcomes[i]); err != nil {
			t.Fatal(err)
		}
	}
	return outcomes
}

// TestServerChild: a server measures the round that was begun and ended, and the codec where it is known.
func TestServerChild(t *testing.T) {
	for name, known := range map[string]bool{"complex-reuse": true, "complex": true, "complex-apache": false, "apache": false} {
		output, printed := io.Pipe()
		go func() {
			printed.CloseWithError(serveChild(name, strings.NewReader(`"begin" "end" "codec" "begin" "end"`), printed))
		}()
		answers := json.NewDecoder(output)
		var address string
		var begun, first, coded, again, second service
		for _, answer := range []any{&address, &begun, &first, &coded, &again, &second} {
			if err := answers.Decode(answer); err != nil {
				t.Fatal(name, err)
			}
		}
		if !strings.HasPrefix(address, "127.0.0.1:") || first.Objects > 10_000 || second.Objects > 10_000 || first.Codec != 0 {
			t.Errorf("%s: address %s, rounds without calls: %+v, %+v", name, address, first, second)
		}
		if known != (coded.Codec > 0) {
			t.Errorf("%s: the codec takes %v", name, coded.Codec)
		}
		if err := answers.Decode(&address); err != io.EOF {
			t.Errorf("%s: ends with %v", name, err)
		}
	}
	if err := serveChild("nobody", nil, nil); err == nil {
		t.Error("a row that does not exist serves")
	}
	if err := callChild("nobody", 1, "", nil, nil); err == nil {
		t.Error("a row that does not exist calls")
	}
	if err := serveChild("apache", strings.NewReader("neither"), io.Discard); err == nil {
		t.Error("a question that is no JSON has an answer")
	}
}

// TestFramedLength: the ceiling's messages are as long as the requests of framed calls.
func TestFramedLength(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	lengths := make(chan int, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			lengths <- 0
			return
		}
		defer conn.Close() // The call fails.
		first := make([]byte, 4)
		io.ReadFull(conn, first)
		lengths <- 4 + int(binary.BigEndian.Uint32(first))
	}()
	const text = "a text"
	if _, err := connectOwn(echoCalls(text))(listener.Addr().String(), 1); err == nil {
		t.Error("a call without an answer succeeds")
	}
	if got, want := <-lengths, framedLength(&echoRequest{Message: text}); got != want {
		t.Errorf("a request has %d bytes, not %d", got, want)
	}
}

// TestCeilingFindsFaults: the ceiling refuses messages of another length, and a connection that ends.
func TestCeilingFindsFaults(t *testing.T) {
	for name, answer := range map[string][]byte{
		"another message": {0, 0, 0, 4, 0, 1, 2, 4},
		"another length":  {0, 0, 0, 5, 0, 1, 2, 3},
		"no answer":       {0, 0},
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer listener.Close()
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			io.ReadFull(conn, make([]byte, 8))
			conn.Write(answer)
		}()
		run, err := connectCeiling(8)(listener.Addr().String(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if calls, err := run(load{Duration: time.Minute}, new(histogram)); err == nil {
			t.Errorf("%s passes for %d calls", name, calls)
		}
	}
}

// TestTextsAreCompared: an answer with another text is a fault.
func TestTextsAreCompared(t *testing.T) {
	if err := compareTexts("text", "text"); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "tex", "texts", "taxt"} {
		if compareTexts("text", text) == nil {
			t.Errorf("passes: %q", text)
		}
	}
}

// TestStreamsAreCompared: a stream with another text, or another number of them, or an error, is a fault.
func TestStreamsAreCompared(t *testing.T) {
	fault := errors.New("fault")
	for _, c := range []struct {
		count, wrong int // how many texts come, and which of them is another one
		end          error
		want         string
	}{
		{streamLength, -1, io.EOF, ""},
		{streamLength, streamLength - 1, io.EOF, "is another text"},
		{streamLength - 1, -1, io.EOF, "99 messages, not 100"},
		{streamLength + 1, -1, io.EOF, "101 messages, not 100"},
		{streamLength, -1, fault, "fault"},
	} {
		count := 0
		receive := func() (string, error) {
			if count++; count > c.count {
				return "", c.end
			}
			if count-1 == c.wrong {
				return "taxt", nil
			}
			return "text", nil
		}
		sequence := func(yield func(*grpcText, error) bool) {
			for {
				text, err := receive()
				if err == io.EOF || !yield(&grpcText{text}, err) {
					return
				}
			}
		}
		for name, compare := range map[string]func() error{
			"receive":  func() error { return compareReplies("text", receive) },
			"sequence": func() error { return compareStream("text", sequence) },
		} {
			count = 0
			if err := compare(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %d texts, %d wrong, %v: %v", name, c.count, c.wrong, c.end, err)
			}
		}
	}
}

// TestNamesAreUnique: rows are found by their names, and systems within a workload.
func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rows {
		for _, key := range []string{r.name(), fmt.Sprint(r.workload, " ", r.system)} {
			if seen[key] {
				t.Errorf("%s is there twice", key)
			}
			seen[key] = true
		}
	}
}
