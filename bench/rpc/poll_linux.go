package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// A poll waits for files on which more can be read, or written, than before.
type poll int

func newPoll() (poll, error) {
	file, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	return poll(file), err
}

func (p poll) add(file int) error {
	const events = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLET
	return unix.EpollCtl(int(p), unix.EPOLL_CTL_ADD, file, &unix.EpollEvent{Events: events, Fd: int32(file)})
}

// each calls visit for each file on which something has changed, again and again until it says to stop or returns an error.
func (p poll) each(visit func(file int) (more bool, err error)) error {
	events := make([]unix.EpollEvent, 128)
	for {
		n, err := unix.EpollWait(int(p), events, -1)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		for _, event := range events[:n] {
			if more, err := visit(int(event.Fd)); err != nil || !more {
				return err
			}
		}
	}
}

// A stream is a connection of the ceiling, on either side. No caller sends before it has the answer to what it sent last, so there is
// never more than one message under way.
type stream struct {
	file    int
	buffer  []byte // as long as a message, whose length less four is in its first four bytes
	done    int    // of buffer, read or written
	writing bool
	begun   time.Duration // of a caller's call
}

// newStream makes a stream of a socket that does not block.
func newStream(file, length int) (*stream, error) {
	return &stream{file: file, buffer: make([]byte, length)}, unix.SetsockoptInt(file, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
}

// read reads what has arrived and reports whether that completes a message. The poll does not tell again of what is left, or of an end
// that has arrived as well.
func (s *stream) read() (complete bool, err error) {
	for s.done < len(s.buffer) {
		n, err := unix.Read(s.file, s.buffer[s.done:])
		if err == unix.EAGAIN {
			return false, nil
		}
		if err == nil && n == 0 {
			err = io.EOF
		}
		if err != nil {
			return false, err
		}
		s.done += n
	}
	if length := int(binary.BigEndian.Uint32(s.buffer)); length != len(s.buffer)-4 {
		return false, fmt.Errorf("a message of %d bytes arrived, not %d", length, len(s.buffer)-4)
	}
	s.done = 0
	return true, nil
}

// write sends what the system takes of the buffer. It is called again, once it has begun, until writing is false.
func (s *stream) write() error {
	s.writing = true
	for s.done < len(s.buffer) {
		n, err := unix.Write(s.file, s.buffer[s.done:])
		if err == unix.EAGAIN {
			return nil
		}
		if err != nil {
			return err
		}
		s.done += n
	}
	s.done, s.writing = 0, false
	return nil
}
