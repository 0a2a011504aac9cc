package thrifttext

import (
	"math"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// valueText returns a value, which is that deep inside of another one.
func (w *writer) valueText(v *definition.Value, depth int) string {
	if v == nil || depth > deepest {
		w.Fault("a value is missing, or nested more than %d times", deepest)
		return ""
	}
	if named := w.constant(v.Named); named != "" {
		return named
	}
	switch v.Kind {
	case definition.ValueBool:
		return strconv.FormatBool(v.Bool)
	case definition.ValueInt:
		return strconv.FormatInt(v.Int, 10)
	case definition.ValueDouble:
		return w.double(v.Double)
	case definition.ValueString:
		return w.quoted(v.Text)
	case definition.ValueEnum:
		if v.Text == "" {
			return strconv.FormatInt(v.Int, 10)
		}
		return w.reference(v.Ref) + "." + w.name(v.Text)
	case definition.ValueList:
		parts := make([]string, len(v.List))
		for i, element := range v.List {
			parts[i] = w.valueText(element, depth+1)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case definition.ValueMap:
		parts := make([]string, len(v.Map))
		for i, entry := range v.Map {
			parts[i] = w.valueText(entry.Key, depth+1) + ": " + w.valueText(entry.Value, depth+1)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	w.Fault("a value has the kind %d, which there is not", v.Kind)
	return ""
}

// constant returns the name of a constant where it can stand for its value: Apache's compiler must have read it. It is "" otherwise.
func (w *writer) constant(named *definition.Ref) string {
	if named == nil || named.Path == w.file.Path && !w.constants[named.Name] || named.Path != w.file.Path && w.prefixes[named.Path] == "" {
		return ""
	}
	return w.reference(named)
}

func (w *writer) double(d float64) string {
	if math.IsNaN(d) || math.IsInf(d, 0) {
		w.Fault("Thrift cannot spell the number %v", d)
	}
	text := strconv.FormatFloat(d, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}
