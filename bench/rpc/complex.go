package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/bench/kitexgen/shapes"
	"github.com/tagwire/tagwire/rpc"
)

// The complex call sends a struct as generated code has them, with lists, maps, enums and optional fields, and gets it back.

// complexValue has 20 items in a list and 8 in a map.
func complexValue() *shapes.Complex {
	part := func(i int) *shapes.Part {
		p := &shapes.Part{Name: fmt.Sprintf("part %d", 1000*i), Count: int64(i) << 30}
		if i%2 == 0 {
			grade := shapes.Grade_FINE
			p.Grade = &grade
		}
		if i%3 == 0 {
			weight := float64(i) / 7
			p.Weight = &weight
		}
		return p
	}
	note, limit := "a note of some length", int32(500)
	value := &shapes.Complex{
		Name: "the name of a complex struct", Number: 1 << 40, Grade: shapes.Grade_FINE,
		PartByName:    map[string]*shapes.Part{},
		CountsByGrade: map[shapes.Grade][]int64{shapes.Grade_PLAIN: {1, 2, 3}, shapes.Grade_FINE: {4, 5, 6, 7}},
		Blob:          []byte(strings.Repeat("blob", 16)), Note: &note, Limit: &limit, Active: true, Main: part(99),
	}
	for i := range 20 {
		value.Parts = append(value.Parts, part(i))
	}
	for i := range 8 {
		value.PartByName[fmt.Sprintf("part-%d", i)] = part(20 + i)
		value.Tags = append(value.Tags, fmt.Sprintf("tag %d", 1000*i))
	}
	return value
}

// complexBytes is the encoding, for a ceiling of the same size.
var complexBytes = func() string {
	data, err := tagwire.Marshal(complexValue())
	if err != nil {
		panic(err)
	}
	return string(data)
}()

// serveComplex serves the complex call on all transports.
func serveComplex(options ...rpc.ServerOption) func() (string, error) {
	return func() (string, error) {
		service := rpc.NewService("Complex")
		rpc.Handle(service, "echo", func(_ context.Context, request *shapes.Complex) (*shapes.Complex, error) { return request, nil })
		return serveService(service, options...)
	}
}

var errOtherValue = errors.New("the answer is another value")

// compareComplex compares what takes little time to compare.
func compareComplex(value, reply *shapes.Complex) error {
	if reply.Number != value.Number || len(reply.Parts) != len(value.Parts) || len(reply.PartByName) != len(value.PartByName) ||
		reply.Main == nil || reply.Main.Count != value.Main.Count {
		return errOtherValue
	}
	return nil
}

// connectComplex makes one client with a connection for each caller. Callers that reuse decode replies into an arena each, and are
// done with a reply when they make the next call.
func connectComplex(transport rpc.Protocol, reuse bool, options ...rpc.ClientOption) func(address string) (runner, error) {
	return func(address string) (runner, error) {
		client, err := rpc.NewClient(append([]rpc.ClientOption{rpc.WithAddresses(address), rpc.WithTransport(transport),
			rpc.WithService("Complex"), rpc.WithPool(callerCount, time.Minute)}, options...)...)
		if err != nil {
			return nil, err
		}
		return callers(complexValue(), compareComplex, func() (func(*shapes.Complex) (*shapes.Complex, error), error) {
			arena, ctx := new(tagwire.Arena), context.Background()
			if reuse {
				ctx = rpc.WithReplyArena(ctx, arena)
			}
			return func(request *shapes.Complex) (*shapes.Complex, error) {
				arena.Reset()
				return rpc.Call[shapes.Complex, shapes.Complex](ctx, client, "echo", request)
			}, nil
		})
	}
}

// serveService serves a service on a free port.
func serveService(service *rpc.Service, options ...rpc.ServerOption) (string, error) {
	server := rpc.NewServer(options...)
	if err := server.Register(service); err != nil {
		return "", err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { panic(server.Serve(listener)) }() // It ends with the process.
	return listener.Addr().String(), nil
}
