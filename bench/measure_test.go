package main

import (
	"testing"
	"time"
)

var kept []byte

// TestOthersAllocationsAreNotCounted: what is allocated in one batch and not in the next is not the operation's.
func TestOthersAllocationsAreNotCounted(t *testing.T) {
	batches, each := 0, 0
	r := row{operation: func(n int) error {
		batches++
		if batches%2 == 0 {
			kept = make([]byte, 1<<16)
		}
		for range n * each {
			kept = make([]byte, 64)
		}
		return nil
	}}
	for _, each = range []int{0, 3} {
		if err := r.calibrate(10 * time.Microsecond); err != nil {
			t.Fatal(err)
		}
		if r.allocs != float64(each) || r.bytes != float64(64*each) {
			t.Errorf("%v allocations, %v bytes counted, %d are made", r.allocs, r.bytes, each)
		}
	}
}
