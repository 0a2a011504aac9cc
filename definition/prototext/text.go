// Package prototext writes definitions as .proto files, which protoc reads: of the syntax proto2 or proto3, or of edition 2023, as
// [definition.File] says.
//
// What editions say by features is written at each field and enum that differs from the edition's own.
//
// Definitions may come from a peer: what is no name and no value of an option is an error, as is text of more than 64 MiB, and of errors
// the first 100 are there.
package prototext

import (
	"fmt"
	"strings"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/internal/text"
)

// Editions of a file.
const (
	proto2      = "proto2"
	proto3      = "proto3"
	edition2023 = "2023"
)

// Text returns the text of a file of d. What its edition has no words for, such as a default in proto3, is an error, which names all of it.
func Text(d *definition.Definitions, f *definition.File) (string, error) {
	if f.Language != definition.Protobuf {
		return "", fmt.Errorf("%s is a file of Thrift, which has no text in Protobuf", f.Path)
	}
	w := newWriter(d, f)
	w.head()
	w.members("", "")
	for _, s := range f.Services {
		w.Print("\n")
		w.service(s)
	}
	return w.Text()
}

// A writer writes one file.
type writer struct {
	text.Writer
	file     *definition.File
	packages map[string]string               // of files, by path
	symbols  map[string]bool                 // full names of all files
	messages map[string][]*definition.Struct // by the name of the message that they are in, "" for the file
	enums    map[string][]*definition.Enum   // likewise
	extends  map[string][]*definition.Field  // extensions, likewise
	groups   map[*definition.Struct]bool     // that are declared by fields
	extended map[string][]int32              // numbers of extensions, by full names of messages
	byName   map[string]*definition.Struct   // messages of the file
	fields   map[string]bool                 // names of fields and extensions that are written, with the messages that they are in
}

func newWriter(d *definition.Definitions, f *definition.File) *writer {
	w := &writer{
		Writer: text.Writer{Path: f.Path}, file: f, packages: map[string]string{}, symbols: map[string]bool{}, messages: map[string][]*definition.Struct{},
		enums: map[string][]*definition.Enum{}, extends: map[string][]*definition.Field{}, groups: map[*definition.Struct]bool{},
		extended: map[string][]int32{}, byName: map[string]*definition.Struct{}, fields: map[string]bool{},
	}
	for _, other := range d.Files {
		if other.Language == definition.Protobuf {
			w.packages[other.Path] = other.Package
			w.enter(other)
		}
	}
	for _, other := range d.Files {
		for _, x := range other.Extensions {
			if x.Extends != nil {
				full := join(w.packages[x.Extends.Path], x.Extends.Name)
				w.extended[full] = append(w.extended[full], x.ID)
			}
		}
	}
	for _, s := range f.Structs {
		switch {
		case s.Name == "": // which would be in itself
			w.Fault("a message has no name")
			continue
		case !isDotted(s.Name):
			w.Fault("%q cannot be the name of a message", s.Name)
			continue
		case w.byName[s.Name] != nil:
			w.Fault("there are two messages %s", s.Name)
			continue
		}
		scope, _ := split(s.Name)
		w.messages[scope] = append(w.messages[scope], s)
		w.byName[s.Name] = s
	}
	for _, e := range f.Enums {
		scope, _ := split(e.Name)
		w.enums[scope] = append(w.enums[scope], e)
	}
	for _, x := range f.Extensions {
		scope, _ := split(x.Name)
		w.extends[scope] = append(w.extends[scope], x)
	}
	w.checkScopes()
	w.findGroups()
	return w
}

// findGroups notes the messages that fields of proto2 declare.
func (w *writer) findGroups() {
	if w.file.Edition != proto2 {
		return
	}
	find := func(scope string, fields []*definition.Field) {
		for _, f := range fields {
			if group := w.groupOf(scope, f); f.Delimited && group != nil {
				w.groups[group] = true
			}
		}
	}
	for _, s := range w.file.Structs {
		find(s.Name, s.Fields)
	}
	for scope, extensions := range w.extends {
		find(scope, extensions)
	}
}

