// Package talk is the Go side of idl/talk.proto: the contract, the service, and what a client checks.
package talk

import (
	"context"
	"iter"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
	"google.golang.org/grpc"
)

// Name is the service's.
const Name = "tagwire.interop.Talk"

// Line is a message with fields of most kinds.
type Line struct {
	Text   string            `protobuf:"1"`
	Number int64             `protobuf:"2,zigzag"`
	Data   []byte            `protobuf:"3"`
	Words  []string          `protobuf:"4"`
	Counts map[string]uint32 `protobuf:"5"`
	Mood   int32             `protobuf:"6"`
	Weight *float64          `protobuf:"7"`
	About  *Line             `protobuf:"8"`
	Marks  []uint32          `protobuf:"9,fixed"`
}

// Functions is the contract that a server has.
type Functions struct {
	Say      func(context.Context, *Line) (*Line, error)
	Split    func(context.Context, *Line) iter.Seq2[*Line, error]
	Join     func(context.Context, iter.Seq2[*Line, error]) (*Line, error)
	Converse func(context.Context, iter.Seq2[*Line, error]) iter.Seq2[*Line, error]
}

// Calls is the contract of a client, which also calls what no server has.
type Calls struct {
	Functions
	Missing func(context.Context, *Line) (*Line, error)
}

// Contract returns what sets the functions.
func (c *Calls) Contract() framework.Contract {
	return framework.Contract{Service: Name, Functions: c, Fill: func(conn grpc.ClientConnInterface) {
		const prefix = "/" + Name + "/"
		c.Say = framework.CallUnary[Line, Line](conn, prefix+"Say")
		c.Split = framework.CallServerStream[Line, Line](conn, prefix+"Split")
		c.Join = framework.CallClientStream[Line, Line](conn, prefix+"Join")
		c.Converse = framework.CallBidirectional[Line, Line](conn, prefix+"Converse")
		c.Missing = framework.CallUnary[Line, Line](conn, prefix+"Missing")
	}}
}

// New returns the service as a framework serves it.
func New(f framework.Framework) framework.Service {
	s := &service{f}
	return framework.Service{
		Name:      Name,
		Implement: func(svc *rpc.Service) { rpc.Implement[Functions](svc, s, rpc.Protobuf()) },
		Methods: []framework.Method{
			framework.Unary("Say", s.Say), framework.ServerStream("Split", s.Split),
			framework.ClientStream("Join", s.Join), framework.Bidirectional("Converse", s.Converse),
		},
	}
}

// Codes of statuses.
const (
	canceled         = 1
	deadlineExceeded = 4
	notFound         = 5
	aborted          = 10
	unimplemented    = 12
)

// What a server echoes.
const (
	echoName    = "x-echo"
	echoBinName = "x-echo-bin"
)

type service struct{ framework.Framework }

func (s *service) Say(ctx context.Context, line *Line) (*Line, error) {
	received := s.Received(ctx)
	if values := received[echoName]; len(values) > 0 {
		s.SetHeader(ctx, framework.Metadata{echoName: values})
	}
	if values := received[echoBinName]; len(values) > 0 {
		s.SetTrailer(ctx, framework.Metadata{echoBinName: values})
	}
	switch line.Text {
	case "fail":
		status := framework.Status{Code: notFound}
		if line.About != nil {
			status.Message = line.About.Text
		}
		return nil, s.Error(status)
	case "sleep":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	answer := *line
	answer.Number++
	return &answer, nil
}

func (s *service) Split(_ context.Context, line *Line) iter.Seq2[*Line, error] {
	return func(yield func(*Line, error) bool) {
		for i, word := range line.Words {
			if !yield(&Line{Text: word, Number: int64(i)}, nil) {
				return
			}
			if word == "fail" {
				yield(nil, s.Error(framework.Status{Code: aborted, Message: "as asked"}))
				return
			}
		}
	}
}

func (s *service) Join(_ context.Context, lines iter.Seq2[*Line, error]) (*Line, error) {
	joined := &Line{}
	for line, err := range lines {
		if err != nil {
			return nil, err
		}
		joined.Words = append(joined.Words, line.Text)
		joined.Number += line.Number
	}
	return joined, nil
}

func (s *service) Converse(_ context.Context, lines iter.Seq2[*Line, error]) iter.Seq2[*Line, error] {
	return func(yield func(*Line, error) bool) {
		for line, err := range lines {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(&Line{Text: line.Text, Number: -line.Number}, nil) || line.Text == "bye" {
				return
			}
		}
	}
}
