package gogen

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// A rule is one of a vt tag; docs/validation.md has their grammar. Annotations of Thrift become rules in rule_thrift.go, options of Protobuf
// in rule_protobuf.go, and rule_check.go has package validate look at them before they are written.
type rule struct {
	places   []string // "elem", "key" and "value", from the outside in
	word     string
	operands []operand // none for a word that stands alone
	source   string    // the annotation, for errors
	at       definition.Position
}

// An operand is a value of a rule.
type operand struct {
	text string // as the tag has it
	// checked is the text for the check, where an enum has no names: the number.
	checked string
	at      definition.Position
}

// A ruleSet is the rules of one tag.
type ruleSet struct {
	rules []*rule
	// unchecked names annotations that have no counterpart.
	unchecked []string
}

// placeWords are the places of values in containers.
var placeWords = []string{"elem", "key", "value"}

// Words by what stands behind them.
var (
	flagWords    = []string{"finite", "defined_only", "not_nil", "required", "unique", "no_sparse", "skip"}
	listWords    = []string{"in", "not_in"}
	compareWords = []string{"const", "lt", "le", "gt", "ge", "in", "not_in"} // with a value of the type itself
)

// add adds a rule. Values of a list that come one by one go into one rule.
func (s *ruleSet) add(r *rule) {
	if slices.Contains(listWords, r.word) {
		for _, known := range s.rules {
			if known.word == r.word && slices.Equal(known.places, r.places) {
				known.operands = append(known.operands, r.operands...)
				return
			}
		}
	}
	s.rules = append(s.rules, r)
}

// leave notes that an annotation has no counterpart.
func (s *ruleSet) leave(name string) {
	if !slices.Contains(s.unchecked, name) {
		s.unchecked = append(s.unchecked, name)
	}
}

// remove removes rules.
func (s *ruleSet) remove(which func(*rule) bool) { s.rules = slices.DeleteFunc(s.rules, which) }

// A mark says where in a tag something begins.
type mark struct {
	offset int
	rule   *rule
	at     definition.Position
}

// text returns the tag, or with checked that for the check, and where its parts begin.
func (s *ruleSet) text(checked bool) (string, []mark) {
	var b strings.Builder
	var marks []mark
	for i, r := range s.rules {
		if i > 0 {
			b.WriteByte(',')
		}
		marks = append(marks, mark{b.Len(), r, r.at})
		for _, place := range r.places {
			b.WriteString(place + ".")
		}
		b.WriteString(r.word)
		if len(r.operands) == 0 {
			continue
		}
		list := slices.Contains(listWords, r.word)
		b.WriteByte('=')
		if list {
			b.WriteByte('[')
		}
		for j, o := range r.operands {
			if j > 0 {
				b.WriteByte(',')
			}
			marks = append(marks, mark{b.Len(), r, o.at})
			if checked {
				b.WriteString(o.checked)
			} else {
				b.WriteString(o.text)
			}
		}
		if list {
			b.WriteByte(']')
		}
	}
	return b.String(), marks
}

// splitPlaces splits "elem.value.lt" into places and the rest.
func splitPlaces(name string) (places []string, rest string) {
	for {
		first, behind, more := strings.Cut(name, ".")
		if !more || !slices.Contains(placeWords, first) {
			return places, name
		}
		places, name = append(places, first), behind
	}
}

// plainOperand returns a value that is the same for the check.
func plainOperand(text string, at definition.Position) operand { return operand{text, text, at} }

// literal returns a text as a tag has it, in quotes where it needs some.
func literal(text string) string {
	if text == "" || text[0] == '$' || text[0] == '@' || strings.ContainsAny(text, " ,=[]()'\t\r\n`") {
		return quoted(text)
	}
	return text
}

// quoted returns a text in the quotes of a tag.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// typeAt returns the type of what is at a place inside of a type, or nil if there is no such place.
func (e *emitter) typeAt(t *definition.Type, places []string) *definition.Type {
	t = e.index.resolve(t)
	for _, place := range places {
		switch {
		case place == "elem" && (t.Kind == definition.KindList || t.Kind == definition.KindSet), place == "value" && t.Kind == definition.KindMap:
			t = e.index.resolve(t.Elem)
		case place == "key" && t.Kind == definition.KindMap:
			t = e.index.resolve(t.Key)
		default:
			return nil
		}
	}
	return t
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// enumOperand returns the value of an enum for a name, which may have the enum's before it, or for a number. It is the name where the type
// knows its number, or else the number. The value is not known if there is none of that name.
func (e *emitter) enumOperand(t *definition.Type, text string, at definition.Position) (o operand, known bool) {
	enum := e.index.enums[*t.Ref]
	name := text[strings.LastIndexByte(text, '.')+1:]
	i := slices.IndexFunc(enum.Values, func(v *definition.EnumValue) bool { return v.Name == name })
	n, err := strconv.ParseInt(text, 0, 64)
	switch {
	case err == nil:
		i = slices.IndexFunc(enum.Values, func(v *definition.EnumValue) bool { return int64(v.Number) == n })
		if i < 0 {
			return plainOperand(literal(text), at), true
		}
	case i < 0:
		return operand{}, false
	}
	number := enum.Values[i].Number
	o = plainOperand(strconv.Itoa(int(number)), at)
	// Of several names of a number String returns the first. That of thriftgo's types is all that tells, and is asked for small numbers.
	first := enum.Values[slices.IndexFunc(enum.Values, func(v *definition.EnumValue) bool { return v.Number == number })]
	thriftgo := e.options.Names.isThriftgo() && e.index.files[t.Ref.Path].Language == definition.Thrift
	tells := !thriftgo || -64 <= number && number <= 1023
	same := slices.IndexFunc(enum.Values, func(v *definition.EnumValue) bool { return v.Name == first.Name })
	if tells && plainName.MatchString(first.Name) && enum.Values[same].Number == number {
		o.text = first.Name
	}
	return o, true
}

// writeUnchecked writes which annotations have no counterpart, below a comment of documentation if there is one.
func (e *emitter) writeUnchecked(doc string, s *ruleSet) {
	if len(s.unchecked) == 0 {
		return
	}
	if strings.TrimSpace(doc) != "" {
		e.printf("//\n")
	}
	e.printf("// Not checked, since vt tags have no counterpart: %s.\n", oneLine(strings.Join(s.unchecked, ", ")))
}
