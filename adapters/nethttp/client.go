package nethttp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
)

// maxReply limits the body of a reply.
const maxReply = 64 << 20

// Fill sets the func fields of the contract, a pointer to a struct as rpc.WithContract takes it, to functions that call the service
// of that name below a URL such as http://localhost:8080. Their errors are declared exceptions, a *rpc.BizError or a *rpc.Error. The
// error of Fill is about the contract; what JSON cannot hold is an *UnsupportedError in it.
func Fill(client *http.Client, baseURL, service string, target any, options ...rpc.ContractOption) error {
	base := strings.TrimSuffix(baseURL, "/") + "/" + url.PathEscape(service) + "/"
	return contract.NewReader(options).Fill(target, func(f *contract.Field) (contract.Body, error) {
		m, err := newMethod(f.Method)
		if err != nil {
			return nil, err
		}
		called := &calledMethod{m, f, client, base + url.PathEscape(m.Name)}
		return called.call, nil
	})
}

// calledMethod is a method of a contract with its address.
type calledMethod struct {
	*method
	field  *contract.Field
	client *http.Client
	url    string
}

// call is the function in the field of the contract.
func (m *calledMethod) call(in []reflect.Value) []reflect.Value {
	ctx, _ := in[0].Interface().(context.Context)
	if ctx == nil {
		ctx = context.Background()
	}
	arguments := reflect.New(m.Arguments).Elem()
	for i, p := range in[1:] {
		arguments.Field(i).Set(p)
	}
	result, err := m.exchange(ctx, arguments)
	var success reflect.Value
	if err == nil && m.Returns {
		_, success = m.success(result)
	}
	return m.field.Out(success, err)
}

// exchange makes a call and returns the struct of results.
func (m *calledMethod) exchange(ctx context.Context, arguments reflect.Value) (result reflect.Value, err error) {
	body, err := m.encodeRequest(arguments)
	if err != nil {
		return result, &rpc.Error{Code: rpc.CodeEncode, Method: m.Name, Err: err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(body))
	if err != nil {
		return result, &rpc.Error{Code: rpc.CodeConnect, Method: m.Name, Err: err}
	}
	request.Header.Set("Content-Type", "application/json")
	metainfo.ToHTTPHeader(ctx, metainfo.HTTPHeader(request.Header))
	response, err := m.client.Do(request)
	if err != nil {
		return result, m.lost(ctx, err)
	}
	defer response.Body.Close()
	accepted := response.StatusCode >= 200 && response.StatusCode <= 299
	if accepted && m.Oneway {
		return result, nil // the body of HTTP/2 ends when the handler returns
	}
	data, err := io.ReadAll(http.MaxBytesReader(nil, response.Body, maxReply))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return result, &rpc.Error{Code: rpc.CodeLimit, Method: m.Name, Err: err}
	case err != nil:
		return result, m.lost(ctx, err)
	case !accepted:
		return result, m.errorOf(response.StatusCode, data, maxReply)
	}
	result = reflect.New(m.Result).Elem()
	if err := m.decodeReply(bytes.NewReader(data), result, maxReply); err != nil {
		return result, &rpc.Error{Code: rpc.CodeInvalidReply, Method: m.Name, Err: err}
	}
	return result, nil
}

// lost returns the error for a call without an answer.
func (m *calledMethod) lost(ctx context.Context, err error) error {
	code := rpc.CodeClosed
	var network *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded):
		code = rpc.CodeTimeout
	case errors.Is(err, context.Canceled):
		code = rpc.CodeCanceled
	case errors.As(err, &network) && network.Op == "dial":
		code = rpc.CodeConnect
	}
	return &rpc.Error{Code: code, Method: m.Name, Err: err}
}
