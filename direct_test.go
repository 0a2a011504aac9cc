package tagwire_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// parcel has large strings wherever there may be some.
type parcel struct {
	Name   string             `frugal:"1,default,string"`
	Blob   []byte             `frugal:"2,optional,binary"`
	Maybe  *string            `frugal:"3,optional,string"`
	List   []string           `frugal:"4,default,list<string>"`
	Map    map[string]string  `frugal:"5,default,map<string:string>"`
	Inner  *parcel            `frugal:"6,optional,parcel"`
	Rows   [][][]byte         `frugal:"7,default,list<list<binary>>"`
	Keys   map[*parcel]string `frugal:"8,default,map<parcel:string>"`
	Number parcelKind         `frugal:"9,default,parcelKind"`

	_unknownFields []byte
}

type parcelKind int64

// largeText returns a text that is referred to, unlike any of another mark.
func largeText(mark string) string { return mark + strings.Repeat("-", 4096) }

func fullParcel() *parcel {
	maybe := largeText("maybe")
	return &parcel{
		Name: largeText("name"), Blob: []byte(largeText("blob")), Maybe: &maybe, List: []string{largeText("a"), "short", largeText("b")},
		Map: map[string]string{largeText("key"): largeText("value")}, Rows: [][][]byte{nil, {[]byte(largeText("row"))}},
		Inner: &parcel{Name: largeText("inner"), Inner: &parcel{Blob: []byte(largeText("innermost"))}},
		Keys:  map[*parcel]string{{Name: largeText("in a key")}: largeText("of a key")}, Number: 7,
	}
}

// parcelReferences is how many strings of a full parcel are referred to, those about the struct key last.
const parcelReferences = 12

// engines are those that run here.
func engines() []tagwire.Engine {
	if harness.HasNative() {
		return []tagwire.Engine{tagwire.Reflect, tagwire.Native}
	}
	return []tagwire.Engine{tagwire.Reflect}
}

func eachEngine(t *testing.T, test func(t *testing.T, engine tagwire.Option, native bool)) {
	for _, e := range engines() {
		t.Run(e.String(), func(t *testing.T) { test(t, tagwire.WithEngine(e), e == tagwire.Native) })
	}
}

// A puppet is a DirectWriter that does as it is told, and keeps what it is given.
type puppet struct {
	kept [][]byte
	at   []int // places in a buffer
	size int
	act  func(call int) error
}

func (p *puppet) WriteDirect(b []byte, remainCap int) error {
	p.kept, p.at = append(p.kept, b), append(p.at, p.size-remainCap)
	if p.act == nil {
		return nil
	}
	return p.act(len(p.kept))
}

// whole returns the encoding that a buffer and what was handed over are together.
func (p *puppet) whole(written []byte) []byte {
	var all []byte
	from := 0
	for i, b := range p.kept {
		all = append(append(all, written[from:p.at[i]]...), b...)
		from = p.at[i]
	}
	return append(all, written[from:]...)
}

func encodeTo(p *puppet, v any, options ...tagwire.Option) ([]byte, error) {
	p.size = 1 << 17
	buf := make([]byte, p.size)
	n, err := tagwire.EncodeDirect(buf, v, p, options...)
	return buf[:n], err
}

