package definition

// A ValueKind is what a value is written as.
type ValueKind int32

// The kinds of values.
const (
	ValueBool ValueKind = iota
	ValueInt
	ValueDouble
	ValueString // also of binary and uuid
	ValueList   // also of sets
	ValueMap    // also of structs, whose keys are names of fields
	ValueEnum   // Int is the number, Ref the enum and Text the name of its value
)

// A Value is the value of a constant, or the default of a field. It fits the type of that: what the text writes as 1 for a double is a
// [ValueDouble], and a name of another constant is replaced by its value, with Named saying which it was.
type Value struct {
	Kind   ValueKind `thrift:"kind,1,default,i32"`
	Bool   bool      `thrift:"bool,2"`
	Int    int64     `thrift:"int,3"` // of an unsigned number of 64 bits, its bits
	Double float64   `thrift:"double,4"`
	Text   string    `thrift:"text,5"`
	Ref    *Ref      `thrift:"ref,6,optional"` // of ValueEnum
	List   []*Value  `thrift:"list,7,default,list<Value>"`
	Map    []Entry   `thrift:"map,8,default,list<Entry>"` // in the order of the file
	Named  *Ref      `thrift:"named,9,optional"`
	At     Position
}

// An Entry is a key of a map, or the name of a struct's field, with its value.
type Entry struct {
	Key   *Value `thrift:"key,1"`
	Value *Value `thrift:"value,2"`
}

// A Constant is a named value.
type Constant struct {
	Name        string       `thrift:"name,1"`
	Type        *Type        `thrift:"type,2"`
	Value       *Value       `thrift:"value,3"`
	Doc         string       `thrift:"doc,4"`
	Annotations []Annotation `thrift:"annotations,5,default,list<Annotation>"`
	At          Position
}
