package dns

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// payload is the length of UDP messages that the server is told to send at most: larger ones are fragmented on some paths, and
	// fragments can be forged.
	payload = 1232
	// maxDatagram is the length of those that are read whole.
	maxDatagram = 4096
)

// query asks a server one question.
func query(ctx context.Context, server string, q dnsmessage.Question, limit time.Duration, extended bool) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	id, message, err := pack(q, extended)
	if err != nil {
		return nil, err
	}
	for _, exchange := range []func(context.Context, string, []byte, matcher) ([]byte, error){overUDP, overTCP} {
		received, err := exchange(ctx, server, message, matcher{id, q})
		if err != nil {
			return nil, err
		}
		if a, err := read(received, q); err != errCut {
			return a, err
		}
	}
	return nil, errCut
}

// pack returns a query with a random id.
func pack(q dnsmessage.Question, extended bool) (id uint16, message []byte, err error) {
	var random [2]byte
	_, _ = rand.Read(random[:]) // it never fails
	id = binary.BigEndian.Uint16(random[:])
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{q},
	}
	if extended {
		var h dnsmessage.ResourceHeader
		if err := h.SetEDNS0(payload, dnsmessage.RCodeSuccess, false); err != nil {
			return 0, nil, err
		}
		m.Additionals = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.OPTResource{}}}
	}
	message, err = m.Pack()
	return id, message, err
}

// connectTo returns a connection to a server that ends with the context.
func connectTo(ctx context.Context, network, server string) (conn net.Conn, end func(), err error) {
	conn, err = new(net.Dialer).DialContext(ctx, network, server)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return conn, func() { stop(); _ = conn.Close() }, nil
}

// overUDP sends a query from a port that the system draws. It reads until the answer comes: what does not match may be forged.
func overUDP(ctx context.Context, server string, message []byte, m matcher) ([]byte, error) {
	conn, end, err := connectTo(ctx, "udp", server)
	if err != nil {
		return nil, err
	}
	defer end()
	if _, err := conn.Write(message); err != nil {
		return nil, err
	}
	buffer := make([]byte, maxDatagram)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return nil, timely(ctx, err)
		}
		if m.matches(buffer[:n]) {
			return buffer[:n], nil
		}
	}
}

// errOther is the error of an answer to another question.
var errOther = errors.New("the answer is not to the query")

// overTCP does that by a connection of its own.
func overTCP(ctx context.Context, server string, message []byte, m matcher) ([]byte, error) {
	conn, end, err := connectTo(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	defer end()
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...)); err != nil {
		return nil, timely(ctx, err)
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, timely(ctx, err)
	}
	buffer := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, buffer); err != nil {
		return nil, timely(ctx, err)
	}
	if !m.matches(buffer) {
		return nil, errOther
	}
	return buffer, nil
}

// timely says so where the time was over.
func timely(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("no answer in time: %w", ctx.Err())
	}
	return err
}
