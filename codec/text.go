package codec

import (
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// Texts of errors are read by people and go into logs, whatever a type or a tag looks like: what they show of those is cut.
const (
	// mostTextBytes is what an error shows of a Go type or a word from a tag, MaxNameBytes of a name in its path.
	mostTextBytes = 256
	MaxNameBytes  = 128
)

// TypeText returns a Go type as errors show it: cut if it is long, as the types of structs made at run time are.
func TypeText(t reflect.Type) string {
	if t == nil {
		return "nil"
	}
	return Shorten(t.String(), mostTextBytes)
}

// Shorten returns the start of a text that is longer than most bytes, with its length.
func Shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "… (" + strconv.Itoa(len(text)) + " bytes)"
}

// Sprintf is fmt.Sprintf for errors: types, texts and errors among the arguments are cut.
func Sprintf(format string, arguments ...any) string {
	shown := make([]any, len(arguments))
	for i, argument := range arguments {
		switch a := argument.(type) {
		case reflect.Type:
			argument = TypeText(a)
		case string:
			argument = Shorten(a, mostTextBytes)
		case error:
			argument = Shorten(a.Error(), 2*mostTextBytes)
		}
		shown[i] = argument
	}
	return fmt.Sprintf(format, shown...)
}
