package tagwire

import (
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/jit"
)

// tiered reports whether types are compiled in the background here.
func tiered() bool { return jit.Available() == nil && environment.engine == Auto && hasBackend() }

// hasBackend reports whether there is a compiler for this processor.
func hasBackend() bool {
	return EngineOf(reflect.TypeFor[struct{}](), WithEngine(Native)).Engine == Native
}

// waitFor waits for something that the background does.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline, limited := t.Deadline()
	for !done() {
		if limited && time.Until(deadline) < time.Second {
			t.Fatalf("not before the test's deadline: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// idle reports that the goroutine in the background has ended.
func idle() bool {
	background.lock.Lock()
	defer background.lock.Unlock()
	return !background.working
}

type oftenUsed struct {
	Number int32 `frugal:"1,default"`
}

// TestTypesAreCompiledWhenUsedEnough: the first calls run on reflection, those after the compilation natively, and
// nothing is left running.
func TestTypesAreCompiledWhenUsedEnough(t *testing.T) {
	codec, err := For[oftenUsed]()
	require.NoError(t, err)
	if !tiered() {
		for range 2 * enoughUse {
			_, err := codec.Size(&oftenUsed{})
			require.NoError(t, err)
		}
		require.True(t, environment.engine == Native || codec.codec.native.codec.Load() == nil)
		return
	}
	before := Stats()
	for range enoughUse - 1 {
		_, err := codec.Size(&oftenUsed{})
		require.NoError(t, err)
	}
	require.True(t, idle())
	require.Nil(t, codec.codec.native.codec.Load())
	_, err = codec.Size(&oftenUsed{})
	require.NoError(t, err)
	waitFor(t, "the type is compiled", func() bool { return codec.codec.native.codec.Load() != nil })
	after := Stats()
	require.Equal(t, before.NativeTypes+1, after.NativeTypes)
	require.Equal(t, before.NativeCalls, after.NativeCalls)
	require.Equal(t, before.ReflectCalls+enoughUse, after.ReflectCalls)
	_, err = codec.Size(&oftenUsed{})
	require.NoError(t, err)
	require.Equal(t, before.NativeCalls+1, Stats().NativeCalls)

	waitFor(t, "the background ends", idle)
	waitFor(t, "its goroutine is gone", func() bool {
		stacks := make([]byte, 1<<20)
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "backgroundCompiler")
	})
}

type largeUsed struct {
	Blob []byte `frugal:"1,default"`
}

// TestLargeMessagesCountMore: a type with large messages is compiled after fewer calls, and never because of calls that
// want reflection.
func TestLargeMessagesCountMore(t *testing.T) {
	e, err := typeCodecOf(reflect.TypeFor[largeUsed](), ThriftBinary)
	require.NoError(t, err)
	data, err := Marshal(&largeUsed{make([]byte, enoughUse*bytesOfUse)}, WithEngine(Reflect))
	require.NoError(t, err)
	for range 2 * enoughUse {
		require.NoError(t, Unmarshal(data[:len(data):len(data)], new(largeUsed), WithEngine(Reflect)))
	}
	require.Zero(t, e.native.use.Load())
	require.NoError(t, Unmarshal(data, new(largeUsed)))
	if tiered() {
		waitFor(t, "the type is compiled", func() bool { return e.native.codec.Load() != nil })
	}
}

type usedAtOnce struct {
	Text string `frugal:"1,default"`
}

// TestOneCompilationPerType: however many goroutines ask for a type in whatever way, it is compiled once.
func TestOneCompilationPerType(t *testing.T) {
	goType, backend := reflect.TypeFor[usedAtOnce](), hasBackend()
	before := Stats()
	start := make(chan struct{})
	var group sync.WaitGroup
	for n := range 64 {
		group.Add(1)
		go func() {
			defer group.Done()
			<-start
			var err error
			switch n % 4 {
			case 0:
				err = Compile(goType)
			case 1:
				_ = EngineOf(goType)
			case 2:
				if backend {
					_, err = Marshal(&usedAtOnce{}, WithEngine(Native))
				}
			case 3:
				for range enoughUse {
					_, err = Marshal(&usedAtOnce{})
				}
			}
			if err != nil {
				t.Error(err)
			}
		}()
	}
	close(start)
	group.Wait()
	waitFor(t, "the background ends", idle)
	native := 0
	if backend {
		native = 1
	}
	after := Stats()
	require.Equal(t, before.Types+1, after.Types)
	if environment.engine != Reflect {
		require.Equal(t, before.NativeTypes+native, after.NativeTypes)
	}
}

// TestWhatCannotBeCompiledStaysOnReflection: silently, with the reason in EngineOf; requiring native code is an error.
func TestWhatCannotBeCompiledStaysOnReflection(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) < 8 || !tiered() {
		require.Equal(t, Reflect, EngineOf(reflect.TypeFor[oftenUsed](), WithEngine(Reflect)).Engine)
		return
	}
	// Native code knows distances of 31 bits. No value of the type is ever made.
	bits := 31
	huge := reflect.StructOf([]reflect.StructField{
		{Name: "Far", Type: reflect.ArrayOf(1<<bits, reflect.TypeFor[byte]())},
		{Name: "Number", Type: reflect.TypeFor[int32](), Tag: `frugal:"1,default"`},
	})
	absent := reflect.Zero(reflect.PointerTo(huge)).Interface()
	const reason = "a struct of more than 2147483647 bytes"
	e, err := typeCodecOf(huge, ThriftBinary)
	require.NoError(t, err)
	for range 3 * enoughUse {
		n, err := Size(absent)
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
	waitFor(t, "the background ends", idle)
	e.native.lock.Lock()
	err = e.native.err
	e.native.lock.Unlock()
	require.ErrorContains(t, err, reason)
	require.NoError(t, Compile(huge))
	info := EngineOf(huge)
	require.Equal(t, Reflect, info.Engine)
	require.Contains(t, info.Reason, reason)

	_, err = Size(absent, WithEngine(Native))
	require.ErrorIs(t, err, ErrUnsupportedType)
	require.ErrorContains(t, err, reason)
	require.Contains(t, EngineOf(huge, WithEngine(Native)).Reason, reason)
}

// early uses itself, under Auto, while its defaults are being made.
type early struct {
	Number int32 `frugal:"1,optional"`
}

var earlyInfo EngineInfo

// InitDefault finds a type that cannot be compiled yet.
func (e *early) InitDefault() {
	e.Number = 7
	if earlyInfo.Reason == "" {
		earlyInfo.Reason = "being asked"
		for range 2 * enoughUse {
			if _, err := Size(&early{}); err != nil {
				panic(err)
			}
		}
		earlyInfo = EngineOf(reflect.TypeFor[early]())
	}
}

func TestTypesAreNotCompiledBeforeTheirDefaultsAreKnown(t *testing.T) {
	n, err := Size(&early{Number: 7})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, Reflect, earlyInfo.Engine)
	if environment.engine == Reflect {
		return
	}
	waitFor(t, "the background ends", idle)
	require.Equal(t, hasBackend(), EngineOf(reflect.TypeFor[early]()).Engine == Native)
}

// TestYield: the background lets others run, but not while a goroutine waits for code.
func TestYield(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const attempts = 100
	othersFirst := func() (times int) {
		for range attempts {
			var ran atomic.Bool
			done := make(chan struct{})
			go func() { ran.Store(true); close(done) }()
			yield()
			if ran.Load() {
				times++
			}
			<-done
		}
		return times
	}
	require.Greater(t, othersFirst(), attempts/2)
	waiters.Add(1)
	defer waiters.Add(-1)
	require.Less(t, othersFirst(), attempts/2)
}

type withTexts struct {
	Texts []string `frugal:"1,default,list<string>"`
}

// TestDirectCodeIsMadeWhenItIsUsed: not with the rest, not for calls without large strings, and in the background; meanwhile
// reflection serves.
func TestDirectCodeIsMadeWhenItIsUsed(t *testing.T) {
	goType := reflect.TypeFor[withTexts]()
	require.NoError(t, Compile(goType))
	e, err := typeCodecOf(goType, ThriftBinary)
	require.NoError(t, err)
	hasCode := func() bool { return e.native.direct.code.Load() != nil }
	large, small := &withTexts{[]string{"", strings.Repeat("x", 5000)}}, &withTexts{[]string{strings.Repeat("x", 4000)}}
	_, err = AppendBuffers(nil, small)
	require.NoError(t, err)
	require.False(t, hasCode() || e.native.direct.asked.Load())
	before := Stats()
	buffers, err := AppendBuffers(nil, large)
	require.NoError(t, err)
	require.Len(t, buffers, 3)
	if !tiered() {
		require.Equal(t, environment.engine == Native && hasBackend(), hasCode())
		return
	}
	require.Greater(t, Stats().ReflectCalls, before.ReflectCalls)
	waitFor(t, "the code is made", hasCode)
	waitFor(t, "the background ends", idle)
	before = Stats()
	var taken cuts
	_, err = EncodeDirect(make([]byte, 100), large, &taken)
	require.NoError(t, err)
	require.Len(t, taken.references, 1)
	_, err = AppendBuffers(nil, large)
	require.NoError(t, err)
	after := Stats()
	require.Equal(t, before.ReflectCalls, after.ReflectCalls)
	require.Equal(t, before.Exits["Reference"]+2, after.Exits["Reference"])
	require.Equal(t, before.CodeBytes, after.CodeBytes)
}

// TestNoDirectCodeWithoutTexts: types that hold no strings have no use for it.
func TestNoDirectCodeWithoutTexts(t *testing.T) {
	require.NoError(t, Compile(reflect.TypeFor[oftenUsed]()))
	e, err := typeCodecOf(reflect.TypeFor[oftenUsed](), ThriftBinary)
	require.NoError(t, err)
	var taken cuts
	n, err := EncodeDirect(make([]byte, 100), &oftenUsed{7}, &taken)
	require.NoError(t, err)
	require.Equal(t, 8, n)
	require.Nil(t, e.native.direct.code.Load())
	require.Equal(t, !hasBackend() || environment.engine == Reflect, !e.hasNoTexts(&defaults))
}

// TestDirectCodeIsMadeOnce: however many goroutines require it.
func TestDirectCodeIsMadeOnce(t *testing.T) {
	type required struct {
		Text string `frugal:"1,default"`
	}
	if !hasBackend() {
		_, err := EncodeDirect(nil, &required{}, &cuts{}, WithEngine(Native))
		require.ErrorIs(t, err, ErrUnsupportedType)
		return
	}
	codec, err := CodecOf(reflect.TypeFor[required](), WithEngine(Native))
	require.NoError(t, err)
	before := Stats()
	var group sync.WaitGroup
	for range 16 {
		group.Add(1)
		go func() {
			defer group.Done()
			var taken cuts
			n, err := codec.EncodeAt(make([]byte, 10), unsafe.Pointer(&required{strings.Repeat("x", 4096)}), &taken)
			if err != nil || n != 8 || len(taken.references) != 1 {
				t.Errorf("%d, %v, %d", n, err, len(taken.references))
			}
		}()
	}
	group.Wait()
	after := Stats()
	require.Equal(t, before.ReflectCalls, after.ReflectCalls)
	require.Equal(t, int(codec.codec.native.direct.code.Load().Info().CodeBytes), after.CodeBytes-before.CodeBytes)
}
