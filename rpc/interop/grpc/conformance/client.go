package conformance

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
	"google.golang.org/grpc"
)

// atOnce is how many calls are under way at a time. Most wait for the server.
const atOnce = 16

// Contract returns what sets the functions.
func (c *Calls) Contract() framework.Contract {
	return framework.Contract{Service: Name, Functions: c, Fill: func(conn grpc.ClientConnInterface) {
		const prefix = "/" + Name + "/"
		c.Unary = framework.CallUnary[UnaryRequest, Response](conn, prefix+methodUnary)
		c.ServerStream = framework.CallServerStream[ServerStreamRequest, Response](conn, prefix+methodServerStream)
		c.ClientStream = framework.CallClientStream[UnaryRequest, Response](conn, prefix+methodClientStream)
		c.BidiStream = framework.CallBidirectional[BidiStreamRequest, Response](conn, prefix+methodBidiStream)
		c.Unimplemented = framework.CallUnary[Empty, Empty](conn, prefix+methodMissing)
	}}
}

// RunClient makes the calls that the suite asks for on its input, until that ends, and says on its output how they went.
func RunClient(f framework.Framework, in io.Reader, out io.Writer) error {
	var group sync.WaitGroup
	defer group.Wait()
	var lock sync.Mutex
	var failure error // of writing
	slots := make(chan struct{}, atOnce)
	for {
		request := &ClientRequest{}
		if err := read(in, request); errors.Is(err, io.EOF) {
			group.Wait()
			return failure
		} else if err != nil {
			return err
		}
		slots <- struct{}{}
		group.Go(func() {
			response := &ClientResponse{TestName: request.TestName}
			result, err := perform(f, request)
			if err != nil {
				response.Error = &ClientError{err.Error()}
			} else {
				response.Response = result
			}
			<-slots
			lock.Lock()
			defer lock.Unlock()
			if err := write(out, response); err != nil {
				// The suite would wait for it.
				failure = write(out, &ClientResponse{TestName: request.TestName, Error: &ClientError{err.Error()}})
			}
		})
	}
}

// dial returns the functions of a client for one call.
func dial(f framework.Framework, request *ClientRequest) (c *Calls, stop func(), err error) {
	options := framework.Options{Compress: request.Compression == compressionGzip, MaxReceive: int(request.MessageReceiveLimit)}
	if len(request.ServerTLSCert) > 0 {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(request.ServerTLSCert)
		options.TLS = &tls.Config{RootCAs: roots, ServerName: request.Host, NextProtos: []string{"h2"}}
		if request.ClientTLSCreds != nil {
			pair, err := tls.X509KeyPair(request.ClientTLSCreds.Cert, request.ClientTLSCreds.Key)
			if err != nil {
				return nil, nil, err
			}
			options.TLS.Certificates = []tls.Certificate{pair}
		}
	}
	c = &Calls{}
	address := net.JoinHostPort(request.Host, strconv.FormatUint(uint64(request.Port), 10))
	stop, err = f.Dial(address, options, c.Contract())
	return c, stop, err
}

