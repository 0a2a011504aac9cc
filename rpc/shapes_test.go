package rpc_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// Base is a service that another one extends, and More that one.
type Base struct {
	Name func(ctx context.Context) (string, error) `rpc:"getName"`
}

type Middle struct {
	Base
	Version func(ctx context.Context) (int32, error)
}

type extended struct {
	Middle
	Query func(ctx context.Context, text string) ([]string, error) `returns:"list<string>"`
}

type extension struct{}

func (extension) Name(context.Context) (string, error)   { return "extension", nil }
func (extension) Version(context.Context) (int32, error) { return 3, nil }
func (extension) Query(_ context.Context, text string) ([]string, error) {
	return strings.Fields(text), nil
}

// TestEmbeddedContracts: a contract has the methods of those that it embeds, on both sides, also where the implementation is
// a contract.
func TestEmbeddedContracts(t *testing.T) {
	noLeaks(t)
	use := func(address string) extended {
		var e extended
		connect(t, address, rpc.WithContract(&e))
		name, err := e.Name(context.Background())
		require.NoError(t, err)
		require.Equal(t, "extension", name)
		version, err := e.Version(context.Background())
		require.NoError(t, err)
		require.Equal(t, int32(3), version)
		words, err := e.Query(context.Background(), "a b")
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b"}, words)
		return e
	}
	svc := rpc.NewService("Extended")
	rpc.Implement[extended](svc, extension{})
	e := use(serve(t, []*rpc.Service{svc}).address)
	svc = rpc.NewService("Proxy")
	rpc.Implement[extended](svc, &e)
	use(serve(t, []*rpc.Service{svc}).address)

	type twice struct {
		Base
		GetName func(ctx context.Context) (string, error) `rpc:"getName"`
	}
	_, err := rpc.NewClient(rpc.WithAddresses("a:1"), rpc.WithContract(&twice{}))
	require.ErrorContains(t, err, `has the name "getName" on the wire, too`)
	type byPointer struct {
		*Base
	}
	_, err = rpc.NewClient(rpc.WithAddresses("a:1"), rpc.WithContract(&byPointer{}))
	require.ErrorContains(t, err, "write Base instead of *Base")
}

// TestNegativeIDs: ids of parameters may be negative, as those of old interface definitions are; the wire has 16 bits of them.
func TestNegativeIDs(t *testing.T) {
	noLeaks(t)
	type hive struct {
		Get func(ctx context.Context, name string, flag int32) (string, error) `params:"-1,-32768"`
	}
	svc := rpc.NewService("Hive")
	rpc.Implement[hive](svc, &hive{Get: func(_ context.Context, name string, flag int32) (string, error) {
		return name + string(rune(flag)), nil
	}})
	server := serve(t, []*rpc.Service{svc})
	var h hive
	connect(t, server.address, rpc.WithContract(&h))
	text, err := h.Get(context.Background(), "x", 'y')
	require.NoError(t, err)
	require.Equal(t, "xy", text)
	conn := dial(t, server.address)
	send(t, conn, frame(envelope(typeCall, "Get", 1, unhex(t, "0b ffff 00000001 61 08 8000 00000062 00"))))
	require.Contains(t, string(readFrame(t, conn)), "ab")
	for _, ids := range []string{"0", "-32769", "32768", "65535", "1,1"} {
		require.Error(t, badParams(ids), ids)
	}
}

// badParams returns what is said of a contract with these ids.
func badParams(ids string) error {
	switch ids {
	case "0":
		return contractOf(&struct {
			F func(context.Context, int32) error `params:"0"`
		}{})
	case "-32769":
		return contractOf(&struct {
			F func(context.Context, int32) error `params:"-32769"`
		}{})
	case "32768":
		return contractOf(&struct {
			F func(context.Context, int32) error `params:"32768"`
		}{})
	case "65535":
		return contractOf(&struct {
			F func(context.Context, int32) error `params:"65535"`
		}{})
	}
	return contractOf(&struct {
		F func(context.Context, int32, int32) error `params:"1,1"`
	}{})
}

func contractOf(contract any) error {
	_, err := rpc.NewClient(rpc.WithAddresses("a:1"), rpc.WithContract(contract))
	return err
}

// Mood is an enum as generators write them.
type Mood int64

func (m Mood) String() string { return "mood" }

