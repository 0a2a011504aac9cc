package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/guard"
)

// outcome is what an engine makes of a footer: the value encoded again, or the error.
func outcome(t testing.TB, data []byte, engine tagwire.Option) string {
	var value FileMetaData
	n, err := decode(data, &value, Limits{Memory: 64 << 20}, engine)
	if err != nil {
		return err.Error()
	}
	if n > len(data) {
		t.Fatalf("used %d bytes of %d", n, len(data))
	}
	again, err := tagwire.Marshal(&value, tagwire.WithFormat(tagwire.ThriftCompact), engine)
	if err != nil {
		return err.Error() // several members of a union
	}
	return string(again)
}

// checkHostile holds the engines to the same outcome. Behind the bytes there is memory that cannot be touched.
func checkHostile(t testing.TB, pages *guard.Pages, data []byte, engines map[string]tagwire.Option) {
	data = pages.AtEnd(data)
	want := outcome(t, data, engines["reflect"])
	if native, ok := engines["native"]; ok {
		if got := outcome(t, data, native); got != want {
			t.Fatalf("%x: reflect %q, native %q", data, want, got)
		}
	}
}

// TestCutFooters: no prefix of a footer is one.
func TestCutFooters(t *testing.T) {
	footer, all := footerOf(t, makeFile(t, 10)), engines(t)
	pages := guard.New(t, len(footer))
	for length := range footer {
		checkHostile(t, pages, footer[:length], all)
		if _, _, err := Decode(footer[:length:length], Limits{}); err == nil {
			t.Fatalf("%d bytes of %d pass", length, len(footer))
		}
	}
}

// TestChangedFooters changes each byte in a few ways.
func TestChangedFooters(t *testing.T) {
	footer, all := footerOf(t, makeFile(t, 10)), engines(t)
	pages := guard.New(t, len(footer))
	for i := range footer {
		for _, value := range []byte{0, 0x0c, 0x19, 0x7f, 0x80, 0xff, footer[i] ^ 1, footer[i] ^ 0x10, footer[i] ^ 0x80} {
			changed := bytes.Clone(footer)
			changed[i] = value
			checkHostile(t, pages, changed, all)
		}
	}
}

// TestCountsThatLie: what a count says is worth nothing without the bytes for it.
func TestCountsThatLie(t *testing.T) {
	count := binary.AppendUvarint(nil, 1<<31-1)
	for name, data := range map[string][]byte{
		"schema":            append([]byte{0x15, 0, 0x19, 0xfc}, count...),
		"row groups":        append([]byte{0x15, 0, 0x19, 0x0c, 0x16, 0, 0x19, 0xfc}, count...),
		"name":              append([]byte{0x15, 0, 0x19, 0x1c, 0x48}, count...),
		"unknown list":      append([]byte{0x15, 0, 0x09, 80, 0xf5}, count...),
		"unknown map":       append(append([]byte{0x0b, 80}, count...), 0x55),
		"encrypted columns": append([]byte{0x15, 0, 0x19, 0x0c, 0x16, 0, 0x19, 0x1c, 0x19, 0x1c, 0x98}, count...),
	} {
		for engineName, engine := range engines(t) {
			for _, padding := range []int{0, 1, 1000} {
				_, err := decode(append(bytes.Clone(data), make([]byte, padding)...), new(FileMetaData), Limits{}, engine)
				if !errors.Is(err, tagwire.ErrSizeLimit) {
					t.Errorf("%s, %d bytes more, %s: %v", name, padding, engineName, err)
				}
			}
		}
	}
}

