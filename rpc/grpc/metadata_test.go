package grpc_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/message"
)

// travel returns what a peer receives of metadata.
func travel(t *testing.T, m grpc.Metadata) (received grpc.Metadata) {
	t.Helper()
	require.NoError(t, m.Fields(func(name, value string) {
		require.Equal(t, strings.ToLower(name), name)
		require.Equal(t, strings.Trim(value, " \t"), value)
		for i := range len(value) {
			require.True(t, value[i] >= ' ' && value[i] <= '~', "%q", value)
		}
		require.NoError(t, received.AddField(name, value))
	}))
	return received
}

func TestMetadata(t *testing.T) {
	m := grpc.Pairs("X-User", "a", "x-user", "b", "Key-Bin", "\x00\xff ", "left out")
	m.Add("X-USER", "c", "")
	m.Set("One", "1", "2")
	m.Set("one", "3")
	require.Equal(t, grpc.Metadata{"x-user": {"a", "b", "c", ""}, "key-bin": {"\x00\xff "}, "one": {"3"}}, m)
	require.Equal(t, "a", m.Get("x-USER"))
	require.Equal(t, []string{"3"}, m.Values("ONE"))
	require.Empty(t, m.Get("none"))
	require.Empty(t, grpc.Metadata(nil).Get("none"))
	require.Equal(t, m, travel(t, m))
	require.Equal(t, grpc.Metadata{"upper": {"x"}}, travel(t, grpc.Metadata{"UPPER": {"x"}}))

	clone := m.Clone()
	clone.Add("one", "4")
	clone["x-user"][0] = "changed"
	require.Equal(t, []string{"3"}, m["one"])
	require.Equal(t, "a", m.Get("x-user"))
	require.Nil(t, grpc.Metadata(nil).Clone())
}

// TestMetadataNotSent: what must not be in a header field is an error, and nothing is sent.
func TestMetadataNotSent(t *testing.T) {
	for _, key := range []string{"", ":path", ":x", "grpc-status", "grpc-x", "GRPC-Timeout", "content-type", "Content-Length", "user-agent", "host", "te", "trailer",
		"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "a b", "a:b", "é", "a\nb", "a/b", "\x00"} {
		err := grpc.Metadata{"a-good-one": {"x"}, key: {"x"}}.Fields(func(string, string) { t.Errorf("%q was sent", key) })
		require.ErrorIs(t, err, message.CodeEncode, key)
	}
	for _, value := range []string{" a", "a ", " ", "\t", "a\n", "a\r\nb: c", "\x00", "\x7f", "é", "\xff"} {
		require.ErrorIs(t, grpc.Metadata{"key": {"x", value}}.Check(), message.CodeEncode, "%q", value)
		binary := grpc.Metadata{"key-bin": {"x", value, ""}}
		require.Equal(t, binary, travel(t, binary))
	}
	require.NoError(t, grpc.Metadata{"x-grpc": {""}, "-bin": {"é"}, "0_.": {"a b", "~!"}, "none": nil}.Check())
}

func TestMetadataReceived(t *testing.T) {
	for value, want := range map[string][]string{
		"":                       {""},
		"YQ":                     {"a"},
		"YQ==":                   {"a"},
		"YWI=":                   {"ab"},
		"YWJj":                   {"abc"},
		"YQ,YWI=,,YWJj":          {"a", "ab", "", "abc"},
		"YQ==, YWI":              {"a", "ab"},
		"+/+/":                   {"\xfb\xff\xbf"},
		",":                      {"", ""},
		strings.Repeat(",", 255): make([]string, 256),
	} {
		m := grpc.Metadata{"x-bin": {"first"}}
		require.NoError(t, m.AddField("x-bin", value), value)
		require.Equal(t, append([]string{"first"}, want...), m["x-bin"], value)
	}
	for _, value := range []string{"=", "Y", "YQ=", "YQ===", "Y Q", "-_-_", "YQ==YQ==", "é", "YQ,*", strings.Repeat("*", 1<<20), strings.Repeat(",", 256)} {
		m := grpc.Metadata{"x-bin": {"first"}}
		err := m.AddField("x-bin", value)
		require.ErrorIs(t, err, grpc.Internal, value)
		require.Less(t, len(err.Error()), 400)
		require.Equal(t, grpc.Metadata{"x-bin": {"first"}}, m)
	}
	var m grpc.Metadata
	for _, name := range []string{"", ":path", ":status", "grpc-status", "grpc-encoding", "grpc-x-bin", "content-type", "te", "user-agent", "host"} {
		require.NoError(t, m.AddField(name, "*"))
	}
	require.Nil(t, m, "reserved names are no metadata")
	require.NoError(t, m.AddField("x", "any \xff"))
	require.Equal(t, grpc.Metadata{"x": {"any \xff"}}, m)
}

