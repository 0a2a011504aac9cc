package contract

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// Reader reads contracts. The zero Reader is ready.
type Reader struct {
	exceptions map[string]reflect.Type // struct types by name
	protobuf   bool                    // messages are those of Protobuf
	err        error
}

// AddExceptions names the types of exceptions that throws tags name: a value of each, or a pointer to one. What is wrong is
// reported by Fields.
func (r *Reader) AddExceptions(values []any) {
	for _, value := range values {
		t, err := exceptionType(reflect.TypeOf(value))
		if err != nil {
			r.err = message.ContractError("", "rpc.Exceptions: %v", err)
			return
		}
		if r.exceptions == nil {
			r.exceptions = map[string]reflect.Type{}
		}
		r.exceptions[t.Name()] = t
	}
}

// Field is a func field of a contract.
type Field struct {
	*Method
	Index    []int        // of the field in the contract, through embedded structs
	GoName   string       // of the field
	Function reflect.Type // of the field
	Success  reflect.Type // what the function returns beside the error, nil for nothing
	Boxed    bool         // the result's field is a pointer to success
}

var contextType = reflect.TypeFor[context.Context]()

// Fields reads a contract: a struct type whose func fields are methods.
func (r *Reader) Fields(t reflect.Type) ([]*Field, error) {
	if r.err != nil {
		return nil, r.err
	}
	if t.Kind() != reflect.Struct {
		return nil, message.ContractError("", "a contract is a struct with func fields; %v is not a struct", t)
	}
	methods, err := r.methods(t, nil)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, m := range methods {
		if other := names[m.Name]; other != "" {
			return nil, message.ContractError(t.Name()+"."+m.GoName, "%s has the name %q on the wire, too; write another in the rpc tag",
				other, m.Name)
		}
		names[m.Name] = m.GoName
	}
	if len(methods) == 0 {
		return nil, message.ContractError("", "%v has no func field; write one for each method, such as "+
			"Get func(ctx context.Context, id int64) (*Item, error)", t)
	}
	return methods, nil
}

// methods reads the fields of a contract, or of a struct that is embedded in it, under index.
func (r *Reader) methods(t reflect.Type, index []int) ([]*Field, error) {
	var methods []*Field
	for i := range t.NumField() {
		f := t.Field(i)
		here := append(slices.Clip(index), i)
		tag := f.Tag.Get("rpc")
		switch {
		case tag == "-":
			continue
		case f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct:
			inherited, err := r.methods(f.Type, here)
			if err != nil {
				return nil, err
			}
			methods = append(methods, inherited...)
			continue
		case f.Anonymous && tag == "" && f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct:
			return nil, message.ContractError(t.Name()+"."+f.Name, "a contract embeds others by value; write %s instead of *%s", f.Name, f.Name)
		case f.Type.Kind() != reflect.Func && tag == "":
			continue
		}
		m, err := r.method(f)
		if e, ok := err.(*message.Error); ok {
			return nil, &message.Error{Code: message.CodeContract, Method: t.Name() + "." + f.Name, Message: e.Message, Err: e.Err}
		}
		if err != nil {
			return nil, message.ContractError(t.Name()+"."+f.Name, "%v", err)
		}
		m.Index = here
		methods = append(methods, m)
	}
	return methods, nil
}

// method reads one field of a contract.
func (r *Reader) method(f reflect.StructField) (*Field, error) {
	if !f.IsExported() {
		return nil, fmt.Errorf("the field is not exported; write it with a capital letter, or the tag rpc:\"-\"")
	}
	if looksLikeStream(f.Type) {
		return r.streamMethod(f)
	}
	if r.protobuf {
		return r.protobufMethod(f)
	}
	m := &Field{Method: &Method{}, GoName: f.Name, Function: f.Type}
	if err := m.nameFrom(f.Tag.Get("rpc")); err != nil {
		return nil, err
	}
	if err := checkSignature(f.Type); err != nil {
		return nil, err
	}
	ids, err := parameterIDs(f.Tag.Get("params"), f.Type.NumIn()-1)
	if err != nil {
		return nil, err
	}
	for i := range ids {
		ids[i].Type = f.Type.In(i + 1)
	}
	if err := checkTypes(ids, "params"); err != nil {
		return nil, err
	}
	m.Arguments = thrift.ArgumentsOf(ids)
	if m.Exceptions, err = r.throws(f.Tag.Get("throws")); err != nil {
		return nil, err
	}
	if err := m.setSuccess(f); err != nil {
		return nil, err
	}
	return m, m.check()
}

