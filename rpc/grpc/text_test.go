package grpc_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/grpc"
)

// TestMessageText: what is encoded is ASCII that a header field may have, and is read back.
func TestMessageText(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"plain text, ~":          "plain text, ~",
		"100%":                   "100%25",
		" a b ":                  "%20a b%20",
		" ":                      "%20",
		"\t\ntest ☺ 😈\r\n":       "%09%0Atest %E2%98%BA %F0%9F%98%88%0D%0A",
		"\x00\x7f":               "%00%7F",
		"a\xffb":                 "a%EF%BF%BDb",
		"\xe2\x98":               "%EF%BF%BD%EF%BF%BD",
		"\uFFFD":                 "%EF%BF%BD",
		strings.Repeat("é", 300): strings.Repeat("%C3%A9", 300),
	} {
		got := grpc.EncodeMessage(text)
		require.Equal(t, want, got)
		require.Equal(t, strings.Map(func(r rune) rune { return r }, text), grpc.DecodeMessage(got))
	}
}

// TestMessageTextOfPeers: what no encoder writes is read, and never refused.
func TestMessageTextOfPeers(t *testing.T) {
	for value, want := range map[string]string{
		"%":           "%",
		"%4":          "%4",
		"%41":         "A",
		"a%":          "a%",
		"%%41":        "%A",
		"%zz%41%4":    "%zzA%4",
		"%e2%98%ba":   "☺",
		"%E2%98":      "\xe2\x98",
		"%ff%GG":      "\xff%GG",
		"%+1%-1% 1":   "%+1%-1% 1",
		"é%":          "é%",
		"%00%0a":      "\x00\n",
		"%2541":       "%41",
		"%4%41":       "%4A",
		"100% of 200": "100% of 200",
	} {
		require.Equal(t, want, grpc.DecodeMessage(value), value)
	}
}

func TestTimeouts(t *testing.T) {
	const longest = time.Duration(math.MaxInt64)
	for value, want := range map[string]time.Duration{
		"0n": 0, "1n": 1, "00000001u": time.Microsecond, "20m": 20 * time.Millisecond, "5S": 5 * time.Second, "7M": 7 * time.Minute, "2H": 2 * time.Hour,
		"99999999S": 99_999_999 * time.Second, "99999999M": 99_999_999 * time.Minute, "2562047H": 2562047 * time.Hour, "2562048H": longest, "99999999H": longest,
	} {
		got, err := grpc.ParseTimeout(value)
		require.NoError(t, err)
		require.Equal(t, want, got, value)
	}
	for _, value := range []string{"", "S", "5", "5s", "+5S", "-5S", "5.0S", "5 S", " 5S", "5S ", "123456789S", "000000001S", "0x1S", "5SS", "٣S", "5S\x00", strings.Repeat("9", 1000) + "n"} {
		_, err := grpc.ParseTimeout(value)
		var status *grpc.Status
		require.ErrorAs(t, err, &status, value)
		require.Equal(t, grpc.Internal, status.Code)
		require.Less(t, len(status.Message), 200)
	}
	for d, want := range map[time.Duration]string{
		math.MinInt64: "0n", -1: "0n", 0: "0n", 1: "1n", 99_999_999: "99999999n", 100_000_000: "100000u", 100_000_001: "100001u",
		100 * time.Second: "100000m", 100_000 * time.Second: "100000S", longest: "2562048H",
	} {
		require.Equal(t, want, string(grpc.AppendTimeout(nil, d)))
	}
	require.Equal(t, "grpc-timeout 1000000u", string(grpc.AppendTimeout([]byte("grpc-timeout "), time.Second)))
}

func TestCodeText(t *testing.T) {
	for c := range grpc.Code(40) {
		require.Equal(t, strconv.Itoa(int(c)), c.Decimal())
		back, ok := grpc.ParseCode(c.Decimal())
		require.True(t, ok)
		require.Equal(t, c, back)
	}
	require.Equal(t, "Code(17)", grpc.Code(17).String())
	require.Equal(t, "Code(4294967295)", grpc.Code(math.MaxUint32).Error())
	require.Equal(t, "4294967295", grpc.Code(math.MaxUint32).Decimal())
	for value, want := range map[string]grpc.Code{"0": grpc.OK, "007": 7, "0000000016": grpc.Unauthenticated, "2147483647": math.MaxInt32} {
		got, ok := grpc.ParseCode(value)
		require.True(t, ok, value)
		require.Equal(t, want, got)
	}
	for _, value := range []string{"", " 5", "5 ", "+5", "-1", "0x5", "5.", "2147483648", "9999999999", "00000000005", "99999999999999999999"} {
		_, ok := grpc.ParseCode(value)
		require.False(t, ok, value)
	}
}

