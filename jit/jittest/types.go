package jittest

import "github.com/tagwire/tagwire/fuzz/cases"

// Types whose functions are golden files of package compile: each shows one thing.
type (
	// Run has fields of fixed size: one check of room, wide stores for the tags.
	Run struct {
		Flag  bool        `frugal:"1,required,bool" protobuf:"1"`
		Small int16       `frugal:"2,default,i16"`
		Level cases.Level `frugal:"3,default,Level" protobuf:"3,zigzag"`
		Large int64       `frugal:"4,required,i64" protobuf:"4,required"`
	}
	// Template has a run that is long enough for vectors, with an enum in it.
	Template struct {
		Yes   bool        `frugal:"1,default,bool"`
		No    bool        `frugal:"2,required,bool"`
		Byte  int8        `frugal:"3,default,i8"`
		Short int16       `frugal:"4,default,i16"`
		Int   int32       `frugal:"5,default,i32"`
		Real  float64     `frugal:"6,required,double"`
		Long  int64       `frugal:"7,default,i64"`
		Level cases.Level `frugal:"8,default,Level"`
		Last  int16       `frugal:"300,default,i16"`
	}
	// Texts has strings and binaries.
	Texts struct {
		Text string `frugal:"1,default,string"`
		Blob []byte `frugal:"2,optional,binary"`
	}
	// Maybe has pointers, and values with a default.
	Maybe struct {
		Number *int32 `frugal:"1,optional,i32" protobuf:"1"`
		Plain  int16  `frugal:"2,optional,i16"`
		Text   string `frugal:"3,optional,string" protobuf:"3"`
	}
	// Rows has lists, one copied as a whole, one element by element.
	Rows struct {
		Words []int32  `frugal:"1,default,list<i32>" protobuf:"1"`
		Texts []string `frugal:"2,default,set<string>" protobuf:"2"`
	}
	// Bulk has lists whose elements differ between memory and the wire.
	Bulk struct {
		Flags  []bool        `frugal:"1,default,list<bool>"`
		Levels []cases.Level `frugal:"2,default,set<Level>"`
	}
	// Outer has an inlined struct by value and one by pointer.
	Outer struct {
		Value   Inner  `frugal:"1,default,Inner" protobuf:"1"`
		Pointer *Inner `frugal:"2,default,Inner" protobuf:"2"`
	}
	// Inner is small.
	Inner struct {
		Number int32 `frugal:"1,default,i32" protobuf:"1"`
	}
	// Keyed has a map with struct keys, whose entries are marked if maps are sorted.
	Keyed struct {
		Map map[*Inner]bool `frugal:"1,default,map<Inner:bool>"`
	}
	// Held has fields that are left to Go.
	Held struct {
		Named          map[string]int32 `frugal:"1,default,map<string:i32>" protobuf:"1"`
		Number         int32            `frugal:"2,default,i32" protobuf:"2"`
		_unknownFields []byte
	}
	// Fork makes trees.
	Fork struct {
		Left  *Fork `frugal:"1,optional,Fork"`
		Right *Fork `frugal:"2,optional,Fork"`
	}
	// Chosen has what only Protobuf has: a oneof, a group, a number in the fixed form, a text that need not be UTF-8.
	Chosen struct {
		Number *uint32 `protobuf:"1,fixed,oneof=choice"`
		Inner  *Inner  `protobuf:"2,oneof=choice"`
		Group  *Inner  `protobuf:"group,3,opt,name=Group"`
		Text   string  `protobuf:"300,bytes"`
	}
)

// InitDefault gives Maybe its defaults.
func (m *Maybe) InitDefault() { m.Plain, m.Text = -2, "0123456789" }

// Values returns values of these types.
func Values() []any {
	return []any{
		&Run{Flag: true, Small: -2, Level: -5, Large: 1 << 40}, &Template{Yes: true, Byte: -1, Real: -2, Long: 1 << 40, Level: -3},
		&Template{Level: 1 << 32}, &Texts{Text: "text", Blob: []byte{}}, &Texts{},
		&Maybe{Number: new(int32)}, &Rows{Words: []int32{1}, Texts: []string{"a", "", "bc"}}, &Rows{},
		&Bulk{Flags: []bool{true, false, true}, Levels: []cases.Level{cases.LevelLow, cases.LevelBottom, 7}}, &Bulk{Levels: []cases.Level{1 << 40}},
		&Outer{Pointer: &Inner{Number: -1}}, &Outer{}, &Held{Named: map[string]int32{"a": 1}, _unknownFields: []byte{2, 0, 9, 1}},
		&Keyed{Map: map[*Inner]bool{{Number: 3}: true}},
	}
}
