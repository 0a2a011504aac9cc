package cases

// The types of specimens/everything.thrift, tagged by hand. Field names are those of Apache's generated
// code, so that values can be compared across the two.

// Level is an enum with negative and extreme values.
type Level int64

// The values of Level.
const (
	LevelBottom Level = -1 << 31
	LevelLow    Level = -3948394
	LevelNone   Level = 0
	LevelHigh   Level = 7
	LevelTop    Level = 1<<31 - 1
)

// Key is the struct used as a map key.
type Key struct {
	Number int32   `frugal:"1,required,i32"`
	Name   *string `frugal:"2,optional,string"`
}

// Point is the small struct inside the others.
type Point struct {
	X     float64 `frugal:"1,default,double"`
	Y     float64 `frugal:"2,default,double"`
	Label *string `frugal:"3,optional,string"`
}

// Tree refers to itself as field, element and map value.
type Tree struct {
	Value    int32            `frugal:"1,default,i32"`
	Left     *Tree            `frugal:"2,optional,Tree"`
	Right    *Tree            `frugal:"3,optional,Tree"`
	Children []*Tree          `frugal:"4,default,list<Tree>"`
	Named    map[string]*Tree `frugal:"5,default,map<string:Tree>"`
}

// Scalars has each base type once.
type Scalars struct {
	Flag   bool    `frugal:"1,default,bool"`
	Tiny   int8    `frugal:"2,default,i8"`
	Small  int16   `frugal:"3,default,i16"`
	Medium int32   `frugal:"4,default,i32"`
	Large  int64   `frugal:"5,default,i64"`
	Real   float64 `frugal:"6,default,double"`
	Text   string  `frugal:"7,default,string"`
	Blob   []byte  `frugal:"8,default,binary"`
	Level  Level   `frugal:"9,default,Level"`
}

// Optionals has every kind of field that may be absent.
type Optionals struct {
	Flag    *bool            `frugal:"1,optional,bool"`
	Tiny    *int8            `frugal:"2,optional,byte"`
	Small   *int16           `frugal:"3,optional,i16"`
	Medium  *int32           `frugal:"4,optional,i32"`
	Large   *int64           `frugal:"5,optional,i64"`
	Real    *float64         `frugal:"6,optional,double"`
	Text    *string          `frugal:"7,optional,string"`
	Blob    []byte           `frugal:"8,optional,binary"`
	Level   *Level           `frugal:"9,optional,Level"`
	Point   *Point           `frugal:"10,optional,Point"`
	Numbers []int32          `frugal:"11,optional,list<i32>"`
	Words   []string         `frugal:"12,optional,set<string>"`
	Counts  map[string]int32 `frugal:"13,optional,map<string:i32>"`
}

// Requireds has every kind of field that must be present.
type Requireds struct {
	Flag    bool             `frugal:"1,required,bool"`
	Tiny    int8             `frugal:"2,required,i8"`
	Small   int16            `frugal:"3,required,i16"`
	Medium  int32            `frugal:"4,required,i32"`
	Large   int64            `frugal:"5,required,i64"`
	Real    float64          `frugal:"6,required,double"`
	Text    string           `frugal:"7,required,string"`
	Blob    []byte           `frugal:"8,required,binary"`
	Level   Level            `frugal:"9,required,Level"`
	Point   *Point           `frugal:"10,required,Point"`
	Numbers []int32          `frugal:"11,required,list<i32>"`
	Words   []string         `frugal:"12,required,set<string>"`
	Counts  map[string]int32 `frugal:"13,required,map<string:i32>"`
}

// Defaults has optional fields by value, left out where they equal the default.
type Defaults struct {
	Flag   bool    `frugal:"1,optional,bool"`
	Tiny   int8    `frugal:"2,optional,i8"`
	Small  int16   `frugal:"3,optional,i16"`
	Medium int32   `frugal:"4,optional,i32"`
	Large  int64   `frugal:"5,optional,i64"`
	Real   float64 `frugal:"6,optional,double"`
	Text   string  `frugal:"7,optional,string"`
	Level  Level   `frugal:"8,optional,Level"`
	Plain  int32   `frugal:"9,default,i32"`
	Needed int32   `frugal:"10,required,i32"`
}

// InitDefault sets the defaults that everything.thrift gives.
func (d *Defaults) InitDefault() {
	*d = Defaults{
		Flag: true, Tiny: -8, Small: 16, Medium: -32, Large: 64, Real: 0.5, Text: "none",
		Level: LevelHigh, Plain: 9, Needed: 10,
	}
}

// Binaries has optional binaries with and without defaults.
type Binaries struct {
	Filled []byte `frugal:"1,optional,binary"`
	Empty  []byte `frugal:"2,optional,binary"`
	Bare   []byte `frugal:"3,optional,binary"`
	Plain  []byte `frugal:"4,default,binary"`
}

// InitDefault sets the defaults that everything.thrift gives. Like generated code it shares them.
func (b *Binaries) InitDefault() {
	*b = Binaries{Filled: filledByDefault, Empty: emptyByDefault, Plain: plainByDefault}
}

var filledByDefault, emptyByDefault, plainByDefault = []byte("filled"), []byte{}, []byte("plain")

