package tagwire_test

import (
	"bytes"
	"reflect"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// restless has an InitDefault that does what a test wants, and itself in each place.
type restless struct {
	Name     string               `frugal:"1,optional,string"`
	Next     *restless            `frugal:"2,optional,restless"`
	List     []restless           `frugal:"3,optional,list<restless>"`
	Refs     []*restless          `frugal:"4,optional,list<restless>"`
	Named    map[string]*restless `frugal:"5,optional,map<string:restless>"`
	Values   map[int32]restless   `frugal:"6,optional,map<i32:restless>"`
	Keys     map[*restless]string `frugal:"7,optional,map<restless:string>"`
	Part     mood                 `frugal:"8,default,mood"`
	Numbered map[int64]string     `frugal:"9,optional,map<i64:string>"`
	run      int32
}

// mood is a struct by value with a default.
type mood struct {
	Text  string `frugal:"1,optional,string"`
	Level int32  `frugal:"2,optional,i32"`
}

// onInit is called by InitDefault of restless.
var onInit func(*restless)

// restlessRuns makes the first runs of InitDefault differ, so that each new value has it called.
var restlessRuns atomic.Int32

func (r *restless) InitDefault() {
	r.Name = "default"
	if n := restlessRuns.Add(1); n <= 2 {
		r.run = n
	}
	if onInit != nil {
		onInit(r)
	}
}

func (m *mood) InitDefault() { *m = mood{Text: "calm", Level: 7} }

func restlessValue(depth int) *restless {
	r := &restless{Name: "given", Part: mood{Text: "calm", Level: 8}, Numbered: map[int64]string{1: "one", 2: "two"}}
	if depth == 0 {
		return r
	}
	inner := func() *restless { return restlessValue(depth - 1) }
	r.Next, r.List, r.Refs = inner(), []restless{*inner(), {Name: "default", Part: mood{"calm", 7}}}, []*restless{inner(), inner()}
	r.Named = map[string]*restless{"a": inner(), "b": inner()}
	r.Values = map[int32]restless{1: *inner(), 2: {Name: "default", Part: mood{"x", 7}}}
	r.Keys = map[*restless]string{inner(): "key"}
	return r
}

// restlessCodecs returns the codec of each engine, native last, and an encoding of a value. Where there is no native code the last
// one is the default.
func restlessCodecs(t *testing.T) (codecs []*tagwire.Codec[restless], message []byte) {
	t.Helper()
	kinds := []tagwire.Engine{tagwire.Reflect, tagwire.Auto}
	if harness.HasNative() {
		kinds[1] = tagwire.Native
	}
	for _, kind := range kinds {
		codec, err := tagwire.For[restless](tagwire.WithEngine(kind))
		require.NoError(t, err)
		codecs = append(codecs, codec)
	}
	message, err := codecs[0].Append(nil, restlessValue(2))
	require.NoError(t, err)
	return codecs, message
}

func TestNativeInitDefault(t *testing.T) {
	codecs, message := restlessCodecs(t)
	var texts [2]string
	var inits [2]int
	defer func() { onInit = nil }()
	for i, codec := range codecs {
		onInit = func(*restless) { inits[i]++ }
		var got restless
		_, err := codec.Decode(message, &got)
		require.NoError(t, err)
		texts[i] = cases.Text(&got)
		for range 2 { // into a value that holds something
			_, err = codec.Decode(message, &got)
			require.NoError(t, err)
			require.Equal(t, texts[i], cases.Text(&got))
		}
	}
	require.Equal(t, texts[0], texts[1])
	require.Equal(t, inits[0], inits[1], "InitDefault is called once for each new value")
	require.NotZero(t, inits[0])
}

// TestInitDefaultThatCuts: InitDefault cuts all objects that it has seen off from each other and collects, while the codec
// works on them.
func TestInitDefaultThatCuts(t *testing.T) {
	codecs, message := restlessCodecs(t)
	defer func() { onInit = nil }()
	for _, codec := range codecs {
		var target restless
		var seen, victims []*restless
		calls := 0
		onInit = func(r *restless) {
			seen = append(seen, r)
			if calls++; calls%7 != 0 {
				return
			}
			for _, object := range append(seen, &target) {
				object.Next, object.List, object.Refs, object.Named, object.Values, object.Keys = nil, nil, nil, nil, nil, nil
			}
			seen = nil
			runtime.GC()
			for range 100 {
				victims = append(victims, &restless{Name: "victim"})
			}
		}
		for range 20 {
			_, err := codec.Decode(message, &target)
			require.NoError(t, err)
		}
		onInit = nil
		require.NotEmpty(t, victims)
		for _, victim := range victims {
			require.Equal(t, restless{Name: "victim"}, *victim, "an object of somebody else was written to")
		}
		_ = cases.Text(&target) // reads all that is left
	}
}

// TestInitDefaultThatTakesLongLists: a list that is growing is taken away.
func TestInitDefaultThatTakesLongLists(t *testing.T) {
	codecs, _ := restlessCodecs(t)
	defer func() { onInit = nil }()
	message, err := codecs[0].Append(nil, &restless{List: make([]restless, 5000), Refs: make([]*restless, 3000)})
	require.NoError(t, err)
	for _, codec := range codecs {
		for _, instead := range [][]restless{nil, make([]restless, 1), make([]restless, 100)} {
			var target restless
			calls := 0
			onInit = func(*restless) {
				if calls++; calls == 3000 {
					target.List = instead
					runtime.GC()
				}
			}
			_, err := codec.Decode(message, &target)
			require.NoError(t, err)
			_ = cases.Text(&target)
		}
	}
}

// TestNativeInitDefaultThatEncodes: InitDefault uses the codec that is calling it.
func TestNativeInitDefaultThatEncodes(t *testing.T) {
	codecs, message := restlessCodecs(t)
	defer func() { onInit = nil }()
	for _, codec := range codecs {
		var want restless
		_, err := codec.Decode(message, &want)
		require.NoError(t, err)
		short, err := codec.Append(nil, &restless{Named: map[string]*restless{"x": {Name: "inner"}}})
		require.NoError(t, err)
		busy := false
		onInit = func(*restless) {
			if busy {
				return
			}
			busy = true
			defer func() { busy = false }()
			var inner restless
			_, err := codec.Decode(short, &inner)
			require.NoError(t, err)
			require.Equal(t, "inner", inner.Named["x"].Name)
			_, err = codec.Append(nil, &inner)
			require.NoError(t, err)
		}
		var got restless
		_, err = codec.Decode(message, &got)
		require.NoError(t, err)
		require.Equal(t, cases.Text(&want), cases.Text(&got))
		onInit = nil
	}
}

// TestNativeInitDefaultThatPanics: the panic reaches the caller, and later calls are sound.
func TestNativeInitDefaultThatPanics(t *testing.T) {
	codecs, message := restlessCodecs(t)
	defer func() { onInit = nil }()
	for _, codec := range codecs {
		for after := range 12 {
			calls := 0
			onInit = func(*restless) {
				if calls++; calls > after {
					panic("restless")
				}
			}
			var target restless
			require.PanicsWithValue(t, "restless", func() { _, _ = codec.Decode(message, &target) })
			onInit = nil
			_ = cases.Text(&target)
			var got restless
			_, err := codec.Decode(message, &got)
			require.NoError(t, err)
			require.Len(t, got.Named, 2)
		}
	}
}

// TestEverythingIsNative: no type of the corpus, whatever the options, is served by reflection.
func TestEverythingIsNative(t *testing.T) {
	if !harness.HasNative() {
		require.Equal(t, tagwire.Reflect, tagwire.EngineOf(reflect.TypeFor[restless]()).Engine)
		return
	}
	for _, c := range cases.All() {
		info := tagwire.EngineOf(c.Type, tagwire.WithEngine(tagwire.Native))
		require.Equal(t, tagwire.Native, info.Engine, "%s: %s", c.Name, info.Reason)
		for _, option := range []tagwire.Option{
			tagwire.WithEngine(tagwire.Native), tagwire.WithMaxAlloc(1 << 24), tagwire.WithZeroCopy(), tagwire.WithOwnedStrings(),
		} {
			codec, err := tagwire.CodecOf(c.Type, tagwire.WithEngine(tagwire.Native), option)
			require.NoError(t, err)
			for _, sample := range c.Samples() {
				before := tagwire.Stats()
				size, err := codec.Size(sample)
				require.NoError(t, err)
				message := make([]byte, size)
				_, err = codec.Encode(message, sample)
				require.NoError(t, err)
				got := c.New()
				_, err = codec.Decode(message, got)
				require.NoError(t, err)
				require.True(t, cases.Equal(sample, got))
				cases.Populate(got)
				_, err = codec.Decode(message, got)
				require.NoError(t, err)
				after := tagwire.Stats()
				require.Equal(t, before.NativeCalls+4, after.NativeCalls, c.Name)
				require.Equal(t, before.ReflectCalls, after.ReflectCalls, c.Name)
			}
		}
	}
}

// A clinger keeps the addresses that it was called with.
type clinger struct {
	Name string `frugal:"1,optional"`
	own  []string
}

var clung []*clinger

func (c *clinger) InitDefault() {
	if clung = append(clung, c); len(clung) <= 2 {
		c.own = []string{"not the same each time"}
	}
}

type clingers struct {
	ByName map[string]struct {
		Inner  clinger `frugal:"1,optional"`
		Number int32   `frugal:"2"`
	} `frugal:"1"`
}

// TestKeptAddressesOfMapElements: what InitDefault does with its receiver later changes no value of another call, and no
// later call changes the receiver.
func TestKeptAddressesOfMapElements(t *testing.T) {
	for _, engine := range []tagwire.Engine{tagwire.Reflect, tagwire.Native} {
		if engine == tagwire.Native && !harness.HasNative() {
			continue
		}
		for _, n := range []byte{1, 2, 9, 70, 140} {
			with := []byte{13, 0, 1, 11, 12, 0, 0, 0, n}
			without := bytes.Clone(with)
			for key := range n {
				with = append(with, 0, 0, 0, 1, key, 12, 0, 1, 11, 0, 1, 0, 0, 0, 1, 'a'+key%20, 0, 0)
				without = append(without, 0, 0, 0, 1, key, 0)
			}
			with, without = append(with, 0), append(without, 0)
			clung = nil
			var first, second clingers
			require.NoError(t, tagwire.Unmarshal(with, &first, tagwire.WithEngine(engine)))
			seen := map[*clinger]bool{}
			names := 0
			for _, c := range clung {
				seen[c] = true
				if c.Name != "" {
					names++
				}
				c.own = []string{"leak"}
			}
			require.Equal(t, int(n), names)
			require.GreaterOrEqual(t, len(seen), int(n))
			require.NoError(t, tagwire.Unmarshal(without, &second, tagwire.WithEngine(engine)))
			require.Len(t, second.ByName, int(n))
			for _, e := range second.ByName {
				require.Nil(t, e.Inner.own, "%v, %d entries", engine, n)
			}
			_, err := tagwire.Marshal(&first, tagwire.WithEngine(engine))
			require.NoError(t, err)
			for _, c := range clung {
				require.Equal(t, []string{"leak"}, c.own)
			}
		}
	}
}
