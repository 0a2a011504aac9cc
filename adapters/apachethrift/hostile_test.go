package apachethrift_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/adapters/apachethrift"
)

// codeOf returns the code of a TProtocolException, -1 if err is none.
func codeOf(err error) int {
	var e thrift.TProtocolException
	if !errors.As(err, &e) {
		return -1
	}
	return e.TypeId()
}

// TestTruncated cuts a struct at every byte. No transport waits for more, or takes it for a whole one.
func TestTruncated(t *testing.T) {
	ours, _ := items(40)
	for _, p := range protocols {
		data := written(t, p.make, apachethrift.Wrap(ours))
		for name, transport := range transports {
			for n := range data {
				var read Item
				err := apachethrift.Wrap(&read).Read(background, p.make(transport(data[:n])))
				if err == nil {
					t.Fatalf("%s, %s: %d of %d bytes are no error", p.name, name, n, len(data))
				}
				if name == "byte by byte" && p.name == "binary" && !errors.Is(err, io.EOF) {
					t.Fatalf("%s, %s: %d of %d bytes: %v", p.name, name, n, len(data), err)
				}
			}
		}
	}
}

// TestAnyByteChanged has no byte cause a panic, or a struct that is read by pieces be another one than that of one piece.
func TestAnyByteChanged(t *testing.T) {
	ours, _ := items(3)
	for _, p := range protocols[:2] {
		data := written(t, p.make, apachethrift.Wrap(ours))
		for i := range data {
			for _, b := range []byte{0, 1, 2, 0x0c, 0x7f, 0x80, 0xff, data[i] ^ 1} {
				changed := bytes.Clone(data)
				changed[i] = b
				var whole, pieces, fields Item
				inMemory := memoryOf(changed)
				failed := apachethrift.Wrap(&whole).Read(background, p.make(inMemory))
				failedPieces := apachethrift.Wrap(&pieces).Read(background, p.make(transports["byte by byte"](changed)))
				failedFields := apachethrift.Wrap(&fields).Read(background, p.make(transports["unbuffered"](changed)))
				if (failed == nil) != (failedPieces == nil) {
					t.Fatalf("%s, %d is %#x: %v in memory, %v by pieces", p.name, i, b, failed, failedPieces)
				}
				if failed != nil || failedFields != nil {
					continue
				}
				if apachethrift.Wrap(&whole).Write(background, p.make(memoryOf(nil))) != nil {
					continue // an empty union is read, and not written
				}
				same := written(t, p.make, apachethrift.Wrap(&whole))
				if !bytes.Equal(same, written(t, p.make, apachethrift.Wrap(&pieces))) ||
					!bytes.Equal(same, written(t, p.make, apachethrift.Wrap(&fields))) {
					t.Fatalf("%s, %d is %#x: the values differ", p.name, i, b)
				}
			}
		}
	}
}

type numbers struct {
	List []int32             `frugal:"1,default,list<i32>"`
	Map  map[int32]*Part     `frugal:"2"`
	Text string              `frugal:"3"`
	Sub  *numbers            `frugal:"4,optional"`
	Set  []bool              `frugal:"5,default,set<bool>"`
	Deep [][][]map[int8]bool `frugal:"6,optional,list<list<list<map<i8:bool>>>>"`
}

func TestCodes(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		code int
	}{
		{"list of 2^31-1", []byte{15, 0, 1, 8, 0x7f, 0xff, 0xff, 0xff, 0}, thrift.SIZE_LIMIT},
		{"set of 2^31-1", []byte{14, 0, 5, 2, 0x7f, 0xff, 0xff, 0xff, 0}, thrift.SIZE_LIMIT},
		{"map of 2^31-1", []byte{13, 0, 2, 8, 12, 0x7f, 0xff, 0xff, 0xff, 0}, thrift.SIZE_LIMIT},
		{"string of 2^31-1", []byte{11, 0, 3, 0x7f, 0xff, 0xff, 0xff, 0}, thrift.SIZE_LIMIT},
		{"unknown list of 2^31-1", []byte{15, 0, 99, 8, 0x7f, 0xff, 0xff, 0xff, 0}, thrift.SIZE_LIMIT},
		{"negative list", []byte{15, 0, 1, 8, 0xff, 0xff, 0xff, 0xff, 0}, thrift.NEGATIVE_SIZE},
		{"negative string", []byte{11, 0, 3, 0xff, 0xff, 0xff, 0xff, 0}, thrift.NEGATIVE_SIZE},
		{"element of another type", []byte{15, 0, 1, 10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, thrift.INVALID_DATA},
		{"type that is none", []byte{9, 0, 1, 0, 0}, thrift.INVALID_DATA},
		{"required field missing", []byte{13, 0, 2, 8, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}, thrift.INVALID_DATA},
		{"nested too deeply", bytes.Repeat([]byte{12, 0, 4}, 2000), thrift.DEPTH_LIMIT},
		{"unknown, nested too deeply", bytes.Repeat([]byte{12, 0, 9}, 2000), thrift.DEPTH_LIMIT},
	} {
		for _, name := range []string{"memory", "framed, begun"} {
			var v numbers
			err := apachethrift.Wrap(&v).Read(background, thrift.NewTBinaryProtocolConf(transports[name](c.data), nil))
			if codeOf(err) != c.code {
				t.Errorf("%s, %s: %v, of code %d; want %d", c.name, name, err, codeOf(err), c.code)
			}
		}
		// Where nobody knows how much there is, what is missing may be noticed first.
		for name := range transports {
			for _, p := range protocols[:3] {
				var v numbers
				err := apachethrift.Wrap(&v).Read(background, p.make(transports[name](c.data)))
				if p.name != "compact" && err == nil {
					t.Errorf("%s, %s, %s: no error", c.name, p.name, name)
				}
			}
		}
	}
}

