package apachethrift_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/adapters/apachethrift"
	"github.com/tagwire/tagwire/adapters/apachethrift/gen/store"
)

// compile has Tagwire run natively from the first call on.
func compile(b *testing.B) {
	if err := tagwire.Compile(reflect.TypeFor[Item](), reflect.TypeFor[Part]()); err != nil {
		b.Fatal(err)
	}
	for _, t := range []reflect.Type{reflect.TypeFor[Item](), reflect.TypeFor[Part]()} {
		tagwire.EngineOf(t, tagwire.WithFormat(tagwire.ThriftCompact))
	}
}

// benchmarked are structs of two sizes.
func benchmarked() map[string]struct{ ours, read, theirs, theirsRead thrift.TStruct } {
	ours, theirs := items(100)
	return map[string]struct{ ours, read, theirs, theirsRead thrift.TStruct }{
		"small": {apachethrift.Wrap(&Part{Name: "a part", Count: 7}), apachethrift.Wrap(new(Part)), &store.Part{Name: "a part", Count: 7}, new(store.Part)},
		"large": {apachethrift.Wrap(ours), apachethrift.Wrap(new(Item)), theirs, new(store.Item)},
	}
}

// rewinding is a stream that begins again at its end.
type rewinding struct {
	thrift.TTransport
	data []byte
	next int
}

func (r *rewinding) Read(b []byte) (int, error) {
	n := copy(b, r.data[r.next:])
	r.next = (r.next + n) % len(r.data)
	return n, nil
}

func (r *rewinding) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkWrite has Apache's generated code and Tagwire write the same.
func BenchmarkWrite(b *testing.B) {
	compile(b)
	for name, c := range benchmarked() {
		for _, p := range protocols[:4] {
			for i, v := range []thrift.TStruct{c.theirs, c.ours} {
				memory := thrift.NewTMemoryBuffer()
				for where, t := range map[string]thrift.TTransport{"memory": memory, "buffered": thrift.NewTBufferedTransport(&rewinding{TTransport: memory}, 4096)} {
					b.Run(name+"/"+p.name+"/"+where+"/"+[]string{"generated", "tagwire"}[i], func(b *testing.B) {
						out := p.make(t)
						b.ReportAllocs()
						for range b.N {
							memory.Reset()
							if err := v.Write(background, out); err != nil {
								b.Fatal(err)
							}
						}
					})
				}
			}
		}
	}
}

// BenchmarkRead has Apache's generated code and Tagwire read the same.
func BenchmarkRead(b *testing.B) {
	compile(b)
	for name, c := range benchmarked() {
		for _, p := range protocols[:4] {
			data := written(b, p.make, c.theirs)
			for i, v := range []thrift.TStruct{c.theirsRead, c.read} {
				codec := []string{"generated", "tagwire"}[i]
				b.Run(name+"/"+p.name+"/memory/"+codec, func(b *testing.B) {
					memory := thrift.NewTMemoryBuffer()
					in := p.make(memory)
					b.ReportAllocs()
					for range b.N {
						memory.Reset()
						memory.Write(data)
						if err := v.Read(background, in); err != nil {
							b.Fatal(err)
						}
					}
				})
				b.Run(name+"/"+p.name+"/buffered/"+codec, func(b *testing.B) {
					in := p.make(thrift.NewTBufferedTransport(&rewinding{TTransport: memoryOf(nil), data: data}, 4096))
					b.ReportAllocs()
					for range b.N {
						if err := v.Read(background, in); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// BenchmarkOverhead has the root package beside what the adapter adds to it.
func BenchmarkOverhead(b *testing.B) {
	compile(b)
	v := &Part{Name: "a part", Count: 7}
	of, err := apachethrift.Of(v)
	if err != nil {
		b.Fatal(err)
	}
	for i, options := range [][]tagwire.Option{nil, {tagwire.WithFormat(tagwire.ThriftCompact)}} {
		p := protocols[i]
		data := written(b, p.make, of)
		b.Run("encode/"+p.name+"/root", func(b *testing.B) {
			buffer := bytes.NewBuffer(make([]byte, 0, 100))
			for range b.N {
				buffer.Reset()
				encoded, err := tagwire.Append(buffer.AvailableBuffer(), v, options...)
				if err != nil {
					b.Fatal(err)
				}
				buffer.Write(encoded)
			}
		})
		b.Run("decode/"+p.name+"/root", func(b *testing.B) {
			buffer := bytes.NewBuffer(make([]byte, 0, 100))
			for range b.N {
				buffer.Reset()
				buffer.Write(data)
				n, err := tagwire.Decode(buffer.Bytes(), v, options...)
				if err != nil {
					b.Fatal(err)
				}
				buffer.Next(n)
			}
		})
		for i, s := range []thrift.TStruct{apachethrift.Wrap(v), of} {
			way := []string{"Wrap", "Of"}[i]
			memory := thrift.NewTMemoryBuffer()
			straight := p.make(memory)
			b.Run("encode/"+p.name+"/"+way, func(b *testing.B) {
				for range b.N {
					memory.Reset()
					if err := s.Write(background, straight); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("decode/"+p.name+"/"+way, func(b *testing.B) {
				for range b.N {
					memory.Reset()
					memory.Write(data)
					if err := s.Read(background, straight); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkCall is a whole call over loopback: Apache's client and server with generated code, and with a contract.
func BenchmarkCall(b *testing.B) {
	compile(b)
	ours, theirs := items(100)
	for _, w := range wires[:2] {
		b.Run(w.name+"/generated", func(b *testing.B) {
			c := store.NewStoreClient(w.dial(b, w.listen(b, store.NewStoreProcessor(&generated{&shelf{}}))))
			for range b.N {
				if _, err := c.Put(background, theirs); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(w.name+"/tagwire", func(b *testing.B) {
			c := clientOf(b, w.dial(b, w.listen(b, processorOf(b, &shelf{}))))
			for range b.N {
				if _, err := c.Put(background, ours); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
