package schema

import (
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/codec"
)

// mostTagBytes is how long the text of a tag may be.
const mostTagBytes = 1024

// The two tag languages. Where a field has both tags, frugal's counts.
const (
	frugalLanguage = "frugal"
	thriftLanguage = "thrift"
)

// tag is a field's tag, parsed:
//
//	frugal:"<id>[,<requiredness>[,<type>[,<option>...]]]"
//	thrift:"<name>,<id>[,<requiredness>[,<type>[,<option>...]]]"
type tag struct {
	// language is the tag's key, text its value as written, field the Go field's name.
	language, text, field string
	// name is the first part of a thrift tag; it may be empty.
	name string
	id   uint16
	// requiredness counts only if hasRequiredness: a tag need not give it.
	requiredness    Requiredness
	hasRequiredness bool
	// expression is nil if the tag gives no type.
	expression *expression
	noCopy     bool
}

// fault says why a tag, or a Go type with it, is refused.
type fault struct {
	code   codec.Code
	reason string
	// tags are texts of tags that could be meant instead, types what the tag's type could be: none where they cannot be worked
	// out, or where no tag helps.
	tags, types []string
	// inType: the tag's type cannot be read, so the Go type tells what it could be.
	inType bool
}

func invalidTag(format string, arguments ...any) *fault {
	return &fault{code: codec.InvalidTag, reason: codec.Sprintf(format, arguments...)}
}

// proposing returns f with a tag that could be meant.
func (f *fault) proposing(text string) *fault {
	f.tags = append(f.tags, text)
	return f
}

// parseTag parses the text of a tag. Beside an error it returns what it has understood so far.
func parseTag(language, text, field string) (*tag, *fault) {
	t := &tag{language: language, text: text, field: field}
	if len(text) > mostTagBytes {
		return t, invalidTag("the tag has %d bytes, of at most %d", len(text), mostTagBytes)
	}
	parts := strings.Split(text, ",")
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
	}
	if language == thriftLanguage {
		t.name, parts = parts[0], parts[1:]
	}
	if err := t.parseID(parts); err != nil {
		return t, err
	}
	parts = parts[1:]
	if err := t.parseRequiredness(parts); err != nil {
		return t, err
	}
	if len(parts) < 2 {
		return t, nil
	}
	typeText, options, commaInType := joinType(parts[1:])
	optionError := t.parseOptions(typeText, options)
	switch {
	case hasContainerKey(typeText):
		return t, invalidTag("in the type %q, a map's key is a container: Go has no such map, its keys may be bool, integers, "+
			"double, string, enums and structs", typeText)
	case commaInType:
		f := invalidTag("in the type %q, ':' must stand between key and value, because ',' splits the tag", typeText)
		meant := strings.ReplaceAll(typeText, ",", ":")
		if _, err := parseExpression(meant); err == nil {
			return t, f.proposing(t.spelled(meant))
		}
		f.inType = true
		return t, f
	case typeText != "":
		var err error
		if t.expression, err = parseExpression(typeText); err != nil {
			f := invalidTag("in the type %q, %v", typeText, err)
			f.inType = true
			return t, f
		}
	}
	return t, optionError
}

// hasContainerKey reports whether a type, which need not be valid, has a map whose key is a list, a set or a map.
func hasContainerKey(typeText string) bool {
	compact := strings.Join(strings.Fields(typeText), "")
	for _, kind := range []Kind{List, Set, Map} {
		if strings.Contains(compact, "map<"+kind.String()+"<") {
			return true
		}
	}
	return false
}

// parseID reads the id from the first part.
func (t *tag) parseID(parts []string) *fault {
	if len(parts) > 0 {
		if id, ok := parseID(parts[0]); ok {
			t.id = id
			return nil
		}
	}
	if t.language == thriftLanguage {
		return t.thriftIDError(parts)
	}
	if parts[0] == "" {
		return invalidTag("the id is missing: the form is %s", forms[frugalLanguage])
	}
	if len(parts) > 1 {
		if _, ok := parseID(parts[1]); ok {
			return invalidTag("a frugal tag begins with the id, not with a name such as %q", parts[0]).
				proposing(strings.Join(parts[1:], ","))
		}
	}
	return badID(parts[0])
}