// TestLimits has the configuration of the protocol hold, and that of the transport.
func TestLimits(t *testing.T) {
	ours, _ := items(2000)
	for _, p := range protocols[:2] {
		data := written(t, p.make, apachethrift.Wrap(ours))
		limited := func(transport thrift.TTransport, limits *thrift.TConfiguration) error {
			var read Item
			if p.name == "compact" {
				return apachethrift.Wrap(&read).Read(background, thrift.NewTCompactProtocolConf(transport, limits))
			}
			return apachethrift.Wrap(&read).Read(background, thrift.NewTBinaryProtocolConf(transport, limits))
		}
		for name, transport := range transports {
			err := limited(transport(data), &thrift.TConfiguration{MaxMessageSize: int32(len(data))})
			if err != nil {
				t.Errorf("%s, %s: a struct as long as the limit: %v", p.name, name, err)
			}
			err = limited(transport(data), &thrift.TConfiguration{MaxMessageSize: 1000})
			if codeOf(err) != thrift.SIZE_LIMIT && name != "framed" {
				t.Errorf("%s, %s: a struct above the limit: %v", p.name, name, err)
			}
			if name == "framed" && err == nil {
				t.Errorf("%s, %s: a frame above the limit is no error", p.name, name)
			}
			err = limited(transport(data), &thrift.TConfiguration{MaxContainerSize: 2})
			if codeOf(err) != thrift.SIZE_LIMIT {
				t.Errorf("%s, %s: a list above the limit: %v", p.name, name, err)
			}
		}
	}
}

// TestLiesCostNothing has a peer announce more than it sends.
func TestLiesCostNothing(t *testing.T) {
	data := []byte{11, 0, 3, 0x05, 0xff, 0xff, 0xff, 'a'}
	var before, after runtime.MemStats
	for name, transport := range transports {
		p := thrift.NewTBinaryProtocolConf(transport(data), nil)
		runtime.ReadMemStats(&before)
		var v numbers
		err := apachethrift.Wrap(&v).Read(background, p)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; err == nil || n > 32<<20 {
			t.Errorf("%s: %v, and %d bytes were allocated", name, err, n)
		}
	}
}

// stopping is a transport whose peer stops, or is slow: Read fails with errs one after the other, and then gives data.
type stopping struct {
	thrift.TTransport
	errs []error
	data *bytes.Reader
}

func (s *stopping) Read(b []byte) (int, error) {
	if len(s.errs) > 0 {
		err := s.errs[0]
		s.errs = s.errs[1:]
		return 0, err
	}
	return s.data.Read(b[:1])
}