// perform makes one call.
func perform(f framework.Framework, request *ClientRequest) (*ClientResult, error) {
	c, stop, err := dial(f, request)
	if err != nil {
		return nil, err
	}
	defer stop()
	ctx := f.Attach(context.Background(), fromHeaders(request.RequestHeaders))
	if request.TimeoutMS != nil {
		timed, end := context.WithTimeout(ctx, time.Duration(*request.TimeoutMS)*time.Millisecond)
		defer end()
		ctx = timed
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ctx, answer := f.Collect(ctx)
	p := &performance{Calls: c, ClientRequest: request, cancel: cancel, result: &ClientResult{}}
	err, fault := p.call(ctx)
	if fault != nil {
		return nil, fault
	}
	p.result.Error, p.result.NumUnsentRequests = toError(f, err), p.unsent.Load()
	p.result.ResponseHeaders, p.result.ResponseTrailers = toHeaders(answer.Header()), toHeaders(answer.Trailer())
	return p.result, nil
}

// A performance is a call that is made.
type performance struct {
	*Calls
	*ClientRequest
	cancel func()
	result *ClientResult
	unsent atomic.Int32 // of the requests, which another goroutine sends
}

// call makes the call. The first error is its outcome, the second one says why there is none.
func (p *performance) call(ctx context.Context) (outcome, fault error) {
	if p.Service == nil || *p.Service != Name || p.Method == nil {
		return nil, errors.New("another service")
	}
	switch *p.Method {
	case methodUnary:
		request, err := only[UnaryRequest](p)
		if err != nil {
			return nil, err
		}
		return p.keep(p.single(func() (*Response, error) { return p.Unary(ctx, request) })), nil
	case methodMissing:
		_, err := p.Unimplemented(ctx, &Empty{})
		return err, nil
	case methodServerStream:
		request, err := only[ServerStreamRequest](p)
		if err != nil {
			return nil, err
		}
		p.closed()
		return p.receive(p.ServerStream(ctx, request), nil), nil
	case methodClientStream:
		all, err := messages[UnaryRequest](p)
		if err != nil {
			return nil, err
		}
		return p.keep(p.ClientStream(ctx, outgoing(ctx, p, all, nil))), nil
	case methodBidiStream:
		all, err := messages[BidiStreamRequest](p)
		if err != nil {
			return nil, err
		}
		var turns chan struct{}
		if p.StreamType == fullDuplexStream {
			turns = make(chan struct{}, len(all)+1)
			turns <- struct{}{}
		}
		return p.receive(p.BidiStream(ctx, outgoing(ctx, p, all, turns)), turns), nil
	}
	return nil, fmt.Errorf("another method: %s", *p.Method)
}

// single arranges for a unary call to be cancelled, and makes it.
func (p *performance) single(call func() (*Response, error)) (*Response, error) {
	p.closed()
	return call()
}

// closed is called when no request follows, or just before a call that sends one by itself.
func (p *performance) closed() {
	switch {
	case p.Cancel == nil || p.Cancel.BeforeCloseSend != nil || p.Cancel.AfterNumResponses != nil:
	case p.Cancel.AfterCloseSendMS != nil:
		time.AfterFunc(time.Duration(*p.Cancel.AfterCloseSendMS)*time.Millisecond, p.cancel)
	default:
		time.AfterFunc(0, p.cancel)
	}
}

// keep adds a response to the result.
func (p *performance) keep(response *Response, err error) error {
	if err == nil {
		p.result.Payloads = append(p.result.Payloads, response.Payload)
	}
	return err
}

// receive adds all responses to the result, and lets the next request go behind each.
func (p *performance) receive(responses iter.Seq2[*Response, error], turns chan<- struct{}) error {
	for response, err := range responses {
		if p.keep(response, err) != nil {
			return err
		}
		if p.Cancel != nil && p.Cancel.AfterNumResponses != nil && int(*p.Cancel.AfterNumResponses) == len(p.result.Payloads) {
			p.cancel()
		}
		select {
		case turns <- struct{}{}:
		default: // there are more responses than requests, or no turns
		}
	}
	return nil
}

// outgoing yields requests. With turns each takes one of them, and so does the end.
func outgoing[T any](ctx context.Context, p *performance, all []*T, turns <-chan struct{}) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		turn := func() bool {
			if turns == nil {
				return true
			}
			select {
			case <-turns:
				return true
			case <-ctx.Done():
				return false
			}
		}
		for i, request := range all {
			pause(p.RequestDelayMS)
			if !turn() || !yield(request, nil) {
				p.unsent.Store(int32(len(all) - i))
				return
			}
		}
		if len(all) > 0 && !turn() {
			return
		}
		if p.Cancel != nil && p.Cancel.BeforeCloseSend != nil {
			p.cancel()
			return
		}
		p.closed()
	}
}

// messages unpacks all requests.
func messages[T any](p *performance) ([]*T, error) {
	var all []*T
	for _, packed := range p.RequestMessages {
		request := new(T)
		if err := tagwire.Unmarshal(packed.Value, request, asProtobuf); err != nil {
			return nil, err
		}
		all = append(all, request)
	}
	return all, nil
}

// only unpacks the request of a method that has one.
func only[T any](p *performance) (*T, error) {
	all, err := messages[T](p)
	if err == nil && len(all) != 1 {
		err = fmt.Errorf("there are %d requests", len(all))
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}
