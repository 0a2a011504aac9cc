package validate

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/codec"
)

// mostShown is how many bytes of a string or a binary an error has.
const mostShown = 128

// What the text of an error has of paths and rules: a peer chooses how deep values are nested and what the keys of maps are.
const (
	mostPath = 256
	mostRule = 1024
)

// Error is a value that breaks a rule.
type Error struct {
	// Path leads to the value, such as "items[3].price" or `prices["eur"]`: by the names that thrift and protobuf tags give to fields, or
	// else by their names in Go. It is empty for the struct itself.
	Path string
	// Rule is the rule as the tag has it, without elem, key and value before it, such as "max_size=30".
	Rule string
	// Value is a copy of the value: an int64, a uint64, a float64, a bool, or a string, also for a binary, of which it has at most the
	// first 128 bytes. For rules of sizes it is the size, an int64. It is nil for what is nil, and for rules of structs.
	Value any
	// Detail says more, such as what a reference in the rule stood for; it may be empty.
	Detail string
}

// Error returns one line with path, value and rule, of which long ones are cut.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("tagwire: ")
	if e.Path == "" {
		b.WriteString("the struct")
	} else {
		b.WriteString(codec.Shorten(e.Path, mostPath))
	}
	switch v := e.Value.(type) {
	case nil:
	case string:
		b.WriteString(" is ")
		b.WriteString(strconv.Quote(v))
		b.WriteString(" and")
	default:
		fmt.Fprintf(&b, " is %v and", v)
	}
	b.WriteString(" breaks the rule ")
	b.WriteString(codec.Shorten(e.Rule, mostRule))
	if e.Detail != "" {
		b.WriteString(" (")
		b.WriteString(e.Detail)
		b.WriteByte(')')
	}
	return b.String()
}

// shown returns what an error has of a value.
func (d datum) shown() any {
	if d.class == text {
		return strings.Clone(d.text[:min(len(d.text), mostShown)])
	}
	return d.interfaceValue()
}

// TagError is what is wrong with a vt tag. The error of [Of] has one for each.
type TagError struct {
	// Struct and Field are names in Go.
	Struct, Field string
	// Tag is the tag, and Offset where it is wrong, in bytes.
	Tag    string
	Offset int
	// Rule is the word of the rule that is wrong; empty if the tag cannot be read.
	Rule string
	// Reason says what is wrong.
	Reason string
	// Unknown says that the tag has a place, a rule or a function that there is not, or a field where only a text may be: what
	// other validators may have.
	Unknown bool
}

// Error returns one line.
func (e *TagError) Error() string {
	rule := ""
	if e.Rule != "" {
		rule = "rule " + e.Rule + ": "
	}
	return fmt.Sprintf("%s.%s: vt tag %q, byte %d: %s%s", e.Struct, e.Field, codec.Shorten(e.Tag, mostShown), e.Offset+1, rule, e.Reason)
}
