package streamtest

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tagwire/tagwire/rpc"
)

// Good is the message of the streams, in both formats.
type Good struct {
	Name  string `frugal:"1,required" protobuf:"1"`
	Data  []byte `frugal:"4,optional,binary" protobuf:"4"`
	Cents int64  `frugal:"5" protobuf:"5"`
}

// Lost is an exception that the streams declare.
type Lost struct {
	Key string `frugal:"1" protobuf:"1"`
}

// Error returns a text with the key.
func (e *Lost) Error() string { return "lost " + e.Key }

// Market is a contract with a stream of each shape.
type Market struct {
	Watch  func(ctx context.Context, request *Good) iter.Seq2[*Good, error]                    `throws:"1=Lost"`
	Gather func(ctx context.Context, requests iter.Seq2[*Good, error]) (*Good, error)          `throws:"1=Lost"`
	Trade  func(ctx context.Context, requests iter.Seq2[*Good, error]) iter.Seq2[*Good, error] `throws:"1=Lost"`
}

// Formats has the options of the contract in each format.
var Formats = map[string][]rpc.ContractOption{
	"thrift":   {rpc.Exceptions(Lost{})},
	"protobuf": {rpc.Exceptions(Lost{}), rpc.Protobuf()},
}

// Stall implements Market: the names in requests say what it does.
type Stall struct {
	yielded atomic.Int64
	ended   chan string // how a handler has ended that was told to, or that got an error
	begun   chan bool   // a handler has got a request named "begin"
}

// NewStall returns an implementation.
func NewStall() *Stall { return &Stall{ended: make(chan string, 1000), begun: make(chan bool, 1000)} }

// Service returns the service shop.Store, in a format.
func (s *Stall) Service(format string) *rpc.Service {
	svc := rpc.NewService("shop.Store")
	rpc.Implement[Market](svc, s, Formats[format]...)
	return svc
}

var (
	errBad   = errors.New("bad")
	business = &rpc.BizError{Status: 3, Message: "no money", Extra: map[string]string{"a": "ü\n"}}
)

// at does what a name says.
func (s *Stall) at(ctx context.Context, name string) error {
	switch name {
	case "begin":
		s.begun <- true
	case "lost":
		return &Lost{"k"}
	case "business":
		return business
	case "error":
		return errBad
	case "panic":
		panic("secret")
	case "goexit":
		runtime.Goexit()
	case "wait":
		<-ctx.Done()
		s.ended <- "context"
		return ctx.Err()
	}
	return nil
}

// Watch yields as many goods as the request has cents, each with its data, and then does what its name says.
func (s *Stall) Watch(ctx context.Context, request *Good) iter.Seq2[*Good, error] {
	return func(yield func(*Good, error) bool) {
		for i := range request.Cents {
			if !yield(&Good{Name: request.Name, Cents: i, Data: request.Data}, nil) {
				s.ended <- "told to stop"
				return
			}
			s.yielded.Add(1)
		}
		switch err := s.at(ctx, request.Name); {
		case err != nil:
			yield(nil, err)
		case request.Name == "nothing":
			yield(nil, nil)
		}
	}
}

// Gather adds the cents up, and joins the names.
func (s *Stall) Gather(ctx context.Context, requests iter.Seq2[*Good, error]) (*Good, error) {
	sum := new(Good)
	for request, err := range requests {
		if err != nil {
			s.ended <- "error"
			return nil, err
		}
		if err := s.at(ctx, request.Name); err != nil {
			return nil, err
		}
		switch request.Name {
		case "nothing":
			return nil, nil
		case "early":
			return sum, nil
		}
		sum.Cents += request.Cents
		sum.Name += request.Name
	}
	return sum, nil
}

// Trade sends the requests back.
func (s *Stall) Trade(ctx context.Context, requests iter.Seq2[*Good, error]) iter.Seq2[*Good, error] {
	return func(yield func(*Good, error) bool) {
		for request, err := range requests {
			if err == nil {
				err = s.at(ctx, request.Name)
			} else {
				s.ended <- "error"
			}
			switch {
			case err != nil:
				yield(nil, err)
				return
			case request.Name == "early":
				return
			case request.Name == "leave":
				// It goes on to receive, in a goroutine, when the handler has returned.
				go func() {
					for range requests {
					}
					s.ended <- "left"
				}()
				return
			case !yield(request, nil):
				s.ended <- "told to stop"
				return
			}
		}
	}
}

// next waits for the end of a handler.
func (s *Stall) next(t testing.TB) string {
	t.Helper()
	select {
	case how := <-s.ended:
		return how
	case <-time.After(30 * time.Second):
		t.Fatal("the handler does not end")
		return ""
	}
}
