package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"sync"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
	"github.com/tagwire/tagwire/fuzz/record"
)

// randomTypes is how many random types there are: a type and its code live as long as the process.
const randomTypes = 800

// A twin has the codecs of one type under both engines, for a format.
type twin struct {
	format        tagwire.Format
	goType        reflect.Type
	name          string
	native, plain map[bool]*tagwire.TypeCodec // by whether strings alias the input
	sorted        *tagwire.TypeCodec
	nativeSorted  *tagwire.TypeCodec
}

type twinKey struct {
	number uint64
	format tagwire.Format
}

var twins sync.Map // of *twin, by twinKey

// randomTypeIn returns the random type of a number, with tags for a format.
func randomTypeIn(format tagwire.Format, number uint64) reflect.Type {
	if format == tagwire.Protobuf {
		return cases.RandomProtobufType(number)
	}
	return cases.RandomType(number)
}

// twinOf returns the codecs of a random type for a format.
func twinOf(t testing.TB, number uint64, format tagwire.Format) *twin {
	t.Helper()
	number %= randomTypes
	key := twinKey{number, format}
	if known, ok := twins.Load(key); ok {
		return known.(*twin)
	}
	w := &twin{
		format: format, goType: randomTypeIn(format, number), name: format.String() + ", type " + strconv.FormatUint(number, 10),
		native: map[bool]*tagwire.TypeCodec{}, plain: map[bool]*tagwire.TypeCodec{},
	}
	native := tagwire.Reflect
	if harness.HasNativeIn(format) {
		native = tagwire.Native
	}
	codec := func(options ...tagwire.Option) *tagwire.TypeCodec {
		c, err := tagwire.CodecOf(w.goType, append(options, tagwire.WithFormat(format))...)
		if err != nil {
			t.Fatalf("%s, %v: %v", w.name, w.goType, err)
		}
		return c
	}
	w.native[false] = codec(tagwire.WithEngine(native))
	w.native[true] = codec(tagwire.WithEngine(native), tagwire.WithZeroCopy())
	w.plain[false] = codec(tagwire.WithEngine(tagwire.Reflect))
	w.plain[true] = codec(tagwire.WithEngine(tagwire.Reflect), tagwire.WithZeroCopy())
	w.sorted = codec(tagwire.WithEngine(tagwire.Reflect), tagwire.WithDeterministic())
	w.nativeSorted = codec(tagwire.WithEngine(native), tagwire.WithDeterministic())
	twins.Store(key, w)
	return w
}

// value returns a value that the bytes stand for.
func (w *twin) value(source []byte) any {
	v := reflect.New(w.goType).Interface()
	cases.Fill(v, source)
	return v
}

// roundTrip encodes a value by both engines to the same bytes, which decode to the value. It returns them with maps sorted, so
// that all runs go on with the same.
func (w *twin) roundTrip(t *testing.T, source []byte) (inOrder []byte) {
	t.Helper()
	value := w.value(source)
	want, err := w.sorted.Append(nil, value)
	if err != nil {
		t.Fatalf("%s: %v", w.name, err)
	}
	size, err := w.native[false].Size(value)
	if err != nil || size != len(want) {
		t.Fatalf("%s: %d bytes, %v, instead of %d", w.name, size, err, len(want))
	}
	inOrder = want
	message := make([]byte, size)
	n, err := w.native[false].Encode(message, value)
	if err != nil || n != size {
		t.Fatalf("%s: wrote %d of %d bytes, %v", w.name, n, size, err)
	}
	for zeroCopy := range w.native {
		decoded := reflect.New(w.goType).Interface()
		n, err = w.native[zeroCopy].Decode(bytes.Clone(message), decoded)
		if err != nil || n != size {
			t.Fatalf("%s: read %d of %d bytes, %v", w.name, n, size, err)
		}
		same(t, w.name, decoded, value)
	}
	if n, err := w.native[false].Encode(make([]byte, size)[:max(size-1, 0)], value); err == nil && size > 0 {
		t.Fatalf("%s: wrote %d bytes into %d", w.name, n, size-1)
	}
	cases.Enlarge(value, 0)
	w.sameSorted(t, value)
	// With one entry in each map, there is one order.
	cases.OneEntry(value)
	want, err = w.sorted.Append(nil, value)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.native[false].Append(nil, value)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s: %v\ngot  %x\nwant %x", w.name, err, got, want)
	}
	record.Output(t, w.name+" encode", source, got)
	return inOrder
}

// throughOther takes a value through the other formats and back.
func (w *twin) throughOther(t *testing.T, source []byte) {
	t.Helper()
	want := w.value(source)
	value := want
	if w.format == tagwire.Protobuf {
		return // no other format has its tags
	}
	for _, f := range harness.ThriftFormats {
		message, err := tagwire.Marshal(value, tagwire.WithFormat(f.Format))
		if err != nil {
			t.Fatalf("%s, %v: %v", w.name, f.Format, err)
		}
		value = reflect.New(w.goType).Interface()
		if err := tagwire.Unmarshal(message, value, tagwire.WithFormat(f.Format)); err != nil {
			t.Fatalf("%s, %v: %v\n%x", w.name, f.Format, err, message)
		}
	}
	same(t, w.name, value, want)
}

// sameSorted encodes a value by both engines, maps sorted, to the same bytes.
func (w *twin) sameSorted(t *testing.T, value any) {
	t.Helper()
	want, err := w.sorted.Append(nil, value)
	if err != nil {
		t.Fatalf("%s: %v", w.name, err)
	}
	got, err := w.nativeSorted.Append(nil, value)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s, sorted: %v\ngot  %x\nwant %x", w.name, err, got, want)
	}
}