func TestOutgoingMetadata(t *testing.T) {
	ctx := context.Background()
	require.Nil(t, grpc.OutgoingMetadata(ctx))
	require.Nil(t, grpc.OutgoingMetadata(grpc.WithMetadata(ctx, nil)))
	sent := grpc.Pairs("a", "1")
	one := grpc.WithMetadata(ctx, sent)
	two := grpc.WithMetadata(one, grpc.Metadata{"A": {"2"}, "b": {"3"}})
	three := grpc.WithMetadata(one, grpc.Pairs("a", "4"))
	sent["a"][0] = "changed"
	require.Equal(t, grpc.Pairs("a", "1"), grpc.OutgoingMetadata(one))
	require.Equal(t, grpc.Metadata{"a": {"1", "2"}, "b": {"3"}}, grpc.OutgoingMetadata(two))
	require.Equal(t, grpc.Metadata{"a": {"1", "4"}}, grpc.OutgoingMetadata(three))
	handled, _ := grpc.WithHandling(ctx, grpc.Pairs("a", "1"))
	require.Nil(t, grpc.OutgoingMetadata(handled), "what comes in does not go on")
}

func TestReplyMetadata(t *testing.T) {
	var reply grpc.Reply
	none := grpc.ReplyOf(context.Background())
	require.Nil(t, none)
	none.Receive(grpc.Pairs("a", "1"), nil)
	require.Nil(t, none.Header())
	require.Nil(t, none.Trailer())

	ctx := grpc.WithReply(context.Background(), &reply)
	require.Nil(t, reply.Header())
	grpc.ReplyOf(ctx).Receive(grpc.Pairs("a", "1"), grpc.Pairs("b", "2"))
	require.Equal(t, grpc.Pairs("a", "1"), reply.Header())
	require.Equal(t, grpc.Pairs("b", "2"), reply.Trailer())
	grpc.ReplyOf(ctx).Receive(nil, nil)
	require.Nil(t, reply.Header())
	require.Nil(t, reply.Trailer())
}

func TestMetadataOfHandlers(t *testing.T) {
	background := context.Background()
	require.Nil(t, grpc.IncomingMetadata(background))
	require.ErrorIs(t, grpc.SetHeader(background, nil), message.CodeContract)
	require.ErrorIs(t, grpc.SetTrailer(background, grpc.Pairs("a", "1")), message.CodeContract)

	ctx, h := grpc.WithHandling(background, grpc.Pairs("a", "1"))
	ctx = grpc.WithMetadata(ctx, grpc.Pairs("other", "2"))
	require.Equal(t, grpc.Pairs("a", "1"), grpc.IncomingMetadata(ctx))
	require.NoError(t, grpc.SetHeader(ctx, grpc.Pairs("h", "1")))
	require.NoError(t, grpc.SetHeader(ctx, grpc.Pairs("H", "2")))
	require.NoError(t, grpc.SetTrailer(ctx, grpc.Pairs("t-bin", "\xff")))
	require.ErrorIs(t, grpc.SetHeader(ctx, grpc.Pairs("grpc-status", "0")), message.CodeEncode)
	require.ErrorIs(t, grpc.SetTrailer(ctx, grpc.Pairs("x", "\n")), message.CodeEncode)
	require.Equal(t, grpc.Metadata{"h": {"1", "2"}}, h.SendHeader())
	require.ErrorIs(t, grpc.SetHeader(ctx, grpc.Pairs("h", "3")), message.CodeClosed)
	require.NoError(t, grpc.SetTrailer(ctx, grpc.Pairs("t", "2")))
	require.Equal(t, grpc.Metadata{"t-bin": {"\xff"}, "t": {"2"}}, h.End())
	require.ErrorIs(t, grpc.SetTrailer(ctx, grpc.Pairs("t", "3")), message.CodeClosed)
	require.Equal(t, grpc.Metadata{"h": {"1", "2"}}, h.SendHeader(), "asked again, also after the end")

	_, h = grpc.WithHandling(background, nil)
	require.Nil(t, h.End())
	require.Nil(t, h.SendHeader())
}

// TestMetadataLeftBehind: what a handler has started goes on when the reply is sent, and changes nothing of it.
func TestMetadataLeftBehind(t *testing.T) {
	ctx, h := grpc.WithHandling(context.Background(), nil)
	var group sync.WaitGroup
	for i := range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := range 200 {
				_ = grpc.SetHeader(ctx, grpc.Pairs(fmt.Sprint("h", i), "1"))
				if err := grpc.SetTrailer(ctx, grpc.Pairs("t", fmt.Sprint(j))); err != nil && !errors.Is(err, message.CodeClosed) {
					t.Error(err)
				}
			}
		}()
	}
	header := h.SendHeader()
	trailer := h.End()
	sent := fmt.Sprint(header, trailer)
	group.Wait()
	require.Equal(t, sent, fmt.Sprint(header, trailer))
}

