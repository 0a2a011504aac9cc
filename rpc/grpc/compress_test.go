package grpc_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/message"
)

// zipped returns data as the standard library compresses it.
func zipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func TestGzip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, size := range []int{0, 1, 10, 1000, 100_000, 1 << 20} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(random.IntN(1 + i%8))
		}
		compressed, err := grpc.AppendCompressed([]byte("head"), data, "gzip")
		require.NoError(t, err)
		require.Equal(t, "head", string(compressed[:4]))
		for _, one := range [][]byte{compressed[4:], zipped(t, data)} {
			got, err := grpc.AppendDecompressed([]byte("head"), one, "gzip", size)
			require.NoError(t, err)
			require.Equal(t, "head"+string(data), string(got))
			_, err = grpc.AppendDecompressed(nil, one, "gzip", math.MaxInt)
			require.NoError(t, err)
			if size > 0 {
				got, err = grpc.AppendDecompressed([]byte("head"), one, "gzip", size-1)
				require.ErrorIs(t, err, grpc.ResourceExhausted)
				require.Equal(t, "head", string(got))
			}
		}
	}
}

// TestBomb: a message that grows beyond the limit costs what the limit allows, not what it claims.
func TestBomb(t *testing.T) {
	bomb := zipped(t, make([]byte, 32<<20))
	claims := zipped(t, []byte("small"))
	copy(claims[len(claims)-4:], "\xff\xff\xff\x7f") // the size behind the data
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10 {
		_, err := grpc.AppendDecompressed(nil, bomb, "gzip", 1<<20)
		require.ErrorIs(t, err, grpc.ResourceExhausted)
		_, err = grpc.AppendDecompressed(nil, claims, "gzip", math.MaxInt)
		require.ErrorIs(t, err, grpc.Internal)
		_, err = grpc.AppendDecompressed(nil, bomb, "gzip", -1)
		require.ErrorIs(t, err, grpc.ResourceExhausted)
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(40<<20))
}

// TestDamagedGzip: whatever arrives is a message or an error.
func TestDamagedGzip(t *testing.T) {
	text := []byte(strings.Repeat("some text, and more of it. ", 20))
	whole := zipped(t, text)
	for n := range whole {
		_, err := grpc.AppendDecompressed(nil, whole[:n], "gzip", 1<<20)
		require.ErrorIs(t, err, grpc.Internal, "%d bytes", n)
	}
	random := rand.New(rand.NewPCG(2, 2))
	for range 3000 {
		damaged := bytes.Clone(whole)
		for range 1 + random.IntN(3) {
			damaged[random.IntN(len(damaged))] = byte(random.Uint32())
		}
		got, err := grpc.AppendDecompressed(nil, damaged, "gzip", 1<<16)
		if err == nil {
			require.Equal(t, text, got) // what is damaged is the header
		} else {
			require.True(t, errors.Is(err, grpc.Internal) || errors.Is(err, grpc.ResourceExhausted))
		}
	}
	got, err := grpc.AppendDecompressed(nil, append(whole, zipped(t, []byte("next"))...), "gzip", 1<<20)
	require.NoError(t, err, "gzip data may have several members")
	require.Equal(t, string(text)+"next", string(got))
	_, err = grpc.AppendDecompressed(nil, append(whole, 0), "gzip", 1<<20)
	require.ErrorIs(t, err, grpc.Internal, "a byte follows")
}

