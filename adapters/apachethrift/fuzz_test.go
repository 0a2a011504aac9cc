package apachethrift_test

import (
	"bytes"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/adapters/apachethrift"
	"github.com/tagwire/tagwire/adapters/apachethrift/gen/store"
)

// FuzzRead reads any bytes as one piece, by pieces and field by field. The first two agree in everything, and what all of them take,
// and generated code, is the same value.
func FuzzRead(f *testing.F) {
	ours, _ := items(9)
	for i, p := range protocols[:2] {
		f.Add(i == 1, written(f, p.make, apachethrift.Wrap(ours)))
	}
	f.Fuzz(func(t *testing.T, compact bool, data []byte) {
		p := protocols[0]
		if compact {
			p = protocols[1]
		}
		over := func(name string) thrift.TProtocol { return p.make(transports[name](data)) }
		var whole, pieces, fields Item
		err := apachethrift.Wrap(&whole).Read(background, over("memory"))
		byPieces := apachethrift.Wrap(&pieces).Read(background, over("byte by byte"))
		if (err == nil) != (byPieces == nil) {
			t.Fatalf("%v as one piece, %v by pieces", err, byPieces)
		}
		var out bytes.Buffer
		if err != nil || apachethrift.Wrap(&whole).Write(background, p.make(&thrift.TMemoryBuffer{Buffer: &out})) != nil {
			return
		}
		if len(whole.Parts) > 1 || len(whole.Sparse) > 1 {
			return // the order of their entries differs
		}
		for _, m := range whole.Nested {
			if len(m) > 1 {
				return
			}
		}
		if !bytes.Equal(written(t, p.make, apachethrift.Wrap(&pieces)), out.Bytes()) {
			t.Fatal("another value by pieces")
		}
		// Of numbers that are too long in Compact, Apache's library takes the lower bits.
		if !compact && apachethrift.Wrap(&fields).Read(background, over("unbuffered")) == nil &&
			!bytes.Equal(written(t, p.make, apachethrift.Wrap(&fields)), out.Bytes()) {
			t.Fatal("another value field by field")
		}
		var theirs store.Item
		if err := theirs.Read(background, p.make(memoryOf(out.Bytes()))); err != nil && codeOf(err) != thrift.DEPTH_LIMIT {
			t.Fatalf("generated code does not read what was written: %v", err)
		}
	})
}
