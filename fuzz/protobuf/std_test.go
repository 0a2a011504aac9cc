package protobuf_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/gogostd"
	"github.com/tagwire/tagwire/jit"
	native "github.com/tagwire/tagwire/jit/build/protobuf"
	plain "github.com/tagwire/tagwire/reflectcodec/protobuf"
	"github.com/tagwire/tagwire/schema"
)

// Messages with gogo's Go types for well-known messages, against the code that gogo generates.

var bothEngines = []tagwire.Engine{tagwire.Reflect, tagwire.Native}

// inEngine returns the options of a call that an engine serves, which must be able to.
func inEngine[T any](t testing.TB, engine tagwire.Engine, further ...tagwire.Option) []tagwire.Option {
	options := append([]tagwire.Option{tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(engine), tagwire.WithDeterministic()}, further...)
	if info := tagwire.EngineOf(reflect.TypeFor[T](), options...); info.Engine != engine {
		t.Fatal(info)
	}
	return options
}

// damage changes a byte of some data, or cuts it.
func damage(r *rand.Rand, data []byte) []byte {
	if len(data) == 0 || r.Intn(3) > 0 {
		return data
	}
	if r.Intn(3) == 0 {
		return data[:r.Intn(len(data))]
	}
	data[r.Intn(len(data))] = byte(r.Intn(256))
	return data
}

// comparable makes values of which nothing differs but what the wire does not tell equal to reflect.DeepEqual: no bytes are not nil, a NaN
// is a number, and generated fields for the generator's own use are zero.
func comparable(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			comparable(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			comparable(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).Name == "XXX_sizecache" {
				f.SetZero()
			} else if f.CanSet() {
				comparable(f)
			}
		}
	case reflect.Slice:
		if v.Len() == 0 && v.CanSet() && v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetZero()
		}
		for i := range v.Len() {
			comparable(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			element := reflect.New(v.Type().Elem()).Elem()
			element.Set(v.MapIndex(key))
			v.SetMapIndex(key, comparable(element))
		}
	case reflect.Float64, reflect.Float32:
		if v.Float() != v.Float() {
			v.SetFloat(12345)
		}
	}
	return v
}

func equalStd[T any](a, b *T) bool {
	return reflect.DeepEqual(comparable(reflect.ValueOf(a)).Interface(), comparable(reflect.ValueOf(b)).Interface())
}

// TestStdAgainstGogo: the same is accepted, it means the same, and what is written is what gogo writes.
func TestStdAgainstGogo(t *testing.T) {
	for _, engine := range bothEngines {
		options := inEngine[gogostd.Std](t, engine)
		r := rand.New(rand.NewSource(5))
		agreed, failed, same := 0, 0, 0
		for range 30_000 {
			data := randomStd(r, 2)
			theirs, ours := new(gogostd.Std), new(gogostd.Std)
			theirErr, err := theirs.Unmarshal(data), tagwire.Unmarshal(data, ours, options...)
			if (err == nil) != (theirErr == nil) {
				t.Fatalf("%v %x: %v, %v", engine, data, err, theirErr)
			}
			if err != nil {
				failed++
				continue
			}
			agreed++
			size, err := tagwire.Size(ours, options...)
			if err != nil {
				t.Fatalf("%v %x: %v", engine, data, err)
			}
			got, err := tagwire.Marshal(ours, options...)
			if err != nil || len(got) != size || size != theirs.Size() {
				t.Fatalf("%v %x: %x %v; size %d, not %d", engine, data, got, err, size, theirs.Size())
			}
			// gogo writes maps in no order, and a oneof where its first member is.
			if theirs.Child == nil && len(theirs.Children) == 0 && longestMap(reflect.ValueOf(theirs).Elem()) < 2 {
				want, err := theirs.Marshal()
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%v %x:\n%x\n%x %v", engine, data, got, want, err)
				}
				same++
			}
			if !equalStd(theirs, ours) {
				t.Fatalf("%v %x:\n%+v\n%+v", engine, data, theirs, ours)
			}
			again := new(gogostd.Std)
			if err := again.Unmarshal(got); err != nil || !equalStd(theirs, again) {
				t.Fatalf("%v %x: %x %v\n%+v\n%+v", engine, data, got, err, theirs, again)
			}
		}
		if agreed < 10_000 || failed < 1_000 || same < 3_000 {
			t.Errorf("%v: %d agree, %d are refused, %d have the same bytes", engine, agreed, failed, same)
		}
	}
}

