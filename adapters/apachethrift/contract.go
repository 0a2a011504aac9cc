package apachethrift

import (
	"reflect"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
)

// method is one of a contract, with what its structs are read and written by.
type method struct {
	*contract.Field
	arguments, result *codecs // result is nil if there is no reply
}

// methodsOf reads a contract.
func methodsOf(t reflect.Type, options []rpc.ContractOption) ([]*method, error) {
	var r contract.Reader
	for _, o := range options {
		o(&r)
	}
	fields, err := r.Fields(t)
	if err != nil {
		return nil, err
	}
	methods := make([]*method, len(fields))
	for i, f := range fields {
		m := &method{Field: f}
		if m.arguments, err = codecsOf(reflect.PointerTo(f.Arguments)); err == nil && !f.Oneway {
			m.result, err = codecsOf(reflect.PointerTo(f.Result))
		}
		if err != nil {
			return nil, err
		}
		methods[i] = m
	}
	return methods, nil
}
