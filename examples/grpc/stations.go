package main

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/tagwire/tagwire/rpc/grpc"
)

// memory implements Stations in memory.
type memory struct {
	lock      sync.Mutex
	byStation map[string][]*Reading
}

// of returns the readings of a station, which do not change.
func (m *memory) of(station string) ([]*Reading, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	readings := m.byStation[station]
	if len(readings) == 0 {
		return nil, &grpc.Status{Code: grpc.NotFound, Message: "no reading of " + station}
	}
	return slices.Clip(readings), nil
}

// Latest returns the last reading of a station.
func (m *memory) Latest(_ context.Context, query *Query) (*Reading, error) {
	readings, err := m.of(query.Station)
	if err != nil {
		return nil, err
	}
	return readings[len(readings)-1], nil
}

// History returns all readings of a station.
func (m *memory) History(_ context.Context, query *Query) iter.Seq2[*Reading, error] {
	return func(yield func(*Reading, error) bool) {
		readings, err := m.of(query.Station)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, r := range readings {
			if !yield(r, nil) {
				return // the caller has gone
			}
		}
	}
}

// Record keeps readings. If the caller ends the call before it has sent all, those that came are kept.
func (m *memory) Record(_ context.Context, readings iter.Seq2[*Reading, error]) (*Summary, error) {
	var s Summary
	for r, err := range readings {
		if err != nil {
			return nil, err
		}
		s.add(r)
		m.lock.Lock()
		m.byStation[r.Station] = append(m.byStation[r.Station], r)
		m.lock.Unlock()
	}
	return &s, nil
}

// Follow answers each reading with a summary of those so far.
func (m *memory) Follow(_ context.Context, readings iter.Seq2[*Reading, error]) iter.Seq2[*Summary, error] {
	return func(yield func(*Summary, error) bool) {
		var s Summary
		for r, err := range readings {
			if err != nil {
				yield(nil, err)
				return
			}
			s.add(r)
			if !yield(&s, nil) { // it is encoded when yield returns
				return
			}
		}
	}
}

// add counts a reading.
func (s *Summary) add(r *Reading) {
	s.Count++
	s.Mean += (r.Celsius - s.Mean) / float64(s.Count)
	if s.Warmest == nil || r.Celsius > s.Warmest.Celsius {
		s.Warmest = r
	}
}