// enter enters the symbols of a file. Those that are no names in Protobuf are not there: nothing is found by them.
func (w *writer) enter(f *definition.File) {
	if f.Package != "" && !isDotted(f.Package) {
		return
	}
	for scope := f.Package; scope != ""; scope, _ = split(scope) {
		w.symbols[scope] = true
	}
	for _, s := range f.Structs {
		if !isDotted(s.Name) {
			continue
		}
		full := join(f.Package, s.Name)
		w.symbols[full] = true
		for _, field := range s.Fields {
			w.symbols[join(full, field.Name)] = true
		}
		for _, o := range s.Oneofs {
			w.symbols[join(full, o.Name)] = true
		}
	}
	for _, e := range f.Enums {
		if !isDotted(e.Name) {
			continue
		}
		full := join(f.Package, e.Name)
		w.symbols[full] = true
		scope, _ := split(full)
		for _, v := range e.Values {
			w.symbols[join(scope, v.Name)] = true
		}
	}
	for _, s := range f.Services {
		w.symbols[join(f.Package, s.Name)] = true
	}
	for _, x := range f.Extensions {
		w.symbols[join(f.Package, x.Name)] = true
	}
}

// checkScopes looks for declarations inside of messages that are not there.
func (w *writer) checkScopes() {
	check := func(scope string) {
		if scope != "" && w.byName[scope] == nil {
			w.Fault("there is no message %s for what is declared in it", scope)
		}
	}
	for scope := range w.messages {
		check(scope)
	}
	for scope := range w.enums {
		check(scope)
	}
	for scope := range w.extends {
		check(scope)
	}
}

// head writes what comes before declarations.
func (w *writer) head() {
	f := w.file
	w.doc("", f.Doc)
	switch f.Edition {
	case proto2, proto3:
		w.Print("syntax = ", quoted(f.Edition), ";\n")
	case edition2023:
		w.Print("edition = ", quoted(f.Edition), ";\n")
	default:
		w.Fault("its edition is %q; proto2, proto3 and 2023 can be written", f.Edition)
	}
	if f.Package != "" {
		if !isDotted(f.Package) {
			w.Fault("%q cannot be the name of a package", f.Package)
		}
		w.Print("\npackage ", f.Package, ";\n")
	}
	if len(f.Includes) > 0 {
		w.Print("\n")
	}
	for _, include := range f.Includes {
		public := ""
		if include.Public {
			public = "public "
		}
		w.Print("import ", public, quoted(include.Path), ";\n")
	}
	if options := w.options(f.Annotations); len(options) > 0 {
		w.Print("\n")
		w.optionLines("", options)
	}
}

// members writes the messages, enums and extensions of a message, or of the file.
func (w *writer) members(indent, scope string) {
	for _, s := range w.messages[scope] {
		if w.groups[s] {
			continue // it is where its field is
		}
		w.Print("\n")
		w.doc(indent, s.Doc)
		_, short := split(s.Name)
		w.Print(indent, "message ", w.name(short), " {\n")
		w.body(indent+"  ", s)
		w.Print(indent, "}\n")
	}
	for _, e := range w.enums[scope] {
		w.Print("\n")
		w.enum(indent, e)
	}
	for _, x := range w.extends[scope] {
		w.Print("\n", indent, "extend ", w.reference(x.Extends, scope), " {\n")
		w.field(indent+"  ", scope, x, "")
		w.Print(indent, "}\n")
	}
}

// doc writes a comment that documents what follows.
func (w *writer) doc(indent, text string) {
	if text == "" {
		return
	}
	for _, line := range strings.Split(strings.Trim(text, "\n"), "\n") {
		w.Print(indent, strings.TrimRight("// "+strings.ReplaceAll(line, "\r", ""), " \t"), "\n")
	}
}
