package schema

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

type limits struct {
	Page    int32  `frugal:"1,optional"`
	Country string `frugal:"2,optional"`
}

func (l *limits) InitDefault() { l.Page, l.Country = 20, "nl" }

type query struct {
	ByValue limits             `frugal:"1"`
	List    []*limits          `frugal:"2,default,list<limits>"`
	Keys    map[*limits]*query `frugal:"3"`
}

func TestDefault(t *testing.T) {
	s := must[query](t)
	if s.HasInit || s.Default() != nil {
		t.Error("a type without InitDefault has a default")
	}
	inner := s.Fields[0].Type.Struct
	if !inner.HasInit || inner.Default() == nil {
		t.Fatal("the default of a nested type is missing")
	}
	if got := *(*limits)(inner.Default()); got != (limits{Page: 20, Country: "nl"}) {
		t.Errorf("default %+v", got)
	}
	if first := inner.Default(); must[limits](t).Default() != first {
		t.Error("the default changed")
	}
}

type byValueReceiver struct{}

func (byValueReceiver) InitDefault() {}

type otherSignature struct{}

func (*otherSignature) InitDefault() error { return nil }

func TestHasInit(t *testing.T) {
	if !must[byValueReceiver](t).HasInit {
		t.Error("InitDefault with a value receiver is not seen")
	}
	if must[otherSignature](t).HasInit {
		t.Error("a method of another signature is taken for InitDefault")
	}
}

