package parquet

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"testing"

	library "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tagwire/tagwire"
)

// engines are both, where there is native code.
func engines(t testing.TB) map[string]tagwire.Option {
	result := map[string]tagwire.Option{"reflect": tagwire.WithEngine(tagwire.Reflect)}
	native := tagwire.WithEngine(tagwire.Native)
	switch _, err := tagwire.For[FileMetaData](tagwire.WithFormat(tagwire.ThriftCompact), native); {
	case err == nil:
		result["native"] = native
	case runtime.GOOS == "linux" && (runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64"):
		t.Fatal(err)
	}
	return result
}

// libraryReads decodes by the library.
func libraryReads[T any](t testing.TB, data []byte) *T {
	t.Helper()
	value := new(T)
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), data, value); err != nil {
		t.Fatal(err)
	}
	return value
}

func libraryWrites(t testing.TB, value any) []byte {
	t.Helper()
	data, err := thrift.Marshal(new(thrift.CompactProtocol), value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// checkSame decodes data by each engine, compares what comes of it with the library's reading, and encodes it again.
func checkSame[Ours, Theirs any](t *testing.T, data []byte) {
	t.Helper()
	theirs := libraryReads[Theirs](t, bytes.Clone(data))
	for name, engine := range engines(t) {
		ours, before := new(Ours), tagwire.Stats()
		n, err := decode(data, ours, Limits{}, engine)
		if err != nil || n != len(data) {
			t.Fatalf("%s: used %d bytes of %d: %v", name, n, len(data), err)
		}
		if err := difference(name, reflect.ValueOf(ours).Elem(), reflect.ValueOf(theirs).Elem()); err != nil {
			t.Fatal(err)
		}
		again, err := tagwire.Marshal(ours, tagwire.WithFormat(tagwire.ThriftCompact), engine)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(again, data) {
			t.Fatalf("%s: encoding gives other bytes, %d for %d", name, len(again), len(data))
		}
		if err := difference(name, reflect.ValueOf(ours).Elem(), reflect.ValueOf(libraryReads[Theirs](t, again)).Elem()); err != nil {
			t.Fatalf("encoded again: %v", err)
		}
		after := tagwire.Stats()
		if native := after.NativeCalls > before.NativeCalls; native != (name == "native") || after.Refusals > before.Refusals {
			t.Errorf("%s: native calls were made: %v, %d were refused", name, native, after.Refusals-before.Refusals)
		}
	}
}

// TestFiles: footers of files that the library made.
func TestFiles(t *testing.T) {
	for _, columns := range columnCounts {
		file := makeFile(t, columns)
		checkSame[FileMetaData, format.FileMetaData](t, footerOf(t, file))

		metaData, err := ReadFooter(bytes.NewReader(file), int64(len(file)), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		opened, err := library.OpenFile(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if err := difference("file", reflect.ValueOf(metaData).Elem(), reflect.ValueOf(opened.Metadata()).Elem()); err != nil {
			t.Error(err)
		}
		if len(metaData.RowGroups) != 2 || len(metaData.RowGroups[1].Columns) != columns || metaData.NumRows != 6 {
			t.Errorf("%d row groups, %d rows", len(metaData.RowGroups), metaData.NumRows)
		}
		// The library opens the file with our footer.
		again, err := AppendFooter(bytes.Clone(file[:len(file)-8-len(footerOf(t, file))]), metaData)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := library.OpenFile(bytes.NewReader(again), int64(len(again))); err != nil {
			t.Error(err)
		}
	}
}

// TestLogicalTypes: the files have columns of all logical types that the library can write.
func TestLogicalTypes(t *testing.T) {
	file := makeFile(t, columnCounts[1])
	metaData, err := ReadFooter(bytes.NewReader(file), int64(len(file)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, element := range metaData.Schema {
		if element.LogicalType != nil {
			v := reflect.ValueOf(element.LogicalType).Elem()
			for _, field := range fieldsByID(v.Type(), "frugal") {
				if !v.FieldByIndex(field.Index).IsNil() {
					found[field.Name] = true
				}
			}
		}
	}
	for _, field := range fieldsByID(reflect.TypeFor[LogicalType](), "frugal") {
		// The library has no columns of these two.
		if unwritten := field.Name == "Unknown" || field.Name == "Float16"; found[field.Name] == unwritten {
			t.Errorf("%s found: %v", field.Name, found[field.Name])
		}
	}
}

// TestAllFields: all fields and members are set that the library has.
func TestAllFields(t *testing.T) {
	for n := range 4 {
		theirs, next := new(format.FileMetaData), n
		fill(reflect.ValueOf(theirs).Elem(), 2, &next)
		theirs.Schema = make([]format.SchemaElement, 40)
		for i := range theirs.Schema {
			fill(reflect.ValueOf(&theirs.Schema[i]).Elem(), 2, &next)
		}
		checkSame[FileMetaData, format.FileMetaData](t, libraryWrites(t, theirs))

		crypto := new(format.FileCryptoMetaData)
		fill(reflect.ValueOf(crypto).Elem(), 2, &next)
		checkSame[FileCryptoMetaData, format.FileCryptoMetaData](t, libraryWrites(t, crypto))
	}
}

// TestNewerFields: the library reads over the fields that it does not have, and all engines keep them.
func TestNewerFields(t *testing.T) {
	yes, many := true, int64(300)
	ours := FileMetaData{
		Schema: []SchemaElement{{Name: "root"}},
		RowGroups: []RowGroup{{Columns: []ColumnChunk{{MetaData: &ColumnMetaData{
			Encodings: []Encoding{}, PathInSchema: []string{"a"},
			Statistics: &Statistics{IsMaxValueExact: &yes, IsMinValueExact: new(bool), NaNCount: &many},
		}}}}},
		ColumnOrders: []ColumnOrder{{IEEE754TotalOrder: new(IEEE754TotalOrder)}, {Int96TimestampOrder: new(Int96TimestampOrder)}},
	}
	for name, engine := range engines(t) {
		data, err := tagwire.Marshal(&ours, tagwire.WithFormat(tagwire.ThriftCompact), engine)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if theirs := libraryReads[format.FileMetaData](t, data); len(theirs.ColumnOrders) != 2 || theirs.Schema[0].Name != "root" {
			t.Errorf("%s: the library has %+v", name, theirs)
		}
		var again FileMetaData
		if _, err := decode(data, &again, Limits{}, engine); err != nil || !reflect.DeepEqual(ours, again) {
			t.Errorf("%s: %v, got %+v", name, err, again)
		}
	}
}

// What a future version of the format could add.
type (
	futureFile struct {
		Version      int32            `thrift:"1,required"`
		Schema       []futureElement  `thrift:"2,required"`
		NumRows      int64            `thrift:"3,required"`
		RowGroups    []futureRowGroup `thrift:"4,required"`
		ColumnOrders []futureOrder    `thrift:"7,optional"`
		Added        []string         `thrift:"40,optional"`
		Flag         bool             `thrift:"41,optional"`
	}
	futureElement struct {
		Name        string          `thrift:"4,required"`
		LogicalType futureLogical   `thrift:"10,optional"`
		Added       map[int32]int64 `thrift:"90,optional"`
	}
	futureLogical struct {
		String *futureString `thrift:"1,optional"`
		Added  *futureString `thrift:"77,optional"`
	}
	futureString struct {
		Collation string `thrift:"3,optional"`
	}
	futureRowGroup struct {
		Columns       []struct{} `thrift:"1,required"`
		TotalByteSize int64      `thrift:"2,required"`
		NumRows       int64      `thrift:"3,required"`
		Added         float64    `thrift:"8,optional"`
	}
	futureOrder struct {
		Added *futureString `thrift:"5,optional"`
	}
)

// TestUnknownFields: what is added to a struct or a union is kept, and written again.
func TestUnknownFields(t *testing.T) {
	want := &futureFile{
		Schema: []futureElement{
			{Name: "root", LogicalType: futureLogical{String: &futureString{"de"}}, Added: map[int32]int64{1: -1}},
			{Name: "leaf", LogicalType: futureLogical{Added: &futureString{"fr"}}},
		},
		RowGroups:    []futureRowGroup{{Columns: []struct{}{}, Added: 0.5}},
		ColumnOrders: []futureOrder{{&futureString{}}, {&futureString{"x"}}},
		Added:        []string{"a", "b"},
		Flag:         true,
	}
	data := libraryWrites(t, want)
	for name, engine := range engines(t) {
		var ours FileMetaData
		if n, err := decode(data, &ours, Limits{}, engine); err != nil || n != len(data) {
			t.Fatalf("%s: %d of %d bytes, %v", name, n, len(data), err)
		}
		for where, kept := range map[string][]byte{
			"file": ours._unknownFields, "element": ours.Schema[0]._unknownFields, "row group": ours.RowGroups[0]._unknownFields,
			"member": ours.Schema[0].LogicalType.String._unknownFields, "union": ours.Schema[1].LogicalType._unknownFields,
			"order": ours.ColumnOrders[1]._unknownFields,
		} {
			if len(kept) == 0 {
				t.Errorf("%s: nothing is kept in the %s", name, where)
			}
		}
		again, err := tagwire.Marshal(&ours, tagwire.WithFormat(tagwire.ThriftCompact), engine)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := libraryReads[futureFile](t, again); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// TestEncryptedFiles: signed and encrypted footers.
func TestEncryptedFiles(t *testing.T) {
	const columns = 40
	file := makeFile(t, columns, library.WithEncryption(encryption(t, columns, false)))
	metaData, err := ReadFooter(bytes.NewReader(file), int64(len(file)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	footer := footerOf(t, file)
	checkSame[FileMetaData, format.FileMetaData](t, footer[:len(footer)-signatureSize])
	var byFooter, byColumn int
	for _, column := range metaData.RowGroups[0].Columns {
		switch crypto := column.CryptoMetadata; {
		case crypto == nil:
			t.Errorf("a column is not encrypted: %+v", column)
		case crypto.ColumnKey != nil:
			byColumn++
		case crypto.FooterKey != nil:
			byFooter++
		}
	}
	if byFooter == 0 || byColumn == 0 || metaData.EncryptionAlgorithm == nil {
		t.Errorf("%d columns by the footer's key, %d by their own, %+v", byFooter, byColumn, metaData.EncryptionAlgorithm)
	}
	if _, _, err := ReadEncryptedFooter(bytes.NewReader(file), int64(len(file)), Limits{}); !errors.Is(err, ErrNotEncrypted) {
		t.Error(err)
	}

	file = makeFile(t, columns, library.WithEncryption(encryption(t, columns, true)))
	if _, err := ReadFooter(bytes.NewReader(file), int64(len(file)), Limits{}); !errors.Is(err, ErrEncrypted) {
		t.Error(err)
	}
	crypto, module, err := ReadEncryptedFooter(bytes.NewReader(file), int64(len(file)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if algorithm := crypto.EncryptionAlgorithm.AesGcmV1; algorithm == nil || string(algorithm.AadPrefix) != "prefix" || len(module) < 100 {
		t.Errorf("%+v and %d bytes", crypto, len(module))
	}
	if _, err := library.OpenFile(bytes.NewReader(file), int64(len(file)), library.WithDecryption(keys{})); err != nil {
		t.Error(err)
	}
}
