package validate

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tagwire/tagwire/schema"
)

// The oracle is what the plan is compared with: an interpreter that reads each tag anew and walks values by reflection, and knows
// nothing of plans, of data, or of the tables of words and functions.

// oracle returns what is broken in a struct, as "path rule", sorted. It does not end for values that contain themselves.
func oracle(v any) []string {
	var found []string
	oracleStruct(reflect.Indirect(reflect.ValueOf(v)), "", &found)
	slices.Sort(found)
	return found
}

func oracleStruct(s reflect.Value, path string, found *[]string) {
	t := s.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _, err := schema.LookupTag(f.Tag, "vt")
		if err != nil {
			panic(err)
		}
		var rules []written
		if tag != "" {
			parsed, wrong := parse(tag)
			if wrong != nil {
				panic(wrong.text)
			}
			rules = parsed
		}
		at := joined(path, nameOf(f))
		var own []written
		for _, r := range rules {
			if r.word != "assert" {
				own = append(own, r)
				continue
			}
			if f.Name == "_" {
				at = path
			}
			if value, state := oracleValue(r.values[0], s); state == "out of range" || state == "" && value != true {
				*found = append(*found, at+" "+r.text)
			}
		}
		if f.IsExported() {
			oracleAny(s.Field(i), at, own, s, found)
		}
	}
}

func joined(path, step string) string {
	if path == "" || step == "" {
		return path + step
	}
	return path + "." + step
}

// within returns the rules for a place.
func within(rules []written, place string) (inner []written) {
	for _, r := range rules {
		if len(r.places) > 0 && r.places[0] == place {
			r.places = r.places[1:]
			inner = append(inner, r)
		}
	}
	return inner
}

func oracleAny(v reflect.Value, path string, rules []written, scope reflect.Value, found *[]string) {
	own, skip := []written{}, false
	for _, r := range rules {
		if len(r.places) == 0 && !(len(r.values) == 1 && words[r.word].takes == takesFlag && r.values[0].text == "false") {
			own = append(own, r)
			skip = skip || r.word == "skip"
		}
	}
	has := func(word string) bool {
		return slices.ContainsFunc(own, func(r written) bool { return r.word == word })
	}
	pointer := v.Kind() == reflect.Pointer
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	nilable := slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface}, v.Kind())
	emptied := v.Kind() == reflect.Interface && v.Elem().Kind() == reflect.Pointer && v.Elem().IsNil()
	if nilable && (v.IsNil() || emptied) && (has("not_nil") || has("required") || v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		if has("not_nil") {
			*found = append(*found, path+" not_nil")
		} else if has("required") {
			*found = append(*found, path+" required")
		}
		return
	}
	for _, r := range own {
		if !oracleRule(v, r, scope, pointer) {
			*found = append(*found, path+" "+r.text)
		}
	}
	switch {
	case v.Kind() == reflect.Struct && !skip:
		oracleStruct(v, path, found)
	case v.Kind() == reflect.Interface && !skip:
		if e := v.Elem(); e.Kind() == reflect.Pointer && e.Type().Elem().Kind() == reflect.Struct {
			oracleStruct(e.Elem(), path, found)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		for i := range v.Len() {
			at := path + "[" + strconv.Itoa(i) + "]"
			if has("unique") {
				for j := range i {
					if v.Index(j).Interface() == v.Index(i).Interface() {
						*found = append(*found, at+" unique")
						break
					}
				}
			}
			oracleAny(v.Index(i), at, within(rules, "elem"), scope, found)
		}
	case v.Kind() == reflect.Map:
		for _, key := range v.MapKeys() {
			at := path + "[" + oracleKey(key) + "]"
			oracleAny(key, at, within(rules, "key"), scope, found)
			value := v.MapIndex(key)
			if has("no_sparse") && value.IsNil() {
				*found = append(*found, at+" no_sparse")
				continue
			}
			oracleAny(value, at, within(rules, "value"), scope, found)
		}
	}
}

func oracleKey(key reflect.Value) string {
	if key.Kind() == reflect.String {
		return strconv.Quote(key.String()[:min(key.Len(), mostShown)])
	}
	return fmt.Sprint(key.Interface())
}

// oracleRule reports whether a value that is there keeps a rule.
func oracleRule(v reflect.Value, r written, scope reflect.Value, pointer bool) bool {
	size, text := 0, ""
	switch {
	case v.Kind() == reflect.String:
		size, text = v.Len(), v.String()
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		size, text = v.Len(), string(v.Bytes())
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Map:
		size = v.Len()
	}
	switch r.word {
	case "not_nil", "skip", "unique", "no_sparse": // elsewhere
		return true
	case "required":
		return pointer || v.Kind() == reflect.Interface || !(v.IsZero() || size == 0 && v.Kind() >= reflect.Map)
	case "finite":
		return !math.IsNaN(v.Float()) && !math.IsInf(v.Float(), 0)
	case "defined_only":
		return v.Interface().(fmt.Stringer).String() != "<UNSET>"
	case "pattern":
		return regexp.MustCompile(r.values[0].text).MatchString(text)
	}
	any, compared := false, 0
	for _, operand := range r.values {
		var o any0
		var state string
		if operand.form == bare || operand.form == quoted {
			o = oracleLiteral(operand.text, v, r.word)
		} else if o, state = oracleValue(operand, scope); state == "out of range" {
			return false
		} else if state == "absent" {
			continue
		}
		compared++
		holds := false
		switch r.word {
		case "const", "in", "not_in":
			holds = oracleEqual(oracleRead(v), o)
		case "lt":
			holds = oracleLess(oracleRead(v), o)
		case "gt":
			holds = oracleLess(o, oracleRead(v))
		case "le":
			holds = oracleLess(oracleRead(v), o) || oracleEqual(oracleRead(v), o)
		case "ge":
			holds = oracleLess(o, oracleRead(v)) || oracleEqual(oracleRead(v), o)
		case "min_size":
			holds = !oracleLess(int64(size), o)
		case "max_size":
			holds = !oracleLess(o, int64(size))
		case "min_rune_size":
			holds = !oracleLess(int64(utf8.RuneCountInString(text)), o)
		case "max_rune_size":
			holds = !oracleLess(o, int64(len([]rune(text))))
		case "prefix":
			holds = len(text) >= len(o.(string)) && text[:len(o.(string))] == o
		case "suffix":
			holds = len(text) >= len(o.(string)) && text[len(text)-len(o.(string)):] == o
		case "contains":
			holds = strings.Contains(text, o.(string))
		case "not_contains":
			holds = !strings.Contains(text, o.(string))
		default:
			panic(r.word)
		}
		any = any || holds
	}
	if r.word == "not_in" {
		return !any
	}
	return any || compared == 0
}

