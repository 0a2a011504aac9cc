package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"
)

// startTime is how long a child may take until it is ready.
const startTime = 20 * time.Second

// A pair is the server and the callers of a row.
type pair struct {
	row             row
	server, callers *child
}

// startPairs starts a server and its callers for each row. Those whose turn it is not wait for input.
func startPairs(rows []row, count int, stderr io.Writer) ([]*pair, error) {
	var pairs []*pair
	for _, r := range rows {
		p := &pair{row: r}
		pairs = append(pairs, p)
		var err error
		if p.server, err = startChild(serverProcessor(), stderr, "-serve", r.name()); err != nil {
			return pairs, err
		}
		var address string
		if err := p.server.read(startTime, &address); err != nil {
			return pairs, err
		}
		if p.callers, err = startChild(callerProcessor(), stderr, "-call", r.name(), "-callers", strconv.Itoa(count), address); err != nil {
			return pairs, err
		}
		if err := p.callers.read(startTime, &count); err != nil {
			return pairs, err
		}
	}
	return pairs, nil
}

func stopPairs(pairs []*pair) {
	for _, p := range pairs {
		for _, c := range []*child{p.callers, p.server} {
			if c != nil {
				c.stop()
			}
		}
	}
}

// A side is what a call takes of the server or of the callers.
type side struct {
	allocs       float64 // objects
	microseconds float64 // of processor time
}

// A round is what one measurement of a row gave.
type round struct {
	perSecond       float64
	p50, p99, p999  float64 // microseconds
	server, callers side
	codec           float64 // the codec's share of the processor time of both sides; 0 if it is not measured
}

// measurePairs lets the pairs call in turn, in an order shuffled anew for each round, after a round that does not count.
func measurePairs(pairs []*pair, rounds int, l load) (map[string][]round, error) {
	results := map[string][]round{}
	for i := range rounds + 1 {
		rand.Shuffle(len(pairs), func(a, b int) { pairs[a], pairs[b] = pairs[b], pairs[a] })
		for _, p := range pairs {
			l := l
			if i == 0 {
				l.Duration /= 4
			}
			r, err := p.round(l)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				results[p.row.system] = append(results[p.row.system], r)
			}
		}
	}
	return results, nil
}

func (p *pair) round(l load) (round, error) {
	var ready, served, coded service
	var o outcome
	err := p.server.ask(begin, stopTime, &ready)
	if err == nil {
		err = p.callers.ask(l, l.Duration+startTime, &o)
	}
	if err == nil {
		err = p.server.ask(end, stopTime, &served)
	}
	if err == nil {
		err = p.server.ask(codec, stopTime, &coded)
	}
	if err == nil && o.Calls == 0 {
		err = fmt.Errorf("%s: no call was answered", p.row.name())
	}
	return roundOf(served.usage, o, coded.Codec), err
}

func roundOf(served usage, o outcome, codec time.Duration) round {
	sideOf := func(u usage) side {
		return side{allocs: float64(u.Objects) / float64(o.Calls), microseconds: microseconds(u.Busy) / float64(o.Calls)}
	}
	r := round{
		perSecond: float64(o.Calls) / o.Took.Seconds(),
		p50:       microseconds(o.P50), p99: microseconds(o.P99), p999: microseconds(o.P999),
		server: sideOf(served), callers: sideOf(o.usage),
	}
	// Each side decodes a message and encodes one.
	r.codec = 2 * microseconds(codec) / (r.server.microseconds + r.callers.microseconds)
	return r
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
