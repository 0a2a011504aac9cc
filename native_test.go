package tagwire_test

import (
	"bytes"
	"reflect"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

func TestNativeIsThereOrSaysWhyNot(t *testing.T) {
	info := tagwire.EngineOf(reflect.TypeFor[tree](), tagwire.WithEngine(tagwire.Native))
	codec, err := tagwire.For[tree](tagwire.WithEngine(tagwire.Native))
	if info.Engine != tagwire.Native {
		require.False(t, harness.HasNative(), info.Reason)
		require.Error(t, err)
		require.ErrorIs(t, err, tagwire.ErrUnsupportedType)
		require.Equal(t, err.Error(), info.Reason)
		return
	}
	require.NoError(t, err)
	require.Positive(t, info.CodeBytes)
	require.Positive(t, info.CompileTime)

	before := tagwire.Stats()
	value := sample()
	value.Counts = map[string]int32{"one": 1}
	data, err := codec.Append(nil, value)
	require.NoError(t, err)
	var got tree
	_, err = codec.Decode(data, &got)
	require.NoError(t, err)
	require.Equal(t, value, &got)
	after := tagwire.Stats()
	require.Equal(t, before.NativeCalls+2, after.NativeCalls)
	for _, name := range []string{"ReadMap", "FillMap"} {
		require.Greater(t, after.Exits[name], before.Exits[name], name)
	}
	require.Equal(t, before.Refusals, after.Refusals)
}

// TestNativeUnderCollection encodes and decodes on many goroutines, through growing stacks, while the collector runs all
// the time, and looks at every value again after the next ones were decoded.
func TestNativeUnderCollection(t *testing.T) {
	codec, err := tagwire.For[tree](tagwire.WithEngine(tagwire.Native))
	if err != nil {
		require.False(t, harness.HasNative(), "%v", err)
		return
	}
	want := sample()
	want.Counts = map[string]int32{"one": 1}
	data, err := codec.Append(nil, want)
	require.NoError(t, err)
	stop := collecting()
	var workers sync.WaitGroup
	for range 8 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			kept := make([]*tree, 16)
			for n := range 1500 {
				got := new(tree)
				if used, err := codec.Decode(data, got); err != nil || used != len(data) {
					t.Errorf("%d, %v", used, err)
					return
				}
				again, err := codec.Append(nil, got)
				if err != nil || !bytes.Equal(again, data) {
					t.Errorf("%x, %v", again, err)
					return
				}
				if old := kept[n%len(kept)]; old != nil && !reflect.DeepEqual(old, want) {
					t.Errorf("a value has changed: %+v", old)
					return
				}
				kept[n%len(kept)] = got
			}
		}()
	}
	workers.Wait()
	stop()
}

// collecting runs the collector again and again until stop is called, which waits for its end.
func collecting() (stop func()) {
	asked, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-asked:
				return
			default:
				runtime.GC()
			}
		}
	}()
	return func() {
		close(asked)
		<-stopped
	}
}
