package validate

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

// Numbers whose names are asked for when a type is compiled. Of others the method String is asked each time.
const (
	firstAsked = -64
	lastAsked  = 1023
	// unnamed is a number that no enum has. What its String returns is how a number without a name looks.
	unnamed = 1_000_003_917
)

// enum is a named type of whole numbers, signed or of 32 bits, that has a method String. Types of fewer bits are none: String may have a name for
// each number.
type enum struct {
	typ            reflect.Type
	unknown, below nameless // of numbers from zero up, and below zero
	defined        [lastAsked - firstAsked + 1]bool
}

// nameless is the text that String makes of numbers without a name: the same for all, or with the digits of the number.
type nameless struct {
	text           string
	numbered       bool
	before, behind string // the digits
}

func newNameless(text string, n int64) (u nameless) {
	u.text = text
	u.before, u.behind, u.numbered = strings.Cut(text, strconv.FormatInt(n, 10))
	return u
}

// matches reports whether a text is that of the number n without a name.
func (u *nameless) matches(text string, n int64) bool {
	if !u.numbered {
		return text == u.text
	}
	var buffer [20]byte // for the digits and the sign of any number
	digits := strconv.AppendInt(buffer[:0], n, 10)
	middle := len(text) - len(u.before) - len(u.behind)
	return middle == len(digits) && strings.HasPrefix(text, u.before) && strings.HasSuffix(text, u.behind) &&
		text[len(u.before):len(u.before)+middle] == string(digits)
}

// namesOf returns the enum that a type is, nil if it is none.
func namesOf(t reflect.Type) *enum {
	c := classOf(t)
	if !c.isWhole() || t.Name() == "" || t.Bits() < 32 || c == unsigned && t.Bits() > 32 {
		return nil
	}
	if !reflect.PointerTo(t).Implements(reflect.TypeFor[fmt.Stringer]()) {
		return nil
	}
	return &enum{typ: t}
}

// learn asks for the names of numbers around zero.
func (e *enum) learn() {
	e.unknown, e.below = newNameless(e.text(unnamed), unnamed), newNameless(e.text(-unnamed), -unnamed)
	for i := range e.defined {
		n := int64(i + firstAsked)
		e.defined[i] = !e.looksUnknown(n, e.text(n))
	}
}

// text returns what String returns for a number; "" if it panics.
func (e *enum) text(n int64) (name string) {
	defer func() {
		if recover() != nil {
			name = ""
		}
	}()
	v := reflect.New(e.typ)
	if classOf(e.typ) == unsigned {
		v.Elem().SetUint(uint64(n))
	} else {
		v.Elem().SetInt(n)
	}
	return v.Interface().(fmt.Stringer).String()
}

// looksUnknown reports whether a text is that of a number without a name.
func (e *enum) looksUnknown(n int64, text string) bool {
	unknown := &e.unknown
	if n < 0 {
		unknown = &e.below
	}
	return text == "" || unknown.matches(text, n)
}

// has reports whether the number at an address, which is a value of the type, has a name.
func (e *enum) has(n int64, at unsafe.Pointer) (found bool) {
	if firstAsked <= n && n <= lastAsked {
		return e.defined[n-firstAsked]
	}
	defer func() {
		if recover() != nil {
			found = false
		}
	}()
	// at points to a value of the type, which the caller keeps alive.
	return !e.looksUnknown(n, reflect.NewAt(e.typ, at).Interface().(fmt.Stringer).String())
}

// number returns the number of a name: as UnmarshalText says, or else the one around zero that String gives the name to.
func (e *enum) number(name string) (n int64, found bool) {
	if n, known := e.unmarshal(name); known && e.text(n) == name {
		return n, true
	}
	for n := int64(0); n <= lastAsked; n++ {
		if e.text(n) == name {
			return n, true
		}
	}
	for n := int64(-1); n >= firstAsked; n-- {
		if e.text(n) == name {
			return n, true
		}
	}
	return 0, false
}

func (e *enum) unmarshal(name string) (n int64, known bool) {
	defer func() {
		if recover() != nil {
			known = false
		}
	}()
	v := reflect.New(e.typ)
	u, is := v.Interface().(encoding.TextUnmarshaler)
	if !is || u.UnmarshalText([]byte(name)) != nil {
		return 0, false
	}
	if classOf(e.typ) == unsigned {
		return int64(v.Elem().Uint()), true
	}
	return v.Elem().Int(), true
}