// Lists has a list of each type, and lists of containers.
type Lists struct {
	Flags   []bool             `frugal:"1,default,list<bool>"`
	Tinies  []int8             `frugal:"2,default,list<i8>"`
	Smalls  []int16            `frugal:"3,default,list<i16>"`
	Mediums []int32            `frugal:"4,default,list<i32>"`
	Larges  []int64            `frugal:"5,default,list<i64>"`
	Reals   []float64          `frugal:"6,default,list<double>"`
	Texts   []string           `frugal:"7,default,list<string>"`
	Blobs   [][]byte           `frugal:"8,default,list<binary>"`
	Levels  []Level            `frugal:"9,default,list<Level>"`
	Points  []*Point           `frugal:"10,default,list<Point>"`
	Rows    [][]int32          `frugal:"11,default,list<list<i32>>"`
	Cubes   [][][]*Point       `frugal:"12,default,list<list<list<Point>>>"`
	Bags    [][]string         `frugal:"13,default,list<set<string>>"`
	Tables  []map[string]int64 `frugal:"14,default,list<map<string:i64>>"`
}

// Sets has a set of each type.
type Sets struct {
	Flags   []bool    `frugal:"1,default,set<bool>"`
	Tinies  []int8    `frugal:"2,default,set<i8>"`
	Smalls  []int16   `frugal:"3,default,set<i16>"`
	Mediums []int32   `frugal:"4,default,set<i32>"`
	Larges  []int64   `frugal:"5,default,set<i64>"`
	Reals   []float64 `frugal:"6,default,set<double>"`
	Texts   []string  `frugal:"7,default,set<string>"`
	Blobs   [][]byte  `frugal:"8,default,set<binary>"`
	Levels  []Level   `frugal:"9,default,set<Level>"`
	Points  []*Point  `frugal:"10,default,set<Point>"`
	Rows    [][]int32 `frugal:"11,default,set<list<i32>>"`
}

// Maps has a map under each type of key, and maps of containers.
type Maps struct {
	Flags    map[bool]string               `frugal:"1,default,map<bool:string>"`
	Tinies   map[int8]int8                 `frugal:"2,default,map<i8:i8>"`
	Smalls   map[int16]int16               `frugal:"3,default,map<i16:i16>"`
	Mediums  map[int32]int32               `frugal:"4,default,map<i32:i32>"`
	Larges   map[int64]int64               `frugal:"5,default"`
	Reals    map[float64]float64           `frugal:"6,default,map<double:double>"`
	Texts    map[string]string             `frugal:"7"`
	Blobs    map[string][]byte             `frugal:"8,default,map<string:binary>"`
	Levels   map[Level]Level               `frugal:"9,default,map<Level:Level>"`
	Points   map[*Key]*Point               `frugal:"10,default,map<Key:Point>"`
	Rows     map[int32][]int32             `frugal:"11,default,map<i32:list<i32>>"`
	Bags     map[int32][]int32             `frugal:"12,default,map<i32:set<i32>>"`
	Nested   map[string]map[int64][]string `frugal:"13,default,map<string:map<i64:list<string>>>"`
	Numbered map[int32]*Point              `frugal:"14,default,map<i32:Point>"`
	Switches map[string]bool               `frugal:"15,default"`
}

// Everything holds one of each of the above.
type Everything struct {
	Scalars   *Scalars   `frugal:"1,default,Scalars"`
	Optionals *Optionals `frugal:"2,default,Optionals"`
	Requireds *Requireds `frugal:"3,default,Requireds"`
	Defaults  *Defaults  `frugal:"4,default,Defaults"`
	Lists     *Lists     `frugal:"5,default,Lists"`
	Sets      *Sets      `frugal:"6,default,Sets"`
	Maps      *Maps      `frugal:"7,default,Maps"`
	Tree      *Tree      `frugal:"8,optional,Tree"`
	Key       *Key       `frugal:"255,optional,Key"`
	Last      string     `frugal:"32767,default,string"`
}

// Refused is the exception of the service.
type Refused struct {
	Reason string `frugal:"1,default,string"`
	Code   int32  `frugal:"2,default,i32"`
}

// EchoArgs is the argument struct of the service's method.
type EchoArgs struct {
	Value *Everything `frugal:"1,default,Everything"`
}

// EchoResult is the result struct of the service's method: the answer has id 0.
type EchoResult struct {
	Success *Everything `frugal:"0,optional,Everything"`
	Refused *Refused    `frugal:"1,optional,Refused"`
}

// Choice is a union, which the method that generators give to unions shows.
type Choice struct {
	Text    *string          `frugal:"1,optional,string"`
	Number  *int32           `frugal:"2"`
	Point   *Point           `thrift:"point,3"`
	Numbers []int32          `frugal:"4,,list<i32>"`
	Blob    []byte           `thrift:"blob,5"`
	Counts  map[string]int32 `frugal:"6,optional"`
	Words   []string         `frugal:"7,optional,set<string>"`
	Level   *Level           `frugal:"8,optional,Level"`
	Inner   *Choice          `frugal:"9"`
	Key     *Key             `frugal:"10,optional,Key"`
}

// CountSetFieldsChoice is not to be called: what is set follows from the fields.
func (c *Choice) CountSetFieldsChoice() int { panic("called") }

// Choices has a union in each place.
type Choices struct {
	Plain  *Choice            `frugal:"1,default,Choice"`
	Maybe  *Choice            `frugal:"2,optional,Choice"`
	Needed *Choice            `frugal:"3,required,Choice"`
	Many   []*Choice          `frugal:"4,default,list<Choice>"`
	Named  map[string]*Choice `frugal:"5,default,map<string:Choice>"`
}
