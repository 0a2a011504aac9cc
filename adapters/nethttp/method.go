package nethttp

import (
	"errors"
	"io"
	"reflect"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/schema"
)

// method is a method of a contract with its forms in JSON.
type method struct {
	*contract.Method
	plans     plans
	arguments *structPlan
	// request is the type of the body, if that is the only parameter, a struct; nil if it is an object with all parameters.
	request *schema.Type
	result  *structPlan // nil if oneway
}

func newMethod(m *contract.Method) (*method, error) {
	if err := m.NeedsCalls(); err != nil {
		return nil, err
	}
	if err := m.NeedsThrift(); err != nil {
		return nil, err
	}
	if err := m.NeedsCalls(); err != nil {
		return nil, err
	}
	made := &method{Method: m, plans: plans{}}
	if err := made.plan(); err != nil {
		var failure *rpc.Error
		if errors.As(err, &failure) {
			return nil, err
		}
		return nil, &rpc.Error{Code: rpc.CodeContract, Method: m.Name, Err: err}
	}
	return made, nil
}

func (m *method) plan() (err error) {
	add := m.plans.addRoot
	if m.Retained {
		add = m.plans.addStruct // the struct is the user's
	}
	if m.arguments, err = add(m.Arguments); err != nil {
		return err
	}
	if fields := m.arguments.Fields; len(fields) == 1 && fields[0].Type.Kind == schema.Struct && !m.Retained {
		m.request = fields[0].Type
	}
	if !m.Oneway {
		m.result, err = m.plans.addRoot(m.Result)
	}
	return err
}

// decodeRequest reads the arguments, a struct, from a body.
func (m *method) decodeRequest(body io.Reader, arguments reflect.Value, limit int64) error {
	d := newDecoder(body, m.plans, limit)
	if m.request != nil {
		return d.all(m.request, arguments.Field(m.arguments.index[0]))
	}
	return d.allOf(m.arguments, arguments)
}

// encodeRequest returns the body for arguments.
func (m *method) encodeRequest(arguments reflect.Value) ([]byte, error) {
	e := encoder{plans: m.plans}
	var err *valueError
	if m.request != nil {
		err = e.value(m.request, arguments.Field(m.arguments.index[0]), 0)
	} else {
		err = e.object(m.arguments, arguments, 1)
	}
	return e.finish(err)
}

// success returns the type of the reply and its value in a struct of results.
func (m *method) success(result reflect.Value) (*schema.Type, reflect.Value) {
	return m.result.Fields[0].Type, result.Field(m.result.index[0])
}

// encodeReply returns the body for a struct of results.
func (m *method) encodeReply(result reflect.Value) ([]byte, error) {
	if !m.Returns {
		return []byte("{}"), nil
	}
	t, success := m.success(result)
	if t.Pointer && success.IsNil() {
		return []byte("null"), nil
	}
	e := encoder{plans: m.plans}
	return e.finish(e.value(t, success, 0))
}

// decodeReply reads a struct of results from a body.
func (m *method) decodeReply(body io.Reader, result reflect.Value, limit int64) error {
	if !m.Returns {
		return nil
	}
	d := newDecoder(body, m.plans, limit)
	token, err := d.next()
	if err != nil {
		return err
	}
	if t, success := m.success(result); token != nil {
		if err := d.convert(t, success, token, 0); err != nil {
			return err
		}
	}
	return d.end()
}

// exception returns the type of the exception in a field of the result in Go.
func (m *method) exception(field int) *schema.Type {
	for i, index := range m.result.index {
		if index == field {
			return m.result.Fields[i].Type
		}
	}
	panic("nethttp: BUG: the result of " + m.Name + " has no such field")
}

func (e *encoder) finish(err *valueError) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return e.out, nil
}
