package nethttp

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tagwire/tagwire/schema"
)

// encoder appends JSON to out.
type encoder struct {
	plans plans
	out   []byte
}

// value appends a value of type t. A nil pointer is one to a struct: what may be absent does not come here. It stands for a struct
// without fields, as it does in Thrift.
func (e *encoder) value(t *schema.Type, v reflect.Value, depth int) *valueError {
	if t.Pointer {
		if v.IsNil() {
			if t.Struct.NeverEmpty {
				return fault("nil is a struct without fields, and %s has required ones", t.Struct.Name)
			}
			e.out = append(e.out, "{}"...)
			return nil
		}
		v = v.Elem()
	}
	switch t.Kind {
	case schema.Bool:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case schema.I8, schema.I16, schema.I32, schema.I64:
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	case schema.Enum:
		if n := v.Int(); n != int64(int32(n)) {
			return fault("the enum is %d, which has more than 32 bits", n)
		}
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	case schema.Double:
		return e.double(v.Float())
	case schema.String:
		e.out = appendString(e.out, v.String())
	case schema.Binary:
		e.out = append(e.out, '"')
		e.out = base64.StdEncoding.AppendEncode(e.out, v.Bytes())
		e.out = append(e.out, '"')
	default:
		return e.composite(t, v, depth+1)
	}
	return nil
}

func (e *encoder) composite(t *schema.Type, v reflect.Value, depth int) *valueError {
	switch {
	case depth > maxDepth:
		return fault("the value nests more than %d levels deep", maxDepth)
	case t.Kind == schema.Struct:
		return e.object(e.plans[t.Struct], v, depth)
	case t.Kind == schema.Map:
		return e.mapping(t, v, depth)
	}
	e.out = append(e.out, '[')
	for i := range v.Len() {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.value(t.Elem, v.Index(i), depth); err != nil {
			return err.under("[" + strconv.Itoa(i) + "]")
		}
	}
	e.out = append(e.out, ']')
	return nil
}

// object appends a struct. What is nil is left out, save lists, sets and maps that are not optional: those are empty.
func (e *encoder) object(s *structPlan, v reflect.Value, depth int) *valueError {
	e.out = append(e.out, '{')
	first, present := true, 0
	for i := range s.Fields {
		f, value := &s.Fields[i], v.Field(s.index[i])
		if isAbsent(f, value) {
			if f.Requiredness == schema.RequiredField {
				return fault("the required field is nil").under("." + s.names[i])
			}
			continue
		}
		if !first {
			e.out = append(e.out, ',')
		}
		first = false
		present++
		e.out = append(e.out, s.keys[i]...)
		if err := e.value(f.Type, value, depth); err != nil {
			return err.under("." + s.names[i])
		}
	}
	if s.Union && present != 1 {
		return fault("a union has one field, and not %d", present)
	}
	e.out = append(e.out, '}')
	return nil
}

func isAbsent(f *schema.Field, v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return v.IsNil()
	case reflect.Slice, reflect.Map:
		return v.IsNil() && f.Requiredness == schema.Optional
	}
	return false
}

// mapping appends a map in the order of its keys, as package encoding/json does.
func (e *encoder) mapping(t *schema.Type, v reflect.Value, depth int) *valueError {
	type entry struct {
		key   string
		value reflect.Value
	}
	entries := make([]entry, 0, v.Len())
	for iterator := v.MapRange(); iterator.Next(); {
		key := iterator.Key()
		text := ""
		if t.Key.Kind == schema.String {
			// If it were replaced, two keys could become one.
			if text = key.String(); !utf8.ValidString(text) {
				return fault("the key %+q is not UTF-8", text[:min(len(text), 40)])
			}
		} else {
			text = strconv.FormatInt(key.Int(), 10)
		}
		entries = append(entries, entry{text, iterator.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	e.out = append(e.out, '{')
	for i, entry := range entries {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		e.out = append(appendString(e.out, entry.key), ':')
		if err := e.value(t.Elem, entry.value, depth); err != nil {
			return err.under("[" + strconv.Quote(entry.key) + "]")
		}
	}
	e.out = append(e.out, '}')
	return nil
}

func (e *encoder) double(f float64) *valueError {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fault("JSON has no number for %v", f)
	}
	data, err := json.Marshal(f)
	if err != nil {
		return fault("%v", err)
	}
	e.out = append(e.out, data...)
	return nil
}

// appendString appends a string in quotes as package encoding/json writes it, which replaces what is not UTF-8.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			data, _ := json.Marshal(s) // a string, which cannot fail
			return append(dst, data...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}
