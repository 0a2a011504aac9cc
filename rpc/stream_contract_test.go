package rpc_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// TestStreamContracts: what is wrong with a contract is said, with what to write.
func TestStreamContracts(t *testing.T) {
	for name, wrong := range map[string]any{
		"no message": &struct {
			F func(context.Context, iter.Seq2[string, error]) error
		}{},
		"a value": &struct {
			F func(context.Context, Request) iter.Seq2[*Reply, error]
		}{},
		"an error besides": &struct {
			F func(context.Context, *Request) (iter.Seq2[*Reply, error], error)
		}{},
		"no context": &struct {
			F func(*Request) iter.Seq2[*Reply, error]
		}{},
		"two parameters": &struct {
			F func(context.Context, *Request, *Request) iter.Seq2[*Reply, error]
		}{},
		"one value": &struct {
			F func(context.Context, *Request) iter.Seq[*Reply]
		}{},
		"oneway": &struct {
			F func(context.Context, *Request) iter.Seq2[*Reply, error] `rpc:",oneway"`
		}{},
		"params": &struct {
			F func(context.Context, *Request) iter.Seq2[*Reply, error] `params:"1"`
		}{},
		"untagged": &struct {
			F func(context.Context, *struct{ A int64 }) iter.Seq2[*Reply, error]
		}{},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rpc.NewClient(rpc.WithAddresses("127.0.0.1:1"), rpc.WithContract(wrong))
			require.ErrorIs(t, err, rpc.CodeContract)
			t.Log(err)
		})
	}
	var good Sums
	_, err := rpc.NewClient(rpc.WithAddresses("127.0.0.1:1"), rpc.WithContract(&good, rpc.Exceptions(NotFound{})))
	require.ErrorIs(t, err, rpc.CodeContract)
	require.Contains(t, err.Error(), "rpc.TTHeader")
	svc := rpc.NewService("Sums")
	rpc.HandleServerStream[Request, Reply](svc, "nil", nil)
	rpc.NewStreamMethod[Request, Reply]("none", 0).Handle(svc, nil)
	rpc.NewStreamMethod[Request, int64]("number", rpc.ServerStreams).Handle(svc, nil)
	rpc.NewStreamMethod[Request, Reply]("oneway", rpc.ServerStreams, rpc.Oneway()).Handle(svc, nil)
	for _, text := range []string{"nil", "none", "number", "oneway"} {
		require.Contains(t, svc.Err().Error(), text)
	}
	require.Equal(t, 4, strings.Count(svc.Err().Error(), "wrong contract"))
}

// StreamPage and StreamGone are messages of Protobuf.
type StreamPage struct {
	Text string `protobuf:"1"`
}

type StreamGone struct {
	ID int64 `protobuf:"1"`
}

func (*StreamGone) Error() string { return "gone" }

// StreamLibrary is a contract of such messages.
type StreamLibrary struct {
	Turn func(ctx context.Context, pages iter.Seq2[*StreamPage, error]) iter.Seq2[*StreamPage, error] `rpc:"turn" throws:"1=StreamGone"`
}

func (l *StreamLibrary) turn(_ context.Context, pages iter.Seq2[*StreamPage, error]) iter.Seq2[*StreamPage, error] {
	return func(yield func(*StreamPage, error) bool) {
		for page, err := range pages {
			if err == nil && page.Text == "" {
				err = &StreamGone{7}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(&StreamPage{page.Text + "!"}, nil) {
				return
			}
		}
	}
}

// TestStreamsOfProtobuf: messages of a contract with rpc.Protobuf, and of methods with rpc.ProtobufMessages, are those of Protobuf.
func TestStreamsOfProtobuf(t *testing.T) {
	noLeaks(t)
	eachWorld(t, streamsOfProtobuf)
}

func streamsOfProtobuf(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	svc := rpc.NewService("StreamLibrary")
	var library StreamLibrary
	library.Turn = library.turn
	options := []rpc.ContractOption{rpc.Protobuf(), rpc.Exceptions(StreamGone{})}
	rpc.Implement[StreamLibrary](svc, &library, options...)
	rpc.HandleStream(svc, "also", library.turn, rpc.ProtobufMessages())
	rpc.HandleStream(svc, "thrift", (&sums{}).Echo)
	w := world(t, svc)
	var remote StreamLibrary
	require.NoError(t, w.client.Fill(&remote, options...))
	var texts []string
	var err error
	for page, failure := range remote.Turn(context.Background(), func(yield func(*StreamPage, error) bool) {
		_ = yield(&StreamPage{"a"}, nil) && yield(&StreamPage{"b"}, nil) && yield(&StreamPage{}, nil)
	}) {
		if failure != nil {
			err = failure
			break
		}
		texts = append(texts, page.Text)
	}
	require.Equal(t, []string{"a!", "b!"}, texts)
	if w.pipe != nil {
		var gone *StreamGone
		require.ErrorAs(t, err, &gone)
		require.EqualValues(t, 7, gone.ID)
	} else { // TTHeader has no place for it
		require.ErrorIs(t, err, rpc.CodeInternal)
		require.Contains(t, err.Error(), "gone")
	}
	both := rpc.ClientStreams | rpc.ServerStreams
	s, err := rpc.NewStreamMethod[StreamPage, StreamPage]("also", both, rpc.ProtobufMessages()).Open(context.Background(), w.client)
	require.NoError(t, err)
	require.NoError(t, s.Send(&StreamPage{"c"}))
	page, err := s.Receive()
	require.NoError(t, err)
	require.Equal(t, "c!", page.Text)
	s.Close()
	if w.pipe != nil {
		return
	}
	// A method of Thrift is called with messages of Protobuf.
	s, err = rpc.NewStreamMethod[StreamPage, StreamPage]("thrift", both, rpc.ProtobufMessages()).Open(context.Background(), w.client)
	require.NoError(t, err)
	require.NoError(t, s.Send(&StreamPage{"c"}))
	_, err = s.Receive()
	require.ErrorIs(t, err, rpc.CodeInvalidProtocol)
}
