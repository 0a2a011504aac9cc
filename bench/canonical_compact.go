package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// canonicalCompact is canonical for messages in Thrift Compact.
func canonicalCompact(message []byte) ([]byte, error) {
	walk := compactWalker{walker{rest: message}}
	result := walk.structure(nil)
	if walk.failed {
		return nil, errMalformed
	}
	if len(walk.rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes after its end", errMalformed, len(walk.rest))
	}
	return result, nil
}

// A compactWalker copies wire items of Thrift Compact.
type compactWalker struct{ walker }

// varint copies a number and returns it.
func (w *compactWalker) varint(dst []byte) ([]byte, uint64) {
	number, n := binary.Uvarint(w.rest)
	if n <= 0 {
		w.failed, w.rest = true, nil
		return dst, 0
	}
	return w.bytes(dst, n), number
}

// size copies a count or length, each unit of which takes a byte or more, and returns it.
func (w *compactWalker) size(dst []byte) ([]byte, int) {
	dst, number := w.varint(dst)
	if number > uint64(len(w.rest)) {
		w.failed, number = true, 0
	}
	return dst, int(number)
}

// value copies a value of a wire type, of which a bool has a byte.
func (w *compactWalker) value(dst []byte, wireType byte) []byte {
	switch wireType {
	case 1, 2, 3:
		return w.bytes(dst, 1)
	case 4, 5, 6:
		dst, _ = w.varint(dst)
		return dst
	case 7:
		return w.bytes(dst, 8)
	case 8:
		dst, n := w.size(dst)
		return w.bytes(dst, n)
	case 9, 10:
		return w.list(dst, wireType == 10)
	case 11:
		return w.dictionary(dst)
	case 12:
		return w.structure(dst)
	}
	w.failed = true
	return dst
}

func (w *compactWalker) structure(dst []byte) []byte {
	for !w.failed {
		var header byte
		if dst, header = w.wireType(dst); header == 0 {
			break
		}
		if header>>4 == 0 {
			dst, _ = w.varint(dst) // the id, where it does not follow from the one before
		}
		if field := header & 15; field != 1 && field != 2 { // a bool is in the header
			dst = w.value(dst, field)
		}
	}
	return dst
}

// list copies a list, or a set.
func (w *compactWalker) list(dst []byte, isSet bool) []byte {
	dst, header := w.wireType(dst)
	count := int(header >> 4)
	if count == 15 {
		dst, count = w.size(dst)
	}
	var elements [][]byte
	for range count {
		elements = append(elements, w.value(nil, header&15))
	}
	if isSet {
		slices.SortFunc(elements, bytes.Compare)
	}
	return append(dst, bytes.Join(elements, nil)...)
}

func (w *compactWalker) dictionary(dst []byte) []byte {
	dst, count := w.size(dst)
	if count == 0 {
		return dst
	}
	dst, types := w.wireType(dst)
	var entries [][]byte
	for range count {
		entries = append(entries, w.value(w.value(nil, types>>4), types&15))
	}
	slices.SortFunc(entries, bytes.Compare)
	return append(dst, bytes.Join(entries, nil)...)
}
