package grpc_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/message"
)

// documented returns the rows of the table in a section of docs/errors.md, without its head. Backquotes are taken away.
func documented(t *testing.T, section int) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/errors.md")
	require.NoError(t, err)
	_, text2, found := strings.Cut(string(text), fmt.Sprintf("\n## %d. ", section))
	require.True(t, found)
	text2, _, _ = strings.Cut(text2, "\n## ")
	var rows [][]string
	for _, line := range strings.Split(text2, "\n") {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.ReplaceAll(line, "`", ""), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	require.Greater(t, len(rows), 2)
	return rows[2:]
}

// rpcCodes returns the codes of package rpc by their names, as the source of package message has them.
func rpcCodes(t *testing.T) map[string]message.Code {
	t.Helper()
	source, err := os.ReadFile("../message/errors.go")
	require.NoError(t, err)
	codes, next := map[string]message.Code{}, message.CodeConnect
	for _, found := range regexp.MustCompile(`(?m)^\t(Code\w+)(?: Code = (\w+)(?: \+ iota)?)?$`).FindAllStringSubmatch(string(source), -1) {
		number, err := strconv.Atoi(found[2])
		if err != nil {
			number = int(next)
		}
		codes[found[1]], next = message.Code(number), message.Code(number+1)
	}
	require.Equal(t, message.CodeCircuitOpen, codes["CodeCircuitOpen"])
	require.Equal(t, message.CodeOverloaded, codes["CodeOverloaded"])
	return codes
}

// called returns the error that a caller gets over a transport.
func called(t *testing.T, over rpc.Protocol) func(sent error) error {
	t.Helper()
	answers := make(chan error, 1)
	svc := rpc.NewService("Errors")
	rpc.Handle(svc, "Fail", func(context.Context, *rpc.Void) (*rpc.Void, error) {
		answer := <-answers
		if answer == nil {
			panic("secret")
		}
		return nil, answer
	}, rpc.Throws(1, taken{}))
	server := rpc.NewServer()
	require.NoError(t, server.Register(svc))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	client, err := rpc.NewClient(rpc.WithAddresses(listener.Addr().String()), rpc.WithService("Errors"), rpc.WithTransport(over))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, client.Close())
		require.NoError(t, server.Close())
		<-done
	})
	method := rpc.NewMethod[rpc.Void, rpc.Void]("Fail", rpc.Throws(1, taken{}))
	return func(sent error) error {
		answers <- sent
		_, err := method.Call(context.Background(), client, &rpc.Void{})
		return err
	}
}

// overGRPC returns the error that a caller gets for what is sent for an error.
func overGRPC(s *grpc.Status, trailer grpc.Metadata, m *contract.Method) error {
	return grpc.ParseStatus(s.Code.Decimal(), grpc.EncodeMessage(s.Message), s.EncodeDetails()).Err(m, "shop.Store", trailer)
}

// codeOf returns the code of a *rpc.Error.
func codeOf(t *testing.T, err error) message.Code {
	t.Helper()
	var failure *rpc.Error
	require.ErrorAs(t, err, &failure)
	return failure.Code
}

