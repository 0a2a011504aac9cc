package parquet

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tagwire/tagwire"
)

// BenchmarkDecode decodes footers into new values. The strings of tagwire's alias the footer; those of parquet-go alias a copy,
// as they do where it opens a file. copied copies the strings, and reused is parquet-go's decoder that keeps its memory for the next
// footer, whose values end with it. As in a process with something to do, there is memory that keeps the collector from running
// all the time.
func BenchmarkDecode(b *testing.B) {
	ballast := make([]byte, 64<<20)
	defer runtime.KeepAlive(ballast)
	for _, columns := range columnCounts {
		footer := footerOf(b, makeFile(b, columns))
		run := func(name string, operation func() error) {
			b.Run(fmt.Sprintf("columns=%d/%s", columns, name), func(b *testing.B) {
				b.SetBytes(int64(len(footer)))
				b.ReportAllocs()
				for b.Loop() {
					if err := operation(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		for name, engine := range engines(b) {
			for _, copies := range []bool{false, true} {
				options := []tagwire.Option{tagwire.WithFormat(tagwire.ThriftCompact), engine}
				if copies {
					name += "-copied"
				} else {
					options = append(options, tagwire.WithZeroCopy())
				}
				codec, err := tagwire.For[FileMetaData](options...)
				if err != nil {
					b.Fatal(err)
				}
				run(name, func() error {
					_, err := codec.Decode(footer, new(FileMetaData))
					return err
				})
			}
		}
		run("parquet-go", func() error {
			reader := new(thrift.CompactProtocol).NewReaderFromBytes(bytes.Clone(footer))
			return thrift.NewDecoder(reader).Decode(new(format.FileMetaData))
		})
		var decoder format.FooterDecoder
		run("parquet-go-reused", func() error {
			_, _, err := decoder.Decode(footer)
			return err
		})
	}
}
