// Package thrifttext writes definitions as the text of Thrift's interface language, which the compilers of Apache and of others read.
//
// Text says what [definition.Definitions] say, but for comments that document nothing. Declarations that know their positions keep their
// order. Others come in one that Apache's compiler accepts: it wants enums and structs before the values that are of them.
//
// Definitions may come from a peer: what is no name is an error, as is text of more than 64 MiB, and of errors the first 100 are there.
package thrifttext

import (
	"fmt"
	"path"
	"strings"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/internal/text"
)

// deepest bounds how deep types and values may be nested.
const deepest = 100

// Text returns the text of a file of d. What Thrift has no words for, such as numbers without a sign, is an error, which names all of it.
func Text(d *definition.Definitions, f *definition.File) (string, error) {
	if f.Language != definition.Thrift {
		return "", fmt.Errorf("%s is a file of Protobuf, which has no text in Thrift", f.Path)
	}
	w := &writer{Writer: text.Writer{Path: f.Path}, definitions: d, file: f, prefixes: map[string]string{}, constants: map[string]bool{}}
	w.head()
	for _, declaration := range w.inOrder() {
		w.startParagraph()
		declaration.write()
	}
	return w.Text()
}

// A writer writes one file.
type writer struct {
	text.Writer
	definitions *definition.Definitions
	file        *definition.File
	prefixes    map[string]string // of included files, by path
	constants   map[string]bool   // that are written already
}

// startParagraph writes an empty line, unless the text begins.
func (w *writer) startParagraph() {
	if !w.Empty() {
		w.Print("\n")
	}
}

// head writes what comes before declarations.
func (w *writer) head() {
	f := w.file
	w.doc("", f.Doc)
	if len(f.Annotations) > 0 {
		w.Fault("a file has no annotations in Thrift")
	}
	if len(f.Includes) > 0 {
		w.startParagraph()
	}
	for _, include := range f.Includes {
		prefix := include.Prefix
		if prefix == "" {
			prefix = strings.TrimSuffix(path.Base(include.Path), path.Ext(include.Path))
		}
		w.prefixes[include.Path] = prefix
		w.Print("include ", w.quoted(include.Path), "\n")
	}
	if len(f.Namespaces) > 0 {
		w.startParagraph()
	}
	for _, n := range f.Namespaces {
		if n.Language != "*" && !isIdentifier(n.Language, true) || !isIdentifier(n.Name, true) {
			w.Fault("namespace %s %s: these are no names of a language and of a namespace", n.Language, n.Name)
		}
		w.Print("namespace ", n.Language, " ", n.Name, w.annotations(n.Annotations), "\n")
	}
}

// name returns the name of what is being written, which must be one of Thrift.
func (w *writer) name(name string) string {
	switch {
	case reserved[name]:
		w.Fault("%s is a reserved word of Thrift, which cannot be a name", name)
	case !IsName(name):
		w.Fault("%q cannot be a name in Thrift: write letters, digits and underlines", name)
	}
	return name
}

// reference returns the name of a declaration as the file refers to it.
func (w *writer) reference(r *definition.Ref) string {
	switch {
	case r == nil:
		w.Fault("the reference to a declaration is missing")
		return ""
	case r.Path == w.file.Path:
		return w.name(r.Name)
	case w.prefixes[r.Path] == "":
		w.Fault("%s of %s is used, and that file is not included", r.Name, r.Path)
		return ""
	case !isPrefix(w.prefixes[r.Path]):
		w.Fault("%s of %s is used, and %q cannot be before a name in Thrift", r.Name, r.Path, w.prefixes[r.Path])
		return ""
	}
	return w.prefixes[r.Path] + "." + w.name(r.Name)
}

// doc writes a comment that documents what follows.
func (w *writer) doc(indent, text string) {
	if text == "" {
		return
	}
	lines := strings.Split(strings.ReplaceAll(strings.Trim(text, "\n"), "*/", "* /"), "\n")
	if len(lines) == 1 {
		w.Print(indent, "/** ", strings.TrimSpace(lines[0]), " */\n")
		return
	}
	w.Print(indent, "/**\n")
	for _, line := range lines {
		w.Print(indent, strings.TrimRight(" * "+line, " \t\r"), "\n")
	}
	w.Print(indent, " */\n")
}

// annotations returns annotations with a space before them, "" if there are none.
func (w *writer) annotations(list []definition.Annotation) string {
	if len(list) == 0 {
		return ""
	}
	parts := make([]string, len(list))
	for i, a := range list {
		if !isIdentifier(a.Name, true) {
			w.Fault("%q cannot be the name of an annotation", a.Name)
		}
		parts[i] = a.Name + " = " + w.quoted(a.Value)
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// quoted returns a literal.
func (w *writer) quoted(text string) string {
	if strings.ContainsRune(text, 0) {
		w.Fault("a text has the byte 0, which Thrift cannot spell")
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text) + `"`
}
