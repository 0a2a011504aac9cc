//go:build (linux || darwin) && (amd64 || arm64)

package island

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
	"github.com/tagwire/tagwire/jit/jittest"
)

func init() {
	stops := func(yields bool, run func(*Program, *call) (uintptr, bool)) func() {
		return func() {
			if read := bytesUntilStop(readProgram(passesOfLoad, yields), run); read > untilStop {
				jittest.Harmed("the world stopped %d bytes later", read)
			}
		}
	}
	jittest.Controls["stops"] = stops(true, (*Program).run)
	jittest.Controls["stops late, no budget"] = stops(false, (*Program).run)
	jittest.Controls["stops late, no safe point"] = stops(true, runWithoutSafePoint)
}

// untilStop is the most that a goroutine may read between the wish to stop the world and its stop: a thousand loads of fuel, of
// which one or two are due to native code and the others to the system's scheduler.
const untilStop = 1000 * abi.FuelBytes

// bigInputBytes is a big message; each call reads it passesOfLoad times, which is many times untilStop.
const (
	bigInputBytes = 64 << 20
	passesOfLoad  = 8
)

// bytesUntilStop returns how many bytes a goroutine reads from the wish to stop the world until it has stopped and goes on, while
// as many as there are processors run p, a readProgram, over big inputs. It is the lower quartile of many stops: a busy host delays
// the goroutine that stops the world, and the others read on meanwhile. A processor is left for that goroutine, so that it does not
// begin only when a call has just ended.
func bytesUntilStop(p *Program, run func(*Program, *call) (uintptr, bool)) uint64 {
	input := make([]byte, bigInputBytes)
	var stop atomic.Bool
	var started, finished sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers + 1))
	read := make([]uint64, workers) // written by native code
	for n := range read {
		started.Add(1)
		finished.Add(1)
		go func() {
			defer finished.Done()
			started.Done()
			for !stop.Load() {
				run(p, &call{value: unsafe.Pointer(&read[n]), data: input})
			}
		}()
	}
	started.Wait()
	var loads []uint64
	var stats runtime.MemStats
	for end := time.Now().Add(time.Second); len(loads) < 12 || len(loads) < 100 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
		before := make([]uint64, workers)
		for n := range read {
			before[n] = atomic.LoadUint64(&read[n])
		}
		runtime.ReadMemStats(&stats) // stops the world
		most := uint64(0)
		for n := range read {
			most = max(most, atomic.LoadUint64(&read[n])-before[n])
		}
		loads = append(loads, most)
	}
	stop.Store(true)
	finished.Wait()
	slices.Sort(loads)
	return loads[len(loads)/4]
}

// runWithoutSafePoint is a driver that serves yields on the spot, and calls only a leaf function at each turn. The
// race detector's calls would be points where it can be stopped.
//
//go:norace
func runWithoutSafePoint(p *Program, c *call) (uintptr, bool) {
	s := newState()
	var f frame
	s.prepare(&f, p, c)
	for {
		launch(&f, &s.cells, s.chunk.base, nil, nil, nil, nil, nil)
		if !safePointless(&f) || abi.ExitCode(f.exit) != abi.Yield {
			break
		}
		f.fuel = abi.FuelBytes
	}
	runtime.KeepAlive(s)
	return doneWith(&f)
}

func TestTheWorldStopsWhileNativeCodeRuns(t *testing.T) {
	require.NoError(t, runs())
	jittest.RequireUnharmed(t, "stops", "GODEBUG=")
	jittest.RequireUnharmed(t, "stops", "GODEBUG=asyncpreemptoff=1")
	jittest.RequireHarm(t, "stops late, no budget", "harmed: the world stopped")
	jittest.RequireHarm(t, "stops late, no safe point", "harmed: the world stopped")
}

// TestSignalsAndTracesMeetNativeCode runs everything that looks at goroutines from outside while they run native
// code of every kind: the profiler's signals, the execution tracer, and dumps of all stacks.
func TestSignalsAndTracesMeetNativeCode(t *testing.T) {
	var profile bytes.Buffer
	profileAt(t, 1000, &profile)
	tracing := trace.Start(io.Discard) == nil // false if the test run itself is traced
	duration := jittest.KeepFor()

	chain := chainProgram()
	chain.rootsAll = true
	chain.structs = []*structRow{newStructRow(reflect.TypeFor[link]())}
	chain.structs[0].initialise = func(unsafe.Pointer) {}
	fill := fillProgram(fillOptions{})
	sum := sumProgram()
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
		runtime.Stack(dump, true)
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
