package schema

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

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

// tagError says what is wrong with a tag.
type tagError struct {
	reason string
	// corrections are whole tags that would be valid; none if they cannot be worked out.
	corrections []string
	// inType: the tag's type is at fault, so that the Go type tells the correction.
	inType bool
}

func (e *tagError) Error() string {
	if len(e.corrections) == 0 {
		return e.reason
	}
	return e.reason + ": write " + strings.Join(e.corrections, " or ")
}

// lookupTag returns the language and text of the tag that counts for a field, and the name that a thrift tag
// gives it.
func lookupTag(field reflect.StructField) (language, text, name string, found bool) {
	thrift, hasThrift := field.Tag.Lookup(thriftLanguage)
	if hasThrift {
		name, _, _ = strings.Cut(thrift, ",")
		name = strings.TrimSpace(name)
	}
	if frugal, ok := field.Tag.Lookup(frugalLanguage); ok {
		return frugalLanguage, frugal, name, true
	}
	return thriftLanguage, thrift, name, hasThrift
}

// parseTag parses the text of a tag. Beside an error it returns what it has understood so far.
func parseTag(language, text, field string) (*tag, *tagError) {
	t := &tag{language: language, text: text, field: field}
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
	if commaInType {
		return t, &tagError{inType: true, reason: fmt.Sprintf("in the type %q, ':' must stand between key and value, "+
			"because ',' splits the tag", typeText)}
	}
	if typeText != "" {
		var err error
		if t.expression, err = parseExpression(typeText); err != nil {
			return t, &tagError{inType: true, reason: fmt.Sprintf("in the type %q, %v", typeText, err)}
		}
	}
	return t, optionError
}

// parseID reads the id from the first part.
func (t *tag) parseID(parts []string) *tagError {
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
		return &tagError{reason: `the id is missing: the form is frugal:"<id>,<requiredness>,<type>,<option>"`}
	}
	if len(parts) > 1 {
		if _, ok := parseID(parts[1]); ok {
			return &tagError{
				reason:      fmt.Sprintf("a frugal tag begins with the id, not with a name such as %q", parts[0]),
				corrections: []string{quoteTag(frugalLanguage, strings.Join(parts[1:], ","))},
			}
		}
	}
	return badID(parts[0])
}

func (t *tag) thriftIDError(parts []string) *tagError {
	if _, ok := parseID(t.name); ok {
		return &tagError{
			reason:      "a thrift tag begins with the field's name, the id comes second",
			corrections: []string{quoteTag(thriftLanguage, strings.Join(append([]string{t.field, t.name}, parts...), ","))},
		}
	}
	if len(parts) == 0 || parts[0] == "" {
		return &tagError{reason: `the id is missing: the form is thrift:"<name>,<id>,<requiredness>,<type>,<option>"`}
	}
	return badID(parts[0])
}

func badID(text string) *tagError {
	return &tagError{reason: fmt.Sprintf("the id %q is not a decimal number from 0 to 65535", text)}
}

// parseID reads decimal digits only: no sign, no underscores.
func parseID(text string) (uint16, bool) {
	id, err := strconv.ParseUint(text, 10, 16)
	return uint16(id), err == nil
}

// parseRequiredness reads the part after the id, if there is one; an empty part counts as none.
func (t *tag) parseRequiredness(parts []string) *tagError {
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
	err := &tagError{reason: fmt.Sprintf("the requiredness %q is none of default, required and optional", parts[0])}
	rest := strings.Join(append([]string{""}, parts[1:]...), ",")
	if meant := meantWord(parts[0], "default", "required", "optional"); meant != "" {
		err.corrections = []string{quoteTag(t.language, t.start()+meant+rest)}
	} else if e, bad := parseExpression(parts[0]); bad == nil && e.kind != 0 && len(parts) == 1 {
		err.corrections = []string{quoteTag(t.language, t.start()+"default,"+e.String())}
	}
	return err
}

// parseOptions reads what follows the type.
func (t *tag) parseOptions(typeText string, options []string) *tagError {
	for _, option := range options {
		if option == "nocopy" && !t.noCopy {
			t.noCopy = true
			continue
		}
		err := &tagError{reason: fmt.Sprintf("the option %q is not known, the only one is nocopy", option)}
		switch {
		case option == "nocopy":
			err.reason = "the option nocopy is given twice"
			err.corrections = []string{t.spelled(typeText)}
		case option == "":
			err.reason = "a comma that no option follows"
			err.corrections = []string{t.spelled(typeText)}
		case meantWord(strings.ReplaceAll(strings.ReplaceAll(option, "-", ""), "_", ""), "nocopy") != "":
			t.noCopy = true
			err.corrections = []string{t.spelled(typeText)}
		}
		return err
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

// spelled returns this tag with another type in it, "" for none.
func (t *tag) spelled(typeText string) string {
	text := t.start() + t.requiredness.String()
	if typeText != "" || t.noCopy {
		text += "," + typeText
	}
	if t.noCopy {
		text += ",nocopy"
	}
	return quoteTag(t.language, text)
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
