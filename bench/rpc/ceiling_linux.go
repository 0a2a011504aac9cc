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
// calls alone. A message is its length in four bytes and the text.

// serveCeiling returns what starts the server for texts of a size. It takes connections while it serves others.
func serveCeiling(size int) func() (string, error) {
	return func() (string, error) { return startCeiling(size) }
}

func startCeiling(size int) (string, error) {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	if err := unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return "", err
	}
	if err := unix.Listen(listener, callerCount); err != nil {
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
		connections := map[int]*echoConnection{}
		err := poll.each(func(file int) (bool, error) {
			if file == listener {
				return true, acceptAll(poll, listener, size, connections)
			}
			return true, connections[file].echo(poll, connections)
		})
		panic(err) // poll.each returns only for an error.
	}()
	port := name.(*unix.SockaddrInet4).Port
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(port)), nil
}

// acceptAll takes all connections that wait.
func acceptAll(poll poll, listener, size int, connections map[int]*echoConnection) error {
	for {
		file, _, err := unix.Accept4(listener, unix.SOCK_NONBLOCK)
		if err == unix.EAGAIN {
			return nil
		}
		if err != nil {
			return err
		}
		if err := unix.SetsockoptInt(file, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
			return err
		}
		connections[file] = &echoConnection{file: file, buffer: make([]byte, 4+size)}
		if err := poll.add(file); err != nil {
			return err
		}
	}
}

// An echoConnection is one of the server's. No caller sends before it has the answer to what it sent last, so there is
// never more than one message under way.
type echoConnection struct {
	file   int
	filled int    // of buffer
	buffer []byte // as long as a message
}

// echo reads what has arrived, and answers once that is a message.
func (c *echoConnection) echo(poll poll, connections map[int]*echoConnection) error {
	complete, err := c.read()
	if err == io.EOF {
		delete(connections, c.file)
		return unix.Close(c.file)
	}
	if err != nil || !complete {
		return err
	}
	return c.write()
}

// read reads what has arrived and reports whether it completes a message.
func (c *echoConnection) read() (complete bool, err error) {
	n, err := unix.Read(c.file, c.buffer[c.filled:])
	if err == unix.EAGAIN {
		return false, nil
	}
	if err == nil && n == 0 {
		return false, io.EOF
	}
	if err != nil {
		return false, err
	}
	c.filled += n
	if c.filled < len(c.buffer) {
		return false, nil
	}
	if length := int(binary.BigEndian.Uint32(c.buffer)); length != len(c.buffer)-4 {
		return false, fmt.Errorf("a message of %d bytes arrived, not %d", length, len(c.buffer)-4)
	}
	c.filled = 0
	return true, nil
}

// write sends the buffer: one message always fits what the system holds of a connection that has nothing under way.
func (c *echoConnection) write() error {
	n, err := unix.Write(c.file, c.buffer)
	if err == nil && n < len(c.buffer) {
		err = io.ErrShortWrite
	}
	return err
}

// connectCeiling returns what opens a connection for each caller, which send a text; one thread serves them all.
func connectCeiling(text string) func(address string) (runner, error) {
	return func(address string) (runner, error) { return openCeiling(address, text) }
}

func openCeiling(address, text string) (runner, error) {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	poll, err := newPoll()
	if err != nil {
		return nil, err
	}
	connections := map[int]*echoConnection{}
	for range callerCount {
		file, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			return nil, err
		}
		if err := unix.Connect(file, &unix.SockaddrInet4{Addr: target.Addr().As4(), Port: int(target.Port())}); err != nil {
			return nil, err
		}
		if err := unix.SetNonblock(file, true); err != nil {
			return nil, err
		}
		if err := unix.SetsockoptInt(file, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
			return nil, err
		}
		connections[file] = newCaller(file, text)
		if err := poll.add(file); err != nil {
			return nil, err
		}
	}
	return func(duration time.Duration) (int, error) { return callCeiling(poll, connections, text, duration) }, nil
}

// newCaller is a connection whose buffer holds the message.
func newCaller(file int, text string) *echoConnection {
	c := &echoConnection{file: file, buffer: make([]byte, 4+len(text))}
	binary.BigEndian.PutUint32(c.buffer, uint32(len(text)))
	copy(c.buffer[4:], text)
	return c
}

// callCeiling makes calls for a while and waits for the last answers.
func callCeiling(poll poll, connections map[int]*echoConnection, text string, duration time.Duration) (calls int, err error) {
	for _, c := range connections {
		if err := c.write(); err != nil {
			return 0, err
		}
	}
	underWay, deadline := len(connections), time.Now().Add(duration)
	err = poll.each(func(file int) (bool, error) {
		c := connections[file]
		complete, err := c.read()
		if err != nil || !complete {
			return true, err
		}
		if string(c.buffer[4:]) != text {
			return false, fmt.Errorf("the answer is another text")
		}
		calls++
		if time.Now().Before(deadline) {
			return true, c.write()
		}
		underWay--
		return underWay > 0, nil
	})
	return calls, err
}

// A poll waits for input on files.
type poll int

func newPoll() (poll, error) {
	file, err := unix.EpollCreate1(0)
	return poll(file), err
}

func (p poll) add(file int) error {
	return unix.EpollCtl(int(p), unix.EPOLL_CTL_ADD, file, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(file)})
}

// each calls visit for each file that has input, again and again until it says to stop or returns an error.
func (p poll) each(visit func(file int) (more bool, err error)) error {
	events := make([]unix.EpollEvent, callerCount)
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
