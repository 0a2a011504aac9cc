package descriptor

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tagwire/tagwire/schema"
)

// defaultOf returns the default of a field as files spell it; nil if its tag does not fit its type.
func (d *draft) defaultOf(made *FieldDescriptorProto, f *schema.Field) *string {
	text := *f.Said.Default
	var err error
	switch made.Type {
	case typeBool: // which tags spell as a number
		var value bool
		if value, err = strconv.ParseBool(text); err == nil {
			text = strconv.FormatBool(value)
		}
	case typeInt32, typeSint32, typeSfixed32:
		_, err = strconv.ParseInt(text, 10, 32)
	case typeInt64, typeSint64, typeSfixed64:
		_, err = strconv.ParseInt(text, 10, 64)
	case typeUint32, typeFixed32:
		_, err = strconv.ParseUint(text, 10, 32)
	case typeUint64, typeFixed64:
		_, err = strconv.ParseUint(text, 10, 64)
	case typeFloat, typeDouble:
		if text != "inf" && text != "-inf" && text != "nan" {
			_, err = strconv.ParseFloat(text, 64)
		}
	case typeString:
		if !utf8.ValidString(text) {
			return nil
		}
	case typeBytes:
		text = escape(text)
	default:
		return nil // a message has none, and that of an enum is a number, whose name is not certain
	}
	if err != nil {
		return nil
	}
	return &text
}

// escape spells bytes as files do.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\\' || c == '"' || c == '\'':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
