package rpc_test

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// toxic is a proxy between one client and a server. It cuts connections at any byte of either direction, delays what goes through it,
// and sends replies twice, late, in another order, or over another connection of the client. It changes none, so that the sequence ids
// are those of the calls. All clients count from 1: replies of one must not get to another.
type toxic struct {
	listener net.Listener
	target   atomic.Pointer[string] // the server's address
	secure   bool                   // both sides speak TLS
	raw      bool                   // replies have no frames, and are passed on in pieces
	seed     uint64
	calm     atomic.Bool // nothing is done any more to what goes through

	group sync.WaitGroup
	lock  sync.Mutex
	stray []byte // a reply that was taken from its connection
	open  map[*passage]struct{}
	ended bool

	replied, cut, twice, held, swapped atomic.Int64 // connections and replies
}

// passage is a connection through the proxy.
type passage struct {
	proxy          *toxic
	client, server net.Conn
	writing        sync.Mutex // to the client
	ends           []*cutting // of what is below TLS
}

// newToxic starts a proxy. What it does to each connection follows from seed and the connection's number.
func newToxic(t testing.TB, seed uint64, secure bool) *toxic {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	belongs(t, listener)
	p := &toxic{listener: listener, secure: secure, seed: seed, open: map[*passage]struct{}{}}
	p.group.Add(1)
	go p.accept()
	t.Cleanup(p.close)
	return p
}

// close ends the proxy and all connections.
func (p *toxic) close() {
	_ = p.listener.Close()
	p.lock.Lock()
	p.ended = true
	for c := range p.open {
		c.close()
	}
	p.lock.Unlock()
	p.group.Wait()
}

func (p *toxic) accept() {
	defer p.group.Done()
	for number := uint64(0); ; number++ {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.group.Add(1)
		go p.pass(conn, rand.New(rand.NewPCG(p.seed, number)))
	}
}

// pass connects a client's connection with the server, until one side ends it or it is cut.
func (p *toxic) pass(near net.Conn, random *rand.Rand) {
	defer p.group.Done()
	far, err := net.Dial("tcp", *p.target.Load())
	if err != nil {
		_ = near.Close() // the server is down
		return
	}
	c := &passage{proxy: p, ends: []*cutting{p.cutting(near, random), p.cutting(far, random)}}
	cut := []*atomic.Int64{&c.ends[0].read, &c.ends[0].written, &c.ends[1].read, &c.ends[1].written}[random.IntN(4)]
	cut.Store(random.Int64N(1 << random.IntN(19)))
	c.client, c.server = c.ends[0], c.ends[1]
	if p.secure {
		c.client, c.server = tls.Server(c.client, serverTLS()), tls.Client(c.server, &tls.Config{InsecureSkipVerify: true})
	}
	defer c.close()
	p.lock.Lock()
	if p.ended {
		p.lock.Unlock()
		return
	}
	p.open[c] = struct{}{}
	p.lock.Unlock()
	defer func() {
		p.lock.Lock()
		defer p.lock.Unlock()
		delete(p.open, c)
	}()
	up := rand.New(rand.NewPCG(random.Uint64(), 0))
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.pieces(c.server, c.client, up)
		c.close()
	}()
	if p.raw {
		c.pieces(c.client, c.server, random)
	} else {
		c.replies(random)
	}
	c.close()
	<-done
}

// close ends both sides.
func (c *passage) close() {
	for _, end := range c.ends {
		_ = end.Close()
	}
}

// pause is a short delay, at times.
func (p *toxic) pause(random *rand.Rand) {
	if delay := random.IntN(2000); random.IntN(200) == 0 && !p.calm.Load() {
		time.Sleep(time.Duration(delay) * time.Microsecond)
	}
}

// pieces passes on what one side sends, in pieces of any length.
func (c *passage) pieces(to, from net.Conn, random *rand.Rand) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf[:1+random.IntN(len(buf))])
		if err != nil {
			return
		}
		c.proxy.pause(random)
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// replies passes on what the server sends, frame by frame, and of the last frame what there is.
func (c *passage) replies(random *rand.Rand) {
	in := bufio.NewReaderSize(c.server, 32<<10)
	for {
		head, err := in.Peek(4)
		if err != nil {
			c.sendLast(head)
			return
		}
		frame := make([]byte, 4+binary.BigEndian.Uint32(head))
		n, err := io.ReadFull(in, frame)
		if err != nil {
			c.sendLast(frame[:n])
			return
		}
		c.reply(frame, random)
	}
}

// send writes to the client.
func (c *passage) send(data []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, _ = c.client.Write(data) // where it fails the connection has ended
}

// sendLast writes the beginning of a frame to the client, which nothing may follow: a reply may be waiting to be sent later.
func (c *passage) sendLast(data []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, _ = c.client.Write(data)
	c.close()
}

// later sends a reply when others may have been sent that came after it.
func (c *passage) later(frame []byte, random *rand.Rand) {
	delay := time.Duration(random.IntN(1<<random.IntN(16))) * time.Microsecond
	c.proxy.group.Add(1)
	time.AfterFunc(delay, func() {
		defer c.proxy.group.Done()
		c.send(frame)
	})
}

// reply passes a reply on, or does something else with it.
func (c *passage) reply(frame []byte, random *rand.Rand) {
	p := c.proxy
	p.pause(random)
	switch n := p.replied.Add(1); {
	case p.calm.Load():
		c.send(frame)
	case n%50 == 0:
		p.held.Add(1)
		c.later(frame, random)
	case n%150 == 1:
		p.twice.Add(1)
		c.send(frame)
		c.later(frame, random)
	case n%150 == 2:
		p.lock.Lock()
		frame, p.stray = p.stray, frame
		p.lock.Unlock()
		if frame != nil {
			p.swapped.Add(1)
			c.send(frame)
		}
	default:
		c.send(frame)
	}
}

// cutting is a connection that ends after a number of bytes.
type cutting struct {
	net.Conn
	proxy         *toxic
	read, written atomic.Int64 // bytes that may still be
	once          sync.Once
	reset         bool
}

func (p *toxic) cutting(conn net.Conn, random *rand.Rand) *cutting {
	c := &cutting{Conn: conn, proxy: p, reset: random.IntN(2) == 0}
	c.read.Store(math.MaxInt64)
	c.written.Store(math.MaxInt64)
	return c
}

// Read reads up to where the connection is cut.
func (c *cutting) Read(b []byte) (int, error) {
	left := c.read.Load()
	if c.proxy.calm.Load() {
		left = int64(len(b))
	} else if left <= 0 {
		return 0, c.sever()
	}
	n, err := c.Conn.Read(b[:min(int64(len(b)), left)])
	c.read.Add(int64(-n))
	return n, err
}

// Write writes up to where the connection is cut.
func (c *cutting) Write(b []byte) (int, error) {
	if left := c.written.Add(int64(-len(b))); left < 0 && !c.proxy.calm.Load() {
		n, _ := c.Conn.Write(b[:max(0, int64(len(b))+left)])
		return n, c.sever()
	}
	return c.Conn.Write(b)
}

// sever cuts the connection.
func (c *cutting) sever() error {
	c.proxy.cut.Add(1)
	_ = c.Close()
	return io.ErrClosedPipe
}

// Close ends the connection, with a reset or without.
func (c *cutting) Close() (err error) {
	c.once.Do(func() {
		if c.reset && !c.proxy.calm.Load() {
			_ = c.Conn.(*net.TCPConn).SetLinger(0)
		}
		err = c.Conn.Close()
	})
	return err
}
