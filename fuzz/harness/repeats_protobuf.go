package harness

import (
	"encoding/binary"
	"reflect"
	"strconv"
	"strings"
)

// protobufRepeats reports whether a message of a type holds a field or a map key more than once in the same place, or members of one
// oneof: then parts of it may be decoded only to be replaced. Elements of lists and unknown fields are all kept.
func protobufRepeats(t reflect.Type, message []byte) bool {
	s := protobufScanner{data: message}
	s.message(t, len(message), 0)
	return s.repeated
}

// protobufScanner walks a message. Once bad it reads nothing.
type protobufScanner struct {
	data          []byte
	at            int
	bad, repeated bool
}

// A protobufField is what the scanner has to know of a field.
type protobufField struct {
	list, entry bool
	oneof       string
	// inner is the struct type of a message, or of the element of a map; key is the type of its keys.
	inner, key reflect.Type
}

// protobufFields returns the fields of a struct type by their numbers.
func protobufFields(t reflect.Type) map[uint64]protobufField {
	fields := map[uint64]protobufField{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("protobuf_oneof") != "" {
			for _, w := range reflect.New(t).Interface().(interface{ XXX_OneofWrappers() []any }).XXX_OneofWrappers() {
				for number, member := range protobufFields(reflect.TypeOf(w).Elem()) {
					member.oneof = f.Name
					fields[number] = member
				}
			}
			continue
		}
		words := strings.Split(f.Tag.Get("protobuf"), ",")
		number, err := strconv.ParseUint(words[0], 10, 32)
		if err != nil && len(words) > 1 {
			number, err = strconv.ParseUint(words[1], 10, 32)
		}
		if err != nil {
			continue
		}
		var made protobufField
		for _, word := range words {
			if name, found := strings.CutPrefix(word, "oneof="); found {
				made.oneof = name
			}
		}
		value := f.Type
		switch {
		case value.Kind() == reflect.Map:
			made.entry, made.key, value = true, value.Key(), value.Elem()
		case value.Kind() == reflect.Slice && value.Elem().Kind() != reflect.Uint8:
			made.list, value = true, value.Elem()
		}
		if value.Kind() == reflect.Pointer {
			value = value.Elem()
		}
		if value.Kind() == reflect.Struct {
			made.inner = value
		}
		fields[number] = made
	}
	return fields
}

func (s *protobufScanner) varint() uint64 {
	u, n := binary.Uvarint(s.data[s.at:])
	if s.bad = s.bad || n <= 0; s.bad {
		return 0
	}
	s.at += n
	return u
}

// pass passes over n bytes, or fails.
func (s *protobufScanner) pass(n uint64) {
	if s.bad = s.bad || n > uint64(len(s.data)-s.at); !s.bad {
		s.at += int(n)
	}
}

// message reads the fields of a message up to end, or to the end of the group of a number. t is nil if it is not known.
func (s *protobufScanner) message(t reflect.Type, end int, group uint64) {
	var fields map[uint64]protobufField
	if t != nil {
		fields = protobufFields(t)
	}
	numbers, oneofs, keys := map[uint64]bool{}, map[string]bool{}, map[string]bool{}
	for !s.bad && s.at < end {
		tag := s.varint()
		number := tag >> 3
		f, known := fields[number]
		if tag&7 == 4 {
			s.bad = s.bad || number != group
			return
		}
		start := s.at
		s.value(f.inner, f.entry, number, tag&7)
		if s.bad || !known || f.list {
			continue
		}
		if f.entry {
			key := protobufKey(f.key, s.data[start:s.at])
			s.repeated = s.repeated || keys[strconv.FormatUint(number, 10)+" "+key]
			keys[strconv.FormatUint(number, 10)+" "+key] = true
			continue
		}
		s.repeated = s.repeated || numbers[number] || f.oneof != "" && oneofs[f.oneof]
		numbers[number], oneofs[f.oneof] = true, true
	}
}

// value reads what follows a tag of a number and a wire type.
func (s *protobufScanner) value(inner reflect.Type, entry bool, number, wire uint64) {
	switch wire {
	case 0:
		s.varint()
	case 1:
		s.pass(8)
	case 2:
		length := s.varint()
		if inner == nil && !entry {
			s.pass(length)
			return
		}
		if s.bad = s.bad || length > uint64(len(s.data)-s.at); s.bad {
			return
		}
		end := s.at + int(length)
		if entry {
			s.entry(inner, end)
		} else {
			s.message(inner, end, 0)
		}
	case 3:
		s.message(inner, len(s.data), number)
	case 5:
		s.pass(4)
	default:
		s.bad = true
	}
}

// entry reads an entry of a map. Its parts replace each other.
func (s *protobufScanner) entry(elem reflect.Type, end int) {
	seen := map[uint64]bool{}
	for !s.bad && s.at < end {
		tag := s.varint()
		inner := elem
		if tag>>3 != 2 {
			inner = nil
		}
		s.value(inner, false, tag>>3, tag&7)
		s.repeated = s.repeated || seen[tag>>3]
		seen[tag>>3] = true
	}
}

// protobufKey returns the key of an entry, which follows its length, so that keys which Go finds equal are equal.
func protobufKey(t reflect.Type, entry []byte) (key string) {
	s := protobufScanner{data: entry}
	s.varint()
	for !s.bad && s.at < len(entry) {
		tag, start := s.varint(), s.at
		s.value(nil, false, tag>>3, tag&7)
		if tag>>3 != 1 || s.bad {
			continue
		}
		text := entry[start:s.at]
		if _, n := binary.Uvarint(text); tag&7 == 2 {
			text = text[n:] // however its length is written
		}
		if u, n := binary.Uvarint(text); tag&7 == 0 && n > 0 {
			switch {
			case t.Kind() == reflect.Bool:
				u = min(u, 1)
			case t.Size() == 4:
				u = uint64(uint32(u))
			}
			key = strconv.FormatUint(u, 10)
			continue
		}
		key = string(text)
	}
	if key == "0" || strings.Trim(key, "\x00") == "" {
		return "" // as if it were not there
	}
	return key
}
