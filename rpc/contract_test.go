package rpc_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

type GetOptions struct {
	Deep bool `frugal:"1"`
}

type Item struct {
	ID   int64  `frugal:"1"`
	Name string `frugal:"2"`
}

// Store is a contract with all there is.
type Store struct {
	Get     func(ctx context.Context, id int64, opts *GetOptions) (*Item, error)                                        `rpc:"get" throws:"1=NotFound,2=Denied"`
	Put     func(ctx context.Context, item *Item) error                                                                 `rpc:"put" throws:"1=Denied"`
	Count   func(ctx context.Context) (int64, error)                                                                    `rpc:"count"`
	Ping    func(ctx context.Context) error                                                                             `rpc:"ping"`
	Hint    func(ctx context.Context, id int64, text string) error                                                      `rpc:"hint,oneway"`
	Mix     func(ctx context.Context, a bool, b int8, c int16, d int32, e float64, f []byte, g *string) (string, error) `rpc:"mix" params:"7,6,5,4,3,2,1"`
	Lists   func(ctx context.Context, ids []int64, items []*Item) ([]string, error)                                     `params:"1=set<i64>,2=list<Item>" returns:"list<string>"`
	Maps    func(ctx context.Context, in map[string]int64) (map[int64]string, error)
	Paint   func(ctx context.Context, c Color) (Color, error) `params:"1=Color" returns:"Color"`
	ByValue func(ctx context.Context, item Item) (Item, error)
	Binary  func(ctx context.Context, data []byte) ([]byte, error)
	Ignored func() `rpc:"-"`
	Note    string
}

var storeExceptions = rpc.Exceptions(NotFound{}, &Denied{})

// shop implements Store.
type shop struct{ hints chan string }

func (s *shop) Get(_ context.Context, id int64, opts *GetOptions) (*Item, error) {
	switch {
	case id == 404:
		return nil, &NotFound{Key: "404"}
	case id == 403:
		return nil, Denied{Reason: "deep", Level: 1}
	case id == 500:
		return nil, errors.New("broken")
	case id == 0:
		return nil, nil
	case opts != nil && opts.Deep:
		return &Item{ID: id, Name: "deep"}, nil
	}
	return &Item{ID: id, Name: "flat"}, nil
}

func (s *shop) Put(_ context.Context, item *Item) error {
	if item.ID < 0 {
		return &Denied{Reason: "negative"}
	}
	return nil
}

func (s *shop) Count(context.Context) (int64, error) { return 0, nil }
func (s *shop) Ping(context.Context) error           { return nil }

func (s *shop) Hint(_ context.Context, id int64, text string) error {
	s.hints <- text
	return nil
}

func (s *shop) Mix(_ context.Context, a bool, b int8, c int16, d int32, e float64, f []byte, g *string) (string, error) {
	if !a || b != -1 || c != -2 || d != -3 || e != 0.5 || string(f) != "bytes" {
		return "", errors.New("an argument is wrong")
	}
	if g == nil {
		return "nil", nil
	}
	return *g, nil
}

func (s *shop) Lists(_ context.Context, ids []int64, items []*Item) ([]string, error) {
	var names []string
	for i, item := range items {
		if ids[i] == item.ID {
			names = append(names, item.Name)
		}
	}
	return names, nil
}

func (s *shop) Maps(_ context.Context, in map[string]int64) (map[int64]string, error) {
	var out map[int64]string
	for k, v := range in {
		if out == nil {
			out = map[int64]string{}
		}
		out[v] = k
	}
	return out, nil
}

func (s *shop) Paint(_ context.Context, c Color) (Color, error)       { return c + 1, nil }
func (s *shop) ByValue(_ context.Context, item Item) (Item, error)    { item.ID++; return item, nil }
func (s *shop) Binary(_ context.Context, data []byte) ([]byte, error) { return data, nil }

// TestContract: every kind of method works through the functions that NewClient fills, over each transport.
func TestContract(t *testing.T) {
	noLeaks(t)
	implementation := &shop{hints: make(chan string, 10)}
	svc := rpc.NewService("Store")
	rpc.Implement[Store](svc, implementation, storeExceptions)
	server := serve(t, []*rpc.Service{svc})
	for _, transport := range transports {
		t.Run(transport.String(), func(t *testing.T) {
			var store Store
			connect(t, server.address, rpc.WithWay(transport), rpc.WithContract(&store, storeExceptions))
			useStore(t, &store, implementation.hints)
		})
	}
}