// TestEnumsAreNamed: an enum without a type in its tag would travel as a number of 64 bits, silently; it is an error that says what
// to write.
func TestEnumsAreNamed(t *testing.T) {
	require.ErrorContains(t, contractOf(&struct {
		F func(context.Context, Mood) error
	}{}), `params:"1=Mood"`)
	require.ErrorContains(t, contractOf(&struct {
		F func(context.Context, int32, *Mood) error
	}{}), `params:"1,2=Mood"`)
	require.ErrorContains(t, contractOf(&struct {
		F func(context.Context) (Mood, error)
	}{}), `returns:"Mood"`)
	require.ErrorContains(t, contractOf(&struct {
		F func(context.Context, []Mood) error
	}{}), `params:"1=list<Mood>"`)
	require.NoError(t, contractOf(&struct {
		F func(context.Context, Mood, Mood) (Mood, error) `params:"1=Mood,2=i64" returns:"Mood"`
	}{}))
	_, err := rpc.Call[rpc.Void, Mood](context.Background(), connect(t, "127.0.0.1:1"), "F", nil)
	require.ErrorContains(t, err, `rpc.Returns("Mood")`)
}

// TestResultsOfAllTypes: a method returns what a field may be of, not structs alone.
func TestResultsOfAllTypes(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Types")
	text := rpc.NewMethod[Request, string]("Text")
	text.Handle(svc, func(_ context.Context, req *Request) (*string, error) { return &req.Text, nil })
	number := rpc.NewMethod[rpc.Void, int64]("Number")
	number.Handle(svc, func(context.Context, *rpc.Void) (*int64, error) { n := int64(7); return &n, nil })
	list := rpc.NewMethod[rpc.Void, []string]("List", rpc.Returns("list<string>"))
	list.Handle(svc, func(context.Context, *rpc.Void) (*[]string, error) { return &[]string{"a"}, nil })
	noList := rpc.NewMethod[rpc.Void, []string]("NoList", rpc.Returns("set<string>"))
	noList.Handle(svc, func(context.Context, *rpc.Void) (*[]string, error) { return nil, nil })
	table := rpc.NewMethod[rpc.Void, map[string]int32]("Table")
	table.Handle(svc, func(context.Context, *rpc.Void) (*map[string]int32, error) { return &map[string]int32{"a": 1}, nil })
	bytes := rpc.NewMethod[rpc.Void, []byte]("Bytes")
	bytes.Handle(svc, func(context.Context, *rpc.Void) (*[]byte, error) { return &[]byte{1, 2}, nil })
	mood := rpc.NewMethod[rpc.Void, Mood]("Mood", rpc.Returns("Mood"))
	mood.Handle(svc, func(context.Context, *rpc.Void) (*Mood, error) { m := Mood(-3); return &m, nil })
	noText := rpc.NewMethod[rpc.Void, string]("NoText")
	noText.Handle(svc, func(context.Context, *rpc.Void) (*string, error) { return nil, nil })
	server := serve(t, []*rpc.Service{svc})
	client := connect(t, server.address)
	ctx := context.Background()

	s, err := text.Call(ctx, client, &Request{Text: "x"})
	require.NoError(t, err)
	require.Equal(t, "x", *s)
	n, err := number.Call(ctx, client, nil)
	require.NoError(t, err)
	require.Equal(t, int64(7), *n)
	l, err := list.Call(ctx, client, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, *l)
	l, err = noList.Call(ctx, client, nil)
	require.NoError(t, err)
	require.Nil(t, *l)
	m, err := table.Call(ctx, client, nil)
	require.NoError(t, err)
	require.Equal(t, map[string]int32{"a": 1}, *m)
	b, err := bytes.Call(ctx, client, nil)
	require.NoError(t, err)
	require.Equal(t, []byte{1, 2}, *b)
	e, err := mood.Call(ctx, client, nil)
	require.NoError(t, err)
	require.Equal(t, Mood(-3), *e)
	_, err = noText.Call(ctx, client, nil)
	require.Equal(t, rpc.CodeMissingResult, codeOf(t, err))
	// A contract reads the same.
	var same struct {
		Text  func(ctx context.Context, req *Request) (string, error)
		List  func(ctx context.Context) ([]string, error) `returns:"list<string>"`
		Table func(ctx context.Context) (map[string]int32, error)
	}
	connect(t, server.address, rpc.WithContract(&same))
	got, err := same.Text(ctx, &Request{Text: "y"})
	require.NoError(t, err)
	require.Equal(t, "y", got)
	words, err := same.List(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, words)

	_, err = rpc.Call[rpc.Void, []string](ctx, client, "List", nil)
	require.ErrorContains(t, err, `rpc.Returns("list<string>")`)
	_, err = rpc.Call[rpc.Void, *string](ctx, client, "Text", nil)
	require.ErrorContains(t, err, "write string instead of *string")
}

// Priced has a default value.
type Priced struct {
	Amount   int64  `frugal:"1"`
	Currency string `frugal:"2,optional"`
}

func (p *Priced) InitDefault() { p.Currency = "EUR" }