func TestDirectReachesEveryPlace(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine tagwire.Option, native bool) {
		v := fullParcel()
		v._unknownFields = append([]byte{11, 0, 99, 0, 0, 0x20, 0}, make([]byte, 0x2000)...) // always copied
		want, err := tagwire.Marshal(v, tagwire.WithEngine(tagwire.Reflect))
		require.NoError(t, err)
		before := tagwire.Stats()
		var w puppet
		written, err := encodeTo(&w, v, engine)
		require.NoError(t, err)
		require.Len(t, w.kept, parcelReferences)
		require.Equal(t, want, w.whole(written))
		require.Less(t, len(written), 0x2000+1024)
		require.Same(t, unsafe.StringData(v.Name), unsafe.SliceData(w.kept[0]))

		buffers, err := tagwire.AppendBuffers(net.Buffers{[]byte("head")}, v, engine)
		require.NoError(t, err)
		require.Len(t, buffers, 2+2*parcelReferences)
		require.Equal(t, "head"+string(want), string(bytes.Join(buffers, nil)))

		// What a map with struct keys holds may move, and is copied.
		var sorted puppet
		written, err = encodeTo(&sorted, v, engine, tagwire.WithDeterministic())
		require.NoError(t, err)
		require.Len(t, sorted.kept, parcelReferences-2)
		require.Equal(t, want, sorted.whole(written))
		buffers, err = tagwire.AppendBuffers(nil, v, engine, tagwire.WithDeterministic())
		require.NoError(t, err)
		require.Len(t, buffers, 1+2*len(sorted.kept))
		require.Equal(t, want, bytes.Join(buffers, nil))
		if after := tagwire.Stats(); native {
			require.Equal(t, before.ReflectCalls, after.ReflectCalls)
			require.Equal(t, before.Refusals, after.Refusals)
			require.Equal(t, before.Exits["Reference"]+4*parcelReferences, after.Exits["Reference"])
		}
	})
}

func TestDirectWithNothingToDo(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine tagwire.Option, _ bool) {
		var none *parcel
		n, err := tagwire.EncodeDirect(make([]byte, 1), none, &puppet{}, engine)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		buffers, err := tagwire.AppendBuffers(nil, none, engine)
		require.NoError(t, err)
		require.Equal(t, net.Buffers{{0}}, buffers)
		for _, buf := range [][]byte{nil, {}, make([]byte, 0, 64)} {
			w := &puppet{}
			_, err = tagwire.EncodeDirect(buf, fullParcel(), w, engine)
			require.ErrorIs(t, err, tagwire.ErrBufferTooSmall)
			require.Empty(t, w.kept)
		}
	})
}

// TestDirectWriterFailsOnce: a writer's error is that of its place, and nothing is handed over after it, or twice; nor when the
// value itself is refused behind something that has been handed over.
func TestDirectWriterFailsOnce(t *testing.T) {
	shared := largeText("shared")
	value := func() *parcel {
		v := fullParcel()
		v.List = []string{shared, shared, largeText("other"), shared}
		return v
	}
	faults := map[bool][]string{}
	eachEngine(t, func(t *testing.T, engine tagwire.Option, native bool) {
		for fails := 1; ; fails++ {
			w := &puppet{act: func(call int) error {
				if call == fails {
					return net.ErrClosed
				}
				return nil
			}}
			_, err := encodeTo(w, value(), engine, tagwire.WithDeterministic())
			if len(w.kept) < fails {
				require.NoError(t, err)
				break
			}
			require.Len(t, w.kept, fails)
			require.ErrorIs(t, err, net.ErrClosed)
			require.ErrorIs(t, err, tagwire.ErrWriteFailed)
			faults[native] = append(faults[native], err.Error())
		}
		require.Contains(t, faults[native][6], "parcel.List[3]")

		v := value()
		v.Number = 1 << 40
		w := &puppet{}
		_, err := encodeTo(w, v, engine)
		require.ErrorIs(t, err, tagwire.ErrInvalidData)
		require.Len(t, w.kept, 14)
	})
	if len(faults) == 2 {
		require.Equal(t, faults[false], faults[true])
	}
}