func TestContentTypes(t *testing.T) {
	for value, want := range map[string]string{
		"application/grpc": "", "application/grpc+proto": "proto", "application/grpc+thrift": "thrift", "application/grpc+": "", "Application/GRPC+Proto": "proto",
		"application/grpc;charset=utf-8": "", "application/grpc+proto; charset=utf-8": "proto", " application/grpc+json ; a=b;c=d": "json",
		"application/grpc+a.b-c": "a.b-c",
	} {
		got, ok := grpc.ParseContentType(value)
		require.True(t, ok, value)
		require.Equal(t, want, got)
	}
	for _, value := range []string{"", "a", "application/grp", "application/grpc-web", "application/grpc-web+proto", "application/grpcx", "application/grpc/proto",
		"application/json", "application/grpc+pro to", "application/grpc+é", "application/grpc+proto,application/grpc", "text/application/grpc", "application/grpc+a\x00"} {
		_, ok := grpc.ParseContentType(value)
		require.False(t, ok, value)
	}
	for _, subtype := range []string{"", "proto", "thrift", "other"} {
		got, ok := grpc.ParseContentType(grpc.ContentType(subtype))
		require.True(t, ok)
		require.Equal(t, subtype, got)
	}
}

func TestPaths(t *testing.T) {
	for _, names := range [][2]string{{"shop.v1.Store", "Get"}, {"S", "m"}, {"a%20b", "$x"}, {"..", "."}} {
		path, ok := grpc.Path(names[0], names[1])
		require.True(t, ok)
		service, method, ok := grpc.ParsePath(path)
		require.True(t, ok)
		require.Equal(t, names, [2]string{service, method})
	}
	for _, path := range []string{"", "/", "//", "///", "/a", "/a/", "//a", "a/b", "/a/b/", "/a/b/c", "/a//b", "/a b/c", "/a/b?c", "/a/b#c", "/a?/b", "/é/b", "/a/\x00", "/a/b\n", "*",
		"http://h/a/b", "/a\\b", "/\x7f/b", " /a/b"} {
		_, _, ok := grpc.ParsePath(path)
		require.False(t, ok, path)
	}
	for _, names := range [][2]string{{"", "m"}, {"s", ""}, {"a/b", "m"}, {"s", "a/b"}, {"s", "a?"}, {"s", "ä"}, {"s ", "m"}} {
		_, ok := grpc.Path(names[0], names[1])
		require.False(t, ok, names)
	}
}

func TestPrefixes(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		for _, length := range []int{0, 1, 255, 1 << 24, math.MaxInt32} {
			head := make([]byte, grpc.PrefixSize+1)
			grpc.PutPrefix(head, compressed, length)
			gotCompressed, got, err := grpc.ParsePrefix(head, math.MaxInt32)
			require.NoError(t, err)
			require.Equal(t, compressed, gotCompressed)
			require.Equal(t, length, got)
		}
	}
	for text, want := range map[string]grpc.Code{"\x02\x00\x00\x00\x01": grpc.Internal, "\xff\x00\x00\x00\x00": grpc.Internal, "\x00\x00\x00\x00\x0b": grpc.ResourceExhausted,
		"\x01\xff\xff\xff\xff": grpc.ResourceExhausted} {
		_, _, err := grpc.ParsePrefix([]byte(text), 10)
		require.ErrorIs(t, err, want)
	}
	_, _, err := grpc.ParsePrefix([]byte{0, 0, 0, 0, 1}, -1)
	require.ErrorIs(t, err, grpc.ResourceExhausted)
	_, _, err = grpc.ParsePrefix([]byte{0, 0, 0, 0, 0}, -1)
	require.NoError(t, err)
}