func TestInitialize(t *testing.T) {
	s := must[limits](t)
	value := new(limits)
	s.Initialize(unsafe.Pointer(value))
	if *value != (limits{Page: 20, Country: "nl"}) {
		t.Errorf("value %+v", value)
	}
	if n := testing.AllocsPerRun(100, func() { s.Initialize(unsafe.Pointer(value)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	untouched := query{ByValue: limits{Page: 7}}
	must[query](t).Initialize(unsafe.Pointer(&untouched))
	if untouched.ByValue.Page != 7 {
		t.Error("a value of a type without InitDefault was changed")
	}
}

// reentrant resolves itself and its neighbour while it is initialised.
type reentrant struct {
	Neighbour *neighbour `frugal:"1"`
	Level     int32      `frugal:"2,optional"`
}

type neighbour struct {
	Back  *reentrant `frugal:"1"`
	Level int32      `frugal:"2,optional"`
}

var reentrantCalls, neighbourCalls atomic.Int32

func (r *reentrant) InitDefault() {
	reentrantCalls.Add(1)
	r.Level = 1
	self, err := Thrift.Of(reflect.TypeFor[reentrant]())
	if err != nil || self.Default() != nil {
		panic(fmt.Sprint("reentrant sees itself finished: ", err))
	}
	other, err := Thrift.Of(reflect.TypeFor[*neighbour]())
	if err != nil || other.Default() == nil {
		panic(fmt.Sprint("reentrant does not see its neighbour finished: ", err))
	}
}

func (n *neighbour) InitDefault() {
	neighbourCalls.Add(1)
	n.Level = 2
	if _, err := Thrift.Of(reflect.TypeFor[reentrant]()); err != nil {
		panic(err)
	}
}

func TestReentrantInitDefault(t *testing.T) {
	s := must[reentrant](t)
	other := s.Fields[0].Type.Struct
	if got := (*reentrant)(s.Default()).Level; got != 1 {
		t.Errorf("default level %d, want 1", got)
	}
	if got := (*neighbour)(other.Default()).Level; got != 2 {
		t.Errorf("the neighbour's default level %d, want 2", got)
	}
	if reentrantCalls.Load() != 2 || neighbourCalls.Load() != 2 {
		t.Errorf("InitDefault called %d and %d times, want twice each", reentrantCalls.Load(), neighbourCalls.Load())
	}
	if must[neighbour](t); !s.ready.Load() || !other.ready.Load() {
		t.Error("a plan is not ready in the end")
	}
}

// crossA and crossB wait, inside of InitDefault, until both run, and then resolve each other.
type crossA struct {
	B *crossB `frugal:"1"`
	N int32   `frugal:"2"`
}

type crossB struct {
	A *crossA `frugal:"1"`
	N int32   `frugal:"2"`
}

// crossing makes the first runs of the two methods, which are in two goroutines, meet.
var crossing struct {
	arrived sync.WaitGroup
	first   [2]sync.Once
}

func meet(side int) {
	crossing.first[side].Do(func() {
		crossing.arrived.Done()
		crossing.arrived.Wait()
	})
}

func (c *crossA) InitDefault() {
	meet(0)
	c.N = 1
	if _, err := Thrift.Of(reflect.TypeFor[crossB]()); err != nil {
		panic(err)
	}
}

func (c *crossB) InitDefault() {
	meet(1)
	c.N = 2
	if _, err := Thrift.Of(reflect.TypeFor[crossA]()); err != nil {
		panic(err)
	}
}

func TestInitDefaultsThatUseEachOther(t *testing.T) {
	crossing.arrived.Add(2)
	plan, err := Thrift.resolve(reflect.TypeFor[crossA]())
	if err != nil {
		t.Fatal(err)
	}
	sides := []*StructType{plan, plan.Fields[0].Type.Struct}
	var done sync.WaitGroup
	for _, side := range sides {
		done.Add(1)
		go func() {
			defer done.Done()
			if _, err := Thrift.Of(side.Go); err != nil {
				t.Error(err)
			}
		}()
	}
	done.Wait()
	must[crossA](t)
	must[crossB](t)
	if a, b := (*crossA)(sides[0].Default()), (*crossB)(sides[1].Default()); a.N != 1 || b.N != 2 {
		t.Errorf("defaults %+v and %+v", a, b)
	}
}

type slowInit struct {
	N int32 `frugal:"1"`
}

var slowCalls atomic.Int32

func (s *slowInit) InitDefault() { s.N = slowCalls.Add(1) }

func TestConcurrentDefaults(t *testing.T) {
	var done sync.WaitGroup
	var seen [64]unsafe.Pointer
	for i := range seen {
		done.Add(1)
		go func() {
			defer done.Done()
			s, err := Thrift.Of(reflect.TypeFor[slowInit]())
			if err != nil {
				t.Error(err)
				return
			}
			seen[i] = s.Default()
		}()
	}
	done.Wait()
	for i := range seen {
		if seen[i] == nil || seen[i] != seen[0] {
			t.Fatalf("goroutine %d sees the default %p, another %p", i, seen[i], seen[0])
		}
	}
}

type panicking struct {
	A int32 `frugal:"1"`
}

var panicValue atomic.Value

func (p *panicking) InitDefault() {
	if v := panicValue.Load(); v != "" {
		panic(v)
	}
	p.A = 5
}

type holdsPanicking struct {
	Inner []panicking `frugal:"1,default,list<panicking>"`
}

func TestPanicInInitDefault(t *testing.T) {
	Thrift.plans.Delete(reflect.TypeFor[panicking]())
	Thrift.plans.Delete(reflect.TypeFor[holdsPanicking]())
	panicValue.Store("out of luck")
	for range 2 {
		_, err := Thrift.Of(reflect.TypeFor[holdsPanicking]())
		var e *codec.Error
		if !errors.As(err, &e) || e.Code != codec.UnsupportedType || e.Offset != codec.NoOffset || e.Path != "panicking" ||
			e.Type != reflect.TypeFor[panicking]() {
			t.Fatalf("error %+v", err)
		}
		if !strings.HasSuffix(err.Error(), "InitDefault of schema.panicking panicked: out of luck") {
			t.Errorf("error %q", err)
		}
	}
	panicValue.Store("")
	if got := (*panicking)(must[holdsPanicking](t).Fields[0].Type.Elem.Struct.Default()).A; got != 5 {
		t.Errorf("default %d after the panics stopped, want 5", got)
	}
}

// Inner is embedded by pointer, so that its InitDefault is called on nil.
type Inner struct {
	A int32 `frugal:"1,optional"`
}

func (i *Inner) InitDefault() { i.A = 5 }

func TestInitDefaultOfAnEmbeddedPointer(t *testing.T) {
	type outer struct {
		*Inner `frugal:"1"`
	}
	_, err := Thrift.Of(reflect.TypeFor[outer]())
	if err == nil || !strings.HasSuffix(err.Error(), "if it is that of the embedded *schema.Inner, which is nil then: give schema.outer an InitDefault of its own") {
		t.Errorf("error %v", err)
	}
}

func TestGoroutineID(t *testing.T) {
	here := goroutineID()
	if here == 0 || goroutineID() != here {
		t.Errorf("ids %d and %d", here, goroutineID())
	}
	other := make(chan uint64)
	go func() { other <- goroutineID() }()
	if there := <-other; there == here || there == 0 {
		t.Errorf("another goroutine has the id %d, this one %d", there, here)
	}
}
