package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/rpc/interop/gen/alltypes"
)

// call is the client.
func call(address, transport, services, format, server string) error {
	transports, err := transportFactory(transport)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	limits := &thrift.TConfiguration{ConnectTimeout: 5 * time.Second, SocketTimeout: 20 * time.Second}
	protocols, err := protocolFactory(format, limits)
	if err != nil {
		return err
	}
	channel, err := transports.GetTransport(thrift.NewTSocketConf(address, limits))
	if err != nil {
		return err
	}
	if err := channel.Open(); err != nil {
		return err
	}
	defer channel.Close()

	protocol := protocols.GetProtocol(channel)
	protocolOf := func(service string) thrift.TProtocol {
		if services != "multiplexed" {
			return protocol
		}
		return thrift.NewTMultiplexedProtocol(protocol, service)
	}
	c := &checker{ctx: ctx, client: alltypes.NewExtendedClient(thrift.NewTStandardClient(protocol, protocolOf("AllTypes")))}
	c.echoes()
	c.containers()
	c.sample()
	c.exceptions(server)
	c.oneway()
	if services == "multiplexed" {
		c.multiplexed(alltypes.NewCalculatorClient(thrift.NewTStandardClient(protocol, protocolOf("Calculator"))))
	}
	if server == "tagwire" && services == "multiplexed" {
		c.unknownService(alltypes.NewCalculatorClient(thrift.NewTStandardClient(protocol, protocolOf("Nobody"))))
	}
	if server == "tagwire" && transport == "framed" && format == "binary" {
		c.oldForm(alltypes.NewAllTypesClient(oldFormClient(channel, protocolOf)))
	}
	return errors.Join(c.failures...)
}

// checker calls methods and collects what is wrong with the answers.
type checker struct {
	ctx      context.Context
	client   *alltypes.ExtendedClient
	failures []error
}

func (c *checker) fail(format string, arguments ...any) {
	c.failures = append(c.failures, fmt.Errorf(format, arguments...))
}

// equal wants an answer without an error.
func (c *checker) equal(what string, got any, err error, want any) {
	switch {
	case err != nil:
		c.fail("%s: %v", what, err)
	case !reflect.DeepEqual(got, want):
		c.fail("%s: got %.500v, want %.500v", what, got, want)
	}
}

// echo wants each value back.
func echo[T any](c *checker, what string, method func(context.Context, T) (T, error), values ...T) {
	for _, value := range values {
		got, err := method(c.ctx, value)
		c.equal(what, got, err, value)
	}
}

func (c *checker) echoes() {
	c.equal("ping", nil, c.client.Ping(c.ctx), nil)
	echo(c, "echoBool", c.client.EchoBool, true, false)
	echo(c, "echoI8", c.client.EchoI8, 0, 1, -1, math.MaxInt8, math.MinInt8)
	echo(c, "echoI16", c.client.EchoI16, 0, 1, -1, math.MaxInt16, math.MinInt16)
	echo(c, "echoI32", c.client.EchoI32, 0, 1, -1, math.MaxInt32, math.MinInt32)
	echo(c, "echoI64", c.client.EchoI64, 0, 1, -1, math.MaxInt64, math.MinInt64)
	echo(c, "echoDouble", c.client.EchoDouble, 0, -1.5, 5e-324, math.MaxFloat64, math.Inf(1), math.Inf(-1))
	echo(c, "echoString", c.client.EchoString, "", "a", "Grüße, 世界 🌍", "\x00", strings.Repeat("long ", 60_000))
	echo(c, "echoBinary", c.client.EchoBinary, []byte{}, []byte{0, 255}, slices.Repeat([]byte{0, 127, 128, 255}, 1<<18))
	echo(c, "echoColor", c.client.EchoColor, alltypes.Color_RED, alltypes.Color_GREEN, alltypes.Color_BLUE)
}

func (c *checker) containers() {
	set := func(ctx context.Context, value []string) ([]string, error) {
		got, err := c.client.EchoSet(ctx, value)
		slices.Sort(got)
		return got, err
	}
	echo(c, "echoSet", set, []string{}, []string{"one"}, []string{"one", "three", "two"})
	row := slices.Repeat([]int32{1, 2, 3, -4}, 250)
	echo(c, "echoGrid", c.client.EchoGrid, [][]int32{}, [][]int32{{}}, [][]int32{{1, 2}, {}, {-3}},
		slices.Repeat([][]int32{row}, 20))
	echo(c, "echoNested", c.client.EchoNested, map[string]map[int32][]*alltypes.Point{},
		map[string]map[int32][]*alltypes.Point{"a": {}, "b": {1: {}, -2: {{X: 1, Y: 2}, {X: 3, Y: 4}}}})
}

