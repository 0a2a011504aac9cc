package main

// The segmentio/encoding peer. Its tags and its rules differ from ours, so it has types of its own: enums are int32, and a
// field is required or else left out when zero.

import (
	"io"

	"github.com/segmentio/encoding/thrift"
)

type segmentSmall struct {
	Byte int8    `thrift:"1,required"`
	Long int64   `thrift:"2,required"`
	Real float64 `thrift:"3,required"`
	Int  int32   `thrift:"4,required"`
	Text string  `thrift:"5,required"`
	Blob []byte  `thrift:"6,required"`
	Kind int32   `thrift:"7,required"`
}

type segmentMedium struct {
	Text        string                   `thrift:"1,required"`
	Smalls      []*segmentSmall          `thrift:"2,required"`
	Real        float64                  `thrift:"3,required"`
	Int         int32                    `thrift:"4,required"`
	Ints        []int32                  `thrift:"5,required"`
	Long        int64                    `thrift:"6,required"`
	TextByText  map[string]string        `thrift:"7,required"`
	Small       *segmentSmall            `thrift:"8,required"`
	LongByInt   map[int32]int64          `thrift:"9,required"`
	Texts       []string                 `thrift:"10,required"`
	Blob        []byte                   `thrift:"11,required"`
	TextByLong  map[int64]string         `thrift:"12,required"`
	Longs       []int64                  `thrift:"13,required"`
	Byte        int8                     `thrift:"14,required"`
	SmallByText map[string]*segmentSmall `thrift:"15,required"`
}

type segmentLarge struct {
	MediumBySmall map[*segmentSmall]*segmentMedium `thrift:"1,required"`
	Mediums       []*segmentMedium                 `thrift:"2,required"`
	Medium        *segmentMedium                   `thrift:"3,required"`
	Small         *segmentSmall                    `thrift:"4,required"`
	Byte          int8                             `thrift:"5,required"`
	Int           int32                            `thrift:"6,required"`
	Long          int64                            `thrift:"7,required"`
	Real          float64                          `thrift:"8,required"`
}

type segmentStrings struct {
	Texts []string `thrift:"1,required"`
}

type segmentDeep struct {
	Int  int32        `thrift:"1,required"`
	Long int64        `thrift:"2,required"`
	Real float64      `thrift:"3,required"`
	Next *segmentDeep `thrift:"4,optional"`
}

type segmentItem struct {
	Long int64   `thrift:"1,required"`
	Int  int32   `thrift:"2,required"`
	Real float64 `thrift:"3,required"`
	Text string  `thrift:"4,required"`
}

type segmentStructs struct {
	Items []*segmentItem `thrift:"1,required"`
}

type segmentListI32 struct {
	Values []int32 `thrift:"1,required"`
}

type segmentListI64 struct {
	Values []int64 `thrift:"1,required"`
}

type segmentListDouble struct {
	Values []float64 `thrift:"1,required"`
}

// segmentProtocol is thrift.BinaryProtocol as the rest of the world speaks it. The original writes the type numbers of
// Thrift Compact, and a field id after STOP: no other implementation reads that.
type segmentProtocol struct {
	thrift.BinaryProtocol
}

func (p *segmentProtocol) NewReader(r io.Reader) thrift.Reader {
	return &segmentReader{baseReader: p.BinaryProtocol.NewReader(r)}
}

func (p *segmentProtocol) NewWriter(w io.Writer) thrift.Writer {
	return &segmentWriter{baseWriter: p.BinaryProtocol.NewWriter(w)}
}

// wireType gives the type byte of Thrift Binary for each type of the library; libraryType is its inverse.
var (
	wireType = [16]thrift.Type{
		thrift.BOOL: 2, thrift.I8: 3, thrift.DOUBLE: 4, thrift.I16: 6, thrift.I32: 8, thrift.I64: 10, thrift.BINARY: 11,
		thrift.STRUCT: 12, thrift.MAP: 13, thrift.SET: 14, thrift.LIST: 15,
	}
	libraryType = invert(wireType)
)

func invert(table [16]thrift.Type) (inverse [16]thrift.Type) {
	for from, to := range table {
		inverse[to] = thrift.Type(from)
	}
	inverse[0] = thrift.STOP
	return inverse
}

// The embedded interfaces have methods called Reader and Writer, so they are embedded under other names.
type (
	baseReader = thrift.Reader
	baseWriter = thrift.Writer
)

type segmentReader struct {
	baseReader
}

func (r *segmentReader) ReadField() (thrift.Field, error) {
	wire, err := r.ReadInt8()
	if err != nil || wire == 0 {
		return thrift.Field{}, err
	}
	id, err := r.ReadInt16()
	return thrift.Field{ID: id, Type: libraryType[wire&15]}, err
}

func (r *segmentReader) ReadList() (thrift.List, error) {
	list, err := r.baseReader.ReadList()
	list.Type = libraryType[list.Type&15]
	return list, err
}

func (r *segmentReader) ReadSet() (thrift.Set, error) {
	set, err := r.baseReader.ReadSet()
	set.Type = libraryType[set.Type&15]
	return set, err
}

func (r *segmentReader) ReadMap() (thrift.Map, error) {
	header, err := r.baseReader.ReadMap()
	header.Key, header.Value = libraryType[header.Key&15], libraryType[header.Value&15]
	return header, err
}

type segmentWriter struct {
	baseWriter
}

func (w *segmentWriter) WriteField(field thrift.Field) error {
	if field.Type == thrift.STOP {
		return w.baseWriter.WriteInt8(0)
	}
	field.Type = wireType[field.Type&15]
	return w.baseWriter.WriteField(field)
}

func (w *segmentWriter) WriteList(list thrift.List) error {
	list.Type = wireType[list.Type&15]
	return w.baseWriter.WriteList(list)
}

func (w *segmentWriter) WriteSet(set thrift.Set) error {
	set.Type = wireType[set.Type&15]
	return w.baseWriter.WriteSet(set)
}

func (w *segmentWriter) WriteMap(header thrift.Map) error {
	header.Key, header.Value = wireType[header.Key&15], wireType[header.Value&15]
	return w.baseWriter.WriteMap(header)
}
