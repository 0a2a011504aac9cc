package cases

import (
	"strconv"
	"strings"
)

// NewSmall returns a message of about 600 bytes.
func NewSmall() *Small {
	return &Small{
		Byte: 1, Long: 1 << 40, Real: 3.5, Medium: 1 << 20, Text: longText(), Blob: make([]byte, 256),
		Level: LevelHigh,
	}
}

// NewMedium returns a message of about 20 KB.
func NewMedium() *Medium {
	m := &Medium{
		Text: longText(), Pairs: map[string]string{}, Numbers: map[int32]int64{}, Labels: map[int64]string{},
		Named: map[string]*Small{}, Small: NewSmall(), Blob: make([]byte, 256), Title: "title",
		Subtitle: "subtitle", Author: "author", Publisher: "publisher",
	}
	for i := range entries {
		m.Smalls = append(m.Smalls, NewSmall())
		m.Mediums = append(m.Mediums, int32(i))
		m.Longs = append(m.Longs, int64(i))
		m.Texts = append(m.Texts, longText())
		m.Pairs[strconv.Itoa(i)] = longText()
		m.Numbers[int32(i)] = int64(i)
		m.Labels[int64(i)] = longText()
		m.Named[strconv.Itoa(i)] = NewSmall()
	}
	return m
}

// NewLarge returns a message of about 350 KB.
func NewLarge() *Large {
	l := &Large{
		ByKey: map[*Small]*Medium{}, Medium: NewMedium(), Small: NewSmall(), Flag: true, Long: -1, Real: 0.5,
		Text: longText(),
	}
	for range entries {
		l.ByKey[NewSmall()] = NewMedium()
		l.Mediums = append(l.Mediums, NewMedium())
	}
	return l
}

// entries is how many entries each container of a message has.
const entries = 8

func longText() string { return strings.Repeat("benchmark ", 35) + "ok" }
