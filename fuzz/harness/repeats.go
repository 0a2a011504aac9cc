package harness

import (
	"encoding/binary"
	"math"
	"reflect"

	"github.com/tagwire/tagwire"
)

// repeats reports whether a message holds a field or a map key more than once in the same place: then parts
// of it are decoded only to be replaced. It reads as far as the message is well formed. Only Protobuf takes the message's type to tell.
func repeats(format tagwire.Format, t reflect.Type, message []byte) bool {
	switch format {
	case tagwire.ThriftBinary:
		s := scanner{data: message}
		s.structure()
		return s.repeated
	case tagwire.ThriftCompact:
		s := compactScanner{scanner{data: message}}
		s.structure()
		return s.repeated
	case tagwire.Protobuf:
		return protobufRepeats(t, message)
	}
	panic("harness: no scanner for " + format.String())
}

// scanner walks a message. Once bad it stays where it is and reads nothing.
type scanner struct {
	data     []byte
	bad      bool
	repeated bool
}

// take returns the next n bytes.
func (s *scanner) take(n int) []byte {
	if s.bad || n < 0 || n > len(s.data) {
		s.bad = true
		return make([]byte, min(max(n, 0), 16))
	}
	taken := s.data[:n]
	s.data = s.data[n:]
	return taken
}

func (s *scanner) length() int { return int(int32(binary.BigEndian.Uint32(s.take(4)))) }

func (s *scanner) structure() {
	seen := map[uint16]bool{}
	for !s.bad {
		kind := s.take(1)[0]
		if kind == 0 {
			return
		}
		id := binary.BigEndian.Uint16(s.take(2))
		s.repeated = s.repeated || seen[id]
		seen[id] = true
		s.value(kind)
	}
}

func (s *scanner) value(kind byte) {
	switch kind {
	case 2, 3:
		s.take(1)
	case 6:
		s.take(2)
	case 8:
		s.take(4)
	case 4, 10:
		s.take(8)
	case 11:
		s.take(s.length())
	case 12:
		s.structure()
	case 13:
		s.mapping()
	case 14, 15:
		kind := s.take(1)[0]
		for range s.length() {
			if s.value(kind); s.bad {
				return
			}
		}
	case 16:
		s.take(16)
	default:
		s.bad = true
	}
}

func (s *scanner) mapping() {
	kinds := s.take(2)
	seen := map[string]bool{}
	for range s.length() {
		start := s.data
		s.value(kinds[0])
		key := start[:len(start)-len(s.data)]
		s.value(kinds[1])
		if s.bad {
			return
		}
		if kinds[0] != 12 { // pointers to structs are keys of their own
			same := canonicalKey(kinds[0], key)
			s.repeated = s.repeated || seen[same]
			seen[same] = true
		}
	}
}

// canonicalKey makes keys equal that Go finds equal: every byte but 1 is false, and 0 is -0.
func canonicalKey(kind byte, key []byte) string {
	switch {
	case kind == 2 && key[0] != 1:
		return "\x00"
	case kind == 4 && math.Float64frombits(binary.BigEndian.Uint64(key)) == 0:
		return string(make([]byte, 8))
	}
	return string(key)
}
