package cases

// Types with protobuf tags. Those up to ProtoTree are the messages of specimens/protobuf.proto; the others are for single rules, which
// the comment of each names.

// Rank is an enum.
type Rank int32

// The values of Rank.
const (
	RankBelow Rank = -3
	RankNone  Rank = 0
	RankHigh  Rank = 1<<31 - 1
)

// ProtoScalars has each scalar once, in each of its forms.
type ProtoScalars struct {
	Flag   bool    `protobuf:"1"`
	I32    int32   `protobuf:"2"`
	I64    int64   `protobuf:"3"`
	Int    int     `protobuf:"4"`
	U32    uint32  `protobuf:"5"`
	U64    uint64  `protobuf:"6"`
	S32    int32   `protobuf:"7,zigzag"`
	S64    int64   `protobuf:"8,zigzag"`
	F32    uint32  `protobuf:"9,fixed"`
	F64    uint64  `protobuf:"10,fixed"`
	SF32   int32   `protobuf:"11,fixed"`
	SF64   int64   `protobuf:"12,fixed"`
	Single float32 `protobuf:"13"`
	Real   float64 `protobuf:"14"`
	Text   string  `protobuf:"15"`
	Blob   []byte  `protobuf:"16"`
	Rank   Rank    `protobuf:"17"`
	Uint   uint    `protobuf:"18,fixed"`
}

// ProtoOptionals has every kind of field that may be absent.
type ProtoOptionals struct {
	Flag   *bool           `protobuf:"1"`
	I32    *int32          `protobuf:"2"`
	I64    *int64          `protobuf:"3"`
	U32    *uint32         `protobuf:"4"`
	U64    *uint64         `protobuf:"5"`
	S32    *int32          `protobuf:"6,zigzag"`
	S64    *int64          `protobuf:"7,zigzag"`
	F32    *uint32         `protobuf:"8,fixed"`
	F64    *uint64         `protobuf:"9,fixed"`
	Single *float32        `protobuf:"10"`
	Real   *float64        `protobuf:"11"`
	Text   *string         `protobuf:"12"`
	Blob   []byte          `protobuf:"13,optional"`
	Rank   *Rank           `protobuf:"14"`
	Child  *ProtoScalars   `protobuf:"15"`
	Needs  *ProtoRequireds `protobuf:"16"`
}

// ProtoRequireds has fields that must be present.
type ProtoRequireds struct {
	Flag   *bool       `protobuf:"1,required"`
	Number int32       `protobuf:"2,required"`
	Fixed  *uint64     `protobuf:"3,required,fixed"`
	Text   string      `protobuf:"4,required"`
	Blob   []byte      `protobuf:"5,required"`
	Child  *ProtoBlock `protobuf:"6,required"`
	Real   float64     `protobuf:"7,required"`
}

// ProtoBlock is small, and occurs in others.
type ProtoBlock struct {
	Number int64  `protobuf:"1"`
	Text   string `protobuf:"2"`
}

// ProtoLists has a list of each type: packed, and where the name says so, not.
type ProtoLists struct {
	Flags      []bool        `protobuf:"1"`
	I32s       []int32       `protobuf:"2"`
	I64s       []int64       `protobuf:"3"`
	U32s       []uint32      `protobuf:"4"`
	U64s       []uint64      `protobuf:"5"`
	S32s       []int32       `protobuf:"6,zigzag"`
	S64s       []int64       `protobuf:"7,zigzag"`
	F32s       []uint32      `protobuf:"8,fixed"`
	F64s       []uint64      `protobuf:"9,fixed"`
	Singles    []float32     `protobuf:"10"`
	Reals      []float64     `protobuf:"11"`
	Texts      []string      `protobuf:"12"`
	Blobs      [][]byte      `protobuf:"13"`
	Ranks      []Rank        `protobuf:"14"`
	Points     []*ProtoBlock `protobuf:"15"`
	Values     []ProtoBlock  `protobuf:"16"`
	LooseI32s  []int32       `protobuf:"17,unpacked"`
	LooseF64s  []uint64      `protobuf:"18,fixed,unpacked"`
	LooseFlags []bool        `protobuf:"19,unpacked"`
	LooseS64s  []int64       `protobuf:"20,zigzag,unpacked"`
}

// ProtoMaps has a map of each type of key, and of each kind of element.
type ProtoMaps struct {
	Flags  map[bool]string        `protobuf:"1"`
	I32s   map[int32]int32        `protobuf:"2"`
	I64s   map[int64]int64        `protobuf:"3"`
	U32s   map[uint32]uint32      `protobuf:"4"`
	U64s   map[uint64]uint64      `protobuf:"5"`
	S32s   map[int32]int64        `protobuf:"6,key=zigzag,val=zigzag"`
	S64s   map[int64]float32      `protobuf:"7,key=zigzag"`
	F32s   map[uint32]float64     `protobuf:"8,key=fixed"`
	F64s   map[uint64]int32       `protobuf:"9,key=fixed,val=fixed"`
	SF64s  map[int64]bool         `protobuf:"10,key=fixed"`
	Texts  map[string]string      `protobuf:"11"`
	Blobs  map[string][]byte      `protobuf:"12"`
	Ranks  map[int32]Rank         `protobuf:"13"`
	Points map[string]*ProtoBlock `protobuf:"14"`
	Values map[int32]ProtoBlock   `protobuf:"15"`
}

