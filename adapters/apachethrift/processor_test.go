package apachethrift_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/adapters/apachethrift"
	"github.com/tagwire/tagwire/rpc"
)

// message returns a call as a client writes it.
func message(t testing.TB, make func(thrift.TTransport) thrift.TProtocol, method string, kind thrift.TMessageType, arguments thrift.TStruct) []byte {
	t.Helper()
	memory := thrift.NewTMemoryBuffer()
	p := make(memory)
	p.WriteMessageBegin(background, method, kind, 7)
	if err := arguments.Write(background, p); err != nil {
		t.Fatal(err)
	}
	p.WriteMessageEnd(background)
	p.Flush(background)
	return memory.Bytes()
}

// answerOf has a processor take data, and returns the type of its reply, or 0 if there is none, and the code of the exception.
func answerOf(t testing.TB, make func(thrift.TTransport) thrift.TProtocol, processor thrift.TProcessor, data []byte) (
	kind thrift.TMessageType, code int, goesOn bool, err error) {
	t.Helper()
	memory := thrift.NewTMemoryBuffer()
	goesOn, fault := processor.Process(background, make(memoryOf(data)), make(memory))
	if fault != nil {
		err = fault
	}
	if memory.Len() == 0 {
		return 0, -1, goesOn, err
	}
	in := make(memory)
	_, kind, id, failed := in.ReadMessageBegin(background)
	if failed != nil || id != 7 {
		t.Errorf("the reply has the id %d, %v", id, failed)
	}
	code = -1
	if kind == thrift.EXCEPTION {
		e := thrift.NewTApplicationException(0, "")
		if err := e.Read(background, in); err != nil {
			t.Error(err)
		}
		code = int(e.TypeId())
	}
	return kind, code, goesOn, err
}

// getArguments are those of Store.Get.
type getArguments struct {
	Key     string `frugal:"1"`
	Version int32  `frugal:"2"`
}

// putArguments are those of Store.Put, with another type.
type putArguments struct {
	Item struct {
		Flags map[string]string `frugal:"17"`
		Parts []int32           `frugal:"11,default,list<i32>"`
		Part  struct{}          `frugal:"10"`
	} `frugal:"1"`
}

func TestProcessorRefuses(t *testing.T) {
	processor := processorOf(t, &shelf{hints: make(chan string, 10)})
	get := apachethrift.Wrap(&getArguments{"k", 1})
	for _, p := range protocols[:4] {
		for _, c := range []struct {
			name, method string
			kind         thrift.TMessageType
			arguments    thrift.TStruct
			reply        thrift.TMessageType
			code         int
			goesOn       bool
		}{
			{"call", "get", thrift.CALL, get, thrift.REPLY, -1, true},
			{"unknown method", "got", thrift.CALL, get, thrift.EXCEPTION, thrift.UNKNOWN_METHOD, false},
			{"no name", "", thrift.CALL, get, thrift.EXCEPTION, thrift.UNKNOWN_METHOD, false},
			{"unknown method, oneway", "got", thrift.ONEWAY, get, 0, -1, false},
			{"required field missing", "put", thrift.CALL, apachethrift.Wrap(&putArguments{}), thrift.EXCEPTION, thrift.PROTOCOL_ERROR, false},
			{"oneway, as a call", "hint", thrift.CALL, get, 0, -1, true},
			{"oneway", "hint", thrift.ONEWAY, get, 0, -1, true},
			{"panic", "get", thrift.CALL, apachethrift.Wrap(&getArguments{"panic", 1}), thrift.EXCEPTION, thrift.INTERNAL_ERROR, true},
			{"no encoding", "get", thrift.CALL, apachethrift.Wrap(&getArguments{"unencodable", 1}), thrift.EXCEPTION, thrift.INTERNAL_ERROR, true},
			{"declared", "get", thrift.CALL, apachethrift.Wrap(&getArguments{"denied", 1}), thrift.REPLY, -1, true},
		} {
			kind, code, goesOn, err := answerOf(t, p.make, processor, message(t, p.make, c.method, c.kind, c.arguments))
			if kind != c.reply || code != c.code || goesOn != c.goesOn {
				t.Errorf("%s, %s: a reply of type %d, code %d, goes on: %v, %v", p.name, c.name, kind, code, goesOn, err)
			}
		}
		whole := message(t, p.make, "get", thrift.CALL, get)
		for n := range whole {
			kind, code, goesOn, err := answerOf(t, p.make, processor, whole[:n])
			if goesOn || err == nil || kind == thrift.REPLY || kind == thrift.EXCEPTION && code != thrift.PROTOCOL_ERROR {
				t.Errorf("%s, %d of %d bytes: a reply of type %d, code %d, goes on: %v, %v", p.name, n, len(whole), kind, code, goesOn, err)
			}
		}
		hint := message(t, p.make, "hint", thrift.ONEWAY, get)
		if kind, _, goesOn, err := answerOf(t, p.make, processor, hint[:len(hint)-2]); kind != 0 || goesOn || err == nil {
			t.Errorf("%s: a oneway call that is cut has a reply of type %d, %v", p.name, kind, err)
		}
	}
}