// agree decodes any bytes by both engines, into fresh targets and into ones that hold another value: the same is used, or
// the same error met at the same place, and the same value is there afterwards.
func (w *twin) agree(t *testing.T, message []byte) {
	t.Helper()
	for zeroCopy := range w.native {
		for _, populated := range []bool{false, true} {
			decode := func(codec interface {
				Decode([]byte, any) (int, error)
			}) (any, int, error) {
				target := reflect.New(w.goType).Interface()
				if populated {
					cases.Populate(target)
				}
				n, err := codec.Decode(bytes.Clone(message), target)
				return target, n, err
			}
			got, n, err := decode(w.native[zeroCopy])
			want, m, wantErr := decode(w.plain[zeroCopy])
			if n != m || faultIn(err) != faultIn(wantErr) {
				t.Fatalf("%s\n%x\nnative: %d, %v\nreflection: %d, %v", w.name, message, n, err, m, wantErr)
			}
			same(t, w.name, got, want)
			if record.Wanted() {
				record.Output(t, w.name+" decode", fmt.Append(message, zeroCopy, populated), fmt.Append(nil, n, faultIn(err), cases.Text(got)))
			}
			inArena, n, err := decode(&arenaDecoder{w.native[zeroCopy]})
			plainly, m, plainErr := decode(&arenaDecoder{w.plain[zeroCopy]})
			if n != m || faultIn(err) != faultIn(wantErr) || faultIn(plainErr) != faultIn(wantErr) {
				t.Fatalf("%s, in an arena\n%x\nnative: %d, %v\nreflection: %d, %v", w.name, message, n, err, m, plainErr)
			}
			same(t, w.name+", in an arena", inArena, want) // also after the second call
			same(t, w.name+", in an arena", plainly, want)
			_ = cases.Text(stale)
			sharedArena.Reset()
			stale = inArena
			_ = cases.Text(stale)
		}
	}
}

// sharedArena serves all types in turn. stale is what it has had last.
var (
	sharedArena tagwire.Arena
	stale       any
)

// arenaDecoder decodes into sharedArena.
type arenaDecoder struct{ codec *tagwire.TypeCodec }

func (d *arenaDecoder) Decode(data []byte, v any) (int, error) {
	return d.codec.DecodeIn(&sharedArena, data, v)
}

// faultIn is an error's code, offset and path; "" for none.
func faultIn(err error) string {
	var e *tagwire.Error
	if errors.As(err, &e) {
		return harness.Fault(e)
	}
	return ""
}

// changed applies changes to a message, three bytes each: what to do, where, and with what.
func changed(message, changes []byte) []byte {
	message = bytes.Clone(message)
	for ; len(changes) >= 3 && len(message) > 0; changes = changes[3:] {
		at := int(changes[1]) * len(message) >> 8
		switch changes[0] % 5 {
		case 0:
			message[at] ^= changes[2]
		case 1:
			message[at] = changes[2]
		case 2:
			message = message[:at]
		case 3:
			message = append(message[:at], message[min(len(message), at+int(changes[2]%16)):]...)
		case 4:
			message = append(bytes.Clone(message[:at]), append([]byte{changes[2], 0, changes[2] >> 4}, message[at:]...)...)
		}
	}
	return message
}

func TestRandomTypes(t *testing.T) {
	for _, f := range harness.Formats {
		t.Run(f.Format.String(), func(t *testing.T) { randomTypesIn(t, f.Format) })
	}
}

func randomTypesIn(t *testing.T, format tagwire.Format) {
	types, values, mutations := shortOrLong(40, randomTypes), 4, 20
	random := rand.New(rand.NewPCG(1, 2))
	randomBytes := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	before := tagwire.Stats()
	decoded, refused := 0, 0
	for number := range uint64(types) {
		w := twinOf(t, number, format)
		for range values {
			source := randomBytes(random.IntN(400))
			message := w.roundTrip(t, source)
			w.throughOther(t, source)
			for range mutations {
				input := changed(message, randomBytes(3*(1+random.IntN(3))))
				w.agree(t, input)
				if _, err := w.plain[false].Decode(input, reflect.New(w.goType).Interface()); err == nil {
					decoded++
				} else {
					refused++
				}
			}
		}
	}
	// Bytes that are refused teach as much as others; there have to be both.
	if decoded < types || refused < types {
		t.Errorf("%d messages decoded, %d refused", decoded, refused)
	}
	after := tagwire.Stats()
	if harness.HasNativeIn(format) && after.NativeCalls-before.NativeCalls < uint64(4*types*values) {
		t.Errorf("%d native calls", after.NativeCalls-before.NativeCalls)
	}
}

// FuzzRandomTypes encodes values of random types and decodes what becomes of the bytes.
func FuzzRandomTypes(f *testing.F) {
	for number := range uint16(40) {
		for _, format := range harness.Formats {
			f.Add(uint8(format.Format), number, randomBytes(int64(number), 100), randomBytes(int64(number), 9))
		}
	}
	f.Fuzz(func(t *testing.T, format uint8, number uint16, source, changes []byte) {
		if len(source) > longestInput || len(changes) > 300 {
			return
		}
		w := twinOf(t, uint64(number), formatOf(format))
		message := w.roundTrip(t, source)
		w.agree(t, changed(message, changes))
	})
}
