package apachethrift_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/adapters/apachethrift"
	"github.com/tagwire/tagwire/adapters/apachethrift/gen/store"
	"github.com/tagwire/tagwire/rpc"
)

// Store is the service of idl/store.thrift.
type Store struct {
	Get   func(ctx context.Context, key string, version int32) (*Item, error) `rpc:"get" throws:"1=NotFound,2=Denied"`
	Put   func(ctx context.Context, item *Item) (int64, error)                `rpc:"put" throws:"1=Denied"`
	Keys  func(ctx context.Context) ([]string, error)                         `rpc:"keys" returns:"list<string>"`
	Clear func(ctx context.Context, all bool) error                           `rpc:"clear"`
	Hint  func(ctx context.Context, key string) error                         `rpc:"hint,oneway"`
}

type NotFound struct {
	Key string `frugal:"1"`
}

func (e *NotFound) Error() string { return "not found: " + e.Key }

type Denied struct {
	Code int32 `frugal:"1"`
}

func (e Denied) Error() string { return fmt.Sprint("denied: ", e.Code) }

var exceptions = rpc.Exceptions(NotFound{}, Denied{})

// shelf implements Store. The key says what happens.
type shelf struct{ hints chan string }

func (s *shelf) Get(_ context.Context, key string, version int32) (*Item, error) {
	switch key {
	case "missing":
		return nil, fmt.Errorf("wrapped: %w", &NotFound{key})
	case "denied":
		return nil, Denied{version}
	case "broken":
		return nil, errors.New("out of order")
	case "panic":
		panic("a handler's")
	case "nil":
		return nil, nil
	case "unencodable":
		return &Item{Choice: &Choice{}}, nil
	}
	ours, _ := items(int(version))
	return ours, nil
}

func (s *shelf) Put(_ context.Context, item *Item) (int64, error) {
	if want, _ := items(len(item.Text)); !reflect.DeepEqual(item, want) {
		return 0, errors.New("another item arrived")
	}
	return int64(len(item.Text)), nil
}

func (s *shelf) Keys(context.Context) ([]string, error) { return []string{"a", "b"}, nil }

func (s *shelf) Clear(_ context.Context, all bool) error {
	if !all {
		return errors.New("all or nothing")
	}
	return nil
}

func (s *shelf) Hint(_ context.Context, key string) error {
	s.hints <- key
	return errors.New("nobody is told")
}

// generated is the same for a processor that Apache's compiler made.
type generated struct{ shelf *shelf }

func (g *generated) Get(ctx context.Context, key string, version int32) (*store.Item, error) {
	_, err := g.shelf.Get(ctx, key, version)
	switch {
	case errors.As(err, new(*NotFound)):
		return nil, &store.NotFound{Key: key}
	case errors.As(err, new(Denied)):
		return nil, &store.Denied{Code: version}
	case err != nil || key == "nil":
		return nil, err
	}
	_, theirs := items(int(version))
	return theirs, nil
}

func (g *generated) Put(_ context.Context, item *store.Item) (int64, error) {
	if _, want := items(len(item.Text)); !reflect.DeepEqual(item, want) {
		return 0, errors.New("another item arrived")
	}
	return int64(len(item.Text)), nil
}

func (g *generated) Keys(ctx context.Context) ([]string, error) { return g.shelf.Keys(ctx) }
func (g *generated) Clear(ctx context.Context, all bool) error  { return g.shelf.Clear(ctx, all) }
func (g *generated) Hint(ctx context.Context, key string) error { return g.shelf.Hint(ctx, key) }

// wires are what client and server may speak.
var wires = func() (all []wire) {
	plain := thrift.NewTTransportFactory()
	for _, t := range []struct {
		name    string
		factory thrift.TTransportFactory
	}{
		{"framed", thrift.NewTFramedTransportFactoryConf(plain, nil)}, {"buffered", thrift.NewTBufferedTransportFactory(512)}, {"unbuffered", plain},
	} {
		all = append(all,
			wire{t.name + ", binary", t.factory, thrift.NewTBinaryProtocolFactoryConf(nil)},
			wire{t.name + ", compact", t.factory, thrift.NewTCompactProtocolFactoryConf(nil)},
			wire{t.name + ", JSON", t.factory, thrift.NewTJSONProtocolFactory()})
	}
	return append(all, wire{"header", plain, thrift.NewTHeaderProtocolFactoryConf(nil)})
}()

