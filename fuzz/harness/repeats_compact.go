package harness

import (
	"encoding/binary"
	"math"
)

// compactScanner is a scanner for Thrift Compact. It shares nothing with the codec.
type compactScanner struct{ scanner }

func (s *compactScanner) varint() uint64 {
	u, n := binary.Uvarint(s.data)
	if n <= 0 {
		s.bad = true
		return 0
	}
	s.take(n)
	return u
}

// count reads a length or a count; one that the bytes left cannot hold is bad.
func (s *compactScanner) count() int {
	u := s.varint()
	if u > uint64(len(s.data)) {
		s.bad = true
		return 0
	}
	return int(u)
}

func (s *compactScanner) structure() {
	seen, id := map[uint16]bool{}, uint16(0)
	for !s.bad {
		header := s.take(1)[0]
		kind, delta := header&15, header>>4
		if kind == 0 {
			return
		}
		id += uint16(delta)
		if delta == 0 {
			u := s.varint()
			id = uint16(u>>1) ^ -uint16(u&1)
		}
		s.repeated = s.repeated || seen[id]
		seen[id] = true
		if kind > 2 {
			s.value(kind)
		}
	}
}

func (s *compactScanner) value(kind byte) {
	switch kind {
	case 1, 2, 3:
		s.take(1)
	case 4, 5, 6:
		s.varint()
	case 7:
		s.take(8)
	case 8:
		s.take(s.count())
	case 9, 10:
		header := s.take(1)[0]
		n := int(header >> 4)
		if n == 15 {
			n = s.count()
		}
		for range n {
			if s.value(header & 15); s.bad {
				return
			}
		}
	case 11:
		s.mapping()
	case 12:
		s.structure()
	case 13:
		s.take(16)
	default:
		s.bad = true
	}
}

func (s *compactScanner) mapping() {
	n := s.count()
	if n == 0 {
		return
	}
	kinds := s.take(1)[0]
	seen := map[string]bool{}
	for range n {
		start := s.data
		s.value(kinds >> 4)
		key := start[:len(start)-len(s.data)]
		s.value(kinds & 15)
		if s.bad {
			return
		}
		if kinds>>4 != 12 { // pointers to structs are keys of their own
			same := canonicalCompactKey(kinds>>4, key)
			s.repeated = s.repeated || seen[same]
			seen[same] = true
		}
	}
}

// canonicalCompactKey makes keys equal that Go finds equal: every byte but 1 is false, a varint may be padded, and 0 is -0.
func canonicalCompactKey(kind byte, key []byte) string {
	switch {
	case kind <= 2 && key[0] != 1:
		return "\x02"
	case kind >= 4 && kind <= 6:
		u, _ := binary.Uvarint(key)
		return string(binary.AppendUvarint(nil, u))
	case kind == 8:
		_, n := binary.Uvarint(key)
		return string(key[max(n, 0):])
	case kind == 7 && math.Float64frombits(binary.LittleEndian.Uint64(key)) == 0:
		return string(make([]byte, 8))
	}
	return string(key)
}
