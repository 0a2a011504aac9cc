package rpc_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tagwire/tagwire/fuzz/effort"
)

// crowdOfPeers is another process, which does a step for each line that it is sent.
type crowdOfPeers struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func startPeers(name, address string) (p *crowdOfPeers, err error) {
	p = &crowdOfPeers{command: exec.Command(os.Args[0])}
	if emulator := os.Getenv(effort.Emulator); emulator != "" {
		p.command = exec.Command(emulator, os.Args[0])
	}
	p.command.Env = append(os.Environ(), childVariable+"="+name, crowdAddress+"="+address)
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.command.Start()
}

// step has the peers do the next thing, and waits until it is done.
func (p *crowdOfPeers) step() error {
	if _, err := io.WriteString(p.in, "go\n"); err != nil {
		return err
	}
	return p.says("done")
}

func (p *crowdOfPeers) says(wanted string) error {
	if line, err := p.out.ReadString('\n'); strings.TrimSpace(line) != wanted {
		return fmt.Errorf("the peers say %q: %w", line, err)
	}
	return nil
}

// end has the peers drop their connections, and waits until they have gone.
func (p *crowdOfPeers) end() error {
	return errors.Join(p.in.Close(), p.says("well"), p.command.Wait())
}

// inSteps runs steps, each when a line comes, until there are no more lines.
func inSteps(steps ...func() error) error {
	lines := bufio.NewScanner(os.Stdin)
	for _, step := range steps {
		if !lines.Scan() {
			return lines.Err()
		}
		if err := step(); err != nil {
			return err
		}
		fmt.Println("done")
	}
	for lines.Scan() {
	}
	return lines.Err()
}

// bindAddressOnly is IP_BIND_ADDRESS_NO_PORT.
const bindAddressOnly = 24

// crowdDial makes a connection. Each group of them comes from an address of its own, because a closed connection keeps its port
// for a minute: for this address and the server's only, where binding has not chosen the port, which would keep it from all others.
func crowdDial(group int, address string) (net.Conn, error) {
	dialer := net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+group%200))}, Timeout: patience,
		Control: func(_, _ string, raw syscall.RawConn) (err error) {
			failed := raw.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, bindAddressOnly, 1) })
			return errors.Join(failed, err)
		},
	}
	if os.Getenv(effort.Emulator) != "" {
		dialer = net.Dialer{Timeout: patience} // not all options are emulated
	}
	conn, err := dialer.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	if os.Getenv(crowdTLS) != "" {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	return conn, conn.SetDeadline(time.Now().Add(2 * time.Minute))
}

// crowdCall makes a call on a connection.
func crowdCall(conn net.Conn, text string) error {
	body := append([]byte{12, 0, 1, 11, 0, 1, 0, 0, byte(len(text) >> 8), byte(len(text))}, text...)
	if _, err := conn.Write(frame(envelope(typeCall, "Echo", 1, append(body, 0, 0)))); err != nil {
		return err
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(conn, head); err != nil {
		return err
	}
	reply := make([]byte, int(head[2])<<8|int(head[3]))
	if _, err := io.ReadFull(conn, reply); err != nil {
		return err
	}
	if !strings.Contains(string(reply), text) {
		return errors.New("the reply is not what was sent")
	}
	return nil
}

// each runs a function for each of count numbers, some at a time.
func each(count int, f func(i int) error) error {
	const workers = 16
	var group sync.WaitGroup
	failures := make([]error, workers)
	for w := range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := w; i < count && failures[w] == nil; i += workers {
				failures[w] = f(i)
			}
		}()
	}
	group.Wait()
	return errors.Join(failures...)
}

// crowdPeer makes connections, and then a call on each.
func crowdPeer() error {
	count, err := strconv.Atoi(os.Getenv(crowdSize))
	if err != nil {
		return err
	}
	address, conns := os.Getenv(crowdAddress), make([]net.Conn, count)
	defer func() { runtime.KeepAlive(conns) }() // or they would be closed when the last step is done
	return inSteps(func() error {
		return each(count, func(i int) (err error) {
			if conns[i], err = crowdDial(0, address); err != nil {
				return err
			}
			if secure, ok := conns[i].(*tls.Conn); ok {
				return secure.Handshake()
			}
			return nil
		})
	}, func() error {
		return each(count, func(i int) error { return crowdCall(conns[i], strings.Repeat("x", 30_000+i%30_000)) })
	})
}

// wavesPeer makes waves of connections.
func wavesPeer() error {
	count, err := strconv.Atoi(os.Getenv(crowdSize))
	if err != nil {
		return err
	}
	var steps []func() error
	for i := range count / waveSize {
		steps = append(steps, func() error { return wave(i % 2) })
	}
	return inSteps(steps...)
}

// wave opens connections from an address, and leaves each in another state: new, idle, in a message, with a reply that nobody reads; half of them
// are reset.
func wave(group int) error {
	address, conns := os.Getenv(crowdAddress), make([]net.Conn, waveSize)
	err := each(waveSize, func(i int) (err error) {
		if conns[i], err = crowdDial(group, address); err != nil {
			return err
		}
		message := frame(envelope(typeCall, "Echo", 1, []byte{0}))
		switch i % 4 {
		case 0:
			return crowdCall(conns[i], "x")
		case 1:
			_, err = conns[i].Write(message[:len(message)/2])
		case 2:
			_, err = conns[i].Write(message)
		}
		return err
	})
	return errors.Join(err, each(waveSize, func(i int) error {
		if i%8 < 4 {
			_ = conns[i].(*net.TCPConn).SetLinger(0)
		}
		return conns[i].Close()
	}))
}
