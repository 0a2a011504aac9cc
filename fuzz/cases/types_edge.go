package cases

// Types for single rules of the format; the comment of each says which.

// Empty has no fields: everything on the wire is skipped.
type Empty struct{}

// OnlyUnknown keeps every field without knowing any.
type OnlyUnknown struct {
	_unknownFields []byte
}

// EmbedsUnknown: an embedded struct is not flattened, and its _unknownFields is not ours.
type EmbedsUnknown struct {
	OnlyUnknown
	Value int32 `frugal:"1,default,i32"`
}

// Base is embedded by pointer.
type Base struct {
	Caller string            `frugal:"1,required,string"`
	Extra  map[string]string `frugal:"6,optional,map<string:string>"`
}

// Embeds embeds structs with tags, as fields like any other, beside one without.
type Embeds struct {
	*Base    `frugal:"255,optional,Base"`
	Point    `frugal:"2"`
	RawBytes `thrift:"raw,3,optional"`
	OnlyUnknown
}

// EmbedsDefaults has the default values of what it embeds by value.
type EmbedsDefaults struct {
	Defaults `frugal:"1,default,Defaults"`
	Other    int16 `frugal:"2,optional,i16"`
}

// RequiredIDs has required ids on both sides of every power of two that a bit set may care about.
type RequiredIDs struct {
	One     int32 `frugal:"1,required,i32"`
	Nine    int32 `frugal:"9,required,i32"`
	Word    int32 `frugal:"64,required,i32"`
	Next    int32 `frugal:"65,required,i32"`
	Beyond  int32 `frugal:"257,required,i32"`
	Highest int32 `frugal:"65535,required,i32"`
}

// EdgeIDs has the ids at the edges, not in ascending order.
type EdgeIDs struct {
	Highest bool   `frugal:"65535,default,bool"`
	Signed  int64  `frugal:"32767,default,i64"`
	Base    int32  `frugal:"255,default,i32"`
	Zero    string `frugal:"0,default,string"`
}

// ListFirst and SetFirst spell one Go type in two ways.
type ListFirst struct {
	Lists map[int32][]int32 `frugal:"1,default,map<i32:list<i32>>"`
	Sets  map[int32][]int32 `frugal:"2,default,map<i32:set<i32>>"`
}

// SetFirst is ListFirst with the spellings exchanged.
type SetFirst struct {
	Sets  map[int32][]int32 `frugal:"1,default,map<i32:set<i32>>"`
	Lists map[int32][]int32 `frugal:"2,default,map<i32:list<i32>>"`
}

// Keeper keeps known fields that arrive under another wire type.
type Keeper struct {
	Medium         int32   `frugal:"1,default,i32"`
	Large          int64   `frugal:"2,default,i64"`
	List           []int32 `frugal:"3,default,list<i32>"`
	Set            []int32 `frugal:"4,default,set<i32>"`
	Point          *Point  `frugal:"5,default,Point"`
	Text           string  `frugal:"6,default,string"`
	_unknownFields []byte
}

// RawBytes is a named byte slice.
type RawBytes []byte

// NamedKeeper keeps its unknown fields in a named byte slice, and has a named one as a field.
type NamedKeeper struct {
	_unknownFields RawBytes
	Value          int32    `frugal:"1,optional,i32"`
	Raw            RawBytes `frugal:"2,optional,binary"`
}

// Leaf occurs only as the value of a map inside a list.
type Leaf struct {
	Value int32 `frugal:"1,default,i32"`
}

// Web refers to itself through containers only.
type Web struct {
	Name   string                   `frugal:"1,default,string"`
	Links  []map[string]*Web        `frugal:"2,default,list<map<string:Web>>"`
	Grid   map[int32]map[int32]*Web `frugal:"3,default,map<i32:map<i32:Web>>"`
	Rows   [][]*Web                 `frugal:"4,default,list<list<Web>>"`
	Leaves []map[string]*Leaf       `frugal:"5,default,list<map<string:Leaf>>"`
}

// Folder and File refer to each other.
type Folder struct {
	Name  string  `frugal:"1,default,string"`
	Files []*File `frugal:"2,default,list<File>"`
}

// File refers to Folder.
type File struct {
	Name    string             `frugal:"1,default,string"`
	Parent  *Folder            `frugal:"2,optional,Folder"`
	Archive map[string]*Folder `frugal:"3,default,map<string:Folder>"`
}