// longestMap returns the number of entries of the largest map in a struct.
func longestMap(v reflect.Value) (n int) {
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Map {
			n = max(n, f.Len())
		}
	}
	return n
}

// TestStdMergesLikeGogo: what is in the message is overwritten, lists get longer, and maps keep other keys.
func TestStdMergesLikeGogo(t *testing.T) {
	for _, engine := range bothEngines {
		options := inEngine[gogostd.Std](t, engine, tagwire.WithMerge())
		r := rand.New(rand.NewSource(6))
		agreed := 0
		for range 10_000 {
			theirs, ours := new(gogostd.Std), new(gogostd.Std)
			for range 3 {
				data := randomStd(r, 2)
				if new(gogostd.Std).Unmarshal(data) != nil {
					continue
				}
				if err := theirs.Unmarshal(data); err != nil {
					t.Fatal(err)
				}
				if err := tagwire.Unmarshal(data, ours, options...); err != nil {
					t.Fatalf("%v %x: %v", engine, data, err)
				}
			}
			if !equalStd(theirs, ours) {
				t.Fatalf("%v:\n%+v\n%+v", engine, theirs, ours)
			}
			if theirs.Size() > 0 {
				agreed++
			}
		}
		if agreed < 5_000 {
			t.Errorf("%v: %d agree", engine, agreed)
		}
	}
}

// TestStdNativeAgainstReflection: hostile bytes, also into what has values already.
func TestStdNativeAgainstReflection(t *testing.T) {
	s, err := schema.Protobuf.Of(reflect.TypeFor[gogostd.Std]())
	if err != nil {
		t.Fatal(err)
	}
	walked := plain.New(s)
	compiled, err := jit.CompileInSteps(s, native.Format, func() {})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes of code", compiled.Info().CodeBytes)
	r := rand.New(rand.NewSource(7))
	good, bad := 0, 0
	o := &codec.Settings{Deterministic: true, Merge: true}
	o.Limits = o.Resolved()
	for range 60_000 {
		one, other := new(gogostd.Std), new(gogostd.Std)
		if r.Intn(3) == 0 {
			if data := randomStd(r, 1); one.Unmarshal(data) != nil || other.Unmarshal(data) != nil {
				one, other = new(gogostd.Std), new(gogostd.Std)
			}
		}
		data := damage(r, randomStd(r, 2))
		_, err := walked.Decode(data, reflect.ValueOf(one).UnsafePointer(), o)
		n, _, ok := compiled.Decode(data, reflect.ValueOf(other).UnsafePointer(), o)
		if (err == nil) != ok {
			t.Fatalf("%x: %v, %v", data, err, ok)
		}
		if err != nil {
			bad++
			continue
		}
		good++
		size, _, err := walked.Size(reflect.ValueOf(one).UnsafePointer(), o)
		if err != nil {
			t.Fatal(err)
		}
		want, got := make([]byte, size), make([]byte, size)
		_, err = walked.Encode(want, reflect.ValueOf(one).UnsafePointer(), o, nil)
		k, ok := compiled.Encode(got, reflect.ValueOf(other).UnsafePointer(), o)
		if (err == nil) != ok || ok && (k != size || !bytes.Equal(got, want)) {
			t.Fatalf("%x: %v, %v\n%x\n%x", data, err, ok, want, got)
		}
		if n != len(data) || !equalStd(one, other) {
			t.Fatalf("%x: %d\n%+v\n%+v", data, n, one, other)
		}
		if size > 0 {
			if _, ok := compiled.Encode(got[:r.Intn(size)], reflect.ValueOf(other).UnsafePointer(), o); ok {
				t.Fatalf("%x: written to too small a buffer", data)
			}
		}
	}
	t.Logf("%d agree, %d are bad", good, bad)
	if good < 20_000 || bad < 5_000 {
		t.Errorf("%d agree, %d are bad", good, bad)
	}
}

