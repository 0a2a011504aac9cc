package prototext

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// body writes what is inside of a message.
func (w *writer) body(indent string, s *definition.Struct) {
	within := w.Within
	w.Within = s.Name
	if s.Form != definition.FormStruct {
		w.Fault("its form is none of Protobuf")
	}
	w.optionLines(indent, w.options(s.Annotations))
	written := map[int32]bool{}
	for _, f := range s.Fields {
		switch {
		case f.Oneof == nil:
			w.field(indent, s.Name, f, w.label(f))
		case *f.Oneof < 0 || int(*f.Oneof) >= len(s.Oneofs):
			w.Fault("%s is in the oneof %d, which there is not", f.Name, *f.Oneof)
		case !written[*f.Oneof]:
			written[*f.Oneof] = true
			w.oneof(indent, s, *f.Oneof)
		}
	}
	if numbers := slices.Sorted(slices.Values(w.extended[join(w.file.Package, s.Name)])); len(numbers) > 0 {
		w.extensionRanges(indent, slices.Compact(numbers))
	}
	w.members(indent, s.Name)
	w.Within = within
}

// extensionRanges writes which numbers are extensions'.
func (w *writer) extensionRanges(indent string, numbers []int32) {
	var ranges []string
	for len(numbers) > 0 {
		n := 1
		for n < len(numbers) && numbers[n] == numbers[0]+int32(n) {
			n++
		}
		text := strconv.Itoa(int(numbers[0]))
		if n > 1 {
			text += " to " + strconv.Itoa(int(numbers[n-1]))
		}
		ranges, numbers = append(ranges, text), numbers[n:]
	}
	w.Print(indent, "extensions ", strings.Join(ranges, ", "), ";\n")
}

func (w *writer) oneof(indent string, s *definition.Struct, place int32) {
	o := s.Oneofs[place]
	w.doc(indent, o.Doc)
	w.Print(indent, "oneof ", w.name(o.Name), " {\n")
	w.optionLines(indent+"  ", w.options(o.Annotations))
	for _, f := range s.Fields {
		if f.Oneof != nil && *f.Oneof == place {
			w.field(indent+"  ", s.Name, f, "")
		}
	}
	w.Print(indent, "}\n")
}

func (w *writer) enum(indent string, e *definition.Enum) {
	within := w.Within
	w.Within = e.Name
	w.doc(indent, e.Doc)
	_, short := split(e.Name)
	w.Print(indent, "enum ", w.name(short), " {\n")
	var made []option
	numbers := map[int32]bool{}
	for _, v := range e.Values {
		numbers[v.Number] = true
	}
	if len(numbers) < len(e.Values) {
		made = append(made, option{"allow_alias", "true"})
	}
	switch {
	case w.file.Edition == edition2023 && e.Closed:
		made = append(made, option{"features.enum_type", "CLOSED"})
	case w.file.Edition != edition2023 && e.Closed != (w.file.Edition == proto2):
		w.Fault("whether an enum is closed follows from the syntax, which has it the other way")
	}
	if len(e.Values) == 0 {
		w.Fault("an enum needs a value")
	}
	w.optionLines(indent+"  ", w.options(e.Annotations, made...))
	for _, v := range e.Values {
		if v.Name == "option" || v.Name == "reserved" {
			w.Fault("%s cannot be the name of a value", v.Name)
		}
		w.doc(indent+"  ", v.Doc)
		w.Print(indent, "  ", w.name(v.Name), " = ", strconv.Itoa(int(v.Number)), brackets(w.options(v.Annotations)), ";\n")
	}
	w.Print(indent, "}\n")
	w.Within = within
}

func (w *writer) service(s *definition.Service) {
	w.doc("", s.Doc)
	w.Within = s.Name
	if s.Extends != nil {
		w.Fault("a service of Protobuf extends no other one")
	}
	w.Print("service ", w.name(s.Name), " {\n")
	w.optionLines("  ", w.options(s.Annotations))
	for _, m := range s.Methods {
		w.Within = s.Name + "." + m.Name
		w.method(m)
	}
	w.Print("}\n")
	w.Within = ""
}

func (w *writer) method(m *definition.Method) {
	if len(m.Arguments) != 1 || m.Result == nil || m.Oneway || len(m.Throws) > 0 {
		w.Fault("a method of Protobuf takes a message and returns one, and that is all")
		return
	}
	streams := map[bool]string{true: "stream "}
	w.doc("  ", m.Doc)
	w.Print("  rpc ", w.name(m.Name), "(", streams[m.ClientStream], w.message(m.Arguments[0].Type), ") returns (", streams[m.ServerStream],
		w.message(m.Result), ")")
	options := w.options(m.Annotations)
	if len(options) == 0 {
		w.Print(";\n")
		return
	}
	w.Print(" {\n")
	w.optionLines("    ", options)
	w.Print("  }\n")
}

// message returns the name of a message that a method takes or returns. It is found from the file.
func (w *writer) message(t *definition.Type) string {
	if t == nil || t.Kind != definition.KindStruct {
		w.Fault("what it takes, or returns, is no message")
		return ""
	}
	return w.reference(t.Ref, "")
}