// TestDirectErrorInUnsortedMap: whatever order the map's entries have each time, the path is that of the one refused.
func TestDirectErrorInUnsortedMap(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine tagwire.Option, _ bool) {
		v := &parcel{Map: map[string]string{}}
		for i := range 20 {
			v.Map[fmt.Sprint("key ", i)] = largeText(fmt.Sprint("of key ", i, "."))
		}
		for fails := 1; fails <= len(v.Map); fails++ {
			w := &puppet{}
			w.act = func(call int) error {
				if call == fails {
					return net.ErrClosed
				}
				return nil
			}
			_, err := encodeTo(w, v, engine)
			require.ErrorIs(t, err, net.ErrClosed)
			text, _, _ := strings.Cut(string(w.kept[fails-1]), ".")
			require.Contains(t, err.Error(), `parcel.Map["`+strings.TrimPrefix(text, "of ")+`"]`)
			var fault *tagwire.Error
			require.ErrorAs(t, err, &fault)
			offset := w.at[fails-1]
			for _, b := range w.kept[:fails-1] {
				offset += len(b)
			}
			require.Equal(t, offset, fault.Offset)
		}
	})
}

// TestDirectWriterThatPanics: the panic comes out, and so does Goexit, and the next calls are as good as ever.
func TestDirectWriterThatPanics(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine tagwire.Option, _ bool) {
		v := fullParcel()
		want, err := tagwire.Marshal(v, engine)
		require.NoError(t, err)
		for call := range parcelReferences {
			w := &puppet{act: func(n int) error {
				if n == call+1 {
					panic("enough")
				}
				return nil
			}}
			require.PanicsWithValue(t, "enough", func() { _, _ = encodeTo(w, v, engine) })
			require.Len(t, w.kept, call+1)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_, _ = encodeTo(&puppet{act: func(int) error { runtime.Goexit(); return nil }}, v, engine)
				t.Error("Goexit returned")
			}()
			<-ended
			var again puppet
			written, err := encodeTo(&again, v, engine)
			require.NoError(t, err)
			require.Equal(t, want, again.whole(written))
		}
	})
}

// TestDirectWriterThatCallsBack: a writer may encode the same value, for as deep as it likes.
func TestDirectWriterThatCallsBack(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine tagwire.Option, _ bool) {
		v := fullParcel()
		want, err := tagwire.Marshal(v, engine)
		require.NoError(t, err)
		calls := 0
		var encode func(depth int)
		encode = func(depth int) {
			w := &puppet{}
			w.act = func(call int) error {
				calls++
				if depth > 0 && call%5 == 1 {
					encode(depth - 1)
				}
				return nil
			}
			written, err := encodeTo(w, v, engine, tagwire.WithDeterministic())
			require.NoError(t, err)
			require.Equal(t, want, w.whole(written))
		}
		encode(3)
		require.Equal(t, (1+2+4+8)*(parcelReferences-2), calls)
	})
}

// TestDirectWriterThatChangesTheValue breaks the rules: it cuts the value to pieces and has them collected while they are being
// encoded. What it gets is memory of the value as it was or as it is, and nothing is written elsewhere.
func TestDirectWriterThatChangesTheValue(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine tagwire.Option, native bool) {
		for _, fails := range []bool{false, true} {
			v := fullParcel()
			want, err := tagwire.Marshal(v, engine)
			require.NoError(t, err)
			w := &puppet{}
			w.act = func(call int) error {
				*v = parcel{Name: largeText("new"), List: []string{largeText("newer")}}
				runtime.GC()
				for range 100 {
					_ = bytes.Repeat([]byte{0xee}, 4200)
				}
				runtime.GC()
				if fails && call == 3 {
					return errors.New("no more")
				}
				return nil
			}
			written, err := encodeTo(w, v, engine)
			if native && !fails {
				require.NoError(t, err)
				require.Equal(t, want, w.whole(written))
			}
			for _, b := range w.kept {
				require.True(t, bytes.HasSuffix(b, []byte("----")) && !bytes.Contains(b, []byte{0xee}))
			}
			if native && fails {
				require.ErrorIs(t, err, tagwire.ErrWriteFailed)
				var fault *tagwire.Error
				require.ErrorAs(t, err, &fault)
				require.Equal(t, w.at[2]+len(w.kept[0])+len(w.kept[1]), fault.Offset)
			}
		}
	})
}

