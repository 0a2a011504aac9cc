package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire"
)

// The messages: each has nearly all of its bytes in one field.
type (
	// text has one large string.
	text struct {
		Text string `frugal:"1,default"`
	}
	// numbers has a list that is copied as a whole.
	numbers struct {
		Numbers []int32 `frugal:"1,default,list<i32>"`
	}
	// texts has a list of short strings.
	texts struct {
		Texts []string `frugal:"1,default,list<string>"`
	}
	// rows has a list of structs.
	rows struct {
		Rows []*row `frugal:"1,default,list<row>"`
	}
	row struct {
		ID    int64   `frugal:"1,required"`
		Count int32   `frugal:"2,default"`
		Price float64 `frugal:"3,default"`
		Name  string  `frugal:"4,default"`
	}
)

// kind is a kind of message: make fills one of about a number of bytes on the wire.
type kind struct {
	name string
	make func(bytes int) any
}

var kinds = []kind{
	{"string", func(bytes int) any { return &text{string(make([]byte, bytes))} }},
	{"i32s", func(bytes int) any { return &numbers{make([]int32, bytes/4)} }},
	{"strings", func(bytes int) any {
		v := &texts{make([]string, bytes/20)}
		for n := range v.Texts {
			v.Texts[n] = fmt.Sprintf("string no %06d", n)
		}
		return v
	}},
	{"structs", func(bytes int) any {
		v := &rows{make([]*row, bytes/53)}
		for n := range v.Rows {
			v.Rows[n] = &row{rand.Int64(), rand.Int32(), rand.Float64(), "a name of 16 B.."}
		}
		return v
	}},
}

// load is a message to be decoded by all processors.
type load struct {
	goType  reflect.Type
	message []byte
}

func (k *kind) load(bytes int) (*load, error) {
	value := k.make(bytes)
	message, err := tagwire.Marshal(value, tagwire.WithEngine(tagwire.Reflect))
	return &load{reflect.TypeOf(value).Elem(), message}, err
}

// run decodes on all processors for some time, while the garbage collector runs without a break, and returns how long the
// world took to stop, and the number of messages decoded.
func (l *load) run(engine tagwire.Engine, duration time.Duration) (*stops, int, error) {
	codec, err := tagwire.CodecOf(l.goType, tagwire.WithEngine(engine))
	if err != nil {
		return nil, 0, err
	}
	before := tagwire.Stats()
	var end atomic.Bool
	var decodes atomic.Int64
	var group sync.WaitGroup
	failures := make(chan error, runtime.GOMAXPROCS(0))
	for range runtime.GOMAXPROCS(0) {
		group.Add(1)
		go func() {
			defer group.Done()
			for !end.Load() {
				if _, err := codec.Decode(l.message, reflect.New(l.goType).Interface()); err != nil {
					failures <- err
					return
				}
				decodes.Add(1)
			}
		}()
	}
	first := readStops()
	for start := time.Now(); time.Since(start) < duration; {
		runtime.GC()
	}
	last := readStops()
	end.Store(true)
	group.Wait()
	close(failures)
	if err := <-failures; err != nil {
		return nil, 0, err
	}
	if after := tagwire.Stats(); engine == tagwire.Native && after.NativeCalls == before.NativeCalls {
		return nil, 0, errors.New("nothing ran natively")
	}
	return last.minus(first), int(decodes.Load()), nil
}
