package nethttp

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/memory"
)

// An Option says how a handler serves.
type Option func(*handler)

// WithMaxBody limits a request's body to n bytes, and the memory of its values to 16 times that. Without it, n is 4 MiB.
func WithMaxBody(n int64) Option { return func(h *handler) { h.maxBody = max(1, n) } }

// WithTimeout ends the context of each call after d. Without it, only the end of the connection ends it.
func WithTimeout(d time.Duration) Option { return func(h *handler) { h.timeout = d } }

const defaultMaxBody = 4 << 20

// NewHandler returns a handler for the methods of svc, to be mounted on /Name/, where Name is that of svc. The error is about the
// methods of svc, to which nothing can be added afterwards; what JSON cannot hold is an *UnsupportedError in it. The same svc can be
// registered with a rpc.Server, too.
//
// The body of a request is the method's only parameter, if that is a struct or a pointer to one, and otherwise an object with the
// parameters under their ids. The body of a reply is the result, and {} if there is none.
func NewHandler(svc *rpc.Service, options ...Option) (http.Handler, error) {
	methods, err := svc.Methods()
	if err != nil {
		return nil, err
	}
	h := &handler{maxBody: defaultMaxBody, methods: map[string]*servedMethod{}}
	for _, m := range methods {
		made, err := newMethod(m.Method)
		if err != nil {
			return nil, err
		}
		h.methods["/"+svc.Name()+"/"+m.Name] = &servedMethod{made, m.Invoke}
	}
	for _, o := range options {
		o(h)
	}
	return h, nil
}

// handler serves the methods of a service, by their paths.
type handler struct {
	methods map[string]*servedMethod
	maxBody int64
	timeout time.Duration
}

// servedMethod is a method with its handler.
type servedMethod struct {
	*method
	invoke invoke.Invoker
}

// ServeHTTP answers a call.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m := h.methods[r.URL.Path]
	if f := refuse(w, m, r); f != nil {
		f.send(w)
		return
	}
	ctx := metainfo.TransferForward(metainfo.FromHTTPHeader(r.Context(), metainfo.HTTPHeader(r.Header)))
	if m.Oneway {
		// A caller that has its answer may close the connection.
		ctx = context.WithoutCancel(ctx)
	}
	if h.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, h.timeout)
		defer cancel()
	}
	r.Body = http.MaxBytesReader(w, r.Body, h.maxBody)
	arguments, f := m.receive(r, h.maxBody)
	switch {
	case f != nil:
		f.send(w)
	case m.Oneway:
		m.accept(ctx, w, arguments)
	default:
		reply, f := m.call(ctx, arguments)
		if f != nil {
			f.send(w)
			return
		}
		send(w, http.StatusOK, reply)
	}
}

// refuse returns why a request is none for the method, which is nil if there is none at its path.
func refuse(w http.ResponseWriter, m *servedMethod, r *http.Request) *failure {
	switch {
	case m == nil:
		return fail(http.StatusNotFound, rpc.CodeUnknownMethod, "there is no method at "+r.URL.Path)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return fail(http.StatusMethodNotAllowed, rpc.CodeProtocolError, "a call is a POST request")
	}
	// Browsers ask before they send JSON to another origin, so other types are not taken for JSON.
	contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	encoding := r.Header.Get("Content-Encoding")
	if err != nil || contentType != "application/json" || encoding != "" && !strings.EqualFold(encoding, "identity") {
		return fail(http.StatusUnsupportedMediaType, rpc.CodeProtocolError, "the body has to be JSON, with Content-Type: application/json")
	}
	return nil
}

// receive returns a pointer to the struct of arguments.
func (m *servedMethod) receive(r *http.Request, limit int64) (arguments reflect.Value, f *failure) {
	defer m.recover(&f)
	arguments = reflect.New(m.Arguments)
	if initial, ok := arguments.Interface().(memory.Defaulter); ok && m.Retained {
		initial.InitDefault()
	}
	err := m.decodeRequest(r.Body, arguments.Elem(), limit)
	switch {
	case errors.Is(err, errLimit):
		return arguments, fail(http.StatusRequestEntityTooLarge, rpc.CodeLimit, err.Error())
	case err != nil:
		return arguments, fail(http.StatusBadRequest, rpc.CodeProtocolError, err.Error())
	}
	return arguments, nil
}

// call calls the handler, and returns the body of the reply.
func (m *servedMethod) call(ctx context.Context, arguments reflect.Value) (reply []byte, f *failure) {
	defer m.recover(&f)
	result := reflect.New(m.Result)
	if err := m.invoke(ctx, arguments.UnsafePointer(), result.UnsafePointer()); err != nil {
		return nil, m.failureOf(err)
	}
	reply, err := m.encodeReply(result.Elem())
	if err != nil {
		return nil, fail(http.StatusInternalServerError, rpc.CodeEncode, "the result has no JSON: "+err.Error())
	}
	return reply, nil
}

// accept answers a oneway call and calls the handler then.
func (m *servedMethod) accept(ctx context.Context, w http.ResponseWriter, arguments reflect.Value) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusAccepted)
	_ = http.NewResponseController(w).Flush() // a writer that cannot sends it when the handler has returned
	var f *failure
	defer m.recover(&f)
	if err := m.invoke(ctx, arguments.UnsafePointer(), unsafe.Pointer(nil)); err != nil {
		slog.Error("nethttp: the handler of "+m.Name+", which is oneway, failed", "error", err)
	}
}

// recover turns a panic into an answer that does not show its value, which may hold what the caller must not see.
func (m *servedMethod) recover(f **failure) {
	if value := recover(); value != nil {
		slog.Error("nethttp: the handler of "+m.Name+" panicked", "value", value, "stack", string(debug.Stack()))
		*f = fail(http.StatusInternalServerError, rpc.CodeInternal, "the handler panicked")
	}
}

// send sends the answer.
func (f *failure) send(w http.ResponseWriter) {
	body, err := json.Marshal(f)
	if err != nil {
		f.status, body = http.StatusInternalServerError, []byte(`{"error":"the error has no JSON"}`)
	}
	send(w, f.status, body)
}

func send(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // if that fails, the caller is gone
}
