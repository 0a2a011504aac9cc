package main

import (
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire"
)

func must(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

// A discarder is a DirectWriter that a send would be.
type discarder struct{ pieces, bytes int }

func (d *discarder) WriteDirect(b []byte, _ int) error {
	d.pieces++
	d.bytes += len(b)
	return nil
}

// carrier is a medium message with a string of n bytes.
func carrier(n int) *Medium {
	v := mediumValue(1)
	v.Text = strings.Repeat("x", n)
	return v
}

// BenchmarkDirect compares the engines on a medium message with one large string: that string copied, referred to by a
// DirectWriter, and referred to by buffers; and the message without it, with sorted maps.
func BenchmarkDirect(b *testing.B) {
	for _, n := range []int{16 << 10, 64 << 10} {
		for _, e := range []tagwire.Engine{tagwire.Native, tagwire.Reflect} {
			v := carrier(n)
			codec, err := tagwire.CodecOf(reflect.TypeFor[Medium](), tagwire.WithEngine(e))
			must(b, err)
			total, _, err := codec.SizeAt(unsafe.Pointer(v))
			must(b, err)
			buf := make([]byte, total)
			run := func(way string, op func() error) {
				b.Run(fmt.Sprintf("%dKiB/%s/%s", n>>10, way, e), func(b *testing.B) {
					b.ReportAllocs()
					for range b.N {
						must(b, op())
					}
				})
			}
			run("copied", func() error { _, err := codec.EncodeAt(buf, unsafe.Pointer(v), nil); return err })
			run("direct", func() error {
				var w discarder
				_, err := codec.EncodeAt(buf, unsafe.Pointer(v), &w)
				return err
			})
			var buffers net.Buffers
			run("buffers", func() (err error) {
				buffers, err = tagwire.AppendBuffers(buffers[:0], v, tagwire.WithEngine(e))
				return err
			})
		}
	}
}

// BenchmarkSorted compares the engines on maps in the order of their keys.
func BenchmarkSorted(b *testing.B) {
	for name, v := range map[string]any{"medium": mediumValue(1), "large": largeValue()} {
		for _, e := range []tagwire.Engine{tagwire.Native, tagwire.Reflect} {
			for _, options := range [][]tagwire.Option{{tagwire.WithEngine(e)}, {tagwire.WithEngine(e), tagwire.WithDeterministic()}} {
				codec, err := tagwire.CodecOf(reflect.TypeOf(v).Elem(), options...)
				must(b, err)
				total, err := codec.Size(v)
				must(b, err)
				buf := make([]byte, total)
				order := [...]string{1: "any", 2: "sorted"}[len(options)]
				b.Run(fmt.Sprintf("%s/%s/%s", name, order, e), func(b *testing.B) {
					b.ReportAllocs()
					for range b.N {
						_, err := codec.Encode(buf, v)
						must(b, err)
					}
				})
			}
		}
	}
}