// TestDocumentedOutcomes compares section 1 of docs/errors.md, as far as gRPC and Thrift are concerned. What a panic becomes is the server's.
func TestDocumentedOutcomes(t *testing.T) {
	thrift, m := called(t, rpc.Framed), method(t, false)
	sent := map[string]error{
		"a declared exception": fmt.Errorf("x: %w", &taken{Item: "k"}),
		"a *rpc.BizError":      fmt.Errorf("x: %w", &rpc.BizError{Status: 3, Message: "m"}),
		"a *grpc.Status, a grpc.Code, or an error with a method GRPCStatus": fmt.Errorf("x: %w", grpc.NotFound),
		"a status whose code is OK":                                         &grpc.Status{Message: "m"},
		"a *rpc.Error":                                                      &rpc.Error{Code: rpc.CodeBadSequence},
		"context.DeadlineExceeded":                                          fmt.Errorf("x: %w", context.DeadlineExceeded),
		"context.Canceled":                                                  fmt.Errorf("x: %w", context.Canceled),
		"any other error":                                                   errors.New("other"),
		"nothing, since it panics":                                          nil,
	}
	for _, row := range documented(t, 1) {
		err, known := sent[row[0]]
		require.True(t, known, row[0])
		delete(sent, row[0])
		caught := thrift(err)
		if number := regexp.MustCompile(`exception (\d+)`).FindStringSubmatch(row[1]); number != nil {
			require.Equal(t, number[1], strconv.Itoa(int(codeOf(t, caught))), row[0])
		} else {
			require.Contains(t, []string{"the field of the result", "see section 2"}, row[1])
		}
		if row[0] == "a *rpc.Error" || err == nil {
			continue
		}
		s, trailer := grpc.StatusOf(err, m, "shop.Store")
		want, text, _ := strings.Cut(row[2], " ")
		if want == "that" { // the code of the status
			want, text = grpc.NotFound.String(), "with its text"
		}
		require.Equal(t, want, s.Code.String(), row[0])
		if strings.HasPrefix(text, "with its text") {
			require.Equal(t, err.Error(), s.Message, row[0])
		}
		require.Equal(t, strings.Contains(row[2], "biz-status"), trailer.Get(grpc.BusinessStatus) != "", row[0])
		caught = overGRPC(s, trailer, m)
		switch {
		case strings.HasPrefix(row[3], "an equal exception"):
			require.Equal(t, &taken{Item: "k"}, caught)
		case strings.HasPrefix(row[3], "an equal *rpc.BizError"):
			require.Equal(t, &rpc.BizError{Status: 3, Message: "m"}, caught)
		case strings.HasPrefix(row[3], "*rpc.Error with "):
			want, _, _ := strings.Cut(strings.TrimPrefix(row[3], "*rpc.Error with "), ",")
			require.Equal(t, rpcCodes(t)[want], codeOf(t, caught), row[0])
		default:
			require.Equal(t, "*rpc.Error that wraps the *grpc.Status", row[3])
			var found *grpc.Status
			require.ErrorAs(t, caught, &found)
			require.Equal(t, grpc.NotFound, found.Code)
		}
	}
	require.Empty(t, sent, "these rows are missing")
}

// TestDocumentedCodes compares section 2 of docs/errors.md, all columns of all rows, and demands a row for each code.
func TestDocumentedCodes(t *testing.T) {
	thrift, m, codes := called(t, rpc.Framed), method(t, false), rpcCodes(t)
	missing := rpcCodes(t)
	for _, row := range documented(t, 2) {
		number, err := strconv.Atoi(row[1])
		require.NoError(t, err)
		code := message.Code(number)
		if !strings.HasPrefix(row[0], "any other") {
			require.Equal(t, codes[row[0]], code, row[0])
			delete(missing, row[0])
		}
		sent := &rpc.Error{Code: code, Message: "m"}
		require.Equal(t, row[2], strconv.Itoa(int(codeOf(t, thrift(sent)))), row[0])
		require.Equal(t, row[3], grpc.CodeOf(code).String(), row[0])
		require.Equal(t, row[4], grpc.ConnectCodeOf(code).String(), row[0])
		require.Equal(t, row[5], strconv.Itoa(grpc.HTTPStatusOf(code)), row[0])
		want := code
		if row[6] != "itself" {
			want = codes[row[6]]
		}
		for i, statusOf := range []func(error, *contract.Method, string) (*grpc.Status, grpc.Metadata){grpc.StatusOf, grpc.ConnectStatusOf} {
			s, trailer := statusOf(sent, m, "shop.Store")
			require.Equal(t, row[3+i], s.Code.String(), row[0])
			caught := overGRPC(s, trailer, m)
			require.Equal(t, want, codeOf(t, caught), row[0])
			require.ErrorIs(t, caught, s.Code)
			require.Equal(t, code == rpc.CodeOverloaded, caught.(*rpc.Error).Retryable, row[0])
		}
	}
	require.Empty(t, missing, "these codes have no row")
}

// TestDocumentedCodesOfGRPC compares section 3 of docs/errors.md.
func TestDocumentedCodesOfGRPC(t *testing.T) {
	m, codes := method(t, false), rpcCodes(t)
	rows := documented(t, 3)
	for i, row := range rows {
		require.Equal(t, strconv.Itoa(i), row[1])
		code := grpc.Code(i)
		if i < len(rows)-1 {
			require.Equal(t, row[0], code.String())
		}
		require.Equal(t, row[3], strconv.Itoa(code.HTTPStatus()))
		err := overGRPC(&grpc.Status{Code: code, Message: "m"}, nil, m)
		if code == grpc.OK {
			require.NoError(t, err)
			continue
		}
		name, also, _ := strings.Cut(row[2], ", ")
		require.Equal(t, codes[name], codeOf(t, err), row[0])
		require.Equal(t, codes[name], code.RPC(), row[0])
		require.Equal(t, also == "context.Canceled", errors.Is(err, context.Canceled))
		require.Equal(t, also == "context.DeadlineExceeded", errors.Is(err, context.DeadlineExceeded))
		require.ErrorIs(t, err, code)
		require.NotErrorIs(t, err, code+1)
		// What a handler returns of it has the same status.
		s, trailer := grpc.StatusOf(err, m, "shop.Store")
		require.Equal(t, &grpc.Status{Code: code, Message: "m"}, s)
		require.Nil(t, trailer)
	}
}

