//go:build (linux || darwin) && (amd64 || arm64)

package jit

import (
	"bytes"
	"compress/gzip"
	"io"
	"reflect"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"github.com/tagwire/tagwire/jit/abi"
)

func init() {
	controls["stops"] = func() {
		if median := medianStop(sumProgram(passesOfLoad, true), (*program).run); median > stopBound {
			harmed("the world took %v to stop", median)
		}
	}
	controls["stops late, no budget"] = func() {
		if median := medianStop(sumProgram(passesOfLoad, false), (*program).run); median > stopBound {
			harmed("the world took %v to stop", median)
		}
	}
	controls["stops late, no safe point"] = func() {
		if median := medianStop(sumProgram(passesOfLoad, true), runWithoutSafePoint); median > stopBound {
			harmed("the world took %v to stop", median)
		}
	}
}

// stopBound is orders of magnitude above what stopping the world takes with safe points, and below what a pass over
// the big input takes without.
const stopBound = 10 * time.Millisecond

// bigInputBytes is a big message; each call reads it passesOfLoad times, which takes many times stopBound.
const (
	bigInputBytes = 64 << 20
	passesOfLoad  = 20
)

// medianStop returns the median of how long it takes to stop the world while others run p over big inputs. A
// processor is left for the goroutine that stops it, so that it does not begin only when a call has just ended.
func medianStop(p *program, run func(*program, *call) (uintptr, bool)) time.Duration {
	input := make([]byte, bigInputBytes)
	var stop atomic.Bool
	var started, finished sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers + 1))
	for range workers {
		started.Add(1)
		finished.Add(1)
		go func() {
			defer finished.Done()
			started.Done()
			for !stop.Load() {
				run(p, &call{value: unsafe.Pointer(new(int)), data: input})
			}
		}()
	}
	started.Wait()
	var waits []time.Duration
	var stats runtime.MemStats
	for end := time.Now().Add(time.Second); len(waits) < 5 || len(waits) < 100 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
		before := time.Now()
		runtime.ReadMemStats(&stats) // stops the world
		waits = append(waits, time.Since(before))
	}
	stop.Store(true)
	finished.Wait()
	slices.Sort(waits)
	return waits[len(waits)/2]
}

// runWithoutSafePoint is a driver that serves yields on the spot, and calls but a leaf function at each turn. The
// race detector's calls would give it places to stop at.
//
//go:norace
func runWithoutSafePoint(p *program, c *call) (uintptr, bool) {
	s := newState()
	var f frame
	s.prepare(&f, p, c)
	for {
		launch(&f, &s.cells, s.chunk.base, nil)
		if !safePointless(&f) || abi.ExitCode(f.exit) != abi.Yield {
			break
		}
		f.budget = abi.StintBytes
	}
	runtime.KeepAlive(s)
	return doneWith(&f)
}

func TestTheWorldStopsWhileNativeCodeRuns(t *testing.T) {
	require.NoError(t, runs())
	requireUnharmed(t, "stops", "GODEBUG=")
	requireUnharmed(t, "stops", "GODEBUG=asyncpreemptoff=1")
	requireHarm(t, "stops late, no budget", "harmed: the world took")
	requireHarm(t, "stops late, no safe point", "harmed: the world took")
}

// TestSignalsAndTracesMeetNativeCode runs everything that looks at goroutines from outside while they run native
// code of every kind: the profiler's signals, the execution tracer, and dumps of all stacks.
func TestSignalsAndTracesMeetNativeCode(t *testing.T) {
	var profile bytes.Buffer
	profileAt(t, 1000, &profile)
	tracing := trace.Start(io.Discard) == nil // false if the test run itself is traced
	duration := keepFor()

	chain := chainProgram(true)
	chain.structs = []*structRow{newStructRow(reflect.TypeFor[link]())}
	chain.structs[0].initialise = func(unsafe.Pointer) {}
	fill := fillProgram(fillOptions{})
	sum := sumProgram(1, true)
	values := sample(200, 9)
	input, big := wire(values...), make([]byte, 1<<20)
	var turns atomic.Int64
	var group sync.WaitGroup
	end := time.Now().Add(duration)
	for range 16 {
		group.Add(1)
		go func() {
			defer group.Done()
			for time.Now().Before(end) {
				got := make([]string, len(values))
				if _, ok := decodeInto(fill, &got[0], input); !ok || !reflect.DeepEqual(values, got) {
					t.Error("wrong strings")
				}
				var first link
				if _, ok := decodeInto(chain, &first, words(200)); !ok || first.number != 200 {
					t.Error("wrong chain")
				}
				total := 1
				if _, ok := decodeInto(sum, &total, big); !ok || total != 0 {
					t.Error("wrong sum")
				}
				turns.Add(1)
			}
		}()
	}
	dump := make([]byte, 1<<20)
	for time.Now().Before(end) {
		n := runtime.Stack(dump, true)
		require.NotZero(t, n)
		time.Sleep(5 * time.Millisecond)
	}
	group.Wait()
	if tracing {
		trace.Stop()
	}
	pprof.StopCPUProfile()
	require.NotZero(t, turns.Load())

	unpacked, err := gzip.NewReader(&profile)
	require.NoError(t, err)
	content, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	require.Contains(t, string(content), "runtime._ExternalCode", "no sample fell into native code")
}

// profileAt starts a CPU profile with another rate than the package's own. The runtime keeps the first rate and
// says so on standard error.
func profileAt(t *testing.T, hertz int, to io.Writer) {
	runtime.SetCPUProfileRate(hertz)
	require.NoError(t, pprof.StartCPUProfile(to))
}
