package dns

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// Tests do not wait long for the end of an answer, and do not mind a slow host.
func init() { minValid, firstTry = 50*time.Millisecond, patience }

// Answering returns the messages that are sent for a query, which came over "udp" or "tcp".
type Answering func(over string, query dnsmessage.Message) [][]byte

// Peer is a DNS server of a test.
type Peer struct {
	Address string
	Asked   atomic.Int64
	udp     *net.UDPConn
	answer  atomic.Pointer[Answering]
	from    atomic.Pointer[net.UDPAddr] // of the last query
}

// NewPeer runs a server until the test ends.
func NewPeer(t testing.TB, answer Answering) *Peer {
	t.Helper()
	p := &Peer{}
	p.Set(answer)
	var tcp net.Listener
	require.Eventually(t, func() (ok bool) { // both must have the same port
		var err error
		tcp, err = net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		p.udp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(tcp.Addr().String())))
		if err != nil {
			_ = tcp.Close()
		}
		return err == nil
	}, 20*time.Second, time.Millisecond)
	p.Address = tcp.Addr().String()
	var running sync.WaitGroup
	running.Add(2)
	go func() {
		defer running.Done()
		p.serveUDP()
	}()
	go func() {
		defer running.Done()
		p.serveTCP(tcp)
	}()
	t.Cleanup(func() {
		_ = p.udp.Close()
		_ = tcp.Close()
		running.Wait()
	})
	return p
}

// Set changes what is answered.
func (p *Peer) Set(answer Answering) { p.answer.Store(&answer) }

func (p *Peer) replies(over string, query []byte) [][]byte {
	p.Asked.Add(1)
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	return (*p.answer.Load())(over, m)
}

func (p *Peer) serveUDP() {
	buffer := make([]byte, 4096)
	for {
		n, from, err := p.udp.ReadFromUDP(buffer)
		if err != nil {
			return
		}
		p.from.Store(from)
		for _, reply := range p.replies("udp", buffer[:n]) {
			_, _ = p.udp.WriteToUDP(reply, from)
		}
	}
}

func (p *Peer) serveTCP(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		var length [2]byte
		_, _ = io.ReadFull(conn, length[:])
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		_, _ = io.ReadFull(conn, query)
		for _, reply := range p.replies("tcp", query) {
			_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
		}
		_ = conn.Close()
	}
}

// Reply returns the answer to a query with these records, and those added.
func Reply(query dnsmessage.Message, code dnsmessage.RCode, answers, added []dnsmessage.Resource) []byte {
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: query.ID, Response: true, RecursionAvailable: true, RCode: code},
		Questions: query.Questions, Answers: answers, Additionals: added,
	}
	packed, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return packed
}

// Zone answers as a server that has these records and no others. It cuts answers by UDP, and does not add addresses.
func Zone(records ...dnsmessage.Resource) Answering {
	return func(over string, query dnsmessage.Message) [][]byte {
		q, code := query.Questions[0], dnsmessage.RCodeNameError
		var answers []dnsmessage.Resource
		name := q.Name.String()
		for range maxChain + 2 { // an alias may stand behind what it leads to
			for _, r := range records {
				if alias, ok := r.Body.(*dnsmessage.CNAMEResource); ok && strings.EqualFold(r.Header.Name.String(), name) {
					answers, name = append(answers, r), alias.CNAME.String()
				}
			}
		}
		for _, r := range records {
			if !strings.EqualFold(r.Header.Name.String(), name) {
				continue
			}
			if code = dnsmessage.RCodeSuccess; r.Header.Type == q.Type {
				answers = append(answers, r)
			}
		}
		most := 512
		if len(query.Additionals) > 0 {
			most = int(query.Additionals[0].Header.Class)
		}
		reply := Reply(query, code, answers, nil)
		if over == "udp" && len(reply) > most {
			reply = Reply(query, code, nil, nil)
			reply[2] |= 2 // it is cut
		}
		return [][]byte{reply}
	}
}

// Failing answers with a code.
func Failing(code dnsmessage.RCode) Answering {
	return func(_ string, query dnsmessage.Message) [][]byte { return [][]byte{Reply(query, code, nil, nil)} }
}

func header(name string, kind dnsmessage.Type, ttl uint32) dnsmessage.ResourceHeader {
	return dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET, TTL: ttl}
}

// Address is an A or AAAA record.
func Address(name string, ttl uint32, text string) dnsmessage.Resource {
	a := netip.MustParseAddr(text)
	if a.Is4() {
		return dnsmessage.Resource{Header: header(name, dnsmessage.TypeA, ttl), Body: &dnsmessage.AResource{A: a.As4()}}
	}
	return dnsmessage.Resource{Header: header(name, dnsmessage.TypeAAAA, ttl), Body: &dnsmessage.AAAAResource{AAAA: a.As16()}}
}

// Alias is a CNAME record.
func Alias(name string, ttl uint32, target string) dnsmessage.Resource {
	return dnsmessage.Resource{Header: header(name, dnsmessage.TypeCNAME, ttl), Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(target)}}
}

// Service is an SRV record.
func Service(name string, priority, weight, port uint16, target string) dnsmessage.Resource {
	return dnsmessage.Resource{Header: header(name, dnsmessage.TypeSRV, 60), Body: &dnsmessage.SRVResource{
		Priority: priority, Weight: weight, Port: port, Target: dnsmessage.MustNewName(target),
	}}
}
