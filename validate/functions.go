package validate

import (
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// function is what tags may call.
type function struct {
	arguments int // how many; sprintf takes more
	takes     string
	// result returns the class of the result for arguments of these classes, zero if it takes none of these.
	result func(arguments []class) class
	// compute returns the result for arguments of classes that result has accepted. It gets them as values, since a slice of them would
	// be allocated; those that are not there are empty. Nil for
	// functions that take any number of arguments.
	compute func(a, b datum) (datum, outcome)
}

// functions has all functions.
var functions = map[string]function{
	"len": {arguments: 1, takes: "a string or a container",
		result:  func(a []class) class { return when(a[0] == text || a[0] == sized, whole) },
		compute: func(a, _ datum) (datum, outcome) { return a.size(), known }},
	"equal": {arguments: 2, takes: "two numbers, two strings or two bools",
		result: func(a []class) class {
			return when(a[0].isNumber() && a[1].isNumber() || a[0] == a[1] && a[0] != sized, truth)
		},
		compute: func(a, b datum) (datum, outcome) { return truthDatum(equal(a, b)), known }},
	"mod": {arguments: 2, takes: "two whole numbers",
		result:  func(a []class) class { return when(a[0].isWhole() && a[1].isWhole(), sumClass(a)) },
		compute: remainder},
	"add": {arguments: 2, takes: "two numbers or two strings",
		result: func(a []class) class {
			return when(a[0].isNumber() && a[1].isNumber() || a[0] == text && a[1] == text, sumClass(a))
		},
		compute: sum},
	"now_unix_nano": {takes: "nothing",
		result:  func([]class) class { return whole },
		compute: func(_, _ datum) (datum, outcome) { return wholeDatum(time.Now().UnixNano()), known }},
	countSet: {arguments: 1, takes: "fields that can be absent",
		result: func([]class) class { return whole }},
	sprintf: {arguments: 1, takes: "a format in single quotes, and strings, numbers and bools",
		result: func(a []class) class { return when(a[0] == text && !slices.Contains(a, sized), text) }},
}

const (
	// sprintf takes any number of arguments, and allocates.
	sprintf = "sprintf"
	// countSet takes any number of fields, and not their values.
	countSet = "count_set"
)

// when returns c under a condition, or else no class.
func when(condition bool, c class) class {
	if condition {
		return c
	}
	return 0
}

// sumClass returns the class of a sum or a remainder.
func sumClass(a []class) class {
	switch {
	case a[0] == a[1]:
		return a[0]
	case a[0] == real || a[1] == real:
		return real
	}
	return whole
}

// signed returns a whole number as an int64, if it is one.
func (d datum) signed() (n int64, fits bool) {
	return int64(d.bits), d.class == whole || d.bits <= math.MaxInt64
}

func sum(a, b datum) (datum, outcome) {
	switch {
	case a.class == text:
		return textDatum(a.text + b.text), known
	case a.class == real || b.class == real:
		return realDatum(a.float() + b.float()), known
	case a.class == unsigned && b.class == unsigned:
		total, carry := bits.Add64(a.bits, b.bits, 0)
		return checked(unsignedDatum(total), carry == 0)
	}
	x, xFits := a.signed()
	y, yFits := b.signed()
	total := x + y
	return checked(wholeDatum(total), xFits && yFits && (total < x) == (y < 0))
}

func remainder(a, b datum) (datum, outcome) {
	if b.bits == 0 {
		return datum{}, failed
	}
	if a.class == unsigned && b.class == unsigned {
		return unsignedDatum(a.bits % b.bits), known
	}
	x, xFits := a.signed()
	y, yFits := b.signed()
	return checked(wholeDatum(x%y), xFits && yFits)
}

func checked(d datum, right bool) (datum, outcome) {
	if right {
		return d, known
	}
	return datum{}, failed
}

// callExpression returns the expression of a call.
func callExpression(v value, scope reflect.Type) (*expression, *tagError) {
	f, found := functions[v.text]
	if !found {
		return nil, &tagError{address: v.address, text: fmt.Sprintf("there is no function %s", v.text), unknown: true}
	}
	if n := len(v.arguments); n < f.arguments || n > f.arguments && f.compute != nil {
		return nil, &tagError{address: v.address, text: fmt.Sprintf("%s takes %s, not %d arguments", v.text, f.takes, n)}
	}
	if v.text == countSet {
		return countExpression(v, scope)
	}
	arguments, classes := make([]*expression, len(v.arguments)), make([]class, len(v.arguments))
	for i, a := range v.arguments {
		e, err := compute(a, scope)
		if err != nil {
			return nil, err
		}
		arguments[i], classes[i] = e, e.class
	}
	result := f.result(classes)
	if result == 0 {
		return nil, &tagError{address: v.address, text: fmt.Sprintf("%s takes %s", v.text, f.takes)}
	}
	if v.text == sprintf {
		return formatExpression(v, arguments)
	}
	return &expression{class: result, evaluate: func(base unsafe.Pointer) (datum, outcome) {
		var values [2]datum
		for i, a := range arguments {
			d, outcome := a.value(base)
			if outcome != known {
				return datum{}, outcome
			}
			values[i] = d
		}
		return f.compute(values[0], values[1])
	}}, nil
}

// widthOfArgument is what makes an argument the width of another one, and so how long the text is.
var widthOfArgument = regexp.MustCompile(`%[^%a-zA-Z]*\*`)

// formatExpression returns the expression of a call of sprintf. It refuses a format that a field has, since a peer could choose it, and one
// that is not for these arguments.
func formatExpression(v value, arguments []*expression) (*expression, *tagError) {
	layout := v.arguments[0]
	if layout.form != quoted {
		return nil, &tagError{address: layout.address, text: "the format of sprintf stands in single quotes", unknown: true}
	}
	if widthOfArgument.MatchString(layout.text) {
		return nil, &tagError{address: layout.address, text: "a width or a precision stands in the format, and is no argument"}
	}
	arguments = arguments[1:]
	zeros := make([]any, len(arguments))
	for i, a := range arguments {
		zeros[i] = datum{class: a.class}.interfaceValue()
	}
	if made := fmt.Sprintf(layout.text, zeros...); strings.Contains(made, "%!") {
		return nil, &tagError{address: layout.address, text: fmt.Sprintf("the format %q is not for these arguments: it makes %q", layout.text, made)}
	}
	return &expression{class: text, evaluate: func(base unsafe.Pointer) (datum, outcome) {
		values := make([]any, len(arguments))
		for i, a := range arguments {
			d, outcome := a.value(base)
			if outcome != known {
				return datum{}, outcome
			}
			values[i] = d.interfaceValue()
		}
		return textDatum(fmt.Sprintf(layout.text, values...)), known
	}}, nil
}

// countExpression returns the expression of a call of count_set: how many of some fields of the struct are not nil.
func countExpression(v value, scope reflect.Type) (*expression, *tagError) {
	var offsets []uintptr
	for _, a := range v.arguments {
		field, found := reflect.StructField{}, false
		if a.form == reference {
			field, found = fieldNamed(scope, a.text)
		}
		switch {
		case a.form != reference:
			return nil, &tagError{address: a.address, text: countSet + " takes fields, as in @count_set($A,$B)"}
		case !found:
			return nil, &tagError{address: a.address, text: fmt.Sprintf("%s has no field %s", schema.StructName(scope), a.text)}
		case !isNilable(field.Type):
			return nil, &tagError{address: a.address, text: fmt.Sprintf("the field %s of type %s is never absent", a.text, codec.TypeText(field.Type))}
		}
		offsets = append(offsets, field.Offset)
	}
	return &expression{class: whole, evaluate: func(base unsafe.Pointer) (datum, outcome) {
		n := int64(0)
		for _, offset := range offsets {
			// The first word of a pointer, a slice, a map or an interface is zero only where it is nil. It is inside of the struct, which the
			// caller keeps alive.
			if *(*unsafe.Pointer)(unsafe.Add(base, offset)) != nil {
				n++
			}
		}
		return wholeDatum(n), known
	}}, nil
}