// TestMemoryLimit: a small footer can ask for a lot of memory, a struct of a hundred bytes for each of its own.
func TestMemoryLimit(t *testing.T) {
	const groups = 1 << 20
	data := append([]byte{0x15, 0, 0x19, 0x0c, 0x16, 0, 0x19, 0xfc}, binary.AppendUvarint(nil, groups)...)
	for range groups {
		data = append(data, 0x19, 0x0c, 0x16, 0, 0x16, 0, 0)
	}
	data = append(data, 0)
	for name, engine := range engines(t) {
		var value FileMetaData
		if _, err := decode(data, &value, Limits{}, engine); err != nil || len(value.RowGroups) != groups {
			t.Fatalf("%s: %d row groups, %v", name, len(value.RowGroups), err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decode(data, new(FileMetaData), Limits{Memory: 1 << 20}, engine)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, tagwire.ErrSizeLimit) || took > 2<<20 {
			t.Errorf("%s: %v after %d bytes", name, err, took)
		}
	}
}

// A file is read from something that breaks off, or that has less than was said.
type brokenFile struct {
	data   []byte
	broken int64 // offset from which on there is nothing
	err    error
}

func (f brokenFile) ReadAt(buf []byte, offset int64) (int, error) {
	n := 0
	if offset < f.broken {
		n = copy(buf, f.data[offset:f.broken])
	}
	if n < len(buf) {
		return n, f.err
	}
	return n, nil
}

func TestBadFiles(t *testing.T) {
	file := makeFile(t, 10)
	change := func(offset int, with ...byte) []byte {
		changed := bytes.Clone(file)
		if offset < 0 {
			offset += len(changed)
		}
		copy(changed[offset:], with)
		return changed
	}
	little := binary.LittleEndian.AppendUint32
	footer := footerOf(t, file)
	longer := append(append(bytes.Clone(file[:len(file)-8]), make([]byte, signatureSize)...),
		append(little(nil, uint32(len(footer)+signatureSize)), magic...)...)
	for name, row := range map[string]struct {
		data   []byte
		limits Limits
		want   error
	}{
		"empty":                     {nil, Limits{}, ErrNotParquet},
		"magic alone":               {[]byte("PAR1PAR1"), Limits{}, ErrNotParquet},
		"no footer":                 {[]byte("PAR1\x00\x00\x00\x00PAR1"), Limits{}, ErrFooterLength},
		"another start":             {change(0, []byte("PK\x03\x04")...), Limits{}, ErrNotParquet},
		"another end":               {change(-4, []byte("PAR2")...), Limits{}, ErrNotParquet},
		"encrypted only at the end": {change(-4, []byte("PARE")...), Limits{}, ErrNotParquet},
		"cut":                       {file[:len(file)-1], Limits{}, ErrNotParquet},
		"longer than the file":      {change(-8, little(nil, uint32(len(file)-11))...), Limits{}, ErrFooterLength},
		"4 GiB":                     {change(-8, 0xff, 0xff, 0xff, 0xff), Limits{}, ErrFooterLength},
		"shorter than it is":        {change(-8, little(nil, uint32(len(footer)-1))...), Limits{}, nil},
		"over the limit":            {file, Limits{Footer: len(footer) - 1}, ErrFooterLength},
		"more memory":               {file, Limits{Memory: 100}, tagwire.ErrSizeLimit},
		"bytes behind it":           {longer, Limits{}, ErrTrailing},
		"not a struct":              {change(-8-len(footer), 0x0f), Limits{}, tagwire.ErrInvalidData},
		"nothing set":               {[]byte("PAR1\x00\x01\x00\x00\x00PAR1"), Limits{}, tagwire.ErrRequired},
	} {
		_, err := ReadFooter(bytes.NewReader(row.data), int64(len(row.data)), row.limits)
		if err == nil || row.want != nil && !errors.Is(err, row.want) || !strings.HasPrefix(err.Error(), "parquet: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadFooter(bytes.NewReader(file), int64(len(file)), Limits{Footer: len(footer)}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

// TestReadErrors: errors of the reader come through, and a reader with less than was said does not pass.
func TestReadErrors(t *testing.T) {
	file := makeFile(t, 1_000)
	if len(footerOf(t, file)) < tailSize {
		t.Fatal("one read is enough for the footer")
	}
	failure := errors.New("failure")
	start := int64(len(file) - 8 - len(footerOf(t, file)))
	for _, broken := range []int64{0, 3, start, start + 100, int64(len(file)) - tailSize, int64(len(file)) - 1} {
		for _, row := range []struct{ err, want error }{{failure, failure}, {io.EOF, io.ErrUnexpectedEOF}, {nil, io.ErrUnexpectedEOF}} {
			if _, err := ReadFooter(brokenFile{file, broken, row.err}, int64(len(file)), Limits{}); !errors.Is(err, row.want) {
				t.Errorf("broken at %d, %v: %v", broken, row.err, err)
			}
		}
	}
	if _, err := ReadFooter(brokenFile{file, int64(len(file)), io.EOF}, int64(len(file)), Limits{}); err != nil {
		t.Error(err)
	}
}

func TestAppendFooterRefuses(t *testing.T) {
	dst := []byte("before")
	unset := &FileMetaData{ColumnOrders: make([]ColumnOrder, 1)}
	if got, err := AppendFooter(dst, unset); !errors.Is(err, tagwire.ErrInvalidData) || string(got) != "before" {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzFooter(f *testing.F) {
	// Large ones keep the fuzzer busy with making them smaller.
	f.Add(footerOf(f, makeFile(f, 1)))
	f.Add([]byte("\x15\x02\x19\x1c\x48\x04root\x00\x16\x00\x19\x0c\x00"))
	const most = 1 << 20
	all, pages := engines(f), guard.New(f, most)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) <= most {
			checkHostile(t, pages, data, all)
		}
	})
}
