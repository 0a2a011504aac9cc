package cases

// The messages by which speed is compared: their shapes follow well-known published benchmarks.

// Small has seven fields, most of its bytes in a string and a binary.
type Small struct {
	Byte   int8    `frugal:"1,default,i8"`
	Long   int64   `frugal:"2,default,i64"`
	Real   float64 `frugal:"3,default,double"`
	Medium int32   `frugal:"4,default,i32"`
	Text   string  `frugal:"5,default,string"`
	Blob   []byte  `frugal:"6,default,binary"`
	Level  Level   `frugal:"7,default,Level"`
}

// Medium has 15 fields, most of them containers of 8 entries.
type Medium struct {
	Text      string            `frugal:"1,default,string"`
	Smalls    []*Small          `frugal:"2,default,list<Small>"`
	Mediums   []int32           `frugal:"3,default,list<i32>"`
	Longs     []int64           `frugal:"4,default,list<i64>"`
	Texts     []string          `frugal:"5,default,list<string>"`
	Pairs     map[string]string `frugal:"6,default,map<string:string>"`
	Numbers   map[int32]int64   `frugal:"7,default,map<i32:i64>"`
	Labels    map[int64]string  `frugal:"8,default,map<i64:string>"`
	Named     map[string]*Small `frugal:"9,default,map<string:Small>"`
	Small     *Small            `frugal:"10,default,Small"`
	Blob      []byte            `frugal:"11,default,binary"`
	Title     string            `frugal:"12,default,string"`
	Subtitle  string            `frugal:"13,default,string"`
	Author    string            `frugal:"14,default,string"`
	Publisher string            `frugal:"15,default,string"`
}

// Large holds mediums in a list and as the values of a map with struct keys.
type Large struct {
	ByKey   map[*Small]*Medium `frugal:"1,default,map<Small:Medium>"`
	Mediums []*Medium          `frugal:"2,default,list<Medium>"`
	Medium  *Medium            `frugal:"3,default,Medium"`
	Small   *Small             `frugal:"4,default,Small"`
	Flag    bool               `frugal:"5,default,bool"`
	Long    int64              `frugal:"6,default,i64"`
	Real    float64            `frugal:"7,default,double"`
	Text    string             `frugal:"8,default,string"`
}