type any0 = any

// oracleRead returns a value as an int64, a uint64, a float64, a bool or a string; the length of a container as a length.
func oracleRead(v reflect.Value) any {
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.CanFloat():
		return v.Float()
	case v.Kind() == reflect.Bool:
		return v.Bool()
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		return string(v.Bytes())
	}
	return length(v.Len())
}

type length int

// oracleLiteral reads a literal as a value of v's type.
func oracleLiteral(text string, v reflect.Value, word string) any {
	if strings.HasSuffix(word, "_size") {
		n, _ := strconv.ParseInt(text, 0, 64)
		return n
	}
	if _, is := v.Interface().(fmt.Stringer); is && text > "A" {
		for n := range int64(10) {
			if color(n).String() == strings.TrimPrefix(text, "color.") {
				return n
			}
		}
	}
	read := reflect.New(v.Type()).Elem()
	switch {
	case read.CanInt():
		n, _ := strconv.ParseInt(text, 0, 64)
		return n
	case read.CanUint():
		n, _ := strconv.ParseUint(text, 0, 64)
		return n
	case read.CanFloat():
		f, _ := strconv.ParseFloat(text, 64)
		read.SetFloat(f) // which rounds it
		return read.Float()
	case read.Kind() == reflect.Bool:
		return text == "true"
	}
	return text
}

func oracleFloat(v any) float64 {
	switch n := v.(type) {
	case int64:
		return float64(n)
	case uint64:
		return float64(n)
	}
	return v.(float64)
}

func oracleEqual(a, b any) bool {
	switch a.(type) {
	case string, bool:
		return a == b
	}
	return !oracleLess(a, b) && !oracleLess(b, a) && oracleFloat(a) == oracleFloat(a) && oracleFloat(b) == oracleFloat(b)
}

func oracleLess(a, b any) bool {
	_, aReal := a.(float64)
	_, bReal := b.(float64)
	if aReal || bReal {
		return oracleFloat(a) < oracleFloat(b)
	}
	switch x := a.(type) {
	case int64:
		switch y := b.(type) {
		case int64:
			return x < y
		case uint64:
			return x < 0 || uint64(x) < y
		}
	case uint64:
		switch y := b.(type) {
		case int64:
			return y > 0 && x < uint64(y)
		case uint64:
			return x < y
		}
	}
	panic(fmt.Sprintf("%T < %T", a, b))
}

// oracleValue evaluates an expression for a struct. The state is "", "absent" or "out of range".
func oracleValue(v value, scope reflect.Value) (result any, state string) {
	switch v.form {
	case quoted:
		return v.text, ""
	case bare:
		if n, err := strconv.ParseInt(v.text, 0, 64); err == nil {
			return n, ""
		}
		if f, err := strconv.ParseFloat(v.text, 64); err == nil {
			return f, ""
		}
		return v.text == "true", ""
	case reference:
		f, _ := fieldNamed(scope.Type(), v.text)
		field := scope.FieldByIndex(f.Index)
		for field.Kind() == reflect.Pointer {
			if field.IsNil() {
				return nil, "absent"
			}
			field = field.Elem()
		}
		return oracleRead(field), ""
	}
	if v.text == "count_set" {
		n := int64(0)
		for _, argument := range v.arguments {
			f, _ := fieldNamed(scope.Type(), argument.text)
			if !scope.FieldByIndex(f.Index).IsNil() {
				n++
			}
		}
		return n, ""
	}
	var a []any
	for _, argument := range v.arguments {
		value, state := oracleValue(argument, scope)
		if state != "" {
			return nil, state
		}
		a = append(a, value)
	}
	switch v.text {
	case "len":
		if n, is := a[0].(length); is {
			return int64(n), ""
		}
		return int64(len(a[0].(string))), ""
	case "equal":
		return oracleEqual(a[0], a[1]), ""
	case "sprintf":
		return fmt.Sprintf(a[0].(string), a[1:]...), ""
	case "now_unix_nano":
		return time.Now().UnixNano(), ""
	case "mod":
		if a[1].(int64) == 0 {
			return nil, "out of range"
		}
		return a[0].(int64) % a[1].(int64), ""
	}
	switch x := a[0].(type) {
	case string:
		return x + a[1].(string), ""
	case int64:
		if y, is := a[1].(int64); is {
			if total := x + y; y >= 0 && total >= x || y < 0 && total < x {
				return total, ""
			}
			return nil, "out of range"
		}
	}
	return oracleFloat(a[0]) + oracleFloat(a[1]), ""
}
