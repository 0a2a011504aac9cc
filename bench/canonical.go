package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

var errMalformed = errors.New("malformed message")

// canonical returns a message with the entries of every map and set sorted by their bytes. Two messages say the same if and only
// if their canonical forms are equal, whatever order their writers took the maps and sets in. It knows no type: it walks the wire.
func canonical(message []byte) ([]byte, error) {
	walk := walker{rest: message}
	result := walk.value(nil, 12)
	if walk.failed {
		return nil, errMalformed
	}
	if len(walk.rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes after its end", errMalformed, len(walk.rest))
	}
	return result, nil
}

// sameMessage tells in an error how two messages differ, which canonical makes comparable.
func sameMessage(canonical func([]byte) ([]byte, error), got, want []byte) error {
	if bytes.Equal(got, want) {
		return nil
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d bytes, want %d", len(got), len(want))
	}
	gotSorted, err := canonical(got)
	if err != nil {
		return err
	}
	wantSorted, err := canonical(want)
	if err != nil {
		return err
	}
	for i := range gotSorted {
		if gotSorted[i] != wantSorted[i] {
			return fmt.Errorf("differs at byte %d of %d, maps sorted", i, len(got))
		}
	}
	return nil
}

// A walker copies wire items from rest to the end of a slice.
type walker struct {
	rest   []byte
	failed bool
}

// bytes copies the next n bytes.
func (w *walker) bytes(dst []byte, n int) []byte {
	if n < 0 || n > len(w.rest) {
		w.failed, w.rest = true, nil
		return dst
	}
	dst = append(dst, w.rest[:n]...)
	w.rest = w.rest[n:]
	return dst
}

// size copies a count or length and returns it.
func (w *walker) size(dst []byte) ([]byte, int) {
	dst = w.bytes(dst, 4)
	if w.failed {
		return dst, 0
	}
	n := int(int32(binary.BigEndian.Uint32(dst[len(dst)-4:])))
	if n < 0 || n > len(w.rest) {
		w.failed, n = true, 0
	}
	return dst, n
}

// wireType copies a type byte and returns it.
func (w *walker) wireType(dst []byte) ([]byte, byte) {
	dst = w.bytes(dst, 1)
	if w.failed {
		return dst, 0
	}
	return dst, dst[len(dst)-1]
}

// value copies a value of a wire type.
func (w *walker) value(dst []byte, wireType byte) []byte {
	switch wireType {
	case 2, 3:
		return w.bytes(dst, 1)
	case 6:
		return w.bytes(dst, 2)
	case 8:
		return w.bytes(dst, 4)
	case 4, 10:
		return w.bytes(dst, 8)
	case 11:
		dst, n := w.size(dst)
		return w.bytes(dst, n)
	case 12:
		return w.structure(dst)
	case 13:
		return w.dictionary(dst)
	case 14, 15:
		return w.list(dst, wireType == 14)
	}
	w.failed = true
	return dst
}

func (w *walker) structure(dst []byte) []byte {
	for !w.failed {
		var field byte
		if dst, field = w.wireType(dst); field == 0 {
			break
		}
		dst = w.value(w.bytes(dst, 2), field)
	}
	return dst
}

// list copies a list, or a set.
func (w *walker) list(dst []byte, isSet bool) []byte {
	dst, element := w.wireType(dst)
	dst, count := w.size(dst)
	var elements [][]byte
	for range count {
		elements = append(elements, w.value(nil, element))
	}
	if isSet {
		slices.SortFunc(elements, bytes.Compare)
	}
	return append(dst, bytes.Join(elements, nil)...)
}

func (w *walker) dictionary(dst []byte) []byte {
	dst, key := w.wireType(dst)
	dst, value := w.wireType(dst)
	dst, count := w.size(dst)
	var entries [][]byte
	for range count {
		entries = append(entries, w.value(w.value(nil, key), value))
	}
	slices.SortFunc(entries, bytes.Compare)
	return append(dst, bytes.Join(entries, nil)...)
}