// TestDefaultsOfRequests: the request that a handler gets has its default values, whatever it is made for.
func TestDefaultsOfRequests(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Prices")
	back := func(_ context.Context, p *Priced) (*Reply, error) { return &Reply{Text: p.Currency}, nil }
	spread := rpc.NewMethod[Priced, Reply]("Spread", rpc.Spread())
	spread.Handle(svc, back)
	whole := rpc.NewMethod[Priced, Reply]("Whole")
	whole.Handle(svc, back)
	server := serve(t, []*rpc.Service{svc})
	client := connect(t, server.address)
	for _, method := range []*rpc.Method[Priced, Reply]{spread, whole} {
		for _, request := range []*Priced{{Amount: 1, Currency: "EUR"}, {Amount: 1, Currency: "CHF"}} {
			reply, err := method.Call(context.Background(), client, request)
			require.NoError(t, err)
			require.Equal(t, request.Currency, reply.Text)
		}
	}
	// Nothing is sent at all.
	conn := dial(t, server.address)
	for _, method := range []string{"Spread", "Whole"} {
		send(t, conn, frame(envelope(typeCall, method, 1, []byte{0})))
		require.Contains(t, string(readFrame(t, conn)), "EUR", method)
	}
}

// TestTextsAreReadable: what an exception says is valid UTF-8 of at most 512 bytes, whatever the error says, and is not cut
// inside a character.
func TestTextsAreReadable(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Fail")
	rpc.Handle(svc, "Fail", func(_ context.Context, req *Request) (*Reply, error) { return nil, textError(req.Text) })
	server := serve(t, []*rpc.Service{svc})
	client := connect(t, server.address)
	for _, text := range []string{
		"", "plain", strings.Repeat("x", 511), strings.Repeat("x", 512), strings.Repeat("x", 513),
		strings.Repeat("错", 170), strings.Repeat("错", 171), "x" + strings.Repeat("错", 171), "xx" + strings.Repeat("错", 171),
		strings.Repeat("😀", 200), "broken \xff\xfe", strings.Repeat("\xff", 600), strings.Repeat("é\x80", 300),
	} {
		_, err := rpc.Call[Request, Reply](context.Background(), client, "Fail", &Request{Text: text})
		var e *rpc.Error
		require.ErrorAs(t, err, &e)
		require.True(t, utf8.ValidString(e.Message))
		require.LessOrEqual(t, len(e.Message), 512)
		if utf8.ValidString(text) {
			require.True(t, strings.HasPrefix(text, e.Message))
			require.Greater(t, len(e.Message), min(len(text), 512)-4)
		}
	}
	// Names from outside come back in texts.
	conn := dial(t, server.address)
	send(t, conn, frame(envelope(typeCall, "\xff\xfe", 1, []byte{0})))
	require.True(t, utf8.ValidString(requireException(t, readFrame(t, conn), "\xff\xfe", 1, 1)))
	// And business errors.
	conn = dial(t, serve(t, []*rpc.Service{business()}).address)
	send(t, conn, header(1, nil, envelope(typeCall, "Fail", 1, []byte{0})))
	reply := string(readFrame(t, conn))
	require.Contains(t, reply, "broken \uFFFD")
	require.Contains(t, reply, "{\"k\uFFFD\":\"\uFFFD\"}")
}

type textError string

func (e textError) Error() string { return string(e) }

func business() *rpc.Service {
	svc := rpc.NewService("Business")
	rpc.Handle(svc, "Fail", func(context.Context, *rpc.Void) (*rpc.Void, error) {
		return nil, &rpc.BizError{Status: 1, Message: "broken \xff", Extra: map[string]string{"k\xff": "\xfe"}}
	})
	return svc
}

// TestManyNames: names of methods that come from outside, and types in turns, cost a client no memory that grows.
func TestManyNames(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	client := connect(t, server.address, rpc.WithPool(1, 0))
	type other struct {
		Text string `frugal:"1"`
	}
	name := func(i int) {
		_, _ = rpc.Call[Request, Reply](context.Background(), client, "name"+strings.Repeat("x", i%50)+string(rune(i)), &Request{})
	}
	types := func() {
		_, err := rpc.Call[other, Reply](context.Background(), client, "Echo", &other{})
		require.NoError(t, err)
		_, err = rpc.Call[Request, other](context.Background(), client, "Echo", &Request{})
		require.NoError(t, err)
	}
	const known = 4096 // names that a client remembers
	for i := range known - 100 {
		name(i)
		if i < 500 {
			types()
		}
	}
	before := heapInUse()
	for i := known; i < known+3500; i++ {
		name(i)
		types()
	}
	if after := heapInUse(); after > before+1<<20 {
		t.Errorf("the heap has grown by %d KiB", (after-before)>>10)
	}
	runtime.KeepAlive(client)
}
