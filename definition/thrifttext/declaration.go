package thrifttext

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// begin says which declaration is being written, and writes its comment.
func (w *writer) begin(name, doc string) {
	w.Within = name
	w.doc("", doc)
}

func (w *writer) typedef(t *definition.Typedef) {
	w.begin(t.Name, t.Doc)
	w.Print("typedef ", w.typeText(t.Type, 0), " ", w.name(t.Name), w.annotations(t.Annotations), "\n")
}

func (w *writer) constantOf(c *definition.Constant) {
	w.begin(c.Name, c.Doc)
	if len(c.Annotations) > 0 {
		w.Fault("a constant has no annotations in Thrift")
	}
	w.Print("const ", w.typeText(c.Type, 0), " ", w.name(c.Name), " = ", w.valueText(c.Value, 0), "\n")
	w.constants[c.Name] = true
}

func (w *writer) enum(e *definition.Enum) {
	w.begin(e.Name, e.Doc)
	w.Print("enum ", w.name(e.Name), " {\n")
	for _, v := range e.Values {
		w.doc("  ", v.Doc)
		w.Print("  ", w.name(v.Name), " = ", strconv.Itoa(int(v.Number)), w.annotations(v.Annotations), ",\n")
	}
	w.Print("}", w.annotations(e.Annotations), "\n")
}

var formNames = map[definition.Form]string{
	definition.FormStruct: "struct ", definition.FormUnion: "union ", definition.FormException: "exception ",
}

func (w *writer) structOf(s *definition.Struct) {
	w.begin(s.Name, s.Doc)
	if formNames[s.Form] == "" || len(s.Oneofs) > 0 {
		w.Fault("its form is none of Thrift")
	}
	w.Print(formNames[s.Form], w.name(s.Name), " {\n")
	for _, f := range s.Fields {
		w.doc("  ", f.Doc)
		w.Print("  ", w.field(s.Name, f), ",\n")
	}
	w.Print("}", w.annotations(s.Annotations), "\n")
}

var requirednessNames = map[definition.Requiredness]string{definition.Required: "required ", definition.Optional: "optional "}

// field returns a field of the struct, or of the method, of that name.
func (w *writer) field(owner string, f *definition.Field) string {
	defer func(within string) { w.Within = within }(w.Within)
	w.Within = owner + "." + f.Name
	id := strconv.Itoa(int(f.ID)) + ": "
	if f.ImplicitID {
		id = ""
	} else if f.ID != int32(int16(f.ID)) {
		w.Fault("its id is %d, which has more than 16 bits", f.ID)
	}
	text := id + requirednessNames[f.Requiredness] + w.typeText(f.Type, 0)
	annotations := f.Annotations
	if i := slices.IndexFunc(annotations, isReference); i >= 0 {
		text += "&"
		annotations = slices.Delete(slices.Clone(annotations), i, i+1)
	}
	text += " " + w.name(f.Name)
	if f.Default != nil {
		text += " = " + w.valueText(f.Default, 0)
	}
	return text + w.annotations(annotations)
}

// isReference reports whether an annotation is that of a field that C++ holds by reference, as structs that contain themselves need it. Apache's compiler wants an
// ampersand in its place.
func isReference(a definition.Annotation) bool { return a.Name == "cpp.ref" && a.Value == "true" }

func (w *writer) service(s *definition.Service) {
	w.begin(s.Name, s.Doc)
	w.Print("service ", w.name(s.Name))
	if s.Extends != nil {
		w.Print(" extends ", w.reference(s.Extends))
	}
	w.Print(" {\n")
	for _, m := range s.Methods {
		w.Within = s.Name + "." + m.Name
		w.method(m)
	}
	w.Within = s.Name
	w.Print("}", w.annotations(s.Annotations), "\n")
}

// streamingMode is the annotation by which methods are streams, as in Kitex.
const streamingMode = "streaming.mode"

func (w *writer) method(m *definition.Method) {
	w.doc("  ", m.Doc)
	w.Print("  ")
	if m.Oneway {
		w.Print("oneway ")
	}
	result := "void"
	if m.Result != nil {
		result = w.typeText(m.Result, 0)
	}
	w.Print(result, " ", w.name(m.Name), "(", w.parameters(m.Arguments), ")")
	if len(m.Throws) > 0 {
		w.Print(" throws (", w.parameters(m.Throws), ")")
	}
	w.Print(w.annotations(withStreaming(m)), ",\n")
}

func (w *writer) parameters(fields []*definition.Field) string {
	within := w.Within
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = w.field(within, f)
	}
	return strings.Join(parts, ", ")
}

// withStreaming returns the annotations of a method with that of a stream, if it is one.
func withStreaming(m *definition.Method) []definition.Annotation {
	mode := "server"
	switch {
	case m.ClientStream && m.ServerStream:
		mode = "bidirectional"
	case m.ClientStream:
		mode = "client"
	case !m.ServerStream:
		return m.Annotations
	}
	for _, a := range m.Annotations {
		if a.Name == streamingMode {
			return m.Annotations
		}
	}
	return append(m.Annotations[:len(m.Annotations):len(m.Annotations)], definition.Annotation{Name: streamingMode, Value: mode})
}
