package policy

import (
	"maps"
	"math"
	"slices"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// Limit bounds the calls that a server works on. It refuses those beyond, at once.
type Limit struct {
	// Concurrency is how many calls may be in progress at once. There is no such limit if it is 0; if it is negative, no call is
	// accepted.
	Concurrency int
	// Rate is how many calls may begin in a second, in the long run. There is no such limit if it is 0; if it is negative, no call
	// is accepted.
	Rate float64
	// Burst is how many calls may begin at once. If it is 0 or less, that is what Rate allows in a second, and at least 1.
	Burst int
}

// Limits are those of a server. They are complete before the first Gate.
type Limits struct{ byName map[string]*limiter }

// Add sets the limit of all calls together, if there is no name, or one for each name: a service, or a method as in
// "Service:method".
func (s *Limits) Add(l Limit, names []string) {
	if s.byName == nil {
		s.byName = map[string]*limiter{}
	}
	if len(names) == 0 {
		s.byName[""] = newLimiter(l)
		s.byName[""].used = true
	}
	for _, name := range names {
		s.byName[name] = newLimiter(l)
	}
}

// Gate returns what calls of a method have to pass, nil if that is nothing.
func (s *Limits) Gate(service, method string) Gate {
	var g Gate
	for _, name := range []string{service + ":" + method, service, ""} {
		if l := s.byName[name]; l != nil {
			l.used = true
			g = append(g, l)
		}
	}
	return g
}

// Unused returns a name that no Gate has asked for, "" if there is none.
func (s *Limits) Unused() string {
	for _, name := range slices.Sorted(maps.Keys(s.byName)) {
		if !s.byName[name].used {
			return name
		}
	}
	return ""
}

// limiter is a Limit in use.
type limiter struct {
	most    int64 // calls in progress
	running atomic.Int64
	rate    *rate.Limiter // nil for no limit
	used    bool          // by a Gate
}

func newLimiter(l Limit) *limiter {
	n := &limiter{most: int64(l.Concurrency)}
	if l.Concurrency == 0 {
		n.most = math.MaxInt64
	}
	switch {
	case l.Rate == 0 || math.IsNaN(l.Rate):
	case l.Rate < 0:
		n.rate = rate.NewLimiter(0, 0)
	default:
		if l.Burst <= 0 {
			l.Burst = int(max(1, min(math.Ceil(l.Rate), math.MaxInt32)))
		}
		n.rate = rate.NewLimiter(rate.Limit(min(l.Rate, math.MaxFloat64)), l.Burst)
	}
	return n
}

// Gate is the limits that hold for a method. Any goroutine may call its methods.
type Gate []*limiter

// Enter reports whether a call may begin, and what is exceeded if it may not. Leave must be called for each that may.
func (g Gate) Enter() (exceeded string, entered bool) {
	for i, l := range g {
		if !l.begin() {
			g[:i].Leave()
			return "too many calls are in progress", false
		}
	}
	for _, l := range g {
		if l.rate != nil && !l.rate.Allow() {
			g.Leave()
			return "too many calls in too short a time", false
		}
	}
	return "", true
}

// begin counts a call, if there may be one more.
func (l *limiter) begin() bool {
	for n := l.running.Load(); n < l.most; n = l.running.Load() {
		if l.running.CompareAndSwap(n, n+1) {
			return true
		}
	}
	return false
}

// Leave is called when a call has ended.
func (g Gate) Leave() {
	for _, l := range g {
		l.running.Add(-1)
	}
}
