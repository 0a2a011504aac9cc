package parquet

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"

	library "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// columnCounts are the sizes of the files that the library makes.
var columnCounts = []int{10, 1_000, 10_000}

// nodes are columns of each physical and logical type that the library can write, leaves first. A file has them in turn.
func nodes(t testing.TB) []library.Node {
	shredded, err := library.ShreddedVariant(library.Leaf(library.Int64Type))
	if err != nil {
		t.Fatal(err)
	}
	return []library.Node{
		library.String(),
		library.Optional(library.Int(8)),
		library.FieldID(library.Decimal(2, 9, library.Int32Type), 7),
		library.Timestamp(library.Microsecond),
		library.Leaf(library.DoubleType),
		library.Repeated(library.Leaf(library.ByteArrayType)),
		library.Compressed(library.Encoded(library.Leaf(library.Int64Type), &library.DeltaBinaryPacked), &library.Zstd),
		library.UUID(),
		library.List(library.Optional(library.Date())),
		library.Optional(library.Geography("EPSG:4326", format.Vincenty)),

		library.Leaf(library.BooleanType),
		library.Leaf(library.Int32Type),
		library.Leaf(library.Int96Type),
		library.Leaf(library.FloatType),
		library.Leaf(library.FixedLenByteArrayType(5)),
		library.Optional(library.Enum()),
		library.JSON(),
		library.BSON(),
		library.IntervalNode(),
		library.Int(16), library.Int(32), library.Int(64),
		library.Uint(8), library.Uint(16), library.Uint(32), library.Uint(64),
		library.Decimal(3, 18, library.Int64Type),
		library.Decimal(4, 20, library.FixedLenByteArrayType(9)),
		library.Time(library.Millisecond), library.Time(library.Microsecond), library.TimeAdjusted(library.Nanosecond, false),
		library.TimestampAdjusted(library.Millisecond, false), library.Timestamp(library.Nanosecond),
		library.Geometry("OGC:CRS84"),
		library.Encoded(library.String(), &library.RLEDictionary),
		library.Compressed(library.Optional(library.String()), &library.Snappy),
		library.Map(library.String(), library.Optional(library.Leaf(library.DoubleType))),
		library.Group{"inner": library.Group{"leaf": library.Repeated(library.Int(64))}},
		library.Variant(),
		shredded,
	}
}

// schemaOf makes a schema with n leaves. Groups that have more than are left are passed over.
func schemaOf(t testing.TB, n int) *library.Schema {
	root, kinds := library.Group{}, nodes(t)
	for leaves, i := 0, 0; leaves < n; i++ {
		node := kinds[i%len(kinds)]
		count := len(library.NewSchema("", library.Group{"": node}).Columns())
		if leaves+count > n {
			continue
		}
		root[fmt.Sprintf("column_%05d", i)] = node
		leaves += count
	}
	return library.NewSchema("table", root)
}

// makeFile lets the library write a file with n leaves: two row groups, statistics, dictionaries, a Bloom filter, metadata.
func makeFile(t testing.TB, n int, options ...library.WriterOption) []byte {
	schema := schemaOf(t, n)
	var file bytes.Buffer
	first := schema.Columns()[0]
	options = append([]library.WriterOption{
		schema,
		library.KeyValueMetadata("origin", "test"),
		library.KeyValueMetadata("empty", ""),
		library.SortingWriterConfig(library.SortingColumns(library.Descending(first...))),
		library.BloomFilters(library.SplitBlockFilter(10, first...)),
		library.ColumnPageBuffers(library.NewBufferPool()),
		library.WriteBufferSize(0),
		library.PageBufferSize(256),
		library.DeprecatedDataPageStatistics(true),
	}, options...)
	writer := library.NewWriter(&file, options...)
	for group := range 2 {
		for row := range 3 {
			if _, err := writer.WriteRows([]library.Row{rowOf(schema, 3*group+row)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := writer.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// rowOf makes a row that has a value in each column, save that every second row has nulls where that is allowed.
func rowOf(schema *library.Schema, seed int) library.Row {
	var row library.Row
	for i, path := range schema.Columns() {
		leaf, _ := schema.Lookup(path...)
		if leaf.MaxDefinitionLevel > 0 && seed%2 == 1 {
			row = append(row, library.NullValue().Level(0, 0, i))
			continue
		}
		row = append(row, valueOf(leaf.Node.Type(), seed+i).Level(0, leaf.MaxDefinitionLevel, i))
	}
	return row
}

func valueOf(kind library.Type, seed int) library.Value {
	switch kind.Kind() {
	case library.Boolean:
		return library.BooleanValue(seed%2 == 0)
	case library.Int32:
		return library.Int32Value(int32(seed % 100))
	case library.Int64:
		return library.Int64Value(int64(seed) << 33)
	case library.Int96:
		return library.Int96Value(deprecated.Int96{uint32(seed), 1, 2})
	case library.Float:
		return library.FloatValue(float32(seed) / 2)
	case library.Double:
		return library.DoubleValue(float64(seed) / 3)
	case library.FixedLenByteArray:
		hash := sha256.Sum256(fmt.Append(nil, seed))
		return library.FixedLenByteArrayValue(hash[:kind.Length()])
	}
	if logical := kind.LogicalType(); logical != nil {
		switch logical.Value.(type) {
		case *format.GeometryType, *format.GeographyType:
			return library.ByteArrayValue(point(seed))
		}
	}
	return library.ByteArrayValue(fmt.Append(nil, "value ", seed))
}

// point is a point in Well-Known Binary.
func point(seed int) []byte {
	buf := []byte{1, 1, 0, 0, 0}
	buf, _ = binary.Append(buf, binary.LittleEndian, []float64{float64(seed % 90), float64(seed % 80)})
	return buf
}

// footerOf cuts the footer out of a file, as the format says, and not as ReadFooter does it.
func footerOf(t testing.TB, file []byte) []byte {
	end := len(file) - 8
	length := int(binary.LittleEndian.Uint32(file[end:]))
	if string(file[end+4:]) != "PAR1" || length > end {
		t.Fatalf("the file ends with %q", file[end:])
	}
	return file[end-length : end : end]
}

// keys are the same for everything.
type keys struct{}

var key = []byte("0123456789abcdef")

func (keys) FooterKey([]byte) ([]byte, error)           { return key, nil }
func (keys) ColumnKey([]string, []byte) ([]byte, error) { return key, nil }

// encryption encrypts all columns, two of them by keys of their own.
func encryption(t testing.TB, n int, footer bool) *library.EncryptionConfig {
	config := &library.EncryptionConfig{
		FooterKey: key, ColumnKeys: map[string][]byte{}, EncryptedFooter: footer, AadPrefix: []byte("prefix"),
	}
	for i, path := range schemaOf(t, n).Columns() {
		if i%3 == 0 && len(path) == 1 {
			config.ColumnKeys[path[0]] = key
		}
	}
	return config
}