// rude is a contract whose implementations are given by the test.
type rude struct {
	Do func(ctx context.Context) error `throws:"1=NotFound"`
}

// explosive is an error that panics when it is looked at.
type explosive struct{}

func (explosive) Error() string { panic("in Error") }
func (explosive) Unwrap() error { panic("in Unwrap") }

type empty struct{}

func TestRudeImplementations(t *testing.T) {
	p := protocols[0].make
	call := message(t, p, "Do", thrift.CALL, apachethrift.Wrap(&empty{}))
	for _, c := range []struct {
		name string
		do   func(context.Context) error
		kind thrift.TMessageType
		code int
	}{
		{"nil error", func(context.Context) error { return nil }, thrift.REPLY, -1},
		{"nil exception", func(context.Context) error { return (*NotFound)(nil) }, thrift.EXCEPTION, thrift.INTERNAL_ERROR},
		{"explosive", func(context.Context) error { return explosive{} }, thrift.EXCEPTION, thrift.INTERNAL_ERROR},
		{"panic(nil)", func(context.Context) error { panic(nil) }, thrift.EXCEPTION, thrift.INTERNAL_ERROR},
		{"panics with an explosive", func(context.Context) error { panic(explosive{}) }, thrift.EXCEPTION, thrift.INTERNAL_ERROR},
		{"abandoned", func(context.Context) error { return thrift.ErrAbandonRequest }, 0, -1},
		{"another's exception", func(context.Context) error { return Denied{1} }, thrift.EXCEPTION, thrift.INTERNAL_ERROR},
		{"joined", func(context.Context) error { return errors.Join(&NotFound{"k"}, errors.New("more")) }, thrift.REPLY, -1},
	} {
		processor, err := serve[rude](&rude{Do: c.do}, exceptions)
		if err != nil {
			t.Fatal(err)
		}
		kind, code, _, fault := answerOf(t, p, processor, call)
		if kind != c.kind || code != c.code {
			t.Errorf("%s: a reply of type %d, code %d: %v", c.name, kind, code, fault)
		}
	}

	// An implementation that ends its goroutine ends the server's for this connection, and nothing hangs.
	processor, err := serve[rude](&rude{Do: func(context.Context) error { runtime.Goexit(); return nil }}, exceptions)
	if err != nil {
		t.Fatal(err)
	}
	w := wires[0]
	client, err := apachethrift.NewClient[rude](w.dial(t, w.listen(t, processor)), exceptions)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Do(background); err == nil {
		t.Error("a call that nobody answers has no error")
	}
}

// send makes a call without arguments over a connection of its own, which it returns.
func send(t testing.TB, processor thrift.TProcessor, method string, kind thrift.TMessageType) *thrift.TSocket {
	t.Helper()
	socket := thrift.NewTSocketConf(wires[0].listen(t, processor), nil)
	if err := socket.Open(); err != nil {
		t.Fatal(err)
	}
	out := thrift.NewTFramedTransportConf(socket, nil)
	out.Write(message(t, protocols[0].make, method, kind, apachethrift.Wrap(&empty{})))
	if err := out.Flush(background); err != nil {
		t.Fatal(err)
	}
	return socket
}

// TestCallerIsGone has the context of an implementation end with the connection.
func TestCallerIsGone(t *testing.T) {
	started, ended := make(chan struct{}), make(chan error)
	processor, err := serve[rude](&rude{Do: func(ctx context.Context) error {
		close(started)
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return ctx.Err()
	}}, exceptions)
	if err != nil {
		t.Fatal(err)
	}
	socket := send(t, processor, "Do", thrift.CALL)
	<-started
	socket.Close()
	if err := <-ended; !errors.Is(err, thrift.ErrAbandonRequest) {
		t.Error(err)
	}
}

