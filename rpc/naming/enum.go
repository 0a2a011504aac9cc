package naming

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Numbers whose names are asked for: from 0 to MostNamed, and from -1 down to -mostNegative.
const (
	MostNamed    = 1023
	mostNegative = 64
	// unnamed is a number that no enum names. What its String returns is how an unknown number looks.
	unnamed = 1_000_003_917
)

// EnumValue is a number that has a name.
type EnumValue struct {
	Name   string
	Number int32
}

// EnumValues returns the names that the method String gives to numbers of type t, which is one of whole numbers: from 0 up, and from -1 down.
// Each is an identifier, and no two differ in capitals and underlines alone. There are none if t has no such method.
func EnumValues(t reflect.Type) []EnumValue {
	v := reflect.New(t)
	stringer, has := v.Interface().(fmt.Stringer)
	if !has {
		return nil
	}
	var values []EnumValue
	seen := map[string]bool{}
	prefix := Plain(Identifier(t.Name()))
	above, below := textOf(stringer, v.Elem(), unnamed), textOf(stringer, v.Elem(), -unnamed)
	add := func(number int, unknown, digits string) {
		text := textOf(stringer, v.Elem(), number)
		// A text for all numbers without a name may be the name of zero.
		if text == strings.ReplaceAll(unknown, digits, strconv.Itoa(number)) && (number != 0 || strings.Contains(unknown, digits)) {
			return
		}
		name := strings.NewReplacer(" ", "_", "-", "_", ".", "_", "/", "_").Replace(text)
		plain := Plain(name)
		short := strings.TrimPrefix(plain, prefix)
		if !IsIdentifier(name) || seen[plain] || seen[short] {
			return
		}
		seen[plain], seen[short] = true, true
		values = append(values, EnumValue{name, int32(number)})
	}
	for i := range MostNamed + 1 {
		add(i, above, fmt.Sprint(unnamed))
	}
	for i := -1; i >= -mostNegative; i-- {
		add(i, below, fmt.Sprint(-unnamed))
	}
	return values
}

// textOf returns what the method String returns for a number in place of that of v, to which text refers; "" if it panics.
func textOf(text fmt.Stringer, v reflect.Value, number int) (name string) {
	defer func() {
		if recover() != nil {
			name = ""
		}
	}()
	v.SetInt(int64(number))
	return text.String()
}