// TestStdErrorsAreTheSame: codes, offsets, paths and texts of both engines.
func TestStdErrorsAreTheSame(t *testing.T) {
	r := rand.New(rand.NewSource(8))
	reflection, compiled := inEngine[gogostd.Std](t, tagwire.Reflect), inEngine[gogostd.Std](t, tagwire.Native)
	failed := 0
	for range 10_000 {
		data := damage(r, randomStd(r, 2))
		one, other := new(gogostd.Std), new(gogostd.Std)
		err, otherErr := tagwire.Unmarshal(data, one, reflection...), tagwire.Unmarshal(data, other, compiled...)
		if err != nil {
			failed++
			if otherErr == nil || err.Error() != otherErr.Error() {
				t.Fatalf("%x:\n%v\n%v", data, err, otherErr)
			}
		} else if otherErr != nil || !equalStd(one, other) {
			t.Fatalf("%x: %v", data, otherErr)
		}
	}
	if failed < 500 {
		t.Error(failed, "are refused")
	}
}

// TestStdTimes: what a time.Time has besides the instant does not travel, and each instant of the years 1 to 9999 does.
func TestStdTimes(t *testing.T) {
	first, last := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)
	zone := time.FixedZone("somewhere", -7*3600)
	for _, engine := range bothEngines {
		options := inEngine[gogostd.Few](t, engine)
		for _, at := range []time.Time{{}, first, last, time.Unix(0, 0), time.Unix(0, -1), time.Unix(-1, 5), time.Now(), time.Now().In(zone), first.In(zone), last.Local()} {
			in := &gogostd.Few{Created: at, Deleted: &at, Age: time.Duration(at.UnixNano())}
			want, err := in.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			got, err := tagwire.Marshal(in, options...)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%v %v: %x %v\n%x", engine, at, got, err, want)
			}
			out := &gogostd.Few{Created: time.Now().In(zone)}
			if err := tagwire.Unmarshal(got, out, options...); err != nil {
				t.Fatal(err)
			}
			if !out.Created.Equal(at) || out.Created.Location() != time.UTC || !out.Deleted.Equal(at) || out.Age != in.Age {
				t.Fatalf("%v %v: %v", engine, at, out)
			}
		}
		for _, at := range []time.Time{first.Add(-1), last.Add(1), time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0)} {
			for _, c := range []struct {
				value *gogostd.Std
				path  string
			}{
				{&gogostd.Std{Time: at}, "Std.Time"},
				{&gogostd.Std{Times: []time.Time{{}, at}}, "Std.Times[1]"},
				{&gogostd.Std{TimeBy: map[string]time.Time{"k": at}}, `Std.TimeBy["k"]`},
				{&gogostd.Std{Children: []*gogostd.Std{{MaybeTime: &at}}}, "Std.Children[0].MaybeTime"},
				{&gogostd.Std{Choice: &gogostd.Std_ChosenTime{ChosenTime: &at}}, "Std.ChosenTime"},
			} {
				_, err := tagwire.Marshal(c.value, options...)
				var failure *tagwire.Error
				if !errors.Is(err, tagwire.ErrInvalidData) || !errors.As(err, &failure) || failure.Path != c.path {
					t.Errorf("%v %v: %v; want %s", engine, at, err, c.path)
				}
				if _, err := c.value.Marshal(); err == nil {
					t.Errorf("gogo writes %v", at)
				}
			}
		}
		for _, c := range []struct {
			data []byte
			path string
		}{
			{appendMessage(nil, 1, appendVarint(nil, 1, 253402300800)), "Std.MaybeTime"},
			{appendMessage(nil, 12, appendVarint(nil, 2, 1000000000)), "Std.Time"},
			{appendMessage(nil, 2, appendVarint(nil, 1, 9223372037)), "Std.MaybeSpan"},
			{appendMessage(nil, 13, appendVarint(appendVarint(nil, 1, 1), 2, math.MaxUint64)), "Std.Span"},
		} {
			err := tagwire.Unmarshal(c.data, new(gogostd.Std), options...)
			var failure *tagwire.Error
			if !errors.Is(err, tagwire.ErrInvalidData) || !errors.As(err, &failure) || failure.Path != c.path || failure.Offset != 2 {
				t.Errorf("%v %x: %v; want %s", engine, c.data, err, c.path)
			}
		}
	}
}

