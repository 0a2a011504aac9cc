package main

//go:generate idl/generate.sh
//go:generate idl/protobuf.sh

// The message types of the benchmark: plain Go structs with the tags that Kitex code carries. idl/cases.thrift declares
// the same messages for Apache Thrift, segmentio.go for segmentio/encoding, wide.go the type with a hundred fields.

// Kind is an enum: i32 on the wire.
type Kind int64

// The values of Kind.
const (
	KindUnknown Kind = iota
	KindFirst
	KindSecond
)

// Small has one field of each scalar kind, a text, a blob and an enum.
type Small struct {
	Byte int8    `frugal:"1,default,i8"`
	Long int64   `frugal:"2,default,i64"`
	Real float64 `frugal:"3,default,double"`
	Int  int32   `frugal:"4,default,i32"`
	Text string  `frugal:"5,default,string"`
	Blob []byte  `frugal:"6,default,binary"`
	Kind Kind    `frugal:"7,default,Kind"`
}

// Medium mixes scalars with lists and maps of every common shape.
type Medium struct {
	Text        string            `frugal:"1,default,string"`
	Smalls      []*Small          `frugal:"2,default,list<Small>"`
	Real        float64           `frugal:"3,default,double"`
	Int         int32             `frugal:"4,default,i32"`
	Ints        []int32           `frugal:"5,default,list<i32>"`
	Long        int64             `frugal:"6,default,i64"`
	TextByText  map[string]string `frugal:"7,default,map<string:string>"`
	Small       *Small            `frugal:"8,default,Small"`
	LongByInt   map[int32]int64   `frugal:"9,default,map<i32:i64>"`
	Texts       []string          `frugal:"10,default,list<string>"`
	Blob        []byte            `frugal:"11,default,binary"`
	TextByLong  map[int64]string  `frugal:"12,default,map<i64:string>"`
	Longs       []int64           `frugal:"13,default,list<i64>"`
	Byte        int8              `frugal:"14,default,i8"`
	SmallByText map[string]*Small `frugal:"15,default,map<string:Small>"`
}

// Large nests Medium in a list and in a map whose keys are structs.
type Large struct {
	MediumBySmall map[*Small]*Medium `frugal:"1,default,map<Small:Medium>"`
	Mediums       []*Medium          `frugal:"2,default,list<Medium>"`
	Medium        *Medium            `frugal:"3,default,Medium"`
	Small         *Small             `frugal:"4,default,Small"`
	Byte          int8               `frugal:"5,default,i8"`
	Int           int32              `frugal:"6,default,i32"`
	Long          int64              `frugal:"7,default,i64"`
	Real          float64            `frugal:"8,default,double"`
}

// Strings is a list of short texts.
type Strings struct {
	Texts []string `frugal:"1,default,list<string>"`
}

// Deep is a chain: three scalars a level.
type Deep struct {
	Int  int32   `frugal:"1,default,i32"`
	Long int64   `frugal:"2,default,i64"`
	Real float64 `frugal:"3,default,double"`
	Next *Deep   `frugal:"4,optional,Deep"`
}

// Item is the element of Structs.
type Item struct {
	Long int64   `frugal:"1,default,i64"`
	Int  int32   `frugal:"2,default,i32"`
	Real float64 `frugal:"3,default,double"`
	Text string  `frugal:"4,default,string"`
}

// Structs is a list of small structs.
type Structs struct {
	Items []*Item `frugal:"1,default,list<Item>"`
}

// ListI32 is a list of i32.
type ListI32 struct {
	Values []int32 `frugal:"1,default,list<i32>"`
}

// ListI64 is a list of i64.
type ListI64 struct {
	Values []int64 `frugal:"1,default,list<i64>"`
}

// ListDouble is a list of double.
type ListDouble struct {
	Values []float64 `frugal:"1,default,list<double>"`
}
