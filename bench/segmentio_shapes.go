package main

// The types of shapes.go for segmentio/encoding. Enums are int32, and sets are maps.

type segmentPart struct {
	Name   string   `thrift:"1,required"`
	Count  int64    `thrift:"2,required"`
	Grade  *int32   `thrift:"3,optional"`
	Weight *float64 `thrift:"4,optional"`
}

type segmentComplex struct {
	Name          string                  `thrift:"1,required"`
	Number        int64                   `thrift:"2,required"`
	Grade         int32                   `thrift:"3,required"`
	Parts         []*segmentPart          `thrift:"4,required"`
	PartByName    map[string]*segmentPart `thrift:"5,required"`
	CountsByGrade map[int32][]int64       `thrift:"6,required"`
	Tags          []string                `thrift:"7,required"`
	Blob          []byte                  `thrift:"8,required"`
	Note          *string                 `thrift:"9,optional"`
	Limit         *int32                  `thrift:"10,optional"`
	Active        bool                    `thrift:"11,required"`
	Main          *segmentPart            `thrift:"12,required"`
}

type segmentOrder struct {
	Number    int64             `thrift:"1,required"`
	Status    int32             `thrift:"2,required"`
	Customer  *segmentCustomer  `thrift:"3,required"`
	Items     []*segmentArticle `thrift:"4,required"`
	Labels    map[string]string `thrift:"5,required"`
	Stock     map[int32]int64   `thrift:"6,required"`
	Discount  *float64          `thrift:"7,optional"`
	Shipped   *int64            `thrift:"8,optional"`
	Gift      bool              `thrift:"9,required"`
	Signature []byte            `thrift:"10,required"`
}

type segmentCustomer struct {
	Number    int64               `thrift:"1,required"`
	Name      string              `thrift:"2,required"`
	Email     *string             `thrift:"3,optional"`
	Languages map[string]struct{} `thrift:"4,required"`
}

type segmentArticle struct {
	Article  string  `thrift:"1,required"`
	Quantity int32   `thrift:"2,required"`
	Price    float64 `thrift:"3,required"`
	Note     *string `thrift:"4,optional"`
}

type segmentSparse struct {
	Flag0 *bool    `thrift:"1,optional"`
	Int0  *int32   `thrift:"2,optional"`
	Long0 *int64   `thrift:"3,optional"`
	Real0 *float64 `thrift:"4,optional"`
	Text0 *string  `thrift:"5,optional"`
	Flag1 *bool    `thrift:"6,optional"`
	Int1  *int32   `thrift:"7,optional"`
	Long1 *int64   `thrift:"8,optional"`
	Real1 *float64 `thrift:"9,optional"`
	Text1 *string  `thrift:"10,optional"`
	Flag2 *bool    `thrift:"11,optional"`
	Int2  *int32   `thrift:"12,optional"`
	Long2 *int64   `thrift:"13,optional"`
	Real2 *float64 `thrift:"14,optional"`
	Text2 *string  `thrift:"15,optional"`
	Flag3 *bool    `thrift:"16,optional"`
	Int3  *int32   `thrift:"17,optional"`
	Long3 *int64   `thrift:"18,optional"`
	Real3 *float64 `thrift:"19,optional"`
	Text3 *string  `thrift:"20,optional"`
	Flag4 *bool    `thrift:"21,optional"`
	Int4  *int32   `thrift:"22,optional"`
	Long4 *int64   `thrift:"23,optional"`
	Real4 *float64 `thrift:"24,optional"`
	Text4 *string  `thrift:"25,optional"`
	Flag5 *bool    `thrift:"26,optional"`
	Int5  *int32   `thrift:"27,optional"`
	Long5 *int64   `thrift:"28,optional"`
	Real5 *float64 `thrift:"29,optional"`
	Text5 *string  `thrift:"30,optional"`
}

type segmentTree struct {
	Name     string         `thrift:"1,required"`
	Weight   int64          `thrift:"2,required"`
	Children []*segmentTree `thrift:"3,required"`
}

type segmentHalf struct {
	IntA        int32             `thrift:"1,required"`
	TextB       string            `thrift:"4,required"`
	LongsA      []int64           `thrift:"5,required"`
	PartB       *segmentPart      `thrift:"8,required"`
	RealA       float64           `thrift:"9,required"`
	TextByTextB map[string]string `thrift:"12,required"`
	FlagA       bool              `thrift:"13,required"`
	PartsB      []*segmentPart    `thrift:"16,required"`
	LongA       int64             `thrift:"17,required"`
	BlobB       []byte            `thrift:"20,required"`
}

type segmentKey struct {
	Long int64  `thrift:"1,required"`
	Text string `thrift:"2,required"`
}

type segmentMap[K comparable] struct {
	Values map[K]int64 `thrift:"1,required"`
}
