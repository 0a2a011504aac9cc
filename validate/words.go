package validate

import (
	"strings"
	"unicode/utf8"
)

// The places that a rule may be for, other than the field itself.
const (
	placeElem  = "elem"
	placeKey   = "key"
	placeValue = "value"
)

// takes says what stands behind a word.
type takes uint8

const (
	takesFlag      takes = iota // nothing, true or false
	takesOne                    // a value of the field's own class
	takesList                   // values of the field's own class, in brackets, or one
	takesSize                   // a whole number
	takesPattern                // a regular expression
	takesAssertion              // a call that returns a bool
)

// fits says what a word may be for.
type fits uint16

const (
	fitsNumber   fits = 1 << iota // whole numbers and reals
	fitsReal                      // reals alone
	fitsEnum                      // named whole numbers with a method String
	fitsTruth                     // bools
	fitsText                      // strings and binaries
	fitsList                      // lists and sets
	fitsMap                       // maps
	fitsStruct                    // structs, and interfaces that hold pointers to them
	fitsNilable                   // what can be nil
	fitsPresence                  // what can be absent, empty or zero
	fitsAny      = ^fits(0)
)

var fitNames = []string{"numbers", "floating-point numbers", "enums with names", "bools", "strings and binaries", "lists and sets", "maps", "structs",
	"what can be nil", "what can be absent, empty or zero"}

// String lists what a word is for.
func (f fits) String() string {
	var names []string
	for i, name := range fitNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// role is how a word is checked.
type role uint8

const (
	compares   role = iota // by the function holds, with each of its operands
	matches                // by a pattern
	named                  // by the names of an enum
	isPresent              // where a value may be absent
	ofElements             // in a container
	ofStruct               // of the struct that has the field
	changes                // nothing: it changes what is checked
)

// word is what a word of tags means.
type word struct {
	fits  fits
	takes takes
	role  role
	// holds reports whether a value keeps the rule; operand is empty where the word takes a flag. Of a list, it has to hold for one
	// operand, or with none set for all of them.
	holds func(v, operand datum) bool
	none  bool
	// ofSize: errors show the size of the value.
	ofSize bool
}

// words has all words.
var words = map[string]word{
	"const":  {fits: fitsNumber | fitsTruth | fitsText, takes: takesOne, holds: equal},
	"lt":     {fits: fitsNumber, takes: takesOne, holds: func(v, o datum) bool { s, ok := order(v, o); return ok && s < 0 }},
	"le":     {fits: fitsNumber, takes: takesOne, holds: func(v, o datum) bool { s, ok := order(v, o); return ok && s <= 0 }},
	"gt":     {fits: fitsNumber, takes: takesOne, holds: func(v, o datum) bool { s, ok := order(v, o); return ok && s > 0 }},
	"ge":     {fits: fitsNumber, takes: takesOne, holds: func(v, o datum) bool { s, ok := order(v, o); return ok && s >= 0 }},
	"in":     {fits: fitsNumber | fitsText, takes: takesList, holds: equal},
	"not_in": {fits: fitsNumber | fitsText, takes: takesList, none: true, holds: func(v, o datum) bool { return !equal(v, o) }},
	"finite": {fits: fitsReal, takes: takesFlag, holds: func(v, _ datum) bool { return v.isFinite() }},

	"defined_only": {fits: fitsEnum, takes: takesFlag, role: named},

	"min_size": {fits: fitsText | fitsList | fitsMap, takes: takesSize, ofSize: true,
		holds: func(v, o datum) bool { s, _ := order(v.size(), o); return s >= 0 }},
	"max_size": {fits: fitsText | fitsList | fitsMap, takes: takesSize, ofSize: true,
		holds: func(v, o datum) bool { s, _ := order(v.size(), o); return s <= 0 }},
	"min_rune_size": {fits: fitsText, takes: takesSize, ofSize: true,
		holds: func(v, o datum) bool { s, _ := order(runes(v), o); return s >= 0 }},
	"max_rune_size": {fits: fitsText, takes: takesSize, ofSize: true,
		holds: func(v, o datum) bool { s, _ := order(runes(v), o); return s <= 0 }},

	"pattern":      {fits: fitsText, takes: takesPattern, role: matches},
	"prefix":       {fits: fitsText, takes: takesOne, holds: func(v, o datum) bool { return strings.HasPrefix(v.text, o.text) }},
	"suffix":       {fits: fitsText, takes: takesOne, holds: func(v, o datum) bool { return strings.HasSuffix(v.text, o.text) }},
	"contains":     {fits: fitsText, takes: takesOne, holds: func(v, o datum) bool { return strings.Contains(v.text, o.text) }},
	"not_contains": {fits: fitsText, takes: takesOne, holds: func(v, o datum) bool { return !strings.Contains(v.text, o.text) }},

	"not_nil":  {fits: fitsNilable, takes: takesFlag, role: isPresent},
	"required": {fits: fitsPresence, takes: takesFlag, role: isPresent},

	"no_sparse": {fits: fitsMap, takes: takesFlag, role: ofElements},
	"unique":    {fits: fitsList, takes: takesFlag, role: ofElements},

	"skip":   {fits: fitsStruct, takes: takesFlag, role: changes},
	"assert": {fits: fitsAny, takes: takesAssertion, role: ofStruct},
}

// runes returns the length of a string in runes. Each byte that is not UTF-8 counts as one.
func runes(d datum) datum { return wholeDatum(int64(utf8.RuneCountInString(d.text))) }