type wire struct {
	name      string
	transport thrift.TTransportFactory
	protocol  thrift.TProtocolFactory
}

// listen serves p over loopback, and returns the address.
func (w wire) listen(t testing.TB, p thrift.TProcessor) string {
	t.Helper()
	socket, err := thrift.NewTServerSocket("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := thrift.NewTSimpleServer4(p, socket, w.transport, w.protocol)
	if err := server.Listen(); err != nil {
		t.Fatal(err)
	}
	go server.AcceptLoop()
	t.Cleanup(func() { server.Stop() })
	return socket.Addr().String()
}

// dial returns a client of Apache's library.
func (w wire) dial(t testing.TB, address string) thrift.TClient {
	t.Helper()
	socket := thrift.NewTSocketConf(address, &thrift.TConfiguration{ConnectTimeout: time.Minute, SocketTimeout: time.Minute})
	transport, err := w.transport.GetTransport(socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := transport.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { transport.Close() })
	in := w.protocol.GetProtocol(transport)
	if _, isHeader := in.(*thrift.THeaderProtocol); isHeader {
		return thrift.NewTStandardClient(in, in)
	}
	return thrift.NewTStandardClient(in, w.protocol.GetProtocol(transport))
}

// serve returns the processor of an implementation of a contract.
func serve[Contract any](implementation any, options ...rpc.ContractOption) (thrift.TProcessor, error) {
	svc := rpc.NewService("Store")
	rpc.Implement[Contract](svc, implementation, options...)
	return apachethrift.NewProcessor(svc)
}

func processorOf(t testing.TB, implementation any) thrift.TProcessor {
	t.Helper()
	p, err := serve[Store](implementation, exceptions)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func clientOf(t testing.TB, c thrift.TClient) *Store {
	t.Helper()
	client, err := apachethrift.NewClient[Store](c, exceptions)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// applicationCode returns the code of a TApplicationException, -1 if err is none.
func applicationCode(err error) int {
	var e thrift.TApplicationException
	if !errors.As(err, &e) {
		return -1
	}
	return int(e.TypeId())
}

func TestOurClient(t *testing.T) {
	for _, w := range wires {
		s := &shelf{hints: make(chan string, 1)}
		for name, p := range map[string]thrift.TProcessor{"ours": processorOf(t, s), "generated": store.NewStoreProcessor(&generated{s})} {
			t.Run(w.name+", "+name, func(t *testing.T) {
				c := clientOf(t, w.dial(t, w.listen(t, p)))
				for _, size := range []int{3, 5000} {
					ours, _ := items(size)
					if got, err := c.Get(background, "k", int32(size)); err != nil || !reflect.DeepEqual(got, ours) {
						t.Fatalf("Get: %+v, %v", got, err)
					}
					if n, err := c.Put(background, ours); n != int64(size) || err != nil {
						t.Fatalf("Put: %d, %v", n, err)
					}
				}
				if keys, err := c.Keys(background); err != nil || !slices.Equal(keys, []string{"a", "b"}) {
					t.Errorf("Keys: %v, %v", keys, err)
				}
				if err := c.Clear(background, true); err != nil {
					t.Error(err)
				}
				if err := c.Clear(background, false); applicationCode(err) != thrift.INTERNAL_ERROR ||
					err.Error() != "Internal error processing clear: all or nothing" {
					t.Error(err)
				}
				if _, err := c.Get(background, "missing", 1); !reflect.DeepEqual(err, &NotFound{"missing"}) {
					t.Error(err)
				}
				if _, err := c.Get(background, "denied", 7); !reflect.DeepEqual(err, &Denied{7}) {
					t.Error(err)
				}
				if v, err := c.Get(background, "nil", 1); applicationCode(err) != thrift.MISSING_RESULT || v != nil {
					t.Errorf("nil: %v, %v", v, err)
				}
				if err := c.Hint(background, "one"); err != nil || <-s.hints != "one" {
					t.Errorf("Hint: %v", err)
				}
				if keys, err := c.Keys(background); err != nil || len(keys) != 2 {
					t.Errorf("after the oneway call: %v, %v", keys, err)
				}
			})
		}
	}
}

func TestGeneratedClient(t *testing.T) {
	for _, w := range wires {
		t.Run(w.name, func(t *testing.T) {
			s := &shelf{hints: make(chan string, 1)}
			c := store.NewStoreClient(w.dial(t, w.listen(t, processorOf(t, s))))
			for _, size := range []int{3, 5000} {
				_, theirs := items(size)
				if got, err := c.Get(background, "k", int32(size)); err != nil || !reflect.DeepEqual(got, theirs) {
					t.Fatalf("Get: %+v, %v", got, err)
				}
				if n, err := c.Put(background, theirs); n != int64(size) || err != nil {
					t.Fatalf("Put: %d, %v", n, err)
				}
			}
			if _, err := c.Get(background, "missing", 1); !reflect.DeepEqual(err, &store.NotFound{Key: "missing"}) {
				t.Error(err)
			}
			if _, err := c.Get(background, "denied", 7); !reflect.DeepEqual(err, &store.Denied{Code: 7}) {
				t.Error(err)
			}
			for key, text := range map[string]string{"broken": "out of order", "panic": "the handler panicked", "unencodable": "union"} {
				if _, err := c.Get(background, key, 1); applicationCode(err) != thrift.INTERNAL_ERROR || !strings.Contains(err.Error(), text) {
					t.Errorf("%s: %v", key, err)
				}
			}
			if err := c.Hint(background, "one"); err != nil || <-s.hints != "one" {
				t.Errorf("Hint: %v", err)
			}
			// The connection is as it was.
			if keys, err := c.Keys(background); err != nil || len(keys) != 2 {
				t.Errorf("Keys: %v, %v", keys, err)
			}
		})
	}
}

// TestPlainPeers has the client of package rpc call the processor, and Apache's client call a server of package rpc, with the same
// contract and implementation.
func TestPlainPeers(t *testing.T) {
	s := &shelf{hints: make(chan string, 1)}
	w := wires[0]
	var plain Store
	client, err := rpc.NewClient(rpc.WithAddresses(w.listen(t, processorOf(t, s))), rpc.WithContract(&plain, exceptions), rpc.WithTimeout(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	service := rpc.NewService("Store")
	rpc.Implement[Store](service, s, exceptions)
	server := rpc.NewServer()
	if err := server.Register(service); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	defer server.Close()

	for name, c := range map[string]*Store{"client of rpc": &plain, "server of rpc": clientOf(t, w.dial(t, listener.Addr().String()))} {
		ours, _ := items(700)
		if got, err := c.Get(background, "k", 700); err != nil || !reflect.DeepEqual(got, ours) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if n, err := c.Put(background, ours); n != 700 || err != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		if _, err := c.Get(background, "denied", 7); !reflect.DeepEqual(err, &Denied{7}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMultiplexed(t *testing.T) {
	s := &shelf{hints: make(chan string, 1)}
	many := thrift.NewTMultiplexedProcessor()
	many.RegisterProcessor("Store", processorOf(t, s))
	for _, w := range wires[:3] {
		socket := thrift.NewTSocketConf(w.listen(t, many), nil)
		transport, err := w.transport.GetTransport(socket)
		if err != nil {
			t.Fatal(err)
		}
		if err := transport.Open(); err != nil {
			t.Fatal(err)
		}
		in := w.protocol.GetProtocol(transport)
		out := thrift.NewTMultiplexedProtocol(w.protocol.GetProtocol(transport), "Store")
		c := clientOf(t, thrift.NewTStandardClient(in, out))
		ours, _ := items(50)
		if got, err := c.Get(background, "k", 50); err != nil || !reflect.DeepEqual(got, ours) {
			t.Errorf("%s: %+v, %v", w.name, got, err)
		}
		transport.Close()
	}
}

func TestOneProcessorForMany(t *testing.T) {
	s := &shelf{hints: make(chan string, 100)}
	w := wires[0]
	address := w.listen(t, processorOf(t, s))
	var all sync.WaitGroup
	for i := range 8 {
		c := clientOf(t, w.dial(t, address))
		all.Add(1)
		go func() {
			defer all.Done()
			for n := range 20 {
				size := 1 + i*100 + n
				ours, _ := items(size)
				if got, err := c.Get(background, "k", int32(size)); err != nil || !reflect.DeepEqual(got, ours) {
					t.Errorf("%d: %v", size, err)
				}
			}
		}()
	}
	all.Wait()
}