// forms are the tag languages.
var forms = map[string]string{
	frugalLanguage: `frugal:"<id>,<requiredness>,<type>,<option>"`,
	thriftLanguage: `thrift:"<name>,<id>,<requiredness>,<type>,<option>"`,
}

func (t *tag) thriftIDError(parts []string) *fault {
	if _, ok := parseID(t.name); ok {
		return invalidTag("a thrift tag begins with the field's name, the id comes second").
			proposing(strings.Join(append([]string{t.field, t.name}, parts...), ","))
	}
	if len(parts) == 0 || parts[0] == "" {
		return invalidTag("the id is missing: the form is %s", forms[thriftLanguage])
	}
	return badID(parts[0])
}

func badID(text string) *fault {
	return invalidTag("the id %q is not a decimal number from 0 to 65535", text)
}

// parseID reads decimal digits only: no sign, no underscores.
func parseID(text string) (uint16, bool) {
	id, err := strconv.ParseUint(text, 10, 16)
	return uint16(id), err == nil
}

// parseRequiredness reads the part after the id, if there is one; an empty part counts as none.
func (t *tag) parseRequiredness(parts []string) *fault {
	if len(parts) == 0 || parts[0] == "" {
		return nil
	}
	t.hasRequiredness = true
	for _, r := range []Requiredness{Default, RequiredField, Optional} {
		if parts[0] == r.String() {
			t.requiredness = r
			return nil
		}
	}
	f := invalidTag("the requiredness %q is none of default, required and optional", parts[0])
	if meant := meantWord(parts[0], "default", "required", "optional"); meant != "" {
		return f.proposing(t.start() + strings.Join(append([]string{meant}, parts[1:]...), ","))
	}
	if e, err := parseExpression(parts[0]); err == nil && e.kind != 0 && len(parts) == 1 {
		return f.proposing(t.start() + "default," + e.String())
	}
	return f
}

// parseOptions reads what follows the type.
func (t *tag) parseOptions(typeText string, options []string) *fault {
	for _, option := range options {
		if option == "nocopy" && !t.noCopy {
			t.noCopy = true
			continue
		}
		f := invalidTag("the option %q is not known, the only one is nocopy", option)
		switch {
		case option == "nocopy":
			f.reason = "the option nocopy is given twice"
		case option == "":
			f.reason = "a comma that no option follows"
		case meantWord(strings.ReplaceAll(strings.ReplaceAll(option, "-", ""), "_", ""), "nocopy") != "":
			t.noCopy = true
		default:
			return f
		}
		return f.proposing(t.spelled(typeText))
	}
	return nil
}

// joinType takes a type that was split at the commas in its angle brackets together again.
func joinType(parts []string) (typeText string, options []string, joined bool) {
	for end := 1; end <= len(parts); end++ {
		text := strings.Join(parts[:end], ",")
		if strings.Count(text, "<") <= strings.Count(text, ">") {
			return text, parts[end:], end > 1
		}
	}
	return parts[0], parts[1:], false
}

// meantWord returns the one of words that text abbreviates or writes in other letters' case; "" if none.
func meantWord(text string, words ...string) string {
	lower := strings.ToLower(text)
	for _, word := range words {
		if len(lower) >= 3 && (strings.HasPrefix(word, lower) || strings.HasPrefix(lower, word)) {
			return word
		}
	}
	return ""
}

// start returns the tag up to the requiredness.
func (t *tag) start() string {
	start := strconv.Itoa(int(t.id)) + ","
	if t.language == thriftLanguage {
		start = t.name + "," + start
	}
	return start
}

// spelled returns the text of this tag with another type in it, "" for none.
func (t *tag) spelled(typeText string) string {
	text := t.start() + t.requiredness.String()
	if typeText != "" || t.noCopy {
		text += "," + typeText
	}
	if t.noCopy {
		text += ",nocopy"
	}
	return text
}

// withTypes returns this tag with each of the types in it.
func (t *tag) withTypes(types []string) []string {
	var tags []string
	for _, text := range types {
		tags = append(tags, t.spelled(text))
	}
	return tags
}

// quoteTag returns a tag as a struct would have it.
func quoteTag(language, text string) string { return language + ":" + strconv.Quote(text) }

// shownTag returns a tag as errors show it.
func shownTag(language, text string) string {
	return "tag " + codec.Shorten(quoteTag(language, text), 2*mostTagBytes)
}
