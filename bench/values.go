package main

// The values of the benchmark. They are the same in every run: what differs between two runs is the machine.

import (
	"fmt"
	"math"
)

const (
	entries    = 8    // of each list and map
	textLength = 352  // bytes of a text
	blobLength = 256  // bytes of a blob
	listLength = 1000 // elements of the scalar lists
)

// text makes a printable string of length bytes; different seeds make different strings.
func text(seed, length int) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -"
	buf := make([]byte, length)
	state := uint32(seed)*2654435761 + 1
	for i := range buf {
		state = state*1664525 + 1013904223
		buf[i] = letters[state>>26]
	}
	return string(buf)
}

func blob(seed int) []byte {
	buf := []byte(text(seed, blobLength))
	for i := range buf {
		buf[i] ^= 0xa5
	}
	return buf
}

func long(seed int) int64 { return int64(uint64(seed+1) * 0x9e3779b97f4a7c15) }

func double(seed int) float64 { return math.Sqrt(float64(seed)+0.5) * 1e6 }

func smallValue(seed int) *Small {
	return &Small{
		Byte: int8(seed%100 + 1),
		Long: long(seed),
		Real: double(seed),
		Int:  int32(long(seed) >> 16),
		Text: text(seed, textLength),
		Blob: blob(seed),
		Kind: KindFirst + Kind(seed%2),
	}
}

func mediumValue(seed int) *Medium {
	value := &Medium{
		Text:        text(seed, textLength),
		Real:        double(seed),
		Int:         int32(long(seed) >> 8),
		Long:        long(seed),
		TextByText:  make(map[string]string),
		Small:       smallValue(seed),
		LongByInt:   make(map[int32]int64),
		Blob:        blob(seed),
		TextByLong:  make(map[int64]string),
		Byte:        int8(seed%100 + 1),
		SmallByText: make(map[string]*Small),
	}
	for i := range entries {
		key, entry := fmt.Sprint(i), seed*entries+i
		value.Smalls = append(value.Smalls, smallValue(entry))
		value.Ints = append(value.Ints, int32(long(entry)))
		value.Longs = append(value.Longs, long(entry))
		value.Texts = append(value.Texts, text(entry, textLength))
		value.TextByText[key] = text(entry+1, textLength)
		value.LongByInt[int32(i)] = long(entry)
		value.TextByLong[int64(i)] = text(entry+2, textLength)
		value.SmallByText[key] = smallValue(entry + 3)
	}
	return value
}

func largeValue() *Large {
	value := &Large{
		MediumBySmall: make(map[*Small]*Medium),
		Medium:        mediumValue(1),
		Small:         smallValue(2),
		Byte:          3,
		Int:           4,
		Long:          long(5),
		Real:          double(6),
	}
	for i := range entries {
		value.MediumBySmall[smallValue(10+i)] = mediumValue(20 + i)
		value.Mediums = append(value.Mediums, mediumValue(30+i))
	}
	return value
}

// stringsValue has 64 texts of 1 to 64 bytes; neighbours differ in length, so that no branch predictor learns them by
// heart from a rising sequence.
func stringsValue() *Strings {
	value := new(Strings)
	for i := range 64 {
		value.Texts = append(value.Texts, text(i, i*37%64+1))
	}
	return value
}

func deepValue(levels int) *Deep {
	if levels == 0 {
		return nil
	}
	return &Deep{Int: int32(levels), Long: long(levels), Real: double(levels), Next: deepValue(levels - 1)}
}

func structsValue() *Structs {
	value := new(Structs)
	for i := range 100 {
		value.Items = append(value.Items, &Item{Long: long(i), Int: int32(i + 1), Real: double(i), Text: text(i, 16)})
	}
	return value
}

func listI32Value() *ListI32 {
	value := new(ListI32)
	for i := range listLength {
		value.Values = append(value.Values, int32(long(i)))
	}
	return value
}

func listI64Value() *ListI64 {
	value := new(ListI64)
	for i := range listLength {
		value.Values = append(value.Values, long(i))
	}
	return value
}

func listDoubleValue() *ListDouble {
	value := new(ListDouble)
	for i := range listLength {
		value.Values = append(value.Values, double(i))
	}
	return value
}
