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

// enum is a named type of whole numbers, of 32 bits or more, that has a method String.
type enum struct {
	typ            reflect.Type
	unknown, below string // what String returns for the number unnamed, and for its negative
	defined        [lastAsked - firstAsked + 1]bool
}

// namesOf returns the enum that a type is, nil if it is none.
func namesOf(t reflect.Type) *enum {
	isEnum := classOf(t).isWhole() && t.Name() != "" && t.Bits() >= 32 && reflect.PointerTo(t).Implements(reflect.TypeFor[fmt.Stringer]())
	if !isEnum {
		return nil
	}
	return &enum{typ: t}
}

// learn asks for the names of numbers around zero.
func (e *enum) learn() {
	e.unknown, e.below = e.text(unnamed), e.text(-unnamed)
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
	unknown, digits := e.unknown, strconv.Itoa(unnamed)
	if n < 0 {
		unknown, digits = e.below, strconv.Itoa(-unnamed)
	}
	return text == "" || text == strings.ReplaceAll(unknown, digits, strconv.FormatInt(n, 10))
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
