package plain

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Sample returns the value that every peer has written down in its own language.
func Sample() *Everything {
	note := "set, though optional"
	return &Everything{
		Flag:    true,
		Tiny:    math.MinInt8,
		Small:   math.MinInt16,
		Medium:  math.MinInt32,
		Large:   math.MinInt64,
		Real:    6.02214076e23,
		Text:    "Grüße, 世界 🌍",
		Blob:    []byte{0, 0xff, 0x80, 0x7f, '\n'},
		Color:   Blue,
		Point:   &Point{X: -1, Y: 2},
		Numbers: []int32{0, 1, -1, math.MaxInt32},
		Names:   []string{"", "alpha", "beta"},
		Counts:  map[string]int64{"one": 1, "big": 1<<53 + 1},
		Grid:    [][]Point{{{X: 1, Y: 2}, {X: 3, Y: 4}}, {}, {{X: 5, Y: 6}}},
		Nested:  map[int32]map[string][]float64{-7: {"a": {0.5, -0.25}, "b": {}}, 9: {}},
		Places:  map[string]*Point{"home": {}, "away": {X: 100, Y: -100}},
		Deep:    []map[int16][]int8{{1: {1, 2}, -300: {math.MinInt8}}, {}},
		Note:    &note,
		Palette: []Color{Red, Blue},
		Bits:    []bool{true, false, true},
	}
}

// Sorted puts the elements of a value's sets in order: they arrive in any. The value may be nil.
func Sorted(value *Everything) *Everything {
	if value == nil {
		return nil
	}
	slices.Sort(value.Names)
	for _, sets := range value.Deep {
		for _, set := range sets {
			slices.Sort(set)
		}
	}
	return value
}

// Join returns the parameters of join as text. Eighths of the double are whole numbers, which all languages print alike.
func Join(flag bool, tiny int8, small int16, medium int32, large int64, real float64, text string, blob []byte,
	color Color, point *Point, numbers []int32) string {
	var list []string
	for _, number := range numbers {
		list = append(list, fmt.Sprint(number))
	}
	return fmt.Sprintf("flag=%t tiny=%d small=%d medium=%d large=%d eighths=%d text=%s blob=%s color=%d point=%d,%d numbers=%s",
		flag, tiny, small, medium, large, int64(real*8), text, hex.EncodeToString(blob), color, point.X, point.Y,
		strings.Join(list, ","))
}