// TestStdDurations: every duration is written as gogo does, and comes back.
func TestStdDurations(t *testing.T) {
	spans := []time.Duration{0, 1, -1, time.Second, -time.Second, time.Second - 1, 1 - time.Second, math.MaxInt64, math.MinInt64, math.MinInt64 + 1}
	r := rand.New(rand.NewSource(9))
	for range 20_000 {
		span := time.Duration(r.Uint64()) >> r.Intn(64)
		spans = append(spans, span, span/time.Second*time.Second+time.Duration(r.Intn(3)-1))
	}
	in := &gogostd.Std{Spans: spans}
	want, err := in.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range bothEngines {
		options := inEngine[gogostd.Std](t, engine)
		got, err := tagwire.Marshal(in, options...)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v: %v", engine, err)
		}
		out := new(gogostd.Std)
		if err := tagwire.Unmarshal(got, out, options...); err != nil || !slices.Equal(in.Spans, out.Spans) {
			t.Fatalf("%v: %v", engine, err)
		}
	}
}

// TestStdNils: what is nil is left out where it may be absent; in lists and maps it is an empty message.
func TestStdNils(t *testing.T) {
	for _, engine := range bothEngines {
		options := inEngine[gogostd.Std](t, engine)
		in := &gogostd.Std{MaybeTimes: []*time.Time{nil}, MaybeTexts: []*string{nil}, MaybeSpanBy: map[int32]*time.Duration{1: nil}}
		data, err := tagwire.Marshal(in, options...)
		if err != nil {
			t.Fatal(err)
		}
		out := new(gogostd.Std)
		if err := tagwire.Unmarshal(data, out, options...); err != nil {
			t.Fatal(err)
		}
		if !out.MaybeTimes[0].Equal(time.Unix(0, 0)) || *out.MaybeTexts[0] != "" || *out.MaybeSpanBy[1] != 0 || out.MaybeTime != nil || out.MaybeInt32 != nil {
			t.Errorf("%v: %v", engine, out)
		}
		text := "\xff"
		if _, err := tagwire.Marshal(&gogostd.Std{MaybeText: &text}, options...); !errors.Is(err, tagwire.ErrInvalidData) {
			t.Error(engine, err)
		}
	}
}

// TestStdUnderCollection: the collector runs all the time, and the values are what they were.
func TestStdUnderCollection(t *testing.T) {
	options := inEngine[gogostd.Std](t, tagwire.Native)
	stop := make(chan bool)
	var collector, workers sync.WaitGroup
	collector.Add(1)
	go func() {
		defer collector.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	for seed := range int64(3) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			r := rand.New(rand.NewSource(seed))
			shared := new(gogostd.Std)
			merge := append(slices.Clone(options), tagwire.WithMerge())
			for range 1_000 {
				data := randomStd(r, 3)
				want := new(gogostd.Std)
				if want.Unmarshal(data) != nil {
					continue
				}
				got := new(gogostd.Std)
				if err := tagwire.Unmarshal(data, got, options...); err != nil || !equalStd(want, got) {
					t.Errorf("%x: %v", data, err)
					return
				}
				if err := tagwire.Unmarshal(data, shared, merge...); err != nil {
					t.Error(err)
					return
				}
				if r.Intn(20) == 0 {
					shared = new(gogostd.Std)
				}
			}
		}()
	}
	workers.Wait()
	close(stop)
	collector.Wait()
}

