package rpc

import "errors"

// connReader is the input of a connection while one message is read.
type connReader struct {
	input
	// wait is called before the reader blocks for bytes that are not there yet.
	wait func() error
}

// Peek returns the next n bytes without taking them.
func (r *connReader) Peek(n int) ([]byte, error) {
	if n > r.input.Len() {
		if err := r.wait(); err != nil {
			return nil, err
		}
	}
	return r.input.Peek(n)
}

// Next returns the next n bytes and takes them.
func (r *connReader) Next(n int) ([]byte, error) {
	if n > r.input.Len() {
		if err := r.wait(); err != nil {
			return nil, err
		}
	}
	return r.input.Next(n)
}

// connWriter is the output of a connection, one message at a time. When a message turns out to have no wire form,
// its memory goes to the message that is sent instead, because the output cannot take all of it back.
type connWriter struct {
	output
	first []byte // what the message's first Malloc got from the output
	slack int    // bytes at the end of the latest Malloc that are not the message's
	size  int    // of the message so far
	whole bool   // all of the message is in first
	spare []byte // the memory of a message that failed
}

// spareSize is the least that is asked of the output, so that an exception finds room where a message failed.
const spareSize = 1024

var errNoRoom = errors.New("there is no room for the message that replaces one that failed")

// Malloc returns memory for the next n bytes of the message.
func (w *connWriter) Malloc(n int) ([]byte, error) {
	if w.first != nil {
		w.size += n
		w.whole = false
		return w.more(n)
	}
	buf := w.spare
	w.spare = nil
	switch {
	case buf == nil:
		var err error
		if buf, err = w.output.Malloc(max(n, spareSize)); err != nil {
			return nil, err
		}
	case n > len(buf):
		return nil, errNoRoom
	}
	w.first, w.slack, w.size, w.whole = buf, len(buf)-n, n, true
	return buf[:n:n], nil
}

// more is a second Malloc for one message; size counts it already.
func (w *connWriter) more(n int) ([]byte, error) {
	w.size -= n
	if err := w.trim(); err != nil {
		return nil, err
	}
	w.size += n
	return w.output.Malloc(n)
}

// trim gives the slack back.
func (w *connWriter) trim() error {
	if w.slack == 0 {
		return nil
	}
	w.slack = 0
	return w.output.MallocAck(w.size)
}

// WriteDirect puts b, without copying it, where remainCap bytes of the latest Malloc are left.
func (w *connWriter) WriteDirect(b []byte, remainCap int) error {
	w.whole = false
	w.size += len(b)
	return w.output.WriteDirect(b, remainCap+w.slack)
}

// discard forgets the message, and reports whether another one can be written in its place.
func (w *connWriter) discard() bool {
	replaceable := w.first == nil || w.whole
	w.spare, w.first, w.slack, w.size = w.first, nil, 0, 0
	return replaceable
}

// Flush sends the message, and returns when the kernel has it.
func (w *connWriter) Flush() error {
	if err := w.trim(); err != nil {
		return err
	}
	w.first, w.size = nil, 0
	return w.output.Flush()
}
