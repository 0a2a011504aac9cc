package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"github.com/tagwire/tagwire/rpc"
)

// Load has what takes memory in each way.
type Load struct {
	Number  int64             `frugal:"1"`
	Text    string            `frugal:"2"`
	Blob    []byte            `frugal:"3"`
	Numbers []int64           `frugal:"4,default,list<i64>"`
	Flags   []bool            `frugal:"5,default,list<bool>"`
	Parts   []*Part           `frugal:"6,default,list<Part>"`
	ByName  map[string]*Part  `frugal:"7"`
	Names   map[int32]string  `frugal:"8"`
	Limit   *int32            `frugal:"9,optional"`
	Main    *Part             `frugal:"10,optional"`
	Rows    [][]string        `frugal:"11,default,list<list<string>>"`
	Tags    map[string]string `frugal:"12"`
}

type Part struct {
	Name  string  `frugal:"1"`
	Count int64   `frugal:"2"`
	Grade *int64  `frugal:"3,optional"`
	Ratio float64 `frugal:"4"`
}

// loadOf returns a value of its own for each number, with a text of the given length.
func loadOf(number, length int) *Load {
	part := func(i int) *Part {
		p := &Part{Name: fmt.Sprint("part ", number, " ", i), Count: int64(number * i), Ratio: float64(i) / 3}
		if i%2 == 0 {
			grade := int64(number + i)
			p.Grade = &grade
		}
		return p
	}
	limit := int32(number)
	l := &Load{
		Number: int64(number), Text: strings.Repeat(string(rune('a'+number%26)), length), Blob: bytes.Repeat([]byte{byte(number)}, 3+number%50),
		ByName: map[string]*Part{}, Names: map[int32]string{}, Limit: &limit, Main: part(number), Tags: map[string]string{},
	}
	for i := range 2 + number%7 {
		l.Numbers = append(l.Numbers, int64(number)<<i)
		l.Flags = append(l.Flags, (number+i)%3 == 0)
		l.Parts = append(l.Parts, part(i))
		l.ByName[fmt.Sprint(number, i)] = part(i + 1)
		l.Names[int32(i)] = fmt.Sprint(number)
		l.Rows = append(l.Rows, []string{fmt.Sprint(i), fmt.Sprint(number)})
		l.Tags[fmt.Sprint(i)] = fmt.Sprint("tag ", number)
	}
	return l
}

// check compares a value with that of its number.
func (l *Load) check() error {
	if want := loadOf(int(l.Number), len(l.Text)); !reflect.DeepEqual(want, l) {
		return fmt.Errorf("number %d: %+v is not %+v", l.Number, l, want)
	}
	return nil
}

// changing checks a value for a while.
func (l *Load) changing() error {
	for range 20 {
		if err := l.check(); err != nil {
			return err
		}
		runtime.Gosched()
	}
	return nil
}

// reflector is a service whose handlers return what refers to their requests.
func reflector() []*rpc.Service {
	svc := rpc.NewService("Reflector")
	rpc.Handle(svc, "Same", func(_ context.Context, req *Load) (*Load, error) { return req, req.check() })
	rpc.Handle(svc, "Spread", func(_ context.Context, req *Load) (*Load, error) { return req, req.check() }, rpc.Spread())
	rpc.Handle(svc, "Exception", func(_ context.Context, req *Load) (*rpc.Void, error) { return nil, &NotFound{Key: req.Text} },
		rpc.Throws(1, NotFound{}))
	rpc.Handle(svc, "Error", func(_ context.Context, req *Load) (*rpc.Void, error) { return nil, errors.New(req.Tags["0"]) })
	rpc.Handle(svc, "Business", func(_ context.Context, req *Load) (*rpc.Void, error) {
		return nil, &rpc.BizError{Status: int32(req.Number) + 1, Message: req.Tags["0"], Extra: req.Tags}
	})
	return []*rpc.Service{svc}
}

// callReflector makes the calls of a service reflector, and checks what comes back.
func callReflector(ctx context.Context, client *rpc.Client, headers bool, number, length int) error {
	request := loadOf(number, length)
	for _, method := range []*rpc.Method[Load, Load]{rpc.NewMethod[Load, Load]("Same"), rpc.NewMethod[Load, Load]("Spread", rpc.Spread())} {
		reply, err := method.Call(ctx, client, request)
		if err == nil {
			err = reply.check()
		}
		if err == nil && reply.Number != request.Number {
			err = errors.New("the reply is to another call")
		}
		if err != nil {
			return err
		}
	}
	_, err := rpc.NewMethod[Load, rpc.Void]("Exception", rpc.Throws(1, NotFound{})).Call(ctx, client, request)
	if thrown := (*NotFound)(nil); !errors.As(err, &thrown) || thrown.Key != request.Text {
		return fmt.Errorf("no exception, but %w", err)
	}
	_, err = rpc.Call[Load, rpc.Void](ctx, client, "Error", request)
	if e := (*rpc.Error)(nil); !errors.As(err, &e) || e.Message != request.Tags["0"] {
		return fmt.Errorf("no error of the handler's, but %w", err)
	}
	if !headers {
		return nil
	}
	_, err = rpc.Call[Load, rpc.Void](ctx, client, "Business", request)
	if e := (*rpc.BizError)(nil); !errors.As(err, &e) || int64(e.Status) != request.Number+1 || !reflect.DeepEqual(e.Extra, request.Tags) {
		return fmt.Errorf("no business error, but %w", err)
	}
	return nil
}