// TestStdInArena: memory that has served other values makes the same ones.
func TestStdInArena(t *testing.T) {
	for _, engine := range bothEngines {
		options := inEngine[gogostd.Std](t, engine)
		r := rand.New(rand.NewSource(11))
		var arena tagwire.Arena
		for range 5_000 {
			data := randomStd(r, 2)
			want := new(gogostd.Std)
			err := tagwire.Unmarshal(data, want, options...)
			got := tagwire.NewIn[gogostd.Std](&arena)
			_, arenaErr := tagwire.DecodeIn(&arena, data, got, options...)
			if (err == nil) != (arenaErr == nil) || err == nil && !equalStd(want, got) {
				t.Fatalf("%v %x: %v, %v\n%+v\n%+v", engine, data, err, arenaErr, want, got)
			}
			arena.Reset()
		}
	}
}

// TestStdDirect: large texts are referred to, and the lengths of the messages around them count them.
func TestStdDirect(t *testing.T) {
	text, blob := strings.Repeat("x", 5000), bytes.Repeat([]byte{1}, 20_000)
	at, span := time.Now(), time.Hour
	in := &gogostd.Std{
		MaybeText: &text, MaybeBlob: &blob, Times: []time.Time{at, at}, MaybeSpans: []*time.Duration{&span}, Texts: []string{text, "", text},
		BlobBy: map[string][]byte{"k": blob}, TimeBy: map[string]time.Time{"k": at}, Choice: &gogostd.Std_ChosenText{ChosenText: &text},
	}
	want, err := in.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range bothEngines {
		options := inEngine[gogostd.Std](t, engine)
		buffers, err := tagwire.AppendBuffers(nil, in, options...)
		if err != nil || len(buffers) < 6 || !bytes.Equal(bytes.Join(buffers, nil), want) {
			t.Errorf("%v: %d buffers, %v", engine, len(buffers), err)
		}
	}
}

// TestCasts: types that fields are cast to need nothing.
func TestCasts(t *testing.T) {
	in := &gogostd.Casts{
		Number: -1, Numbers: []gogostd.Long{1, -2, math.MaxInt64}, Text: "text", Blob: gogostd.Blob("blob"),
		ByNumber: map[gogostd.Number]gogostd.Long{1: 2}, ByText: map[gogostd.Text]*gogostd.Less{"k": {Name: "few", Age: time.Hour}}, Span: time.Minute,
	}
	want, err := in.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range bothEngines {
		options := inEngine[gogostd.Casts](t, engine)
		got, err := tagwire.Marshal(in, options...)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v: %x %v\n%x", engine, got, err, want)
		}
		out := new(gogostd.Casts)
		if err := tagwire.Unmarshal(got, out, options...); err != nil || !equalStd(in, out) {
			t.Errorf("%v: %v %v", engine, out, err)
		}
	}
}

// TestCustomType: its wire form is known to its own methods alone.
func TestCustomType(t *testing.T) {
	type identity struct{ High, Low uint64 }
	type message struct {
		ID identity `protobuf:"bytes,1,opt,name=id,proto3,customtype=identity"`
	}
	_, err := tagwire.Marshal(new(message), tagwire.WithFormat(tagwire.Protobuf))
	var failure *tagwire.Error
	if !errors.Is(err, tagwire.ErrUnsupportedType) || !errors.As(err, &failure) || failure.Path != "message.ID" || !strings.Contains(err.Error(), "customtype") {
		t.Error(err)
	}
}

// FuzzStd: native code and reflection agree on any bytes.
func FuzzStd(f *testing.F) {
	r := rand.New(rand.NewSource(10))
	for range 200 {
		f.Add(randomStd(r, 2))
	}
	reflection, compiled := inEngine[gogostd.Std](f, tagwire.Reflect), inEngine[gogostd.Std](f, tagwire.Native)
	f.Fuzz(func(t *testing.T, data []byte) {
		one, other := new(gogostd.Std), new(gogostd.Std)
		err, otherErr := tagwire.Unmarshal(data, one, reflection...), tagwire.Unmarshal(data, other, compiled...)
		if (err == nil) != (otherErr == nil) || err != nil && err.Error() != otherErr.Error() {
			t.Fatalf("%v\n%v", err, otherErr)
		}
		if err == nil && !equalStd(one, other) {
			t.Fatalf("%+v\n%+v", one, other)
		}
	})
}
