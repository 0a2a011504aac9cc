package gogen

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// rulePrefix is what the names of annotations that are rules begin with. Behind it they are those of thrift-gen-validator.
const rulePrefix = "vt."

// thriftRules makes rules of the annotations of a struct of Thrift.
func (e *emitter) thriftRules(s *structDecl) {
	for _, f := range s.fields {
		if f.leftOut != "" {
			continue
		}
		what := s.def.Name + "." + f.def.Name
		for _, a := range f.def.Annotations {
			name, isRule := strings.CutPrefix(a.Name, rulePrefix)
			if !isRule {
				continue
			}
			places, word := splitPlaces(name)
			r := &rule{places: places, word: word, source: a.Name, at: orAt(a.At, f.def.At)}
			if place, _, more := strings.Cut(word, "."); more {
				e.unknownRule(&f.rules, r, what, strconv.Quote(place)+" is no place: elem, key and value are")
			} else if e.thriftOperand(r, f.def.Type, what, a.Value) {
				f.rules.add(r)
			}
		}
	}
	for _, a := range s.def.Annotations {
		name, isRule := strings.CutPrefix(a.Name, rulePrefix)
		if !isRule {
			continue
		}
		r := &rule{word: name, source: a.Name, at: orAt(a.At, s.def.At)}
		if name != "assert" {
			e.unknownRule(&s.rules, r, s.def.Name, "a struct takes only vt.assert")
		} else if e.thriftOperand(r, &definition.Type{Kind: definition.KindStruct}, s.def.Name, a.Value) {
			s.rules.add(r)
		}
	}
}

// orAt returns a place, or another one if that is not known.
func orAt(at, other definition.Position) definition.Position {
	if at.Line == 0 {
		return other
	}
	return at
}

// thriftOperand gives a rule its value. It reports whether there is a rule: one that says false is none.
func (e *emitter) thriftOperand(r *rule, t *definition.Type, what, text string) bool {
	if slices.Contains(flagWords, r.word) {
		if on, err := strconv.ParseBool(text); err == nil {
			return on
		}
	}
	o := plainOperand(literal(text), r.at)
	if referenceText.MatchString(text) {
		o = plainOperand(text, r.at)
	} else if call, isCall := callText(text); isCall {
		o = plainOperand(call, r.at)
	} else if at := e.typeAt(t, r.places); at != nil && at.Kind == definition.KindEnum && slices.Contains(compareWords, r.word) {
		var known bool
		if o, known = e.enumOperand(at, text, r.at); !known {
			e.fail(e.file.def, r.at, "%s: %s: %s has no value %q", what, r.source, at.Ref.Name, text)
			return false
		}
	}
	r.operands = []operand{o}
	return true
}

// referenceText is a value that is another field.
var referenceText = regexp.MustCompile(`^\$[A-Za-z0-9_\x80-\x{10ffff}]+$`)

var callStart = regexp.MustCompile(`^@[A-Za-z_][A-Za-z0-9_]*\s*\(`)

// callText returns a call of a function as a tag has it: with strings in single quotes, and commas. It reports whether the text is one call;
// texts such as "@example.com" are none.
func callText(text string) (call string, isCall bool) {
	text = strings.TrimSpace(text)
	if !callStart.MatchString(text) {
		return "", false
	}
	var b strings.Builder
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"', '\'':
			argument, length := quotedArgument(text[i:])
			if length == 0 {
				return "", false
			}
			b.WriteString(quoted(argument))
			i += length - 1
		case ';':
			b.WriteByte(',')
		case '\t', '\r', '\n':
			b.WriteByte(' ')
		case '(':
			depth++
			b.WriteByte(c)
		case ')':
			depth--
			b.WriteByte(c)
			if depth == 0 {
				return b.String(), i == len(text)-1
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// quotedArgument returns the string at the beginning of a text, and how long it is there; zero if it does not end.
func quotedArgument(text string) (argument string, length int) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == text[0]:
			return b.String(), i + 1
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\''):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(text[i])
		}
	}
	return "", 0
}

// unknownRule reports a rule that tags do not have, or notes it where what is not supported is left out.
func (e *emitter) unknownRule(s *ruleSet, r *rule, what, why string) {
	if e.options.SkipUnsupported {
		s.leave(r.source)
		return
	}
	e.fail(e.file.def, r.at, "%s: %s: %s; the option to skip what is unsupported leaves it out", what, r.source, why)
}

// strayRules reports rules that stand where no tag can have them, behind a declaration and in types.
func (e *emitter) strayRules(what string, annotations []definition.Annotation, types ...*definition.Type) {
	if e.options.NoValidation || e.file.def.Language != definition.Thrift {
		return
	}
	for _, a := range annotations {
		if strings.HasPrefix(a.Name, rulePrefix) {
			e.leaveOut(a.At, what+": "+a.Name, "rules stand behind fields of structs")
		}
	}
	for _, t := range types {
		if t != nil { // as the result of a method, or the key of a list
			e.strayRules(what, t.Annotations, t.Key, t.Elem)
		}
	}
}
