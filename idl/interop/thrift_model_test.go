package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// What thrift-compiler's generator of JSON says of a file, and what a parsed file says, both become lines of text: one for each
// declaration, field, method, argument and exception. They have names, ids, types behind typedefs, requirednesses, values, annotations
// and documentation.

// A jsonFile is a file of that generator.
type jsonFile struct {
	Doc        string
	Namespaces map[string]string
	Includes   []string
	Enums      []struct {
		jsonDeclaration
		Members []struct {
			jsonDeclaration
			Value int64
		}
	}
	Typedefs []struct {
		jsonDeclaration
		jsonType
	}
	Structs []struct {
		jsonDeclaration
		IsException, IsUnion bool
		Fields               []jsonField
	}
	Constants []struct {
		jsonDeclaration
		jsonType
		Value json.RawMessage
	}
	Services []struct {
		jsonDeclaration
		Extends   string
		Functions []struct {
			jsonDeclaration
			ReturnTypeID string `json:"returnTypeId"`
			ReturnType   *jsonType
			Oneway       bool
			Arguments    []jsonField
			Exceptions   []jsonField
		}
	}
}

type jsonDeclaration struct {
	Name, Doc   string
	Annotations map[string]string
}

// A jsonType has the id of a type, and more in Type if it is not a scalar.
type jsonType struct {
	TypeID string `json:"typeId"`
	Type   *struct {
		Class       string
		KeyTypeID   string `json:"keyTypeId"`
		KeyType     json.RawMessage
		ValueTypeID string `json:"valueTypeId"`
		ValueType   json.RawMessage
		ElemTypeID  string `json:"elemTypeId"`
		ElemType    json.RawMessage
	}
}

type jsonField struct {
	jsonDeclaration
	jsonType
	Key      int
	Required string
	Default  json.RawMessage
}

// declarationText returns what all declarations have. Only the words of documentation are compared: thrift-compiler leaves stars where
// lines are indented in different ways.
func declarationText(doc string, annotations map[string]string) string {
	var texts []string
	for name, value := range annotations {
		texts = append(texts, name+"="+value)
	}
	sort.Strings(texts)
	return fmt.Sprintf(" %q %q", texts, strings.Fields(strings.ReplaceAll(doc, "*", " ")))
}

func (d jsonDeclaration) text() string { return declarationText(d.Doc, d.Annotations) }

func (t jsonType) text() string {
	if t.Type == nil {
		return t.TypeID
	}
	part := func(id string, more json.RawMessage) string {
		inner := jsonType{TypeID: id}
		if more != nil {
			if err := json.Unmarshal(more, &inner.Type); err != nil {
				return err.Error()
			}
		}
		return inner.text()
	}
	switch t.TypeID {
	case "map":
		return "map<" + part(t.Type.KeyTypeID, t.Type.KeyType) + "," + part(t.Type.ValueTypeID, t.Type.ValueType) + ">"
	case "list", "set":
		return t.TypeID + "<" + part(t.Type.ElemTypeID, t.Type.ElemType) + ">"
	}
	return t.Type.Class
}

func jsonValue(raw json.RawMessage) string {
	if raw == nil {
		return "none"
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return err.Error()
	}
	return anyText(value)
}

func anyText(value any) string {
	switch v := value.(type) {
	case json.Number:
		return numberText(v.String())
	case string:
		return v
	case []any:
		texts := make([]string, len(v))
		for i, element := range v {
			texts[i] = anyText(element)
		}
		return listText(texts)
	case map[string]any:
		var texts []string
		for key, element := range v {
			texts = append(texts, numberText(key)+":"+anyText(element)) // all keys are strings in JSON
		}
		slices.Sort(texts)
		return "{" + strings.Join(texts, ",") + "}"
	}
	return fmt.Sprint(value)
}

// listText returns a list; one without elements may be written as a map.
func listText(texts []string) string {
	if len(texts) == 0 {
		return "{}"
	}
	return "[" + strings.Join(texts, ",") + "]"
}

// numberText returns a number in one form, whether it is an integer or a double that is one. What is no number stays as it is.
func numberText(text string) string {
	double, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	if limit := float64(1 << 53); double == math.Trunc(double) && -limit < double && double < limit {
		return strconv.FormatInt(int64(double), 10)
	}
	return fmt.Sprintf("%.10g", double)
}

func (f jsonField) text() string {
	required := map[string]string{"req_out": "default", "required": "required", "optional": "optional"}[f.Required]
	return fmt.Sprint(f.Key, " ", f.Name, " ", f.jsonType.text(), " ", required, " ", jsonValue(f.Default), f.jsonDeclaration.text())
}

// lines returns the text of a file.
func (f jsonFile) lines() (lines []string) {
	add := func(parts ...any) { lines = append(lines, fmt.Sprint(parts...)) }
	add("file ", f.Includes, f.Namespaces, declarationText(f.Doc, nil))
	for _, e := range f.Enums {
		add("enum ", e.Name, e.text())
		for _, v := range e.Members {
			add("  ", v.Name, " ", v.Value, declarationText(v.Doc, nil)) // annotations are lacking
		}
	}
	for _, t := range f.Typedefs {
		add("typedef ", t.Name, " ", t.jsonType.text(), t.jsonDeclaration.text())
	}
	fields := func(what string, list []jsonField) {
		for _, field := range list {
			add(what, field.text())
		}
	}
	for _, s := range f.Structs {
		form := map[[2]bool]string{{false, false}: "struct ", {true, false}: "exception ", {false, true}: "union "}[[2]bool{s.IsException, s.IsUnion}]
		add(form, s.Name, s.text())
		fields("  ", s.Fields)
	}
	for _, c := range f.Constants {
		add("const ", c.Name, " ", c.jsonType.text(), " ", jsonValue(c.Value), c.jsonDeclaration.text())
	}
	for _, s := range f.Services {
		add("service ", s.Name, " ", s.Extends, s.text())
		for _, m := range s.Functions {
			result := jsonType{TypeID: m.ReturnTypeID}
			if m.ReturnType != nil {
				result = *m.ReturnType
				result.Type = m.ReturnType.Type
			}
			add("  ", m.Name, " ", result.TypeID, " ", m.Oneway, m.text())
			fields("    ", m.Arguments)
			fields("    throws ", m.Exceptions)
		}
	}
	return lines
}