// TestDirectUnderCollection encodes fresh values in each way on many goroutines while the collector runs all the time. What
// was referred to outlives the value.
func TestDirectUnderCollection(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine tagwire.Option, _ bool) {
		want, err := tagwire.Marshal(fullParcel(), engine)
		require.NoError(t, err)
		stop := collecting()
		var workers sync.WaitGroup
		for worker := range 4 {
			workers.Add(1)
			go func() {
				defer workers.Done()
				var last net.Buffers
				for n := range 100 {
					options := []tagwire.Option{engine}
					if (n+worker)%2 == 0 {
						options = append(options, tagwire.WithDeterministic())
					}
					var w puppet
					written, err := encodeTo(&w, fullParcel(), options...)
					if err != nil || !bytes.Equal(w.whole(written), want) {
						t.Errorf("%v, %d bytes", err, len(written))
						return
					}
					buffers, err := tagwire.AppendBuffers(nil, fullParcel(), options...)
					if err != nil || last != nil && !bytes.Equal(bytes.Join(last, nil), want) {
						t.Errorf("%v, or what was kept has changed", err)
						return
					}
					last = buffers
				}
			}()
		}
		workers.Wait()
		stop()
	})
}

// TestDeterministicRunsNatively: so does sorting, and EngineOf says so.
func TestDeterministicRunsNatively(t *testing.T) {
	if !harness.HasNative() {
		require.Equal(t, tagwire.Reflect, tagwire.EngineOf(reflect.TypeFor[parcel](), tagwire.WithDeterministic()).Engine)
		return
	}
	options := []tagwire.Option{tagwire.WithEngine(tagwire.Native), tagwire.WithDeterministic()}
	info := tagwire.EngineOf(reflect.TypeFor[parcel](), options...)
	require.Equal(t, tagwire.Native, info.Engine)
	codec, err := tagwire.For[parcel](options...)
	require.NoError(t, err)
	before := tagwire.Stats()
	data, err := codec.Append(nil, fullParcel())
	require.NoError(t, err)
	_, err = codec.Encode(data, fullParcel())
	require.NoError(t, err)
	after := tagwire.Stats()
	require.Equal(t, before.NativeCalls+3, after.NativeCalls)
	require.Equal(t, before.ReflectCalls, after.ReflectCalls)
	require.Equal(t, before.Exits["MarkEntry"]+4, after.Exits["MarkEntry"])
}

// rebel is a DirectWriter that does not return.
type rebel struct{ do func() }

func (r rebel) WriteDirect([]byte, int) error { r.do(); return nil }

// TestWritersThatDoNotReturn: a DirectWriter may panic, end its goroutine, or encode by itself; later encodes are as ever.
func TestWritersThatDoNotReturn(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine tagwire.Option, _ bool) {
		value := fullParcel()
		want, err := tagwire.Marshal(value, engine, tagwire.WithDeterministic())
		require.NoError(t, err)
		buf := make([]byte, len(want))
		for name, do := range map[string]func(){
			"panics": func() { panic("no") },
			"exits":  runtime.Goexit,
			"encodes": func() {
				again, err := tagwire.Marshal(value, engine, tagwire.WithDeterministic())
				if err != nil || !bytes.Equal(want, again) {
					t.Error("an encode inside of another differs", err)
				}
			},
		} {
			for range 20 {
				done := make(chan struct{})
				go func() {
					defer close(done)
					defer func() { _ = recover() }()
					_, _ = tagwire.EncodeDirect(buf, value, rebel{do}, engine, tagwire.WithDeterministic())
				}()
				<-done
				got, err := tagwire.AppendBuffers(nil, value, engine, tagwire.WithDeterministic())
				require.NoError(t, err, name)
				require.True(t, bytes.Equal(want, bytes.Join(got, nil)), name)
			}
		}
	})
}