// TestDocumentedHTTPStatuses compares section 4 of docs/errors.md, and demands that it has all that are not as any other.
func TestDocumentedHTTPStatuses(t *testing.T) {
	codes, rows := rpcCodes(t), map[string][]string{}
	for _, row := range documented(t, 4) {
		rows[row[0]] = row
	}
	for status := range 1000 {
		row := rows[strconv.Itoa(status)]
		if row == nil {
			row = rows["any other"]
		}
		require.Equal(t, row[1], grpc.CodeOfHTTPStatus(status).String(), status)
		require.Equal(t, codes[row[2]], grpc.RPCCodeOfHTTPStatus(status), status)
	}
}

// TestDocumentedResets compares section 5 of docs/errors.md.
func TestDocumentedResets(t *testing.T) {
	rows := documented(t, 5)
	for i, row := range rows {
		number, err := strconv.ParseUint(row[1], 10, 32)
		require.NoError(t, err)
		if i < len(rows)-1 {
			require.Equal(t, uint64(i), number)
		}
		require.Equal(t, row[2], grpc.CodeOfReset(uint32(number)).String(), row[0])
	}
}

// TestDocumentedErrorsOfCalls compares sections 1 and 2 of docs/errors.md with calls by package rpc itself, over gRPC.
func TestDocumentedErrorsOfCalls(t *testing.T) {
	call, codes := called(t, rpc.GRPC), rpcCodes(t)
	for _, row := range documented(t, 2) {
		number, err := strconv.Atoi(row[1])
		require.NoError(t, err)
		sent := &rpc.Error{Code: message.Code(number), Message: "m"}
		caught, want := call(sent), sent.Code
		if row[6] != "itself" {
			want = codes[row[6]]
		}
		require.Equal(t, want, codeOf(t, caught), row[0])
		require.ErrorIs(t, caught, grpc.CodeOf(sent.Code), row[0])
		require.Equal(t, sent.Code == rpc.CodeOverloaded, caught.(*rpc.Error).Retryable, row[0])
	}
	require.Equal(t, &taken{Item: "k"}, call(fmt.Errorf("x: %w", &taken{Item: "k"})))
	business := &rpc.BizError{Status: 3, Message: "ü", Extra: map[string]string{"a": "ü"}}
	require.Equal(t, business, call(business))
	require.ErrorIs(t, call(context.Canceled), context.Canceled)
	require.ErrorIs(t, call(context.DeadlineExceeded), context.DeadlineExceeded)
	require.ErrorIs(t, call(errors.New("other")), grpc.Unknown)
	panicked := call(nil)
	require.ErrorIs(t, panicked, rpc.CodeInternal)
	require.NotContains(t, panicked.Error(), "secret")

	sent := &grpc.Status{Code: grpc.DataLoss, Message: " 100% ☺\n", Details: []grpc.Any{{TypeURL: "a/b", Value: []byte("c")}}}
	var status *grpc.Status
	require.ErrorAs(t, call(sent), &status)
	require.Equal(t, sent, status)
}

// TestLongErrors: an error that is longer than the caller takes keeps its code.
func TestLongErrors(t *testing.T) {
	call := called(t, rpc.GRPC)
	details := []grpc.Any{{TypeURL: "a/b", Value: make([]byte, 100_000)}}
	for _, sent := range []*grpc.Status{
		{Code: grpc.NotFound, Message: strings.Repeat("x", 1<<20)}, {Code: grpc.NotFound, Message: strings.Repeat("x", 600), Details: details},
	} {
		var got *grpc.Status
		require.ErrorAs(t, call(sent), &got)
		require.Equal(t, sent.Short(), got)
	}
	require.ErrorIs(t, call(&rpc.BizError{Status: 1, Message: "m", Extra: map[string]string{"a": strings.Repeat("x", 100_000)}}), grpc.Internal)
}