// TestInfo: values of package metainfo arrive as they were, and under the names that Kitex has for them.
func TestInfo(t *testing.T) {
	for name, row := range map[string]struct {
		info   map[string]string
		fields grpc.Metadata // nil if there are others, too
	}{
		"none":     {nil, grpc.Metadata{}},
		"of Kitex": {map[string]string{"RPC_TRANSIT_USER_ID": "7", "RPC_PERSIST_A": "b c"}, grpc.Metadata{"rpc-transit-user-id": {"7"}, "rpc-persist-a": {"b c"}}},
		"back":     {map[string]string{"RPC_BACKWARD_STATE": "x"}, grpc.Metadata{"rpc-backward-state": {"x"}}},
		"bytes":    {map[string]string{"RPC_TRANSIT_X_BIN": "\x00 "}, grpc.Metadata{"rpc-transit-x-bin": {"\x00 "}}},
		"keys":     {map[string]string{"RPC_PERSIST_RetryReq": "1", "RPC_TRANSIT_user-id": "7", "RPC_TRANSIT_user_id": "8", "RPC_TRANSIT_": "x", "RPC_TRANSIT_é": "9", "own": "10", "": "11"}, nil},
		"values":   {map[string]string{"RPC_PERSIST_A": "é", "RPC_PERSIST_B": "\xff", "RPC_PERSIST_C": " c", "RPC_PERSIST_D": "d"}, nil},
		"one key":  {map[string]string{"RPC_TRANSIT_a_b": "1", "RPC_TRANSIT_A_B": "2", "RPC_TRANSIT_a-b": "3"}, nil},
	} {
		m := grpc.Metadata{}
		grpc.AddInfo(m, row.info)
		if row.fields != nil {
			require.Equal(t, row.fields, m, name)
		}
		received := travel(t, m)
		require.Equal(t, row.info, grpc.InfoOf(received), name)
		for key := range received {
			require.True(t, grpc.IsInfo(key), key)
		}
	}
	m := grpc.Metadata{}
	grpc.AddInfo(m, map[string]string{"RPC_TRANSIT_a_b": "1", "RPC_TRANSIT_A_B": "2", "RPC_TRANSIT_a-b": "3", "RPC_PERSIST_RetryReq": "1"})
	require.Equal(t, "2", m.Get("rpc-transit-a-b"), "Kitex gets the value whose key it sees")
	require.Equal(t, "1", m.Get("rpc-persist-retryreq"))
	for _, key := range []string{"", "rpc", "x-user", "rpc-other-x", "tagwire-metainfo"} {
		require.False(t, grpc.IsInfo(key))
	}
}

// TestInfoOfKitex: fields are those that metainfo's own functions write and read.
func TestInfoOfKitex(t *testing.T) {
	ctx := metainfo.WithPersistentValue(metainfo.WithValue(context.Background(), "USER_ID", "7"), "TENANT", "a b")
	theirs, ours, info := grpc.Metadata{}, grpc.Metadata{}, map[string]string{}
	metainfo.ToHTTPHeader(ctx, metainfo.HTTPHeader(theirs))
	metainfo.SaveMetaInfoToMap(ctx, info)
	grpc.AddInfo(ours, info)
	require.Equal(t, theirs, ours)
	require.Equal(t, info, grpc.InfoOf(theirs))
	back := metainfo.FromHTTPHeader(context.Background(), metainfo.HTTPHeader(ours))
	value, _ := metainfo.GetValue(back, "USER_ID")
	require.Equal(t, "7", value)
}

// TestHostileInfo: what cannot be read does not hide what can.
func TestHostileInfo(t *testing.T) {
	fields := grpc.Metadata{"rpc-transit-": {"x"}, "rpc-persist-": nil, "rpc-backward-a": {}, "rpc-persist-b": {"1", "2"}, "x": {"y"}}
	want := map[string]string{"RPC_PERSIST_B": "1"}
	require.Equal(t, want, grpc.InfoOf(fields))
	for _, exact := range []string{"\xff", "\x0a\xff\xff\xff\xff\x0f", "\x0a\x02\x0a", "x"} {
		fields["tagwire-metainfo-bin"] = []string{"\x0a\x06\x0a\x01a\x12\x01b", exact}
		require.Equal(t, want, grpc.InfoOf(fields), "% x", exact)
	}
	// So it is with what takes much more memory than it has bytes.
	var many strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&many, "\n\x07\n\x05%05d", i)
	}
	fields["tagwire-metainfo-bin"] = []string{many.String()}
	require.Equal(t, want, grpc.InfoOf(fields))
	fields["tagwire-metainfo-bin"] = []string{"\xff", "\x0a\x06\x0a\x01a\x12\x01b"}
	require.Equal(t, map[string]string{"a": "b"}, grpc.InfoOf(fields))
	require.Nil(t, grpc.InfoOf(nil))
}
