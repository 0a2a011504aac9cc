package definition

// Language is the language that a file is written in.
type Language int32

// The languages.
const (
	Thrift Language = iota
	Protobuf
)

// Definitions are files that know of each other. A file comes after all that it includes, except where files include each other.
type Definitions struct {
	Files []*File `thrift:"files,1,default,list<File>"`
}

// A File is one definition file.
type File struct {
	// Path is relative to a folder in which includes are looked for, with slashes; it is unique in [Definitions].
	Path     string   `thrift:"path,1"`
	Language Language `thrift:"language,2,default,i32"`
	// Edition is "proto2", "proto3" or "2023" for Protobuf, "" for Thrift.
	Edition string `thrift:"edition,3"`
	// Package is Protobuf's, with dots.
	Package    string      `thrift:"package,4"`
	Namespaces []Namespace `thrift:"namespaces,5,default,list<Namespace>"`
	Includes   []Include   `thrift:"includes,6,default,list<Include>"`
	// The declarations are in the order of the file. Types of Protobuf that are declared inside of a message come right after it, with
	// the message's name and a dot before theirs.
	Typedefs  []*Typedef  `thrift:"typedefs,7,default,list<Typedef>"`
	Constants []*Constant `thrift:"constants,8,default,list<Constant>"`
	Enums     []*Enum     `thrift:"enums,9,default,list<Enum>"`
	Structs   []*Struct   `thrift:"structs,10,default,list<Struct>"`
	Services  []*Service  `thrift:"services,11,default,list<Service>"`
	// Extensions are fields that Protobuf adds to messages of other files, or of this one.
	Extensions []*Field `thrift:"extensions,14,default,list<Field>"`
	// Doc is the comment that begins the file, if it is one of documentation.
	Doc         string       `thrift:"doc,12"`
	Annotations []Annotation `thrift:"annotations,13,default,list<Annotation>"` // options of Protobuf's file
}

// A Namespace says what a file's declarations belong to in a language, which may be "*".
type Namespace struct {
	Language    string       `thrift:"language,1"`
	Name        string       `thrift:"name,2"`
	Annotations []Annotation `thrift:"annotations,3,default,list<Annotation>"`
}

// An Include names a file that another one uses.
type Include struct {
	Path   string `thrift:"path,1"`   // File.Path of the included file
	Prefix string `thrift:"prefix,2"` // what stands before the names of its declarations in Thrift: the last part of its path
	Public bool   `thrift:"public,3"` // Protobuf's import public
	At     Position
}

// A Position is a place in a file's text. Both numbers count from 1, columns in bytes; 0 stands for unknown.
type Position struct {
	Line, Column int
}

// An Annotation is a name with a value that stands behind a declaration: "(api.get = "/items")" of Thrift, or an option of Protobuf,
// whose name is written as in a definition, "deprecated" or "(buf.validate.field).string.min_len", and whose value is its text form, with
// quotes around strings. A repeated option is there once for each element.
type Annotation struct {
	Name  string `thrift:"name,1"`
	Value string `thrift:"value,2"`
	At    Position
}

// A Ref says where something is declared.
type Ref struct {
	Path string `thrift:"path,1"` // File.Path
	Name string `thrift:"name,2"` // as in the file's list
}
