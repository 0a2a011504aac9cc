package descriptor

import (
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// defaultOf returns the default of a field from its text; nil if that does not fit its type.
func (c *converter) defaultOf(from *FieldDescriptorProto, of *definition.Type) *definition.Value {
	text := *from.DefaultValue
	made := &definition.Value{Text: text, Ref: of.Ref}
	var err error
	switch from.Type {
	case typeBool:
		made.Kind, made.Text = definition.ValueBool, ""
		made.Bool, err = strconv.ParseBool(text)
	case typeFloat, typeDouble:
		made.Kind, made.Text = definition.ValueDouble, ""
		made.Double, err = strconv.ParseFloat(text, 64)
	case typeString:
		made.Kind = definition.ValueString
	case typeBytes:
		made.Kind, made.Text = definition.ValueString, unescape(text)
	case typeEnum:
		made.Kind = definition.ValueEnum
		made.Int = int64(c.numberOf(from.TypeName, text))
	case typeUint64, typeFixed64, typeUint32, typeFixed32:
		made.Kind, made.Text = definition.ValueInt, ""
		var n uint64
		n, err = strconv.ParseUint(text, 10, 64)
		made.Int = int64(n)
	default:
		made.Kind, made.Text = definition.ValueInt, ""
		made.Int, err = strconv.ParseInt(text, 10, 64)
	}
	if err != nil {
		return nil
	}
	return made
}

// numberOf returns the number of a value of an enum.
func (c *converter) numberOf(enum, value string) int32 {
	return c.numbers[joinName(packageOf(strings.TrimPrefix(enum, ".")), value)]
}

// unescape is the reverse of escape.
func unescape(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if end := i + 3; end <= len(text) {
			if n, err := strconv.ParseUint(text[i:end], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i = end - 1
				continue
			}
		}
		if at := strings.IndexByte("abfnrtv", text[i]); at >= 0 {
			b.WriteByte("\a\b\f\n\r\t\v"[at])
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
