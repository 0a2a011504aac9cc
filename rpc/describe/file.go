package describe

import (
	"cmp"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/naming"
	"github.com/tagwire/tagwire/schema"
)

const suffix = ".thrift"

// A file is one of Thrift while it is made: that of a package.
type file struct {
	made     *definition.File
	services []Service
	names    naming.Scope // of services and types
	structs  map[*schema.StructType]*structure
	enums    map[reflect.Type]*definition.Enum // nil for what is none
	typedefs map[reflect.Type]*definition.Typedef
	pending  []*structure   // whose fields are missing
	defaults []func() error // which need the names of all fields
	values   int            // that there are in defaults
}

// structure is a struct that has its name.
type structure struct {
	made   *definition.Struct
	plan   *schema.StructType
	fields []*definition.Field // in the order of the plan's fields
}

func newFile(scope string) *file {
	f := &file{
		made: &definition.File{Path: "services" + suffix, Language: definition.Thrift}, names: naming.Scope{},
		structs: map[*schema.StructType]*structure{}, enums: map[reflect.Type]*definition.Enum{}, typedefs: map[reflect.Type]*definition.Typedef{},
	}
	if scope != "" {
		f.made.Path = strings.ReplaceAll(scope, ".", "_") + suffix
		f.made.Namespaces = []definition.Namespace{{Language: "*", Name: scope}}
	}
	return f
}

// describe makes the file of its services.
func (f *file) describe() error {
	for _, s := range f.services {
		_, name := splitName(s.Name)
		f.names[name] = true // what callers know it by
		f.made.Services = append(f.made.Services, &definition.Service{Name: name})
	}
	for _, s := range f.services {
		for _, m := range s.Methods {
			for _, e := range m.Exceptions {
				plan, err := schema.Thrift.Of(e.Type)
				if err != nil {
					return err
				}
				f.structOf(plan, m.Name+"_exception").made.Form = definition.FormException
			}
		}
	}
	for i, s := range f.services {
		for _, m := range s.Methods {
			made, err := f.method(m)
			if err != nil {
				return err
			}
			f.made.Services[i].Methods = append(f.made.Services[i].Methods, made)
		}
	}
	for len(f.pending) > 0 {
		s := f.pending[0]
		f.pending = f.pending[1:]
		f.fill(s)
	}
	for _, s := range f.made.Structs {
		separate(s)
	}
	f.breakCycles()
	var errs []error
	for _, setDefault := range f.defaults {
		errs = append(errs, setDefault())
	}
	return errors.Join(errs...)
}

func (f *file) method(m *contract.Method) (*definition.Method, error) {
	made := &definition.Method{Name: m.Name, Oneway: m.Oneway, ClientStream: m.ClientStreams, ServerStream: m.ServerStreams}
	arguments, result := m.Arguments, m.Result
	if m.Streams() {
		arguments = reflect.StructOf([]reflect.StructField{{Name: "Request", Type: reflect.PointerTo(m.Request), Tag: `frugal:"1"`}})
		if m.Request == reflect.TypeFor[contract.Void]() {
			arguments = reflect.StructOf(nil)
		}
	}
	plan, err := schema.Thrift.Of(arguments)
	if err != nil {
		return nil, err
	}
	made.Arguments = f.parameters(m, plan)
	if result == nil {
		return made, nil
	}
	if plan, err = schema.Thrift.Of(result); err != nil {
		return nil, err
	}
	names := naming.Scope{}
	for i := range result.NumField() {
		at := fieldNamed(plan, result.Field(i).Name)
		switch {
		case i > 0 || !m.Returns:
			e := plan.Fields[at].Type
			made.Throws = append(made.Throws, &definition.Field{
				Name: take(names, "e"+strconv.Itoa(len(made.Throws)+1)), ID: signed(plan.Fields[at].ID), Type: f.typeOf(e, ""),
			})
		case m.Response != reflect.TypeFor[contract.Void]():
			made.Result = f.typeOf(plan.Fields[at].Type, m.Name+"_result")
		}
	}
	return made, nil
}

// parameters returns the arguments of a method, in the order of the Go fields.
func (f *file) parameters(m *contract.Method, plan *schema.StructType) []*definition.Field {
	names := naming.Scope{}
	var made []*definition.Field
	for i := range plan.Go.NumField() {
		at := fieldNamed(plan, plan.Go.Field(i).Name)
		if at < 0 {
			continue
		}
		from := &plan.Fields[at]
		name := "arg" + strconv.Itoa(len(made)+1)
		switch {
		case m.Retained && !m.Streams():
			name = nameOf(plan.Go, from)
		case len(plan.Fields) == 1 && from.Type.Kind == schema.Struct:
			name = "request"
		}
		made = append(made, f.field(plan, from, take(names, name), m.Name, definition.Default))
	}
	return made
}

func fieldNamed(plan *schema.StructType, name string) int {
	return slices.IndexFunc(plan.Fields, func(f schema.Field) bool { return f.Name == name })
}

// signed returns an id as definitions have it. Tags spell negative ones as the wire has them, without a sign.
func signed(id int32) int32 { return int32(int16(id)) }

// structOf returns a struct by its plan, named after its Go type, or by the other name if that has none.
func (f *file) structOf(plan *schema.StructType, other string) *structure {
	if known := f.structs[plan]; known != nil {
		return known
	}
	s := &structure{made: &definition.Struct{Name: takeType(f.names, cmp.Or(plan.Go.Name(), other))}, plan: plan}
	if plan.Union {
		s.made.Form = definition.FormUnion
	}
	f.structs[plan] = s
	f.pending = append(f.pending, s)
	f.made.Structs = append(f.made.Structs, s.made)
	return s
}

var requiredness = map[schema.Requiredness]definition.Requiredness{
	schema.Default: definition.Default, schema.RequiredField: definition.Required, schema.Optional: definition.Optional,
}

// fill makes the fields of a struct, in the order of their ids.
func (f *file) fill(s *structure) {
	names := naming.Scope{}
	for i := range s.plan.Fields {
		from := &s.plan.Fields[i]
		name := take(names, nameOf(s.plan.Go, from))
		s.fields = append(s.fields, f.field(s.plan, from, name, s.made.Name, requiredness[from.Requiredness]))
	}
	s.made.Fields = slices.Clone(s.fields)
	slices.SortStableFunc(s.made.Fields, func(a, b *definition.Field) int { return cmp.Compare(a.ID, b.ID) })
}

func (f *file) field(plan *schema.StructType, from *schema.Field, name, owner string, r definition.Requiredness) *definition.Field {
	made := &definition.Field{Name: name, ID: signed(from.ID), Requiredness: r, Type: f.typeOf(from.Type, inside(owner, name))}
	f.defaults = append(f.defaults, func() (err error) {
		made.Default, err = f.defaultOf(plan, from)
		return err
	})
	return made
}

// inside returns the name for a struct without a name that a field of the owner has.
func inside(owner, field string) string {
	const longest = 100 // since such structs may be inside of each other
	if len(owner) > longest {
		return field
	}
	return owner + "_" + field
}
