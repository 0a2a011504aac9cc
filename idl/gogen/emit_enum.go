package gogen

import "github.com/tagwire/tagwire/definition"

// enum writes an enum. Enums of Thrift have 64 bits in Go, which is how the codec tells them from numbers.
func (e *emitter) enum(d *enumDecl) {
	base := "int64"
	if e.file.def.Language == definition.Protobuf {
		base = "int32"
	}
	e.strayRules(d.def.Name, d.def.Annotations)
	for _, v := range d.def.Values {
		e.strayRules(d.def.Name+"."+v.Name, v.Annotations)
	}
	e.printf("\n")
	e.doc(d.def.Doc)
	e.printf("type %s %s\n", d.name, base)
	if len(d.values) > 0 {
		e.printf("\nconst (\n")
		for i, v := range d.def.Values {
			e.doc(v.Doc)
			e.printf("%s %s = %d\n", d.values[i], d.name, v.Number)
		}
		e.printf(")\n")
	}
	if e.thriftgo() {
		e.thriftgoEnum(d)
		return
	}
	e.printf("\n// String returns the name of the value in the definition, or its number.\nfunc (v %s) String() string {\nswitch v {\n", d.name)
	e.names(d)
	e.printf("}\nreturn %sFormatInt(int64(v), 10)\n}\n", e.use("strconv", "strconv"))
	e.printf("\n// MarshalText returns what String does.\nfunc (v %s) MarshalText() ([]byte, error) { return []byte(v.String()), nil }\n", d.name)
	e.printf("\n// UnmarshalText takes a name or a number.\nfunc (v *%s) UnmarshalText(text []byte) error {\nswitch string(text) {\n", d.name)
	seen := map[string]bool{}
	for i, value := range d.def.Values {
		if !seen[value.Name] {
			e.printf("case %q:\n*v = %s\nreturn nil\n", value.Name, d.values[i])
		}
		seen[value.Name] = true
	}
	e.printf("}\nn, err := %sParseInt(string(text), 10, 32)\nif err != nil {\nreturn %sErrorf(\"%%q is no %s\", text)\n}\n",
		e.use("strconv", "strconv"), e.use("fmt", "fmt"), d.name)
	e.printf("*v = %s(n)\nreturn nil\n}\n", d.name)
}

// names writes the cases of a switch that returns the names of values. Of several names of one number the first counts.
func (e *emitter) names(d *enumDecl) {
	seen := map[int32]bool{}
	for i, value := range d.def.Values {
		if !seen[value.Number] {
			e.printf("case %s:\nreturn %q\n", d.values[i], value.Name)
		}
		seen[value.Number] = true
	}
}

// thriftgoEnum writes the functions and methods that thriftgo has for enums.
func (e *emitter) thriftgoEnum(d *enumDecl) {
	e.printf("\n// String returns the name of the value in the definition, or <UNSET>.\nfunc (v %s) String() string {\nswitch v {\n", d.name)
	e.names(d)
	e.printf("}\nreturn \"<UNSET>\"\n}\n")
	e.printf("\n// %s returns the value of a name.\nfunc %s(s string) (%s, error) {\nswitch s {\n", d.fromString, d.fromString, d.name)
	seen := map[string]bool{}
	for i, value := range d.def.Values {
		if !seen[value.Name] {
			e.printf("case %q:\nreturn %s, nil\n", value.Name, d.values[i])
		}
		seen[value.Name] = true
	}
	e.printf("}\nreturn %s(0), %sErrorf(\"not a valid %s string\")\n}\n", d.name, e.use("fmt", "fmt"), d.name)
	e.printf("\n// %s returns a pointer to a value.\nfunc %s(v %s) *%s { return &v }\n", d.pointerFor, d.pointerFor, d.name, d.name)
	sql, driver := e.use("database/sql", "sql"), e.use("database/sql/driver", "driver")
	e.printf("\n// Scan takes a number from a database.\nfunc (v *%s) Scan(value any) error {\nvar n %sNullInt64\nerr := n.Scan(value)\n*v = %s(n.Int64)\n"+
		"return err\n}\n", d.name, sql, d.name)
	e.printf("\n// Value returns the number for a database.\nfunc (v *%s) Value() (%sValue, error) {\nif v == nil {\nreturn nil, nil\n}\n"+
		"return int64(*v), nil\n}\n", d.name, driver)
}
