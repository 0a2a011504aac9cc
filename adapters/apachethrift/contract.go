package apachethrift

import (
	"reflect"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
)

// codecsOfMethod returns the codecs of the structs of arguments and results, nil for results if there is no reply.
func codecsOfMethod(m *contract.Method) (arguments, result *codecs, err error) {
	if err := m.NeedsCalls(); err != nil {
		return nil, nil, err
	}
	if err := m.NeedsThrift(); err != nil {
		return nil, nil, err
	}
	if err := m.NeedsCalls(); err != nil {
		return nil, nil, err
	}
	if arguments, err = codecsOf(reflect.PointerTo(m.Arguments)); err == nil && !m.Oneway {
		result, err = codecsOf(reflect.PointerTo(m.Result))
	}
	return arguments, result, err
}

// method is a field of a contract, with what its structs are written and read by.
type method struct {
	*contract.Field
	arguments, result *codecs
}

// methodsOf reads a contract.
func methodsOf(t reflect.Type, options []rpc.ContractOption) ([]*method, error) {
	fields, err := contract.NewReader(options).Fields(t)
	if err != nil {
		return nil, err
	}
	methods := make([]*method, len(fields))
	for i, f := range fields {
		m := &method{Field: f}
		if m.arguments, m.result, err = codecsOfMethod(f.Method); err != nil {
			return nil, err
		}
		methods[i] = m
	}
	return methods, nil
}