func (c *checker) sample() {
	got, err := c.client.EchoEverything(c.ctx, sample())
	c.equal("echoEverything", sortedOrNil(got), err, sample())
	got, err = c.client.Sample(c.ctx)
	c.equal("sample", sortedOrNil(got), err, sample())
	c.equal("check", nil, c.client.Check(c.ctx, sample()), nil)
	point, blob, list := &alltypes.Point{X: 3, Y: -4}, []byte{0, 254}, []int32{5, -6}
	text, err := c.client.Join(c.ctx, true, -8, -1600, 320000, -1<<40, -2.625, "ü", blob, alltypes.Color_GREEN, point, list)
	c.equal("join", text, err, join(true, -8, -1600, 320000, -1<<40, -2.625, "ü", blob, alltypes.Color_GREEN, point, list))
	text, err = c.client.Delay(c.ctx, "later", 20)
	c.equal("delay", text, err, "later")
}

func sortedOrNil(value *alltypes.Everything) *alltypes.Everything {
	if value == nil {
		return nil
	}
	return sorted(value)
}

func (c *checker) exceptions(server string) {
	denied := &alltypes.Denied{Reason: "locked", Level: alltypes.Color_GREEN}
	missing := &alltypes.NotFound{Key: "x", Near: []string{"sample", "secret"}}
	got, err := c.client.Find(c.ctx, "sample")
	c.equal("find", sortedOrNil(got), err, sample())
	_, err = c.client.Find(c.ctx, "secret")
	c.equal("find", err, nil, denied)
	_, err = c.client.Find(c.ctx, "x")
	c.equal("find", err, nil, missing)
	c.equal("remove", nil, c.client.Remove(c.ctx, "sample", 7), nil)
	c.equal("remove", c.client.Remove(c.ctx, "secret", 7), nil, denied)
	c.equal("remove", c.client.Remove(c.ctx, "x", 7), nil, missing)

	var failure thrift.TApplicationException
	err = c.client.Fail(c.ctx, "the text")
	if !errors.As(err, &failure) {
		c.fail("fail: got %v, want an exception of the application", err)
	} else if server == "tagwire" && (failure.TypeId() != thrift.INTERNAL_ERROR || failure.Error() != "the text") {
		c.fail("fail: got type %d, %q; want type %d, the text", failure.TypeId(), failure, thrift.INTERNAL_ERROR)
	}
	// Apache's Python server cannot skip a blob that is not text.
	skippable := sample()
	skippable.Blob = []byte("text")
	for range 2 {
		_, err = c.client.Later(c.ctx, skippable, []string{"a", "b"})
		if !errors.As(err, &failure) || server == "tagwire" && failure.TypeId() != thrift.UNKNOWN_METHOD {
			c.fail("later: got %v, want an exception of the application for an unknown method", err)
		}
		c.equal("ping", nil, c.client.Ping(c.ctx), nil)
	}
}

// oneway gives the count a while to appear: a server may run a oneway method beside the next call.
func (c *checker) oneway() {
	key := fmt.Sprint("go ", time.Now().UnixNano())
	c.equal("notify", nil, c.client.Notify(c.ctx, key, 1<<40), nil)
	for range 500 {
		if got, err := c.client.Notified(c.ctx, key); got != 0 || err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	got, err := c.client.Notified(c.ctx, key)
	c.equal("notified", got, err, int64(1<<40))
}

// unknownService wants an exception, and a connection that still works. Apache's servers close it.
func (c *checker) unknownService(nobody *alltypes.CalculatorClient) {
	for range 2 {
		_, err := nobody.Add(c.ctx, 1, 2)
		var failure thrift.TApplicationException
		if !errors.As(err, &failure) {
			c.fail("Nobody:add: got %v, want an exception of the application", err)
		}
		c.equal("ping", nil, c.client.Ping(c.ctx), nil)
	}
}

// oldFormClient sends messages without a version in their envelope, which is possible where a frame bounds them. It reads
// what the others read.
func oldFormClient(channel thrift.TTransport, protocolOf func(string) thrift.TProtocol) thrift.TClient {
	old := &thrift.TConfiguration{TBinaryStrictWrite: thrift.BoolPtr(false)}
	return thrift.NewTStandardClient(protocolOf("AllTypes"), thrift.NewTBinaryProtocolConf(channel, old))
}

func (c *checker) oldForm(client *alltypes.AllTypesClient) {
	echo(c, "echoString in the old form", client.EchoString, "", "old", strings.Repeat("old ", 50_000))
	_, err := client.Find(c.ctx, "secret")
	c.equal("find in the old form", err, nil, &alltypes.Denied{Reason: "locked", Level: alltypes.Color_GREEN})
	c.equal("ping", nil, c.client.Ping(c.ctx), nil)
}

func (c *checker) multiplexed(calculator *alltypes.CalculatorClient) {
	sum, err := calculator.Add(c.ctx, -5, 1<<40)
	c.equal("add", sum, err, int64(1<<40-5))
	name, err := c.client.Owner(c.ctx)
	c.equal("owner", name, err, "AllTypes")
	name, err = calculator.Owner(c.ctx)
	c.equal("owner", name, err, "Calculator")
}
