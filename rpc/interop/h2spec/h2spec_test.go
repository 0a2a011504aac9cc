package h2spec

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	"github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"
)

// allCases is how many cases h2spec 2.2.1 has, one of them strict: its command leaves that out unless it is told not to.
const allCases = 146

// caseTime is how long a case waits for a frame or for the end of the connection, as h2spec's command does by default.
const caseTime = 2 * time.Second

// atOnce is how many cases run beside each other. Most of their time they wait.
const atOnce = 16

// A testCase is one of h2spec's.
type testCase struct {
	id, description, requirement string
	run                          func(*config.Config, *spec.Conn) error
}

// cases lists those of h2spec in the order in which h2spec's command runs them.
func cases() []testCase {
	var all []testCase
	var add func(group *spec.TestGroup)
	add = func(group *spec.TestGroup) {
		for i, c := range group.Tests {
			all = append(all, testCase{fmt.Sprintf("%s/%d", group.ID(), i+1), c.Desc, c.Requirement, c.Run})
		}
		for _, inner := range group.Groups {
			add(inner)
		}
	}
	for _, group := range []*spec.TestGroup{generic.Spec(), http2.Spec(), hpack.Spec()} {
		add(group)
	}
	return all
}

// An outcome says what became of the cases.
type outcome struct {
	passed  int
	skipped []string
	failed  map[string]string // the id, and what was expected and happened
}

// judge runs all cases against a server, each with a connection of its own.
func judge(t *testing.T, address string, secure bool) outcome {
	t.Helper()
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(service)
	if err != nil {
		t.Fatal(err)
	}
	result := outcome{failed: map[string]string{}}
	var group sync.WaitGroup
	var mutex sync.Mutex
	slots := make(chan struct{}, atOnce)
	for _, c := range cases() {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			err := runCase(c, &config.Config{
				Host: host, Port: port, Path: "/", Timeout: caseTime, MaxHeaderLen: 4000, TLS: secure, Insecure: secure,
			})
			mutex.Lock()
			defer mutex.Unlock()
			switch {
			case err == nil:
				result.passed++
			case errors.Is(err, spec.ErrSkipped):
				result.skipped = append(result.skipped, c.id)
			default:
				result.failed[c.id] = fmt.Sprintf("%s\n\t%s\n\t%s", c.description, c.requirement, explain(err))
			}
		})
	}
	group.Wait()
	return result
}

func runCase(c testCase, settings *config.Config) error {
	conn, err := spec.Dial(settings)
	if err != nil {
		return fmt.Errorf("no connection: %w", err)
	}
	defer conn.Close()
	return c.run(settings, conn)
}

// explain says what h2spec's command would print.
func explain(err error) string {
	var difference *spec.TestError
	if !errors.As(err, &difference) {
		return err.Error()
	}
	return fmt.Sprintf("expected: %s\n\tactual: %s", strings.Join(difference.Expected, "\n\t      or: "), difference.Actual)
}

// TestCases: h2spec has as many cases as the tests expect, each with a name of its own.
func TestCases(t *testing.T) {
	names := map[string]bool{}
	for _, c := range cases() {
		names[c.id] = true
	}
	if len(names) != allCases {
		t.Errorf("h2spec has %d cases, and %d were expected", len(names), allCases)
	}
}

// conform fails the test unless a server passes every case.
func conform(t *testing.T, address string, secure bool) {
	t.Helper()
	result := judge(t, address, secure)
	for id, why := range result.failed {
		t.Errorf("%s: %s", id, why)
	}
	t.Logf("%d passed, %d skipped, %d failed", result.passed, len(result.skipped), len(result.failed))
	if len(result.skipped) > 0 {
		t.Errorf("skipped: %v", result.skipped)
	}
	if result.passed != allCases {
		t.Errorf("%d of %d cases passed", result.passed, allCases)
	}
}