func useStore(t *testing.T, store *Store, hints chan string) {
	t.Helper()
	ctx := context.Background()
	item, err := store.Get(ctx, 1, &GetOptions{Deep: true})
	require.NoError(t, err)
	require.Equal(t, &Item{1, "deep"}, item)
	item, err = store.Get(ctx, 1, nil)
	require.NoError(t, err)
	require.Equal(t, "flat", item.Name)
	item, err = store.Get(ctx, 404, nil)
	require.Equal(t, &NotFound{Key: "404"}, err)
	require.Nil(t, item)
	_, err = store.Get(ctx, 403, nil)
	require.Equal(t, &Denied{Reason: "deep", Level: 1}, err)
	_, err = store.Get(ctx, 500, nil)
	require.Equal(t, rpc.CodeInternal, codeOf(t, err))
	item, err = store.Get(ctx, 0, nil)
	require.NoError(t, err)
	require.Nil(t, item)
	require.NoError(t, store.Put(ctx, &Item{}))
	require.Equal(t, &Denied{Reason: "negative"}, store.Put(ctx, &Item{ID: -1}))
	count, err := store.Count(ctx)
	require.NoError(t, err)
	require.Zero(t, count)
	require.NoError(t, store.Ping(ctx))
	require.NoError(t, store.Hint(ctx, 1, "psst"))
	require.Equal(t, "psst", <-hints)
	text := "text"
	for want, pointer := range map[string]*string{"nil": nil, "text": &text} {
		got, err := store.Mix(ctx, true, -1, -2, -3, 0.5, []byte("bytes"), pointer)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	names, err := store.Lists(ctx, []int64{1, 2, 3}, []*Item{{1, "a"}, {5, "b"}, {3, "c"}})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "c"}, names)
	names, err = store.Lists(ctx, nil, nil)
	require.NoError(t, err)
	require.Empty(t, names)
	byID, err := store.Maps(ctx, map[string]int64{"a": 1, "b": 2})
	require.NoError(t, err)
	require.Equal(t, map[int64]string{1: "a", 2: "b"}, byID)
	byID, err = store.Maps(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, byID)
	color, err := store.Paint(ctx, 6)
	require.NoError(t, err)
	require.Equal(t, Color(7), color)
	value, err := store.ByValue(ctx, Item{1, "v"})
	require.NoError(t, err)
	require.Equal(t, Item{2, "v"}, value)
	data, err := store.Binary(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, data)
}

// TestContractAsImplementation: a contract whose functions are set serves as well, such as one that a client filled.
func TestContractAsImplementation(t *testing.T) {
	noLeaks(t)
	implementation := &shop{hints: make(chan string, 10)}
	behind := rpc.NewService("Store")
	rpc.Implement[Store](behind, implementation, storeExceptions)
	server := serve(t, []*rpc.Service{behind})
	var inner, outer Store
	connect(t, server.address, rpc.WithContract(&inner, storeExceptions))
	proxy := rpc.NewService("Proxy")
	rpc.Implement[Store](proxy, &inner, storeExceptions)
	front := serve(t, []*rpc.Service{proxy})
	connect(t, front.address, rpc.WithContract(&outer, storeExceptions))
	item, err := outer.Get(context.Background(), 5, nil)
	require.NoError(t, err)
	require.Equal(t, int64(5), item.ID)
	_, err = outer.Get(context.Background(), 404, nil)
	require.Equal(t, &NotFound{Key: "404"}, err)
}

