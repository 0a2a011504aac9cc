package gogen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// Names of protovalidate's options.
const (
	fieldOption   = "(buf.validate.field)."
	messageOption = "(buf.validate.message)."
	oneofOption   = "(buf.validate.oneof)."
)

// numberKinds are the first words of options for numbers.
var numberKinds = strings.Fields("float double int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64")

// counterparts are the words of tags for options, whose first word is "number" for all numbers.
var counterparts = map[string][]string{
	"required":     {"required"},
	"number.const": {"const"}, "number.lt": {"lt"}, "number.lte": {"le"}, "number.gt": {"gt"}, "number.gte": {"ge"},
	"number.in": {"in"}, "number.not_in": {"not_in"}, "number.finite": {"finite"},
	"bool.const":   {"const"},
	"string.const": {"const"}, "string.prefix": {"prefix"}, "string.suffix": {"suffix"}, "string.contains": {"contains"},
	"string.not_contains": {"not_contains"}, "string.in": {"in"}, "string.not_in": {"not_in"}, "string.pattern": {"pattern"},
	"string.len": {"min_rune_size", "max_rune_size"}, "string.min_len": {"min_rune_size"}, "string.max_len": {"max_rune_size"},
	"string.len_bytes": {"min_size", "max_size"}, "string.min_bytes": {"min_size"}, "string.max_bytes": {"max_size"},
	"bytes.const": {"const"}, "bytes.prefix": {"prefix"}, "bytes.suffix": {"suffix"}, "bytes.contains": {"contains"}, "bytes.in": {"in"},
	"bytes.not_in": {"not_in"}, "bytes.pattern": {"pattern"}, "bytes.len": {"min_size", "max_size"}, "bytes.min_len": {"min_size"},
	"bytes.max_len": {"max_size"},
	"enum.const":    {"const"}, "enum.in": {"in"}, "enum.not_in": {"not_in"}, "enum.defined_only": {"defined_only"},
	"repeated.min_items": {"min_size"}, "repeated.max_items": {"max_size"}, "repeated.unique": {"unique"},
	"map.min_pairs": {"min_size"}, "map.max_pairs": {"max_size"},
}

// protobufRules makes rules of the options of a message. Those without a counterpart are noted: files with such options are common, also among
// those that a project only imports.
func (e *emitter) protobufRules(s *structDecl) {
	for _, f := range s.fields {
		if f.leftOut == "" {
			e.fieldOptions(f)
		}
	}
	for i, o := range s.def.Oneofs {
		for _, a := range o.Annotations {
			switch {
			case a.Name == oneofOption+"required":
				if a.Value == "true" {
					e.requireOneof(s, int32(i))
				}
			case strings.HasPrefix(a.Name, oneofOption):
				s.rules.leave(a.Name)
			}
		}
	}
	for _, a := range s.def.Annotations {
		if strings.HasPrefix(a.Name, messageOption) {
			s.rules.leave(a.Name)
		}
	}
}

// requireOneof adds the rule that a member of a oneof is set.
func (e *emitter) requireOneof(s *structDecl, oneof int32) {
	var members []string
	for _, f := range s.fields {
		if f.leftOut == "" && f.def.Oneof != nil && *f.def.Oneof == oneof {
			members = append(members, "$"+f.def.Name)
		}
	}
	if len(members) == 0 {
		return
	}
	at := s.def.Oneofs[oneof].At
	call := fmt.Sprintf("@equal(@count_set(%s),1)", strings.Join(members, ","))
	s.rules.add(&rule{word: "assert", operands: []operand{plainOperand(call, at)}, source: oneofOption + "required", at: at})
}

