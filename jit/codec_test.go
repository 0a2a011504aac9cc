//go:build (linux || darwin) && (amd64 || arm64)

package jit

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

func init() { debugging.verify = true }

// TestCodecAgreesWithThePlainCodec encodes every sample of every case by reflection and natively, with the code for this
// processor and for lesser ones: sizes, bytes where the order of maps does not matter, and every buffer that is too small.
// It decodes what it has encoded, and what is cut or changed.
func TestCodecAgreesWithThePlainCodec(t *testing.T) {
	levels := hostLevels(t)
	for _, f := range jittest.Formats {
		t.Run(f.Name, func(t *testing.T) { codecAgrees(t, f, levels) })
	}
	t.Logf("levels %v ran natively on this processor, with [%v]", levels, compile.HostFeatures(0))
}

func codecAgrees(t *testing.T, f jittest.Format, levels []int) {
	for _, c := range f.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			s := f.Schema(t, c.New())
			natives, plain := compileAtLevels(t, s, f, levels), f.Plain(s)
			for _, value := range f.Samples(c) {
				p := reflect.ValueOf(value).UnsafePointer()
				for _, native := range natives {
					agree(t, s, f, native, plain, p)
				}
				agreeOnDecoding(t, c, f, natives, plain, p)
			}
			for _, native := range natives {
				agree(t, s, f, native, plain, nil)
			}
		})
	}
}

// eachEngine runs a test for each format, with both engines for the type that value points to.
func eachEngine(t *testing.T, value any, test func(t *testing.T, f jittest.Format, s *schema.StructType, native *Codec, plain jittest.PlainCodec)) {
	for _, f := range jittest.Formats {
		t.Run(f.Name, func(t *testing.T) {
			s := f.Schema(t, value)
			native, err := Compile(s, f.Native)
			require.NoError(t, err)
			test(t, f, s, native, f.Plain(s))
		})
	}
}

// compileAtLevels compiles a type for each of some levels. Passes are the same for all, so one verification is enough.
func compileAtLevels(t *testing.T, s *schema.StructType, f jittest.Format, levels []int) (natives []*Codec) {
	t.Helper()
	saved := debugging
	defer func() { debugging = saved }()
	for n, level := range levels {
		debugging.level, debugging.verify = level, n == len(levels)-1
		native, err := Compile(s, f.Native)
		require.NoError(t, err)
		natives = append(natives, native)
	}
	return natives
}

// atEachLevel runs a test with the switch set to each level that differs on this host.
func atEachLevel(t *testing.T, test func(t *testing.T)) {
	saved := debugging
	defer func() { debugging = saved }()
	for _, level := range hostLevels(t) {
		debugging.level = level
		t.Run(fmt.Sprintf("v%d", level), func(t *testing.T) {
			test(t)
			t.Logf("level %d ran natively on this processor, with [%v]", level, compile.HostFeatures(level))
		})
	}
}

func agree(t *testing.T, s *schema.StructType, f jittest.Format, native *Codec, plain jittest.PlainCodec, p unsafe.Pointer) {
	t.Helper()
	want, _, wantErr := plain.Size(p, &codec.Settings{})
	size, ok := native.Size(p, jittest.Usual)
	require.Equal(t, wantErr == nil, ok, "%v", wantErr)
	require.Equal(t, want, size)
	buf := make([]byte, want)
	n, err := plain.Encode(buf, p, &codec.Settings{}, nil)
	out := make([]byte, size)
	m, ok := native.Encode(out, p, jittest.Usual)
	require.Equal(t, err == nil, ok, "%v", err)
	if err != nil {
		return
	}
	require.Equal(t, n, m)
	f.SameEncoding(t, s, buf, out)
	for room := 0; room < min(size, 2000); room += effort.Of(1, 7) {
		_, ok := native.Encode(out[:room:room], p, jittest.Usual)
		require.False(t, ok, "%d of %d bytes", room, size)
	}
}

// agreeOnDecoding decodes the encoding of a sample, its prefixes and changed copies of it, by both engines.
func agreeOnDecoding(t *testing.T, c cases.Case, f jittest.Format, natives []*Codec, plain jittest.PlainCodec, sample unsafe.Pointer) {
	t.Helper()
	size, _, err := plain.Size(sample, &codec.Settings{})
	require.NoError(t, err)
	message := make([]byte, size)
	_, err = plain.Encode(message, sample, &codec.Settings{}, nil)
	if err != nil {
		return
	}
	random := rand.New(rand.NewPCG(1, uint64(size)))
	parts := f == jittest.Protobuf && f.Schema(t, c.New()).HasRequired() // a part of a message may bring what another lacks
	check := func(input []byte) {
		want := c.New()
		n, err := plain.Decode(input, reflect.ValueOf(want).UnsafePointer(), &codec.Settings{})
		checked, charged, checkErr := plain.Check(input, &codec.Settings{})
		if !errors.Is(err, codec.Required) || !parts { // Check does not look for required fields
			require.Equal(t, n, checked)
			require.Equal(t, err, checkErr, "% x", input)
		}
		if charged > 0 && !parts {
			limited := &codec.Settings{Limits: codec.Limits{Alloc: 1 + random.IntN(charged)}}
			_, err := plain.Decode(input, reflect.ValueOf(c.New()).UnsafePointer(), limited)
			_, _, checkErr := plain.Check(input, limited)
			require.Equal(t, err, checkErr, "% x with %d bytes", input, limited.Alloc)
		}
		for _, native := range natives {
			got := c.New()
			m, _, ok := native.Decode(input, reflect.ValueOf(got).UnsafePointer(), jittest.Usual)
			require.True(t, err == nil || !ok, "% x: %v", input, err)
			require.True(t, ok || err != nil || parts, "% x", input)
			if ok {
				require.Equal(t, n, m)
				require.True(t, cases.Equal(want, got), "% x", input)
			}
		}
	}
	check(message)
	changes := effort.Of(25, 5)
	if *long {
		changes = 500
	}
	for range min(changes, 3*size) {
		check(bytes.Clone(message[:random.IntN(size+1)]))
		changed := bytes.Clone(message)
		for range 1 + random.IntN(3) {
			changed[random.IntN(size)] ^= byte(1 << random.IntN(8))
		}
		check(changed)
	}
}