// TestSpread: the request of a function can be the arguments of a contract's method.
func TestSpread(t *testing.T) {
	noLeaks(t)
	type getArguments struct {
		ID   int64       `frugal:"1"`
		Opts *GetOptions `frugal:"2"`
	}
	get := rpc.NewMethod[getArguments, Item]("get", rpc.Spread(), rpc.Throws(1, NotFound{}))
	svc := rpc.NewService("Store")
	get.Handle(svc, func(_ context.Context, in *getArguments) (*Item, error) {
		if in.ID == 404 {
			return nil, &NotFound{"spread"}
		}
		return &Item{ID: in.ID}, nil
	})
	server := serve(t, []*rpc.Service{svc})
	type small struct {
		Get func(ctx context.Context, id int64, opts *GetOptions) (*Item, error) `rpc:"get" throws:"1=NotFound"`
	}
	var store small
	client := connect(t, server.address, rpc.WithContract(&store, storeExceptions))
	item, err := store.Get(context.Background(), 7, nil)
	require.NoError(t, err)
	require.Equal(t, int64(7), item.ID)
	item, err = get.Call(context.Background(), client, &getArguments{ID: 8})
	require.NoError(t, err)
	require.Equal(t, int64(8), item.ID)
	_, err = get.Call(context.Background(), client, &getArguments{ID: 404})
	require.Equal(t, &NotFound{"spread"}, err)
}

type notAnError struct {
	X int32 `frugal:"1"`
}