// ProtoTree refers to itself as field, element, element of a map and member of a oneof.
type ProtoTree struct {
	Value    int32                 `protobuf:"1"`
	Left     *ProtoTree            `protobuf:"2"`
	Right    *ProtoTree            `protobuf:"3"`
	Children []*ProtoTree          `protobuf:"4"`
	Named    map[string]*ProtoTree `protobuf:"5"`
	Inner    *ProtoTree            `protobuf:"6,oneof=choice"`
	Text     *string               `protobuf:"7,oneof=choice"`
	Number   *int64                `protobuf:"8,oneof=choice"`
}

// ProtoChoices has two oneofs by hand, between other fields and among each other in number.
type ProtoChoices struct {
	Before  int32       `protobuf:"1"`
	Flag    *bool       `protobuf:"2,oneof=first"`
	Text    *string     `protobuf:"3,oneof=second"`
	Real    *float64    `protobuf:"4,oneof=first"`
	Between string      `protobuf:"5"`
	Blob    *[]byte     `protobuf:"6,oneof=second"`
	Block   *ProtoBlock `protobuf:"7,oneof=first"`
	Rank    *Rank       `protobuf:"8,oneof=second"`
	Fixed   *uint32     `protobuf:"300,fixed,oneof=first"`
	After   int64       `protobuf:"301,zigzag"`
}

// ProtoWrapped is a struct as gogo/protobuf makes it: a oneof by wrappers, fields that are not nullable, fields of proto2, maps with tags.
type ProtoWrapped struct {
	Name    *string                `protobuf:"bytes,1,opt,name=name"`
	Always  int32                  `protobuf:"varint,2,opt,name=always"`
	Block   ProtoBlock             `protobuf:"bytes,3,opt,name=block"`
	Blocks  []ProtoBlock           `protobuf:"bytes,4,rep,name=blocks"`
	Loose   []int32                `protobuf:"zigzag32,5,rep,name=loose"`
	Packed  []uint64               `protobuf:"fixed64,6,rep,packed,name=packed"`
	Blob    []byte                 `protobuf:"bytes,7,opt,name=blob"`
	Ranks   map[int64]Rank         `protobuf:"bytes,8,rep,name=ranks" protobuf_key:"zigzag64,1,opt,name=key" protobuf_val:"varint,2,opt,name=value,enum=Rank"`
	Deep    map[string]*ProtoBlock `protobuf:"bytes,9,rep,name=deep" protobuf_key:"bytes,1,opt,name=key" protobuf_val:"bytes,2,opt,name=value"`
	Text3   string                 `protobuf:"bytes,10,opt,name=text3,proto3"`
	Choice  protoChoice            `protobuf_oneof:"choice"`
	Default *int64                 `protobuf:"varint,15,opt,name=default,def=5"`

	XXX_unrecognized []byte
}

type protoChoice interface{ isProtoChoice() }

// The wrappers of the members of ProtoWrapped's oneof.
type (
	ProtoWrappedText struct {
		Text string `protobuf:"bytes,11,opt,name=text,proto3,oneof"`
	}
	ProtoWrappedBlock struct {
		Block *ProtoBlock `protobuf:"bytes,12,opt,name=inner,proto3,oneof"`
	}
	ProtoWrappedRank struct {
		Rank Rank `protobuf:"varint,13,opt,name=rank,proto3,oneof"`
	}
	ProtoWrappedBlob struct {
		Blob []byte `protobuf:"bytes,14,opt,name=raw,proto3,oneof"`
	}
)

func (*ProtoWrappedText) isProtoChoice()  {}
func (*ProtoWrappedBlock) isProtoChoice() {}
func (*ProtoWrappedRank) isProtoChoice()  {}
func (*ProtoWrappedBlob) isProtoChoice()  {}

// XXX_OneofWrappers returns the wrappers, as generated code does.
func (*ProtoWrapped) XXX_OneofWrappers() []any {
	return []any{(*ProtoWrappedText)(nil), (*ProtoWrappedBlock)(nil), (*ProtoWrappedRank)(nil), (*ProtoWrappedBlob)(nil)}
}

// ProtoGroups has groups, alone, in a list, and in each other.
type ProtoGroups struct {
	One   *ProtoBlock    `protobuf:"group,1,opt,name=One"`
	Many  []*ProtoBlock  `protobuf:"group,2,rep,name=Many"`
	Inner *ProtoGroups   `protobuf:"group,16,opt,name=Inner"`
	Deep  []*ProtoGroups `protobuf:"group,2048,rep,name=Deep"`
	Last  *int32         `protobuf:"varint,2049,opt,name=last"`
}

