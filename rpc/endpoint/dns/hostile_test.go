package dns

import (
	"context"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// change returns a message with a change.
func change(message []byte, f func(m []byte) []byte) []byte {
	return f(append([]byte(nil), message...))
}

// TestForged: a message that is not the answer to the query does not count, and does not keep the answer away.
func TestForged(t *testing.T) {
	zone := Zone(Address("store.test.", 60, "10.0.0.1"))
	forged := Zone(Address("store.test.", 60, "10.9.9.9"), Address("other.test.", 60, "10.9.9.9"))
	for name, forge := range map[string]func(over string, query dnsmessage.Message) []byte{
		"empty":   func(string, dnsmessage.Message) []byte { return []byte{} },
		"short":   func(string, dnsmessage.Message) []byte { return make([]byte, 11) },
		"garbage": func(string, dnsmessage.Message) []byte { return []byte("HTTP/1.1 400 Bad Request\r\n\r\n") },
		"wrong id": func(over string, query dnsmessage.Message) []byte {
			query.ID++
			return forged(over, query)[0]
		},
		"a query": func(over string, query dnsmessage.Message) []byte {
			return change(forged(over, query)[0], func(m []byte) []byte { m[2] &^= 0x80; return m })
		},
		"another operation": func(over string, query dnsmessage.Message) []byte {
			return change(forged(over, query)[0], func(m []byte) []byte { m[2] |= 0x28; return m })
		},
		"another name": func(over string, query dnsmessage.Message) []byte {
			q := query.Questions[0]
			q.Name = dnsmessage.MustNewName("other.test.")
			query.Questions = []dnsmessage.Question{q}
			return forged(over, query)[0]
		},
		"another type": func(over string, query dnsmessage.Message) []byte {
			q := query.Questions[0]
			q.Type = dnsmessage.TypeTXT
			query.Questions = []dnsmessage.Question{q}
			return forged(over, query)[0]
		},
		"another class": func(over string, query dnsmessage.Message) []byte {
			q := query.Questions[0]
			q.Class = dnsmessage.ClassCHAOS
			query.Questions = []dnsmessage.Question{q}
			return forged(over, query)[0]
		},
		"no question": func(_ string, query dnsmessage.Message) []byte {
			query.Questions = nil
			return Reply(query, 0, []dnsmessage.Resource{Address("store.test.", 60, "10.9.9.9")}, nil)
		},
		"two questions": func(_ string, query dnsmessage.Message) []byte {
			query.Questions = append(query.Questions, query.Questions[0])
			return Reply(query, 0, []dnsmessage.Resource{Address("store.test.", 60, "10.9.9.9")}, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewPeer(t, func(over string, query dnsmessage.Message) (all [][]byte) {
				for range 20 {
					all = append(all, forge(over, query))
				}
				return append(all, zone(over, query)...)
			})
			endpoints, _, err := resolve(t, "store.test:80", p)
			require.NoError(t, err)
			require.Equal(t, []string{"10.0.0.1:80 1"}, texts(endpoints))
			require.Equal(t, int64(2), p.Asked.Load())
		})
	}
}

// TestOtherSender: a message from another address than the server's does not count, even if it matches.
func TestOtherSender(t *testing.T) {
	zone, forged := Zone(Address("store.test.", 60, "10.0.0.1")), Zone(Address("store.test.", 60, "10.9.9.9"))
	other, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	p := NewPeer(t, zone)
	p.Set(func(over string, query dnsmessage.Message) [][]byte {
		_, err := other.WriteToUDP(forged(over, query)[0], p.from.Load())
		if err != nil {
			t.Error(err)
		}
		return zone(over, query)
	})
	endpoints, _, err := resolve(t, "store.test:80", p)
	require.NoError(t, err)
	require.Equal(t, []string{"10.0.0.1:80 1"}, texts(endpoints))
}

// TestQueries: each query has an id and a port that others do not have.
func TestQueries(t *testing.T) {
	ids, ports := map[uint16]bool{}, map[int]bool{}
	var lock sync.Mutex
	zone := Zone(Address("store.test.", 60, "10.0.0.1"))
	p := NewPeer(t, zone)
	p.Set(func(over string, query dnsmessage.Message) [][]byte {
		lock.Lock()
		defer lock.Unlock()
		ids[query.ID], ports[p.from.Load().Port] = true, true
		if !query.RecursionDesired || len(query.Additionals) != 1 || query.Additionals[0].Header.Class != payload {
			t.Error(query.GoString())
		}
		return zone(over, query)
	})
	for range 50 {
		_, _, err := resolve(t, "store.test:80", p)
		require.NoError(t, err)
	}
	lock.Lock()
	defer lock.Unlock()
	require.Greater(t, len(ids), 90)
	require.Greater(t, len(ports), 10)
}

// malformed are answers that match and cannot be read.
var malformed = map[string]func(query dnsmessage.Message) []byte{
	"cut anywhere": func(query dnsmessage.Message) []byte {
		m := Reply(query, 0, []dnsmessage.Resource{Address("store.test.", 60, "10.9.9.9")}, nil)
		return m[:len(m)-1]
	},
	"records that are not there": func(query dnsmessage.Message) []byte {
		return change(Reply(query, 0, nil, nil), func(m []byte) []byte { m[6], m[7] = 0xff, 0xff; return m })
	},
	"a loop in a name": func(query dnsmessage.Message) []byte {
		return change(Reply(query, 0, nil, nil), func(m []byte) []byte {
			m[7] = 1
			return append(m, 0xc0, byte(len(m)), 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 9, 9, 9)
		})
	},
	"a name of reserved labels": func(query dnsmessage.Message) []byte {
		return change(Reply(query, 0, nil, nil), func(m []byte) []byte {
			m[7] = 1
			return append(m, 0x80, 1, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 9, 9, 9)
		})
	},
	"an address of a wrong length": func(query dnsmessage.Message) []byte {
		return change(Reply(query, 0, nil, nil), func(m []byte) []byte {
			m[7] = 1
			kind := byte(query.Questions[0].Type)
			return append(m, 0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, 5, 10, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
		})
	},
	"longer than a datagram may be": func(query dnsmessage.Message) []byte {
		var many []dnsmessage.Resource
		for range 400 {
			many = append(many, Address("store.test.", 60, "10.9.9.9"))
		}
		return Reply(query, 0, many, nil)
	},
	"a referral": func(query dnsmessage.Message) []byte {
		return change(Reply(query, 0, nil, nil), func(m []byte) []byte { m[3] &^= 0x80; return m })
	},
	"a failure":    func(query dnsmessage.Message) []byte { return Reply(query, dnsmessage.RCodeServerFailure, nil, nil) },
	"a refusal":    func(query dnsmessage.Message) []byte { return Reply(query, dnsmessage.RCodeRefused, nil, nil) },
	"unknown code": func(query dnsmessage.Message) []byte { return Reply(query, 15, nil, nil) },
}

// TestMalformed: an answer that cannot be read is an error, at once, and the next server is asked.
func TestMalformed(t *testing.T) {
	good := NewPeer(t, Zone(Address("store.test.", 60, "10.0.0.1")))
	for name, answer := range malformed {
		t.Run(name, func(t *testing.T) {
			bad := NewPeer(t, func(_ string, query dnsmessage.Message) [][]byte { return [][]byte{answer(query)} })
			_, err := New("store.test:80", bad.Address).Resolve(context.Background(), "")
			require.ErrorContains(t, err, "the DNS server "+bad.Address+": ")
			require.False(t, absent(err))
			require.Equal(t, int64(2*rounds), bad.Asked.Load())
			endpoints, err := New("store.test:80", bad.Address, good.Address).Resolve(context.Background(), "")
			require.NoError(t, err)
			require.Equal(t, []string{"10.0.0.1:80 1"}, texts(endpoints))
		})
	}
}

// TestSilence: a server that does not answer costs the time of a query, and the next is asked.
func TestSilence(t *testing.T) {
	silent := NewPeer(t, func(string, dnsmessage.Message) [][]byte { return nil })
	good := NewPeer(t, Zone(Address("store.test.", 60, "10.0.0.1")))
	r := New("store.test:80", silent.Address, good.Address)
	r.try = time.Second
	endpoints, err := r.Resolve(context.Background(), "")
	require.NoError(t, err)
	require.Len(t, endpoints, 1)
	require.Positive(t, silent.Asked.Load())
}

// TestWithoutExtension: servers that do not know the extension of the first query are asked without it.
func TestWithoutExtension(t *testing.T) {
	zone := Zone(Address("store.test.", 60, "10.0.0.1"))
	p := NewPeer(t, func(over string, query dnsmessage.Message) [][]byte {
		if len(query.Additionals) > 0 {
			return Failing(dnsmessage.RCodeFormatError)(over, query)
		}
		return zone(over, query)
	})
	_, _, err := resolve(t, "store.test:80", p)
	require.NoError(t, err)
}

// TestLong: what does not fit a datagram comes by TCP, as much as there may be in a message, and no more.
func TestLong(t *testing.T) {
	var many []dnsmessage.Resource
	for i := range 4000 {
		many = append(many, Address("s.", 60, "10.0."+strconv.Itoa(i/256)+"."+strconv.Itoa(i%256)))
	}
	p := NewPeer(t, Zone(many...))
	endpoints, _, err := resolve(t, "s:80", p)
	require.NoError(t, err)
	require.Len(t, endpoints, 4000)

	many = nil
	for i := range 3000 {
		if many = append(many, Service("_s.", 1, 1, uint16(1+i), "t.")); i < 800 {
			many = append(many, Address("t.", 60, "10.0."+strconv.Itoa(i/256)+"."+strconv.Itoa(i%256)))
		}
	}
	p.Set(Zone(many...))
	endpoints, _, err = resolve(t, "_s", p)
	require.NoError(t, err)
	require.Len(t, endpoints, maxEndpoints)
}

// TestHostileTCP: by TCP an answer is no better.
func TestHostileTCP(t *testing.T) {
	zone := Zone(Address("store.test.", 60, "10.0.0.1"))
	for name, answer := range map[string]func(query dnsmessage.Message) [][]byte{
		"nothing": func(dnsmessage.Message) [][]byte { return nil },
		"empty":   func(dnsmessage.Message) [][]byte { return [][]byte{{}} },
		"wrong id": func(query dnsmessage.Message) [][]byte {
			query.ID++
			return zone("tcp", query)
		},
		"cut": func(query dnsmessage.Message) [][]byte {
			return [][]byte{change(zone("tcp", query)[0], func(m []byte) []byte { m[2] |= 2; return m })}
		},
		"unreadable": func(query dnsmessage.Message) [][]byte { return [][]byte{malformed["a loop in a name"](query)} },
	} {
		t.Run(name, func(t *testing.T) {
			p := NewPeer(t, func(over string, query dnsmessage.Message) [][]byte {
				if over == "tcp" {
					return answer(query)
				}
				return [][]byte{change(Reply(query, 0, nil, nil), func(m []byte) []byte { m[2] |= 2; return m })}
			})
			_, _, err := resolve(t, "store.test:80", p)
			require.ErrorContains(t, err, "the DNS server "+p.Address+": ")
			require.False(t, absent(err))
		})
	}
}

// FuzzAnswer: whatever a server sends, an answer has what it says that it has.
func FuzzAnswer(f *testing.F) {
	query := dnsmessage.Message{Header: dnsmessage.Header{ID: 7}, Questions: []dnsmessage.Question{
		{Name: dnsmessage.MustNewName("store.test."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}}
	for _, answer := range malformed {
		f.Add(uint16(dnsmessage.TypeA), answer(query))
	}
	for _, kind := range []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA, dnsmessage.TypeSRV} {
		query.Questions[0].Type = kind
		f.Add(uint16(kind), Zone(Alias("store.test.", 1, "t."), Service("t.", 1, 2, 3, "u."), Address("t.", 1, "10.0.0.1"),
			Address("t.", 1, "fd00::1"))("tcp", query)[0])
	}
	f.Fuzz(func(t *testing.T, kind uint16, message []byte) {
		q := query.Questions[0]
		q.Type = dnsmessage.Type(kind)
		m := matcher{7, q}
		m.matches(message)
		a, err := read(message, q)
		if err != nil {
			return
		}
		if len(a.found) == 0 || a.valid < minValid || a.valid > maxValid {
			t.Fatal(a)
		}
		for _, r := range a.found {
			if r.kind != q.Type {
				t.Fatal(r)
			}
		}
		all, _ := a.services()
		if len(all) != len(a.found) {
			t.Fatal(all)
		}
	})
}
