package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// The ceiling is a bare echo: one thread on each side waits for any of the connections, reads, and writes, by system
// calls alone. Its messages are as long as those of a framed call.

// serveCeiling returns what starts the server for messages of a length. It takes connections while it serves others.
func serveCeiling(length int) func() (string, error) {
	return func() (string, error) { return startCeiling(length) }
}

func startCeiling(length int) (string, error) {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	if err := unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return "", err
	}
	if err := unix.Listen(listener, unix.SOMAXCONN); err != nil {
		return "", err
	}
	name, err := unix.Getsockname(listener)
	if err != nil {
		return "", err
	}
	poll, err := newPoll()
	if err != nil {
		return "", err
	}
	if err := poll.add(listener); err != nil {
		return "", err
	}
	go func() {
		streams := map[int]*stream{}
		err := poll.each(func(file int) (bool, error) {
			if file == listener {
				return true, acceptAll(poll, listener, length, streams)
			}
			return true, echo(streams, streams[file])
		})
		panic(err) // poll.each returns only for an error.
	}()
	port := name.(*unix.SockaddrInet4).Port
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(port)), nil
}

// acceptAll takes all connections that wait.
func acceptAll(poll poll, listener, length int, streams map[int]*stream) error {
	for {
		file, _, err := unix.Accept4(listener, unix.SOCK_NONBLOCK)
		if err == unix.EAGAIN {
			return nil
		}
		if err != nil {
			return err
		}
		if streams[file], err = newStream(file, length); err != nil {
			return err
		}
		if err := poll.add(file); err != nil {
			return err
		}
	}
}

// echo goes on with the message that is under way.
func echo(streams map[int]*stream, s *stream) error {
	if !s.writing {
		complete, err := s.read()
		if err == io.EOF {
			delete(streams, s.file)
			return unix.Close(s.file)
		}
		if err != nil || !complete {
			return err
		}
	}
	return s.write()
}

// connectCeiling returns what opens a connection for each caller; one thread serves them all.
func connectCeiling(length int) connector {
	return func(address string, count int) (runner, error) {
		target, err := netip.ParseAddrPort(address)
		if err != nil {
			return nil, err
		}
		c := &ceilingCallers{message: make([]byte, length), streams: map[int]*stream{}}
		binary.BigEndian.PutUint32(c.message, uint32(length-4))
		for i := range c.message[4:] {
			c.message[4+i] = byte(i % 251)
		}
		if c.poll, err = newPoll(); err != nil {
			return nil, err
		}
		for range count {
			if err := c.connect(target); err != nil {
				return nil, err
			}
		}
		return c.run, nil
	}
}

// ceilingCallers are the callers of a ceiling.
type ceilingCallers struct {
	message []byte
	poll    poll
	streams map[int]*stream
}

func (c *ceilingCallers) connect(target netip.AddrPort) error {
	file, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if err := unix.Connect(file, &unix.SockaddrInet4{Addr: target.Addr().As4(), Port: int(target.Port())}); err != nil {
		return err
	}
	if err := unix.SetNonblock(file, true); err != nil {
		return err
	}
	if c.streams[file], err = newStream(file, len(c.message)); err != nil {
		return err
	}
	copy(c.streams[file].buffer, c.message)
	return c.poll.add(file)
}

// run makes calls for a while and waits for the last answers.
func (c *ceilingCallers) run(l load, h *histogram) (answered int, err error) {
	if l.Rate > 0 {
		return 0, fmt.Errorf("a ceiling has no open loop")
	}
	started := time.Now()
	for _, s := range c.streams {
		s.begun = time.Since(started)
		if err := s.write(); err != nil {
			return 0, err
		}
	}
	underWay := len(c.streams)
	err = c.poll.each(func(file int) (bool, error) {
		s := c.streams[file]
		if s.writing {
			return true, s.write()
		}
		complete, err := s.read()
		if err != nil || !complete {
			return true, err
		}
		if string(s.buffer) != string(c.message) {
			return false, fmt.Errorf("the answer is another message")
		}
		now := time.Since(started)
		h.record(now - s.begun)
		answered++
		if s.begun = now; now < l.Duration {
			return true, s.write()
		}
		underWay--
		return underWay > 0, nil
	})
	return answered, err
}