// ProtoNumbers has the numbers at which tags grow, and the largest, not in ascending order.
type ProtoNumbers struct {
	Last     int32  `protobuf:"536870911"`
	Two      string `protobuf:"2048"`
	One      int32  `protobuf:"1"`
	Fifteen  bool   `protobuf:"15"`
	Sixteen  uint32 `protobuf:"16,fixed"`
	Most     []byte `protobuf:"2047"`
	Three    int64  `protobuf:"262143,zigzag"`
	Four     int64  `protobuf:"262144"`
	OneLess  string `protobuf:"536870910"`
	Five     *int32 `protobuf:"33554431"`
	FiveMore *int32 `protobuf:"33554432"`
}

// ProtoKeeper keeps what it does not know, and known fields that arrive under another wire type.
type ProtoKeeper struct {
	Number         int32          `protobuf:"1"`
	Fixed          uint64         `protobuf:"2,fixed"`
	List           []int32        `protobuf:"3"`
	Block          *ProtoBlock    `protobuf:"5"`
	Text           string         `protobuf:"6"`
	Child          *ProtoKeeper   `protobuf:"7"`
	Children       []*ProtoKeeper `protobuf:"8"`
	_unknownFields []byte
}

// ProtoNothing keeps every field without knowing any.
type ProtoNothing struct {
	unknownFields []byte
}

// ProtoChain is a list of structs, and nothing else.
type ProtoChain struct {
	Next *ProtoChain `protobuf:"1"`
}

// ProtoStrict has required fields below itself only, in each place. They may come in parts.
type ProtoStrict struct {
	Block *ProtoNeedy           `protobuf:"1"`
	List  []*ProtoNeedy         `protobuf:"2"`
	Named map[int32]*ProtoNeedy `protobuf:"3"`
	One   *ProtoNeedy           `protobuf:"4,oneof=one"`
	Other *string               `protobuf:"5,oneof=one"`
	Loop  *ProtoStrict          `protobuf:"6"`
}

// ProtoNeedy has two required fields.
type ProtoNeedy struct {
	Name *string `protobuf:"1,required"`
	ID   int32   `protobuf:"2,required"`
}

// ProtoLoose has strings that need not be UTF-8, and fields without a tag.
type ProtoLoose struct {
	Text   string `protobuf:"1,bytes"`
	Beside [3]byte
	Texts  []string `protobuf:"2,bytes"`
	Maybe  *string  `protobuf:"3,bytes"`
	Strict string   `protobuf:"4"`
}

// The messages by which speed is compared, as in Thrift: ProtoSmall has the tags of both.
type (
	// ProtoSmall has most of its bytes in a string and a binary.
	ProtoSmall struct {
		Flag   bool    `protobuf:"1" frugal:"1,default,bool"`
		Long   int64   `protobuf:"2" frugal:"2,default,i64"`
		Real   float64 `protobuf:"3" frugal:"3,default,double"`
		Medium int32   `protobuf:"4" frugal:"4,default,i32"`
		Text   string  `protobuf:"5" frugal:"5,default,string"`
		Blob   []byte  `protobuf:"6" frugal:"6,default,binary"`
	}
	// ProtoMedium has 15 fields, most of them containers of 8 entries.
	ProtoMedium struct {
		Text      string                 `protobuf:"1" frugal:"1,default,string"`
		Smalls    []*ProtoSmall          `protobuf:"2" frugal:"2,default,list<ProtoSmall>"`
		Mediums   []int32                `protobuf:"3" frugal:"3,default,list<i32>"`
		Longs     []int64                `protobuf:"4" frugal:"4,default,list<i64>"`
		Texts     []string               `protobuf:"5" frugal:"5,default,list<string>"`
		Pairs     map[string]string      `protobuf:"6" frugal:"6,default,map<string:string>"`
		Numbers   map[int32]int64        `protobuf:"7" frugal:"7,default,map<i32:i64>"`
		Labels    map[int64]string       `protobuf:"8" frugal:"8,default,map<i64:string>"`
		Named     map[string]*ProtoSmall `protobuf:"9" frugal:"9,default,map<string:ProtoSmall>"`
		Small     *ProtoSmall            `protobuf:"10" frugal:"10,default,ProtoSmall"`
		Blob      []byte                 `protobuf:"11" frugal:"11,default,binary"`
		Title     string                 `protobuf:"12" frugal:"12,default,string"`
		Subtitle  string                 `protobuf:"13" frugal:"13,default,string"`
		Author    string                 `protobuf:"14" frugal:"14,default,string"`
		Publisher string                 `protobuf:"15" frugal:"15,default,string"`
	}
	// ProtoLarge holds mediums in a list and a map.
	ProtoLarge struct {
		ByName  map[string]*ProtoMedium `protobuf:"1"`
		Mediums []*ProtoMedium          `protobuf:"2"`
		Medium  *ProtoMedium            `protobuf:"3"`
		Small   *ProtoSmall             `protobuf:"4"`
		Flag    bool                    `protobuf:"5"`
		Text    string                  `protobuf:"8"`
	}
)
