package main

import (
	"slices"
	"testing"
)

// TestProtobufAllocates: writing Protobuf allocates nothing, and reading it no more often than reading the same value in Thrift.
func TestProtobufAllocates(t *testing.T) {
	compared := 0
	for _, d := range protobufFormat.definitions() {
		ours := native(t, made(t, d.name, protobufFormat))
		if ours == nil {
			t.Skip("there is no native code here")
		}
		if write := ours.operations[encode]; write != nil {
			if n := allocations(t, write); n != 0 {
				t.Errorf("%s: writing allocates %v objects", d.name, n)
			}
		}
		if !slices.ContainsFunc(binaryFormat.definitions(), func(other definition) bool { return other.name == d.name }) {
			continue
		}
		compared++
		thrift := native(t, made(t, d.name, binaryFormat))
		for _, direction := range []direction{decode, decodeZeroCopy, decodeArena} {
			got, most := allocations(t, ours.operations[direction]), allocations(t, thrift.operations[direction])
			if got > most {
				t.Errorf("%s: %s allocates %v objects, and %v in Thrift", d.name, direction, got, most)
			}
		}
	}
	if compared < 8 {
		t.Errorf("only %d cases are in both formats", compared)
	}
}

// allocations returns how many objects an operation allocates each time, where it is done often.
func allocations(t *testing.T, op operation) int {
	const times = 100
	return int(testing.AllocsPerRun(5, func() {
		if err := op(times); err != nil {
			t.Error(err)
		}
	})) / times
}

// native returns our native engine, nil if there is none here.
func native(t *testing.T, b *benchmark) *engine {
	t.Helper()
	for i := range b.engines {
		if e := &b.engines[i]; e.name == ownNative && e.absent == "" {
			return e
		}
	}
	return nil
}