// TestCallerOfOnewayIsGone has an implementation end its work whatever becomes of the connection, since nobody waits for it.
func TestCallerOfOnewayIsGone(t *testing.T) {
	type hinted struct {
		Hint func(ctx context.Context, name string) error `rpc:",oneway"`
	}
	started, release, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	processor, err := serve[hinted](&hinted{Hint: func(ctx context.Context, _ string) error {
		close(started)
		<-release
		ended <- ctx.Err()
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	socket := send(t, processor, "Hint", thrift.ONEWAY)
	<-started
	socket.Close()
	time.Sleep(20 * thrift.ServerConnectivityCheckInterval)
	close(release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestReplyThatCannotBeSent(t *testing.T) {
	for _, p := range protocols[:3] {
		call := message(t, p.make, "get", thrift.CALL, apachethrift.Wrap(&getArguments{"k", 1}))
		out := p.make(failing{memoryOf(nil)})
		goesOn, err := processorOf(t, &shelf{}).Process(background, p.make(memoryOf(call)), out)
		if goesOn || !errors.As(err, new(*thrift.ProcessorError)) {
			t.Errorf("%s: %v, %v", p.name, goesOn, err)
		}
	}
	call := message(t, protocols[0].make, "get", thrift.CALL, apachethrift.Wrap(&getArguments{"k", 5000}))
	out := thrift.NewTFramedTransportConf(memoryOf(nil), &thrift.TConfiguration{MaxFrameSize: 1000})
	goesOn, err := processorOf(t, &shelf{}).Process(background, protocols[0].make(memoryOf(call)), protocols[0].make(out))
	if goesOn || !errors.As(err, new(*thrift.ProcessorError)) {
		t.Errorf("a frame above the limit: %v, %v", goesOn, err)
	}
}

func TestMiddleware(t *testing.T) {
	var names []string
	processor := thrift.WrapProcessor(processorOf(t, &shelf{}), func(name string, next thrift.TProcessorFunction) thrift.TProcessorFunction {
		return thrift.WrappedTProcessorFunction{Wrapped: func(ctx context.Context, id int32, in, out thrift.TProtocol) (bool, thrift.TException) {
			names = append(names, name)
			return next.Process(ctx, id, in, out)
		}}
	})
	p := protocols[0].make
	kind, _, _, err := answerOf(t, p, processor, message(t, p, "get", thrift.CALL, apachethrift.Wrap(&getArguments{"k", 1})))
	if kind != thrift.REPLY || err != nil || strings.Join(names, ",") != "get" {
		t.Errorf("%d, %v, %v", kind, err, names)
	}
}

// request has a default.
type request struct {
	Name  string `frugal:"1"`
	Count int32  `frugal:"2"`
}

func (r *request) InitDefault() { r.Count = 5 }

// TestFunctions has a service of functions instead of a contract.
func TestFunctions(t *testing.T) {
	svc := rpc.NewService("Functions")
	rpc.Handle(svc, "Count", func(_ context.Context, r *request) (*int32, error) { return &r.Count, nil }, rpc.Spread())
	hints := make(chan string, 1)
	rpc.HandleOneway(svc, "Hint", func(_ context.Context, r *request) error { hints <- r.Name; return nil }, rpc.Spread())
	processor, err := apachethrift.NewProcessor(svc)
	if err != nil {
		t.Fatal(err)
	}
	type contract struct {
		Count func(ctx context.Context, name string) (int32, error)
		Hint  func(ctx context.Context, name string) error `rpc:",oneway"`
	}
	for _, w := range wires[:2] {
		c, err := apachethrift.NewClient[contract](w.dial(t, w.listen(t, processor)))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := c.Count(background, "k"); n != 5 || err != nil {
			t.Errorf("%s: %d, %v", w.name, n, err)
		}
		if err := c.Hint(background, "k"); err != nil || <-hints != "k" {
			t.Errorf("%s: %v", w.name, err)
		}
	}
	if _, err := apachethrift.NewProcessor(rpc.NewService("Empty")); err == nil {
		t.Error("a service without methods is no error")
	}
}

func TestWrongContracts(t *testing.T) {
	if _, err := serve[Store](nil, exceptions); err == nil {
		t.Error("nil is no implementation")
	}
	if _, err := serve[Store](&Store{}, exceptions); err == nil {
		t.Error("functions that are nil are none")
	}
	if _, err := serve[Store](&shelf{}); err == nil || !strings.Contains(err.Error(), "rpc.Exceptions") {
		t.Error(err)
	}
	if _, err := serve[int](7); err == nil {
		t.Error("a number is no contract")
	}
	if _, err := apachethrift.NewClient[Store](nil, rpc.Exceptions(7)); err == nil {
		t.Error("a number is no exception")
	}
	type page struct {
		Text string `protobuf:"1"`
	}
	type library struct {
		Turn func(ctx context.Context, page *page) (*page, error)
	}
	if _, err := serve[library](&library{func(_ context.Context, page *page) (*page, error) { return page, nil }}, rpc.Protobuf()); !errors.Is(err, rpc.CodeContract) {
		t.Error("messages of Protobuf:", err)
	}
	if _, err := apachethrift.NewClient[library](nil, rpc.Protobuf()); !errors.Is(err, rpc.CodeContract) {
		t.Error("messages of Protobuf:", err)
	}
	type leaf struct {
		Text string `frugal:"1"`
	}
	type stream struct {
		Turn func(ctx context.Context, leaf *leaf) iter.Seq2[*leaf, error]
	}
	if _, err := serve[stream](&stream{func(context.Context, *leaf) iter.Seq2[*leaf, error] { return nil }}); !errors.Is(err, rpc.CodeContract) {
		t.Error("a stream:", err)
	}
	if _, err := apachethrift.NewClient[stream](nil); !errors.Is(err, rpc.CodeContract) {
		t.Error("a stream:", err)
	}
}

// calls is a TClient that gives a result.
type calls struct{ result []byte }

func (c calls) Call(ctx context.Context, _ string, arguments, result thrift.TStruct) (thrift.ResponseMeta, error) {
	p := protocols[0].make(memoryOf(bytes.Clone(c.result)))
	if err := arguments.Write(ctx, protocols[0].make(memoryOf(nil))); err != nil || result == nil {
		return thrift.ResponseMeta{}, err
	}
	return thrift.ResponseMeta{}, result.Read(ctx, p)
}

func TestResults(t *testing.T) {
	for _, c := range []struct {
		name   string
		result []byte
		ok     func(n int64, err error) bool
	}{
		{"success", []byte{10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0}, func(n int64, err error) bool { return n == 5 && err == nil }},
		{"none", []byte{0}, func(n int64, err error) bool { return n == 0 && applicationCode(err) == thrift.MISSING_RESULT }},
		{"exception", []byte{12, 0, 1, 0, 0}, func(n int64, err error) bool { return n == 0 && errors.As(err, new(*Denied)) }},
		{"both", []byte{10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 12, 0, 1, 0, 0}, func(n int64, err error) bool { return n == 0 && errors.As(err, new(*Denied)) }},
		{"an exception that is not declared", []byte{12, 0, 2, 0, 0}, func(n int64, err error) bool { return applicationCode(err) == thrift.MISSING_RESULT }},
		{"success of another type", []byte{8, 0, 0, 0, 0, 0, 5, 0}, func(n int64, err error) bool { return applicationCode(err) == thrift.MISSING_RESULT }},
		{"cut", []byte{10, 0, 0, 0}, func(n int64, err error) bool { return n == 0 && codeOf(err) >= 0 }},
	} {
		n, err := clientOf(t, calls{c.result}).Put(background, &Item{Part: &Part{}})
		if !c.ok(n, err) {
			t.Errorf("%s: %d, %v", c.name, n, err)
		}
	}
	c := clientOf(t, calls{[]byte{0}})
	if err := c.Clear(background, true); err != nil {
		t.Error(err)
	}
	if keys, err := c.Keys(background); keys != nil || err != nil { // servers leave out nil
		t.Error(keys, err)
	}
	if err := c.Hint(background, ""); err != nil {
		t.Error(err)
	}
	if _, err := c.Put(background, &Item{Part: &Part{}, Choice: &Choice{}}); codeOf(err) != thrift.INVALID_DATA {
		t.Error(err)
	}
}
