package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// maxChain is how many aliases a name may have, one behind the other.
const maxChain = 16

var (
	errCut      = errors.New("the answer is cut")
	errChain    = errors.New("the answer has a loop of aliases, or too many of them")
	errNotAsked = errors.New("the server answers no such questions")
)

// matcher knows the answers to a query.
type matcher struct {
	id uint16
	q  dnsmessage.Question
}

// matches reports whether a message is one.
func (m matcher) matches(message []byte) bool {
	var p dnsmessage.Parser
	h, err := p.Start(message)
	if err != nil || !h.Response || h.ID != m.id || h.OpCode != 0 {
		return false
	}
	q, err := p.Question()
	if err != nil || q.Type != m.q.Type || q.Class != m.q.Class || !strings.EqualFold(q.Name.String(), m.q.Name.String()) {
		return false
	}
	_, err = p.Question()
	return err == dnsmessage.ErrSectionDone
}

// record is one that is used: an address, an alias or a service.
type record struct {
	name    string // lower case, as all names here
	kind    dnsmessage.Type
	ttl     uint32
	address netip.Addr
	alias   string
	service service
}

// answer is what a message says about its question.
type answer struct {
	found []record      // at least one
	more  []record      // that the server adds
	valid time.Duration // of what was found, and of the aliases that lead there
}

// read returns the answer in a message that matches, or errCut, errNoName, errNoRecord, or what is wrong.
func read(message []byte, q dnsmessage.Question) (*answer, error) {
	var p dnsmessage.Parser
	h, err := p.Start(message)
	if err != nil {
		return nil, err
	}
	switch {
	case h.Truncated:
		return nil, errCut
	case h.RCode == dnsmessage.RCodeNameError:
		return nil, errNoName
	case h.RCode != dnsmessage.RCodeSuccess:
		return nil, fmt.Errorf("the server answers with the code %s", strings.TrimPrefix(h.RCode.String(), "RCode"))
	}
	if err := p.SkipAllQuestions(); err != nil {
		return nil, err
	}
	all, err := section(&p, p.AnswerHeader, p.SkipAnswer)
	if err != nil {
		return nil, err
	}
	if err := p.SkipAllAuthorities(); err != nil {
		return nil, err
	}
	a := &answer{}
	if a.more, err = section(&p, p.AdditionalHeader, p.SkipAdditional); err != nil {
		return nil, err
	}
	if len(all) == 0 && !h.Authoritative && !h.RecursionAvailable {
		return nil, errNotAsked // it refers to other servers
	}
	return a, a.find(all, strings.ToLower(q.Name.String()), q.Type)
}

// section returns the records of a section.
func section(p *dnsmessage.Parser, header func() (dnsmessage.ResourceHeader, error), skip func() error) (all []record, err error) {
	for {
		h, err := header()
		if err == dnsmessage.ErrSectionDone {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		r := record{name: strings.ToLower(h.Name.String()), kind: h.Type, ttl: h.TTL}
		known, err := r.read(p, h)
		switch {
		case err != nil:
			return nil, err
		case known:
			all = append(all, r)
			continue
		}
		if err := skip(); err != nil {
			return nil, err
		}
	}
}

// errLength is that of an address of a wrong length.
var errLength = errors.New("the answer has an address of a wrong length")

// read reads the rest of a record, if it is one that is used.
func (r *record) read(p *dnsmessage.Parser, h dnsmessage.ResourceHeader) (known bool, err error) {
	if h.Class != dnsmessage.ClassINET {
		return false, nil
	}
	switch h.Type {
	case dnsmessage.TypeA:
		a, err := p.AResource()
		if err == nil && h.Length != 4 {
			err = errLength
		}
		r.address = netip.AddrFrom4(a.A)
		return true, err
	case dnsmessage.TypeAAAA:
		a, err := p.AAAAResource()
		if err == nil && h.Length != 16 {
			err = errLength
		}
		r.address = netip.AddrFrom16(a.AAAA)
		return true, err
	case dnsmessage.TypeCNAME:
		c, err := p.CNAMEResource()
		r.alias = strings.ToLower(c.CNAME.String())
		return true, err
	case dnsmessage.TypeSRV:
		s, err := p.SRVResource()
		r.service = service{target: strings.ToLower(s.Target.String()), port: s.Port, priority: s.Priority, weight: s.Weight}
		return true, err
	}
	return false, nil
}

// find sets what all says about a name, aliases followed. Records of other names are not used.
func (a *answer) find(all []record, name string, kind dnsmessage.Type) error {
	aliases := map[string]record{}
	for _, r := range all {
		if _, seen := aliases[r.name]; r.kind == dnsmessage.TypeCNAME && !seen {
			aliases[r.name] = r
		}
	}
	a.valid = maxValid
	for hops := 0; ; hops++ {
		r, found := aliases[name]
		if !found {
			break
		}
		if hops == maxChain {
			return errChain
		}
		name, a.valid = r.alias, min(a.valid, bounded(r.ttl))
	}
	for _, r := range all {
		if r.kind == kind && r.name == name {
			a.found = append(a.found, r)
			a.valid = min(a.valid, bounded(r.ttl))
		}
	}
	if len(a.found) == 0 {
		return errNoRecord
	}
	return nil
}

// addresses returns the addresses that were found, and how long they are used.
func (a *answer) addresses() (all []netip.Addr, valid time.Duration) {
	for _, r := range a.found {
		all = append(all, r.address)
	}
	return all, a.valid
}

// services returns the services that were found, with the addresses that came with them, and how long they are used.
func (a *answer) services() (all []service, valid time.Duration) {
	valid = a.valid
	known := map[string][]netip.Addr{}
	for _, r := range a.more {
		if r.address.IsValid() {
			known[r.name] = append(known[r.name], r.address)
			valid = min(valid, bounded(r.ttl))
		}
	}
	for target, addresses := range known {
		known[target] = usable(addresses)
	}
	for _, r := range a.found {
		r.service.known = known[r.service.target]
		all = append(all, r.service)
	}
	return all, valid
}
