package validate

import (
	"cmp"
	"math"
	"reflect"
	"strings"
	"unsafe"
)

// class is what a value is to a rule.
type class uint8

const (
	whole    class = iota + 1 // an int64
	unsigned                  // a uint64
	real                      // a float64
	truth                     // a bool
	text                      // a string, or a binary
	sized                     // a container, of which only the length counts
)

var classNames = [...]string{whole: "a whole number", unsigned: "a whole number", real: "a number", truth: "a bool", text: "a string", sized: "a container"}

func (c class) String() string { return classNames[c] }

func (c class) isWhole() bool  { return c == whole || c == unsigned }
func (c class) isNumber() bool { return c.isWhole() || c == real }

// datum is a value that rules work on. A datum of a string or a binary refers to its bytes.
type datum struct {
	class class
	bits  uint64 // of a number or a bool; the length of a container
	text  string
}

func wholeDatum(n int64) datum     { return datum{class: whole, bits: uint64(n)} }
func unsignedDatum(n uint64) datum { return datum{class: unsigned, bits: n} }
func realDatum(f float64) datum    { return datum{class: real, bits: math.Float64bits(f)} }
func textDatum(s string) datum     { return datum{class: text, text: s} }
func sizedDatum(length int) datum  { return datum{class: sized, bits: uint64(length)} }
func (d datum) isTrue() bool       { return d.bits != 0 }
func (d datum) isFinite() bool     { f := d.float(); return !math.IsNaN(f) && !math.IsInf(f, 0) }
func truthDatum(b bool) (d datum) {
	d.class = truth
	if b {
		d.bits = 1
	}
	return d
}

// float returns a number as a float64.
func (d datum) float() float64 {
	switch d.class {
	case whole:
		return float64(int64(d.bits))
	case unsigned:
		return float64(d.bits)
	}
	return math.Float64frombits(d.bits)
}

// size returns the length of a string, in bytes, or of a container.
func (d datum) size() datum {
	if d.class == text {
		return wholeDatum(int64(len(d.text)))
	}
	return wholeDatum(int64(d.bits))
}

// isZero reports whether d is zero, false or empty.
func (d datum) isZero() bool {
	switch d.class {
	case text:
		return d.text == ""
	case real:
		return d.float() == 0
	}
	return d.bits == 0
}

// order compares two numbers, strings or bools. NaN has no order.
func order(a, b datum) (sign int, ordered bool) {
	switch {
	case a.class == text:
		return strings.Compare(a.text, b.text), true
	case a.class == real || b.class == real:
		x, y := a.float(), b.float()
		return cmp.Compare(x, y), x == x && y == y
	case a.class == whole && b.class == whole:
		return cmp.Compare(int64(a.bits), int64(b.bits)), true
	case a.class == whole && int64(a.bits) < 0:
		return -1, true
	case b.class == whole && int64(b.bits) < 0:
		return 1, true
	}
	return cmp.Compare(a.bits, b.bits), true
}

func equal(a, b datum) bool {
	sign, ordered := order(a, b)
	return ordered && sign == 0
}

// interfaceValue returns d as an any for errors and for sprintf.
func (d datum) interfaceValue() any {
	switch d.class {
	case whole:
		return int64(d.bits)
	case unsigned, sized:
		return d.bits
	case real:
		return d.float()
	case truth:
		return d.isTrue()
	}
	return d.text
}

// classOf returns the class of values of a type, zero if rules do not read them.
func classOf(t reflect.Type) class {
	switch kind := t.Kind(); {
	case kind == reflect.Bool:
		return truth
	case reflect.Int <= kind && kind <= reflect.Int64:
		return whole
	case reflect.Uint <= kind && kind <= reflect.Uint64:
		return unsigned
	case kind == reflect.Float32 || kind == reflect.Float64:
		return real
	case kind == reflect.String, isBinary(t):
		return text
	case kind == reflect.Slice || kind == reflect.Map:
		return sized
	}
	return 0
}

func isBinary(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// sliceHeader is a slice as the runtime has it.
type sliceHeader struct {
	data   unsafe.Pointer
	length int
	_      int
}

// load reads a value of a kind that has a class. at points to one, in memory that the caller keeps alive; a slice is read as bytes.
func load(kind reflect.Kind, at unsafe.Pointer) datum {
	switch kind {
	case reflect.Bool:
		return truthDatum(*(*bool)(at))
	case reflect.Int:
		return wholeDatum(int64(*(*int)(at)))
	case reflect.Int8:
		return wholeDatum(int64(*(*int8)(at)))
	case reflect.Int16:
		return wholeDatum(int64(*(*int16)(at)))
	case reflect.Int32:
		return wholeDatum(int64(*(*int32)(at)))
	case reflect.Int64:
		return wholeDatum(*(*int64)(at))
	case reflect.Uint:
		return unsignedDatum(uint64(*(*uint)(at)))
	case reflect.Uint8:
		return unsignedDatum(uint64(*(*uint8)(at)))
	case reflect.Uint16:
		return unsignedDatum(uint64(*(*uint16)(at)))
	case reflect.Uint32:
		return unsignedDatum(uint64(*(*uint32)(at)))
	case reflect.Uint64:
		return unsignedDatum(*(*uint64)(at))
	case reflect.Float32:
		return realDatum(float64(*(*float32)(at)))
	case reflect.Float64:
		return realDatum(*(*float64)(at))
	case reflect.String:
		return textDatum(*(*string)(at))
	}
	// The bytes of the slice live as long as the value that holds it, which is being checked.
	binary := *(*[]byte)(at)
	return textDatum(unsafe.String(unsafe.SliceData(binary), len(binary)))
}