// Measures has runs of numbers, which are handled as a whole: with bytes between them that belong to none, and one in another
// order in memory.
type Measures struct {
	On     bool `frugal:"1,default,bool"`
	Off    bool `frugal:"2,required,bool"`
	Beside [3]byte
	Tiny   int8    `frugal:"3,default,i8"`
	Small  int16   `frugal:"4,default,i16"`
	Lower  int16   `frugal:"5,default,i16"`
	Last   int64   `frugal:"12,default,i64"`
	First  int32   `frugal:"6,default,i32"`
	Level  Level   `frugal:"7,default,Level"`
	Next   int32   `frugal:"8,required,i32"`
	Long   int64   `frugal:"9,default,i64"`
	Longer int64   `frugal:"10,optional,i64"`
	Real   float64 `frugal:"11,default,double"`
	Name   string  `frugal:"13,default,string"`
	A      int64   `frugal:"20,required,i64"`
	B      float64 `frugal:"21,default,double"`
	C      int64   `frugal:"22,default,i64"`
	D      int64   `frugal:"23,default,i64"`
	E      float64 `frugal:"24,required,double"`
	F      int64   `frugal:"300,default,i64"`
	G      int64   `frugal:"301,default,i64"`
	H      int64   `frugal:"302,default,i64"`
	I      bool    `frugal:"303,default,bool"`
	J      bool    `frugal:"304,default,bool"`
}

// Enums has an enum in each place, and the same Go type as an i64.
type Enums struct {
	Maybe *Level           `frugal:"1,optional,Level"`
	Plain Level            `frugal:"2,default,Level"`
	ByKey map[Level]string `frugal:"3,default,map<Level:string>"`
	List  []Level          `frugal:"4,default,list<Level>"`
	Set   []Level          `frugal:"5,default,set<Level>"`
	Wide  Level            `frugal:"6,default"`
}

// NoCopy has fields that alias the input beside fields that do not.
type NoCopy struct {
	Text       string  `frugal:"1,default,string,nocopy"`
	TextBeside string  `frugal:"2,default,string"`
	Blob       []byte  `frugal:"3,default,binary,nocopy"`
	BlobBeside []byte  `frugal:"4,default,binary"`
	Maybe      *string `frugal:"5,optional,,nocopy"`
}

// Spellings has the less usual forms of tags; Ignored, hidden and Leaf take no part.
type Spellings struct {
	Short   string  `frugal:"1,default"`
	Bare    int32   `frugal:"2"`
	Hanging string  `frugal:"4,default,"`
	Spaced  *string `frugal:" 5 , optional , string "`
	Thrift  int64   `thrift:"renamed,6"`
	Both    int32   `frugal:"7,default,i32" thrift:"other,8,default,i32"`
	Plain   int     `frugal:"9,default,i64"`
	Ignored int32
	//lint:ignore U1000 the codec leaves it alone
	hidden int32
	Leaf
}

// Types that have names as typedefs of an interface file have.
type (
	Name      string
	Short     int16
	Ratio     float64
	UserIDs   []int64
	Grid      []UserIDs
	IDsByName map[Name]UserIDs
	Blobs     map[Short][]RawBytes
)

// Typedefs has named types in each place: by their names, and spelled out.
type Typedefs struct {
	Name     Name                 `frugal:"1,default,Name"`
	Short    *Short               `thrift:"short,2,optional,Short"`
	Ratio    Ratio                `frugal:"3,default,double"`
	IDs      UserIDs              `frugal:"4,default,UserIDs"`
	IDSet    UserIDs              `thrift:"ids,5,optional,set<i64>"`
	Grid     Grid                 `thrift:"grid,6,default,Grid"`
	ByName   IDsByName            `frugal:"7,default,IDsByName"`
	Spelled  map[Name]UserIDs     `thrift:"spelled,8,default,map<Name:UserIDs>"`
	Sets     map[Name]UserIDs     `frugal:"9,optional,map<Name:set<i64>>"`
	Blobs    Blobs                `frugal:"10,default,Blobs"`
	Ratios   map[Ratio]IDsByName  `frugal:"11,default,map<Ratio:IDsByName>"`
	Carriers []map[RawName]Pair   `frugal:"12,optional,list<map<RawName:Pair>>"`
	Raw      *RawBytes            `frugal:"13,optional,cases.RawBytes"`
	Deep     map[string]IDsByName `frugal:"14,optional,map<string:map<string:set<i64>>>"`
}

