package grpcadapter_test

import (
	"encoding/base64"
	"math"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire/adapters/grpc/internal/peer"
	rpcgrpc "github.com/tagwire/tagwire/rpc/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The rules of package rpc/grpc are compared here with what grpc-go does, on random input.

// randomText returns a text of pieces that matter to what encodes and decodes it.
func randomText(random *rand.Rand) string {
	pieces := []string{"a", "Z", " ", "~", "%", "%%", "%4", "%41", "%e2%98%ba", "%zz", "%\xff", "\x00", "\n", "\x7f", "é", "☺", "😈", "\xff", "\xe2\x98", "\xc0\x80",
		"\xed\xa0\x80", "\uFFFD", "text"}
	var out strings.Builder
	for range random.IntN(9) {
		out.WriteString(pieces[random.IntN(len(pieces))])
	}
	return out.String()
}

func TestMessagesAreEncodedAsGRPCDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	equal := 0
	for range 200_000 {
		text := randomText(random)
		got, want := rpcgrpc.EncodeMessage(text), peer.EncodeMessage(text)
		if strings.Trim(text, " ") == text {
			equal++
			if got != want {
				t.Fatalf("%q: %q, and grpc-go has %q", text, got, want)
			}
		}
		// Spaces at the ends of header fields are not allowed in HTTP/2, so they are encoded; both read the same.
		if strings.Trim(got, " ") != got || peer.DecodeMessage(got) != peer.DecodeMessage(want) {
			t.Fatalf("%q: %q is not what grpc-go has: %q", text, got, want)
		}
	}
	if equal < 100_000 {
		t.Error(equal)
	}
}

func TestMessagesAreDecodedAsGRPCDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200_000 {
		value := randomText(random)
		if got, want := rpcgrpc.DecodeMessage(value), peer.DecodeMessage(value); got != want {
			t.Fatalf("%q: %q, and grpc-go has %q", value, got, want)
		}
	}
}

func TestTimeoutsAreEncodedAsGRPCDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for i := range 200_000 {
		d := time.Duration(random.Int64() >> random.IntN(64))
		switch i {
		case 0:
			d = math.MaxInt64
		case 1:
			d = math.MinInt64
		}
		got := string(rpcgrpc.AppendTimeout(nil, d))
		if want := peer.EncodeTimeout(d); got != want {
			t.Fatalf("%d: %q, and grpc-go has %q", d, got, want)
		}
		back, err := rpcgrpc.ParseTimeout(got)
		if err != nil || back < d {
			t.Fatalf("%d: %q, which is read as %v, %v", d, got, back, err)
		}
	}
}

func TestTimeoutsAreDecodedAsGRPCDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	read := 0
	for range 200_000 {
		value := randomOf(random, "0123456789", 10) + randomOf(random, "HMSmunx+-_ ", 2)
		got, err := rpcgrpc.ParseTimeout(value)
		want, failure := peer.DecodeTimeout(value)
		if got != want || (err == nil) != (failure == nil) {
			t.Fatalf("%q: %v, %v, and grpc-go has %v, %v", value, got, err, want, failure)
		}
		if err == nil {
			read++
		}
	}
	if read < 10_000 {
		t.Error(read)
	}
}

// randomOf returns up to n bytes of an alphabet.
func randomOf(random *rand.Rand, alphabet string, n int) string {
	out := make([]byte, random.IntN(n+1))
	for i := range out {
		out[i] = alphabet[random.IntN(len(alphabet))]
	}
	return string(out)
}

func TestBinaryMetadataIsDecodedAsGRPCDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	read := 0
	for range 100_000 {
		value := randomOf(random, "ABCDabcd0189+/", 9) + randomOf(random, "=*", 2)
		var m rpcgrpc.Metadata
		err := m.AddField("x-bin", value)
		want, failure := peer.DecodeMetadata("x-bin", value)
		if (err == nil) != (failure == nil) || err == nil && m.Get("x-bin") != want {
			t.Fatalf("%q: %q, %v, and grpc-go has %q, %v", value, m.Get("x-bin"), err, want, failure)
		}
		if err == nil {
			read++
		}
	}
	if read < 10_000 {
		t.Error(read)
	}
}