// TestContractMistakes: each is found at start-up, by an error that names the method and says what to write.
func TestContractMistakes(t *testing.T) {
	implement := func(add func(svc *rpc.Service)) error {
		svc := rpc.NewService("S")
		add(svc)
		return rpc.NewServer().Register(svc)
	}
	type ctx = context.Context
	for _, c := range []struct {
		name string
		add  func(svc *rpc.Service)
		want []string
	}{
		{"no context", func(s *rpc.Service) {
			rpc.Implement[struct{ Get func(id int64) error }](s, nil)
		}, []string{"Get", "context.Context"}},
		{"no error", func(s *rpc.Service) {
			rpc.Implement[struct{ Get func(ctx) *Item }](s, nil)
		}, []string{"Get", "error"}},
		{"variadic", func(s *rpc.Service) {
			rpc.Implement[struct{ Get func(ctx, ...int64) error }](s, nil)
		}, []string{"Get", "slice"}},
		{"not a func", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get int `rpc:"get"`
			}](s, nil)
		}, []string{"Get", "func"}},
		{"unexported", func(s *rpc.Service) {
			rpc.Implement[struct{ get func(ctx) error }](s, nil)
		}, []string{"get", "capital"}},
		{"list or set", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get func(ctx, int64, []*Item) error
			}](s, nil)
		}, []string{"Get", `params:"1,2=list<Item>"`}},
		{"result is list or set", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get func(ctx) ([]int64, error)
			}](s, nil)
		}, []string{"Get", `returns:"list<i64>"`}},
		{"too few ids", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get func(ctx, int64, int64) error `params:"1"`
			}](s, nil)
		}, []string{"Get", `params:"1,2"`}},
		{"one id twice", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get func(ctx, int64, int64) error `params:"1,1"`
			}](s, nil)
		}, []string{"Get", `params:"1,2"`}},
		{"unknown word", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get func(ctx) error `rpc:"get,async"`
			}](s, nil)
		}, []string{"Get", "oneway"}},
		{"oneway with result", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get func(ctx) (int64, error) `rpc:"get,oneway"`
			}](s, nil)
		}, []string{"Get", "oneway"}},
		{"unknown exception", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get func(ctx) error `throws:"1=NotFound"`
			}](s, nil)
		}, []string{"Get", "rpc.Exceptions(NotFound{})"}},
		{"throws without id", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get func(ctx) error `throws:"NotFound"`
			}](s, nil, storeExceptions)
		}, []string{"Get", `throws:"1=NotFound`}},
		{"two exceptions with one id", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get func(ctx) error `throws:"1=NotFound,1=Denied"`
			}](s, nil, storeExceptions)
		}, []string{"Get", "1 to 32767"}},
		{"exception that is no error", func(s *rpc.Service) {
			rpc.Implement[Store](s, nil, rpc.Exceptions(notAnError{}))
		}, []string{"notAnError", "Error() string"}},
		{"type without wire form", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get func(ctx, uint32) error
			}](s, nil)
		}, []string{"Get", "uint32"}},
		{"empty contract", func(s *rpc.Service) { rpc.Implement[struct{}](s, nil) }, []string{"func field"}},
		{"no implementation", func(s *rpc.Service) {
			rpc.Implement[struct{ Get func(ctx) error }](s, nil)
		}, []string{"Get", "nil"}},
		{"missing method", func(s *rpc.Service) {
			rpc.Implement[struct{ Fetch func(ctx) error }](s, &shop{})
		}, []string{"Fetch", "func Fetch(context.Context) error"}},
		{"other signature", func(s *rpc.Service) {
			rpc.Implement[struct {
				Get func(ctx, string) error
			}](s, &shop{})
		}, []string{"Get", "func Get(context.Context, string) error"}},
		{"function not set", func(s *rpc.Service) { rpc.Implement[Store](s, Store{}, storeExceptions) }, []string{"Get", "nil"}},
		{"names collide", func(s *rpc.Service) {
			rpc.Implement[struct {
				A func(ctx) error `rpc:"x"`
				B func(ctx) error `rpc:"x"`
			}](s, &shop{})
		}, []string{"B", `"x"`}},
		{"handled twice", func(s *rpc.Service) {
			find.Handle(s, func(ctx, *Request) (*Reply, error) { return nil, nil })
			find.Handle(s, func(ctx, *Request) (*Reply, error) { return nil, nil })
		}, []string{"Find", "rename"}},
		{"nil handler", func(s *rpc.Service) { rpc.Handle[Request, Reply](s, "Nil", nil) }, []string{"Nil"}},
		{"nil oneway handler", func(s *rpc.Service) { rpc.HandleOneway[Request](s, "Nil", nil) }, []string{"Nil"}},
		{"request is no struct", func(s *rpc.Service) {
			rpc.Handle(s, "Num", func(ctx, *int64) (*Reply, error) { return nil, nil })
		}, []string{"Num", "struct"}},
		{"request without wire form", func(s *rpc.Service) {
			type bad struct {
				X chan int `frugal:"1"`
			}
			rpc.Handle(s, "Bad", func(ctx, *bad) (*Reply, error) { return nil, nil })
		}, []string{"Bad", "chan int"}},
		{"no name", func(s *rpc.Service) {
			rpc.Handle(s, "", func(ctx, *Request) (*Reply, error) { return nil, nil })
		}, []string{"name"}},
		{"oneway function with result", func(s *rpc.Service) {
			rpc.Handle(s, "One", func(ctx, *Request) (*Reply, error) { return nil, nil }, rpc.Oneway())
		}, []string{"One", "oneway"}},
		{"exception is no struct", func(s *rpc.Service) {
			rpc.Handle(s, "Ex", func(ctx, *Request) (*Reply, error) { return nil, nil }, rpc.Throws(1, 5))
		}, []string{"Ex", "struct"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := implement(c.add)
			require.Equal(t, rpc.CodeContract, codeOf(t, err))
			for _, part := range c.want {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

// TestOptionMistakes: so are those of a server's or a client's options.
func TestOptionMistakes(t *testing.T) {
	var store Store
	for _, c := range []struct {
		options []rpc.ClientOption
		want    string
	}{
		{nil, "WithAddresses"},
		{[]rpc.ClientOption{rpc.WithAddresses("localhost")}, "host:port"},
		{[]rpc.ClientOption{rpc.WithAddresses("unix:")}, "unix:/path"},
		{[]rpc.ClientOption{rpc.WithAddresses("h:1"), rpc.WithTransport(nil)}, "rpc.Framed"},
		{[]rpc.ClientOption{rpc.WithAddresses("h:1"), rpc.WithMultiplexedNames()}, "WithService"},
		{[]rpc.ClientOption{rpc.WithAddresses("h:1"), rpc.WithContract(store)}, "&contract"},
		{[]rpc.ClientOption{rpc.WithAddresses("h:1"), rpc.WithContract(&store)}, "rpc.Exceptions(NotFound{})"},
	} {
		_, err := rpc.NewClient(c.options...)
		require.Equal(t, rpc.CodeContract, codeOf(t, err))
		require.ErrorContains(t, err, c.want)
	}
	server := rpc.NewServer()
	require.ErrorContains(t, server.ListenAndServe("tcp", "127.0.0.1:0"), "Register")
	require.ErrorContains(t, server.Register(rpc.NewService("")), "name")
	require.ErrorContains(t, server.ListenAndServe("tcp", "127.0.0.1:0"), "name")
}
