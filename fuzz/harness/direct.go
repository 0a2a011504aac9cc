package harness

import (
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
)

// Direct encodes a value with large strings and binaries referred to, in every way, and fails the test unless all that a
// DirectWriter sees, and the results, are what they are under reflection: with maps sorted, then with maps as they come,
// for which it cuts the value's maps to one entry. It returns how many references there were.
func Direct(t testing.TB, e Engine, value any) (references int) {
	t.Helper()
	for _, sorted := range []bool{true, false} {
		if !sorted {
			cases.OneEntry(value)
		}
		d := &direct{t: t, engine: e, value: value, sorted: sorted}
		all := d.everySize()
		d.writerFails(all)
		d.buffers()
		references += len(all.calls)
	}
	return references
}

type direct struct {
	t      testing.TB
	engine Engine
	value  any
	sorted bool
}

// handed is one call of WriteDirect.
type handed struct {
	data           *byte
	length, remain int
}

// directOutcome is all that a caller of EncodeDirect sees.
type directOutcome struct {
	calls   []handed
	written string
	fault   string
}

// errWriter is what writers fail with.
var errWriter = errors.New("the writer has had enough")

// A writer notes what it is given. Call number fails (from 1 on) returns an error.
type writer struct {
	calls []handed
	fails int
}

func (w *writer) WriteDirect(b []byte, remainCap int) error {
	if cap(b) != len(b) {
		return fmt.Errorf("%d bytes have a capacity of %d", len(b), cap(b))
	}
	w.calls = append(w.calls, handed{unsafe.SliceData(b), len(b), remainCap})
	if len(w.calls) == w.fails {
		return errWriter
	}
	return nil
}

func (d *direct) options(e Engine, others ...tagwire.Option) []tagwire.Option {
	if d.sorted {
		others = append(others, tagwire.WithDeterministic())
	}
	return e.Options(others...)
}

// encode encodes once. Only what has been written counts, and only if there is no error.
func (d *direct) encode(e Engine, room, fails int, others ...tagwire.Option) (got directOutcome) {
	d.t.Helper()
	w, buf := &writer{fails: fails}, make([]byte, room)
	n, err := tagwire.EncodeDirect(buf, d.value, w, d.options(e, others...)...)
	got.calls, got.written = w.calls, string(buf[:n])
	var fault *tagwire.Error
	if errors.As(err, &fault) {
		got.fault = fmt.Sprintf("%s, %v", Fault(fault), fault.Type)
		if d.sorted && hasStructKeys(reflect.TypeOf(d.value), map[reflect.Type]bool{}) {
			got.fault, _, _ = strings.Cut(got.fault, " ") // which entry comes first is anybody's guess
		}
	}
	if (err == nil) != (fault == nil) || errors.Is(err, errWriter) != (fails > 0 && len(w.calls) == fails) {
		d.t.Fatalf("%s, %T: %v after %d calls, of which number %d fails", e.Name, d.value, err, len(w.calls), fails)
	}
	return got
}

// hasStructKeys reports whether values of a type may hold a map with struct keys.
func hasStructKeys(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Map:
		return t.Key().Kind() == reflect.Pointer || t.Key().Kind() == reflect.Struct || hasStructKeys(t.Elem(), seen)
	case reflect.Pointer, reflect.Slice: // what is behind an interface has none
		return hasStructKeys(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if hasStructKeys(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

// same encodes under both engines.
func (d *direct) same(room, fails int, others ...tagwire.Option) directOutcome {
	d.t.Helper()
	want := d.encode(EnginesIn(d.engine.Format)[0], room, fails, others...)
	got := d.encode(d.engine, room, fails, others...)
	if !reflect.DeepEqual(got, want) {
		d.t.Fatalf("%s, %T, %d bytes, sorted %v:\ngot  %s\nwant %s", d.engine.Name, d.value, room, d.sorted, got, want)
	}
	return got
}

func (o directOutcome) String() string {
	return fmt.Sprintf("%q, %d bytes %s, calls %v", o.fault, len(o.written), preview([]byte(o.written)), o.calls)
}

// everySize encodes into buffers and under limits that suffice, and that do not.
func (d *direct) everySize() directOutcome {
	d.t.Helper()
	total, err := tagwire.Size(d.value, d.options(EnginesIn(d.engine.Format)[0])...)
	if err != nil {
		d.t.Fatalf("%T: %v", d.value, err)
	}
	all := d.same(total, 0)
	if all.fault != "" {
		d.t.Fatalf("%T: %s", d.value, all.fault)
	}
	for _, room := range []int{len(all.written) + 9, len(all.written), len(all.written) - 1, len(all.written) / 2, 0} {
		if room < 0 { // only Protobuf has messages of no bytes
			continue
		}
		got := d.same(room, 0)
		if (got.fault == "") != (room >= len(all.written)) {
			d.t.Fatalf("%T: %d of %d bytes: %s", d.value, room, len(all.written), got.fault)
		}
	}
	for _, limit := range []int{total, total - 1, total / 2, 1} {
		if limit > 0 {
			d.same(total, 0, tagwire.WithMaxSize(limit))
		}
	}
	return all
}

// writerFails has the writer refuse one of the first calls, and the last.
func (d *direct) writerFails(all directOutcome) {
	d.t.Helper()
	calls := len(all.calls)
	const most = 6
	for fails := 1; fails <= calls; fails++ {
		if fails > most && fails < calls {
			continue
		}
		if got := d.same(len(all.written), fails); !strings.Contains(got.fault, "WriteFailed") {
			d.t.Fatalf("%T: %s", d.value, got.fault)
		}
	}
}

// buffers compares the results of AppendBuffers, piece by piece, and what SizeAt says.
func (d *direct) buffers() {
	d.t.Helper()
	type result struct {
		pieces        []string
		references    []*byte
		total, direct int
	}
	results := map[string]result{}
	for _, e := range []Engine{EnginesIn(d.engine.Format)[0], d.engine} {
		pieces, err := tagwire.AppendBuffers(net.Buffers{{1}}, d.value, d.options(e)...)
		if err != nil {
			d.t.Fatalf("%s, %T: %v", e.Name, d.value, err)
		}
		var r result
		for i, piece := range pieces {
			r.pieces = append(r.pieces, string(piece))
			if i%2 == 0 && i > 0 { // behind the first one
				r.references = append(r.references, unsafe.SliceData(piece))
			}
		}
		codec, err := tagwire.CodecOf(reflect.TypeOf(d.value).Elem(), d.options(e)...)
		if err != nil {
			d.t.Fatal(err)
		}
		if r.total, r.direct, err = codec.SizeAt(reflect.ValueOf(d.value).UnsafePointer()); err != nil {
			d.t.Fatal(err)
		}
		results[e.Name] = r
	}
	if got, want := results[d.engine.Name], results[EnginesIn(d.engine.Format)[0].Name]; !reflect.DeepEqual(got, want) {
		d.t.Fatalf("%s, %T: %d pieces, size %d, %d; want %d, %d, %d, or other bytes", d.engine.Name, d.value,
			len(got.pieces), got.total, got.direct, len(want.pieces), want.total, want.direct)
	}
}