// nameFrom reads an rpc tag: a name, or none for the field's, then "oneway" if it is.
func (m *Field) nameFrom(tag string) error {
	name, option, found := strings.Cut(tag, ",")
	if m.Name = strings.TrimSpace(name); m.Name == "" {
		m.Name = m.GoName
	}
	if option = strings.TrimSpace(option); found && option != "oneway" {
		return fmt.Errorf("the tag rpc:%q says %q; after the name only oneway may follow, as in rpc:\"%s,oneway\"",
			tag, option, m.Name)
	}
	m.Oneway = found
	return nil
}

func checkSignature(t reflect.Type) error {
	const example = "func(ctx context.Context, id int64) (*Item, error)"
	switch {
	case t.Kind() != reflect.Func:
		return fmt.Errorf("it is a %v; a method is a func field, such as %s", t, example)
	case t.IsVariadic():
		return fmt.Errorf("it is variadic; write a slice in place of the variadic parameter")
	case t.NumIn() == 0 || t.In(0) != contextType:
		return fmt.Errorf("its first parameter is not a context.Context; write %s", example)
	case t.NumOut() == 0 || t.NumOut() > 2 || t.Out(t.NumOut()-1) != errorType:
		return fmt.Errorf("its results are not an error, or a value and an error; write %s", example)
	}
	return nil
}

// parameterIDs reads a params tag, such as "1,2=list<i64>,5": for each parameter its id, and its type where the Go
// type leaves a choice. Without a tag the ids are 1, 2 and so on.
func parameterIDs(tag string, count int) ([]thrift.Parameter, error) {
	parameters := make([]thrift.Parameter, count)
	for i := range parameters {
		parameters[i].ID = i + 1
	}
	if tag == "" {
		return parameters, nil
	}
	parts := strings.Split(tag, ",")
	if len(parts) != count {
		return nil, fmt.Errorf("the tag params:%q has %d entries for %d parameters; write an id for each, such as params:%q",
			tag, len(parts), count, exampleIDs(count))
	}
	seen := map[int]bool{}
	for i, part := range parts {
		number, wire, _ := strings.Cut(part, "=")
		id, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || !thrift.ValidID(id) || seen[id] {
			return nil, fmt.Errorf("the tag params:%q has %q; write ids from 1 to 32767, or below 0, each once, such as params:%q",
				tag, part, exampleIDs(count))
		}
		seen[id] = true
		parameters[i].ID, parameters[i].Wire = id, strings.TrimSpace(wire)
	}
	return parameters, nil
}

func exampleIDs(count int) string {
	ids := make([]string, count)
	for i := range ids {
		ids[i] = strconv.Itoa(i + 1)
	}
	return strings.Join(ids, ",")
}

// checkTypes refuses what a Go type leaves open, in the words of the contract's tags.
func checkTypes(parameters []thrift.Parameter, tag string) error {
	for i, p := range parameters {
		fault := thrift.Undecided(p.Type, p.Wire)
		if fault == nil {
			continue
		}
		entry := fault.First
		if tag == "params" {
			entries := strings.Split(exampleIDs(len(parameters)), ",")
			entries[i] = strconv.Itoa(p.ID) + "=" + entry
			entry = strings.Join(entries, ",")
		}
		return fmt.Errorf("%v; write the tag %s:%q, or the same with %s", fault, tag, entry, fault.Second)
	}
	return nil
}

// throws reads a throws tag, such as "1=NotFound,2=Denied".
func (r *Reader) throws(tag string) ([]thrift.Exceptional, error) {
	if tag == "" {
		return nil, nil
	}
	var exceptions []thrift.Exceptional
	for _, part := range strings.Split(tag, ",") {
		number, name, _ := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		id, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || name == "" {
			return nil, fmt.Errorf("the tag throws:%q has %q; write id=Type, such as throws:\"1=NotFound,2=Denied\"", tag, part)
		}
		t := r.exceptions[name]
		if t == nil {
			return nil, fmt.Errorf("the tag throws:%q names %s; say which Go type that is, by the option rpc.Exceptions(%s{})",
				tag, name, name)
		}
		exceptions = append(exceptions, thrift.Exceptional{ID: id, Type: t})
	}
	return exceptions, nil
}

// setSuccess makes the type of the method's result.
func (m *Field) setSuccess(f reflect.StructField) error {
	if f.Type.NumOut() == 1 {
		return m.setResult(nil, "")
	}
	m.Success = f.Type.Out(0)
	wire := f.Tag.Get("returns")
	if err := checkTypes([]thrift.Parameter{{Type: m.Success, Wire: wire}}, "returns"); err != nil {
		return err
	}
	carrier := m.Success
	switch carrier.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		m.Nilable = true
	default:
		// By value there would be no telling whether it is there.
		carrier, m.Boxed = reflect.PointerTo(carrier), true
	}
	return m.setResult(carrier, wire)
}
