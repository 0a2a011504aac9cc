package policy

import (
	"math"
	"sync/atomic"
)

// Budget bounds the retries of a client, backup requests included, by its calls, so that a server which fails does not get several
// times the calls. Each call that may be retried earns a part of a retry. What is earned is kept up to Burst, which is also what
// there is at first.
type Budget struct {
	// Ratio is how many retries there may be per call, in the long run. 0.1 if it is 0; none if it is negative.
	Ratio float64
	// Burst is how many retries may follow each other faster. 10 if it is 0; if it is negative, no more than one.
	Burst int
}

// token is one retry, in the units that a bucket counts in.
const token = 1000

// bucket holds what a Budget allows. Any goroutine may call its methods.
type bucket struct {
	perCall, most int64
	left          atomic.Int64
}

func newBucket(b Budget) *bucket {
	switch {
	case b.Ratio == 0 || math.IsNaN(b.Ratio):
		b.Ratio = 0.1
	case b.Ratio < 0:
		return &bucket{}
	}
	switch {
	case b.Burst == 0:
		b.Burst = 10
	case b.Burst < 0:
		b.Burst = 1
	}
	n := &bucket{perCall: max(1, int64(token*min(b.Ratio, mostAttempts))), most: token * int64(min(b.Burst, math.MaxInt32))}
	n.left.Store(n.most)
	return n
}

// earn is called for each call.
func (b *bucket) earn() {
	for left := b.left.Load(); left < b.most; left = b.left.Load() {
		if b.left.CompareAndSwap(left, min(b.most, left+b.perCall)) {
			return
		}
	}
}

// take reports whether there may be a retry.
func (b *bucket) take() bool {
	for left := b.left.Load(); left >= token; left = b.left.Load() {
		if b.left.CompareAndSwap(left, left-token) {
			return true
		}
	}
	return false
}