func TestGzipOfManyGoroutines(t *testing.T) {
	var group sync.WaitGroup
	for i := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			data := bytes.Repeat([]byte{byte(i)}, 10_000)
			for range 50 {
				compressed, err := grpc.AppendCompressed(nil, data, "gzip")
				if err != nil {
					t.Error(err)
				}
				if _, err := grpc.AppendDecompressed(nil, []byte("no gzip"), "gzip", 10); !errors.Is(err, grpc.Internal) {
					t.Error(err)
				}
				if got, err := grpc.AppendDecompressed(nil, compressed, "gzip", len(data)); err != nil || !bytes.Equal(got, data) {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
}

// oddCompressor does what its name says.
type oddCompressor string

func (o oddCompressor) Name() string { return string(o) }

func (o oddCompressor) Compress(w io.Writer) (io.WriteCloser, error) {
	if o == "fails" {
		return nil, errors.New("no")
	}
	return &oddWriter{w, o}, nil
}

func (o oddCompressor) Decompress(r io.Reader) (io.Reader, error) {
	if o == "fails" {
		return nil, errors.New("no")
	}
	return &oddReader{r, o}, nil
}

type oddWriter struct {
	w io.Writer
	o oddCompressor
}

func (w *oddWriter) Write(p []byte) (int, error) {
	switch w.o {
	case "panics":
		panic("secret")
	case "half":
		return len(p) / 2, nil
	case "late":
		return len(p), nil
	}
	return w.w.Write(p)
}

func (w *oddWriter) Close() error {
	if w.o == "late" {
		return errors.New("too late")
	}
	return nil
}

type oddReader struct {
	r io.Reader
	o oddCompressor
}

func (r *oddReader) Read(p []byte) (int, error) {
	switch r.o {
	case "panics":
		panic("secret")
	case "half":
		return len(p) + 1, nil
	case "late":
		return 0, nil
	case "negative":
		return -1, nil
	case "endless":
		return len(p), nil
	}
	return r.r.Read(p)
}

func TestRegisterCompressor(t *testing.T) {
	require.True(t, grpc.Accepts(grpc.AcceptEncoding(), "gzip"))
	for _, name := range []string{"", "identity", "a,b", "GZIP", "a b", "é", "a\n"} {
		require.ErrorIs(t, grpc.RegisterCompressor(oddCompressor(name)), message.CodeContract, name)
	}
	for _, name := range []string{"panics", "half", "late", "fails", "copies", "negative", "endless"} {
		require.NoError(t, grpc.RegisterCompressor(oddCompressor(name)))
		require.True(t, grpc.CanCompress(name))
	}
	require.Equal(t, "copies,endless,fails,gzip,half,late,negative,panics", grpc.AcceptEncoding())
	data := []byte("data")
	for _, name := range []string{"panics", "half", "late", "fails"} {
		got, err := grpc.AppendCompressed([]byte("head"), data, name)
		require.ErrorIs(t, err, grpc.Internal, name)
		require.Equal(t, "head", string(got))
	}
	for name, want := range map[string]grpc.Code{"panics": grpc.Internal, "half": grpc.Internal, "late": grpc.Internal, "fails": grpc.Internal, "negative": grpc.Internal,
		"endless": grpc.ResourceExhausted} {
		got, err := grpc.AppendDecompressed([]byte("head"), data, name, 100)
		require.ErrorIs(t, err, want, name)
		require.Equal(t, "head", string(got))
	}
	for _, f := range []func([]byte, []byte, string) ([]byte, error){
		grpc.AppendCompressed, func(dst, data []byte, name string) ([]byte, error) {
			return grpc.AppendDecompressed(dst, data, name, 4)
		},
	} {
		got, err := f([]byte("head"), data, "copies")
		require.NoError(t, err)
		require.Equal(t, "headdata", string(got))
		_, err = f(nil, data, "unknown")
		require.ErrorIs(t, err, grpc.Unimplemented)
		_, err = f(nil, data, strings.Repeat("x", 1<<20))
		require.Less(t, len(err.Error()), 200)
	}
	// The log gets the value of a panic, and the peer does not.
	_, err := grpc.AppendDecompressed(nil, data, "panics", 100)
	require.ErrorContains(t, err, "secret")
	s, _ := grpc.StatusOf(err, nil, "")
	require.Equal(t, &grpc.Status{Code: grpc.Internal, Message: "compressor panics panicked"}, s)

	for _, name := range []string{"", "identity"} {
		require.False(t, grpc.CanCompress(name))
		_, err := grpc.AppendDecompressed(nil, data, name, 100)
		require.ErrorIs(t, err, grpc.Internal)
	}
}

func TestAccepts(t *testing.T) {
	for value, want := range map[string]bool{
		"gzip": true, "identity,deflate,gzip": true, "identity, gzip , br": true, "a,\tgzip": true, "": false, ",": false, "gzi": false, "gzipp": false, "x gzip": false,
		"identity": false, strings.Repeat(",", 1<<16) + "gzip": true,
	} {
		require.Equal(t, want, grpc.Accepts(value, "gzip"), value)
	}
}