// TestStatusesAreReadAsGRPCDoes: details are taken, ignored or refused as grpc-go does.
func TestStatusesAreReadAsGRPCDoes(t *testing.T) {
	encode := func(s *rpcgrpc.Status) []byte {
		data, err := base64.RawStdEncoding.DecodeString(s.EncodeDetails())
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	details := []rpcgrpc.Any{{TypeURL: "a/b", Value: []byte("c")}, {TypeURL: "d"}}
	whole := encode(&rpcgrpc.Status{Code: 5, Message: "of the details", Details: details})
	values := [][]byte{whole, encode(&rpcgrpc.Status{Code: 6, Message: "other", Details: details}), {8, 5}, {8, 5, 18, 1, 0xff}, {8, 5, 18, 2, 'x'},
		{8, 5, 34, 1, 'x'}, {13, 0, 0, 0, 0}, {8, 0x85, 0x80, 0x80, 0x80, 0x10}, append(whole[:len(whole):len(whole)], 0x80)}
	for n := range len(whole) - 1 {
		n++ // an empty field is taken for none
		values = append(values, whole[:n])
	}
	for _, value := range values {
		want := fromPeer(peer.NewStatus(5, "text", []string{string(value)}))
		got := rpcgrpc.ParseStatus("5", "text", base64.StdEncoding.EncodeToString(value))
		if want.Code == rpcgrpc.Internal {
			want.Message, got.Message = "", "" // which are for people
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("% x: %+v, and grpc-go has %+v", value, got, want)
		}
	}
}

func fromPeer(s *status.Status) *rpcgrpc.Status {
	made := &rpcgrpc.Status{Code: rpcgrpc.Code(s.Code()), Message: s.Message()}
	for _, d := range s.Proto().GetDetails() {
		made.Details = append(made.Details, rpcgrpc.Any{TypeURL: d.TypeUrl, Value: d.Value})
	}
	return made
}

// TestContentTypes: grpc-go takes what follows on the first + or ; for the format, parameters too, and letters as they are.
func TestContentTypes(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for range 20_000 {
		value := "application/grpc" + randomOf(random, "+-protxw", 6)
		got, ok := rpcgrpc.ParseContentType(value)
		want, valid := peer.ContentSubtype(value)
		if strings.Trim(want, "protxw+-") != "" || got != want && valid || ok != valid {
			t.Fatalf("%q: %q, %v, and grpc-go has %q, %v", value, got, ok, want, valid)
		}
	}
}

// TestCodesOfGRPC: numbers, names and texts are those of grpc-go.
func TestCodesOfGRPC(t *testing.T) {
	for c := range rpcgrpc.Code(20) {
		if c.String() != codes.Code(c).String() {
			t.Errorf("%v is %v", c, codes.Code(c))
		}
		var read codes.Code
		if err := read.UnmarshalJSON([]byte(c.Decimal())); c <= rpcgrpc.Unauthenticated && (err != nil || read != codes.Code(c)) {
			t.Error(c, read, err)
		}
	}
	// The specification has no other.
	for status := range 1000 {
		want := map[int]codes.Code{
			http.StatusBadRequest: codes.Internal, http.StatusUnauthorized: codes.Unauthenticated, http.StatusForbidden: codes.PermissionDenied,
			http.StatusNotFound: codes.Unimplemented, http.StatusTooManyRequests: codes.Unavailable, http.StatusBadGateway: codes.Unavailable,
			http.StatusServiceUnavailable: codes.Unavailable, http.StatusGatewayTimeout: codes.Unavailable,
		}[status]
		if want == codes.OK {
			want = codes.Unknown
		}
		if got := rpcgrpc.CodeOfHTTPStatus(status); got != rpcgrpc.Code(want) {
			t.Errorf("%d: %v", status, got)
		}
	}
}