// fieldOptions makes rules of the options of a field.
func (e *emitter) fieldOptions(f *fieldDecl) {
	var ignored [][]string // places that have no rules
	for _, a := range f.def.Annotations {
		name, isRule := strings.CutPrefix(a.Name, fieldOption)
		if !isRule || a.Value == "{}" || a.Value == "false" && !strings.HasSuffix(name, ".const") {
			continue
		}
		places, option := optionPlaces(name)
		if option == "ignore" {
			switch a.Value {
			case "IGNORE_UNSPECIFIED":
				continue
			case "IGNORE_ALWAYS":
				e.skip(f, places, a.Name)
			default: // the rules would refuse what they are not for
				f.rules.leave(a.Name)
			}
			ignored = append(ignored, places)
			continue
		}
		kind, detail, _ := strings.Cut(option, ".")
		if first, _, _ := strings.Cut(detail, "."); first == "example" { // which is for readers
			continue
		}
		if slices.Contains(numberKinds, kind) {
			option = "number." + detail
		}
		words, known := counterparts[option]
		if !known {
			f.rules.leave(a.Name)
		}
		for _, word := range words {
			if word == "required" && len(places) == 0 && f.def.Oneof == nil && f.def.Requiredness != definition.Default &&
				f.def.Type.Kind == definition.KindBinary {
				word = "not_nil" // there may be an empty one
			}
			r := &rule{places: places, word: word, source: a.Name, at: f.def.At}
			if !slices.Contains(flagWords, word) {
				r.operands = []operand{e.protobufOperand(r, f, a.Value)}
			}
			f.rules.add(r)
		}
	}
	f.rules.remove(func(r *rule) bool {
		return r.word != "skip" && slices.ContainsFunc(ignored, func(places []string) bool {
			return len(places) <= len(r.places) && slices.Equal(places, r.places[:len(places)])
		})
	})
	f.rules.leaveOutsides()
}

// optionPlaces returns the places that an option is for, and the rest of its name.
func optionPlaces(name string) (places []string, option string) {
	for {
		found := false
		for option, place := range map[string]string{"repeated.items.": "elem", "map.keys.": "key", "map.values.": "value"} {
			if rest, is := strings.CutPrefix(name, option); is {
				places, name, found = append(places, place), rest, true
			}
		}
		if !found {
			return places, name
		}
	}
}

// skip adds the rules by which messages at a place are not looked into.
func (e *emitter) skip(f *fieldDecl, places []string, source string) {
	t := e.typeAt(f.def.Type, places)
	if t == nil {
		return
	}
	places = slices.Clone(places)
	switch t.Kind {
	case definition.KindList:
		places, t = append(places, "elem"), t.Elem
	case definition.KindMap:
		places, t = append(places, "value"), t.Elem
	}
	if e.isMessage(t) {
		f.rules.add(&rule{places: places, word: "skip", source: source, at: f.def.At})
	}
}

// protobufOperand returns the value of an option.
func (e *emitter) protobufOperand(r *rule, f *fieldDecl, text string) operand {
	if strings.HasPrefix(text, `"`) {
		return plainOperand(literal(protobufText(text)), r.at)
	}
	if t := e.typeAt(f.def.Type, r.places); t != nil && t.Kind == definition.KindEnum && slices.Contains(compareWords, r.word) {
		if o, known := e.enumOperand(t, text, r.at); known {
			return o
		}
	}
	return plainOperand(literal(text), r.at)
}

// leaveOutsides removes ranges whose lower bound is above the upper one. These stand for the numbers outside of them, which tags cannot say.
func (s *ruleSet) leaveOutsides() {
	outside := map[*rule]bool{}
	for _, lower := range s.rules {
		for _, upper := range s.rules {
			if (lower.word == "gt" || lower.word == "ge") && (upper.word == "lt" || upper.word == "le") && slices.Equal(lower.places, upper.places) &&
				isAbove(lower.operands[0].checked, upper.operands[0].checked) {
				outside[lower], outside[upper] = true, true
			}
		}
	}
	for _, r := range s.rules {
		if outside[r] {
			s.leave(r.source)
		}
	}
	s.remove(func(r *rule) bool { return outside[r] })
}

// isAbove reports whether a number is larger than another one.
func isAbove(a, b string) bool {
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	if errX == nil && errY == nil {
		return x > y
	}
	u, errU := strconv.ParseUint(a, 10, 64)
	v, errV := strconv.ParseUint(b, 10, 64)
	if errU == nil && errV == nil {
		return u > v
	}
	f, errF := strconv.ParseFloat(a, 64)
	g, errG := strconv.ParseFloat(b, 64)
	return errF == nil && errG == nil && f > g
}

// protobufText returns what a string in quotes, with the escapes of Protobuf's text form, stands for.
func protobufText(text string) string {
	text = strings.TrimSuffix(strings.TrimPrefix(text, `"`), `"`)
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if end := min(i+3, len(text)); isDigit(text[i]) {
			if n, err := strconv.ParseUint(text[i:end], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i = end - 1
				continue
			}
		}
		switch text[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		default: // a quote or a backslash
			b.WriteByte(text[i])
		}
	}
	return b.String()
}
