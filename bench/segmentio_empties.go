package main

// segmentEmpties is Empties for segmentio/encoding.
type segmentEmpties struct {
	Text0      string            `thrift:"1,required"`
	Text1      string            `thrift:"2,required"`
	Text2      string            `thrift:"3,required"`
	Text3      string            `thrift:"4,required"`
	Text4      string            `thrift:"5,required"`
	Text5      string            `thrift:"6,required"`
	Text6      string            `thrift:"7,required"`
	Text7      string            `thrift:"8,required"`
	Text8      string            `thrift:"9,required"`
	Text9      string            `thrift:"10,required"`
	Text10     string            `thrift:"11,required"`
	Text11     string            `thrift:"12,required"`
	Text12     string            `thrift:"13,required"`
	Text13     string            `thrift:"14,required"`
	Text14     string            `thrift:"15,required"`
	Text15     string            `thrift:"16,required"`
	Text16     string            `thrift:"17,required"`
	Text17     string            `thrift:"18,required"`
	Text18     string            `thrift:"19,required"`
	Text19     string            `thrift:"20,required"`
	Ints       []int32           `thrift:"21,required"`
	Longs      []int64           `thrift:"22,required"`
	Texts      []string          `thrift:"23,required"`
	Blob0      []byte            `thrift:"24,required"`
	Blob1      []byte            `thrift:"25,required"`
	TextByText map[string]string `thrift:"26,required"`
	LongByInt  map[int32]int64   `thrift:"27,required"`
}