func TestPeersThatStop(t *testing.T) {
	ours, _ := items(5)
	data := written(t, protocols[0].make, apachethrift.Wrap(ours))
	timeout := thrift.NewTTransportExceptionFromError(os.ErrDeadlineExceeded)
	reset := errors.New("connection reset")
	withDeadline, cancel := context.WithTimeout(background, time.Hour)
	defer cancel()
	canceled, cancel := context.WithTimeout(background, time.Hour)
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		errs []error
		want error
	}{
		{"timeout", background, []error{timeout}, os.ErrDeadlineExceeded},
		{"timeout, with time left", withDeadline, []error{timeout, timeout, timeout}, nil},
		{"timeout, canceled", canceled, []error{timeout}, os.ErrDeadlineExceeded},
		{"reset", withDeadline, []error{reset}, reset},
	} {
		peer := &stopping{memoryOf(nil), c.errs, bytes.NewReader(data)}
		var read Item
		err := apachethrift.Wrap(&read).Read(c.ctx, thrift.NewTBinaryProtocolConf(thrift.NewTBufferedTransport(peer, 64), nil))
		if !errors.Is(err, c.want) || c.want == nil && !reflect.DeepEqual(&read, ours) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// failing is a transport that takes nothing.
type failing struct{ thrift.TTransport }

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteFails(t *testing.T) {
	ours, _ := items(5)
	for _, p := range protocols {
		out := p.make(failing{memoryOf(nil)})
		err := apachethrift.Wrap(ours).Write(background, out)
		if p.name == "JSON" && err == nil {
			err = out.Flush(background) // it has a buffer of its own
		}
		if !errors.Is(err, io.ErrClosedPipe) || codeOf(err) < 0 {
			t.Errorf("%s: %v", p.name, err)
		}
	}
}

type cycle struct {
	Next *cycle `frugal:"1,optional"`
}

func TestNoEncoding(t *testing.T) {
	endless := new(cycle)
	endless.Next = endless
	for _, c := range []struct {
		name  string
		value thrift.TStruct
		code  int
	}{
		{"cycle", apachethrift.Wrap(endless), thrift.DEPTH_LIMIT},
		{"nil for a struct with a required field", apachethrift.Wrap[Part](nil), thrift.INVALID_DATA},
		{"empty union", apachethrift.Wrap(&Choice{}), thrift.INVALID_DATA},
		{"two members", apachethrift.Wrap(&Choice{Number: pointer(int64(1)), Text: pointer("")}), thrift.INVALID_DATA},
		{"no struct", apachethrift.Wrap(pointer(7)), thrift.NOT_IMPLEMENTED},
		{"bad tag", apachethrift.Wrap(&struct {
			A int32 `frugal:"one"`
		}{}), thrift.NOT_IMPLEMENTED},
	} {
		for _, p := range protocols {
			memory := thrift.NewTMemoryBuffer()
			out := p.make(memory)
			if err := c.value.Write(background, out); codeOf(err) != c.code {
				t.Errorf("%s, %s: %v, of code %d", c.name, p.name, err, codeOf(err))
			}
			if out.Flush(background); memory.Len() > 0 {
				t.Errorf("%s, %s: %d bytes were written", c.name, p.name, memory.Len())
			}
		}
	}
	if data := written(t, protocols[0].make, apachethrift.Wrap[cycle](nil)); !bytes.Equal(data, []byte{0}) {
		t.Errorf("nil is written as % x", data)
	}
	for _, v := range []any{nil, 7, Part{}, pointer(7), new(*Part)} {
		if _, err := apachethrift.Of(v); codeOf(err) != thrift.NOT_IMPLEMENTED {
			t.Errorf("Of(%T): %v", v, err)
		}
	}
	if _, err := apachethrift.Of((*Part)(nil)); err != nil {
		t.Error(err)
	}
	if err := apachethrift.Wrap[Part](nil).Read(background, protocols[0].make(memoryOf([]byte{0}))); err == nil {
		t.Error("reading into nil is no error")
	}
}

type keeper struct {
	Text           string `frugal:"3,optional,string,nocopy"`
	_unknownFields []byte
}

// TestUnknownFields has them come out as they came in, of every type; and anything else in their place is no panic.
func TestUnknownFields(t *testing.T) {
	ours, _ := items(5)
	for _, p := range protocols {
		data := written(t, p.make, apachethrift.Wrap(ours))
		for name, transport := range transports {
			var kept keeper
			if err := apachethrift.Wrap(&kept).Read(background, p.make(transport(data))); err != nil {
				t.Fatal(err)
			}
			if p.name == "JSON" {
				continue // a binary and a string differ there
			}
			var back Item
			again := written(t, p.make, apachethrift.Wrap(&kept))
			if err := apachethrift.Wrap(&back).Read(background, p.make(transport(again))); err != nil || !reflect.DeepEqual(&back, ours) {
				t.Errorf("%s, %s: %+v, %v", p.name, name, back, err)
			}
		}
	}
	id := append([]byte{16, 0, 9}, "0123456789abcdef"...)
	for _, p := range protocols[2:] {
		if p.name == "compact, counted" {
			continue // which keeps them in Compact
		}
		kept := keeper{_unknownFields: id}
		var back keeper
		data := written(t, p.make, apachethrift.Wrap(&kept))
		if err := apachethrift.Wrap(&back).Read(background, p.make(memoryOf(data))); err != nil || !bytes.Equal(back._unknownFields, id) {
			t.Errorf("%s: a UUID came back as % x, %v", p.name, back._unknownFields, err)
		}
	}
	for _, bad := range [][]byte{{15}, {15, 0, 1, 8, 0x7f, 0xff, 0xff, 0xff}, {11, 0, 1, 0xff, 0xff, 0xff, 0xff}, {11, 0, 1, 0x7f, 0xff, 0xff, 0xff},
		{99, 0, 1}, {12, 0, 1}, {13, 0, 1, 2, 2, 0x7f, 0xff, 0xff, 0xff, 1}, bytes.Repeat([]byte{12, 0, 1}, 3000)} {
		for _, p := range protocols[2:] {
			apachethrift.Wrap(&keeper{_unknownFields: bad}).Write(background, p.make(thrift.NewTMemoryBuffer())) // whatever it returns
		}
	}
}

// TestNocopyInRow: reading many structs with such fields from one buffer takes no more memory than they have.
func TestNocopyInRow(t *testing.T) {
	type text struct {
		Text string `frugal:"1,default,string,nocopy"`
	}
	// Copying the rest of the buffer for each struct takes 35,000 bytes for each. The race detector has pools forget, which takes 2,500.
	const count, most = 10000, 5000
	for _, p := range protocols[:2] {
		data := bytes.Repeat(written(t, p.make, apachethrift.Wrap(&text{"text"})), count)
		in := p.make(memoryOf(data))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range count {
			if err := apachethrift.Wrap(&text{}).Read(background, in); err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; taken > most*count {
			t.Errorf("%s: %d bytes were allocated for %d", p.name, taken, len(data))
		}
	}
}

// TestNocopy has a field that refers to the input keep its value when the transport uses its memory again.
func TestNocopy(t *testing.T) {
	type text struct {
		Text string `frugal:"1,default,string,nocopy"`
	}
	for _, p := range protocols {
		data := written(t, p.make, apachethrift.Wrap(&text{"first"}))
		data = append(data, written(t, p.make, apachethrift.Wrap(&text{"other"}))...)
		for name, transport := range transports {
			in := p.make(transport(data))
			var first, other text
			if err := apachethrift.Wrap(&first).Read(background, in); err != nil {
				t.Fatalf("%s, %s: %v", p.name, name, err)
			}
			if memory, ok := in.Transport().(*thrift.TMemoryBuffer); ok {
				rest := bytes.Clone(memory.Bytes())
				memory.Reset()
				memory.Write(bytes.Repeat([]byte("x"), len(data)))
				memory.Reset()
				memory.Write(rest)
			}
			if err := apachethrift.Wrap(&other).Read(background, in); err != nil && p.name != "JSON" {
				t.Fatalf("%s, %s: %v", p.name, name, err)
			}
			if first.Text != "first" {
				t.Errorf("%s, %s: %q", p.name, name, first.Text)
			}
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	ours, _ := items(500)
	shared, err := apachethrift.Of(ours)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		p := protocols[i%len(protocols)]
		all.Add(1)
		go func() {
			defer all.Done()
			for range 20 {
				memory := thrift.NewTMemoryBuffer()
				out := p.make(thrift.NewTBufferedTransport(memory, 64))
				if err := shared.Write(background, out); err != nil {
					t.Error(err)
				}
				out.Flush(background)
				out.Transport().Flush(background)
				var read Item
				if err := apachethrift.Wrap(&read).Read(background, p.make(memory)); err != nil || !reflect.DeepEqual(&read, ours) {
					t.Errorf("%s: %v", p.name, err)
				}
			}
		}()
	}
	all.Wait()
}

// counted counts what goes to a transport.
type counted struct {
	thrift.TTransport
	writes int
}

func (c *counted) Write(b []byte) (int, error) {
	c.writes++
	return c.TTransport.Write(b)
}

func TestOnePiece(t *testing.T) {
	ours, _ := items(500)
	for _, p := range protocols[:2] {
		c := &counted{TTransport: memoryOf(nil)}
		if err := apachethrift.Wrap(ours).Write(background, p.make(c)); err != nil || c.writes != 1 {
			t.Errorf("%s: %d writes, %v", p.name, c.writes, err)
		}
	}
}

func TestNaN(t *testing.T) {
	type ratio struct {
		R float64 `frugal:"1"`
	}
	for _, p := range protocols {
		for _, r := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)} {
			data := written(t, p.make, apachethrift.Wrap(&ratio{r}))
			var read ratio
			err := apachethrift.Wrap(&read).Read(background, p.make(memoryOf(data)))
			if err != nil || !(read.R == r || read.R != read.R && r != r) {
				t.Errorf("%s: %v became %v, %v", p.name, r, read.R, err)
			}
		}
	}
}