// A parsed is a parsed file, for the same lines.
type parsed struct {
	*definition.Definitions
	file *definition.File
}

func (p parsed) lines() (lines []string) {
	add := func(parts ...any) { lines = append(lines, fmt.Sprint(parts...)) }
	namespaces := map[string]string{}
	for _, n := range p.file.Namespaces {
		namespaces[n.Language] = n.Name
	}
	var includes []string
	for _, i := range p.file.Includes {
		includes = append(includes, i.Prefix)
	}
	add("file ", includes, namespaces, declarationText(p.file.Doc, nil))
	for _, e := range p.file.Enums {
		add("enum ", e.Name, p.declaration(e.Doc, e.Annotations))
		for _, v := range e.Values {
			add("  ", v.Name, " ", v.Number, declarationText(v.Doc, nil))
		}
	}
	for _, t := range p.file.Typedefs {
		add("typedef ", t.Name, " ", p.typeText(t.Type), p.declaration(t.Doc, t.Annotations))
	}
	fields := func(what string, list []*definition.Field) {
		for _, f := range list {
			required := []string{"default", "required", "optional"}[f.Requiredness]
			add(what, f.ID, " ", f.Name, " ", p.typeText(f.Type), " ", required, " ", p.value(f.Default), p.declaration(f.Doc, f.Annotations))
		}
	}
	for _, s := range p.file.Structs {
		add([]string{"struct ", "union ", "exception "}[s.Form], s.Name, p.declaration(s.Doc, s.Annotations))
		fields("  ", s.Fields)
	}
	for _, c := range p.file.Constants {
		add("const ", c.Name, " ", p.typeText(c.Type), " ", p.value(c.Value), p.declaration(c.Doc, c.Annotations))
	}
	for _, s := range p.file.Services {
		extends := ""
		if s.Extends != nil {
			extends = p.named(s.Extends)
		}
		add("service ", s.Name, " ", extends, p.declaration(s.Doc, s.Annotations))
		for _, m := range s.Methods {
			result := "void"
			if m.Result != nil {
				result = p.typeID(m.Result)
			}
			add("  ", m.Name, " ", result, " ", m.Oneway, p.declaration(m.Doc, m.Annotations))
			fields("    ", m.Arguments)
			fields("    throws ", m.Throws)
		}
	}
	return lines
}

func (p parsed) declaration(doc string, annotations []definition.Annotation) string {
	values := map[string]string{}
	for _, a := range annotations {
		if a.Name != "cpp.ref" { // what the sign & becomes here
			values[a.Name] = a.Value
		}
	}
	return declarationText(doc, values)
}

// named returns the name of a reference, with a prefix if it is to another file.
func (p parsed) named(r *definition.Ref) string {
	if r.Path == p.file.Path {
		return r.Name
	}
	return strings.TrimSuffix(r.Path[strings.LastIndexByte(r.Path, '/')+1:], ".thrift") + "." + r.Name
}

var typeIDs = map[definition.Kind]string{
	definition.KindBool: "bool", definition.KindI8: "i8", definition.KindI16: "i16", definition.KindI32: "i32", definition.KindI64: "i64",
	definition.KindDouble: "double", definition.KindString: "string", definition.KindBinary: "binary", definition.KindUUID: "uuid",
	definition.KindList: "list", definition.KindSet: "set", definition.KindMap: "map", definition.KindEnum: "i32",
}

// typeID returns the word of the generator of JSON for a type.
func (p parsed) typeID(t *definition.Type) string {
	t = p.Resolve(t)
	if t.Kind == definition.KindStruct {
		return []string{"struct", "union", "exception"}[p.Struct(t.Ref).Form]
	}
	return typeIDs[t.Kind]
}

func (p parsed) typeText(t *definition.Type) string {
	t = p.Resolve(t)
	switch t.Kind {
	case definition.KindMap:
		return "map<" + p.typeText(t.Key) + "," + p.typeText(t.Elem) + ">"
	case definition.KindList, definition.KindSet:
		return typeIDs[t.Kind] + "<" + p.typeText(t.Elem) + ">"
	case definition.KindStruct:
		return p.named(t.Ref)
	}
	return typeIDs[t.Kind]
}

func (p parsed) value(v *definition.Value) string {
	if v == nil {
		return "none"
	}
	switch v.Kind {
	case definition.ValueBool:
		if v.Bool {
			return "1"
		}
		return "0"
	case definition.ValueInt, definition.ValueEnum:
		return numberText(fmt.Sprint(v.Int))
	case definition.ValueDouble:
		return numberText(fmt.Sprint(v.Double))
	case definition.ValueString:
		return v.Text
	case definition.ValueList:
		texts := make([]string, len(v.List))
		for i, element := range v.List {
			texts[i] = p.value(element)
		}
		return listText(texts)
	}
	var texts []string
	for _, entry := range v.Map {
		texts = append(texts, p.value(entry.Key)+":"+p.value(entry.Value))
	}
	slices.Sort(texts)
	return "{" + strings.Join(texts, ",") + "}"
}