// RawName is a name of a name.
type RawName Name

// Pairs has structs by value in each place.
type Pairs struct {
	First  Pair            `frugal:"1,default,Pair"`
	Second Pair            `frugal:"2,optional,Pair"`
	List   []Pair          `frugal:"3,default,list<Pair>"`
	Set    []Pair          `frugal:"4,default,set<Pair>"`
	Named  map[string]Pair `frugal:"5,default,map<string:Pair>"`
	Rows   [][]Pair        `frugal:"6,default,list<list<Pair>>"`
}

// Pair has a field of each kind that could leak from one value into the next.
type Pair struct {
	Left    int32    `frugal:"1,default,i32"`
	Right   *int32   `frugal:"2,optional,i32"`
	Text    string   `frugal:"3,optional,string"`
	Numbers []int32  `frugal:"4,optional,list<i32>"`
	Inner   SubPair  `frugal:"5,optional,SubPair"`
	Pointer *SubPair `frugal:"6,optional,SubPair"`
}

// SubPair is a struct by value within one.
type SubPair struct {
	Value int32  `frugal:"1,default,i32"`
	Text  string `frugal:"2,default,string"`
}

// Block is larger than the 128 bytes up to which Go's maps keep values in place.
type Block struct {
	A, B, C, D, E [5]int64 // untagged: size only
	Value         int64    `frugal:"1,default,i64"`
	Text          string   `frugal:"2,default,string"`
}

// Blocks has maps with large values, and with struct keys.
type Blocks struct {
	Larges  map[int64]Block  `frugal:"1,default,map<i64:Block>"`
	Mediums map[int32]Block  `frugal:"2,default,map<i32:Block>"`
	Texts   map[string]Block `frugal:"3,default,map<string:Block>"`
	Keys    map[*Key]Block   `frugal:"4,default,map<Key:Block>"`
	Pointer map[int16]*Block `frugal:"5,default,map<i16:Block>"`
}

// KeptChoice is a union that keeps a member that it does not know, and has one with a default.
type KeptChoice struct {
	Text           *string    `frugal:"1,optional,string"`
	Mode           int32      `frugal:"2,optional,i32"`
	Blob           []byte     `frugal:"3,optional,binary"`
	Flags          []Choice   `frugal:"4,optional,list<Choice>"`
	Keys           []*Choices `frugal:"5,optional,set<Choices>"`
	_unknownFields []byte
}

// CountSetFieldsKeptChoice is not to be called.
func (c *KeptChoice) CountSetFieldsKeptChoice() int { panic("called") }

// InitDefault sets a default, which is as good as not set.
func (c *KeptChoice) InitDefault() { *c = KeptChoice{Mode: 5} }

// Chain nests as deep as one likes.
type Chain struct {
	Next *Chain `frugal:"1,optional,Chain"`
}

// Nest nests through containers: a struct and a list for each level.
type Nest struct {
	Nests []*Nest          `frugal:"1,optional,list<Nest>"`
	Sets  []Nest           `frugal:"2,optional,set<Nest>"`
	Named map[string]*Nest `frugal:"3,optional,map<string:Nest>"`
}

// Hollow has containers of structs that take one byte each on the wire.
type Hollow struct {
	Values   []Empty           `frugal:"1,optional,list<Empty>"`
	Pointers []*Empty          `frugal:"2,optional,list<Empty>"`
	Set      []Empty           `frugal:"3,optional,set<Empty>"`
	Named    map[string]*Empty `frugal:"4,optional,map<string:Empty>"`
	Big      []Scalars         `frugal:"5,optional,list<Scalars>"`
	BigRefs  []*Scalars        `frugal:"6,optional,list<Scalars>"`
}

// ListI32, SetI32, MapI32 and Rows32 have one container each, under id 1.
type ListI32 struct {
	Values []int32 `frugal:"1,default,list<i32>"`
}

// SetI32 has a set under id 1.
type SetI32 struct {
	Values []int32 `frugal:"1,default,set<i32>"`
}

// MapI32 has a map under id 1.
type MapI32 struct {
	Values map[int32]int32 `frugal:"1,default,map<i32:i32>"`
}

// Rows32 has a list of lists under id 1.
type Rows32 struct {
	Values [][]int32 `frugal:"1,default,list<list<i32>>"`
}
