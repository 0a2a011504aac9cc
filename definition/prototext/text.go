// Package prototext writes definitions as .proto files, which protoc reads: of the syntax proto2 or proto3, or of edition 2023, as
// [definition.File] says.
//
// What editions say by features is written at each field and enum that differs from the edition's own.
//
// Definitions may come from a peer: what is no name and no value of an option is an error, as is text of more than 64 MiB, and of errors
// the first 100 are there.
package prototext

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/tagwire/tagwire/definition"
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
		w.print("\n")
		w.service(s)
	}
	if len(w.faults) > 0 {
		return "", errors.Join(w.faults...)
	}
	return w.text.String(), nil
}

// A writer writes one file.
type writer struct {
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
	text     strings.Builder
	faults   []error
	tooLong  bool
	within   string // what is being written, for errors
}

func newWriter(d *definition.Definitions, f *definition.File) *writer {
	w := &writer{
		file: f, packages: map[string]string{}, symbols: map[string]bool{}, messages: map[string][]*definition.Struct{},
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
			w.fault("a message has no name")
			continue
		case !isDotted(s.Name):
			w.fault("%q cannot be the name of a message", s.Name)
			continue
		case w.byName[s.Name] != nil:
			w.fault("there are two messages %s", s.Name)
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
			w.fault("there is no message %s for what is declared in it", scope)
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

// Limits of what is written. A few definitions that a peer has made up could make more than there is memory for.
const (
	mostFaults   = 100
	longestFault = 1000     // bytes
	longestText  = 64 << 20 // bytes
)

func (w *writer) fault(format string, arguments ...any) {
	if len(w.faults) == mostFaults {
		return
	}
	within := w.within
	if within != "" {
		within += ": "
	}
	w.faults = append(w.faults, errors.New(oneLine(fmt.Sprintf("%s: %s%s", w.file.Path, within, fmt.Sprintf(format, arguments...)))))
}

// oneLine returns the text of an error, in which there may be any name, as a line that is not too long.
func oneLine(text string) string {
	if len(text) > longestFault {
		text = text[:longestFault] + "..."
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// print writes parts of the text, unless the text is too long.
func (w *writer) print(parts ...string) {
	length := w.text.Len()
	for _, part := range parts {
		length += len(part)
	}
	if length > longestText {
		if !w.tooLong {
			w.fault("the text would have more than %d bytes", longestText)
		}
		w.tooLong = true
		return
	}
	for _, part := range parts {
		w.text.WriteString(part)
	}
}

// head writes what comes before declarations.
func (w *writer) head() {
	f := w.file
	w.doc("", f.Doc)
	switch f.Edition {
	case proto2, proto3:
		w.print("syntax = ", quoted(f.Edition), ";\n")
	case edition2023:
		w.print("edition = ", quoted(f.Edition), ";\n")
	default:
		w.fault("its edition is %q; proto2, proto3 and 2023 can be written", f.Edition)
	}
	if f.Package != "" {
		if !isDotted(f.Package) {
			w.fault("%q cannot be the name of a package", f.Package)
		}
		w.print("\npackage ", f.Package, ";\n")
	}
	if len(f.Includes) > 0 {
		w.print("\n")
	}
	for _, include := range f.Includes {
		public := ""
		if include.Public {
			public = "public "
		}
		w.print("import ", public, quoted(include.Path), ";\n")
	}
	if options := w.options(f.Annotations); len(options) > 0 {
		w.print("\n")
		w.optionLines("", options)
	}
}

// members writes the messages, enums and extensions of a message, or of the file.
func (w *writer) members(indent, scope string) {
	for _, s := range w.messages[scope] {
		if w.groups[s] {
			continue // it is where its field is
		}
		w.print("\n")
		w.doc(indent, s.Doc)
		_, short := split(s.Name)
		w.print(indent, "message ", w.name(short), " {\n")
		w.body(indent+"  ", s)
		w.print(indent, "}\n")
	}
	for _, e := range w.enums[scope] {
		w.print("\n")
		w.enum(indent, e)
	}
	for _, x := range w.extends[scope] {
		w.print("\n", indent, "extend ", w.reference(x.Extends, scope), " {\n")
		w.field(indent+"  ", scope, x, "")
		w.print(indent, "}\n")
	}
}

// doc writes a comment that documents what follows.
func (w *writer) doc(indent, text string) {
	if text == "" {
		return
	}
	for _, line := range strings.Split(strings.Trim(text, "\n"), "\n") {
		w.print(indent, strings.TrimRight("// "+strings.ReplaceAll(line, "\r", ""), " \t"), "\n")
	}
}
