package apachethrift

import (
	"context"
	"reflect"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/schema"
)

// NewProcessor returns a TProcessor with the methods of svc: functions, and contracts that a value implements, see rpc.Handle and
// rpc.Implement. The error says what is wrong with any of them. Nothing can be added to svc afterwards.
//
// The processor does as one that Apache's compiler generates. An error that the method declares goes into the result, any other is a
// TApplicationException with the code INTERNAL_ERROR, and so is a panic, which is logged. Arguments that cannot be read get
// PROTOCOL_ERROR, names that svc does not have UNKNOWN_METHOD. It may serve many connections at once.
func NewProcessor(svc *rpc.Service) (thrift.TProcessor, error) {
	methods, err := svc.Methods()
	if err != nil {
		return nil, err
	}
	p := &processor{map[string]thrift.TProcessorFunction{}}
	for _, m := range methods {
		f := &function{Implementation: m}
		if f.arguments, f.result, err = codecsOfMethod(m.Method); err != nil {
			return nil, err
		}
		p.functions[m.Name] = f
	}
	return p, nil
}

type processor struct {
	functions map[string]thrift.TProcessorFunction
}

func (p *processor) ProcessorMap() map[string]thrift.TProcessorFunction { return p.functions }

func (p *processor) AddToProcessorMap(name string, f thrift.TProcessorFunction) {
	p.functions[name] = f
}

func (p *processor) Process(ctx context.Context, in, out thrift.TProtocol) (bool, thrift.TException) {
	name, kind, seqID, err := in.ReadMessageBegin(ctx)
	if err != nil {
		return false, thrift.WrapTException(err)
	}
	if f, ok := p.functions[name]; ok {
		return f.Process(ctx, seqID, in, out)
	}
	if err := in.Skip(ctx, thrift.STRUCT); err != nil {
		return false, thrift.WrapTException(err)
	}
	if err := in.ReadMessageEnd(ctx); err != nil {
		return false, thrift.WrapTException(err)
	}
	unknown := thrift.NewTApplicationException(thrift.UNKNOWN_METHOD, "Unknown function "+name)
	if kind != thrift.ONEWAY {
		if err := reply(ctx, out, name, thrift.EXCEPTION, seqID, unknown); err != nil {
			return false, &thrift.ProcessorError{WriteError: err, EndpointError: unknown}
		}
	}
	return false, unknown
}

// function is a method with its implementation.
type function struct {
	*contract.Implementation
	arguments, result *codecs // result is nil if there is no reply
}

func (f *function) Process(ctx context.Context, seqID int32, in, out thrift.TProtocol) (bool, thrift.TException) {
	arguments := reflect.New(f.Arguments)
	if d, ok := arguments.Interface().(schema.Initializer); ok {
		d.InitDefault()
	}
	if err := f.arguments.read(ctx, in, arguments.Interface()); err != nil {
		in.ReadMessageEnd(ctx) // the error before it is the one to report
		fault := thrift.WrapTException(err)
		if !f.Oneway {
			if err := f.refuse(ctx, out, seqID, thrift.PROTOCOL_ERROR, err.Error()); err != nil {
				fault = &thrift.ProcessorError{WriteError: err, EndpointError: fault}
			}
		}
		return false, fault
	}
	if err := in.ReadMessageEnd(ctx); err != nil {
		return false, thrift.WrapTException(err)
	}
	done := f.run(ctx, in.Transport(), arguments)
	if done.abandoned {
		return false, done.fault
	}
	if f.Oneway {
		return true, done.fault
	}
	if err := f.answer(ctx, out, seqID, &done); err != nil {
		return false, &thrift.ProcessorError{WriteError: err, EndpointError: done.fault}
	}
	return true, done.fault
}

// answer sends what came of a call.
func (f *function) answer(ctx context.Context, out thrift.TProtocol, seqID int32, done *outcome) thrift.TException {
	if done.result.IsValid() {
		// Once the message has begun there is no way back, so the result is encoded before.
		data, err := f.result.encode(nil, out, done.result.Interface())
		if err == nil {
			return reply(ctx, out, f.Name, thrift.REPLY, seqID, encoded{f.result, data})
		}
		done.fault, done.text = thrift.WrapTException(err), err.Error()
	}
	return f.refuse(ctx, out, seqID, thrift.INTERNAL_ERROR, "Internal error processing "+f.Name+": "+done.text)
}

// refuse sends an exception that the method does not declare.
func (f *function) refuse(ctx context.Context, out thrift.TProtocol, seqID, code int32, text string) thrift.TException {
	return reply(ctx, out, f.Name, thrift.EXCEPTION, seqID, thrift.NewTApplicationException(code, text))
}

// encoded is a struct that is ready to be sent.
type encoded struct {
	codecs *codecs
	data   []byte
}

func (e encoded) Write(ctx context.Context, p thrift.TProtocol) error {
	return e.codecs.send(ctx, p, e.data)
}

// reply sends a message.
func reply(ctx context.Context, out thrift.TProtocol, name string, kind thrift.TMessageType, seqID int32,
	body interface {
		Write(context.Context, thrift.TProtocol) error
	}) thrift.TException {
	err := out.WriteMessageBegin(ctx, name, kind, seqID)
	if err == nil {
		err = body.Write(ctx, out)
	}
	if err == nil {
		err = out.WriteMessageEnd(ctx)
	}
	if err == nil {
		err = out.Flush(ctx)
	}
	return thrift.WrapTException(err)
}
