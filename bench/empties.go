package main

// Empties has twenty strings, and lists, binaries and maps.
type Empties struct {
	Text0      string            `frugal:"1,default,string"`
	Text1      string            `frugal:"2,default,string"`
	Text2      string            `frugal:"3,default,string"`
	Text3      string            `frugal:"4,default,string"`
	Text4      string            `frugal:"5,default,string"`
	Text5      string            `frugal:"6,default,string"`
	Text6      string            `frugal:"7,default,string"`
	Text7      string            `frugal:"8,default,string"`
	Text8      string            `frugal:"9,default,string"`
	Text9      string            `frugal:"10,default,string"`
	Text10     string            `frugal:"11,default,string"`
	Text11     string            `frugal:"12,default,string"`
	Text12     string            `frugal:"13,default,string"`
	Text13     string            `frugal:"14,default,string"`
	Text14     string            `frugal:"15,default,string"`
	Text15     string            `frugal:"16,default,string"`
	Text16     string            `frugal:"17,default,string"`
	Text17     string            `frugal:"18,default,string"`
	Text18     string            `frugal:"19,default,string"`
	Text19     string            `frugal:"20,default,string"`
	Ints       []int32           `frugal:"21,default,list<i32>"`
	Longs      []int64           `frugal:"22,default,list<i64>"`
	Texts      []string          `frugal:"23,default,list<string>"`
	Blob0      []byte            `frugal:"24,default,binary"`
	Blob1      []byte            `frugal:"25,default,binary"`
	TextByText map[string]string `frugal:"26,default,map<string:string>"`
	LongByInt  map[int32]int64   `frugal:"27,default,map<i32:i64>"`
}
